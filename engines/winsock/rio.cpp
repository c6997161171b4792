// Registered I/O (RIO): requests and completions travel through queues in memory that the process and
// the kernel share, and receive buffers are locked once instead of at every receive.
//
//   thread       RIOCreateCompletionQueue; RIORegisterBuffer on a slab, sliced by offset
//   connection   RIOCreateRequestQueue on its thread's completion queue; RIOReceive for each in flight
//   wakeup       RIONotify -> wait -> RIODequeueCompletion until it comes back short
//   completion   deliver, then RIOReceive into the same slice
//
// A datagram socket is received from by RIOReceiveEx, which has a second slice for the source: a
// SOCKADDR_INET.
//
// The loop is in this file. What it is made of stands beside it, a file each:
//
//   rio/stream.h             a connection: its request queue, its receives, RIO_MSG_DEFER and COMMIT_ONLY
//   rio/completion_queue.h   RIONotify, RIODequeueCompletion, and room for the request queues
//   rio/wait.h               four ways to learn of completions: event, poll, spin, iocp
//   rio/slices.h             registered memory
//   rio/shared_queue.h       the other loop, of threads that share one queue, and why it is a trap
//
// RIO has no locks of its own: a completion queue, and the request queues on it, belong to one thread.
// So each thread has its own of everything and new connections are handed to it. Sends do not pass through
// RIO: an echo reply is a plain send, as with every engine.
//
// What must be kept in mind:
// - RIOReceive's TRUE promises exactly one completion, errors and closes included; FALSE promises none.
// - RIONotify asks for one notification, resets the event itself (NotifyReset), and fires at once where
//   the queue is not empty. Asking again before it has fired is WSAEALREADY.
// - A request queue's limits are charged to its completion queue (RIOCreateRequestQueue: WSAENOBUFS),
//   which is therefore grown before a connection is added. No call closes a request queue: closesocket
//   does.
// - Closing the socket is also the way to cancel its requests. A slice is free when its completion has
//   been dequeued, not before; a slab may be deregistered when all its slices are.
// - RIO_CORRUPT_CQ is final for a completion queue: its thread's connections are closed with that
//   error.
//
// Limits: RIO_MAX_CQ_SIZE, 0x8000000 entries in a completion queue (mswsockdef.h), of which a
// connection takes receives_in_flight. One buffer per request, no scatter/gather
// (RIOCreateRequestQueue: "must be 1"). Registration locks whole pages: connections x
// receives_in_flight x buffer_bytes of physical memory, used or not.
//
// Use it: for many small messages at a high rate, where the price of the calls and of locking buffers
// dominates; Windows 8 / Server 2012 or later. Not for thousands of idle connections with large
// buffers: their memory stays locked.
#include "engines/winsock/rio/engine.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "engines/winsock/rio/queue.h"
#include "engines/winsock/rio/settings.h"
#include "engines/winsock/rio/shared_queue.h"
#include "engines/worker_engine.h"

namespace recvbench {
namespace {

class RioWorker final : public Worker {
 public:
  RioWorker(const EngineSettings& settings, const RioProvider& provider)
      : Worker(rio::max_completion_queue_size / rio_depth(settings)),
        own_(settings, provider),
        wait_(own_.signal->new_wait()) {}

  void wake() noexcept override { wait_->wake(); }

  void run(ReceiveSink& sink) override {
    try {
      serve(sink);
      shut_down(sink, canceled_error());
    } catch (const std::system_error& error) {
      shut_down(sink, error.code());
      throw;
    }
  }

 private:
  void serve(ReceiveSink& sink) {
    for (;;) {
      if (wait_->needs_notify()) own_.streams.queue().notify();
      counters_.wait_call();
      if (wait_->wait(own_.streams.empty()) == RioWait::Reason::woken) {
        counters_.wakeup(0);
        if (!take_new(sink)) return;
      } else {
        wait_->dequeued(dequeue_all(sink));
      }
    }
  }

