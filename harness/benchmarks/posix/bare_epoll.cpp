// One thread: epoll_wait, level-triggered, and one recv for every socket that it reports.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "harness/benchmarks/posix/bare_loops.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

class BareEpoll final : public BareLoop {
 public:
  BareEpoll(std::vector<Socket> sockets, std::size_t buffer_bytes, const std::vector<int>& cpus)
      : sockets_(std::move(sockets)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw_error(last_system_error(), "epoll_create1");
    for (const Socket& socket : sockets_) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = socket.native();
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.native(), &event) != 0) {
        const std::error_code error = last_system_error();
        ::close(epoll_);
        throw_error(error, "epoll_ctl");
      }
    }
    thread_ = std::thread([this, buffer_bytes, cpus] { run(buffer_bytes, cpus); });
  }
  ~BareEpoll() override {
    BareEpoll::finish();
    ::close(epoll_);
  }

  std::uint64_t bytes() const override { return count_.value.load(std::memory_order_relaxed); }
  std::uint64_t finish() override {
    if (thread_.joinable()) thread_.join();
    return bytes();
  }

 private:
  void run(std::size_t buffer_bytes, const std::vector<int>& cpus) {
    if (!cpus.empty() && pin_current_thread(cpus.front())) return;
    std::vector<std::byte> buffer(buffer_bytes);
    std::array<epoll_event, 64> events;
    for (std::size_t open = sockets_.size(); open > 0;) {
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        const auto received = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (received > 0) {
          count_.add(static_cast<std::uint64_t>(received));
        } else {
          ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
          --open;
        }
      }
    }
  }

  std::vector<Socket> sockets_;
  const int epoll_;
  ByteCount count_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<BareLoop> start_bare_epoll(std::vector<Socket> sockets, std::size_t buffer_bytes,
                                           const std::vector<int>& cpus) {
  return std::make_unique<BareEpoll>(std::move(sockets), buffer_bytes, cpus);
}

}  // namespace recvbench
