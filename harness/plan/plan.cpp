#include "harness/plan/plan.h"

#include <algorithm>
#include <random>
#include <utility>

#include "loadgen/message.h"
#include "platform/datagram.h"

namespace recvbench {

namespace {

std::string joined_names(std::span<const EngineDescriptor> catalog) {
  std::string names;
  for (const EngineDescriptor& engine : catalog)
    names += (names.empty() ? "" : ", ") + std::string(engine.name);
  return names;
}

bool is_glob(std::string_view pattern) {
  return pattern == every_engine || pattern.find_first_of("*?") != std::string_view::npos;
}

struct EngineSelection {
  std::vector<EngineVariant> variants;
  std::vector<SkippedEngine> skipped;
};

void add(EngineSelection& selection, EngineVariant variant) {
  const bool known = std::any_of(selection.variants.begin(), selection.variants.end(),
                                 [&](const EngineVariant& one) { return one.label == variant.label; });
  if (!known) selection.variants.push_back(std::move(variant));
}

// The spec's settings on one engine that can run here.
void add_variants(const EngineDescriptor& engine, const EngineSpec& spec, const EngineSettings& base,
                  EngineSelection& selection) {
  std::vector<EngineVariant> variants = variants_of(engine, spec, base);
  const bool only_one = variants.size() == 1 && !is_glob(spec.pattern);
  for (EngineVariant& variant : variants) {
    const Availability here = engine.check ? engine.check(variant.settings) : Availability{};
    if (here.available) {
      add(selection, std::move(variant));
    } else if (only_one) {
      throw UsageError("--engine " + spec.text + ": not available here: " + here.reason);
    } else {
      selection.skipped.push_back({variant.label, here.reason});
    }
  }
}

// Whether the engine has all settings of a spec that may name several. One that was asked for by name is
// taken: its variants then say what it has not.
bool can_be_set(const EngineDescriptor& engine, const EngineSpec& spec, EngineSelection& selection) {
  for (const SettingAxis& axis : spec.axes) {
    if (engine.find_setting(axis.name) != nullptr || !is_glob(spec.pattern)) continue;
    selection.skipped.push_back({std::string(engine.name), "has no setting " + axis.name});
    return false;
  }
  return true;
}

// One spec of --engine. Named engines must be able to run; a glob takes those that can.
void select_by(const EngineSpec& spec, const EngineSettings& base, std::span<const EngineDescriptor> catalog,
               std::span<const ForeignEngine> foreign, EngineSelection& selection) {
  const std::string& pattern = spec.pattern;
  bool matched = false;
  bool can_be_set_anywhere = false;
  for (const EngineDescriptor& engine : catalog) {
    if (pattern != every_engine && !glob_matches(pattern, engine.name)) continue;
    matched = true;
    if (!can_be_set(engine, spec, selection)) continue;
    can_be_set_anywhere = true;
    const Availability here = engine.probe();
    if (here.available) {
      add_variants(engine, spec, base, selection);
    } else if (is_glob(pattern)) {
      selection.skipped.push_back({std::string(engine.name), here.reason});
    } else {
      throw UsageError("--engine " + pattern + ": not available here: " + here.reason);
    }
  }
  if (matched && can_be_set_anywhere) return;
  if (matched)
    throw UsageError("--engine " + spec.text +
                     ": none of these engines has all of these settings; see list ENGINE");
  for (const ForeignEngine& engine : foreign) {
    if (engine.name == pattern)
      throw UsageError("--engine " + pattern + ": a " + std::string(engine.platform) + " engine (" +
                       std::string(engine.api) + "), not part of this build; here: " + joined_names(catalog));
  }
  throw UsageError("--engine " + pattern + ": no such engine; one of all, " + joined_names(catalog));
}

// What a synthetic engine runs in place of a scenario: it has no peer, so only size and connections remain.
Scenario synthetic_variant(Scenario scenario) {
  scenario.workload = Workload::sink;
  scenario.rate_per_s.reset();
  scenario.arrival = {};
  scenario.closed = false;
  scenario.think_ns = 0;
  scenario.messages_per_send = 1;
  scenario.protocol = Protocol::tcp;
  scenario.ip = IpVersion::v4;
  scenario.udp_sockets = 1;
  scenario.idle_connections = 0;
  scenario.messages_per_connection = 0;
  scenario.close = ConnectionClose::graceful;
  scenario.slow = {};
  return scenario;
}

// Why an engine that is set so does not run a scenario; empty where it does.
std::string obstacle(const EngineVariant& variant, const Scenario& scenario) {
  const EngineDescriptor& engine = *variant.engine;
  if (!engine.receives(to_string(scenario.protocol)))
    return std::string("does not receive by ") + to_string(scenario.protocol);
  const bool datagrams = scenario.protocol == Protocol::udp;
  for (const Setting& setting : engine.settings) {
    if (variant.settings.get(setting) == setting.initial) continue;
    if (datagrams && setting.streams_only) return std::string(setting.name) + " is a setting of streams";
    if (!datagrams && setting.datagrams_only) return std::string(setting.name) + " is a setting of datagrams";
  }
  const auto limit = engine.max_connections ? engine.max_connections(variant.settings) : std::nullopt;
  if (limit && (datagrams ? scenario.udp_sockets : scenario.connections + scenario.idle_connections) > *limit)
    return "takes at most " + std::to_string(*limit) + (datagrams ? " sockets" : " connections") +
           " with these settings";
  return {};
}

// A datagram cut off before the end of its message's header says nothing of where it came from: no such run
// could measure anything, not even how much was truncated.
void require_room_for_header(const EngineVariant& variant, const Scenario& scenario) {
  if (scenario.protocol != Protocol::udp || !variant.engine->has(buffer_setting)) return;
  if (variant.settings.buffer_bytes >= header_bytes) return;
  throw UsageError("--buffer " + std::to_string(variant.settings.buffer_bytes) + ": over UDP (" +
                   scenario.name() + ") " + variant.label + " needs at least the " +
                   std::to_string(header_bytes) + " bytes of a message's header");
}

std::vector<PlannedRun> cells_of(const std::vector<EngineVariant>& variants,
                                 const std::vector<Scenario>& scenarios,
                                 std::vector<SkippedEngine>& skipped) {
  std::vector<PlannedRun> cells;
  for (const EngineVariant& variant : variants) {
    const EngineDescriptor* engine = variant.engine;
    std::vector<Scenario> own;
    for (const Scenario& asked : scenarios) {
      const Scenario scenario = engine->synthetic ? synthetic_variant(asked) : asked;
      if (std::find(own.begin(), own.end(), scenario) != own.end()) continue;
      if (const std::string why = obstacle(variant, scenario); !why.empty()) {
        skipped.push_back({variant.label, scenario.name() + ": " + why});
        continue;
      }
      require_room_for_header(variant, scenario);
      own.push_back(scenario);
      cells.push_back({0, 0, variant, scenario});
    }
  }
  return cells;
}

// Takes the cells that --exclude names out.
void exclude(const std::vector<std::string>& patterns, std::vector<PlannedRun>& cells) {
  std::vector<PlannedRun> kept = cells;
  for (const std::string& pattern : patterns) {
    const auto matches = [&](const PlannedRun& cell) { return glob_matches(pattern, cell.cell()); };
    if (std::none_of(cells.begin(), cells.end(), matches))
      throw UsageError("--exclude " + pattern + ": no such cell; the first is " + cells.front().cell());
    kept.erase(std::remove_if(kept.begin(), kept.end(), matches), kept.end());
  }
  if (kept.empty())
    throw UsageError("--exclude: nothing is left to run of " + std::to_string(cells.size()) + " cells");
  cells = std::move(kept);
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*')
    return glob_matches(pattern.substr(1), text) || (!text.empty() && glob_matches(pattern, text.substr(1)));
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         glob_matches(pattern.substr(1), text.substr(1));
}

namespace {

// Every scenario with each of the values; as they are where there are none.
template <class Value, class Set>
std::vector<Scenario> over(const std::vector<Value>& values, const std::vector<Scenario>& scenarios,
                           Set set) {
  if (values.empty()) return scenarios;
  std::vector<Scenario> all;
  for (const Value& value : values) {
    for (Scenario scenario : scenarios) {
      set(scenario, value);
      if (std::find(all.begin(), all.end(), scenario) == all.end()) all.push_back(scenario);
    }
  }
  return all;
}

// A datagram is one message: nothing is packed, and its size has a limit.
void set_protocol(Scenario& scenario, Protocol protocol) {
  scenario.protocol = protocol;
  if (protocol == Protocol::tcp) return;
  scenario.messages_per_send = 1;
  if (scenario.size_bytes.most() > most_datagram_bytes)
    throw UsageError("--size " + sizes_text(scenario.size_bytes) + ": over UDP at most " +
                     std::to_string(most_datagram_bytes) + " bytes");
}

void set_udp_sockets(Scenario& scenario, std::uint32_t sockets) {
  if (sockets > 1 && scenario.protocol == Protocol::tcp)
    throw UsageError("--udp-sockets " + std::to_string(sockets) +
                     ": not with --protocol tcp, where every connection has a socket of its own");
  scenario.udp_sockets = sockets;
}

void set_idle(Scenario& scenario, std::uint32_t idle) {
  const std::string option = "--idle " + std::to_string(idle);
  if (idle > 0 && scenario.protocol == Protocol::udp)
    throw UsageError(option +
                     ": not with --protocol udp, where one that sends nothing is nothing to receive from");
  if (scenario.connections + idle > most_connections)
    throw UsageError(option + ": with --connections " + std::to_string(scenario.connections) +
                     " more than the " + std::to_string(most_connections) +
                     " that one address has ports for");
  scenario.idle_connections = idle;
}

void set_messages_per_connection(Scenario& scenario, std::uint64_t messages) {
  const std::string option = "--messages-per-connection " + std::to_string(messages);
  if (messages > 0 && scenario.protocol == Protocol::udp)
    throw UsageError(option + ": not with --protocol udp, which has no connections to open and close");
  if (messages > 0 && scenario.idle_connections > 0)
    throw UsageError(option + ": not with --idle " + std::to_string(scenario.idle_connections) +
                     ", whose connections are never used up");
  scenario.messages_per_connection = messages;
}

// One that lasts as long as the load is closed once, at its end.
void set_close(Scenario& scenario, ConnectionClose close) {
  if (scenario.messages_per_connection > 0) scenario.close = close;
}

void check_slow(const Scenario& scenario, const std::string& option) {
  if (scenario.protocol == Protocol::udp)
    throw UsageError(option + ": not with --protocol udp, whose datagrams are whole and wait for no reader");
  if (scenario.mode() != LoadMode::open)
    throw UsageError(option + ": not with " + (scenario.closed ? "--mode closed" : "--rate max") + " (" +
                     scenario.name() + "), under which nothing falls due while they keep it waiting");
  if (scenario.messages_per_connection > 0)
    throw UsageError(option + ": not with --messages-per-connection " +
                     std::to_string(scenario.messages_per_connection) +
                     ", by which others take the places of the slow ones");
  if (scenario.slow.connections() >= scenario.connections)
    throw UsageError(option + ": of --connections " + std::to_string(scenario.connections) +
                     " none is left, and what is measured is how the others fare");
}

void set_slow_writers(Scenario& scenario, const SlowShare& share) {
  scenario.slow.writers.connections = share.of(scenario.connections);
  if (scenario.slow.writers.connections > 0) check_slow(scenario, "--slow-writers " + share.text);
}

void set_slow_readers(Scenario& scenario, const SlowShare& share) {
  scenario.slow.readers.connections = share.of(scenario.connections);
  if (scenario.slow.readers.connections == 0) return;
  const std::string option = "--slow-readers " + share.text;
  if (scenario.workload == Workload::sink)
    throw UsageError(option + ": not with --workload sink (" + scenario.name() +
                     "), where nothing comes back to be read");
  check_slow(scenario, option);
}

// Where there are any.
void set_write_pieces(Scenario& scenario, SlowWriters pieces) {
  pieces.connections = scenario.slow.writers.connections;
  if (pieces.connections > 0) scenario.slow.writers = pieces;
}

void set_read_pieces(Scenario& scenario, SlowReaders pieces) {
  pieces.connections = scenario.slow.readers.connections;
  if (pieces.connections > 0) scenario.slow.readers = pieces;
}

std::vector<Scenario> over_slow_peers(const RunOptions& options, std::vector<Scenario> all) {
  all = over(options.slow_writers, all, set_slow_writers);
  all = over(options.slow_readers, all, set_slow_readers);
  const auto any = [&](auto peers) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Scenario& scenario) { return (scenario.slow.*peers).connections > 0; });
  };
  if (!options.write_pieces.empty() && !any(&SlowPeers::writers))
    throw UsageError("--write-pieces " + pieces_text(options.write_pieces.front()) +
                     ": only with --slow-writers, which says of which connections");
  if (!options.read_pieces.empty() && !any(&SlowPeers::readers))
    throw UsageError("--read-pieces " + pieces_text(options.read_pieces.front()) +
                     ": only with --slow-readers, which says of which connections");
  all = over(options.write_pieces, all, set_write_pieces);
  return over(options.read_pieces, all, set_read_pieces);
}

