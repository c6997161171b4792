// Registered I/O (RIO): requests and completions travel through queues in memory that the process and
// the kernel share, and receive buffers are locked once instead of at every receive.
//
//   thread       RIOCreateCompletionQueue, told by an event; RIORegisterBuffer on a slab, sliced by offset
//   connection   RIOCreateRequestQueue on its thread's completion queue; RIOReceive for each in flight
//   wakeup       RIONotify -> wait -> RIODequeueCompletion until it comes back short
//   completion   deliver, then RIOReceive into the same slice
//
// Where a batch holds several completions of one connection in a row, all but the last are posted again with
// RIO_MSG_DEFER, and the last starts them all: one transition to the kernel for the row. RIO_MSG_COMMIT_ONLY
// does the same in a call of its own; it is left for what is still deferred when a connection closes.
//
// RIO has no locks of its own: a completion queue, and the request queues on it, belong to one thread.
// So each thread has its own of everything and new connections are handed to it. (One queue for all
// threads, dequeued and re-armed under a lock, gives away what RIO gains.) Sends do not pass through
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
#include "engines/winsock/rio.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engines/winsock/rio_slices.h"
#include "engines/worker_engine.h"
#include "platform/error.h"

namespace recvbench {
namespace {

// A connection and its request queue. Its address is the socket's context, so it stays until the completions
// of all its requests have been dequeued, longer than the connection itself.
struct Stream {
  std::unique_ptr<Connection> connection;  // null once closed
  rio::RequestQueue queue = rio::invalid_request_queue;
  int in_flight = 0;
  bool deferred = false;  // requests wait to be started
  std::size_t place = 0;  // in the worker's list
};

// ---- errors that RIO reports by a value of its own

class RioCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "rio"; }
  std::string message(int) const override {
    return "RIO_CORRUPT_CQ: the completion queue was corrupted, or RIO's rules were broken";
  }
};

std::error_code corrupt_queue_error() {
  static const RioCategory category;
  return {1, category};
}

// ---- what a worker owns

