#include "harness/plan/run_options.h"

#include <algorithm>
#include <stdexcept>

namespace recvbench {

namespace {
nlohmann::json texts(const std::vector<SlowShare>& shares) {
  nlohmann::json texts = nlohmann::json::array();
  for (const SlowShare& share : shares) texts.push_back(share.text);
  return texts;
}

template <class Pieces>
nlohmann::json texts(const std::vector<Pieces>& values) {
  nlohmann::json texts = nlohmann::json::array();
  for (const Pieces& pieces : values) texts.push_back(pieces_text(pieces));
  return texts;
}

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t s = 1000 * ms;

// Per second. A receive under Wine costs 38 to 60 us on two CPUs (three to four round trips to its server),
// so that 10,000 a second would measure the queue in front of it.
constexpr double modest_rate = 5'000;

Scenario scenario(Workload workload, std::uint32_t connections, std::uint32_t size,
                  std::optional<double> rate) {
  return Scenario{workload, connections, size, rate, 1, Protocol::tcp, IpVersion::v4, 1};
}
}  // namespace

RunOptions profile(const std::string& name) {
  RunOptions options;
  // Three questions that every workload asks: latency at a modest rate, one way and as a round trip, and the
  // ceiling.
  options.extra_scenarios = {scenario(Workload::sink, 8, 64, modest_rate),
                             scenario(Workload::echo, 8, 64, 2'000),
                             scenario(Workload::sink, 8, 64, std::nullopt)};
  if (name == "quick") {
    options.warmup_ns = 500 * ms;
    options.duration_ns = 1500 * ms;
    options.repeat = 3;
    return options;
  }
  // From here on the recommended warm-up for both kinds of machine, and enough one-second windows for an
  // interval.
  options.warmup_ns = 5 * s;
  options.duration_ns = 20 * s;
  options.repeat = 5;
  for (const std::uint32_t connections : {1u, 64u}) {
    options.extra_scenarios.push_back(scenario(Workload::sink, connections, 64, modest_rate));
    options.extra_scenarios.push_back(scenario(Workload::echo, connections, 64, std::nullopt));
  }
  if (name == "standard") return options;
  options.repeat = 10;
  for (const std::uint32_t size : {1024u, 65536u})
    options.extra_scenarios.push_back(scenario(Workload::sink, 8, size, std::nullopt));
  options.extra_scenarios.push_back(scenario(Workload::sink, 1000, 64, modest_rate));
  options.extra_scenarios.push_back(scenario(Workload::sink, 1000, 64, std::nullopt));
  if (name == "full") return options;
  throw std::invalid_argument("--profile " + name + ": not a profile; one of quick, standard, full");
}

std::vector<std::string> swept_axes(const RunOptions& options) {
  std::vector<std::string> axes;
  const auto note = [&](const std::string& name, const auto& values) {
    const auto differs = [&](const auto& value) { return value != values.front(); };
    if (std::any_of(values.begin(), values.end(), differs)) axes.push_back(name);
  };
  note("protocol", options.protocols);
  note("ip", options.ip_versions);
  note("udp-sockets", options.udp_sockets);
  note("idle", options.idle_connections);
  note("messages-per-connection", options.messages_per_connection);
  note("close", options.closes);
  note("workload", options.workloads);
  note("connections", options.connections);
  note("size", options.sizes);
  note("slow-writers", options.slow_writers);
  note("write-pieces", options.write_pieces);
  note("slow-readers", options.slow_readers);
  note("read-pieces", options.read_pieces);
  note("rate", options.rates);
  note("arrival", options.arrivals);
  note("think", options.thinks_ns);
  for (const EngineSpec& spec : options.engines)
    for (const SettingAxis& axis : spec.axes) note(spec.pattern + ":" + axis.name, axis.values);
  return axes;
}

nlohmann::json to_json(const RunOptions& options) {
  nlohmann::json rates = nlohmann::json::array();
  for (const auto& rate : options.rates)
    rates.push_back(!rate                  ? nlohmann::json("max")
                    : rate->per_connection ? nlohmann::json(to_string(*rate))
                                           : nlohmann::json(rate->per_s));
  nlohmann::json arrivals = nlohmann::json::array();
  for (const ArrivalChoice& arrival : options.arrivals) arrivals.push_back(arrival.text);
  nlohmann::json workloads = nlohmann::json::array();
  nlohmann::json closes = nlohmann::json::array();
  for (const ConnectionClose close : options.closes) closes.push_back(to_string(close));
  nlohmann::json sizes = nlohmann::json::array();
  for (const MessageSizes& size : options.sizes) sizes.push_back(sizes_text(size));
  nlohmann::json protocols = nlohmann::json::array();
  for (const Protocol protocol : options.protocols) protocols.push_back(to_string(protocol));
  nlohmann::json ip_versions = nlohmann::json::array();
  for (const IpVersion version : options.ip_versions) ip_versions.push_back(to_string(version));
  nlohmann::json engines = nlohmann::json::array();
  for (const EngineSpec& spec : options.engines) engines.push_back(spec.text);
  for (const Workload workload : options.workloads) workloads.push_back(to_string(workload));
  return {{"engines", engines},
          {"scenarios", options.scenarios},
          {"excluded", options.excluded},
          {"axes", swept_axes(options)},
          {"protocols", protocols},
          {"ip_versions", ip_versions},
          {"udp_sockets", options.udp_sockets},
          {"idle_connections", options.idle_connections},
          {"messages_per_connection", options.messages_per_connection},
          {"closes", closes},
          {"slow_writers", texts(options.slow_writers)},
          {"write_pieces", texts(options.write_pieces)},
          {"slow_readers", texts(options.slow_readers)},
          {"read_pieces", texts(options.read_pieces)},
          {"workloads", workloads},
          {"connections", options.connections},
          {"sizes", sizes},
          {"rates_per_s", rates},
          {"arrivals", arrivals},
          {"mode", options.closed ? "closed" : "open"},
          {"thinks_ns", options.thinks_ns},
          {"threads", options.engine.threads},
          {"buffer_bytes", options.engine.buffer_bytes},
          {"receives_in_flight", options.engine.receives_in_flight},
          {"cpus", options.engine.cpus},
          {"socket_receive_buffer_bytes", options.engine.socket_receive_buffer
                                              ? nlohmann::json(*options.engine.socket_receive_buffer)
                                              : nlohmann::json(nullptr)},
          {"warmup_ns", options.warmup_ns},
          {"duration_ns", options.duration_ns},
          {"repeat", options.repeat},
          {"verify", options.verify},
          {"load_threads", options.load_threads},
          {"load_cpus", options.load_cpus},
          {"messages_per_send", options.messages_per_send},
          {"in_flight", options.in_flight},
          {"max_outstanding", options.max_outstanding},
          {"drain_ns", options.drain_ns}};
}

}  // namespace recvbench
