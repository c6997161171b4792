// Everything a benchmark can be asked for, as plain values: what the command line and a config file fill in,
// what the plan is made from, and what is stored with the results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engines/engine.h"
#include "harness/plan/arrival_option.h"
#include "harness/plan/engine_spec.h"
#include "harness/plan/offered_load.h"
#include "harness/plan/scenario.h"
#include "harness/plan/slow_option.h"

namespace recvbench {

// One address has so many ports, less some that the system keeps.
inline constexpr std::uint32_t most_connections = 60'000;

// Lists are axes: the scenarios are their cross product.
struct RunOptions {
  std::vector<EngineSpec> engines{{"all", {}, "all"}};
  std::vector<std::string> scenarios{"*"};             // globs over scenario names
  std::vector<std::string> excluded;                   // globs over cells: "iocp*/tcp-sink-*"
  std::vector<Scenario> extra_scenarios;               // a profile's scenarios; used where no axis is given
  std::vector<Protocol> protocols;                     // empty = TCP; of a profile's scenarios as well
  std::vector<IpVersion> ip_versions;                  // empty = IPv4; of a profile's scenarios as well
  std::vector<std::uint32_t> udp_sockets;              // >= 1; empty = 1; more is for UDP only
  std::vector<std::uint32_t> idle_connections;         // empty = none; of a profile's scenarios as well
  std::vector<std::uint64_t> messages_per_connection;  // 0 = each lasts; empty = 0; of a profile's as well
  std::vector<ConnectionClose> closes;                 // empty = graceful; where messages_per_connection > 0
  std::vector<SlowShare> slow_writers;                 // empty = none; of a profile's scenarios as well
  std::vector<SlowWriters> write_pieces;               // where slow_writers; its `connections` do not count
  std::vector<SlowShare> slow_readers;                 // as slow_writers; echo only
  std::vector<SlowReaders> read_pieces;                // where slow_readers
  std::vector<Workload> workloads;
  std::vector<std::uint32_t> connections;  // >= 1
  std::vector<MessageSizes> sizes;
  std::vector<std::optional<OfferedRate>> rates;  // empty optional = max
  std::vector<ArrivalChoice> arrivals;            // empty = constant
  bool closed = false;                            // mode closed: without rates and arrivals
  std::vector<std::uint64_t> thinks_ns;           // mode closed; empty = 0

  EngineSettings engine;  // of every engine, where its spec does not say otherwise
  std::uint64_t warmup_ns = 0;
  std::uint64_t duration_ns = 0;
  std::uint32_t repeat = 1;
  std::uint64_t seed = 1;
  bool verify = false;

  int load_threads = 1;
  std::vector<int> load_cpus;
  std::uint32_t messages_per_send = 1;  // of the scenarios that are as fast as possible into a sink
  std::uint32_t in_flight = 1;          // echo as fast as possible: unanswered messages per connection
  std::uint64_t max_outstanding = 1'000'000;
  std::uint64_t drain_ns = 5'000'000'000;
  std::filesystem::path generator;  // program that understands `load`; empty = this one
};

// The named profiles: how long, how often, which scenarios.
inline constexpr const char* profile_names[] = {"quick", "standard", "full"};
// Throws std::invalid_argument naming the allowed ones.
RunOptions profile(const std::string& name);

// What has two values or more: "connections", "size", "rate", ..., "iocp:batch" for a setting of an engine.
std::vector<std::string> swept_axes(const RunOptions& options);

nlohmann::json to_json(const RunOptions& options);

}  // namespace recvbench
