// The result of one run: one line of runs.jsonl. A plain value; to_json/from_json follow
// results/schema/run.schema.json. Empty optionals are "not measured" and are written as null, never as 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "results/histogram.h"

namespace recvbench {

// Why a run is not valid (or what to know of it), by code; the text and remedy of every code are in
// results/reasons.h.
struct Reason {
  std::string code;    // "lost"
  std::string detail;  // "sent 120000, received 119987"
};

struct EngineRecord {
  std::string name;
  std::string label;  // the name and the settings that were asked for: "iocp:batch=64"
  std::string api;
  std::string platform;
  bool emulated = false;
  bool synthetic = false;
  int threads = 0;
  std::uint64_t buffer_bytes = 0;
  int receives_in_flight = 0;
  std::vector<int> cpus;
  std::vector<std::pair<std::string, std::string>> settings;  // all that the engine declares, as text
  // SO_RCVBUF of its sockets as the system granted it, in the terms in which it is asked for; the smallest of
  // them. Empty where the system does not tell, or there was no socket.
  std::optional<std::uint64_t> socket_receive_buffer_bytes;
};

// Connections that are slow on purpose: all their messages count, and neither latencies nor rates hold any.
struct SlowWritersRecord {
  std::uint32_t connections = 0;
  std::uint32_t pieces = 0;  // of each message
  std::uint64_t gap_ns = 0;  // from one to the next
};
struct SlowReadersRecord {
  std::uint32_t connections = 0;
  std::uint64_t read_bytes = 0;  // at most, a receive
  std::uint64_t gap_ns = 0;      // from one to the next
};

struct ScenarioRecord {
  std::string name;      // "tcp-sink-64B-c8-10k"
  std::string protocol;  // "tcp"
  std::string workload;  // "sink", "echo"
  std::string mode;      // "open", "max", "closed"
  std::uint32_t connections = 0;
  double size_bytes = 0;                      // of a message, the mean of `sizes`
  std::optional<double> rate_per_s;           // offered in total; empty in mode max
  std::uint32_t messages_per_send = 1;        // sink in mode max: packed into one send call
  std::string ip = "v4";                      // "v4", "v6", "dual"
  std::uint32_t udp_sockets = 1;              // of the receiver, on one port
  std::string sizes{};                        // "64B", "64-1024B", "9x64+1500B"
  std::uint32_t idle_connections = 0;         // beside the others
  std::uint64_t messages_per_connection = 0;  // 0 = connections last as long as the load
  std::string close = "graceful";             // "graceful", "abortive": of one whose place another takes
  std::optional<std::string> arrival{};       // mode open: "constant", "poisson", "burst32", ...
  std::optional<std::uint64_t> think_ns{};    // mode closed
  std::optional<SlowWritersRecord> slow_writers{};  // of `connections`
  std::optional<SlowReadersRecord> slow_readers{};
};

// 95 % interval for a percentile of one run (results/tail_interval.h).
struct PercentileInterval {
  std::int64_t low_ns = 0;
  std::int64_t high_ns = 0;
};

struct LatencySummary {
  std::int64_t count = 0;
  std::int64_t min_ns = 0;
  double mean_ns = 0;
  std::int64_t p50_ns = 0;
  std::int64_t p90_ns = 0;
  // Empty where n(1 - p) < 10: too few samples beyond the percentile for it to mean anything.
  std::optional<std::int64_t> p99_ns;
  std::optional<std::int64_t> p999_ns;
  std::optional<std::int64_t> p9999_ns;
  std::int64_t max_ns = 0;
  // Empty where the run has fewer than 20 seconds, or fewer than 100 samples beyond the percentile.
  std::optional<PercentileInterval> p50_ci_ns;
  std::optional<PercentileInterval> p99_ci_ns;
  std::optional<PercentileInterval> p999_ci_ns;
};
// Without intervals. Empty histogram -> empty summary.
std::optional<LatencySummary> summarize(const Histogram& histogram);

struct Counts {
  std::uint64_t sent = 0;         // by the generator, whole run
  std::uint64_t received = 0;     // by the receiver, whole run (in echo also answered)
  std::uint64_t echoed = 0;       // replies back at the generator (echo)
  std::uint64_t window_sent = 0;  // intended inside the measured window
  std::uint64_t window_received = 0;
  std::uint64_t window_echoed = 0;  // of window_sent, replies back at the generator (echo)
  std::uint64_t bytes_received = 0;
  std::uint64_t dropped = 0;  // due, but past --max-outstanding
  std::uint64_t corrupt = 0;  // bad magic, length or payload
  std::uint64_t out_of_sequence = 0;
  std::uint64_t closed_with_error = 0;
  std::uint64_t strangers = 0;    // connections that were not the generator's
  std::uint64_t window_slow = 0;  // of window_received, on connections that are slow on purpose
};

// What became of the datagrams of a UDP run. Of those that were sent, `lost` never reached the engine's sink
// whole.
struct DatagramCounts {
  std::uint64_t lost = 0;
  std::optional<std::uint64_t> lost_at_socket;  // of them, dropped by a full socket buffer; empty = unknown
  std::uint64_t truncated = 0;                  // of them, larger than the engine's buffer
  std::uint64_t send_failed = 0;                // not taken by the generator's system, hence not in `sent`
  std::uint64_t duplicated = 0;                 // arrived again
  std::uint64_t reordered = 0;                  // arrived after a later one
  std::uint64_t replies_lost = 0;               // echo: received, and the reply did not come back
};

// Connections that take others' places: scenarios with messages_per_connection.
struct ChurnRecord {
  std::uint64_t opened = 0;              // over the whole run, the first ones too
  std::uint64_t failed = 0;              // could not be made
  double accepted_per_s = 0;             // of connects called inside the window
  std::optional<LatencySummary> accept;  // the same: connect call to the engine's receive of the greeting
};

struct Rates {  // of the connections that are not slow on purpose
  std::optional<double> offered_per_s;
  std::optional<double> sent_per_s;      // inside the window
  std::optional<double> received_per_s;  // inside the window
  std::optional<double> received_bytes_per_s;
  // received_per_s is four fifths or more of the generator's ceiling: a lower bound of what the engine takes.
  bool generator_limited = false;
};

struct GeneratorRecord {
  std::string platform;  // "linux"
  std::string version;
  int threads = 0;
  std::optional<LatencySummary> slip;  // actual - intended send time
  std::optional<std::uint64_t> cpu_ns;
  std::optional<double> busiest_thread_share;  // of one CPU, inside the window
  std::vector<int> cpus{};                     // its threads are pinned to them; empty = not
  // Mode max: the most that it sends under these conditions to a receiver that only drains, as doctor
  // --calibrate measured it; empty where there is no such calibration.
  std::optional<double> ceiling_per_s{};
};

struct Cost {
  std::uint64_t cpu_user_ns = 0;  // of the receiver process, inside the window
  std::uint64_t cpu_kernel_ns = 0;
  // Wine: of the server process that does a part of every receive, inside the window; all of it, whomever it
  // served. Empty where there is none, or it was not found (then it is in `excludes`).
  std::optional<std::uint64_t> wineserver_cpu_ns;
  // User, kernel and wineserver. Empty where too little CPU time was used for the clock's step.
  std::optional<double> cpu_ns_per_message;
  std::vector<std::string> excludes;    // what the figures leave out: "wineserver"
  std::optional<std::uint64_t> cycles;  // of the receiver process, user and kernel, inside the window
  std::optional<std::uint64_t> voluntary_switches;
  std::optional<std::uint64_t> involuntary_switches;
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> peak_resident_bytes;  // of the process so far, not of this run alone
  // By how much resident memory grew while the connections were made, / connections. Empty where it did not.
  std::optional<double> resident_bytes_per_connection;
  std::optional<std::uint64_t> nonpaged_pool_bytes;  // Windows: the process's, at the window's end
};

struct CallCounts {  // whole run, from the engine
  std::uint64_t receive_calls = 0;
  std::uint64_t wait_calls = 0;
  std::uint64_t wakeups = 0;
  std::uint64_t completions = 0;
  std::uint64_t completions_per_wakeup_min = 0;
  std::uint64_t completions_per_wakeup_max = 0;
};

// A change within the measured window as a share of the mean, and the least that would stand out from the
// series' own scatter.
struct Drift {
  double share = 0;
  double noise_share = 0;
};

struct SeriesSteadiness {
  std::uint64_t settled_ns = 0;  // after the window's begin: where MSER-5 would cut; half of it = not settled
  Drift halves;                  // mean of the second half - mean of the first
  Drift trend;                   // least-squares slope x length
};

struct HalvesP99 {
  std::int64_t first_ns = 0;
  std::int64_t second_ns = 0;
  bool distinct = false;  // the difference stands out from the scatter between seconds
};

// Whether the measured window was one steady state (harness/validity/steadiness.h). Empty where it was too
// short, or brought too few messages, to tell.
struct SteadinessRecord {
  std::uint64_t windows = 0;  // of 250 ms
  std::optional<SeriesSteadiness> latency;
  std::optional<SeriesSteadiness> throughput;
  std::optional<HalvesP99> p99;
};

struct FairnessP99 {
  std::uint64_t connections = 0;  // that had enough messages for a p99
  std::int64_t median_ns = 0;     // of an even number the lower one of the two in the middle
  std::int64_t worst_ns = 0;
  std::uint32_t worst_connection = 0;  // its number
};

// How evenly the connections were served (harness/validity/fairness.h).
struct FairnessRecord {
  std::uint64_t connections = 0;     // looked at: some 1,000 of more
  std::optional<double> jain_index;  // empty where nothing was received
  std::optional<FairnessP99> p99;    // of response times; empty below two connections that have one
};

struct RunRecord {
  static constexpr int schema_major = 1;
  static constexpr int schema_minor = 0;

