// Several searches at once, so that drift of the machine falls on all of them alike: each round takes one
// probe of every search that is still undecided, in an order shuffled by the seed. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "harness/search/rate_search.h"

namespace recvbench {

class InterleavedSearch {
 public:
  InterleavedSearch(std::size_t searches, const SearchRange& range, std::uint64_t seed);

  struct Turn {
    std::size_t search = 0;
    std::uint32_t round = 0;
    Probe probe;
  };
  // Empty once all are decided. The same until it is answered.
  std::optional<Turn> next();
  // Of the turn that next() gave.
  void answer(const ProbeOutcome& outcome);

  const RateSearch& search(std::size_t index) const { return searches_[index]; }

 private:
  void begin_round();

  std::vector<RateSearch> searches_;
  std::mt19937_64 random_;
  std::vector<std::size_t> waiting_;  // of this round, the next one last
  std::uint32_t rounds_ = 0;          // begun so far
};

}  // namespace recvbench
