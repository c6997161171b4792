#include "harness/cli/preparation.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <set>
#include <system_error>

#include "harness/plan/usage_error.h"
#include "platform/clock.h"
#include "platform/datagram.h"

namespace recvbench {

namespace {

std::filesystem::path default_directory() {
  const std::time_t seconds = static_cast<std::time_t>(unix_time_ns() / 1'000'000'000);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", std::gmtime(&seconds));
  return std::filesystem::path("runs") / text.data();
}

}  // namespace

void check_network(const Plan& plan) {
  std::set<IpVersion> versions;
  std::set<std::uint32_t> groups;
  for (const PlannedRun& run : plan.runs) {
    if (run.engine().synthetic) continue;
    versions.insert(run.scenario.ip);
    groups.insert(run.scenario.udp_sockets);
  }
  for (const IpVersion version : versions)
    if (const auto obstacle = obstacle_to(version))
      throw UsageError(std::string("--ip ") + to_string(version) + ": not available here: " + *obstacle);
  for (const std::uint32_t sockets : groups) {
    try {
      bind_udp_group(Address::loopback(AddressFamily::ipv4), sockets);
    } catch (const std::system_error& error) {
      throw UsageError("--udp-sockets " + std::to_string(sockets) + ": not available here: " + error.what());
    }
  }
}

void print_warnings(const nlohmann::json& description) {
  for (const nlohmann::json& warning : description["environment"]["warnings"]) {
    const auto text = [&](const char* key) { return warning[key].get<std::string>(); };
    std::fprintf(stderr, "%s: %s: %s\n", text("code").c_str(), text("measured").c_str(),
                 text("text").c_str());
  }
}

RunDirectory make_directory(const std::filesystem::path& path, const nlohmann::json& description) {
  try {
    return RunDirectory(path.empty() ? default_directory() : path, description);
  } catch (const std::system_error& error) {
    throw UsageError(std::string("--out: ") + error.what());
  }
}

}  // namespace recvbench
