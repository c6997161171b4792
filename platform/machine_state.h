// What of a machine and its settings can spoil a measurement, as far as the system tells. Only read: nothing
// is changed, and nothing needs special rights.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace recvbench {

// Empty optionals: the system does not tell.
struct MachineState {
  // What sets the CPUs' frequency: Linux the scaling governors of this process's CPUs ("performance",
  // "powersave, schedutil"), Windows the active power plan ("Balanced").
  std::optional<std::string> power_plan;
  bool holds_frequency = false;  // of the power plan: it keeps the frequency up whatever the load

  std::optional<std::string> hypervisor;  // its signature ("KVMKVMKVM"); "" = none is there
  std::string hardware;                   // DMI's manufacturer and product, "" = not told

  std::optional<bool> antivirus;  // one is watching; never told on Linux, nor under Wine

  std::optional<std::uint64_t> ephemeral_ports;             // of TCP over IPv4
  std::optional<std::uint64_t> time_wait_sockets;           // over IPv4 and IPv6 (Windows: IPv4)
  std::optional<std::uint64_t> receive_buffer_limit_bytes;  // most SO_RCVBUF that is granted
  std::optional<std::uint64_t> send_buffer_limit_bytes;
  std::optional<std::uint64_t> open_file_limit;  // hard limit of this process; empty where there is none
  std::optional<bool> shared_cores;              // some of the machine's logical CPUs are SMT siblings
  std::optional<double> load_average;            // tasks that run or wait for a CPU, over the last minute
};

// Takes no time to speak of (some files or calls). Throws nothing but std::bad_alloc.
MachineState machine_state();

// Time of all CPUs together since boot, in units of the system's own that step by 10 to 16 ms.
struct CpuTimes {
  std::uint64_t idle = 0;
  std::uint64_t all = 0;
};
std::optional<CpuTimes> cpu_times();

// Share of all CPUs' time between two samples that was not idle; 0 .. 1. Empty where no time passed.
std::optional<double> busy_share(const CpuTimes& before, const CpuTimes& after) noexcept;

// That share over the next `period`, asleep meanwhile; 200 ms resolve some 5 %.
std::optional<double> cpu_busy_share(std::chrono::milliseconds period);

// The processor's own word (CPUID; x86 only): the hypervisor's signature, "" where there is none. Empty on
// other processors. A Windows that runs as the root partition of its own hypervisor (Hyper-V or
// virtualisation-based security switched on) counts as none.
std::optional<std::string> hypervisor_signature();

}  // namespace recvbench
