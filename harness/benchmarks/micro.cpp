// What the harness costs, step by step: recvbench_micro, with Google Benchmark's own options.
//
// The handler is measured over a ring of ready-made receives that is renewed outside the measured time, so
// that its figures hold neither the making of messages nor a clock read but its own. The ring's 64 KiB fit
// the second level cache: a real receive finds its bytes in the first, where the kernel has just put them.
#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "harness/receiver/message_accounting.h"
#include "loadgen/message.h"
#include "loadgen/arrival_process.h"
#include "loadgen/due_messages.h"
#include "platform/clock.h"
#include "results/histogram.h"
#include "results/latency_recorder.h"

namespace recvbench {

namespace {

// Time per message as a counter, whatever one iteration covers.
void report_per_message(benchmark::State& state, std::int64_t messages_per_iteration) {
  state.counters["per_message"] = benchmark::Counter(
      static_cast<double>(state.iterations() * messages_per_iteration),
      static_cast<benchmark::Counter::Flags>(benchmark::Counter::kIsRate | benchmark::Counter::kInvert));
}

// Latencies as they come from a loopback run, 10 us to 1 ms: spread over many buckets, so that neither the
// branch predictor nor one cache line answers for all of them.
std::vector<std::int64_t> latencies(std::size_t count) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> values(count);
  for (std::int64_t& value : values) value = 10'000 + static_cast<std::int64_t>(random() % 990'000);
  return values;
}

constexpr std::size_t value_count = 4096;

void clock_read(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(now_ns());
}
BENCHMARK(clock_read);

