// Load plans and results as JSON, with every value's range checked.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "loadgen/control.h"
#include "loadgen/message.h"
#include "platform/datagram.h"

namespace recvbench {
namespace {

using nlohmann::json;

constexpr std::uint64_t u64_max = std::numeric_limits<std::uint64_t>::max();

// Never recursive and never long: the peer's nesting and lengths are its own.
std::string shown(const json& value) {
  const bool small = value.is_number() || value.is_boolean() ||
                     (value.is_string() && value.get_ref<const std::string&>().size() <= 40);
  return small ? value.dump(-1, ' ', false, json::error_handler_t::replace) : value.type_name();
}

[[noreturn]] void reject(const std::string& what, const std::string& key, const json& value,
                         const std::string& allowed) {
  throw ControlError(what + ": " + key + " = " + shown(value) + ", allowed: " + allowed);
}

// Reads the members of one object, naming object, key and allowed values in every error.
class Reader {
 public:
  Reader(const json& object, std::string what) : object_(object), what_(std::move(what)) {
    if (!object.is_object()) throw ControlError(what_ + ": not a JSON object");
  }

  const json& member(const std::string& key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) throw ControlError(what_ + ": " + key + " is missing");
    return *found;
  }

  template <class Integer>
  Integer integer(const std::string& key, std::type_identity_t<Integer> lowest = 0,
                  std::type_identity_t<Integer> highest = std::numeric_limits<Integer>::max()) const {
    const json& value = member(key);
    const auto in_range = [&](auto number) {
      return std::in_range<Integer>(number) && static_cast<Integer>(number) >= lowest &&
             static_cast<Integer>(number) <= highest;
    };
    // 1.0 and 1e3 are no integers in this protocol.
    if (value.is_number_unsigned() && in_range(value.get<std::uint64_t>()))
      return static_cast<Integer>(value.get<std::uint64_t>());
    if (value.is_number_integer() && !value.is_number_unsigned() && in_range(value.get<std::int64_t>()))
      return static_cast<Integer>(value.get<std::int64_t>());
    reject(what_, key, value, "an integer from " + std::to_string(lowest) + " to " + std::to_string(highest));
  }

  // A finite number of at least 0.
  double number(const std::string& key) const {
    const json& value = member(key);
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0)
      reject(what_, key, value, "a finite number >= 0");
    return value.get<double>();
  }

  bool boolean(const std::string& key) const {
    const json& value = member(key);
    if (!value.is_boolean()) reject(what_, key, value, "true or false");
    return value.get<bool>();
  }

  std::string text(const std::string& key) const {
    const json& value = member(key);
    if (!value.is_string()) reject(what_, key, value, "a text");
    return value.get<std::string>();
  }

  template <class Value>
  Value one_of(const std::string& key, std::initializer_list<std::pair<const char*, Value>> values) const {
    const json& text = member(key);
    std::string allowed;
    for (const auto& [name, value] : values) {
      if (text == name) return value;
      allowed += (allowed.empty() ? "\"" : " or \"") + std::string(name) + "\"";
    }
    reject(what_, key, text, allowed);
  }

  const std::string& what() const { return what_; }

 private:
  const json& object_;
  std::string what_;
};

json intervals_json(const IntervalHistograms& intervals) {
  json result = json::array();
  for (const auto& [interval, histogram] : intervals)
    result.push_back({{"interval", interval}, {"hdr", histogram.encode()}});
  return result;
}

IntervalHistograms intervals_from_json(const Reader& parent, const std::string& key) {
  const json& list = parent.member(key);
  if (!list.is_array()) throw ControlError(parent.what() + ": " + key + " is not an array");
  IntervalHistograms intervals;
  for (const json& entry : list) {
    const Reader reader(entry, parent.what() + ": " + key);
    try {
      intervals.insert_or_assign(reader.integer<std::uint64_t>("interval"),
                                 Histogram::decode(reader.text("hdr")));
    } catch (const ControlError&) {
      throw;
    } catch (const std::exception& error) {
      throw ControlError(parent.what() + ": " + key + ": " + error.what());
    }
  }
  return intervals;
}

json windows_json(const WindowSeries& windows) {
  json result = json::array();
  for (const WindowSum& window : windows) result.push_back({window.count, window.sum});
  return result;
}

