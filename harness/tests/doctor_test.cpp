// doctor's measurements against clocks that are known, their judgement, and what is printed.
#include "harness/doctor/doctor.h"

#include <atomic>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "harness/doctor/measurement_findings.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

TEST(TimeSpread, IsByNearestRank) {
  EXPECT_EQ(spread_of({}).count, 0u);
  std::vector<std::uint64_t> times;
  for (std::uint64_t i = 200; i > 0; --i) times.push_back(i);
  const TimeSpread spread = spread_of(times);
  EXPECT_EQ(spread.count, 200u);
  EXPECT_EQ(spread.p50_ns, 100);
  EXPECT_EQ(spread.p99_ns, 198);
  EXPECT_EQ(spread_of({7}).p50_ns, 7);
  EXPECT_EQ(spread_of({7}).p99_ns, 7);
}

// A clock that moves 10 ns a reading.
std::atomic<std::uint64_t> readings{0};
std::uint64_t steady_clock_of_10_ns() noexcept {
  return 1'000 + 10 * readings++;
}
// The same, and every 100th reading is 25 ns back.
std::uint64_t stepping_clock() noexcept {
  const std::uint64_t reading = readings++;
  return 1'000 + 10 * reading - (reading % 100 == 99 ? 35 : 0);
}
// Each thread's clock is 5 ms off from that of the thread before.
std::atomic<std::uint64_t> clocks{0};
std::uint64_t skewed_clock() noexcept {
  static thread_local const std::uint64_t skew_ns = 5'000'000 * clocks++;
  return now_ns() - skew_ns;
}

