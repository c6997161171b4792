#include "harness/acceptor.h"

#include "platform/thread.h"

namespace recvbench {

namespace {
constexpr int backlog = 1024;
// How long stop() may have to wait for the accepting thread.
constexpr std::chrono::milliseconds poll_interval{20};
}  // namespace

Acceptor::Acceptor(const Address& address, const SocketOptions& options, std::uint32_t limit, Deliver deliver)
    : listener_(listen_tcp(address, backlog, options)),
      port_(local_address(listener_).port()),
      limit_(limit),
      deliver_(std::move(deliver)) {
  // A connection may vanish between readiness and accept, which would block a blocking listener.
  set_nonblocking(listener_, true);
  thread_ = std::thread([this] { run(); });
}

Acceptor::~Acceptor() {
  stop();
}

void Acceptor::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  listener_.close();
}

std::string Acceptor::first_error() const {
  const std::lock_guard lock(mutex_);
  return first_error_;
}

void Acceptor::fail(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (first_error_.empty()) first_error_ = text;
}

void Acceptor::run() {
  set_thread_name("rb-accept");
  std::uint32_t delivered = 0;
  while (!stopping_) {
    if (!wait_readable(listener_.native(), poll_interval)) continue;
    std::error_code error;
    Socket socket = accept_tcp(listener_, error);
    if (!socket) {
      // A peer that reset before it was accepted is its own affair.
      if (would_block(error) || error == std::errc::connection_reset ||
          error == std::errc::connection_aborted)
        continue;
      fail("accept: " + error.message());
      return;
    }
    if (delivered == limit_) continue;
    ++delivered;
    try {
      set_no_delay(socket, true);
      deliver_(std::move(socket));
    } catch (const std::system_error& failure) {
      fail(failure.what());
    }
  }
}

}  // namespace recvbench
