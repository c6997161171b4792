#include "harness/search/interleaved_search.h"

#include <utility>

namespace recvbench {

InterleavedSearch::InterleavedSearch(std::size_t searches, const SearchRange& range, std::uint64_t seed)
    : searches_(searches, RateSearch(range)), random_(seed) {}

std::optional<InterleavedSearch::Turn> InterleavedSearch::next() {
  if (waiting_.empty()) begin_round();
  if (waiting_.empty()) return std::nullopt;
  const std::size_t search = waiting_.back();
  return Turn{search, rounds_ - 1, *searches_[search].next()};
}

void InterleavedSearch::answer(const ProbeOutcome& outcome) {
  searches_[waiting_.back()].answer(outcome);
  waiting_.pop_back();
}

void InterleavedSearch::begin_round() {
  for (std::size_t i = 0; i < searches_.size(); ++i)
    if (searches_[i].verdict() == SearchVerdict::undecided) waiting_.push_back(i);
  if (waiting_.empty()) return;
  ++rounds_;
  // Written out rather than std::shuffle, whose order differs between standard libraries.
  for (std::size_t i = waiting_.size(); i > 1; --i) std::swap(waiting_[i - 1], waiting_[random_() % i]);
}

}  // namespace recvbench
