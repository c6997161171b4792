// Accepts connections on a thread of its own and hands them to an engine that does not accept itself.
#pragma once

#include <atomic>
#include <thread>

#include "engines/engine.h"

namespace recvbench {

class Acceptor {
 public:
  // Accepts from `listener` what `admission` lets in. Both others must outlive it. Throws std::system_error.
  Acceptor(Socket listener, Admission& admission, ReceiveEngine& engine);
  ~Acceptor();  // closes the listener

 private:
  void run();

  const Socket listener_;
  Admission& admission_;
  ReceiveEngine& engine_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace recvbench