WindowSeries windows_from_json(const Reader& parent, const std::string& key) {
  const json& list = parent.member(key);
  const auto is_window = [](const json& entry) {
    return entry.is_array() && entry.size() == 2 && entry[0].is_number_unsigned() &&
           entry[1].is_number_unsigned();
  };
  if (!list.is_array() || list.size() > WindowSums::most_windows ||
      !std::all_of(list.begin(), list.end(), is_window))
    reject(parent.what(), key, list,
           "an array of at most " + std::to_string(WindowSums::most_windows) +
               " windows, each a count and a sum");
  WindowSeries windows;
  for (const json& entry : list)
    windows.push_back({entry[0].get<std::uint64_t>(), entry[1].get<std::uint64_t>()});
  return windows;
}

json connections_json(const std::vector<ConnectionFigures>& connections) {
  json result = json::array();
  for (const ConnectionFigures& one : connections)
    result.push_back({{"number", one.number},
                      {"sent", one.sent},
                      {"received", one.received},
                      {"p99_ns", one.p99_ns ? json(*one.p99_ns) : json(nullptr)}});
  return result;
}

std::vector<ConnectionFigures> connections_from_json(const Reader& parent, const std::string& key) {
  const json& list = parent.member(key);
  if (!list.is_array() || list.size() > ConnectionTallies::most)
    reject(parent.what(), key, list,
           "an array of at most " + std::to_string(ConnectionTallies::most) + " connections");
  std::vector<ConnectionFigures> connections;
  for (const json& entry : list) {
    const Reader reader(entry, parent.what() + ": " + key);
    ConnectionFigures one;
    one.number = reader.integer<std::uint32_t>("number");
    one.sent = reader.integer<std::uint64_t>("sent");
    one.received = reader.integer<std::uint64_t>("received");
    if (!reader.member("p99_ns").is_null()) one.p99_ns = reader.integer<std::int64_t>("p99_ns", 1);
    connections.push_back(one);
  }
  return connections;
}

std::vector<std::string> hosts_from_json(const Reader& reader) {
  const json& list = reader.member("hosts");
  std::vector<std::string> hosts;
  for (const json& host : list) {
    if (!host.is_string() || host.get_ref<const std::string&>().empty()) break;
    hosts.push_back(host.get<std::string>());
  }
  if (!list.is_array() || hosts.empty() || hosts.size() != list.size())
    reject(reader.what(), "hosts", list, "an array of host names or addresses");
  return hosts;
}

json sizes_json(const MessageSizes& sizes) {
  json parts = json::array();
  for (const MessageSizes::Part& part : sizes.parts())
    parts.push_back({{"least", part.least}, {"most", part.most}, {"weight", part.weight}});
  return parts;
}

MessageSizes sizes_from_json(const Reader& parent, std::uint32_t most_bytes) {
  const json& list = parent.member("size_bytes");
  if (!list.is_array() || list.empty() || list.size() > MessageSizes::max_parts)
    reject(parent.what(), "size_bytes", list,
           "an array of 1 to " + std::to_string(MessageSizes::max_parts) + " parts");
  std::vector<MessageSizes::Part> parts;
  for (const json& entry : list) {
    const Reader reader(entry, parent.what() + ": size_bytes");
    MessageSizes::Part part;
    part.least = reader.integer<std::uint32_t>("least", header_bytes, most_bytes);
    part.most = reader.integer<std::uint32_t>("most", part.least, most_bytes);
    part.weight = reader.integer<std::uint32_t>("weight", 1, MessageSizes::max_weight);
    parts.push_back(part);
  }
  return MessageSizes(std::move(parts));
}

// Finite numbers of at least 0.
std::vector<double> numbers_from_json(const Reader& reader, const std::string& key) {
  const json& list = reader.member(key);
  std::vector<double> numbers;
  for (const json& number : list) {
    if (!number.is_number() || !std::isfinite(number.get<double>()) || number.get<double>() < 0) break;
    numbers.push_back(number.get<double>());
  }
  if (!list.is_array() || numbers.size() != list.size())
    reject(reader.what(), key, list, "an array of finite numbers >= 0");
  return numbers;
}

const char* mode_name(LoadMode mode) {
  if (mode == LoadMode::closed) return "closed";
  return mode == LoadMode::open ? "open" : "max";
}

// Two arrays, since an object a message would take several times the bytes.
json recording_json(const Recording& recording) {
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint32_t> connections;
  for (const Recording::Message& message : recording.messages) {
    offsets.push_back(message.offset_ns);
    connections.push_back(message.connection);
  }
  const bool any = std::all_of(connections.begin(), connections.end(), [](std::uint32_t connection) {
    return connection == Recording::any_connection;
  });
  if (any) connections.clear();
  return {{"offsets_ns", offsets}, {"connections", connections}};
}

