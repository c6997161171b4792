// The generator's ceilings from `doctor --calibrate` to `run` and `search`: doctor's own JSON document in a
// file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/doctor/generator_ceiling.h"
#include "harness/plan/plan.h"

namespace recvbench {

// runs/calibration-<hash>.json: beside the run directories, a file for each machine and build.
std::filesystem::path default_calibration(const std::string& fingerprint_hash);

// Creates or replaces the file, and the directories above it. Throws std::system_error.
void store_calibration(const std::filesystem::path& path, const nlohmann::json& doctor);

// What is stored at `asked`; where that is empty, at the default place, and nothing where there is no file.
// Throws UsageError where it cannot be read, or is no calibration of this machine and build.
std::vector<GeneratorCeiling> stored_ceilings(const std::filesystem::path& asked,
                                              const std::string& fingerprint_hash);

// The stored ceilings that runs are compared with.
class StoredCeilings {
 public:
  // `generator`: the platform of the program that makes the load. `options` is kept by reference.
  StoredCeilings(std::vector<GeneratorCeiling> ceilings, const RunOptions& options, std::string generator);

  std::optional<GeneratorCeiling> of(const PlannedRun& run) const;
  // For run.json: those of any of the runs, each once; null where there is none.
  nlohmann::json that_fit(const std::vector<PlannedRun>& runs) const;

 private:
  std::vector<GeneratorCeiling> ceilings_;
  const RunOptions& options_;
  std::string generator_;
};

}  // namespace recvbench
