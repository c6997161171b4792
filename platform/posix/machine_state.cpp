// The machine's state by /proc and /sys.
#include "platform/machine_state.h"

#include <sys/resource.h>

#include <fstream>
#include <set>
#include <sstream>

#include "platform/thread.h"

namespace recvbench {
namespace {

// A file's first line; empty where it cannot be read.
std::optional<std::string> line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

template <class Number>
std::optional<Number> number_of(const std::string& path) {
  const std::optional<std::string> line = line_of(path);
  if (!line) return std::nullopt;
  std::istringstream text(*line);
  Number value{};
  return text >> value ? std::optional(value) : std::nullopt;
}

void read_governors(MachineState& state) {
  std::set<std::string> governors;
  for (const int cpu : allowed_cpus())
    if (const auto governor =
            line_of("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cpufreq/scaling_governor"))
      governors.insert(*governor);
  if (governors.empty()) return;  // no driver that scales: a virtual machine, mostly
  std::string names;
  for (const std::string& governor : governors) names += (names.empty() ? "" : ", ") + governor;
  state.power_plan = names;
  state.holds_frequency = names == "performance";
}

std::string hardware() {
  std::string text;
  for (const char* name : {"sys_vendor", "product_name"})
    if (const auto word = line_of(std::string("/sys/class/dmi/id/") + name); word && !word->empty())
      text += (text.empty() ? "" : " ") + *word;
  return text;
}

std::optional<std::uint64_t> ephemeral_ports() {
  const auto line = line_of("/proc/sys/net/ipv4/ip_local_port_range");
  if (!line) return std::nullopt;
  std::istringstream text(*line);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (!(text >> first >> last) || last < first) return std::nullopt;
  return last - first + 1;
}

// "TCP: inuse 5 orphan 0 tw 3 alloc 7 mem 1", of both IP versions.
std::optional<std::uint64_t> time_wait_sockets() {
  std::ifstream file("/proc/net/sockstat");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("TCP:")) continue;
    std::istringstream text(line.substr(4));
    std::string name;
    for (std::uint64_t value = 0; text >> name >> value;)
      if (name == "tw") return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> open_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_max;
}

}  // namespace

MachineState machine_state() {
  MachineState state;
  read_governors(state);
  state.hypervisor = hypervisor_signature();
  state.hardware = hardware();
  state.ephemeral_ports = ephemeral_ports();
  state.time_wait_sockets = time_wait_sockets();
  state.receive_buffer_limit_bytes = number_of<std::uint64_t>("/proc/sys/net/core/rmem_max");
  state.send_buffer_limit_bytes = number_of<std::uint64_t>("/proc/sys/net/core/wmem_max");
  state.open_file_limit = open_file_limit();
  if (const auto active = number_of<int>("/sys/devices/system/cpu/smt/active"))
    state.shared_cores = *active != 0;
  state.load_average = number_of<double>("/proc/loadavg");
  return state;
}

std::optional<CpuTimes> cpu_times() {
  const auto line = line_of("/proc/stat");  // "cpu  user nice system idle iowait irq softirq steal ..."
  if (!line || !line->starts_with("cpu ")) return std::nullopt;
  std::istringstream text(line->substr(4));
  CpuTimes times;
  std::uint64_t value = 0;
  for (int field = 0; field < 8 && text >> value; ++field) {  // guest times are in user and nice already
    times.all += value;
    if (field == 3 || field == 4) times.idle += value;
  }
  return times;
}

}  // namespace recvbench