std::shared_ptr<const Recording> recording_from_json(const json& message, std::uint32_t connections) {
  const Reader reader(message, "load plan: recording");
  const json& offsets = reader.member("offsets_ns");
  const json& numbers = reader.member("connections");
  if (!offsets.is_array() || offsets.empty() || offsets.size() > most_recorded)
    reject(reader.what(), "offsets_ns", offsets,
           "an array of 1 to " + std::to_string(most_recorded) + " times");
  if (!numbers.is_array() || (!numbers.empty() && numbers.size() != offsets.size()))
    reject(reader.what(), "connections", numbers, "an array, empty or as long as offsets_ns");
  auto recording = std::make_shared<Recording>();
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    Recording::Message one;
    const std::uint64_t last = i == 0 ? 0 : recording->messages.back().offset_ns;
    if (offsets[i].is_number_unsigned()) one.offset_ns = offsets[i].get<std::uint64_t>();
    if (!offsets[i].is_number_unsigned() || one.offset_ns < last || one.offset_ns > 2 * max_phase_ns)
      reject(reader.what(), "offsets_ns", offsets[i], "times that never go back, within an hour");
    if (!numbers.empty()) {
      const std::uint64_t number =
          numbers[i].is_number_unsigned() ? numbers[i].get<std::uint64_t>() : ~std::uint64_t{0};
      if (number >= connections && number != Recording::any_connection)
        reject(reader.what(), "connections", numbers[i],
               "numbers below the number of connections, " + std::to_string(connections));
      one.connection = static_cast<std::uint32_t>(number);
    }
    recording->messages.push_back(one);
  }
  return recording;
}

ArrivalPattern arrival_from_json(const Reader& reader, std::uint32_t connections) {
  using Kind = ArrivalPattern::Kind;
  ArrivalPattern arrival;
  arrival.kind = reader.one_of<Kind>("arrival", {{"constant", Kind::constant},
                                                 {"poisson", Kind::poisson},
                                                 {"burst", Kind::burst},
                                                 {"ramp", Kind::ramp},
                                                 {"step", Kind::step},
                                                 {"replay", Kind::replay}});
  arrival.burst = reader.integer<std::uint32_t>("burst", 1, most_burst);
  arrival.rates_per_s = numbers_from_json(reader, "arrival_rates_per_s");
  const std::size_t most_rates = arrival.kind == Kind::ramp ? 2 : arrival.kind == Kind::step ? most_steps : 0;
  if (arrival.rates_per_s.size() > most_rates || (most_rates > 0 && arrival.rates_per_s.size() < 2) ||
      std::any_of(arrival.rates_per_s.begin(), arrival.rates_per_s.end(),
                  [](double rate) { return rate > max_rate_per_s; }))
    reject(
        reader.what(), "arrival_rates_per_s", reader.member("arrival_rates_per_s"),
        "of a ramp 2 rates, of steps 2 to " + std::to_string(most_steps) + ", else none; each at most 1e9");
  const json& recording = reader.member("recording");
  if (arrival.kind == Kind::replay) arrival.recording = recording_from_json(recording, connections);
  return arrival;
}

json slow_writers_json(const SlowWriters& writers) {
  return {{"connections", writers.connections}, {"pieces", writers.pieces}, {"gap_ns", writers.gap_ns}};
}

json slow_readers_json(const SlowReaders& readers) {
  return {{"connections", readers.connections}, {"bytes", readers.bytes}, {"gap_ns", readers.gap_ns}};
}

// Of `most` connections at most; readers where there is something to read.
SlowPeers slow_from_json(const Reader& parent, std::uint32_t most, bool echo) {
  SlowPeers slow;
  const Reader writers(parent.member("slow_writers"), parent.what() + ": slow_writers");
  slow.writers.connections = writers.integer<std::uint32_t>("connections", 0, most);
  slow.writers.pieces = writers.integer<std::uint32_t>("pieces", 1, most_pieces);
  slow.writers.gap_ns = writers.integer<std::uint64_t>("gap_ns", 1, longest_slow_gap_ns);
  const Reader readers(parent.member("slow_readers"), parent.what() + ": slow_readers");
  slow.readers.connections =
      readers.integer<std::uint32_t>("connections", 0, echo ? most - slow.writers.connections : 0);
  slow.readers.bytes = readers.integer<std::uint32_t>("bytes", 1, max_slow_read_bytes);
  slow.readers.gap_ns = readers.integer<std::uint64_t>("gap_ns", 1, longest_slow_gap_ns);
  return slow;
}

}  // namespace

