// A port's connection that has nothing but a question pending: a receive of no bytes.
//
//   WSARecv(socket, no buffer, &overlapped)
//     -> completion: there is something -> recv(socket, thread's buffer) -> deliver -> WSARecv again
//
// A pending receive locks the pages of its buffer; this one has none, so that a connection at rest holds
// neither memory of its own nor locked pages: buffers are needed for the threads only. The price is a second
// call for what a posted receive brings by itself, and the copy into a buffer that was not there in time.
//
// One recv a completion: what it leaves completes the next receive of no bytes at once.
#include <utility>

#include "engines/winsock/port/completion_port.h"
#include "engines/winsock/port/connection.h"
#include "platform/error.h"

namespace recvbench {
namespace {

class ZeroByteConnection final : public PortConnection {
 public:
  ZeroByteConnection(std::unique_ptr<Connection> connection, const PortSetup& setup)
      : PortConnection(std::move(connection)),
        stopping_(setup.stopping),
        silent_(setup.at_once == AtOnce::silent) {
    set_nonblocking(this->connection().socket(), true);
  }

  Turn begin(PortThread& thread) override {
    if (stopping_.load(std::memory_order_relaxed)) return over(canceled_error());
    switch (post(thread.counters)) {
      case Posted::announced:
        return Turn::passed_on;
      case Posted::done:
        return go_on(thread);
      case Posted::failed:
        break;
    }
    return Turn::over;
  }

  Turn complete(const OVERLAPPED_ENTRY& packet, PortThread& thread) override {
    if (stopping_.load(std::memory_order_relaxed)) return over(canceled_error());
    if (const auto error = error_of(packet, connection().native())) return over(error);
    return go_on(thread);
  }

  Turn go_on(PortThread& thread) override {
    for (std::size_t left = most_a_silent_turn; left > 0; --left) {
      if (stopping_.load(std::memory_order_relaxed)) return over(canceled_error());
      if (const auto end = thread.receiver->receive(connection(), thread.sink, thread.counters))
        return over(*end);
      const Posted posted = post(thread.counters);
      if (posted == Posted::announced) return Turn::passed_on;
      if (posted == Posted::failed) return Turn::over;
    }
    return Turn::unfinished;
  }

  std::error_code end() const override { return end_; }

 private:
  Turn over(std::error_code error) {
    end_ = error;
    return Turn::over;
  }

  Posted post(WorkerCounters& counters) {
    counters.receive_call();
    // Read now: once the receive is announced, this object may be in other hands, or gone.
    const bool silent = silent_;
    WSABUF none{};
    DWORD flags = 0;
    if (WSARecv(connection().native(), &none, 1, nullptr, &flags, &operation_, nullptr) == 0) {
      return silent ? Posted::done : Posted::announced;
    }
    const int error = WSAGetLastError();
    if (error == WSA_IO_PENDING) return Posted::announced;
    end_ = socket_error(error);  // there will be no completion
    return Posted::failed;
  }

  const std::atomic<bool>& stopping_;
  const bool silent_;
  WSAOVERLAPPED operation_{};
  std::error_code end_;
};

}  // namespace

std::unique_ptr<PortConnection> make_zero_byte_connection(std::unique_ptr<Connection> connection,
                                                          const PortSetup& setup) {
  return std::make_unique<ZeroByteConnection>(std::move(connection), setup);
}

}  // namespace recvbench
