// The connections of one completion queue, the queue itself, and the memory they receive into.
#pragma once

#include <winsock2.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <system_error>
#include <vector>

#include "engines/winsock/rio/completion_queue.h"
#include "engines/winsock/rio/slices.h"
#include "engines/winsock/rio/stream.h"

namespace recvbench {

// One thread at a time; completions may be handed to their streams meanwhile.
class RioStreams {
 public:
  // `depth`: receives in flight of each connection. Registers memory for `connections` of them at once.
  // Throws std::system_error where the queue or the memory cannot be had.
  RioStreams(const rio::FunctionTable& rio, DWORD depth, std::size_t slice_bytes, std::size_t connections,
             rio::Notification* notification);

  RioCompletionQueue& queue() { return queue_; }
  bool empty() const { return streams_.empty(); }
  std::size_t size() const { return streams_.size(); }
  RioStream& operator[](std::size_t place) { return *streams_[place]; }

  // Takes a stream in and opens it. With an error it is in as well: the caller closes it.
  std::error_code add(std::unique_ptr<RioStream> stream, WorkerCounters& counters);
  // Precondition: is_done().
  void remove(RioStream& stream);

  // Every connection is released and closed: takes what still comes back, then closes the queue and gives the
  // memory back, which is left to the system for good where something does not come back in time.
  void shut_down();

 private:
  // A small start; the queue doubles as connections come.
  static constexpr DWORD first_entries = 256;
  // Cancelled requests come back within milliseconds; past this they are given up.
  static constexpr std::chrono::seconds drain_limit{5};

  std::error_code open(RioStream& stream, WorkerCounters& counters);
  bool drain();

  const DWORD depth_;
  RioSlicePool slices_;
  RioCompletionQueue queue_;
  std::vector<std::unique_ptr<RioStream>> streams_;
};

}  // namespace recvbench
