// The registered memory that one thread of the RIO engine receives into.
#pragma once

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "engines/winsock/rio/abi.h"
#include "platform/error.h"

namespace recvbench {

// One slice of the slab: where a receive in flight writes to, and beside it the source of a datagram. Its
// address is the request's context.
struct RioSlice {
  rio::Buffer where;
  rio::Buffer source_where;
  const std::byte* data;
  const SOCKADDR_INET* source;
};

// Registered memory, cut into slices. Registered once for all of them: a registration costs a call, a page of
// rounding and bookkeeping in the kernel.
class RioSlab {
 public:
  // Throws std::system_error where the memory cannot be had or locked.
  RioSlab(const rio::FunctionTable& rio, std::size_t slices, std::size_t slice_bytes) : rio_(rio) {
    const std::size_t data_bytes = (slice_bytes + cache_line - 1) / cache_line * cache_line;
    const std::size_t stride = data_bytes + source_bytes;
    const std::size_t bytes = slices * stride;
    const std::string size = std::to_string(bytes) + " bytes";
    if (bytes > MAXDWORD) throw_error(socket_error(WSAENOBUFS), "RIORegisterBuffer", size);
    memory_ = static_cast<char*>(VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (memory_ == nullptr) throw_error(last_system_error(), "VirtualAlloc", size);
    id_ = rio_.register_buffer(memory_, static_cast<DWORD>(bytes));
    if (id_ == rio::invalid_buffer_id) {
      const std::error_code error = last_socket_error();
      VirtualFree(memory_, 0, MEM_RELEASE);
      throw_error(error, "RIORegisterBuffer", size);
    }
    slices_.reserve(slices);
    for (std::size_t i = 0; i < slices; ++i) {
      const std::size_t offset = i * stride;
      slices_.push_back({{id_, static_cast<ULONG>(offset), static_cast<ULONG>(slice_bytes)},
                         {id_, static_cast<ULONG>(offset + data_bytes), sizeof(SOCKADDR_INET)},
                         reinterpret_cast<const std::byte*>(memory_) + offset,
                         reinterpret_cast<const SOCKADDR_INET*>(memory_ + offset + data_bytes)});
    }
  }
  ~RioSlab() {
    rio_.deregister_buffer(id_);
    VirtualFree(memory_, 0, MEM_RELEASE);
  }
  RioSlab(const RioSlab&) = delete;
  RioSlab& operator=(const RioSlab&) = delete;

  std::vector<RioSlice>& slices() { return slices_; }

  // Two receives never share a line.
  static constexpr std::size_t cache_line = 64;
  // A SOCKADDR_INET, in a line of its own.
  static constexpr std::size_t source_bytes = cache_line;
  static_assert(sizeof(SOCKADDR_INET) <= source_bytes);

 private:
  const rio::FunctionTable& rio_;
  char* memory_ = nullptr;
  rio::BufferId id_ = rio::invalid_buffer_id;
  std::vector<RioSlice> slices_;
};

// All slices of one thread.
class RioSlicePool {
 public:
  RioSlicePool(const rio::FunctionTable& rio, std::size_t slice_bytes)
      : rio_(rio), slice_bytes_(slice_bytes) {}

  // Registers a further slab where fewer than `slices` are free: for as many as are missing, and at least as
  // large as all before it, so that there is a registration per doubling.
  void reserve(std::size_t slices) {
    const std::size_t most = std::max<std::size_t>(
        1, most_slab_bytes / (slice_bytes_ + RioSlab::cache_line + RioSlab::source_bytes));
    while (free_.size() < slices) {
      const std::size_t count = std::min(most, std::max({first_slices, total_, slices - free_.size()}));
      slabs_.push_back(std::make_unique<RioSlab>(rio_, count, slice_bytes_));
      total_ += count;
      free_.reserve(total_);
      for (RioSlice& slice : slabs_.back()->slices()) free_.push_back(&slice);
    }
  }

  RioSlice& take() {
    RioSlice& slice = *free_.back();
    free_.pop_back();
    return slice;
  }
  void put_back(RioSlice& slice) { free_.push_back(&slice); }

  // Leaves the memory to requests that never came back: the system may still write to it.
  void abandon() {
    for (auto& slab : slabs_) static_cast<void>(slab.release());
    clear();
  }
  void clear() {
    free_.clear();
    slabs_.clear();
    total_ = 0;
  }

 private:
  static constexpr std::size_t first_slices = 16;
  static constexpr std::size_t most_slab_bytes = std::size_t{64} << 20;

  const rio::FunctionTable& rio_;
  const std::size_t slice_bytes_;
  std::size_t total_ = 0;
  std::vector<std::unique_ptr<RioSlab>> slabs_;
  std::vector<RioSlice*> free_;
};

}  // namespace recvbench
