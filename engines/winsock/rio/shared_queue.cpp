// The loop of threads that share a completion queue, and how they keep out of each other's way.
#include "engines/winsock/rio/shared_queue.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engines/winsock/rio/queue.h"
#include "engines/winsock/rio/settings.h"

namespace recvbench {
namespace {

class SharedWorker;

// A stream that any thread may find a completion of, and one at a time serves.
struct SharedStream final : RioStream {
  SharedStream(RioQueue& queue, std::unique_ptr<Connection> connection, SharedWorker& added_by)
      : RioStream(queue.rio, queue.commit, std::move(connection)), home(added_by) {}

  SharedWorker& home;  // whose inbox it counts in

  // Under the lock.
  bool claimed = false;              // a thread has it in its hands
  std::vector<rio::Result> arrived;  // dequeued, in order, for whoever has claimed the stream

  // Of the thread that has claimed it.
  std::vector<rio::Result> taken;
  std::error_code refused;  // why it could not be opened
};

// What the threads share. All of it under the lock, but for the streams, each of which is its claimant's.
struct SharedQueue {
  SharedQueue(const EngineSettings& settings, const RioProvider& provider) : queue(settings, provider) {}

  std::mutex lock;
  RioQueue queue;
  std::vector<SharedWorker*> workers;      // from their making until they leave
  std::condition_variable left;            // one of them has
  std::optional<std::error_code> failure;  // the queue is of no use any more: everybody leaves
  bool closed = false;
};

class SharedWorker final : public Worker {
 public:
  SharedWorker(const EngineSettings& settings, std::shared_ptr<SharedQueue> shared)
      : Worker(rio::max_completion_queue_size / rio_depth(settings) /
               static_cast<DWORD>(std::max(1, settings.threads))),
        depth_(rio_depth(settings)),
        shared_(std::move(shared)),
        wait_(shared_->queue.signal->new_wait()) {
    mine_.reserve(2 * results_.size());
    const std::lock_guard lock(shared_->lock);
    if (shared_->failure) throw std::system_error(*shared_->failure, "rio: the queue of an earlier thread");
    shared_->workers.push_back(this);
  }
  ~SharedWorker() override {
    const std::lock_guard lock(shared_->lock);
    std::erase(shared_->workers, this);
    shared_->left.notify_all();  // where its thread was never started
  }

  void wake() noexcept override { wait_->wake(); }

  void run(ReceiveSink& sink) override {
    try {
      serve(sink);
      leave(sink);
    } catch (const std::system_error& error) {
      fail(error.code());
      leave(sink);
      throw;
    }
  }

 private:
  void serve(ReceiveSink& sink) {
    ask();
    for (;;) {
      counters_.wait_call();
      const bool woken = wait_->wait(idle_) == RioWait::Reason::woken;
      const auto before = counters_.completions();
      bool go_on = !woken || take_new();
      bool served = false;
      // Until nothing is left in this thread's hands: whoever waits has claimed no stream.
      while (go_on && take_turn()) {
        served = true;
        deliver(sink);
        if (wait_->take_woken()) go_on = take_new();
      }
      if (woken || served) counters_.wakeup(counters_.completions() - before);
      if (!go_on) return;
    }
  }

  // The first notification; every turn asks for the next.
  void ask() {
    const std::lock_guard lock(shared_->lock);
    if (wait_->needs_notify()) streams().queue().notify();
  }

  // All that is done under the lock, once for a batch. True where there is something to deliver.
  bool take_turn() {
    const std::lock_guard lock(shared_->lock);
    give_back();
    const ULONG count = streams().queue().dequeue(results_);
    for (ULONG i = 0; i < count; ++i) {
      auto& stream = static_cast<SharedStream&>(RioStream::of(results_[i]));
      stream.arrived.push_back(results_[i]);
      claim(stream);
    }
    wait_->dequeued(count);
    if (wait_->needs_notify()) streams().queue().notify();
    for (SharedStream* const stream : mine_) stream->taken.swap(stream->arrived);
    idle_ = streams().empty();
    return !mine_.empty();
  }

  void claim(SharedStream& stream) {
    if (stream.claimed) return;
    stream.claimed = true;
    mine_.push_back(&stream);
  }

