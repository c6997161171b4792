// mode=iocp: RIONotify posts a packet to a completion port, at which the thread waits. Of several threads at
// one port a packet wakes one, the latest to have come: its stack and caches are warm.
#include "engines/winsock/port/completion_port.h"
#include "engines/winsock/rio/wait.h"

namespace recvbench {
namespace {

class PortWait final : public RioWait {
 public:
  explicit PortWait(CompletionPort& port) : port_(port), packets_(port) {}

  // A packet with an OVERLAPPED is the queue's notification, one without is ours.
  Reason wait(bool) override {
    return packets_.take().front().lpOverlapped != nullptr ? Reason::completions : answer_woken();
  }

 private:
  // Where several threads wait at one port, any of them may take the packet: whoever is told `woken` must
  // look after the others' causes as well. Until it succeeds: where the system has no memory for a packet it
  // will have some again.
  void interrupt() noexcept override {
    while (!port_.post(0, 0)) Sleep(1);
  }

  CompletionPort& port_;
  OneAtATime packets_;
};

class PortSignal final : public RioSignal {
 public:
  PortSignal() {
    notification_.type = rio::NotificationType::iocp;
    notification_.iocp = {port_.handle(), nullptr, &dedicated_};
  }
  rio::Notification* notification() override { return &notification_; }
  std::unique_ptr<RioWait> new_wait() override { return std::make_unique<PortWait>(port_); }

 private:
  CompletionPort port_;
  OVERLAPPED dedicated_{};  // to this queue; "must not be NULL"
  rio::Notification notification_{};
};

}  // namespace

std::unique_ptr<RioSignal> rio_iocp_signal() {
  return std::make_unique<PortSignal>();
}

}  // namespace recvbench
