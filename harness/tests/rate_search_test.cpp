#include "harness/search/rate_search.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "harness/search/interleaved_search.h"

namespace recvbench {
namespace {

using Kind = ProbeOutcome::Kind;
using Receiver = std::function<Kind(const Probe&)>;

ProbeOutcome outcome(Kind kind) {
  return {kind, kind == Kind::met ? "" : to_string(kind)};
}

// Asks until there is a verdict; what was asked.
std::vector<Probe> run(RateSearch& search, const Receiver& receiver) {
  std::vector<Probe> asked;
  while (const auto probe = search.next()) {
    if (asked.size() > 1'000) throw std::logic_error("a search without an end");
    asked.push_back(*probe);
    search.answer(outcome(receiver(*probe)));
  }
  return asked;
}

Receiver up_to(double capacity_per_s, Kind beyond = Kind::missed) {
  return [=](const Probe& probe) { return probe.rate_per_s <= capacity_per_s ? Kind::met : beyond; };
}

// Answers one after the other, whatever is asked.
Receiver script(std::vector<Kind> answers) {
  return [answers, i = std::size_t{0}](const Probe&) mutable { return answers.at(i++); };
}

constexpr auto met = Kind::met, met_late = Kind::met_late, missed = Kind::missed,
               late = Kind::generator_bound, unclear = Kind::unclear, broken = Kind::broken;
constexpr SearchRange wide{1'000, 10'000'000};
constexpr auto ascend = ProbePurpose::ascend, bisect = ProbePurpose::bisect, confirm = ProbePurpose::confirm,
               guard = ProbePurpose::guard;

TEST(RateSearch, AsksInThisOrder) {
  RateSearch search(wide);
  const std::vector<Probe> expected{
      {1'000, ascend},        {2'000, ascend},        {4'000, ascend},        {8'000, ascend},
      {8'000, ascend},  // a miss in the ascent is asked again
      {5'660, bisect},        {4'760, bisect},        {5'190, bisect},        {4'970, bisect},
      {4'970, confirm, true}, {4'970, confirm, true}, {4'970, confirm, true}, {3'480, guard}};
  EXPECT_EQ(run(search, up_to(5'000)), expected);
  EXPECT_EQ(search.verdict(), SearchVerdict::found);
  EXPECT_EQ(search.rate_per_s(), 4'970);
  EXPECT_EQ(search.failed_per_s(), 5'190);
  EXPECT_EQ(search.why(), "at 5.19k/s: missed");
}

TEST(RateSearch, HasNoNumberBeforeItsVerdict) {
  RateSearch search(wide);
  search.answer(outcome(met));
  EXPECT_EQ(search.verdict(), SearchVerdict::undecided);
  EXPECT_EQ(search.rate_per_s(), std::nullopt);
}

struct Case {
  const char* name;
  SearchRange range;
  Receiver receiver;
  SearchVerdict verdict;
  std::optional<double> rate_per_s;
  std::size_t probes;
  const char* why;
};

class Verdicts : public ::testing::TestWithParam<Case> {};

TEST_P(Verdicts, AreGivenWithARateOrNone) {
  const Case& expected = GetParam();
  RateSearch search(expected.range);
  EXPECT_EQ(run(search, expected.receiver).size(), expected.probes);
  EXPECT_EQ(search.verdict(), expected.verdict) << to_string(search.verdict());
  EXPECT_EQ(search.rate_per_s(), expected.rate_per_s);
  EXPECT_EQ(search.why(), expected.why);
  EXPECT_EQ(search.next(), std::nullopt);
}

// Passes at 4k, and in no second probe of a confirmation of 3.8k or more.
Receiver tires_above(double capacity_per_s) {
  return [=](const Probe& probe) {
    if (probe.purpose == confirm && probe.rate_per_s > capacity_per_s) return missed;
    return probe.rate_per_s <= 4'000 ? met : missed;
  };
}

INSTANTIATE_TEST_SUITE_P(
    Table, Verdicts,
    ::testing::Values(
        Case{"nothing_fails", {1'000, 3'000}, up_to(1e9), SearchVerdict::ceiling, 3'000, 3 + 3 + 1, ""},
        Case{"one_rate_only", {1'000, 1'000}, up_to(1e9), SearchVerdict::ceiling, 1'000, 1 + 3 + 1, ""},
        Case{"too_slow_from_the_start", wide, up_to(999), SearchVerdict::missed_at_start, std::nullopt, 2,
             "at 1k/s: missed"},
        Case{"unclear_twice_is_a_miss", wide, script({unclear, unclear}), SearchVerdict::missed_at_start,
             std::nullopt, 2, "at 1k/s: unclear"},
        Case{"no_generator", wide, up_to(999, late), SearchVerdict::generator_limit, std::nullopt, 2,
             "at 1k/s: generator-bound"},
        // The generator bounds from above as a miss does, and each of its probes is made twice.
        Case{"the_generator_is_slower", wide, up_to(5'000, late), SearchVerdict::generator_limit, 4'970,
             3 + 2 + 2 * 2 + 2 + 3 + 1, "at 5.19k/s: generator-bound"},
        Case{"the_receiver_is_slower_than_the_generator", wide,
             [](const Probe& probe) {
               return probe.rate_per_s > 7'000 ? late : probe.rate_per_s > 5'000 ? missed : met;
             },
             SearchVerdict::found, 4'970, 13, "at 5.19k/s: missed"},
        Case{"a_defect", wide, script({met, met, broken}), SearchVerdict::broken, std::nullopt, 3, "broken"},
        Case{"a_defect_while_confirming", {1'000, 1'000}, script({met, met, broken}), SearchVerdict::broken,
             std::nullopt, 3, "broken"},
        Case{"a_hiccup_in_the_ascent", {1'000, 4'000}, script({met, missed, met, met, met, met, met, met}),
             SearchVerdict::ceiling, 4'000, 8, ""},
        Case{"lowered_once", {1'000, 4'000}, tires_above(3'900), SearchVerdict::found, 3'800, 3 + 1 + 3 + 1,
             "at 4k/s: missed"},
        // 4000, 3800, 3610, 3430, 3260, 3100: each fails its first confirmation.
        Case{"never_confirmed", {1'000, 4'000}, tires_above(0), SearchVerdict::not_confirmed, std::nullopt,
             3 + 6, "at 3.1k/s: missed"},
        Case{"confirmed_at_the_last", {1'000, 4'000}, tires_above(3'150), SearchVerdict::found, 3'100,
             3 + 5 + 3 + 1, "at 3.26k/s: missed"},
        // A confirmation that only the generator spoilt is made again, and then lowers what can be said.
        Case{"the_generator_tires", {1'000, 1'000}, script({met, late, late, met, met, met, met}),
             SearchVerdict::generator_limit, 950, 7, "at 1k/s: generator-bound"},
        // What a late generator did not spoil is a lower bound; one late confirmation is enough.
        Case{"late_and_yet_within", wide,
             [](const Probe& probe) { return probe.rate_per_s > 5'000 ? missed : met_late; },
             SearchVerdict::generator_limit, 4'970, 13, "at 4.97k/s: met-late"},
        Case{"late_in_the_ascent_alone", {1'000, 2'000}, script({met_late, missed, missed, met, met, met, met, met, met, met, met, met}),
             SearchVerdict::found, 1'910, 11, "at 2k/s: missed"},
        Case{"late_in_one_confirmation", {1'000, 1'000}, script({met, met, met_late, met, met}),
             SearchVerdict::ceiling, 1'000, 5, "at 1k/s: met-late"},
        Case{"late_at_what_was_lowered", {1'000, 1'000}, script({met, met_late, missed, met, met, met, met}),
             SearchVerdict::found, 950, 7, "at 1k/s: missed"},
        Case{"unclear_once_changes_nothing", {1'000, 1'000}, script({unclear, met, met, unclear, met, met, unclear, met}),
             SearchVerdict::ceiling, 1'000, 8, ""},
        Case{"worse_below", wide,
             [](const Probe& probe) {
               const double rate = probe.rate_per_s;
               return rate > 50'000 || (rate > 33'000 && rate < 40'000) ? missed : met;
             },
             SearchVerdict::non_monotone, std::nullopt, 7 + 2 - 1 + 4 + 3 + 1, "at 34.6k/s: missed"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(RateSearch, RefusesAnEmptyRange) {
  EXPECT_THROW(RateSearch({0, 1}), std::invalid_argument);
  EXPECT_THROW(RateSearch({2, 1}), std::invalid_argument);
}

TEST(RateSearch, EndsWhateverItIsTold) {
  for (const SearchRange range :
       {wide, SearchRange{1'000, 1'000}, SearchRange{0.3, 7}, SearchRange{123, 457}}) {
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
      std::mt19937_64 random(seed);
      RateSearch search(range);
      const auto asked = run(search, [&](const Probe&) { return static_cast<Kind>(random() % 5); });
      EXPECT_LE(asked.size(), RateSearch::most_probes(range));
      EXPECT_EQ(asked.front().rate_per_s, range.from_per_s);
      for (const Probe& probe : asked) EXPECT_LE(probe.rate_per_s, range.to_per_s);
    }
  }
}

TEST(RateSearch, RatesAreReadable) {
  for (const auto& [rate, readable] : std::vector<std::pair<double, double>>{
           {1414.2136, 1'410}, {999.6, 1'000}, {123'456, 123'000}, {0.0123456, 0.0123}, {7, 7}, {1e6, 1e6}})
    EXPECT_DOUBLE_EQ(readable_rate(rate), readable);
}

// A queue: its p99 grows without bound towards `capacity_per_s`. Each probe's figure is off by a few per
// cent, and some probes meet a hiccup of the machine and are far off.
class SimulatedReceiver {
 public:
  SimulatedReceiver(double capacity_per_s, double hiccups, std::uint64_t seed)
      : capacity_per_s_(capacity_per_s), hiccups_(hiccups), random_(seed) {}

  static constexpr double limit_ns = 1e6;
  // Where the p99 without noise is at the limit.
  double sustained_per_s() const { return capacity_per_s_ * (1 - unloaded_p99_ns / limit_ns); }

  Kind operator()(const Probe& probe) {
    const double load = probe.rate_per_s / capacity_per_s_;
    if (load >= 1) return missed;
    const double noise = std::exp(std::normal_distribution<double>(0, 0.05)(random_));
    const bool hiccup = std::uniform_real_distribution<double>()(random_) < hiccups_;
    return unloaded_p99_ns / (1 - load) * noise * (hiccup ? 50 : 1) <= limit_ns ? met : missed;
  }

 private:
  static constexpr double unloaded_p99_ns = 1e5;
  double capacity_per_s_;
  double hiccups_;
  std::mt19937_64 random_;
};

// How many of 1,000 searches, each of another capacity, end within 10 % of what the receiver sustains.
struct Series {
  int found = 0;
  int close = 0;
  std::size_t probes = 0;
};
Series series(double hiccups) {
  Series result;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    std::mt19937_64 random(seed);
    SimulatedReceiver receiver(std::pow(10, std::uniform_real_distribution<double>(3.2, 6.8)(random)),
                               hiccups, seed);
    RateSearch search(wide);
    result.probes += run(search, std::ref(receiver)).size();
    if (!search.rate_per_s()) continue;
    ++result.found;
    const double ratio = *search.rate_per_s() / receiver.sustained_per_s();
    if (ratio > 0.9 && ratio < 1.1) ++result.close;
  }
  return result;
}

TEST(RateSearch, FindsWhatASimulatedReceiverSustains) {
  const Series quiet = series(0);
  EXPECT_EQ(quiet.found, 1'000);
  EXPECT_EQ(quiet.close, 1'000);
  EXPECT_LT(quiet.probes / 1'000, RateSearch::most_probes(wide) / 3);
}

TEST(RateSearch, StandsHiccups) {
  const Series noisy = series(0.03);
  EXPECT_GT(noisy.close, 850) << "of " << noisy.found << " that found a rate";
}

TEST(InterleavedSearch, EachRoundAsksEveryUndecidedSearchOnceInShuffledOrder) {
  const std::vector<double> capacities{500, 3'000, 60'000, 2'000'000};
  const auto turns = [&](std::uint64_t seed) {
    InterleavedSearch searches(capacities.size(), wide, seed);
    std::vector<std::vector<std::size_t>> rounds;
    while (const auto turn = searches.next()) {
      if (turn->round == rounds.size()) rounds.emplace_back();
      EXPECT_EQ(turn->round + 1, rounds.size());
      rounds.back().push_back(turn->search);
      searches.answer(outcome(up_to(capacities[turn->search])(turn->probe)));
    }
    for (std::size_t i = 1; i < capacities.size(); ++i) {
      EXPECT_EQ(searches.search(i).verdict(), SearchVerdict::found);
      EXPECT_NEAR(*searches.search(i).rate_per_s() / capacities[i], 0.975, 0.026);
    }
    EXPECT_EQ(searches.search(0).verdict(), SearchVerdict::missed_at_start);
    return rounds;
  };
  const auto rounds = turns(1);
  EXPECT_EQ(rounds.front().size(), 4u);
  EXPECT_EQ(rounds[2].size(), 3u) << "one is decided after two probes";
  EXPECT_EQ(rounds.back(), (std::vector<std::size_t>{3})) << "the fastest takes longest";
  for (std::vector<std::size_t> round : rounds) {
    std::sort(round.begin(), round.end());
    EXPECT_EQ(std::adjacent_find(round.begin(), round.end()), round.end());
  }
  EXPECT_EQ(turns(1), rounds);
  EXPECT_NE(turns(2), rounds);
}

TEST(InterleavedSearch, WithoutSearchesIsOver) {
  EXPECT_EQ(InterleavedSearch(0, wide, 1).next(), std::nullopt);
}

}  // namespace
}  // namespace recvbench
