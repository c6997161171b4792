// io_uring: requests and completions travel through two queues in memory that the thread and the kernel
// share.
//
//   thread       io_uring_setup; io_uring_register(PBUF_RING): buffers that its connections share
//   connection   IORING_OP_RECV with IORING_RECV_MULTISHOT, once
//                IORING_OP_RECVMSG likewise, where it is a datagram socket
//   wakeup       io_uring_enter: submits what has been queued and waits -> for each completion: deliver, give
//                the buffer back
//
// The completion model of Linux. A multishot receive stays where it is and completes again and again, each
// time with a buffer that the kernel takes from the thread's own at that moment: no call for a message beyond
// the wait that brings it, and no memory tied up for connections that are silent. In mode "single" each
// receive is a request of its own with a buffer of its own, as with WSARecv: the next one goes into the queue
// when a completion has been delivered, and to the kernel with the wait.
//
// The setups differ in when the kernel works for the ring. By default it interrupts the thread wherever it
// is; with SINGLE_ISSUER | DEFER_TASKRUN it does so only inside the wait, in one go; with SQPOLL a kernel
// thread looks for new entries by itself, so that submitting is no system call, nor is a wait that finds
// completions: at the price of a second thread that spins until 10 ms have passed with nothing to do.
//
// What must be kept in mind:
// - A multishot receive ends with any completion that lacks IORING_CQE_F_MORE, with data (the completion
//   queue was full), or without: it is then queued again, unless the connection has ended.
// - ENOBUFS says that the kernel found no buffer: others' completions hold them all. They come earlier in the
//   queue, so their buffers have been given back when the receive is queued again.
// - A datagram of no bytes ends a multishot recvmsg too, and is no end of the socket.
// - Buffers for datagrams are a group of their own, for each has room for the source as well, and a multishot
//   receive always takes the whole of a buffer.
// - The socket must be blocking. On a non-blocking one a request that finds nothing fails with EAGAIN where
//   it ought to wait.
// - Completions beyond the queue's end are kept by the kernel (IORING_FEAT_NODROP) and come with a later
// wait.
// - Memory of a request belongs to the kernel until its last completion. Closing the socket does not change
//   that: only IORING_OP_ASYNC_CANCEL, and then waiting for it, does.
//
// Use it: for many connections and small messages on Linux 6.0 or later, where the number of system calls is
// what costs; mode "single" from 5.10 on. Not where io_uring is switched off, as in many containers (seccomp,
// kernel.io_uring_disabled), and not for a few connections, which gain nothing.
//
// Limits: 32,768 provided buffers in a group (io_uring_register_buf_ring(3)); 32,768 entries to submit and
// 65,536 completions (IORING_MAX_ENTRIES, IORING_MAX_CQ_ENTRIES), of which a thread asks for 256 and 4,096.
// Neither bounds the connections. Without CAP_IPC_LOCK 84 KiB for each thread's queues are charged to
// RLIMIT_MEMLOCK before Linux 5.12 and again from 6.14 on (io_create_region, io_uring/memmap.c in Linux): 97
// threads in the usual 8 MiB, past which io_uring_setup(2) fails with ENOMEM.
#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "engines/posix/engines.h"
#include "engines/posix/io_uring.h"
#include "engines/posix/liburing/ring.h"
#include "engines/posix/liburing/ring_datagrams.h"
#include "engines/worker_engine.h"
#include "platform/error.h"
#include "platform/waker.h"

namespace recvbench {
namespace {

enum class Mode { multishot, single };

Mode mode_of(const EngineSettings& settings) {
  return static_cast<Mode>(settings.get(io_uring_mode_setting));
}

RingSetup setup_of(const EngineSettings& settings) {
  return static_cast<RingSetup>(settings.get(io_uring_setup_setting));
}

// One request, many completions, whose buffers come from the ring's provided ones.
void prepare_multishot(io_uring_sqe& entry, NativeSocket socket, const ProvidedBuffers& buffers) {
  io_uring_prep_recv_multishot(&entry, socket, nullptr, 0, 0);
  buffers.select_for(entry);
}

// Groups of provided buffers.
constexpr std::uint16_t stream_group = 0;
constexpr std::uint16_t datagram_group = 1;

class UringWorker final : public Worker {
 public:
  explicit UringWorker(const EngineSettings& settings)
      : buffer_bytes_(settings.buffer_bytes), ring_(setup_of(settings)) {
    if (mode_of(settings) == Mode::single) return;
    const auto count = static_cast<unsigned>(settings.get(io_uring_buffers_setting));
    shared_ = std::make_unique<SharedBuffers>(ring_, count, buffer_bytes_);
  }

  ~UringWorker() override {
    if (in_flight_ == 0) return;
    // run() was left by an exception, and the kernel may write to these for a moment yet: the ring's end
    // cancels its requests, but does not wait for them.
    static_cast<void>(shared_.release());
    for (auto& receive : receives_) static_cast<void>(receive.own.release());
  }

