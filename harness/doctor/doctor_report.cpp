#include "harness/doctor/doctor_report.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "harness/plan/units.h"

namespace recvbench {

namespace {

constexpr std::size_t columns = 80;

template <class Value>
nlohmann::json or_null(const std::optional<Value>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json json_of(const ClockCheck& clock) {
  return {
      {"name", clock.name},
      {"resolution_ns", clock.resolution_ns},
      {"readings", clock.cost.difference.count},
      {"cost_mean_ns", clock.cost.mean_ns},
      {"cost_p50_ns", clock.cost.difference.p50_ns},
      {"cost_p99_ns", clock.cost.difference.p99_ns},
      {"cpus", clock.exchange.cpus},
      {"exchanges", clock.exchange.exchanges},
      {"backward_steps", clock.backward_steps()},
      {"largest_backward_ns", std::max(clock.cost.largest_backward_ns, clock.exchange.largest_backward_ns)}};
}

nlohmann::json json_of(const std::vector<WaitSpread>& waits) {
  nlohmann::json list = nlohmann::json::array();
  for (const WaitSpread& wait : waits)
    list.push_back({{"asked_ns", wait.asked_ns},
                    {"count", wait.took.count},
                    {"p50_ns", wait.took.p50_ns},
                    {"p99_ns", wait.took.p99_ns}});
  return list;
}

nlohmann::json json_of(const TimerCheck& timers) {
  return {{"sleeps", json_of(timers.sleeps)},
          {"poller_waits", json_of(timers.poller_waits)},
          {"poller_shortest_sleep_ns", timers.poller_shortest_sleep_ns}};
}

nlohmann::json json_of(const TimeSpread& spread) {
  return {{"count", spread.count}, {"p50_ns", spread.p50_ns}, {"p99_ns", spread.p99_ns}};
}

nlohmann::json json_of(const LoopbackFloor& floor) {
  return {{"size_bytes", floor.size_bytes},
          {"one_cpu", floor.one_cpu ? json_of(*floor.one_cpu) : nlohmann::json()},
          {"unpinned", json_of(floor.unpinned)}};
}

nlohmann::json json_of(const MetricNoise& metric) {
  nlohmann::json json = {{"usable_pairs", metric.pairs}, {"min_effect_share", metric.min_effect}};
  const bool told = metric.pairs >= least_noise_pairs;
  const auto put = [&](const char* key, double value) {
    json[key] = told ? nlohmann::json(value) : nlohmann::json();
  };
  put("sigma", metric.sigma);
  put("noise_floor_share", metric.noise_floor);
  put("detectable_share", metric.detectable);
  put("detectable_32_pairs_share", metric.detectable_32);
  return json;
}

nlohmann::json json_of(const NoiseCheck& noise) {
  nlohmann::json metrics = nlohmann::json::object();
  for (const MetricNoise& metric : noise.metrics) metrics[metric.name] = json_of(metric);
  return {{"engine", noise.engine},
          {"pairs", noise.plan.pairs},
          {"warmup_ns", noise.plan.warmup_ns},
          {"duration_ns", noise.plan.duration_ns},
          {"runs", noise.runs},
          {"runs_valid", noise.valid_runs},
          {"metrics", metrics}};
}

nlohmann::json json_of(const std::vector<GeneratorCeiling>& ceilings) {
  nlohmann::json list = nlohmann::json::array();
  for (const GeneratorCeiling& ceiling : ceilings) list.push_back(to_json(ceiling));
  return list;
}

nlohmann::json json_of(const Environment& environment) {
  const MachineState& machine = environment.machine;
  return {{"usable_cpus", environment.usable_cpus},
          {"busy_share", or_null(environment.busy_share)},
          {"load_average", or_null(machine.load_average)},
          {"power_plan", or_null(machine.power_plan)},
          {"antivirus", or_null(machine.antivirus)},
          {"hypervisor", or_null(machine.hypervisor)},
          {"hardware", machine.hardware},
          {"shared_cores", or_null(machine.shared_cores)},
          {"ephemeral_ports", or_null(machine.ephemeral_ports)},
          {"time_wait_sockets", or_null(machine.time_wait_sockets)},
          {"receive_buffer_limit_bytes", or_null(machine.receive_buffer_limit_bytes)},
          {"send_buffer_limit_bytes", or_null(machine.send_buffer_limit_bytes)},
          {"open_file_limit", or_null(machine.open_file_limit)}};
}

// Worst first; of one severity in the order in which things were looked at.
std::vector<Finding> by_severity(std::vector<Finding> findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return findings;
}

std::string shown(const TimeSpread& spread) {
  return readable_ns(spread.p50_ns) + " / " + readable_ns(spread.p99_ns);
}

template <class... Values>
std::string line(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string text_of(const ClockCheck& clock) {
  return "clock   " + clock.name + ", resolution " + readable_ns(clock.resolution_ns) + "\n" +
         "        a reading takes " + readable_ns(clock.cost.mean_ns) + "; back to back p50 / p99 " +
         shown(clock.cost.difference) + "\n";
}

std::string text_of(const char* title, const std::vector<WaitSpread>& waits) {
  std::string text;
  for (const WaitSpread& wait : waits)
    text += line("%-8sasked %8s, took p50 / p99 %s\n", text.empty() ? title : "",
                 readable_ns(static_cast<double>(wait.asked_ns)).c_str(), shown(wait.took).c_str());
  return text;
}

std::string text_of(const LoopbackFloor& floor) {
  std::string text =
      "echo    bare, " + std::to_string(floor.size_bytes) + " bytes there and back, p50 / p99\n";
  if (floor.one_cpu) text += "        on one CPU " + shown(*floor.one_cpu) + "\n";
  return text + "        unpinned   " + shown(floor.unpinned) + "\n";
}

std::string text_of(const NoiseCheck& noise) {
  std::string text = line("noise   %zu of %zu runs valid, in %zu pairs of %s against itself\n",
                          noise.valid_runs, noise.runs, noise.plan.pairs, noise.engine.c_str());
  text += line("        %-12s%8s%9s%26s\n", "", "sigma", "floor", "seen in these / 32 pairs");
  for (const MetricNoise& metric : noise.metrics) {
    if (metric.pairs < least_noise_pairs) {
      text += line("        %-12s%8s%9s%26s\n", metric.name.c_str(), "n/a", "n/a", "n/a");
      continue;
    }
    text += line("        %-12s%8s%9s%26s\n", metric.name.c_str(), readable_share(metric.sigma).c_str(),
                 readable_share(metric.noise_floor).c_str(),
                 (readable_share(metric.detectable) + " / " + readable_share(metric.detectable_32)).c_str());
  }
  return text;
}

std::string text_of(const Finding& finding) {
  constexpr std::size_t indent = 9;
  const std::string body = finding.code + ": " + finding.measured + ": " + finding.text;
  std::string text =
      line("%-9s", to_string(finding.severity)) + wrapped(body, indent, columns).substr(indent);
  if (!finding.fix.empty()) text += wrapped("Fix: " + finding.fix, indent, columns);
  return text;
}

std::string totals(const std::vector<Finding>& findings) {
  const auto count = [&](Severity severity) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const Finding& finding) { return finding.severity == severity; });
  };
  std::string text;
  for (const Severity severity : {Severity::problem, Severity::warning, Severity::note}) {
    const auto found = count(severity);
    text += std::to_string(found) + " " + to_string(severity) + (found == 1 ? ", " : "s, ");
  }
  return text + std::to_string(count(Severity::ok)) + " ok";
}

}  // namespace

