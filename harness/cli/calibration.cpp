#include "harness/cli/calibration.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "harness/plan/usage_error.h"
#include "platform/error.h"
#include "results/append_file.h"
#include "results/json_text.h"
#include "results/run_directory.h"

namespace recvbench {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_file(const fs::path& path, const std::string& why) {
  throw UsageError("--calibration " + display_path(path) + ": " + why + "; measure with doctor --calibrate");
}

nlohmann::json document_in(const fs::path& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!file || !fs::is_regular_file(path, error)) refuse_file(path, "not a file that can be read");
  std::ostringstream text;
  text << file.rdbuf();
  try {
    return nlohmann::json::parse(text.str());
  } catch (const nlohmann::json::exception&) {
    refuse_file(path, "not JSON");
  }
}

}  // namespace

fs::path default_calibration(const std::string& fingerprint_hash) {
  return fs::path("runs") / ("calibration-" + fingerprint_hash + ".json");
}

void store_calibration(const fs::path& path, const nlohmann::json& doctor) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error) throw_error(error, "create directory", display_path(path.parent_path()));
  write_file_atomically(path, json_text(doctor, 2) + '\n');
}

std::vector<GeneratorCeiling> stored_ceilings(const fs::path& asked, const std::string& fingerprint_hash) {
  const fs::path path = asked.empty() ? default_calibration(fingerprint_hash) : asked;
  std::error_code error;
  if (asked.empty() && !fs::exists(path, error)) return {};
  const nlohmann::json document = document_in(path);
  try {
    return ceilings_of(document, fingerprint_hash);
  } catch (const std::runtime_error& fault) {
    refuse_file(path, fault.what());
  }
}

StoredCeilings::StoredCeilings(std::vector<GeneratorCeiling> ceilings, const RunOptions& options,
                               std::string generator)
    : ceilings_(std::move(ceilings)), options_(options), generator_(std::move(generator)) {}

std::optional<GeneratorCeiling> StoredCeilings::of(const PlannedRun& run) const {
  if (run.engine().synthetic) return std::nullopt;
  const auto at = ceiling_conditions(run.scenario, options_, generator_);
  return at ? ceiling_at(ceilings_, *at) : std::nullopt;
}

nlohmann::json StoredCeilings::that_fit(const std::vector<PlannedRun>& runs) const {
  nlohmann::json fit;
  for (const PlannedRun& run : runs) {
    const auto ceiling = of(run);
    if (!ceiling) continue;
    const nlohmann::json one = to_json(*ceiling);
    if (std::find(fit.begin(), fit.end(), one) == fit.end()) fit.push_back(one);
  }
  return fit;
}

}  // namespace recvbench
