#include "harness/benchmarks/bare_run.h"

#include <exception>
#include <thread>

#include "harness/run/generator_process.h"
#include "harness/run/run_load.h"
#include "harness/run/runner.h"
#include "harness/validity/validity.h"
#include "loadgen/message.h"
#include "platform/clock.h"
#include "platform/cost.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t no_run_id = 0;  // a bare loop reads no greetings

// Connections that wait in the backlog already.
std::vector<Socket> accept_all(const Socket& listener, std::uint32_t count) {
  std::vector<Socket> sockets;
  while (sockets.size() < count) {
    if (!wait_readable(listener.native(), milliseconds(5'000)))
      throw_error(std::make_error_code(std::errc::timed_out), "accept");
    std::error_code error;
    Socket socket = accept_tcp(listener, error);
    if (!socket) throw_error(error, "accept");
    set_no_delay(socket, true);
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

struct Sample {
  std::uint64_t at_ns;
  std::uint64_t cpu_ns;
  std::uint64_t bytes;
};

Sample sample_at(std::uint64_t moment_ns, const BareLoop& loop) {
  // Asleep, not yielding until the moment itself: the loop's process is to spend nothing but the loop's time.
  if (const std::uint64_t now = now_ns(); now < moment_ns)
    std::this_thread::sleep_for(std::chrono::nanoseconds(moment_ns - now));
  const ProcessCost cost = process_cost();
  return {now_ns(), cost.user_ns + cost.kernel_ns, loop.bytes()};
}

RunFigures measure(const BareModel& model, const Scenario& scenario, const RunOptions& options) {
  const Socket listener =
      listen_tcp(Address::loopback(AddressFamily::ipv4), static_cast<int>(scenario.connections));
  std::unique_ptr<BareLoop> loop;  // goes after the generator, whose end is what ends it
  GeneratorProcess generator(options.generator);
  generator.connect(load_plan(scenario, 0, options, no_run_id, local_address(listener).port()));
  loop = model.start(accept_all(listener, scenario.connections), options.engine.buffer_bytes,
                     options.engine.cpus);
  const auto window = generator.go();
  const Sample begin = sample_at(window.begin_ns, *loop);
  const Sample end = sample_at(window.end_ns, *loop);
  const LoadResult load = generator.result(milliseconds(options.drain_ns / 1'000'000 + 5'000));
  generator.finish();
  const std::uint64_t received = loop->finish();

  const std::uint64_t size = scenario.size_bytes.most();  // of each: the options know no mixes
  RunFigures figures;
  const std::uint64_t messages = (end.bytes - begin.bytes) / size;
  figures.messages_per_s = static_cast<double>(messages) * 1e9 / static_cast<double>(end.at_ns - begin.at_ns);
  figures.cpu_ns_per_message = cpu_per_message(end.cpu_ns - begin.cpu_ns, least_cpu_time_ns(), messages);
  const std::uint64_t sent = load.sent * size + scenario.connections * header_bytes;
  if (received != sent)
    figures.invalid = "sent " + std::to_string(sent) + " bytes, received " + std::to_string(received);
  if (messages == 0) figures.invalid = "nothing received in the window";
  return figures;
}

}  // namespace

RunFigures run_bare(const BareModel& model, const Scenario& scenario, const RunOptions& options) {
  try {
    return measure(model, scenario, options);
  } catch (const std::exception& error) {
    RunFigures figures;
    figures.invalid = error.what();
    return figures;
  }
}

RunFigures run_engine(const EngineDescriptor& engine, const Scenario& scenario, const RunOptions& options) {
  const RunRecord record =
      execute_run({0, 0, {&engine, options.engine, std::string(engine.name)}, scenario}, options).record;
  RunFigures figures;
  figures.messages_per_s = record.rates.received_per_s.value_or(0);
  figures.cpu_ns_per_message = record.cost.cpu_ns_per_message;
  for (const Reason& reason : record.reasons)
    figures.invalid += (figures.invalid.empty() ? "" : "; ") + reason.code + ": " + reason.detail;
  return figures;
}

}  // namespace recvbench
