// What is asked of an engine in a run. A plain value with a name that says all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/run/ip_version.h"
#include "loadgen/load_plan.h"

namespace recvbench {

struct Scenario {
  Workload workload = Workload::sink;
  std::uint32_t connections = 1;
  MessageSizes size_bytes = 64;
  std::optional<double> rate_per_s;  // in total over all connections; empty = as fast as possible
  // As fast as possible into a sink: messages packed into one send call. 1 = every message is a send of its
  // own; more measures bytes rather than receives.
  std::uint32_t messages_per_send = 1;

  Protocol protocol = Protocol::tcp;
  IpVersion ip = IpVersion::v4;
  std::uint32_t udp_sockets = 1;  // of the receiver, on one port (bind_udp_group); 1 over TCP

  std::uint32_t idle_connections = 0;                 // TCP: beside the others, greet and never send
  std::uint64_t messages_per_connection = 0;          // TCP: then another takes its place; 0 = none does
  ConnectionClose close = ConnectionClose::graceful;  // of one whose place another takes

  SlowPeers slow{};            // TCP at a rate: of the connections, slow on purpose; not measured
  ArrivalPattern arrival{};    // where there is a rate, which is its mean in the window
  bool closed = false;         // closed loop, without a rate: one message unanswered a connection
  std::uint64_t think_ns = 0;  // closed loop: from a reply to the next message

  LoadMode mode() const {
    if (closed) return LoadMode::closed;
    return rate_per_s ? LoadMode::open : LoadMode::max;
  }
  // The rate of the connections that are not slow on purpose, which is what must be met.
  std::optional<double> measured_rate_per_s() const {
    if (!rate_per_s) return std::nullopt;
    return *rate_per_s * (connections - slow.connections()) / connections;
  }
  // "tcp-sink-64B-c8-10k", "udp-echo-1KiB-c64-max", "tcp-sink-64-1024B-c8-10k" (see sizes_text),
  // "tcp-sink-64B-c8-max-x64" (64 messages a send),
  // "tcp-sink-64B-c8-10k-v6", "udp-sink-64B-c8-10k-s4" (4 sockets), "tcp-sink-64B-c8-10k-poisson",
  // "tcp-sink-64B-c8-ramp1k-10k", "tcp-echo-64B-c8-closed-think1ms",
  // "tcp-sink-64B-c8-10k-idle1000", "tcp-sink-64B-c8-10k-m100" (100 messages a connection),
  // "tcp-echo-64B-c8-10k-m1-abortive", "tcp-sink-64B-c8-10k-slowwriters1-4x1ms" (in 4 pieces 1 ms apart),
  // "tcp-echo-64B-c8-10k-slowreaders2-1KiB-10ms" (at most 1 KiB every 10 ms).
  std::string name() const;
  bool operator==(const Scenario&) const = default;
};

const char* to_string(Protocol protocol) noexcept;  // "tcp", "udp"
const char* to_string(Workload workload) noexcept;  // "sink", "echo"
const char* to_string(LoadMode mode) noexcept;      // "open", "max", "closed"
// "constant", "poisson", "burst32", "ramp1k-10k", "step1k-5k-1k", "replay-NAME".
std::string arrival_text(const ArrivalPattern& pattern);
// "64B", "1KiB"; of a range "64-1024B"; of a mix "9x64+1500B": nine of 64 bytes for each of 1500.
std::string sizes_text(const MessageSizes& sizes);
const char* to_string(ConnectionClose close) noexcept;  // "graceful", "abortive"

}  // namespace recvbench
