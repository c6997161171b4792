// The search for the highest rate that one receiver sustains, as a state machine: the outcome of a probe in,
// the next rate or a verdict out. Pure: no clock, no sockets.
//
//   ascend   double the rate from `from` until a probe fails, at most to `to`
//   bisect   halve the gap between the highest rate that passed and the lowest that failed, by its logarithm,
//            until it is `precision` or less
//   confirm  three longer probes at the rate that passed; where one fails, 5 % less and again, five times at
//            most
//   guard    one probe at 0.7 of it: a receiver that fails there has no maximum that one number could state
//
// What says more of the moment than of the receiver is asked again once before it counts: an unsteady run and
// a generator that was late in every phase; any miss in the ascent, because a single hiccup there would cost
// all the doublings that were still to come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace recvbench {

struct SearchRange {
  double from_per_s = 1'000;
  double to_per_s = 10'000'000;  // >= from_per_s
};

enum class ProbePurpose { ascend, bisect, confirm, guard };
const char* to_string(ProbePurpose purpose) noexcept;  // "ascend"

struct Probe {
  double rate_per_s = 0;
  ProbePurpose purpose = ProbePurpose::ascend;
  bool longer = false;  // than others: a confirmation

  bool operator==(const Probe&) const = default;
};

struct ProbeOutcome {
  enum class Kind {
    met,              // valid, and within the SLO
    met_late,         // within the SLO although the generator was late, which only lengthens response times
    missed,           // the receiver was too slow, or did not keep up
    generator_bound,  // the generator could not offer the rate
    unclear,          // nothing that could be judged, such as an unsteady run
    broken,           // a defect that no other rate mends, such as a corrupt message
  } kind = Kind::met;
  std::string why;  // empty where met; why the generator was late where met_late
};
const char* to_string(ProbeOutcome::Kind kind) noexcept;  // "generator-bound"

enum class SearchVerdict {
  undecided,
  found,
  generator_limit,  // more than rate_per_s could not be offered, or not on time; no rate where not even
                    // `from`
  ceiling,          // all up to `to` passed
  missed_at_start,  // not even `from` passed
  not_confirmed,    // what passed once did not pass again, nor did any of the lower rates that were tried
  non_monotone,     // passed at a rate and failed below it
  broken,
};
const char* to_string(SearchVerdict verdict) noexcept;  // "generator-limit"

class RateSearch {
 public:
  static constexpr double precision = 1.05;

  // 0 < from_per_s <= to_per_s.
  explicit RateSearch(const SearchRange& range);

  // What to do next; empty once there is a verdict.
  std::optional<Probe> next() const;
  // Of the probe that next() asks for.
  void answer(const ProbeOutcome& outcome);

  SearchVerdict verdict() const { return verdict_; }
  // The highest rate that was confirmed; empty where the verdict gives no number (or none yet).
  std::optional<double> rate_per_s() const;
  // The lowest rate that failed, and why; empty where none did.
  const std::optional<double>& failed_per_s() const { return high_; }
  // Why the search ended as it did, or what limits the rate.
  const std::string& why() const { return why_; }

  // No search of this range takes more, whatever the outcomes.
  static std::size_t most_probes(const SearchRange& range);
  // Of them, such as may be confirmations (without those asked again).
  static std::size_t most_confirmations();

 private:
  void passed(const ProbeOutcome& outcome);
  void failed(const ProbeOutcome& outcome);
  void narrow();
  void decide(SearchVerdict verdict, const std::string& why);

  SearchRange range_;
  Probe probe_;
  std::optional<double> low_;      // highest that passed
  std::optional<double> high_;     // lowest that failed
  bool generator_limits_ = false;  // high_ is the generator's
  bool asked_again_ = false;
  int confirmed_ = 0;
  std::string late_;  // of the confirmations one, and why: the rate is one that the receiver takes at least
  int lowered_ = 0;
  SearchVerdict verdict_ = SearchVerdict::undecided;
  std::string why_;
};

// Three significant digits, so that rates can be read, and named in a scenario.
double readable_rate(double rate_per_s);

}  // namespace recvbench