json to_json(const LoadPlan& plan) {
  return {{"run_id", plan.run_id},
          {"hosts", plan.hosts},
          {"port", plan.port},
          {"protocol", plan.protocol == Protocol::udp ? "udp" : "tcp"},
          {"workload", plan.workload == Workload::echo ? "echo" : "sink"},
          {"mode", mode_name(plan.mode)},
          {"connections", plan.connections},
          {"size_bytes", sizes_json(plan.size_bytes)},
          {"idle_connections", plan.idle_connections},
          {"messages_per_connection", plan.messages_per_connection},
          {"close", plan.close == ConnectionClose::abortive ? "abortive" : "graceful"},
          {"slow_writers", slow_writers_json(plan.slow.writers)},
          {"slow_readers", slow_readers_json(plan.slow.readers)},
          {"arrival", to_string(plan.arrival.kind)},
          {"burst", plan.arrival.burst},
          {"arrival_rates_per_s", plan.arrival.rates_per_s},
          {"recording", plan.arrival.recording ? recording_json(*plan.arrival.recording) : json(nullptr)},
          {"rate_per_s", plan.rate_per_s},
          {"seed", plan.seed},
          {"think_ns", plan.think_ns},
          {"in_flight", plan.in_flight},
          {"messages_per_send", plan.messages_per_send},
          {"max_outstanding", plan.max_outstanding},
          {"threads", plan.threads},
          {"cpus", plan.cpus},
          {"verify", plan.verify},
          {"warmup_ns", plan.warmup_ns},
          {"duration_ns", plan.duration_ns},
          {"drain_ns", plan.drain_ns}};
}

LoadPlan load_plan_from_json(const json& message) {
  const Reader reader(message, "load plan");
  LoadPlan plan;
  plan.run_id = reader.integer<std::uint64_t>("run_id");
  plan.hosts = hosts_from_json(reader);
  plan.port = reader.integer<std::uint16_t>("port", 1);
  plan.protocol = reader.one_of<Protocol>("protocol", {{"tcp", Protocol::tcp}, {"udp", Protocol::udp}});
  plan.workload = reader.one_of<Workload>("workload", {{"sink", Workload::sink}, {"echo", Workload::echo}});
  plan.mode = reader.one_of<LoadMode>(
      "mode", {{"open", LoadMode::open}, {"max", LoadMode::max}, {"closed", LoadMode::closed}});
  plan.connections = reader.integer<std::uint32_t>("connections", 1, 1'000'000);
  plan.size_bytes =
      sizes_from_json(reader, plan.protocol == Protocol::udp ? static_cast<std::uint32_t>(most_datagram_bytes)
                                                             : max_message_bytes);
  const bool tcp = plan.protocol == Protocol::tcp;
  plan.idle_connections = reader.integer<std::uint32_t>("idle_connections", 0, tcp ? 1'000'000 : 0);
  plan.messages_per_connection = reader.integer<std::uint64_t>(
      "messages_per_connection", 0, tcp && plan.idle_connections == 0 ? u64_max : 0);
  plan.close = reader.one_of<ConnectionClose>(
      "close", {{"graceful", ConnectionClose::graceful}, {"abortive", ConnectionClose::abortive}});
  // The others are what is measured: at least one.
  const bool may_be_slow = tcp && plan.mode == LoadMode::open && plan.messages_per_connection == 0;
  plan.slow = slow_from_json(reader, may_be_slow ? plan.connections - 1 : 0, plan.workload == Workload::echo);
  // JSON cannot hold an infinity or NaN: they arrive as null and are refused here.
  const json& rate = reader.member("rate_per_s");
  const bool usable =
      rate.is_number() && rate.get<double>() <= max_rate_per_s &&
      (plan.mode == LoadMode::open ? rate.get<double>() >= min_rate_per_s : rate.get<double>() >= 0);
  if (!usable)
    reject("load plan", "rate_per_s", rate,
           plan.mode == LoadMode::open ? "a number from 0.001 to 1e9" : "a number from 0 to 1e9");
  plan.rate_per_s = rate.get<double>();
  plan.arrival = arrival_from_json(reader, plan.connections);
  plan.seed = reader.integer<std::uint64_t>("seed");
  plan.think_ns = reader.integer<std::uint64_t>("think_ns", 0, max_phase_ns);
  plan.in_flight = reader.integer<std::uint32_t>("in_flight", 1, 1'000'000);
  plan.messages_per_send = reader.integer<std::uint32_t>("messages_per_send", 1, 1'000'000);
  plan.max_outstanding = reader.integer<std::uint64_t>("max_outstanding", 1, u64_max);
  plan.threads = reader.integer<int>("threads", 1, 1024);
  if (static_cast<std::uint32_t>(plan.threads) > plan.connections)
    reject("load plan", "threads", reader.member("threads"),
           "1 to the number of connections, " + std::to_string(plan.connections));
  const json& cpus = reader.member("cpus");
  if (!cpus.is_array()) reject("load plan", "cpus", cpus, "an array of CPU numbers");
  for (const json& cpu : cpus) {
    if (!cpu.is_number_integer() || cpu.get<std::int64_t>() < 0 || cpu.get<std::int64_t>() > 65535)
      reject("load plan", "cpus", cpus, "CPU numbers from 0 to 65535");
    plan.cpus.push_back(cpu.get<int>());
  }
  plan.verify = reader.boolean("verify");
  plan.warmup_ns = reader.integer<std::uint64_t>("warmup_ns", 0, max_phase_ns);
  plan.duration_ns = reader.integer<std::uint64_t>("duration_ns", 1, max_phase_ns);
  plan.drain_ns = reader.integer<std::uint64_t>("drain_ns", 0, max_phase_ns);
  return plan;
}

