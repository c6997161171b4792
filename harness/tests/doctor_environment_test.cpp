// Findings about a machine, its settings and the build, by tables.
#include "harness/doctor/environment_findings.h"

#include <functional>
#include <set>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

// A machine with nothing to say of it.
Environment perfect(const char* platform) {
  Environment environment;
  environment.system.platform = platform;
  environment.system.logical_cpus = 8;
  environment.build.build_type = "RelWithDebInfo";
  environment.usable_cpus = 8;
  environment.busy_share = 0.01;
  MachineState& machine = environment.machine;
  machine.power_plan = "performance";
  machine.holds_frequency = true;
  machine.hypervisor = "";
  machine.antivirus = false;
  machine.ephemeral_ports = 28'232;
  machine.time_wait_sockets = 3;
  machine.receive_buffer_limit_bytes = 4 << 20;
  machine.send_buffer_limit_bytes = 4 << 20;
  machine.open_file_limit = 20'000;
  machine.shared_cores = false;
  return environment;
}

Finding find(const std::vector<Finding>& findings, const std::string& code) {
  for (const Finding& finding : findings)
    if (finding.code == code) return finding;
  throw std::out_of_range(code);
}

class EveryPlatform : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryPlatform, FindsNothingWrongWithAGoodMachine) {
  const std::vector<Finding> findings = judge(perfect(GetParam()));
  std::set<std::string> codes;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.severity, Severity::ok) << finding.code << ": " << finding.text;
    EXPECT_EQ(finding.fix, "") << finding.code;
    EXPECT_TRUE(codes.insert(finding.code).second) << finding.code << " twice";
  }
  EXPECT_TRUE(warnings_of(findings).empty());
}

TEST_P(EveryPlatform, SaysThatItCannotTell) {
  Environment environment = perfect(GetParam());
  environment.machine = {};
  environment.busy_share.reset();
  for (const char* code : {"smt", "power-plan", "hypervisor", "port-range", "time-wait", "load"}) {
    const Finding finding = find(judge(environment), code);
    EXPECT_EQ(finding.severity, Severity::note) << code;
    EXPECT_EQ(finding.measured, "cannot tell") << code;
  }
  EXPECT_TRUE(warnings_of(judge(environment)).empty()) << "what is not known is not held against the machine";
}

INSTANTIATE_TEST_SUITE_P(Doctor, EveryPlatform, ::testing::Values("linux", "windows"),
                         [](const auto& platform) { return std::string(platform.param); });

struct Case {
  const char* platform;
  const char* code;
  Severity severity;
  const char* measured;
  const char* in_fix;
  std::function<void(Environment&)> spoil;
};

