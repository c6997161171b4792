// The stream that a synthetic engine (null) receives: well-formed messages, made as cheaply as the accounting
// can check them, one message a receive. What a run over it measures is the harness itself.
#pragma once

#include <cstdint>
#include <vector>

#include "engines/null.h"
#include "harness/receiver/message_accounting.h"

namespace recvbench {

// Greets first, then yields messages until now_ns() >= end_ns. Intended = actual send time = when it is made.
// Without payload its bytes are zero: what is not checked is not made.
class SyntheticStream final : public SyntheticConnection {
 public:
  SyntheticStream(std::uint64_t run_id, std::uint32_t number, const MessageSizes& sizes, std::uint64_t seed,
                  std::uint64_t end_ns, bool with_payload);

  std::span<const std::byte> next_receive() override;

  StreamState state;

 private:
  std::vector<std::byte> message_;  // room for the longest
  MessageSizes sizes_;
  std::uint64_t seed_;
  std::uint64_t run_id_;
  std::uint32_t number_;
  std::uint64_t end_ns_;
  bool with_payload_;
  std::uint64_t sequence_ = 0;
  bool greeted_ = false;
};

}  // namespace recvbench