json to_json(const LoadResult& result) {
  return {{"sent", result.sent},
          {"window_due", result.window_due},
          {"window_sent", result.window_sent},
          {"sent_during_window", result.sent_during_window},
          {"echoed", result.echoed},
          {"window_echoed", result.window_echoed},
          {"dropped", result.dropped},
          {"send_failed", result.send_failed},
          {"duplicated", result.duplicated},
          {"reordered", result.reordered},
          {"corrupt", result.corrupt},
          {"out_of_sequence", result.out_of_sequence},
          {"connections_opened", result.connections_opened},
          {"connections_failed", result.connections_failed},
          {"connection_errors", result.connection_errors},
          {"first_error", result.first_error},
          {"cpu_ns", result.cpu_ns},
          {"busiest_thread_share", result.busiest_thread_share},
          {"mean_gap_ns", result.mean_gap_ns},
          {"out_of_range", result.out_of_range},
          {"response", intervals_json(result.response)},
          {"service", intervals_json(result.service)},
          {"slip", intervals_json(result.slip)},
          {"response_windows", windows_json(result.response_windows)},
          {"gaps", result.gaps},
          {"connections", connections_json(result.connections)}};
}

LoadResult load_result_from_json(const json& message) {
  const Reader reader(message, "load result");
  LoadResult result;
  result.sent = reader.integer<std::uint64_t>("sent");
  result.window_due = reader.integer<std::uint64_t>("window_due");
  result.window_sent = reader.integer<std::uint64_t>("window_sent");
  result.sent_during_window = reader.integer<std::uint64_t>("sent_during_window");
  result.echoed = reader.integer<std::uint64_t>("echoed");
  result.window_echoed = reader.integer<std::uint64_t>("window_echoed");
  result.dropped = reader.integer<std::uint64_t>("dropped");
  result.send_failed = reader.integer<std::uint64_t>("send_failed");
  result.duplicated = reader.integer<std::uint64_t>("duplicated");
  result.reordered = reader.integer<std::uint64_t>("reordered");
  result.corrupt = reader.integer<std::uint64_t>("corrupt");
  result.out_of_sequence = reader.integer<std::uint64_t>("out_of_sequence");
  result.connections_opened = reader.integer<std::uint64_t>("connections_opened");
  result.connections_failed = reader.integer<std::uint64_t>("connections_failed");
  result.connection_errors = reader.integer<std::uint64_t>("connection_errors");
  result.first_error = reader.text("first_error");
  result.cpu_ns = reader.integer<std::uint64_t>("cpu_ns");
  result.busiest_thread_share = reader.number("busiest_thread_share");
  result.mean_gap_ns = reader.number("mean_gap_ns");
  result.out_of_range = reader.integer<std::uint64_t>("out_of_range");
  result.response = intervals_from_json(reader, "response");
  result.service = intervals_from_json(reader, "service");
  result.slip = intervals_from_json(reader, "slip");
  result.response_windows = windows_from_json(reader, "response_windows");
  result.gaps = numbers_from_json(reader, "gaps");
  result.connections = connections_from_json(reader, "connections");
  return result;
}

}  // namespace recvbench