bool DoctorReport::fit() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& finding) { return finding.severity == Severity::problem; });
}

nlohmann::json to_json(const DoctorReport& report, nlohmann::json environment) {
  return {{"schema",
           {{"name", "recvbench.doctor"},
            {"major", DoctorReport::schema_major},
            {"minor", DoctorReport::schema_minor}}},
          {"environment", std::move(environment)},
          {"status", report.interrupted ? "interrupted" : "complete"},
          {"fit", report.fit()},
          {"machine", json_of(report.environment)},
          {"clock", report.clock ? json_of(*report.clock) : nlohmann::json()},
          {"timers", report.timers ? json_of(*report.timers) : nlohmann::json()},
          {"loopback", report.loopback ? json_of(*report.loopback) : nlohmann::json()},
          {"noise", report.noise ? json_of(*report.noise) : nlohmann::json()},
          {"generator_ceilings", report.ceilings ? json_of(*report.ceilings) : nlohmann::json()},
          {"findings", to_json(report.findings)}};
}

std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  const std::string margin(indent, ' ');
  std::istringstream words(text);
  std::string result;
  std::string current;
  for (std::string word; words >> word;) {
    if (!current.empty() && indent + current.size() + 1 + word.size() > width) {
      result += margin + current + "\n";
      current.clear();
    }
    current += (current.empty() ? "" : " ") + word;
  }
  if (!current.empty()) result += margin + current + "\n";
  return result;
}

std::string to_text(const DoctorReport& report) {
  const SystemInfo& system = report.environment.system;
  std::string machine = system.os;
  if (const std::string label = environment_label(system); !label.empty()) machine += " (" + label + ")";
  machine += ", " + std::to_string(system.logical_cpus) + " logical CPUs, " + system.cpu_model;
  std::string text = "machine " + wrapped(machine, 8, columns).substr(8);
  if (report.clock) text += text_of(*report.clock);
  if (report.timers) {
    text += text_of("sleeps", report.timers->sleeps);
    text += text_of("poller", report.timers->poller_waits);
  }
  if (report.loopback) text += text_of(*report.loopback);
  if (report.noise) text += text_of(*report.noise);
  text += "\n";
  for (const Finding& finding : by_severity(report.findings)) text += text_of(finding);
  text += "\n" + wrapped(totals(report.findings) + ". " +
                             (report.fit() ? "Measurements made here can be valid."
                                           : "Nothing measured here is valid until the problems are solved."),
                         0, columns);
  return text;
}

}  // namespace recvbench