  std::uint32_t index = 0;  // position in the plan, from 0
  std::uint32_t round = 0;  // repetition, from 0
  std::string cell;         // "iocp:batch=64/tcp-sink-64B-c8-10k"
  EngineRecord engine;
  ScenarioRecord scenario;
  std::int64_t started_unix_ns = 0;
  std::uint64_t warmup_ns = 0;
  std::uint64_t duration_ns = 0;
  bool valid = false;
  std::vector<Reason> reasons;   // why it is not valid; empty where valid
  std::vector<Reason> warnings;  // to know, without making it invalid
  Counts counts;
  std::optional<DatagramCounts> datagrams;  // UDP only
  std::optional<ChurnRecord> churn;         // where connections take others' places only
  Rates rates;
  std::string latency_kind;                    // "one-way" (sink, same host), "round-trip" (echo), "none"
  std::optional<LatencySummary> response;      // done - intended
  std::optional<LatencySummary> service;       // done - actual send
  std::optional<SteadinessRecord> steadiness;  // empty where the load was not to be steady, or the run failed
  // Empty where fewer than two connections send, where others take their places, where nothing came from a
  // network, or the run failed.
  std::optional<FairnessRecord> fairness;
  GeneratorRecord generator;
  Cost cost;
  CallCounts calls;
  std::optional<std::string> probe;  // of a search: "ascend", "bisect", "confirm", "guard"
};

// UDP: of the datagrams that the measured window was to bring, the share that never arrived: those intended
// inside it that were not received or, in echo, whose reply did not come back. 0 .. 1; empty over TCP and
// where nothing was sent.
std::optional<double> loss_share(const RunRecord& record);

nlohmann::json to_json(const RunRecord& record);
// Throws std::runtime_error naming the key where the text does not follow the schema, or its major version is
// higher.
RunRecord run_record_from_json(const nlohmann::json& json);

}  // namespace recvbench
