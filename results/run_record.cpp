#include "results/run_record.h"

#include <algorithm>
#include <stdexcept>

#include "results/json_fields.h"

namespace recvbench {

namespace {

using nlohmann::json;

constexpr const char* schema_name = "recvbench.run";

template <typename T>
json number_or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json interval_or_null(const std::optional<PercentileInterval>& interval) {
  return interval ? json{interval->low_ns, interval->high_ns} : json(nullptr);
}

std::optional<PercentileInterval> read_interval(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  return PercentileInterval{in.at(0, 2).as<std::int64_t>(), in.at(1, 2).as<std::int64_t>()};
}

json summary_or_null(const std::optional<LatencySummary>& summary) {
  if (!summary) return nullptr;
  return {{"count", summary->count},
          {"min_ns", summary->min_ns},
          {"mean_ns", summary->mean_ns},
          {"p50_ns", summary->p50_ns},
          {"p90_ns", summary->p90_ns},
          {"p99_ns", number_or_null(summary->p99_ns)},
          {"p999_ns", number_or_null(summary->p999_ns)},
          {"p9999_ns", number_or_null(summary->p9999_ns)},
          {"max_ns", summary->max_ns},
          {"p50_ci_ns", interval_or_null(summary->p50_ci_ns)},
          {"p99_ci_ns", interval_or_null(summary->p99_ci_ns)},
          {"p999_ci_ns", interval_or_null(summary->p999_ci_ns)}};
}

std::optional<LatencySummary> read_summary(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  LatencySummary summary;
  summary.count = in["count"].as<std::int64_t>();
  summary.min_ns = in["min_ns"].as<std::int64_t>();
  summary.mean_ns = in["mean_ns"].as<double>();
  summary.p50_ns = in["p50_ns"].as<std::int64_t>();
  summary.p90_ns = in["p90_ns"].as<std::int64_t>();
  summary.p99_ns = in["p99_ns"].as_optional<std::int64_t>();
  summary.p999_ns = in["p999_ns"].as_optional<std::int64_t>();
  summary.p9999_ns = in["p9999_ns"].as_optional<std::int64_t>();
  summary.max_ns = in["max_ns"].as<std::int64_t>();
  summary.p50_ci_ns = read_interval(in["p50_ci_ns"]);
  summary.p99_ci_ns = read_interval(in["p99_ci_ns"]);
  summary.p999_ci_ns = read_interval(in["p999_ci_ns"]);
  return summary;
}

json reasons_json(const std::vector<Reason>& reasons) {
  json result = json::array();
  for (const Reason& reason : reasons) result.push_back({{"code", reason.code}, {"detail", reason.detail}});
  return result;
}

std::vector<Reason> read_reasons(const JsonField& in) {
  std::vector<Reason> result;
  for (const JsonField& item : in.items()) {
    result.push_back({item["code"].as<std::string>(), item["detail"].as<std::string>()});
  }
  return result;
}

json engine_json(const EngineRecord& engine) {
  json declared = json::object();
  for (const auto& [name, value] : engine.settings) declared[name] = value;
  return {{"name", engine.name},
          {"label", engine.label},
          {"api", engine.api},
          {"platform", engine.platform},
          {"emulated", engine.emulated},
          {"synthetic", engine.synthetic},
          {"settings",
           {{"threads", engine.threads},
            {"buffer_bytes", engine.buffer_bytes},
            {"receives_in_flight", engine.receives_in_flight},
            {"socket_receive_buffer_bytes", number_or_null(engine.socket_receive_buffer_bytes)},
            {"cpus", engine.cpus},
            {"declared", declared}}}};
}

EngineRecord read_engine(const JsonField& in) {
  EngineRecord engine;
  engine.name = in["name"].as<std::string>();
  engine.label = in["label"].as<std::string>();
  engine.api = in["api"].as<std::string>();
  engine.platform = in["platform"].as<std::string>();
  engine.emulated = in["emulated"].as<bool>();
  engine.synthetic = in["synthetic"].as<bool>();
  const JsonField settings = in["settings"];
  engine.threads = settings["threads"].as<int>();
  engine.buffer_bytes = settings["buffer_bytes"].as<std::uint64_t>();
  engine.receives_in_flight = settings["receives_in_flight"].as<int>();
  engine.socket_receive_buffer_bytes = settings["socket_receive_buffer_bytes"].as_optional<std::uint64_t>();
  for (const JsonField& cpu : settings["cpus"].items()) engine.cpus.push_back(cpu.as<int>());
  for (const auto& [name, value] : settings["declared"].members())
    engine.settings.emplace_back(name, value.as<std::string>());
  return engine;
}

json slow_writers_json(const std::optional<SlowWritersRecord>& slow) {
  if (!slow) return nullptr;
  return {{"connections", slow->connections}, {"pieces", slow->pieces}, {"gap_ns", slow->gap_ns}};
}

std::optional<SlowWritersRecord> read_slow_writers(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  return SlowWritersRecord{in["connections"].as<std::uint32_t>(), in["pieces"].as<std::uint32_t>(),
                           in["gap_ns"].as<std::uint64_t>()};
}

json slow_readers_json(const std::optional<SlowReadersRecord>& slow) {
  if (!slow) return nullptr;
  return {{"connections", slow->connections}, {"read_bytes", slow->read_bytes}, {"gap_ns", slow->gap_ns}};
}

std::optional<SlowReadersRecord> read_slow_readers(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  return SlowReadersRecord{in["connections"].as<std::uint32_t>(), in["read_bytes"].as<std::uint64_t>(),
                           in["gap_ns"].as<std::uint64_t>()};
}

json scenario_json(const ScenarioRecord& scenario) {
  return {{"name", scenario.name},
          {"protocol", scenario.protocol},
          {"ip", scenario.ip},
          {"udp_sockets", scenario.udp_sockets},
          {"workload", scenario.workload},
          {"mode", scenario.mode},
          {"arrival", number_or_null(scenario.arrival)},
          {"think_ns", number_or_null(scenario.think_ns)},
          {"slow_writers", slow_writers_json(scenario.slow_writers)},
          {"slow_readers", slow_readers_json(scenario.slow_readers)},
          {"connections", scenario.connections},
          {"size_bytes", scenario.size_bytes},
          {"sizes", scenario.sizes},
          {"idle_connections", scenario.idle_connections},
          {"messages_per_connection", scenario.messages_per_connection},
          {"close", scenario.close},
          {"rate_per_s", number_or_null(scenario.rate_per_s)},
          {"messages_per_send", scenario.messages_per_send}};
}

ScenarioRecord read_scenario(const JsonField& in) {
  ScenarioRecord scenario;
  scenario.name = in["name"].as<std::string>();
  scenario.protocol = in["protocol"].one_of({"tcp", "udp"});
  scenario.ip = in["ip"].one_of({"v4", "v6", "dual"});
  scenario.udp_sockets = in["udp_sockets"].as<std::uint32_t>();
  scenario.workload = in["workload"].one_of({"sink", "echo"});
  scenario.mode = in["mode"].one_of({"open", "max", "closed"});
  scenario.arrival = in["arrival"].as_optional<std::string>();
  scenario.think_ns = in["think_ns"].as_optional<std::uint64_t>();
  scenario.slow_writers = read_slow_writers(in["slow_writers"]);
  scenario.slow_readers = read_slow_readers(in["slow_readers"]);
  scenario.connections = in["connections"].as<std::uint32_t>();
  scenario.size_bytes = in["size_bytes"].as<double>();
  scenario.sizes = in["sizes"].as<std::string>();
  scenario.idle_connections = in["idle_connections"].as<std::uint32_t>();
  scenario.messages_per_connection = in["messages_per_connection"].as<std::uint64_t>();
  scenario.close = in["close"].one_of({"graceful", "abortive"});
  scenario.rate_per_s = in["rate_per_s"].as_optional<double>();
  scenario.messages_per_send = in["messages_per_send"].as<std::uint32_t>();
  return scenario;
}

json counts_json(const Counts& counts) {
  return {{"sent", counts.sent},
          {"received", counts.received},
          {"echoed", counts.echoed},
          {"window_sent", counts.window_sent},
          {"window_received", counts.window_received},
          {"window_echoed", counts.window_echoed},
          {"bytes_received", counts.bytes_received},
          {"dropped", counts.dropped},
          {"corrupt", counts.corrupt},
          {"out_of_sequence", counts.out_of_sequence},
          {"closed_with_error", counts.closed_with_error},
          {"strangers", counts.strangers},
          {"window_slow", counts.window_slow}};
}

Counts read_counts(const JsonField& in) {
  Counts counts;
  counts.sent = in["sent"].as<std::uint64_t>();
  counts.received = in["received"].as<std::uint64_t>();
  counts.echoed = in["echoed"].as<std::uint64_t>();
  counts.window_sent = in["window_sent"].as<std::uint64_t>();
  counts.window_received = in["window_received"].as<std::uint64_t>();
  counts.window_echoed = in["window_echoed"].as<std::uint64_t>();
  counts.bytes_received = in["bytes_received"].as<std::uint64_t>();
  counts.dropped = in["dropped"].as<std::uint64_t>();
  counts.corrupt = in["corrupt"].as<std::uint64_t>();
  counts.out_of_sequence = in["out_of_sequence"].as<std::uint64_t>();
  counts.closed_with_error = in["closed_with_error"].as<std::uint64_t>();
  counts.strangers = in["strangers"].as<std::uint64_t>();
  counts.window_slow = in["window_slow"].as<std::uint64_t>();
  return counts;
}

json datagrams_json(const DatagramCounts& datagrams) {
  return {{"lost", datagrams.lost},
          {"lost_at_socket", number_or_null(datagrams.lost_at_socket)},
          {"truncated", datagrams.truncated},
          {"send_failed", datagrams.send_failed},
          {"duplicated", datagrams.duplicated},
          {"reordered", datagrams.reordered},
          {"replies_lost", datagrams.replies_lost}};
}

std::optional<DatagramCounts> read_datagrams(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  DatagramCounts datagrams;
  datagrams.lost = in["lost"].as<std::uint64_t>();
  datagrams.lost_at_socket = in["lost_at_socket"].as_optional<std::uint64_t>();
  datagrams.truncated = in["truncated"].as<std::uint64_t>();
  datagrams.send_failed = in["send_failed"].as<std::uint64_t>();
  datagrams.duplicated = in["duplicated"].as<std::uint64_t>();
  datagrams.reordered = in["reordered"].as<std::uint64_t>();
  datagrams.replies_lost = in["replies_lost"].as<std::uint64_t>();
  return datagrams;
}

json churn_json(const ChurnRecord& churn) {
  return {{"opened", churn.opened},
          {"failed", churn.failed},
          {"accepted_per_s", churn.accepted_per_s},
          {"accept", summary_or_null(churn.accept)}};
}

std::optional<ChurnRecord> read_churn(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  ChurnRecord churn;
  churn.opened = in["opened"].as<std::uint64_t>();
  churn.failed = in["failed"].as<std::uint64_t>();
  churn.accepted_per_s = in["accepted_per_s"].as<double>();
  churn.accept = read_summary(in["accept"]);
  return churn;
}

json rates_json(const Rates& rates) {
  return {{"offered_per_s", number_or_null(rates.offered_per_s)},
          {"sent_per_s", number_or_null(rates.sent_per_s)},
          {"received_per_s", number_or_null(rates.received_per_s)},
          {"received_bytes_per_s", number_or_null(rates.received_bytes_per_s)},
          {"generator_limited", rates.generator_limited}};
}

Rates read_rates(const JsonField& in) {
  Rates rates;
  rates.offered_per_s = in["offered_per_s"].as_optional<double>();
  rates.sent_per_s = in["sent_per_s"].as_optional<double>();
  rates.received_per_s = in["received_per_s"].as_optional<double>();
  rates.received_bytes_per_s = in["received_bytes_per_s"].as_optional<double>();
  rates.generator_limited = in["generator_limited"].as<bool>();
  return rates;
}

json generator_json(const GeneratorRecord& generator) {
  return {{"platform", generator.platform},
          {"version", generator.version},
          {"threads", generator.threads},
          {"slip", summary_or_null(generator.slip)},
          {"cpu_ns", number_or_null(generator.cpu_ns)},
          {"busiest_thread_share", number_or_null(generator.busiest_thread_share)},
          {"cpus", generator.cpus},
          {"ceiling_per_s", number_or_null(generator.ceiling_per_s)}};
}

GeneratorRecord read_generator(const JsonField& in) {
  GeneratorRecord generator;
  generator.platform = in["platform"].as<std::string>();
  generator.version = in["version"].as<std::string>();
  generator.threads = in["threads"].as<int>();
  generator.slip = read_summary(in["slip"]);
  generator.cpu_ns = in["cpu_ns"].as_optional<std::uint64_t>();
  generator.busiest_thread_share = in["busiest_thread_share"].as_optional<double>();
  for (const JsonField& cpu : in["cpus"].items()) generator.cpus.push_back(cpu.as<int>());
  generator.ceiling_per_s = in["ceiling_per_s"].as_optional<double>();
  return generator;
}

json cost_json(const Cost& cost) {
  return {{"cpu_user_ns", cost.cpu_user_ns},
          {"cpu_kernel_ns", cost.cpu_kernel_ns},
          {"wineserver_cpu_ns", number_or_null(cost.wineserver_cpu_ns)},
          {"cpu_ns_per_message", number_or_null(cost.cpu_ns_per_message)},
          {"excludes", cost.excludes},
          {"cycles", number_or_null(cost.cycles)},
          {"voluntary_switches", number_or_null(cost.voluntary_switches)},
          {"involuntary_switches", number_or_null(cost.involuntary_switches)},
          {"resident_bytes", number_or_null(cost.resident_bytes)},
          {"peak_resident_bytes", number_or_null(cost.peak_resident_bytes)},
          {"resident_bytes_per_connection", number_or_null(cost.resident_bytes_per_connection)},
          {"nonpaged_pool_bytes", number_or_null(cost.nonpaged_pool_bytes)}};
}

Cost read_cost(const JsonField& in) {
  Cost cost;
  cost.cpu_user_ns = in["cpu_user_ns"].as<std::uint64_t>();
  cost.cpu_kernel_ns = in["cpu_kernel_ns"].as<std::uint64_t>();
  cost.wineserver_cpu_ns = in["wineserver_cpu_ns"].as_optional<std::uint64_t>();
  cost.cpu_ns_per_message = in["cpu_ns_per_message"].as_optional<double>();
  for (const JsonField& name : in["excludes"].items()) cost.excludes.push_back(name.as<std::string>());
  cost.cycles = in["cycles"].as_optional<std::uint64_t>();
  cost.voluntary_switches = in["voluntary_switches"].as_optional<std::uint64_t>();
  cost.involuntary_switches = in["involuntary_switches"].as_optional<std::uint64_t>();
  cost.resident_bytes = in["resident_bytes"].as_optional<std::uint64_t>();
  cost.peak_resident_bytes = in["peak_resident_bytes"].as_optional<std::uint64_t>();
  cost.resident_bytes_per_connection = in["resident_bytes_per_connection"].as_optional<double>();
  cost.nonpaged_pool_bytes = in["nonpaged_pool_bytes"].as_optional<std::uint64_t>();
  return cost;
}

json drift_json(const Drift& drift) {
  return {{"share", drift.share}, {"noise_share", drift.noise_share}};
}

Drift read_drift(const JsonField& in) {
  return {in["share"].as<double>(), in["noise_share"].as<double>()};
}

json series_json(const std::optional<SeriesSteadiness>& series) {
  if (!series) return nullptr;
  return {{"settled_ns", series->settled_ns},
          {"halves", drift_json(series->halves)},
          {"trend", drift_json(series->trend)}};
}

std::optional<SeriesSteadiness> read_series(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  return SeriesSteadiness{in["settled_ns"].as<std::uint64_t>(), read_drift(in["halves"]),
                          read_drift(in["trend"])};
}

json steadiness_json(const SteadinessRecord& steadiness) {
  const std::optional<HalvesP99>& p99 = steadiness.p99;
  return {{"windows", steadiness.windows},
          {"latency", series_json(steadiness.latency)},
          {"throughput", series_json(steadiness.throughput)},
          {"p99",
           p99 ? json{{"first_ns", p99->first_ns}, {"second_ns", p99->second_ns}, {"distinct", p99->distinct}}
               : json(nullptr)}};
}

std::optional<SteadinessRecord> read_steadiness(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  SteadinessRecord steadiness;
  steadiness.windows = in["windows"].as<std::uint64_t>();
  steadiness.latency = read_series(in["latency"]);
  steadiness.throughput = read_series(in["throughput"]);
  if (const JsonField p99 = in["p99"]; !p99.is_null())
    steadiness.p99 = {p99["first_ns"].as<std::int64_t>(), p99["second_ns"].as<std::int64_t>(),
                      p99["distinct"].as<bool>()};
  return steadiness;
}

json fairness_p99_json(const FairnessP99& p99) {
  return {{"connections", p99.connections},
          {"median_ns", p99.median_ns},
          {"worst_ns", p99.worst_ns},
          {"worst_connection", p99.worst_connection},
          {"worst_over_median", static_cast<double>(p99.worst_ns) / static_cast<double>(p99.median_ns)}};
}

json fairness_json(const FairnessRecord& fairness) {
  return {{"connections", fairness.connections},
          {"jain_index", number_or_null(fairness.jain_index)},
          {"p99", fairness.p99 ? fairness_p99_json(*fairness.p99) : json(nullptr)}};
}

std::optional<FairnessRecord> read_fairness(const JsonField& in) {
  if (in.is_null()) return std::nullopt;
  FairnessRecord fairness;
  fairness.connections = in["connections"].as<std::uint64_t>();
  fairness.jain_index = in["jain_index"].as_optional<double>();
  if (const JsonField p99 = in["p99"]; !p99.is_null()) {
    fairness.p99 = {p99["connections"].as<std::uint64_t>(), p99["median_ns"].as<std::int64_t>(),
                    p99["worst_ns"].as<std::int64_t>(), p99["worst_connection"].as<std::uint32_t>()};
    p99["worst_over_median"].as<double>();  // of two of them
  }
  return fairness;
}

std::optional<double> completions_per_wakeup(const CallCounts& calls) {
  if (calls.wakeups == 0) return std::nullopt;
  return static_cast<double>(calls.completions) / static_cast<double>(calls.wakeups);
}

json calls_json(const CallCounts& calls) {
  return {{"receive_calls", calls.receive_calls},
          {"wait_calls", calls.wait_calls},
          {"wakeups", calls.wakeups},
          {"completions", calls.completions},
          {"completions_per_wakeup_min", calls.completions_per_wakeup_min},
          {"completions_per_wakeup_mean", number_or_null(completions_per_wakeup(calls))},
          {"completions_per_wakeup_max", calls.completions_per_wakeup_max}};
}

CallCounts read_calls(const JsonField& in) {
  CallCounts calls;
  calls.receive_calls = in["receive_calls"].as<std::uint64_t>();
  calls.wait_calls = in["wait_calls"].as<std::uint64_t>();
  calls.wakeups = in["wakeups"].as<std::uint64_t>();
  calls.completions = in["completions"].as<std::uint64_t>();
  calls.completions_per_wakeup_min = in["completions_per_wakeup_min"].as<std::uint64_t>();
  in["completions_per_wakeup_mean"].as_optional<double>();  // of the two above
  calls.completions_per_wakeup_max = in["completions_per_wakeup_max"].as<std::uint64_t>();
  return calls;
}

void check_schema(const JsonField& in) {
  in["name"].one_of({schema_name});
  if (const int major = in["major"].as<int>(); major != RunRecord::schema_major) {
    throw std::runtime_error("schema.major: version " + std::to_string(major) + " cannot be read, only " +
                             std::to_string(RunRecord::schema_major));
  }
  in["minor"].as<int>();
}

}  // namespace

std::optional<LatencySummary> summarize(const Histogram& histogram) {
  const std::int64_t count = histogram.count();
  if (count == 0) return std::nullopt;
  // In whole numbers, n(1 - p) >= 10 is n >= 10 / (1 - p); in doubles 100000 * (1 - 0.9999) is less than 10.
  const auto with_samples = [&](std::int64_t least, double percentile) {
    return count < least ? std::nullopt : std::optional(histogram.percentile_ns(percentile));
  };
  LatencySummary summary;
  summary.count = count;
  summary.min_ns = histogram.min_ns();
  summary.mean_ns = histogram.mean_ns();
  summary.p50_ns = histogram.percentile_ns(50);
  summary.p90_ns = histogram.percentile_ns(90);
  summary.p99_ns = with_samples(1'000, 99);
  summary.p999_ns = with_samples(10'000, 99.9);
  summary.p9999_ns = with_samples(100'000, 99.99);
  summary.max_ns = histogram.max_ns();
  return summary;
}

std::optional<double> loss_share(const RunRecord& record) {
  const Counts& counts = record.counts;
  if (!record.datagrams || counts.window_sent == 0) return std::nullopt;
  const std::uint64_t arrived =
      record.scenario.workload == "echo" ? counts.window_echoed : counts.window_received;
  const std::uint64_t lost = counts.window_sent - std::min(counts.window_sent, arrived);
  return static_cast<double>(lost) / static_cast<double>(counts.window_sent);
}

json to_json(const RunRecord& record) {
  return {{"schema",
           {{"name", schema_name}, {"major", RunRecord::schema_major}, {"minor", RunRecord::schema_minor}}},
          {"index", record.index},
          {"round", record.round},
          {"cell", record.cell},
          {"probe", record.probe ? json(*record.probe) : json(nullptr)},
          {"engine", engine_json(record.engine)},
          {"scenario", scenario_json(record.scenario)},
          {"timing",
           {{"started_unix_ns", record.started_unix_ns},
            {"warmup_ns", record.warmup_ns},
            {"duration_ns", record.duration_ns}}},
          {"valid", record.valid},
          {"reasons", reasons_json(record.reasons)},
          {"warnings", reasons_json(record.warnings)},
          {"counts", counts_json(record.counts)},
          {"rates", rates_json(record.rates)},
          {"latency",
           {{"kind", record.latency_kind},
            {"response", summary_or_null(record.response)},
            {"service", summary_or_null(record.service)}}},
          {"steadiness", record.steadiness ? steadiness_json(*record.steadiness) : json(nullptr)},
          {"fairness", record.fairness ? fairness_json(*record.fairness) : json(nullptr)},
          {"generator", generator_json(record.generator)},
          {"cost", cost_json(record.cost)},
          {"calls", calls_json(record.calls)},
          {"churn", record.churn ? churn_json(*record.churn) : json(nullptr)},
          {"datagrams", record.datagrams ? datagrams_json(*record.datagrams) : json(nullptr)}};
}

RunRecord run_record_from_json(const json& document) {
  const JsonField in(document);
  check_schema(in["schema"]);
  RunRecord record;
  record.index = in["index"].as<std::uint32_t>();
  record.round = in["round"].as<std::uint32_t>();
  record.cell = in["cell"].as<std::string>();
  if (!in["probe"].is_null()) record.probe = in["probe"].one_of({"ascend", "bisect", "confirm", "guard"});
  record.engine = read_engine(in["engine"]);
  record.scenario = read_scenario(in["scenario"]);
  record.started_unix_ns = in["timing"]["started_unix_ns"].as<std::int64_t>();
  record.warmup_ns = in["timing"]["warmup_ns"].as<std::uint64_t>();
  record.duration_ns = in["timing"]["duration_ns"].as<std::uint64_t>();
  record.valid = in["valid"].as<bool>();
  record.reasons = read_reasons(in["reasons"]);
  record.warnings = read_reasons(in["warnings"]);
  record.counts = read_counts(in["counts"]);
  record.datagrams = read_datagrams(in["datagrams"]);
  record.churn = read_churn(in["churn"]);
  record.rates = read_rates(in["rates"]);
  record.latency_kind = in["latency"]["kind"].one_of({"one-way", "round-trip", "none"});
  record.response = read_summary(in["latency"]["response"]);
  record.service = read_summary(in["latency"]["service"]);
  record.steadiness = read_steadiness(in["steadiness"]);
  record.fairness = read_fairness(in["fairness"]);
  record.generator = read_generator(in["generator"]);
  record.cost = read_cost(in["cost"]);
  record.calls = read_calls(in["calls"]);
  if (record.valid != record.reasons.empty()) {
    throw std::runtime_error("reasons: must be empty where the run is valid, and say why where it is not");
  }
  return record;
}

}  // namespace recvbench