  // The streams in hand for which nothing has come meanwhile.
  void give_back() {
    std::erase_if(mine_, [this](SharedStream* stream) {
      if (!stream->arrived.empty() || stream->refused) return false;
      stream->claimed = false;
      if (stream->is_done()) streams().remove(*stream);
      return true;
    });
  }

  void deliver(ReceiveSink& sink) {
    for (SharedStream* const stream : mine_) {
      if (stream->refused) close(*stream, std::exchange(stream->refused, {}), sink);
      const std::vector<rio::Result>& taken = stream->taken;
      for (std::size_t i = 0; i < taken.size(); ++i) {
        const bool more = i + 1 < taken.size();
        if (const auto end = stream->complete(taken[i], more, sink, counters_)) close(*stream, *end, sink);
      }
      stream->taken.clear();
    }
  }

  static void close(SharedStream& stream, std::error_code error, ReceiveSink& sink) {
    stream.home.finish(stream.release(), sink, error);
  }

  // For everybody: by a port the wake-up of one thread may reach another. False = stop.
  bool take_new() {
    const std::lock_guard lock(shared_->lock);
    if (shared_->failure) throw std::system_error(*shared_->failure, "rio: another thread");
    const bool none_before = streams().empty();
    bool go_on = true;
    for (SharedWorker* const worker : shared_->workers) {
      go_on = worker->inbox().take(connections_) && go_on;
      for (auto& connection : connections_) open(std::move(connection), *worker);
      connections_.clear();
    }
    // A thread that polls sleeps while there is no connection.
    if (none_before && !streams().empty()) wake_others();
    return go_on;
  }

  void open(std::unique_ptr<Connection> connection, SharedWorker& home) {
    auto made = std::make_unique<SharedStream>(shared_->queue, std::move(connection), home);
    SharedStream& stream = *made;
    stream.arrived.reserve(depth_);
    stream.taken.reserve(depth_);
    stream.refused = streams().add(std::move(made), counters_);
    if (stream.refused) claim(stream);  // to be closed, which is not for under the lock
  }

  void wake_others() noexcept {
    for (SharedWorker* const worker : shared_->workers) {
      if (worker != this) worker->wake();
    }
  }

  void fail(std::error_code error) {
    const std::lock_guard lock(shared_->lock);
    if (shared_->failure) return;
    shared_->failure = error;
    wake_others();
  }

  // When all have come here, one closes the connections and the queue. The others wait for that: what a
  // thread has posted is not to outlive it.
  void leave(ReceiveSink& sink) {
    std::unique_lock lock(shared_->lock);
    for (SharedStream* const stream : mine_) stream->claimed = false;
    mine_.clear();
    std::erase(shared_->workers, this);
    shared_->left.notify_all();
    shared_->left.wait(lock, [this] { return shared_->workers.empty(); });
    if (std::exchange(shared_->closed, true)) return;
    const std::error_code error = shared_->failure.value_or(canceled_error());
    // Backwards: a stream that goes gives its place to the last one.
    for (std::size_t i = streams().size(); i-- > 0;) {
      auto& stream = static_cast<SharedStream&>(streams()[i]);
      for (std::size_t n = stream.arrived.size(); n > 0; --n) stream.drop();
      if (stream.is_open()) close(stream, error, sink);
      if (stream.is_done()) streams().remove(stream);
    }
    streams().shut_down();
  }

  RioStreams& streams() { return shared_->queue.streams; }

  const DWORD depth_;
  const std::shared_ptr<SharedQueue> shared_;
  const std::unique_ptr<RioWait> wait_;
  std::vector<SharedStream*> mine_;  // claimed
  bool idle_ = true;                 // no connection was open at the last look
  std::array<rio::Result, 256> results_{};
};

}  // namespace

WorkerEngine::MakeWorker rio_shared_workers(RioSource source) {
  return [source = std::move(source),
          current = std::weak_ptr<SharedQueue>()](const EngineSettings& settings) mutable {
    std::shared_ptr<SharedQueue> shared = current.lock();
    if (shared == nullptr) {
      shared = std::make_shared<SharedQueue>(settings, source());
      current = shared;
    }
    return std::make_unique<SharedWorker>(settings, std::move(shared));
  };
}

}  // namespace recvbench
