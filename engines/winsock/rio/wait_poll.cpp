// mode=poll: the thread asks its queue again and again. A dequeue is a look at memory, not a call into the
// kernel, and nothing is quicker to notice a completion; the price is a processor that is never given up
// while a connection is open.
#include "engines/winsock/overlapped/event.h"
#include "engines/winsock/rio/wait.h"
#include "platform/error.h"

namespace recvbench {
namespace {

class PollWait final : public RioWait {
 public:
  bool needs_notify() const override { return false; }

  Reason wait(bool idle) override {
    if (idle) sleep();
    if (take_woken()) return Reason::woken;
    if (in_vain_) YieldProcessor();  // leaves the core's other half its share; no call
    return Reason::completions;
  }

  void dequeued(ULONG completions) override { in_vain_ = completions == 0; }

 private:
  void interrupt() noexcept override { WSASetEvent(wakeup_.handle()); }

  // Until wake(), a past one that was noticed without sleeping included.
  void sleep() {
    const WSAEVENT event = wakeup_.handle();
    if (WSAWaitForMultipleEvents(1, &event, FALSE, WSA_INFINITE, FALSE) == WSA_WAIT_FAILED) {
      throw_error(last_socket_error(), "WSAWaitForMultipleEvents");
    }
    WSAResetEvent(event);
  }

  const Event wakeup_;
  bool in_vain_ = false;
};

class PollSignal final : public RioSignal {
 public:
  rio::Notification* notification() override { return nullptr; }
  std::unique_ptr<RioWait> new_wait() override { return std::make_unique<PollWait>(); }
};

}  // namespace

std::unique_ptr<RioSignal> rio_poll_signal() {
  return std::make_unique<PollSignal>();
}

}  // namespace recvbench