  // How many completions there were.
  ULONG dequeue_all(ReceiveSink& sink) {
    const auto before = counters_.completions();
    ULONG sum = 0;
    ULONG count = 0;
    // A short batch has emptied the queue. It need not be emptied, since the next RIONotify then fires at
    // once: a new connection or the order to stop does not wait for the traffic to pause.
    do {
      count = own_.streams.queue().dequeue(results_);
      for (ULONG i = 0; i < count; ++i) {
        const bool more = i + 1 < count && results_[i + 1].socket_context == results_[i].socket_context;
        completed(results_[i], more, sink);
      }
      sum += count;
    } while (count == results_.size() && !wait_->woken());
    if (sum != 0) counters_.wakeup(counters_.completions() - before);
    return sum;
  }

  void completed(const rio::Result& result, bool more, ReceiveSink& sink) {
    RioStream& stream = RioStream::of(result);
    if (const auto end = stream.complete(result, more, sink, counters_)) {
      close(stream, *end, sink);
    } else if (stream.is_done()) {
      own_.streams.remove(stream);
    }
  }

  // False = stop.
  bool take_new(ReceiveSink& sink) {
    if (!inbox().take(connections_)) return false;
    for (auto& connection : connections_) {
      auto stream = std::make_unique<RioStream>(own_.rio, own_.commit, std::move(connection));
      RioStream& added = *stream;
      if (const auto error = own_.streams.add(std::move(stream), counters_)) close(added, error, sink);
    }
    connections_.clear();
    return true;
  }

  // Closes the socket, and with it the request queue.
  void close(RioStream& stream, std::error_code error, ReceiveSink& sink) {
    finish(stream.release(), sink, error);
    if (stream.is_done()) own_.streams.remove(stream);
  }

  void shut_down(ReceiveSink& sink, std::error_code error) {
    // Backwards: a stream that goes gives its place to the last one.
    for (std::size_t i = own_.streams.size(); i-- > 0;) {
      if (own_.streams[i].is_open()) close(own_.streams[i], error, sink);
    }
    own_.streams.shut_down();
  }

  RioQueue own_;
  const std::unique_ptr<RioWait> wait_;
  // 6 KiB, and a batch long enough that its call costs nothing per completion.
  std::array<rio::Result, 256> results_{};
};

// In the order of rio_queue_names.
WorkerEngine::MakeWorker worker_maker(const EngineSettings& settings, RioSource source) {
  if (settings.get(rio_queue_sharing) != 0) return rio_shared_workers(std::move(source));
  return [source = std::move(source)](const EngineSettings& s) {
    return std::make_unique<RioWorker>(s, source());
  };
}

}  // namespace

std::unique_ptr<ReceiveEngine> make_rio_engine(const EngineSettings& settings, RioSource source) {
  return std::make_unique<WorkerEngine>("rio", settings, worker_maker(settings, std::move(source)));
}

EngineDescriptor rio_engine() {
  EngineDescriptor engine;
  engine.name = "rio";
  engine.api = "RIOReceive + RIODequeueCompletion";
  engine.platform = "windows";
  engine.summary = "each thread dequeues its own registered I/O completion queue, polled or told";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {
      {"completion queue entries per thread", rio::max_completion_queue_size,
       "RIO_MAX_CQ_SIZE, mswsockdef.h"},
      {"buffers per receive", rio::max_buffers_per_request, "RIOCreateRequestQueue: MaxReceiveDataBuffers"},
  };
  engine.settings = {threads_setting,       buffer_setting, receives_in_flight_setting,
                     socket_buffer_setting, rio_mode,       rio_spin,
                     rio_queue_sharing,     rio_commit,     rio_slab};
  engine.needs_registered_io = true;
  engine.max_connections = [](const EngineSettings& settings) {
    const std::uint64_t queue = rio::max_completion_queue_size / rio_depth(settings);
    const auto threads = static_cast<std::uint64_t>(std::max(1, settings.threads));
    return std::optional<std::uint64_t>(settings.get(rio_queue_sharing) == 0 ? threads * queue : queue);
  };
  engine.probe = [] {
    try {
      const RioProvider provider = best_rio();
      return Availability{true, provider.remark, provider.emulated};
    } catch (const std::system_error& error) {
      return Availability{false, error.what(), false};
    }
  };
  engine.create = [](const EngineSettings& settings) { return make_rio_engine(settings, best_rio); };
  return engine;
}

}  // namespace recvbench
