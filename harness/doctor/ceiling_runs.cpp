#include "harness/doctor/ceiling_runs.h"

#include <atomic>
#include <memory>
#include <thread>

#include "harness/run/generator_process.h"
#include "platform/datagram.h"
#include "platform/socket.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t buffer_bytes = 64 * 1024;
constexpr GeneratorCeiling cases[] = {
    {Protocol::tcp, 64, 1}, {Protocol::tcp, 64, 1024}, {Protocol::udp, 64, 1}};

// Takes all that comes on its sockets, a thread each, until the peer ends or this object does.
class Drain {
 public:
  Drain() = default;
  ~Drain() {
    done_ = true;
    for (const auto& socket : sockets_) shutdown_both(*socket);
    for (std::thread& thread : threads_) thread.join();
  }
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  void take(Socket socket) {
    set_nonblocking(socket, true);
    sockets_.push_back(std::make_unique<Socket>(std::move(socket)));
    threads_.emplace_back([this, &own = *sockets_.back()] { run(own); });
  }

 private:
  void run(Socket& socket) {
    std::vector<std::byte> buffer(buffer_bytes);
    while (!done_) {
      const IoResult result = receive_some(socket.native(), buffer);
      if (!result.error && result.bytes > 0) continue;
      if (!would_block(result.error)) break;  // the end of the stream too
      (void)wait_readable(socket.native(), milliseconds(50));
    }
    shutdown_send(socket);  // the generator waits for both sides' end
  }

  std::atomic<bool> done_{false};
  std::vector<std::unique_ptr<Socket>> sockets_;  // where threads can keep to them
  std::vector<std::thread> threads_;
};

LoadPlan load_plan(const GeneratorCeiling& asked, const CeilingPlan& plan, std::uint16_t port) {
  LoadPlan load;
  load.hosts = {"127.0.0.1"};
  load.port = port;
  load.protocol = asked.protocol;
  load.workload = Workload::sink;
  load.mode = LoadMode::max;
  load.connections = static_cast<std::uint32_t>(plan.load_threads);
  load.size_bytes = asked.size_bytes;
  load.messages_per_send = asked.messages_per_send;
  load.threads = plan.load_threads;
  load.warmup_ns = plan.warmup_ns;
  load.duration_ns = plan.duration_ns;
  return load;
}

double measure(const GeneratorCeiling& asked, const CeilingPlan& plan) {
  const Address loopback = Address::loopback(AddressFamily::ipv4);
  const bool datagrams = asked.protocol == Protocol::udp;
  Socket receiver =
      datagrams ? std::move(bind_udp_group(loopback, 1).front()) : listen_tcp(loopback, plan.load_threads);
  const std::uint16_t port = local_address(receiver).port();
  Drain drain;  // goes after the generator
  GeneratorProcess generator(plan.generator);
  const LoadPlan load = load_plan(asked, plan, port);
  generator.connect(load);
  if (datagrams) drain.take(std::move(receiver));
  for (std::uint32_t accepted = 0; !datagrams && accepted < load.connections; ++accepted) {
    if (!wait_readable(receiver.native(), milliseconds(5'000)))
      throw_error(std::make_error_code(std::errc::timed_out), "accept");
    std::error_code error;
    Socket socket = accept_tcp(receiver, error);
    if (!socket) throw_error(error, "accept");
    drain.take(std::move(socket));
  }
  (void)generator.go();
  const auto limit_ns = load.warmup_ns + load.duration_ns + load.drain_ns;
  const LoadResult result = generator.result(milliseconds(limit_ns / 1'000'000 + 5'000));
  generator.finish();
  return static_cast<double>(result.sent_during_window) * 1e9 / static_cast<double>(load.duration_ns);
}

}  // namespace

std::vector<GeneratorCeiling> measure_ceilings(const CeilingPlan& plan,
                                               const std::function<bool()>& interrupted) {
  std::vector<GeneratorCeiling> ceilings;
  for (GeneratorCeiling ceiling : cases) {
    if (interrupted()) break;
    ceiling.load_threads = plan.load_threads;
    ceiling.messages_per_s = measure(ceiling, plan);
    ceilings.push_back(ceiling);
  }
  return ceilings;
}

std::uint64_t expected_ns(const CeilingPlan& plan) {
  constexpr std::uint64_t start_and_end_ns = 500'000'000;
  return std::size(cases) * (plan.warmup_ns + plan.duration_ns + start_and_end_ns);
}

}  // namespace recvbench
