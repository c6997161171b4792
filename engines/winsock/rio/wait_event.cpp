// mode=event: RIONotify sets an event, for which the thread waits beside its own wake-up.
#include <array>

#include "engines/winsock/overlapped/event.h"
#include "engines/winsock/rio/wait.h"
#include "platform/error.h"

namespace recvbench {
namespace {

class EventWait final : public RioWait {
 public:
  explicit EventWait(const Event& completions) : events_{wakeup_.handle(), completions.handle()} {}

  Reason wait(bool) override {
    switch (WSAWaitForMultipleEvents(2, events_.data(), FALSE, WSA_INFINITE, FALSE)) {
      case WSA_WAIT_EVENT_0:
        WSAResetEvent(wakeup_.handle());
        return answer_woken();
      case WSA_WAIT_EVENT_0 + 1:
        return Reason::completions;
      default:
        throw_error(last_socket_error(), "WSAWaitForMultipleEvents");
    }
  }

 private:
  void interrupt() noexcept override { WSASetEvent(wakeup_.handle()); }

  const Event wakeup_;
  // The wake-up comes first: of two events that are set the lower index is reported, and the completions' may
  // be set all the time.
  const std::array<WSAEVENT, 2> events_;
};

class EventSignal final : public RioSignal {
 public:
  EventSignal() {
    notification_.type = rio::NotificationType::event;
    notification_.event = {completions_.handle(), TRUE};  // RIONotify resets it
  }
  rio::Notification* notification() override { return &notification_; }
  std::unique_ptr<RioWait> new_wait() override { return std::make_unique<EventWait>(completions_); }

 private:
  const Event completions_;
  rio::Notification notification_{};
};

}  // namespace

std::unique_ptr<RioSignal> rio_event_signal() {
  return std::make_unique<EventSignal>();
}

}  // namespace recvbench
