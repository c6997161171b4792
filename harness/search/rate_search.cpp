#include "harness/search/rate_search.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "harness/plan/units.h"

namespace recvbench {

namespace {

using Kind = ProbeOutcome::Kind;

constexpr int confirmations = 3;
constexpr int most_lowered = 5;
constexpr double lowered_share = 0.95;
constexpr double guard_share = 0.7;

bool worth_asking_again(Kind kind, ProbePurpose purpose) {
  return kind == Kind::unclear || kind == Kind::generator_bound ||
         (kind == Kind::missed && purpose == ProbePurpose::ascend);
}

}  // namespace

double readable_rate(double rate_per_s) {
  const double step = std::pow(10.0, std::floor(std::log10(rate_per_s)) - 2);
  // Divided rather than multiplied where the step is less than 1, which no double holds exactly.
  return step >= 1 ? std::round(rate_per_s / step) * step
                   : std::round(rate_per_s / step) / std::round(1 / step);
}

RateSearch::RateSearch(const SearchRange& range)
    : range_(range), probe_{range.from_per_s, ProbePurpose::ascend, false} {
  if (!(range.from_per_s > 0 && range.from_per_s <= range.to_per_s))
    throw std::invalid_argument("RateSearch: 0 < from_per_s <= to_per_s");
}

std::optional<Probe> RateSearch::next() const {
  return verdict_ == SearchVerdict::undecided ? std::optional(probe_) : std::nullopt;
}

std::optional<double> RateSearch::rate_per_s() const {
  const bool has_number = verdict_ == SearchVerdict::found || verdict_ == SearchVerdict::generator_limit ||
                          verdict_ == SearchVerdict::ceiling;
  return has_number ? low_ : std::nullopt;
}

void RateSearch::answer(const ProbeOutcome& outcome) {
  if (outcome.kind == Kind::broken) return decide(SearchVerdict::broken, outcome.why);
  if (!asked_again_ && worth_asking_again(outcome.kind, probe_.purpose)) {
    asked_again_ = true;
    return;
  }
  asked_again_ = false;
  if (outcome.kind == Kind::met || outcome.kind == Kind::met_late)
    passed(outcome);
  else
    failed(outcome);
}

void RateSearch::passed(const ProbeOutcome& outcome) {
  switch (probe_.purpose) {
    case ProbePurpose::ascend:
      low_ = probe_.rate_per_s;
      if (*low_ >= range_.to_per_s) return narrow();
      probe_.rate_per_s = std::min(2 * *low_, range_.to_per_s);
      return;
    case ProbePurpose::bisect:
      low_ = probe_.rate_per_s;
      return narrow();
    case ProbePurpose::confirm:
      if (outcome.kind == Kind::met_late)
        late_ = "at " + compact_count(probe_.rate_per_s) + "/s: " + outcome.why;
      if (++confirmed_ == confirmations)
        probe_ = {readable_rate(guard_share * *low_), ProbePurpose::guard, false};
      return;
    case ProbePurpose::guard:
      if (!high_) return decide(SearchVerdict::ceiling, late_);
      if (!late_.empty()) return decide(SearchVerdict::generator_limit, late_);
      return decide(generator_limits_ ? SearchVerdict::generator_limit : SearchVerdict::found, why_);
  }
}

void RateSearch::failed(const ProbeOutcome& outcome) {
  const bool generators = outcome.kind == Kind::generator_bound;
  const std::string where = "at " + compact_count(probe_.rate_per_s) + "/s: " + outcome.why;
  if (probe_.purpose == ProbePurpose::guard) return decide(SearchVerdict::non_monotone, where);
  high_ = probe_.rate_per_s;
  generator_limits_ = generators;
  why_ = where;
  if (!low_)
    return decide(generators ? SearchVerdict::generator_limit : SearchVerdict::missed_at_start, where);
  if (probe_.purpose != ProbePurpose::confirm) return narrow();
  if (lowered_++ == most_lowered) return decide(SearchVerdict::not_confirmed, where);
  low_ = readable_rate(lowered_share * *low_);
  probe_.rate_per_s = *low_;
  confirmed_ = 0;
  late_.clear();
}

// The next probe between what passed and what failed, or the confirmation of what passed.
void RateSearch::narrow() {
  if (high_ && *high_ / *low_ > precision) {
    probe_ = {readable_rate(std::sqrt(*low_ * *high_)), ProbePurpose::bisect, false};
    return;
  }
  probe_ = {*low_, ProbePurpose::confirm, true};
}

void RateSearch::decide(SearchVerdict verdict, const std::string& why) {
  verdict_ = verdict;
  why_ = why;
}

std::size_t RateSearch::most_probes(const SearchRange& range) {
  const double doublings = std::ceil(std::log2(range.to_per_s / range.from_per_s) - 1e-9);
  const auto ascent = static_cast<std::size_t>(doublings) + 1;
  // A gap of 2 is 1.044 after four halvings of its logarithm; a fifth for what rounding to three digits
  // costs.
  constexpr std::size_t bisection = 5;
  return 2 * (ascent + bisection + most_confirmations() + 1);
}

std::size_t RateSearch::most_confirmations() {
  return (most_lowered + 1) * confirmations;
}

const char* to_string(ProbePurpose purpose) noexcept {
  switch (purpose) {
    case ProbePurpose::ascend:
      return "ascend";
    case ProbePurpose::bisect:
      return "bisect";
    case ProbePurpose::confirm:
      return "confirm";
    case ProbePurpose::guard:
      break;
  }
  return "guard";
}

const char* to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::met:
      return "met";
    case Kind::met_late:
      return "met-late";
    case Kind::missed:
      return "missed";
    case Kind::generator_bound:
      return "generator-bound";
    case Kind::unclear:
      return "unclear";
    case Kind::broken:
      break;
  }
  return "broken";
}

const char* to_string(SearchVerdict verdict) noexcept {
  switch (verdict) {
    case SearchVerdict::undecided:
      return "undecided";
    case SearchVerdict::found:
      return "found";
    case SearchVerdict::generator_limit:
      return "generator-limit";
    case SearchVerdict::ceiling:
      return "ceiling";
    case SearchVerdict::missed_at_start:
      return "missed-at-start";
    case SearchVerdict::not_confirmed:
      return "not-confirmed";
    case SearchVerdict::non_monotone:
      return "non-monotone";
    case SearchVerdict::broken:
      break;
  }
  return "broken";
}

}  // namespace recvbench
