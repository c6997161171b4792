// What select, poll, WSAPoll and epoll share: they wait until sockets can be read, for which a thread's new
// connections must make something readable as well; the bytes are then fetched by recv.
#pragma once

#include "engines/nonblocking_worker.h"
#include "platform/waker.h"

namespace recvbench {

class ReadinessWorker : public NonblockingWorker {
 public:
  using NonblockingWorker::NonblockingWorker;

  void wake() noexcept override { waker_.signal(); }

 protected:
  Waker waker_;
};

}  // namespace recvbench