void set_ip(Scenario& scenario, IpVersion ip) {
  scenario.ip = ip;
}

}  // namespace

std::vector<Scenario> select_scenarios(const RunOptions& options) {
  std::vector<Scenario> all;
  const bool any_axis = !options.workloads.empty() || !options.connections.empty() ||
                        !options.sizes.empty() || !options.rates.empty() || !options.arrivals.empty() ||
                        options.closed || !options.thinks_ns.empty();
  if (!any_axis) {
    all = options.extra_scenarios;
    for (Scenario& scenario : all)
      if (!scenario.rate_per_s && scenario.workload == Workload::sink)
        scenario.messages_per_send = options.messages_per_send;
  } else {
    const Workload usual = options.closed ? Workload::echo : Workload::sink;
    const auto or_default = [](auto axis, auto value) {
      if (axis.empty()) axis.push_back(value);
      return axis;
    };
    const std::vector<OfferedLoad> loads = offered_loads(options);
    for (const Workload workload : or_default(options.workloads, usual))
      for (const MessageSizes& size : or_default(options.sizes, MessageSizes(64)))
        for (const std::uint32_t connections : or_default(options.connections, 8u))
          for (const OfferedLoad& load : loads) {
            Scenario scenario;
            scenario.workload = workload;
            scenario.size_bytes = size;
            scenario.connections = connections;
            load.apply_to(scenario);
            if (scenario.mode() == LoadMode::max && workload == Workload::sink)
              scenario.messages_per_send = options.messages_per_send;
            if (std::find(all.begin(), all.end(), scenario) == all.end()) all.push_back(scenario);
          }
  }
  all = over(options.protocols, all, set_protocol);
  all = over(options.ip_versions, all, set_ip);
  all = over(options.udp_sockets, all, set_udp_sockets);
  all = over(options.idle_connections, all, set_idle);
  all = over(options.messages_per_connection, all, set_messages_per_connection);
  const auto any_used_up = [](const Scenario& scenario) { return scenario.messages_per_connection > 0; };
  if (!options.closes.empty() && std::none_of(all.begin(), all.end(), any_used_up))
    throw UsageError(
        std::string("--close ") + to_string(options.closes.front()) +
        ": only with --messages-per-connection, without which connections last as long as the load");
  all = over(options.closes, all, set_close);
  all = over_slow_peers(options, std::move(all));
  std::vector<Scenario> selected;
  for (const Scenario& scenario : all) {
    const bool wanted =
        std::any_of(options.scenarios.begin(), options.scenarios.end(),
                    [&](const std::string& pattern) { return glob_matches(pattern, scenario.name()); });
    if (wanted) selected.push_back(scenario);
  }
  if (selected.empty()) {
    std::string names;
    for (const Scenario& scenario : all) names += (names.empty() ? "" : ", ") + scenario.name();
    throw UsageError("--scenario: nothing matches; the scenarios are " + names);
  }
  return selected;
}

