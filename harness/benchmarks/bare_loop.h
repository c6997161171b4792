// The least code that receives by a given model: what an engine under the harness is held against. It counts
// bytes and does nothing else: no headers, no timestamps, no callbacks, no counters of calls. It shares no
// code with the engines.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "platform/socket.h"

namespace recvbench {

// Bytes that one thread has received: one writer, on a cache line of its own.
struct alignas(64) ByteCount {
  std::atomic<std::uint64_t> value{0};
  void add(std::uint64_t bytes) noexcept {
    value.store(value.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
  }
};

// Its threads end by themselves once the peer has closed every connection, and by nothing else.
class BareLoop {
 public:
  virtual ~BareLoop() = default;  // waits as finish() does
  // So far, over all threads. From any thread, any time.
  virtual std::uint64_t bytes() const = 0;
  // Waits until every connection is closed; everything that was received.
  virtual std::uint64_t finish() = 0;
};

struct BareModel {
  const char* engine;  // the engine of the same model
  // Starts receiving on connected sockets, every receive with a buffer of `buffer_bytes`, thread i pinned
  // to cpus[i % size] unless that is empty. Throws std::system_error.
  std::unique_ptr<BareLoop> (*start)(std::vector<Socket> sockets, std::size_t buffer_bytes,
                                     const std::vector<int>& cpus);
};

// Those that exist on this platform, in the order they are measured.
std::span<const BareModel> bare_models();

}  // namespace recvbench
