#include "harness/run/run_description.h"

#include "platform/clock.h"
#include "platform/system_info.h"

namespace recvbench {

RunRecord describe(const PlannedRun& run, const RunOptions& options) {
  RunRecord record;
  record.index = run.index;
  record.round = run.round;
  record.cell = run.cell();
  const EngineDescriptor& engine = run.engine();
  const EngineSettings& settings = run.variant.settings;
  record.engine.name = engine.name;
  record.engine.label = run.variant.label;
  record.engine.api = engine.api;
  record.engine.platform = platform_name();
  record.engine.emulated = engine.probe().emulated;
  record.engine.synthetic = engine.synthetic;
  record.engine.threads = engine.has(threads_setting) ? settings.threads : 0;
  record.engine.buffer_bytes = settings.buffer_bytes;
  record.engine.receives_in_flight = engine.has(receives_in_flight_setting) ? settings.receives_in_flight : 1;
  record.engine.cpus = settings.cpus;
  for (const SettingText& setting : settings_text(engine, settings))
    record.engine.settings.emplace_back(setting.name, setting.value);
  record.scenario.name = run.scenario.name();
  record.scenario.protocol = to_string(run.scenario.protocol);
  record.scenario.udp_sockets = run.scenario.udp_sockets;
  record.scenario.ip = to_string(run.scenario.ip);
  record.scenario.workload = to_string(run.scenario.workload);
  record.scenario.mode = to_string(run.scenario.mode());
  record.scenario.connections = run.scenario.connections;
  record.scenario.size_bytes = run.scenario.size_bytes.mean();
  record.scenario.sizes = sizes_text(run.scenario.size_bytes);
  record.scenario.idle_connections = run.scenario.idle_connections;
  record.scenario.messages_per_connection = run.scenario.messages_per_connection;
  record.scenario.close = to_string(run.scenario.close);
  if (const SlowWriters& slow = run.scenario.slow.writers; slow.connections > 0)
    record.scenario.slow_writers = {slow.connections, slow.pieces, slow.gap_ns};
  if (const SlowReaders& slow = run.scenario.slow.readers; slow.connections > 0)
    record.scenario.slow_readers = {slow.connections, slow.bytes, slow.gap_ns};
  if (run.scenario.mode() == LoadMode::open) record.scenario.arrival = arrival_text(run.scenario.arrival);
  if (run.scenario.mode() == LoadMode::closed) record.scenario.think_ns = run.scenario.think_ns;
  record.scenario.rate_per_s = run.scenario.rate_per_s;
  record.scenario.messages_per_send = run.scenario.messages_per_send;
  record.started_unix_ns = unix_time_ns();
  record.warmup_ns = options.warmup_ns;
  record.duration_ns = options.duration_ns;
  record.latency_kind = "none";
  return record;
}

}  // namespace recvbench
