#include "results/environment.h"

#include "platform/clock.h"
#include "results/fingerprint.h"

namespace recvbench {

std::string environment_label(const SystemInfo& system) {
  return system.wine_version.empty() ? std::string() : "Wine " + system.wine_version + ", not Windows";
}

nlohmann::json environment_json() {
  const SystemInfo system = system_info();
  const BuildInfo build = build_info();
  return {{"system",
           {{"platform", system.platform},
            {"os", system.os},
            {"wine_version", system.wine_version},
            {"cpu_model", system.cpu_model},
            {"logical_cpus", system.logical_cpus},
            {"memory_bytes", system.memory_bytes},
            {"architecture", system.architecture}}},
          {"build",
           {{"version", build.version},
            {"git_revision", build.git_revision},
            {"compiler", build.compiler},
            {"build_type", build.build_type},
            {"flags", build.flags},
            {"sanitizers", build.sanitizers},
            {"target", build.target}}},
          {"clock", {{"name", clock_name()}, {"resolution_ns", clock_resolution_ns()}}},
          {"fingerprint", fingerprint_json(system, build)},
          {"label", environment_label(system)}};
}

}  // namespace recvbench