Plan make_plan(const RunOptions& options, std::span<const EngineDescriptor> catalog,
               std::span<const ForeignEngine> foreign) {
  EngineSelection selection;
  for (const EngineSpec& spec : options.engines) select_by(spec, options.engine, catalog, foreign, selection);
  if (selection.variants.empty()) throw UsageError("--engine: no engine of the selection can run here");

  Plan plan;
  plan.skipped = std::move(selection.skipped);
  std::vector<PlannedRun> cells = cells_of(selection.variants, select_scenarios(options), plan.skipped);
  if (cells.empty())
    throw UsageError("nothing to run: " + plan.skipped.back().engine + ": " + plan.skipped.back().reason);
  exclude(options.excluded, cells);
  for (const EngineVariant& variant : selection.variants) plan.engines.push_back(variant.label);

  std::mt19937_64 random(options.seed);
  for (std::uint32_t round = 0; round < options.repeat; ++round) {
    // Written out rather than std::shuffle, whose order differs between standard libraries.
    for (std::size_t i = cells.size(); i > 1; --i) std::swap(cells[i - 1], cells[random() % i]);
    for (PlannedRun run : cells) {
      run.round = round;
      run.index = static_cast<std::uint32_t>(plan.runs.size());
      plan.runs.push_back(run);
    }
  }
  return plan;
}

std::uint64_t expected_run_ns(const RunOptions& options) {
  constexpr std::uint64_t start_and_drain_ns = 600'000'000;
  return options.warmup_ns + options.duration_ns + start_and_drain_ns;
}

}  // namespace recvbench
