// Lets accepted connections in, up to a bound, whoever accepts them: the harness's Acceptor or the engine.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engines/engine.h"

namespace recvbench {

// Thread-safe.
class ConnectionGate final : public Admission {
 public:
  // Further connections than `limit` are closed at once.
  explicit ConnectionGate(std::uint32_t limit) : limit_(limit) {}

  std::unique_ptr<Connection> admit(Socket socket) override;
  void failed(const std::system_error& error) override;

  // Text of the first failure to accept a connection or to take it; empty where there was none.
  std::string first_error() const;
  // The smallest granted_receive_buffer() of the sockets that were let in, each asked as it came: a system
  // may let one that was not set grow. Empty where it does not tell, or none came.
  std::optional<int> receive_buffer() const;

 private:
  const std::uint32_t limit_;
  mutable std::mutex mutex_;
  std::uint32_t admitted_ = 0;
  std::string first_error_;
  std::optional<int> receive_buffer_;
};

}  // namespace recvbench
