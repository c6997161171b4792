// The one table of reason codes: what makes a run invalid, or is worth a warning, with what to do about it.
#pragma once

#include <span>
#include <string_view>

namespace recvbench {

struct ReasonCode {
  std::string_view code;    // "generator-bound"
  std::string_view text;    // what happened
  std::string_view remedy;  // what to do
};

// In the order of the documentation.
std::span<const ReasonCode> reason_codes();
// nullptr where the code is unknown.
const ReasonCode* find_reason(std::string_view code);

}  // namespace recvbench
