// mode=spin: polls while traffic lasts, so that a busy queue costs no notification and no wait, and falls
// back to a notification once a number of polls in a row have found nothing.
#include <utility>

#include "engines/winsock/rio/wait.h"

namespace recvbench {
namespace {

class SpinWait final : public RioWait {
 public:
  SpinWait(std::uint64_t polls, std::unique_ptr<RioWait> after) : polls_(polls), after_(std::move(after)) {}

  bool needs_notify() const override { return in_vain_ >= polls_; }

  Reason wait(bool idle) override {
    if (!needs_notify()) {
      if (take_woken()) return Reason::woken;
      if (in_vain_ != 0) YieldProcessor();
      return Reason::completions;
    }
    const Reason reason = after_->wait(idle);
    return reason == Reason::woken ? answer_woken() : reason;
  }

  void dequeued(ULONG completions) override {
    if (completions != 0) {
      in_vain_ = 0;
    } else if (in_vain_ < polls_) {
      ++in_vain_;
    }
  }

 private:
  void interrupt() noexcept override { after_->wake(); }

  const std::uint64_t polls_;
  const std::unique_ptr<RioWait> after_;
  std::uint64_t in_vain_ = 0;
};

class SpinSignal final : public RioSignal {
 public:
  SpinSignal(std::uint64_t polls, std::unique_ptr<RioSignal> after)
      : polls_(polls), after_(std::move(after)) {}
  rio::Notification* notification() override { return after_->notification(); }
  std::unique_ptr<RioWait> new_wait() override {
    return std::make_unique<SpinWait>(polls_, after_->new_wait());
  }

 private:
  const std::uint64_t polls_;
  const std::unique_ptr<RioSignal> after_;
};

}  // namespace

std::unique_ptr<RioSignal> rio_spin_signal(std::uint64_t polls, std::unique_ptr<RioSignal> after) {
  return std::make_unique<SpinSignal>(polls, std::move(after));
}

}  // namespace recvbench