  void admit(Connection& connection) override { set_nonblocking(connection.socket(), false); }

  void wake() noexcept override { waker_.signal(); }

  void run(ReceiveSink& sink) override {
    ring_.enable();
    do {
      watch_waker();
      while (!woken_) take_completions(sink);
    } while (take_new());
    cancel_all(sink);
  }

 private:
  // User data of what is not a receive; a receive has its connection's place.
  static constexpr std::uint64_t wakeup = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint64_t cancellation = wakeup - 1;

  // What the thread's connections share in mode multishot. Memory that is never received into is never made
  // real.
  struct SharedBuffers {
    SharedBuffers(Ring& ring, unsigned count, std::size_t bytes_each)
        : of_streams(ring, stream_group, count, bytes_each),
          of_datagrams(ring, datagram_group, count, bytes_each) {}
    ProvidedBuffers of_streams;
    DatagramBuffers of_datagrams;
  };

  // What a connection has to itself in mode single.
  struct OwnBuffer {
    explicit OwnBuffer(std::size_t size) : bytes(new std::byte[size]), message({bytes.get(), size}) {}
    const std::unique_ptr<std::byte[]> bytes;
    DatagramMessage message;  // for datagrams
  };

  // Beside the connection in the same place.
  struct Receive {
    bool in_flight = false;              // the kernel has the request
    std::optional<std::error_code> end;  // how the connection has ended; the request's end is awaited
    std::unique_ptr<OwnBuffer> own;      // mode single
  };

  void take_completions(ReceiveSink& sink) {
    counters_.wait_call();
    ring_.submit_and_wait();
    const auto before = counters_.completions();
    // Those that are here now: what they lead to is submitted before any more are taken.
    for (unsigned left = ring_.ready(); left > 0; --left) complete(ring_.take(), sink);
    counters_.wakeup(counters_.completions() - before);
  }

  void complete(const RingCompletion& completion, ReceiveSink& sink) {
    const bool more = (completion.flags & IORING_CQE_F_MORE) != 0;
    if (!more) --in_flight_;
    if (completion.user_data == wakeup) {
      woken_ = true;
    } else if (completion.user_data != cancellation) {
      const auto place = static_cast<std::size_t>(completion.user_data);
      receives_[place].in_flight = more;
      if (!receives_[place].end) {
        receives_[place].end = deliver(place, completion, sink);
        if (receives_[place].end && more) cancel(place);
      }
      if ((completion.flags & IORING_CQE_F_BUFFER) != 0) give_back(place, completion);
      if (more) return;
      if (receives_[place].end) {
        remove(place, sink);
      } else {
        receive(place);
      }
    }
  }

  // Empty = the connection goes on; otherwise it has ended with this.
  std::optional<std::error_code> deliver(std::size_t place, const RingCompletion& completion,
                                         ReceiveSink& sink) {
    if (completion.result == -ENOBUFS) return std::nullopt;
    if (completion.result < 0) return end_after(place, socket_error(-completion.result));
    if (is_datagrams(place)) return deliver_datagram(place, completion, sink);
    if (completion.result == 0) return std::error_code();  // the peer has closed its side
    counters_.completion();
    const auto bytes =
        shared_ ? shared_->of_streams.received(completion)
                : std::span(receives_[place].own->bytes.get(), static_cast<std::size_t>(completion.result));
    if (sink.on_receive(*connections_[place], bytes)) return std::nullopt;
    return std::error_code();
  }

  std::optional<std::error_code> deliver_datagram(std::size_t place, const RingCompletion& completion,
                                                  ReceiveSink& sink) {
    counters_.completion();
    const Datagram datagram = shared_ ? shared_->of_datagrams.received(completion)
                                      : receives_[place].own->message.received(completion);
    if (sink.on_datagram(*connections_[place], datagram)) return std::nullopt;
    return std::error_code();
  }

  std::optional<std::error_code> end_after(std::size_t place, std::error_code error) const {
    if (is_datagrams(place) && concerns_earlier_send(error)) return std::nullopt;
    return error;
  }

  bool is_datagrams(std::size_t place) const {
    return connections_[place]->kind() == Connection::Kind::datagrams;
  }

  void give_back(std::size_t place, const RingCompletion& completion) {
    if (is_datagrams(place)) {
      shared_->of_datagrams.give_back(completion);
    } else {
      shared_->of_streams.give_back(completion);
    }
  }

  void receive(std::size_t place) {
    counters_.receive_call();
    io_uring_sqe& entry = ring_.entry();
    const NativeSocket socket = connections_[place]->native();
    if (shared_ && is_datagrams(place)) {
      shared_->of_datagrams.prepare(entry, socket);
    } else if (shared_) {
      prepare_multishot(entry, socket, shared_->of_streams);
    } else if (is_datagrams(place)) {
      receives_[place].own->message.prepare(entry, socket);
    } else {
      io_uring_prep_recv(&entry, socket, receives_[place].own->bytes.get(), buffer_bytes_, 0);
    }
    submit(entry, place);
    receives_[place].in_flight = true;
  }

