// Input that cannot be used: ends the program with exit code 2.
#pragma once

#include <stdexcept>

namespace recvbench {

// what() is one line: what was given, where, and the allowed values.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace recvbench