TEST(EnvironmentFindings, NameWhatIsWrongAndItsFix) {
  const Case cases[] = {
      {"linux", "debug-build", Severity::warning, "Debug", "RelWithDebInfo",
       [](Environment& e) { e.build.build_type = "Debug"; }},
      {"linux", "debug-build", Severity::warning, "no build type", "RelWithDebInfo",
       [](Environment& e) { e.build.build_type = ""; }},
      {"linux", "sanitizer-build", Severity::warning, "address,undefined", "RECVBENCH_SANITIZE",
       [](Environment& e) { e.build.sanitizers = "address,undefined"; }},
      {"windows", "wine", Severity::warning, "Wine 8.0, not Windows", "on Windows",
       [](Environment& e) { e.system.wine_version = "8.0"; }},
      {"linux", "cpus", Severity::warning, "1 CPU", "4 or more", [](Environment& e) { e.usable_cpus = 1; }},
      {"linux", "cpus", Severity::warning, "3 CPUs", "--cpus", [](Environment& e) { e.usable_cpus = 3; }},
      {"linux", "cpus", Severity::ok, "4 CPUs", "", [](Environment& e) { e.usable_cpus = 4; }},
      {"windows", "smt", Severity::note, "on", "--cpus",
       [](Environment& e) { e.machine.shared_cores = true; }},
      {"linux", "power-plan", Severity::warning, "schedutil", "cpupower",
       [](Environment& e) {
         e.machine.power_plan = "schedutil";
         e.machine.holds_frequency = false;
       }},
      {"windows", "power-plan", Severity::warning, "Balanced", "powercfg",
       [](Environment& e) {
         e.machine.power_plan = "Balanced";
         e.machine.holds_frequency = false;
       }},
      {"windows", "antivirus", Severity::warning, "on", "exclude",
       [](Environment& e) { e.machine.antivirus = true; }},
      {"windows", "antivirus", Severity::note, "cannot tell", "none filters",
       [](Environment& e) { e.machine.antivirus.reset(); }},
      {"linux", "hypervisor", Severity::note, "KVMKVMKVM (QEMU Standard PC)", "hardware",
       [](Environment& e) {
         e.machine.hypervisor = "KVMKVMKVM";
         e.machine.hardware = "QEMU Standard PC";
       }},
      {"linux", "load", Severity::ok, "9 % of all CPUs", "", [](Environment& e) { e.busy_share = 0.09; }},
      {"linux", "load", Severity::note, "10 % of all CPUs", "quiet",
       [](Environment& e) { e.busy_share = 0.1; }},
      {"linux", "load", Severity::warning, "25 % of all CPUs", "quiet",
       [](Environment& e) { e.busy_share = 0.25; }},
      {"linux", "load", Severity::ok, "load average 7.99", "",
       [](Environment& e) {
         e.busy_share.reset();
         e.machine.load_average = 7.99;
       }},
      {"linux", "load", Severity::warning, "load average 8", "quiet",
       [](Environment& e) {
         e.busy_share.reset();
         e.machine.load_average = 8;
       }},
      {"linux", "port-range", Severity::warning, "9999 ports", "ip_local_port_range",
       [](Environment& e) { e.machine.ephemeral_ports = 9'999; }},
      {"linux", "time-wait", Severity::ok, "14115 sockets", "",
       [](Environment& e) { e.machine.time_wait_sockets = 14'115; }},
      {"linux", "time-wait", Severity::warning, "14116 sockets", "minute",
       [](Environment& e) { e.machine.time_wait_sockets = 14'116; }},
      {"linux", "socket-buffers", Severity::note, "SO_RCVBUF up to 208KiB, SO_SNDBUF up to 4MiB", "rmem_max",
       [](Environment& e) { e.machine.receive_buffer_limit_bytes = 212'992; }},
      {"linux", "open-files", Severity::warning, "1024 files", "ulimit",
       [](Environment& e) { e.machine.open_file_limit = 1'024; }},
      {"linux", "open-files", Severity::ok, "no limit", "",
       [](Environment& e) { e.machine.open_file_limit.reset(); }},
  };
  for (const Case& test : cases) {
    Environment environment = perfect(test.platform);
    test.spoil(environment);
    const Finding finding = find(judge(environment), test.code);
    EXPECT_EQ(to_string(finding.severity), std::string(to_string(test.severity))) << test.code;
    EXPECT_EQ(finding.measured, test.measured) << test.code;
    EXPECT_NE(finding.fix.find(test.in_fix), std::string::npos) << test.code << ": " << finding.fix;
    EXPECT_EQ(finding.fix.empty(), test.severity == Severity::ok) << test.code;
    EXPECT_FALSE(finding.text.empty()) << test.code;
  }
}

TEST(EnvironmentFindings, AreThoseOfThePlatform) {
  const auto has = [](const char* platform, const char* code) {
    for (const Finding& finding : judge(perfect(platform)))
      if (finding.code == code) return true;
    return false;
  };
  for (const char* code : {"wine", "antivirus"}) {
    EXPECT_TRUE(has("windows", code)) << code;
    EXPECT_FALSE(has("linux", code)) << code;
  }
  for (const char* code : {"socket-buffers", "open-files"}) {
    EXPECT_TRUE(has("linux", code)) << code;
    EXPECT_FALSE(has("windows", code)) << code;
  }
}

TEST(EnvironmentFindings, WarningsGoIntoTheRunsEnvironment) {
  const nlohmann::json environment = environment_with_warnings();
  EXPECT_EQ(environment.at("system"), environment_json().at("system"));
  for (const nlohmann::json& warning : environment.at("warnings")) {
    EXPECT_EQ(warning.at("severity"), "warning");
    EXPECT_NE(warning.at("fix"), "");
  }
  std::vector<Finding> findings(4);
  findings[0].severity = Severity::note;
  findings[1].severity = Severity::problem;
  findings[2].severity = Severity::warning;
  ASSERT_EQ(warnings_of(findings).size(), 2u);
  EXPECT_EQ(warnings_of(findings)[0].severity, Severity::problem) << "in their order";
}

TEST(EnvironmentFindings, DescribeThisMachine) {
  const Environment here = this_environment();
  EXPECT_GE(here.usable_cpus, 1);
  EXPECT_FALSE(here.busy_share.has_value()) << "takes time: only where asked";
  EXPECT_EQ(here.system.platform, platform_name());
  for (const Finding& finding : judge(here)) EXPECT_NE(finding.severity, Severity::problem) << finding.code;
}

}  // namespace
}  // namespace recvbench
