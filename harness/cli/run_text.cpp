#include "harness/cli/run_text.h"

#include <initializer_list>
#include <stdexcept>
#include <utility>

#include "harness/plan/option_values.h"
#include "harness/plan/usage_error.h"

namespace recvbench {

namespace {

Protocol protocol_from(const std::string& text) {
  if (text == "tcp") return Protocol::tcp;
  if (text == "udp") return Protocol::udp;
  refuse("--protocol", text, "tcp or udp");
}

IpVersion ip_version_from(const std::string& text) {
  for (const IpVersion version : {IpVersion::v4, IpVersion::v6, IpVersion::dual})
    if (text == to_string(version)) return version;
  refuse("--ip", text, "v4, v6 or dual");
}

Workload workload_from(const std::string& text) {
  if (text == "sink") return Workload::sink;
  if (text == "echo") return Workload::echo;
  refuse("--workload", text, "sink or echo");
}

ConnectionClose close_from(const std::string& text) {
  if (text == "graceful") return ConnectionClose::graceful;
  if (text == "abortive") return ConnectionClose::abortive;
  refuse("--close", text, "graceful or abortive");
}

template <class Convert>
auto each(const std::vector<std::string>& texts, Convert convert) {
  std::vector<decltype(convert(std::string()))> values;
  values.reserve(texts.size());
  for (const std::string& text : texts) values.push_back(convert(text));
  return values;
}

template <class Value>
Value choice(const std::string& option, const std::string& text,
             std::initializer_list<std::pair<const char*, Value>> choices) {
  std::string allowed;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  }
  refuse(option, text, "one of " + allowed);
}

}  // namespace

RunOptions options_from(const RunText& text) {
  RunOptions options;
  try {
    options = profile(text.profile);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  options.protocols = each(text.protocols, protocol_from);
  options.ip_versions = each(text.ip_versions, ip_version_from);
  if (!text.engines.empty()) options.engines = parse_engine_specs(text.engines);
  if (!text.scenarios.empty()) options.scenarios = text.scenarios;
  options.excluded = text.excluded;
  options.workloads = each(text.workloads, workload_from);
  options.udp_sockets = each(text.udp_sockets, [](const std::string& value) {
    return static_cast<std::uint32_t>(whole_from("--udp-sockets", value, 1, 1024));
  });
  options.connections = each(text.connections, [](const std::string& value) {
    return static_cast<std::uint32_t>(whole_from("--connections", value, 1, most_connections));
  });
  options.idle_connections = each(text.idle, [](const std::string& value) {
    return static_cast<std::uint32_t>(whole_from("--idle", value, 0, most_connections));
  });
  options.messages_per_connection = each(text.messages_per_connection, [](const std::string& value) {
    return whole_from("--messages-per-connection", value, 0, 1'000'000'000);
  });
  options.closes = each(text.closes, close_from);
  const auto shares = [](const char* option, const std::vector<std::string>& texts) {
    return each(texts, [&](const std::string& value) { return slow_share_from(option, value); });
  };
  options.slow_writers = shares("--slow-writers", text.slow_writers);
  options.slow_readers = shares("--slow-readers", text.slow_readers);
  options.write_pieces = each(
      text.write_pieces, [](const std::string& value) { return write_pieces_from("--write-pieces", value); });
  options.read_pieces = each(
      text.read_pieces, [](const std::string& value) { return read_pieces_from("--read-pieces", value); });
  options.sizes =
      each(text.sizes, [](const std::string& value) { return message_sizes_from("--size", value); });
  options.rates =
      each(text.rates, [](const std::string& value) { return offered_rate_from("--rate", value); });
  options.arrivals =
      each(text.arrivals, [](const std::string& value) { return arrival_from("--arrival", value); });
  options.closed = choice<bool>("--mode", text.mode, {{"open", false}, {"closed", true}});
  options.thinks_ns =
      each(text.thinks, [](const std::string& value) { return duration_from("--think", value, 0); });
  if (!text.threads.empty())
    options.engine.threads = static_cast<int>(whole_from("--threads", text.threads, 1, 1024));
  if (!text.buffer.empty())
    options.engine.buffer_bytes = bytes_from("--buffer", text.buffer, 1, std::size_t{64} << 20);
  if (!text.receives_in_flight.empty())
    options.engine.receives_in_flight =
        static_cast<int>(whole_from("--receives-in-flight", text.receives_in_flight, 1, 1024));
  options.engine.cpus = cpus_from("--cpus", text.cpus);
  if (!text.socket_buffer.empty())
    options.engine.socket_receive_buffer =
        static_cast<int>(bytes_from("--so-rcvbuf", text.socket_buffer, 0, std::size_t{1} << 30));
  if (!text.warmup.empty()) options.warmup_ns = duration_from("--warmup", text.warmup, 0);
  if (!text.duration.empty()) options.duration_ns = duration_from("--duration", text.duration, 1'000'000);
  if (!text.repeat.empty())
    options.repeat = static_cast<std::uint32_t>(whole_from("--repeat", text.repeat, 1, 10'000));
  if (!text.seed.empty()) options.seed = whole_from("--seed", text.seed, 0, 1ull << 53);
  options.verify = text.verify;
  if (!text.load_threads.empty())
    options.load_threads = static_cast<int>(whole_from("--load-threads", text.load_threads, 1, 1024));
  options.load_cpus = cpus_from("--load-cpus", text.load_cpus);
  if (!text.messages_per_send.empty())
    options.messages_per_send =
        static_cast<std::uint32_t>(whole_from("--messages-per-send", text.messages_per_send, 1, 1'000'000));
  if (!text.in_flight.empty())
    options.in_flight = static_cast<std::uint32_t>(whole_from("--in-flight", text.in_flight, 1, 1'000'000));
  if (!text.max_outstanding.empty())
    options.max_outstanding = whole_from("--max-outstanding", text.max_outstanding, 1, 1'000'000'000'000);
  if (!text.drain.empty()) options.drain_ns = duration_from("--drain", text.drain, 1'000'000);
  options.generator = text.generator;
  return options;
}

RunCommand run_command_from(const RunText& text, std::vector<std::string> command_line) {
  RunCommand command;
  command.options = options_from(text);
  command.out = text.out;
  command.calibration = text.calibration;
  command.format = choice<TableFormat>("--format", text.format,
                                       {{"table", TableFormat::table},
                                        {"json", TableFormat::json},
                                        {"csv", TableFormat::csv},
                                        {"md", TableFormat::markdown}});
  command.progress = choice<ProgressStyle>("--progress", text.progress,
                                           {{"auto", ProgressStyle::automatic},
                                            {"bar", ProgressStyle::bar},
                                            {"plain", ProgressStyle::plain},
                                            {"none", ProgressStyle::none}});
  command.dry_run = text.dry_run;
  command.verbosity = text.quiet ? -1 : text.verbose;
  command.command = std::move(command_line);
  return command;
}

}  // namespace recvbench
