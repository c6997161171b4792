#include "harness/receiver/acceptor.h"

#include "platform/error.h"
#include "platform/thread.h"

namespace recvbench {

namespace {
// How long the end may have to wait for the accepting thread.
constexpr std::chrono::milliseconds poll_interval{20};
}  // namespace

Acceptor::Acceptor(Socket listener, Admission& admission, ReceiveEngine& engine)
    : listener_(std::move(listener)), admission_(admission), engine_(engine) {
  // A connection may vanish between readiness and accept, which would block a blocking listener.
  set_nonblocking(listener_, true);
  thread_ = std::thread([this] { run(); });
}

Acceptor::~Acceptor() {
  stopping_ = true;
  thread_.join();
}

void Acceptor::run() {
  set_thread_name("rb-accept");
  while (!stopping_) {
    if (!wait_readable(listener_.native(), poll_interval)) continue;
    std::error_code error;
    Socket socket = accept_tcp(listener_, error);
    try {
      if (socket) {
        if (auto connection = admission_.admit(std::move(socket))) engine_.add(std::move(connection));
      } else if (!would_block(error) && !peer_left(error)) {
        return admission_.failed({error, "accept"});
      }
    } catch (const std::system_error& failure) {
      admission_.failed(failure);
    }
  }
}

}  // namespace recvbench
