// A thread per connection: while ((n = recv(socket, buffer)) > 0) bytes += n.
#include <winsock2.h>

#include <deque>
#include <thread>

#include "harness/benchmarks/winsock/bare_loops.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

class BareBlocking final : public BareLoop {
 public:
  BareBlocking(std::vector<Socket> sockets, std::size_t buffer_bytes, const std::vector<int>& cpus)
      : sockets_(std::move(sockets)), counts_(sockets_.size()) {
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      threads_.emplace_back([socket = sockets_[i].native(), &count = counts_[i], buffer_bytes, cpus, i] {
        if (!cpus.empty() && pin_current_thread(cpus[i % cpus.size()])) return;
        std::vector<std::byte> buffer(buffer_bytes);
        for (;;) {
          const auto received =
              ::recv(socket, reinterpret_cast<char*>(buffer.data()), static_cast<int>(buffer.size()), 0);
          if (received <= 0) return;
          count.add(static_cast<std::uint64_t>(received));
        }
      });
    }
  }
  ~BareBlocking() override { BareBlocking::finish(); }

  std::uint64_t bytes() const override {
    std::uint64_t sum = 0;
    for (const ByteCount& count : counts_) sum += count.value.load(std::memory_order_relaxed);
    return sum;
  }
  std::uint64_t finish() override {
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
    return bytes();
  }

 private:
  std::vector<Socket> sockets_;
  std::deque<ByteCount> counts_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<BareLoop> start_bare_blocking(std::vector<Socket> sockets, std::size_t buffer_bytes,
                                              const std::vector<int>& cpus) {
  return std::make_unique<BareBlocking>(std::move(sockets), buffer_bytes, cpus);
}

}  // namespace recvbench
