// Connections coming and going.
#include "engines/winsock/rio/streams.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace recvbench {

RioStreams::RioStreams(const rio::FunctionTable& rio, DWORD depth, std::size_t slice_bytes,
                       std::size_t connections, rio::Notification* notification)
    : depth_(depth), slices_(rio, slice_bytes), queue_(rio, std::max(first_entries, depth), notification) {
  slices_.reserve(connections * depth);  // a failure to lock memory belongs to start()
}

std::error_code RioStreams::add(std::unique_ptr<RioStream> added, WorkerCounters& counters) {
  RioStream& stream = *streams_.emplace_back(std::move(added));
  stream.place = streams_.size() - 1;
  return open(stream, counters);
}

std::error_code RioStreams::open(RioStream& stream, WorkerCounters& counters) {
  try {
    slices_.reserve(depth_);
  } catch (const std::system_error& error) {
    return error.code();
  }
  if (const std::error_code error = queue_.charge(depth_)) return error;
  std::vector<RioSlice*> slices;
  slices.reserve(depth_);
  for (DWORD i = 0; i < depth_; ++i) slices.push_back(&slices_.take());
  const std::error_code error = stream.open(queue_.get(), std::move(slices), counters);
  if (!stream.has_queue()) queue_.give_back(depth_);
  return error;
}

void RioStreams::remove(RioStream& stream) {
  for (RioSlice* const slice : stream.slices()) slices_.put_back(*slice);
  if (stream.has_queue()) queue_.give_back(depth_);
  const std::size_t place = stream.place;
  std::swap(streams_[place], streams_.back());
  streams_[place]->place = place;
  streams_.pop_back();
}

void RioStreams::shut_down() {
  if (!drain()) slices_.abandon();
  queue_.close();
  slices_.clear();
  streams_.clear();
}

// False where something did not come back.
bool RioStreams::drain() {
  std::array<rio::Result, 64> results;
  const auto deadline = std::chrono::steady_clock::now() + drain_limit;
  while (!empty() && std::chrono::steady_clock::now() < deadline) {
    ULONG count = 0;
    try {
      count = queue_.dequeue(results);
    } catch (const std::system_error&) {
      break;  // corrupt: nobody will say any more what is done
    }
    for (ULONG i = 0; i < count; ++i) {
      RioStream& stream = RioStream::of(results[i]);
      stream.drop();
      if (stream.is_done()) remove(stream);
    }
    if (count == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return empty();
}

}  // namespace recvbench
