#include "harness/connection_gate.h"

#include "harness/message_accounting.h"

namespace recvbench {

std::unique_ptr<Connection> ConnectionGate::admit(Socket socket) {
  {
    const std::lock_guard lock(mutex_);
    if (admitted_ == limit_) return nullptr;
    ++admitted_;
  }
  set_no_delay(socket, true);
  return std::make_unique<ReceivedConnection>(std::move(socket));
}

void ConnectionGate::failed(const std::system_error& error) {
  const std::lock_guard lock(mutex_);
  if (first_error_.empty()) first_error_ = error.what();
}

std::string ConnectionGate::first_error() const {
  const std::lock_guard lock(mutex_);
  return first_error_;
}

}  // namespace recvbench
