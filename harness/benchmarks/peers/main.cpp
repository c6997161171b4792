// recvbench_peer_receiver: the other end for load generators that scripts/compare-peers compares.
//   http PORT        answers HTTP requests (wrk)
//   gaps             how evenly datagrams come at a rate, by the kernel's time stamps: from recvbench's own
//   generator, which it
//                    starts, or at --port from whoever sends there. One line of JSON.
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "harness/benchmarks/peers/gaps.h"
#include "harness/benchmarks/peers/http_responder.h"
#include "harness/benchmarks/peers/stamped_socket.h"
#include "harness/benchmarks/sibling_program.h"
#include "harness/cli/exit_codes.h"
#include "harness/run/generator_process.h"
#include "loadgen/message.h"
#include "platform/thread.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

constexpr double tolerance = 0.1;
constexpr std::uint64_t warmup_ns = 500'000'000;
constexpr milliseconds quiet{500};

struct Options {
  std::uint16_t port = 0;  // of `gaps`: 0 = recvbench's generator sends
  double rate_per_s = 1000;
  double seconds = 2;
  std::uint32_t size_bytes = 64;
  int cpu = -1;
  int load_cpu = -1;
};

// Sends to `port` by recvbench's generator, from a connection's greetings to the end of its window.
void generate(std::uint16_t port, const Options& options) {
  LoadPlan plan;
  plan.hosts = {"127.0.0.1"};
  plan.port = port;
  plan.protocol = Protocol::udp;
  plan.mode = LoadMode::open;
  plan.rate_per_s = options.rate_per_s;
  plan.size_bytes = options.size_bytes;
  if (options.load_cpu >= 0) plan.cpus = {options.load_cpu};
  plan.warmup_ns = warmup_ns;
  plan.duration_ns = static_cast<std::uint64_t>(options.seconds * 1e9);
  GeneratorProcess generator(sibling_recvbench());
  generator.connect(plan);
  generator.go();
  generator.result(milliseconds(plan.duration_ns / 1'000'000 + 10'000));
  generator.finish();
}

int measure_gaps(const Options& options) {
  StampedSocket socket(options.port);
  const milliseconds limit(static_cast<long long>(options.seconds * 1000) + 20'000);
  // Greetings are shorter than messages, and no part of the schedule.
  const std::size_t longer_than = options.port == 0 ? header_bytes : 0;
  auto times = std::async(std::launch::async, [&] {
    if (options.cpu >= 0)
      if (const std::error_code error = pin_current_thread(options.cpu))
        throw std::system_error(error, "pinning");
    return socket.receive_times(longer_than, quiet, limit);
  });
  if (options.port == 0) generate(socket.port(), options);
  std::vector<std::uint64_t> all = times.get();
  const auto early = static_cast<std::size_t>(options.rate_per_s * warmup_ns / 1e9);
  const std::size_t skipped = std::min(all.size(), early);
  const std::span<const std::uint64_t> measured = std::span(all).subspan(skipped);
  std::printf("{\"datagrams\": %zu, \"even_share\": %.6f}\n", measured.size(),
              share_of_even_gaps(measured, options.rate_per_s, tolerance));
  return measured.size() > 1 ? exit_code::ok : exit_code::invalid;
}

int run_main(int argc, char** argv) {
  CLI::App app("The other end for load generators that are compared with recvbench's.");
  app.name("recvbench_peer_receiver");
  Options options;
  CLI::App* http = app.add_subcommand("http", "Answer HTTP requests");
  http->add_option("PORT", options.port)->required();
  CLI::App* gaps = app.add_subcommand("gaps", "How evenly datagrams come");
  gaps->add_option("--port", options.port, "Of a peer that sends; default: recvbench's generator sends");
  gaps->add_option("--rate", options.rate_per_s, "Datagrams a second")->check(CLI::Range(1.0, 1e7));
  gaps->add_option("--seconds", options.seconds, "Measured, after 0.5 s of warm-up")
      ->check(CLI::Range(0.1, 600.0));
  gaps->add_option("--size", options.size_bytes, "Bytes of a datagram")->check(CLI::Range(41, 1400));
  gaps->add_option("--cpu", options.cpu, "Of this receiver");
  gaps->add_option("--load-cpu", options.load_cpu, "Of recvbench's generator");
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {
    return app.exit(request);
  } catch (const CLI::Error& error) {
    std::fprintf(stderr, "recvbench_peer_receiver: %s\n", error.what());
    return exit_code::usage;
  }
  const NetworkSession network;
  if (*http) answer_http(options.port);
  return measure_gaps(options);
}

}  // namespace

}  // namespace recvbench

int main(int argc, char** argv) {
  try {
    return recvbench::run_main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "recvbench_peer_receiver: %s\n", error.what());
    return recvbench::exit_code::invalid;
  }
}