class Event {
 public:
  enum class Reset { manual, automatic };
  explicit Event(Reset reset) : handle_(CreateEventW(nullptr, reset == Reset::manual, FALSE, nullptr)) {
    if (handle_ == nullptr) throw_error(last_system_error(), "CreateEvent");
  }
  ~Event() { CloseHandle(handle_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  HANDLE handle() const { return handle_; }

 private:
  const HANDLE handle_;
};

// A completion queue told by an event, and the entries that its request queues are charged for.
class CompletionQueue {
 public:
  CompletionQueue(const rio::FunctionTable& rio, DWORD size) : rio_(rio), size_(size) {
    rio::Notification notification{};
    notification.type = rio::NotificationType::event;
    notification.event = {event_.handle(), TRUE};
    queue_ = rio_.create_completion_queue(size, &notification);
    if (queue_ == rio::invalid_completion_queue) {
      throw_error(last_socket_error(), "RIOCreateCompletionQueue", std::to_string(size) + " entries");
    }
  }
  ~CompletionQueue() { close(); }
  CompletionQueue(const CompletionQueue&) = delete;
  CompletionQueue& operator=(const CompletionQueue&) = delete;

  rio::CompletionQueue get() const { return queue_; }
  HANDLE event() const { return event_.handle(); }

  // Room for `entries` more, by doubling where it is too small.
  std::error_code charge(DWORD entries) {
    if (entries > size_ - charged_) {
      if (entries > rio::max_completion_queue_size - charged_) return socket_error(WSAENOBUFS);
      const DWORD size = std::min(rio::max_completion_queue_size,
                                  std::max(size_ * 2, static_cast<DWORD>(charged_ + entries)));
      if (!rio_.resize_completion_queue(queue_, size)) return last_socket_error();
      size_ = size;
    }
    charged_ += entries;
    return {};
  }
  void give_back(DWORD entries) { charged_ -= entries; }

  // After the sockets of its request queues.
  void close() { rio_.close_completion_queue(std::exchange(queue_, rio::invalid_completion_queue)); }

 private:
  const rio::FunctionTable& rio_;
  Event event_{Event::Reset::manual};  // reset by RIONotify
  DWORD size_;
  DWORD charged_ = 0;
  rio::CompletionQueue queue_ = rio::invalid_completion_queue;
};

// ---- the receive loop

class RioWorker final : public Worker {
 public:
  RioWorker(const EngineSettings& settings, RioProvider provider)
      : Worker(rio::max_completion_queue_size / depth_of(settings)),
        rio_(provider.functions),
        depth_(depth_of(settings)),
        slices_(rio_, settings.buffer_bytes),
        completions_(rio_, std::max(first_entries, depth_)) {
    slices_.reserve(1);  // a failure to lock memory belongs to start()
  }

  void wake() noexcept override {
    woken_.store(true, std::memory_order_relaxed);
    SetEvent(wakeup_.handle());
  }

  void run(ReceiveSink& sink) override {
    try {
      serve(sink);
      shut_down(sink, canceled_error());
    } catch (const std::system_error& error) {
      shut_down(sink, error.code());
      throw;
    }
  }

  static DWORD depth_of(const EngineSettings& settings) {
    return static_cast<DWORD>(std::max(1, settings.receives_in_flight));
  }

 private:
  // A small start; the queue doubles as connections come.
  static constexpr DWORD first_entries = 256;
  // Cancelled requests come back within milliseconds; past this they are given up.
  static constexpr std::chrono::seconds drain_limit{5};
  // One dequeue's results: 6 KiB, and a batch long enough that its calls cost nothing per completion.
  static constexpr ULONG batch = 256;

  void serve(ReceiveSink& sink) {
    // The wake-up comes first: of two events that are set the lower index is reported, and the completions'
    // may be set all the time.
    const std::array<HANDLE, 2> events{wakeup_.handle(), completions_.event()};
    bool armed = false;
    for (;;) {
      if (!armed) arm();
      armed = true;
      counters_.wait_call();
      switch (WSAWaitForMultipleEvents(2, events.data(), FALSE, WSA_INFINITE, FALSE)) {
        case WSA_WAIT_EVENT_0:
          counters_.wakeup(0);
          if (!take_new(sink)) return;
          break;
        case WSA_WAIT_EVENT_0 + 1:
          armed = false;
          dequeue_all(sink);
          break;
        default:
          throw_error(last_socket_error(), "WSAWaitForMultipleEvents");
      }
    }
  }

  void arm() {
    if (const INT error = rio_.notify(completions_.get())) throw_error(socket_error(error), "RIONotify");
  }

  void dequeue_all(ReceiveSink& sink) {
    const auto before = counters_.completions();
    // A short batch has emptied the queue. It need not be emptied, since the next RIONotify then fires at
    // once: a new connection or the order to stop does not wait for the traffic to pause.
    while (dequeue(sink) == batch && !woken_.load(std::memory_order_relaxed)) {
    }
    counters_.wakeup(counters_.completions() - before);
  }

  ULONG dequeue(ReceiveSink& sink) {
    const ULONG count = rio_.dequeue_completion(completions_.get(), results_.data(), batch);
    if (count == rio::corrupt_completion_queue) {
      throw std::system_error(corrupt_queue_error(), "RIODequeueCompletion");
    }
    for (ULONG i = 0; i < count; ++i) {
      const bool more = i + 1 < count && results_[i + 1].socket_context == results_[i].socket_context;
      completed(results_[i], sink, more ? rio::defer : 0);
    }
    return count;
  }

  // `post_flags`: of the receive that takes this one's place.
  void completed(const rio::Result& result, ReceiveSink& sink, DWORD post_flags) {
    auto& stream = *reinterpret_cast<Stream*>(result.socket_context);
    auto& slice = *reinterpret_cast<RioSlice*>(result.request_context);
    --stream.in_flight;
    if (!stream.connection) {
      slices_.put_back(slice);
      if (stream.in_flight == 0) remove(stream);
    } else if (result.status != 0) {
      slices_.put_back(slice);
      close(stream, sink, socket_error(result.status));
    } else if (result.bytes_transferred == 0) {
      slices_.put_back(slice);
      close(stream, sink, {});
    } else {
      counters_.completion();
      if (!sink.on_receive(*stream.connection, {slice.data, result.bytes_transferred})) {
        slices_.put_back(slice);
        close(stream, sink, {});
      } else if (const std::error_code error = post(stream, slice, post_flags)) {
        slices_.put_back(slice);
        close(stream, sink, error);
      }
    }
  }

  // The caller keeps the slice where it fails.
  std::error_code post(Stream& stream, RioSlice& slice, DWORD flags) {
    counters_.receive_call();
    if (!rio_.receive(stream.queue, &slice.where, 1, flags, &slice)) return last_socket_error();
    ++stream.in_flight;
    stream.deferred = flags == rio::defer;
    return {};
  }

  // False = stop.
  bool take_new(ReceiveSink& sink) {
    woken_.store(false, std::memory_order_relaxed);
    if (!inbox().take(connections_)) return false;
    for (auto& connection : connections_) open(std::move(connection), sink);
    connections_.clear();
    return true;
  }

  void open(std::unique_ptr<Connection> connection, ReceiveSink& sink) {
    Stream& stream = *streams_.emplace_back(std::make_unique<Stream>());
    stream.place = streams_.size() - 1;
    stream.connection = std::move(connection);
    if (const std::error_code error = attach(stream)) close(stream, sink, error);
  }

  // The request queue, charged, and its first receives.
  std::error_code attach(Stream& stream) {
    try {
      slices_.reserve(depth_);
    } catch (const std::system_error& error) {
      return error.code();
    }
    if (const std::error_code error = completions_.charge(depth_)) return error;
    stream.queue = rio_.create_request_queue(stream.connection->native(), depth_,
                                             rio::max_buffers_per_request, 0, rio::max_buffers_per_request,
                                             completions_.get(), completions_.get(), &stream);
    if (stream.queue == rio::invalid_request_queue) {
      const std::error_code error = last_socket_error();
      completions_.give_back(depth_);
      return error;
    }
    for (DWORD i = 0; i < depth_; ++i) {
      RioSlice& slice = slices_.take();
      if (const std::error_code error = post(stream, slice, i + 1 < depth_ ? rio::defer : 0)) {
        slices_.put_back(slice);
        return error;
      }
    }
    return {};
  }

  // Closes the socket, and with it the request queue. What is in flight completes and is dequeued all the
  // same.
  void close(Stream& stream, ReceiveSink& sink, std::error_code error) {
    // After closesocket there is no queue to commit. A failure changes nothing: the socket is closed.
    if (stream.deferred) rio_.receive(stream.queue, nullptr, 0, rio::commit_only, nullptr);
    finish(std::move(stream.connection), sink, error);
    if (stream.in_flight == 0) remove(stream);
  }

  void remove(Stream& stream) {
    if (stream.queue != rio::invalid_request_queue) completions_.give_back(depth_);
    const std::size_t place = stream.place;
    std::swap(streams_[place], streams_.back());
    streams_[place]->place = place;
    streams_.pop_back();
  }

  // Every connection closed, every completion dequeued, and only then the memory given back.
  void shut_down(ReceiveSink& sink, std::error_code error) {
    // Backwards: remove() fills a place with the last stream.
    for (std::size_t i = streams_.size(); i-- > 0;) {
      if (streams_[i]->connection) close(*streams_[i], sink, error);
    }
    const auto deadline = std::chrono::steady_clock::now() + drain_limit;
    while (!streams_.empty() && std::chrono::steady_clock::now() < deadline) {
      const ULONG count = rio_.dequeue_completion(completions_.get(), results_.data(), batch);
      if (count == rio::corrupt_completion_queue) break;
      for (ULONG i = 0; i < count; ++i) completed(results_[i], sink, 0);
      if (count == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (!streams_.empty()) slices_.abandon();
    completions_.close();
    slices_.clear();
    streams_.clear();
  }

  const rio::FunctionTable rio_;
  const DWORD depth_;
  std::vector<std::unique_ptr<Stream>> streams_;
  RioSlicePool slices_;
  CompletionQueue completions_;
  Event wakeup_{Event::Reset::automatic};
  std::atomic<bool> woken_{false};
  std::array<rio::Result, batch> results_{};
};

}  // namespace

std::unique_ptr<ReceiveEngine> make_rio_engine(const EngineSettings& settings, RioSource source) {
  return std::make_unique<WorkerEngine>("rio", settings,
                                        [source = std::move(source)](const EngineSettings& s) {
                                          return std::make_unique<RioWorker>(s, source());
                                        });
}

EngineDescriptor rio_engine() {
  EngineDescriptor engine;
  engine.name = "rio";
  engine.api = "RIOReceive + RIODequeueCompletion";
  engine.platform = "windows";
  engine.summary = "each thread dequeues its own registered I/O completion queue, told by an event";
  engine.protocols = {"tcp"};
  engine.limits = {
      {"completion queue entries per thread", rio::max_completion_queue_size,
       "RIO_MAX_CQ_SIZE, mswsockdef.h"},
      {"buffers per receive", rio::max_buffers_per_request, "RIOCreateRequestQueue: MaxReceiveDataBuffers"},
  };
  engine.settings = {threads_setting, buffer_setting, receives_in_flight_setting, socket_buffer_setting};
  engine.needs_registered_io = true;
  engine.max_connections = [](const EngineSettings& settings) {
    const auto threads = static_cast<std::uint64_t>(std::max(1, settings.threads));
    return std::optional<std::uint64_t>(threads *
                                        (rio::max_completion_queue_size / RioWorker::depth_of(settings)));
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