void histogram_record(benchmark::State& state) {
  const std::vector<std::int64_t> values = latencies(value_count);
  Histogram histogram;
  std::size_t i = 0;
  for (auto _ : state) histogram.record(values[i++ % value_count]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(histogram_record);

void latency_recorder_record(benchmark::State& state) {
  const std::vector<std::int64_t> values = latencies(value_count);
  LatencyRecorder recorder(0);
  std::uint64_t at_ns = 0;
  std::size_t i = 0;
  for (auto _ : state) recorder.record(at_ns++, values[i++ % value_count]);
  benchmark::DoNotOptimize(recorder.out_of_range());
}
BENCHMARK(latency_recorder_record);

// The record that finds a second over and sets its histogram aside; range = recorded values before it.
void latency_recorder_roll(benchmark::State& state) {
  const std::vector<std::int64_t> values = latencies(static_cast<std::size_t>(state.range(0)));
  LatencyRecorder recorder(0);
  std::uint64_t second = 0;
  for (auto _ : state) {
    for (const std::int64_t value : values) recorder.record(second * 1'000'000'000, value);
    ++second;
    const std::uint64_t begin_ns = now_ns();
    recorder.record(second * 1'000'000'000, values.front());
    state.SetIterationTime(static_cast<double>(now_ns() - begin_ns) / 1e9);
  }
}
// Each iteration keeps what a second leaves behind: bounded, so that memory is.
BENCHMARK(latency_recorder_roll)->Arg(1'000)->Arg(100'000)->UseManualTime()->Iterations(200);

void header_encode(benchmark::State& state) {
  std::array<std::byte, header_bytes> bytes{};
  MessageHeader header{no_flags, 64, 7, 0, 1'000, 1'000};
  for (auto _ : state) {
    ++header.sequence;
    encode_header(header, bytes);
    benchmark::DoNotOptimize(bytes);
  }
}
BENCHMARK(header_encode);

void header_decode(benchmark::State& state) {
  std::array<std::byte, header_bytes> bytes{};
  encode_header({no_flags, 64, 7, 12'345, 1'000, 1'000}, bytes);
  MessageHeader header;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    benchmark::DoNotOptimize(decode_header(bytes, header));
    benchmark::DoNotOptimize(header);
  }
}
BENCHMARK(header_decode);

// The payload of a message of `range` bytes.
void payload_fill(benchmark::State& state) {
  std::vector<std::byte> payload(static_cast<std::size_t>(state.range(0)) - header_bytes);
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    fill_payload(7, sequence++, payload);
    benchmark::DoNotOptimize(payload.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(payload_fill)->Arg(64)->Arg(1024);

void payload_check(benchmark::State& state) {
  constexpr std::uint64_t sequences = 64;
  const std::size_t size = static_cast<std::size_t>(state.range(0)) - header_bytes;
  std::vector<std::vector<std::byte>> payloads(sequences, std::vector<std::byte>(size));
  for (std::uint64_t i = 0; i < sequences; ++i) fill_payload(7, i, payloads[i]);
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    if (!payload_matches(7, sequence, 0, payloads[sequence])) {
      state.SkipWithError("a payload does not match itself");
      break;
    }
    sequence = (sequence + 1) % sequences;
  }
}
BENCHMARK(payload_check)->Arg(64)->Arg(1024);

void schedule_step(benchmark::State& state) {
  LoadPlan plan;
  plan.connections = 8;
  plan.rate_per_s = 123'456.7;
  plan.arrival.kind = static_cast<ArrivalPattern::Kind>(state.range(0));
  const auto arrivals = make_arrivals(plan, 0);
  for (auto _ : state) benchmark::DoNotOptimize(arrivals->next());
  state.SetLabel(to_string(plan.arrival.kind));
}
BENCHMARK(schedule_step)
    ->Arg(static_cast<int>(ArrivalPattern::Kind::constant))
    ->Arg(static_cast<int>(ArrivalPattern::Kind::poisson));

// A message falls due and is sent, on one of 8 connections.
void due_message(benchmark::State& state) {
  DuePool pool;
  std::array<DueQueue, 8> queues;
  std::size_t turn = 0;
  for (auto _ : state) {
    DueQueue& queue = queues[turn++ % queues.size()];
    pool.push(queue, turn);
    benchmark::DoNotOptimize(pool.pop(queue));
  }
}
BENCHMARK(due_message);

// Receives of one connection as an engine would deliver them, each of `messages` messages of `size` bytes.
class ReceiveRing {
 public:
  ReceiveRing(std::size_t messages, std::size_t size)
      : size_(size),
        receive_bytes_(messages * size),
        bytes_(std::max<std::size_t>(1, ring_bytes / receive_bytes_) * receive_bytes_) {}

  std::size_t receives() const { return bytes_.size() / receive_bytes_; }
  std::span<const std::byte> receive(std::size_t i) const {
    return std::span(bytes_).subspan(i * receive_bytes_, receive_bytes_);
  }
  // Messages with the next sequence numbers, sent up to 1 ms before `now`.
  void renew(std::uint64_t now) {
    for (std::size_t at = 0; at < bytes_.size(); at += size_) {
      const std::uint64_t sent_ns = now - random_() % 1'000'000;
      encode_header({no_flags, static_cast<std::uint32_t>(size_), 0, sequence_++, sent_ns, sent_ns},
                    std::span<std::byte, header_bytes>(bytes_.data() + at, header_bytes));
    }
  }

 private:
  static constexpr std::size_t ring_bytes = 65'536;
  std::size_t size_;
  std::size_t receive_bytes_;
  std::vector<std::byte> bytes_;
  std::mt19937_64 random_{1};
  std::uint64_t sequence_ = 0;
};

// The whole of what the harness does for a receive, through the engine contract: arguments are messages per
// receive and bytes per message. An iteration is one pass over the ring.
void handler_receive(benchmark::State& state) {
  const auto messages = static_cast<std::size_t>(state.range(0));
  const auto size = static_cast<std::size_t>(state.range(1));
  constexpr std::uint64_t run_id = 42;
  MessageAccounting accounting({run_id,
                                2,
                                static_cast<std::uint32_t>(size),
                                Workload::sink,
                                false,
                                1,
                                0,
                                ConnectionClose::graceful,
                                {},
                                2},
                               MessageAccounting::Streams::received);
  const std::uint64_t begin_ns = now_ns() - 1'000'000;
  accounting.set_window(begin_ns, UINT64_MAX);
  ReceiveSink& sink = accounting.attach_thread();
  ReceivedConnection connection{Socket{}};
  std::array<std::byte, header_bytes> greeting{};
  encode_header({greeting_flag, header_bytes, 0, run_id, 0, 0}, greeting);
  bool good = sink.on_receive(connection, greeting);

  ReceiveRing ring(messages, size);
  for (auto _ : state) {
    ring.renew(now_ns());
    const std::uint64_t start_ns = now_ns();
    for (std::size_t i = 0; i < ring.receives(); ++i)
      good = sink.on_receive(connection, ring.receive(i)) && good;
    state.SetIterationTime(static_cast<double>(now_ns() - start_ns) / 1e9);
  }
  const auto receives = static_cast<std::int64_t>(ring.receives());
  const ReceiveTotals totals = accounting.totals();
  good = good && totals.corrupt == 0 && totals.out_of_sequence == 0 && totals.negative_latencies == 0 &&
         totals.window_messages == totals.messages &&
         totals.messages == static_cast<std::uint64_t>(state.iterations() * receives) * messages;
  if (!good) state.SetLabel("WRONG: the handler refused or miscounted what was made for it");
  report_per_message(state, receives * static_cast<std::int64_t>(messages));
  state.counters["per_receive"] = benchmark::Counter(
      static_cast<double>(state.iterations() * receives),
      static_cast<benchmark::Counter::Flags>(benchmark::Counter::kIsRate | benchmark::Counter::kInvert));
}
BENCHMARK(handler_receive)
    ->ArgNames({"messages", "bytes"})
    ->Args({1, 64})
    ->Args({64, 64})
    ->Args({1, 1024})
    ->Args({64, 1024})
    ->UseManualTime();

}  // namespace

}  // namespace recvbench

BENCHMARK_MAIN();
