// Accepts the generator's connections on a thread of its own and hands them to the engine.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engines/engine.h"

namespace recvbench {

class Acceptor {
 public:
  using Deliver = std::function<void(Socket)>;  // called on the accepting thread; may throw std::system_error

  // Listens on `address` (port 0 = any free one). `deliver` gets at most `limit` sockets; further ones are
  // closed at once. Throws std::system_error where it cannot listen.
  Acceptor(const Address& address, const SocketOptions& options, std::uint32_t limit, Deliver deliver);
  ~Acceptor();  // stops

  std::uint16_t port() const { return port_; }
  void stop();
  // Text of the first failure to accept or deliver; empty where there was none.
  std::string first_error() const;

 private:
  void run();
  void fail(const std::string& text);

  Socket listener_;
  std::uint16_t port_;
  std::uint32_t limit_;
  Deliver deliver_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::string first_error_;
  std::thread thread_;
};

}  // namespace recvbench