TEST(ClockCost, IsTheDifferenceOfReadings) {
  readings = 0;
  const ClockCost cost = measure_clock_cost(1'000, steady_clock_of_10_ns);
  EXPECT_EQ(cost.difference.count, 1'000u);
  EXPECT_EQ(cost.difference.p50_ns, 10);
  EXPECT_EQ(cost.difference.p99_ns, 10);
  EXPECT_EQ(cost.mean_ns, 10);
  EXPECT_EQ(cost.backward_steps, 0u);
}

TEST(ClockCost, FindsStepsBackwardOnOneThread) {
  readings = 0;
  const ClockCost cost = measure_clock_cost(1'000, stepping_clock);
  EXPECT_EQ(cost.backward_steps, 10u);
  EXPECT_EQ(cost.largest_backward_ns, 25u);
}

TEST(ClockExchange, FindsCpusWhoseClocksDiffer) {
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "one CPU: nothing to exchange";
  clocks = 0;
  // Until they have met: on a busy machine a thread may not run at all for a while.
  ClockExchange exchange;
  for (int attempt = 0; attempt < 100 && exchange.backward_steps == 0; ++attempt)
    exchange = measure_clock_exchange(cpus, std::chrono::milliseconds(50), skewed_clock);
  EXPECT_GT(exchange.exchanges, 0u);
  EXPECT_GT(exchange.backward_steps, 0u);
  EXPECT_GT(exchange.largest_backward_ns, 0u);
  EXPECT_EQ(exchange.cpus, cpus);
}

TEST(ClockExchange, FindsNothingOfThisMachinesClock) {
  const ClockExchange exchange = measure_clock_exchange(allowed_cpus(), std::chrono::milliseconds(50));
  EXPECT_EQ(exchange.backward_steps, 0u);
}

TEST(ClockExchange, NeedsTwoCpus) {
  EXPECT_TRUE(measure_clock_exchange({0}, std::chrono::milliseconds(50)).cpus.empty());
  EXPECT_TRUE(measure_clock_exchange({}, std::chrono::milliseconds(50)).cpus.empty());
}

ClockCheck good_clock() {
  ClockCheck clock;
  clock.name = "QueryPerformanceCounter";
  clock.resolution_ns = 100;
  clock.cost = {{1'000'000, 100, 100}, 95, 0, 0};
  clock.exchange = {{0, 1}, 5'000, 0, 0};
  return clock;
}

Finding find(const std::vector<Finding>& findings, const std::string& code) {
  for (const Finding& finding : findings)
    if (finding.code == code) return finding;
  throw std::out_of_range(code);
}

TEST(ClockFindings, AreFineForAGoodClock) {
  for (const Finding& finding : judge(good_clock()))
    EXPECT_EQ(finding.severity, Severity::ok) << finding.code;
}

TEST(ClockFindings, AStepBackwardIsAProblem) {
  ClockCheck clock = good_clock();
  clock.exchange.backward_steps = 1;
  clock.exchange.largest_backward_ns = 1'500;
  const Finding across = find(judge(clock), "clock-backward");
  EXPECT_EQ(across.severity, Severity::problem);
  EXPECT_EQ(across.measured.substr(0, 37), "1 step backward, the largest 1.50 us,");
  EXPECT_FALSE(across.fix.empty());
  clock = good_clock();
  clock.cost.backward_steps = 2;
  EXPECT_EQ(find(judge(clock), "clock-backward").severity, Severity::problem);
}

TEST(ClockFindings, NameWhatIsNotGood) {
  ClockCheck clock = good_clock();
  clock.exchange = {};
  EXPECT_EQ(find(judge(clock), "clock-backward").severity, Severity::note) << "not compared";
  clock.resolution_ns = 15'600'000;
  EXPECT_EQ(find(judge(clock), "clock-resolution").severity, Severity::warning);
  clock.cost.mean_ns = 1'200;
  EXPECT_EQ(find(judge(clock), "clock-cost").severity, Severity::warning);
  EXPECT_EQ(find(judge(clock), "clock-cost").measured, "1.20 us a reading");
}

TEST(TimerFindings, TellCoarseAndEarlyOnes) {
  const auto severity = [](double took_ns) {
    TimerCheck timers;
    timers.sleeps = {{1'000'000, {100, took_ns, took_ns}}, {1'000, {100, 5, 5}}};
    return judge(timers).at(0).severity;
  };
  EXPECT_EQ(severity(1'060'000), Severity::ok);
  EXPECT_EQ(severity(15'600'000), Severity::note);
  EXPECT_EQ(severity(200), Severity::note);
  EXPECT_TRUE(judge(TimerCheck{}).empty());
}

TEST(TimerCheck, MeasuresEveryWaitInBoundedTime) {
  const TimerCheck timers = check_timers(std::chrono::milliseconds(20));
  EXPECT_EQ(timers.sleeps.size(), 3u);
  EXPECT_EQ(timers.poller_waits.size(), 3u);
  for (const auto& waits : {timers.sleeps, timers.poller_waits})
    for (const WaitSpread& wait : waits) {
      EXPECT_GE(wait.took.count, 5u);
      EXPECT_GE(wait.took.p99_ns, wait.took.p50_ns);
    }
}

TEST(Wrapped, BreaksAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 2, 9), "  one two\n  three\n");
  EXPECT_EQ(wrapped("one two", 0, 7), "one two\n");
  EXPECT_EQ(wrapped("longerthanthat a", 1, 6), " longerthanthat\n a\n");
  EXPECT_EQ(wrapped("", 3, 80), "");
}

DoctorStep step(const char* name, std::function<void(DoctorReport&)> examine) {
  return {name, 1, std::move(examine)};
}

TEST(Examine, DoesEveryStepInOrder) {
  std::vector<std::size_t> begun;
  const DoctorReport report = examine(
      {step("one",
            [](DoctorReport& r) {
              r.findings.push_back({"one", Severity::ok, "1", "fine", ""});
            }),
       step("two", [](DoctorReport& r) { r.clock = good_clock(); })},
      [] { return false; }, [&](std::size_t place) { begun.push_back(place); });
  EXPECT_EQ(begun, (std::vector<std::size_t>{0, 1}));
  EXPECT_TRUE(report.clock.has_value());
  EXPECT_TRUE(report.fit());
  EXPECT_FALSE(report.interrupted);
}

TEST(Examine, AStepThatFailsIsAProblemAndTheRestIsDone) {
  bool done = false;
  const DoctorReport report = examine(
      {step("sockets", [](DoctorReport&) { throw std::runtime_error("socket: no more"); }),
       step("rest", [&](DoctorReport&) { done = true; })},
      [] { return false; }, [](std::size_t) {});
  EXPECT_TRUE(done);
  EXPECT_FALSE(report.fit());
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].code, "sockets-failed");
  EXPECT_EQ(report.findings[0].measured, "socket: no more");
}

TEST(Examine, EndsWhereInterrupted) {
  bool second = false;
  bool asked = false;
  const DoctorReport report = examine(
      {step("one", [](DoctorReport&) {}), step("two", [&](DoctorReport&) { second = true; })},
      [&] { return std::exchange(asked, true); }, [](std::size_t) {});
  EXPECT_TRUE(report.interrupted);
  EXPECT_FALSE(second);
  EXPECT_EQ(to_json(report, {})["status"], "interrupted");
}

TEST(DoctorText, PutsTheWorstFirstWithin80Columns) {
  DoctorReport report;
  report.environment.system.os = "Windows 10.0.19043";
  report.environment.system.wine_version = "8.0";
  report.environment.system.cpu_model = std::string(100, 'x') + " CPU";
  report.clock = good_clock();
  report.timers = TimerCheck{{{1'000, {100, 56'000, 70'000}}}, {{50'000, {100, 106'000, 112'000}}}, 0};
  const std::string much =
      "many words that go on and on until they no longer fit into one line of eighty columns";
  report.findings = {{"fine", Severity::ok, "1", much, ""},
                     {"bad", Severity::problem, "2", much, much},
                     {"so-so", Severity::warning, "3", much, much}};
  std::istringstream lines(to_text(report));
  std::vector<std::string> order;
  for (std::string text; std::getline(lines, text);) {
    // What has no space to break at stays whole.
    if (text.find("xxx") == text.npos) {
      EXPECT_LE(text.size(), 80u) << text;
    }
    EXPECT_FALSE(text.ends_with(' ')) << text;
    for (const char* word : {"problem ", "warning ", "ok "})
      if (text.starts_with(word)) order.emplace_back(word);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"problem ", "warning ", "ok "}));
  EXPECT_NE(to_text(report).find("1 problem, 1 warning, 0 notes, 1 ok. Nothing measured"), std::string::npos);
  report.findings.clear();
  EXPECT_NE(to_text(report).find("Measurements made here can be valid."), std::string::npos);
}

}  // namespace
}  // namespace recvbench
