#include "harness/doctor/environment_findings.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "harness/plan/units.h"
#include "platform/thread.h"

namespace recvbench {

namespace {

constexpr const char* unknown = "cannot tell";

std::string percent(double share) {
  return std::to_string(std::lround(share * 100)) + " %";
}

bool on_windows(const Environment& environment) {
  return environment.system.platform == "windows";
}

bool under_wine(const Environment& environment) {
  return !environment.system.wine_version.empty();
}

Finding build_type(const Environment& environment) {
  const std::string& type = environment.build.build_type;
  const std::string shown = type.empty() ? "no build type" : type;
  if (type == "Release" || type == "RelWithDebInfo")
    return {"debug-build", Severity::ok, shown, "recvbench was built with optimisation", ""};
  return {"debug-build", Severity::warning, shown,
          "recvbench was built without optimisation: its own cost is in every figure",
          "build with CMAKE_BUILD_TYPE=RelWithDebInfo"};
}

Finding sanitizers(const Environment& environment) {
  const std::string& names = environment.build.sanitizers;
  if (names.empty())
    return {"sanitizer-build", Severity::ok, "none", "recvbench was built without sanitizers", ""};
  return {"sanitizer-build", Severity::warning, names,
          "recvbench was built with sanitizers, which slow every call: for tests, not for figures",
          "build without RECVBENCH_SANITIZE"};
}

Finding wine(const Environment& environment) {
  if (!under_wine(environment)) return {"wine", Severity::ok, "none", "this is Windows itself", ""};
  return {"wine", Severity::warning, environment_label(environment.system),
          "the models work, and their figures are Wine's, which do not rank them on Windows",
          "measure on Windows before choosing a model for Windows; compare Wine with Wine only"};
}

Finding cpus(const Environment& environment) {
  const int count = environment.usable_cpus;
  const std::string shown = std::to_string(count) + (count == 1 ? " CPU" : " CPUs");
  constexpr int enough = 4;  // receiver, generator, and two for the system and whatever else runs
  if (count >= enough)
    return {"cpus", Severity::ok, shown, "enough for receiver and generator to have CPUs of their own", ""};
  return {"cpus", Severity::warning, shown,
          count == 1 ? "receiver and generator share the one CPU: rates and latencies are those of both"
                     : "receiver, generator and everything else share them: rates spread by tens of percent",
          "use a machine with 4 or more; here, pin with --cpus and --load-cpus and trust interleaved ratios "
          "rather than single figures"};
}

Finding shared_cores(const Environment& environment) {
  const std::optional<bool> shared = environment.machine.shared_cores;
  if (!shared)
    return {"smt", Severity::note, unknown, "whether logical CPUs share cores is not told here", ""};
  if (!*shared) return {"smt", Severity::ok, "off", "every logical CPU is a core of its own", ""};
  return {"smt", Severity::note, "on",
          "some logical CPUs share a core: a busy sibling slows the other one, and CPU time then buys less",
          "pin receiver and generator to different cores (--cpus, --load-cpus)"};
}

Finding power_plan(const Environment& environment) {
  const MachineState& machine = environment.machine;
  if (!machine.power_plan)
    return {"power-plan", Severity::note, unknown,
            under_wine(environment) ? "the host's CPU frequency setting cannot be seen through Wine"
            : on_windows(environment)
                ? "the active power plan is not told"
                : "no frequency driver is visible, as in most virtual machines: the host decides",
            "make sure that the host keeps its CPUs' frequency up"};
  if (machine.holds_frequency)
    return {"power-plan", Severity::ok, *machine.power_plan, "the CPUs' frequency is kept up", ""};
  return {"power-plan", Severity::warning, *machine.power_plan,
          "the CPUs' frequency follows the load: latencies at low rates are those of a slow CPU",
          on_windows(environment) ? "powercfg /setactive SCHEME_MIN (High performance)"
                                  : "cpupower frequency-set -g performance"};
}

Finding antivirus(const Environment& environment) {
  const std::optional<bool> active = environment.machine.antivirus;
  if (!active)
    return {"antivirus", Severity::note, unknown,
            under_wine(environment) ? "an antivirus of the host cannot be seen through Wine"
                                    : "neither Security Center nor Defender tells",
            "make sure that none filters the network: it would be in every latency"};
  if (!*active) return {"antivirus", Severity::ok, "off", "no antivirus is watching", ""};
  return {
      "antivirus", Severity::warning, "on",
      "an antivirus is watching; its network filter may sit in every receive, and its scans take CPU time",
      "exclude recvbench.exe and its run directory, or measure with it off and say so"};
}

Finding hypervisor(const Environment& environment) {
  const MachineState& machine = environment.machine;
  if (!machine.hypervisor)
    return {"hypervisor", Severity::note, unknown, "this processor does not tell of virtual machines", ""};
  if (machine.hypervisor->empty())
    return {"hypervisor", Severity::ok, "none", "this is a machine of its own", ""};
  std::string shown = *machine.hypervisor;
  if (!machine.hardware.empty()) shown += " (" + machine.hardware + ")";
  return {"hypervisor", Severity::note, shown,
          "a virtual machine: its CPUs may be taken away for milliseconds, which shows in tails and maxima",
          "measure on hardware, or interleave and repeat (--repeat) and read medians"};
}

Finding ephemeral_ports(const Environment& environment) {
  const auto& ports = environment.machine.ephemeral_ports;
  const char* fix =
      on_windows(environment)
          ? "see: netsh int ipv4 show dynamicport tcp; widen: netsh int ipv4 set dynamicport tcp "
            "start=10000 num=55535"
          : "sysctl -w net.ipv4.ip_local_port_range='10000 65535'";
  if (!ports)
    return {"port-range", Severity::note, unknown,
            "the range of ephemeral ports is not told here; Windows' own is 16384", fix};
  const std::string shown = std::to_string(*ports) + " ports";
  constexpr std::uint64_t enough = 10'000;
  if (*ports >= enough)
    return {"port-range", Severity::ok, shown, "enough ephemeral ports for the generator's connections", ""};
  return {"port-range", Severity::warning, shown,
          "the generator needs a port a connection: more connections than this cannot be made", fix};
}

Finding time_wait(const Environment& environment) {
  const MachineState& machine = environment.machine;
  if (!machine.time_wait_sockets)
    return {"time-wait", Severity::note, unknown, "how many sockets wait in TIME_WAIT is not told here", ""};
  const std::uint64_t waiting = *machine.time_wait_sockets;
  const std::uint64_t ports = machine.ephemeral_ports.value_or(16'384);
  const std::string shown = std::to_string(waiting) + " sockets";
  if (waiting < ports / 2)
    return {"time-wait", Severity::ok, shown, "ports of earlier connections are not in the way", ""};
  return {"time-wait", Severity::warning, shown,
          "half of the ephemeral ports or more are held by connections that have ended",
          on_windows(environment) ? "wait two to four minutes, or end what opens so many connections"
                                  : "wait a minute, or end what opens so many connections"};
}

Finding load(const Environment& environment) {
  const auto cpu_count = static_cast<double>(std::max(1, environment.system.logical_cpus));
  const auto& busy = environment.busy_share;
  const auto& average = environment.machine.load_average;
  const char* fix = "end what else runs, and wait until the machine is quiet";
  if (busy) {
    const std::string shown = percent(*busy) + " of all CPUs";
    constexpr double quiet = 0.1;
    if (*busy < quiet) return {"load", Severity::ok, shown, "the machine is quiet", ""};
    return {"load", *busy < 0.25 ? Severity::note : Severity::warning, shown,
            "other work takes CPU time now: it will be in every figure", fix};
  }
  if (!average) return {"load", Severity::note, unknown, "what else runs is not told here", ""};
  const std::string shown = "load average " + compact_count(std::round(*average * 100) / 100);
  if (*average < cpu_count)
    return {"load", Severity::ok, shown, "not every CPU was busy over the last minute", ""};
  return {"load", Severity::warning, shown,
          "every CPU was busy over the last minute; what still runs will be in every figure", fix};
}

Finding socket_buffers(const Environment& environment) {
  const MachineState& machine = environment.machine;
  if (!machine.receive_buffer_limit_bytes || !machine.send_buffer_limit_bytes)
    return {"socket-buffers", Severity::note, unknown, "the bounds of SO_RCVBUF and SO_SNDBUF are not told",
            ""};
  const std::string shown = "SO_RCVBUF up to " + compact_bytes(*machine.receive_buffer_limit_bytes) +
                            ", SO_SNDBUF up to " + compact_bytes(*machine.send_buffer_limit_bytes);
  constexpr std::uint64_t enough = 4 << 20;
  if (std::min(*machine.receive_buffer_limit_bytes, *machine.send_buffer_limit_bytes) >= enough)
    return {"socket-buffers", Severity::ok, shown, "room for bursts", ""};
  return {"socket-buffers", Severity::note, shown,
          "larger buffers are cut to this without an error: --so-rcvbuf past it measures this",
          "sysctl -w net.core.rmem_max=4194304 net.core.wmem_max=4194304"};
}

Finding open_files(const Environment& environment) {
  const auto& limit = environment.machine.open_file_limit;
  if (!limit) return {"open-files", Severity::ok, "no limit", "sockets are limited by memory alone", ""};
  const std::string shown = std::to_string(*limit) + " files";
  constexpr std::uint64_t enough = 4096;  // 1,000 connections and some, at both ends
  if (*limit >= enough) return {"open-files", Severity::ok, shown, "room for thousands of connections", ""};
  return {"open-files", Severity::warning, shown,
          "a connection is an open file of the receiver and one of the generator: more cannot be made",
          "raise the hard limit (ulimit -Hn, /etc/security/limits.conf)"};
}

}  // namespace

Environment this_environment() {
  Environment environment;
  environment.system = system_info();
  environment.build = build_info();
  environment.machine = machine_state();
  environment.usable_cpus = static_cast<int>(allowed_cpus().size());
  return environment;
}

std::vector<Finding> judge(const Environment& environment) {
  std::vector<Finding> findings{build_type(environment), sanitizers(environment)};
  if (on_windows(environment)) findings.push_back(wine(environment));
  findings.push_back(cpus(environment));
  findings.push_back(shared_cores(environment));
  findings.push_back(power_plan(environment));
  // Linux' virus scanners look at files, not at sockets.
  if (on_windows(environment)) findings.push_back(antivirus(environment));
  findings.push_back(hypervisor(environment));
  findings.push_back(load(environment));
  findings.push_back(ephemeral_ports(environment));
  findings.push_back(time_wait(environment));
  // Windows bounds neither.
  if (!on_windows(environment)) {
    findings.push_back(socket_buffers(environment));
    findings.push_back(open_files(environment));
  }
  return findings;
}

nlohmann::json environment_with_warnings() {
  nlohmann::json environment = environment_json();
  environment["warnings"] = to_json(warnings_of(judge(this_environment())));
  return environment;
}

std::vector<Finding> warnings_of(const std::vector<Finding>& findings) {
  std::vector<Finding> warnings;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(warnings),
               [](const Finding& finding) { return finding.severity >= Severity::warning; });
  return warnings;
}

}  // namespace recvbench