  // The receive then ends with ECANCELED, or has just ended otherwise.
  void cancel(std::uint64_t user_data) {
    io_uring_sqe& entry = ring_.entry();
    io_uring_prep_cancel64(&entry, user_data, 0);
    submit(entry, cancellation);
  }

  void watch_waker() {
    woken_ = false;
    io_uring_sqe& entry = ring_.entry();
    io_uring_prep_poll_add(&entry, waker_.native(), POLLIN);
    submit(entry, wakeup);
  }

  void submit(io_uring_sqe& entry, std::uint64_t user_data) {
    io_uring_sqe_set_data64(&entry, user_data);
    ++in_flight_;
  }

  // False = stop.
  bool take_new() {
    waker_.clear();
    std::vector<std::unique_ptr<Connection>> arrived;
    const bool go_on = inbox().take(arrived);
    for (auto& connection : arrived) {
      const std::size_t place = free_place();
      connections_[place] = std::move(connection);
      if (go_on) receive(place);
    }
    return go_on;
  }

  // A connection keeps its place for life, since its completions name it.
  std::size_t free_place() {
    if (free_places_.empty()) {
      connections_.emplace_back();
      receives_.emplace_back();
      if (!shared_) receives_.back().own = std::make_unique<OwnBuffer>(buffer_bytes_);
      return connections_.size() - 1;
    }
    const std::size_t place = free_places_.back();
    free_places_.pop_back();
    return place;
  }

  void remove(std::size_t place, ReceiveSink& sink) {
    free_places_.push_back(place);
    const std::error_code end = *std::exchange(receives_[place].end, std::nullopt);
    finish(std::move(connections_[place]), sink, end);
  }

  // Every request cancelled, and its last completion taken.
  void cancel_all(ReceiveSink& sink) {
    for (std::size_t place = 0; place < receives_.size(); ++place) {
      if (!receives_[place].in_flight) continue;
      if (!receives_[place].end) {
        receives_[place].end = canceled_error();
        cancel(place);
      }
    }
    while (in_flight_ > 0) take_completions(sink);
  }

  const std::size_t buffer_bytes_;
  Waker waker_;
  bool woken_ = false;
  Ring ring_;
  std::unique_ptr<SharedBuffers> shared_;  // mode multishot
  std::vector<Receive> receives_;
  std::vector<std::size_t> free_places_;
  std::size_t in_flight_ = 0;  // entries whose last completion has not been taken
};

// One byte from a socket to itself by way of a ring: nothing less tells whether the kernel knows the request.
// Throws std::system_error.
void try_receive(RingSetup setup, Mode mode) {
  Ring ring(setup);
  std::byte byte{};
  std::optional<ProvidedBuffers> buffers;
  if (mode == Mode::multishot) buffers.emplace(ring, stream_group, 1, sizeof byte);
  ring.enable();
  SocketPair pair = connected_pair();
  const std::array data{std::byte{1}};
  if (const auto sent = send_some(pair.connected.native(), data); sent.error) {
    throw_error(sent.error, "send");
  }
  io_uring_sqe& entry = ring.entry();
  if (mode == Mode::multishot) {
    prepare_multishot(entry, pair.accepted.native(), *buffers);
  } else {
    io_uring_prep_recv(&entry, pair.accepted.native(), &byte, sizeof byte, 0);
  }
  const auto next = [&ring] {
    while (ring.ready() == 0) ring.submit_and_wait();
    return ring.take();
  };
  RingCompletion completion = next();
  const int result = completion.result;
  // The memory is the kernel's until the request has ended, which the peer's close brings about.
  pair.connected.close();
  while ((completion.flags & IORING_CQE_F_MORE) != 0) completion = next();
  if (result < 0) {
    throw_error(socket_error(-result), "IORING_OP_RECV",
                mode == Mode::multishot ? "IORING_RECV_MULTISHOT" : "");
  }
}

Availability available_with(RingSetup setup, Mode mode) {
  try {
    try_receive(setup, mode);
    return {};
  } catch (const std::system_error& error) {
    return {false, error.what(), false};
  }
}

}  // namespace

EngineDescriptor io_uring_engine() {
  EngineDescriptor engine = io_uring_description();
  // The least that it needs.
  engine.probe = [] { return available_with(RingSetup::plain, Mode::single); };
  engine.check = [](const EngineSettings& settings) {
    return available_with(setup_of(settings), mode_of(settings));
  };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "io_uring", settings, [](const EngineSettings& s) { return std::make_unique<UringWorker>(s); });
  };
  return engine;
}

}  // namespace recvbench
