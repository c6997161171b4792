// Connects, starts the worker threads on one schedule, and sums up what they counted.
#include "loadgen/generator.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "loadgen/datagram_worker.h"
#include "loadgen/load_connection.h"
#include "loadgen/load_worker.h"
#include "loadgen/stream_worker.h"
#include "platform/address.h"
#include "platform/clock.h"
#include "platform/cost.h"
#include "platform/datagram.h"
#include "platform/socket.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds connect_limit{5000};
// Threads are started and ready well within this time.
constexpr std::uint64_t lead_ns = 50'000'000;

// A greeting may be lost like any datagram: it is repeated until the run starts.
constexpr milliseconds greet_again_after{50};

Socket connect_and_greet(const LoadPlan& plan, const Address& address, std::uint32_t number) {
  const std::uint64_t connect_ns = now_ns();
  SocketOptions options;
  if (plan.slow.reads_slowly(number)) options.receive_buffer_bytes = slow_reader_buffer_bytes;
  Socket socket = connect_tcp(address, connect_limit, options);
  set_no_delay(socket, true);
  const auto bytes = make_greeting(plan.run_id, number, connect_ns, now_ns());
  if (const IoResult sent = send_all(socket.native(), bytes, connect_limit); sent.error)
    throw_error(sent.error, "send", "greeting to " + address.to_string());
  return socket;
}

}  // namespace

struct LoadGenerator::State {
  explicit State(const LoadPlan& load) : plan(load), tallies(load.slow.connections(), load.compared()) {}

  const LoadPlan plan;
  ConnectionTallies tallies;
  std::vector<std::vector<LoadConnection>> connections;  // by worker, until start()
  std::vector<Socket> idle;                              // by number past plan.connections, until finish()
  std::vector<std::unique_ptr<LoadWorker>> workers;
  std::vector<std::thread> threads;
  Window window{};

  std::thread greeter;  // UDP, until start()
  bool started = false;
  std::atomic<bool> cancelled = false;
  std::mutex mutex;
  std::condition_variable changed;  // with cancelled and started

  void cancel() noexcept {
    {
      const std::lock_guard lock(mutex);
      cancelled = true;
    }
    changed.notify_all();
  }

  // What the process has used until now_ns() >= `when`, or until it is cancelled.
  std::uint64_t cpu_at(std::uint64_t when) {
    std::unique_lock lock(mutex);
    for (std::uint64_t now = now_ns(); now < when && !cancelled; now = now_ns())
      changed.wait_for(lock, std::chrono::nanoseconds(when - now));
    const ProcessCost cost = process_cost();
    return cost.user_ns + cost.kernel_ns;
  }

  // UDP: greets on every connection, again and again until start(). What the system does not take is sent
  // the next time.
  void greet() {
    std::unique_lock lock(mutex);
    do {
      for (const auto& of_worker : connections) {
        for (const LoadConnection& connection : of_worker)
          (void)send_some(connection.socket.native(),
                          make_greeting(plan.run_id, connection.number, now_ns(), now_ns()));
      }
    } while (!changed.wait_for(lock, greet_again_after, [this] { return cancelled || started; }));
  }

  void end_greeting() {
    {
      const std::lock_guard lock(mutex);
      started = true;
    }
    changed.notify_all();
    if (greeter.joinable()) greeter.join();
  }

  std::unique_ptr<LoadWorker> make_worker(std::uint32_t number, const LoadTimes& times) {
    if (plan.protocol == Protocol::udp)
      return std::make_unique<DatagramWorker>(plan, times, number, std::move(connections[number]), cancelled);
    return std::make_unique<StreamWorker>(plan, times, number, std::move(connections[number]), cancelled);
  }

  // Nothing has come of one that is as it should be.
  void close_idle(LoadResult& result) {
    for (std::size_t i = 0; i < idle.size(); ++i) {
      std::array<std::byte, 1> byte;
      const IoResult received = receive_some(idle[i].native(), byte);
      if (would_block(received.error)) continue;
      ++result.connection_errors;
      if (!result.first_error.empty()) continue;
      const std::string what = received.error       ? "receive: " + received.error.message()
                               : received.bytes > 0 ? "the receiver sent data to it"
                                                    : "the receiver closed it before the end of the run";
      result.first_error = "idle connection " + std::to_string(plan.connections + i) + ": " + what;
    }
    idle.clear();
  }

  void join() {
    end_greeting();
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
};

LoadGenerator::LoadGenerator(const LoadPlan& plan, const std::atomic<bool>* give_up)
    : state_(std::make_unique<State>(plan)) {
  raise_open_file_limit();
  const auto workers = static_cast<std::uint32_t>(plan.threads);
  state_->connections.resize(workers);
  std::vector<Address> addresses;
  for (const std::string& host : plan.hosts) addresses.push_back(Address::resolve(host, plan.port));
  for (std::uint32_t number = 0; number < plan.connections + plan.idle_connections; ++number) {
    const Address& address = addresses[plan.host_of(number)];
    if (give_up != nullptr && *give_up) throw_error(canceled_error(), "connect", address.to_string());
    Socket socket =
        plan.protocol == Protocol::udp ? connect_udp(address) : connect_and_greet(plan, address, number);
    set_nonblocking(socket, true);
    if (number < plan.connections) {
      state_->connections[number % workers].emplace_back(std::move(socket), number).tally =
          state_->tallies.find(number);
    } else {
      state_->idle.push_back(std::move(socket));
    }
  }
  if (plan.protocol == Protocol::udp) state_->greeter = std::thread([this] { state_->greet(); });
}

LoadGenerator::~LoadGenerator() {
  state_->cancel();
  state_->join();
}

LoadGenerator::Window LoadGenerator::start() {
  State& state = *state_;
  state.end_greeting();
  const std::uint64_t t0 = now_ns() + lead_ns;
  state.window = {t0 + state.plan.warmup_ns, t0 + state.plan.warmup_ns + state.plan.duration_ns};
  const LoadTimes times{t0, state.window.begin_ns, state.window.end_ns,
                        state.window.end_ns + state.plan.drain_ns};
  for (std::uint32_t worker = 0; worker < state.connections.size(); ++worker)
    state.workers.push_back(state.make_worker(worker, times));
  for (const auto& worker : state.workers) state.threads.emplace_back([&worker = *worker] { worker.run(); });
  return state.window;
}

LoadResult LoadGenerator::finish() {
  State& state = *state_;
  const std::uint64_t cpu_before = state.cpu_at(state.window.begin_ns);
  const std::uint64_t cpu_after = state.cpu_at(state.window.end_ns);
  state.join();

  LoadResult result;
  result.cpu_ns = cpu_after - cpu_before;
  result.connections_opened = state.plan.connections + state.plan.idle_connections;
  state.close_idle(result);
  result.connections = state.tallies.figures();
  std::uint64_t first_ns = ~std::uint64_t{0};
  std::uint64_t last_ns = 0;
  for (const auto& worker : state.workers) {
    worker->collect(result);
    first_ns = std::min(first_ns, worker->first_actual_ns());
    last_ns = std::max(last_ns, worker->last_actual_ns());
  }
  // Slow connections have no slip, and no gaps between their sends either.
  const std::int64_t timed = total(result.slip).count();
  if (state.plan.mode == LoadMode::open && timed > 1)
    result.mean_gap_ns = static_cast<double>(last_ns - first_ns) / static_cast<double>(timed - 1);
  return result;
}

void LoadGenerator::cancel() noexcept {
  state_->cancel();
}

}  // namespace recvbench
