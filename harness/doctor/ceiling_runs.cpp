#include "harness/doctor/ceiling_runs.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "harness/run/generator_process.h"
#include "platform/datagram.h"
#include "platform/readiness_poller.h"
#include "platform/socket.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr std::uint32_t packed_bytes = 64 * 1024;
constexpr std::uint64_t longest_wait_ns = 50'000'000;

// Takes all that comes on its sockets, until each peer ends or this object does. A thread to a generator
// thread, however many sockets there are: threads that wake each other up would be what is measured.
class Drain {
 public:
  Drain(std::vector<Socket> sockets, int threads) : sockets_(std::move(sockets)) {
    pollers_.resize(static_cast<std::size_t>(threads));
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      set_nonblocking(sockets_[i], true);
      pollers_[i % pollers_.size()].add(sockets_[i].native(), i, ReadinessPoller::reading);
    }
    for (ReadinessPoller& poller : pollers_)
      threads_.emplace_back([this, &poller] {
        try {
          run(poller);
        } catch (const std::system_error&) {
          for (const Socket& socket : sockets_) shutdown_both(socket);  // which the generator reports
        }
      });
  }
  ~Drain() {
    done_ = true;
    for (const Socket& socket : sockets_) shutdown_both(socket);
    for (std::thread& thread : threads_) thread.join();
  }
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

 private:
  void run(ReadinessPoller& poller) {
    std::vector<std::byte> buffer(buffer_bytes);
    std::vector<std::size_t> ended;
    while (!done_) {
      ended.clear();
      for (const ReadinessPoller::Event& event : poller.wait(longest_wait_ns)) {
        const IoResult result = receive_some(sockets_[event.key].native(), buffer);
        const bool goes_on = result.error ? would_block(result.error) : result.bytes > 0;
        if (!goes_on) ended.push_back(event.key);
      }
      for (const std::size_t key : ended) {
        poller.remove(sockets_[key].native(), key);
        shutdown_send(sockets_[key]);  // the generator waits for both sides' end
      }
    }
  }

  std::atomic<bool> done_{false};
  std::vector<Socket> sockets_;
  std::vector<ReadinessPoller> pollers_;
  std::vector<std::thread> threads_;
};

LoadPlan load_plan(const CeilingConditions& asked, const CeilingPlan& plan, std::uint16_t port) {
  LoadPlan load;
  load.hosts = {"127.0.0.1"};
  load.port = port;
  load.protocol = asked.protocol;
  load.workload = Workload::sink;
  load.mode = LoadMode::max;
  load.connections = asked.connections;
  load.size_bytes = asked.size_bytes;
  load.messages_per_send = asked.messages_per_send;
  load.threads = asked.load_threads;
  load.warmup_ns = plan.warmup_ns;
  load.duration_ns = plan.duration_ns;
  return load;
}

GeneratorCeiling measure(const CeilingConditions& asked, const CeilingPlan& plan) {
  const Address loopback = Address::loopback(AddressFamily::ipv4);
  const bool datagrams = asked.protocol == Protocol::udp;
  Socket receiver = datagrams ? std::move(bind_udp_group(loopback, 1).front())
                              : listen_tcp(loopback, static_cast<int>(asked.connections));
  const std::uint16_t port = local_address(receiver).port();
  std::optional<Drain> drain;  // goes after the generator
  GeneratorProcess generator(plan.generator);
  const LoadPlan load = load_plan(asked, plan, port);
  generator.connect(load);
  std::vector<Socket> sockets;
  if (datagrams) sockets.push_back(std::move(receiver));
  for (std::uint32_t accepted = 0; !datagrams && accepted < load.connections; ++accepted) {
    if (!wait_readable(receiver.native(), milliseconds(5'000)))
      throw_error(std::make_error_code(std::errc::timed_out), "accept");
    std::error_code error;
    Socket socket = accept_tcp(receiver, error);
    if (!socket) throw_error(error, "accept");
    sockets.push_back(std::move(socket));
  }
  drain.emplace(std::move(sockets), asked.load_threads);
  (void)generator.go();
  const auto limit_ns = load.warmup_ns + load.duration_ns + load.drain_ns;
  const LoadResult result = generator.result(milliseconds(limit_ns / 1'000'000 + 5'000));
  generator.finish();
  if (result.connection_errors > 0) throw ControlError("generator: " + result.first_error);
  GeneratorCeiling ceiling;
  ceiling.at = asked;
  ceiling.at.generator = generator.platform();
  ceiling.messages_per_s =
      static_cast<double>(result.sent_during_window) * 1e9 / static_cast<double>(load.duration_ns);
  return ceiling;
}

}  // namespace

std::vector<CeilingConditions> ceiling_cases(const CeilingPlan& plan) {
  const auto threads = static_cast<std::uint32_t>(plan.load_threads);
  std::vector<std::uint32_t> connections = {std::max(threads, 8u)};
  if (threads == 1) connections.insert(connections.begin(), 1);
  std::vector<CeilingConditions> cases;
  for (const std::uint32_t size : plan.sizes)
    for (const std::uint32_t count : connections) {
      const std::uint32_t packed = packed_bytes / size;
      cases.push_back({Protocol::tcp, size, 1, count, plan.load_threads, {}});
      if (packed > 1) cases.push_back({Protocol::tcp, size, packed, count, plan.load_threads, {}});
      cases.push_back({Protocol::udp, size, 1, count, plan.load_threads, {}});
    }
  return cases;
}

std::vector<GeneratorCeiling> measure_ceilings(const CeilingPlan& plan,
                                               const std::function<bool()>& interrupted) {
  std::vector<GeneratorCeiling> ceilings;
  for (const CeilingConditions& asked : ceiling_cases(plan)) {
    if (interrupted()) break;
    ceilings.push_back(measure(asked, plan));
  }
  return ceilings;
}

std::uint64_t expected_ns(const CeilingPlan& plan) {
  constexpr std::uint64_t start_and_end_ns = 500'000'000;
  return ceiling_cases(plan).size() * (plan.warmup_ns + plan.duration_ns + start_and_end_ns);
}

}  // namespace recvbench
