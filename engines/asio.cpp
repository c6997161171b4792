// asio: the standalone Asio library, as its users write it, over what it takes for the best call of the
// system.
//
//   tcp::socket(executor).assign(protocol, socket)
//   socket.async_read_some(buffer, handler) -> deliver -> async_read_some ...
//   udp::socket: async_receive_from(buffer, endpoint, handler), likewise
//   io_context::run() in each thread
//
// Not a receive model of its own: on Windows its io_context is a completion port (WSARecv,
// GetQueuedCompletionStatus), on Linux an epoll set, edge-triggered, with a recv before and after. What it
// shows is the price of the framework over the bare model, iocp or epoll: a queue of handlers between the
// system's answer and the caller, type-erased executors, an operation object for every receive.
//
// With contexts=per-thread each thread runs an io_context of its own and a connection belongs to one of them:
// nothing is shared. With contexts=shared all threads run the same one, any of them may serve any connection,
// and each connection has a strand, which keeps its handlers from running at the same time.
//
// What must be kept in mind:
// - Asio does not say that a datagram was cut off: its first bytes are a success like any other, on both
//   systems. So there is room for the largest of them, whatever the setting, and what lies past the setting's
//   size is cut off here. One byte more would tell as well, but not be safe on Windows: a datagram that is
//   waiting and too large makes WSARecvFrom answer WSAEMSGSIZE, which Asio takes for a failure and completes
//   itself (win_iocp_socket_service_base::start_receive_from_op), although the system completes it too.
// - Whoever assigns a socket to Asio gives it away: Asio closes it. release() would take it back, but is not
//   to be had on every Windows. So the connection gives its socket up, when both are about to be destroyed.
// - A socket object is not thread-safe, a strand's executor is: what another thread wants done with a socket
//   is posted to its executor.
// - Memory for an operation comes from a cache of the thread that begins it, to which the handler's thread
// has
//   just returned that of the one before. So a chain of receives allocates nothing, but where threads share a
//   context and two of them meet at one strand: about one receive in a hundred (tests/allocation), which
//   memory bound to the handler does not change, since it is not for the strand's own operations.
//
// Use it: where portability and an asynchronous style are worth its price. Not for the last microsecond.
//
// Limits: none of its own; those of epoll and of completion ports. The waits happen inside io_context::run(),
// which does not tell of them: they are not counted.
#include "engines/asio.h"

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engines/engine_threads.h"
#include "engines/worker_counters.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr std::string_view contexts_choices[] = {"per-thread", "shared"};
constexpr Setting contexts_setting = choice_setting(
    "contexts", "an io_context for each thread, or one for all with a strand for each connection",
    contexts_choices);

bool is_shared(const EngineSettings& settings) {
  return settings.get(contexts_setting) == 1;
}

// Asio reports the system's own codes in the system's category, and the end of the stream as an error.
std::error_code end_of(const asio::error_code& error) {
  if (error == asio::error::eof) return {};
  return error.category() == asio::system_category() ? socket_error(error.value()) : error;
}

// The context keeps its threads until keep_running is reset and its operations have completed.
struct Context {
  explicit Context(int threads) : io(threads) {}

  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> keep_running{io.get_executor()};
};

// What the thread that runs a handler brings with it.
struct ReceiveThread {
  ReceiveSink* sink = nullptr;
  WorkerCounters* counters = nullptr;
};

// Asio does not tell a handler which thread runs it.
ReceiveThread& this_thread() {
  static thread_local ReceiveThread thread;
  return thread;
}

// A connection in Asio's hands. Used on its executor, once it is in the engine's list.
struct Session {
  Session(std::unique_ptr<Connection> taken, const asio::any_io_executor& runs_on)
      : connection(std::move(taken)), executor(runs_on) {}
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Ends what is outstanding.
  virtual void cancel() = 0;

  const std::unique_ptr<Connection> connection;
  const asio::any_io_executor executor;
  std::optional<std::error_code> end;  // how the connection has ended
  std::list<std::shared_ptr<Session>>::iterator place;
};

// `Protocol` is asio::ip::tcp or asio::ip::udp.
template <class Protocol>
class ProtocolSession : public Session {
 public:
  ProtocolSession(std::unique_ptr<Connection> taken, const asio::any_io_executor& runs_on,
                  std::size_t buffer_bytes)
      : Session(std::move(taken), runs_on), buffer_(new std::byte[buffer_bytes]), socket_(runs_on) {
    const bool ipv4 = local_address(connection->socket()).family() == AddressFamily::ipv4;
    asio::error_code error;
    socket_.assign(ipv4 ? Protocol::v4() : Protocol::v6(), connection->native(), error);
    if (error) {
      throw_error(end_of(error), "asio: assign", "socket " + std::to_string(connection->native()));
    }
  }

  // Closed by Asio, with the member below.
  ~ProtocolSession() override { connection->release_socket(); }

  void cancel() final {
    asio::error_code ignored;  // where nothing is outstanding
    socket_.cancel(ignored);
  }

 protected:
  const std::unique_ptr<std::byte[]> buffer_;
  typename Protocol::socket socket_;
};

class StreamSession final : public ProtocolSession<asio::ip::tcp> {
 public:
  StreamSession(std::unique_ptr<Connection> taken, const asio::any_io_executor& runs_on,
                std::size_t buffer_bytes)
      : ProtocolSession(std::move(taken), runs_on, buffer_bytes), buffer_bytes_(buffer_bytes) {}

  template <class Handler>
  void receive(Handler handler) {
    socket_.async_read_some(asio::buffer(buffer_.get(), buffer_bytes_), handler);
  }

  // Empty = the connection goes on; otherwise it has ended with this.
  std::optional<std::error_code> deliver(const asio::error_code& error, std::size_t bytes) {
    if (error) return end_of(error);
    const ReceiveThread& thread = this_thread();
    thread.counters->completion();
    if (thread.sink->on_receive(*connection, {buffer_.get(), bytes})) return std::nullopt;
    return std::error_code();
  }

 private:
  const std::size_t buffer_bytes_;
};

class DatagramSession final : public ProtocolSession<asio::ip::udp> {
 public:
  DatagramSession(std::unique_ptr<Connection> taken, const asio::any_io_executor& runs_on,
                  std::size_t buffer_bytes)
      : ProtocolSession(std::move(taken), runs_on, room_for(buffer_bytes)), buffer_bytes_(buffer_bytes) {}

  template <class Handler>
  void receive(Handler handler) {
    socket_.async_receive_from(asio::buffer(buffer_.get(), room_for(buffer_bytes_)), source_, handler);
  }

  // As a stream's.
  std::optional<std::error_code> deliver(const asio::error_code& error, std::size_t bytes) {
    if (error) {
      const std::error_code failure = end_of(error);
      if (concerns_earlier_send(failure)) return std::nullopt;
      return failure;
    }
    const ReceiveThread& thread = this_thread();
    thread.counters->completion();
    const std::span source(reinterpret_cast<const std::byte*>(source_.data()), source_.size());
    const Datagram datagram{{buffer_.get(), std::min(bytes, buffer_bytes_)}, source, bytes > buffer_bytes_};
    if (thread.sink->on_datagram(*connection, datagram)) return std::nullopt;
    return std::error_code();
  }

 private:
  static std::size_t room_for(std::size_t buffer_bytes) {
    constexpr std::size_t largest = 65'535;  // the most that UDP's length says
    return std::max(buffer_bytes, largest);
  }

  const std::size_t buffer_bytes_;
  asio::ip::udp::endpoint source_;
};

class AsioEngine final : public ReceiveEngine {
 public:
  explicit AsioEngine(const EngineSettings& settings) : settings_(settings), threads_("asio", settings) {}
  ~AsioEngine() override { AsioEngine::stop(); }

  void start(ReceiveHandler& handler) override {
    try {
      open_contexts();
      for (int i = 0; i < settings_.threads; ++i) {
        WorkerCounters& counters = add_counters();
        asio::io_context& io = contexts_[static_cast<std::size_t>(i) % contexts_.size()].io;
        threads_.start(handler, [&io, &counters](ReceiveSink& sink) {
          this_thread() = {&sink, &counters};
          io.run();
        });
      }
    } catch (...) {
      AsioEngine::stop();
      throw;
    }
  }

  void add(std::unique_ptr<Connection> connection) override {
    const std::lock_guard lock(mutex_);
    if (stopping_) throw_error(canceled_error(), "asio: add", "an engine that is not running");
    if (connection->kind() == Connection::Kind::datagrams) {
      begin<DatagramSession>(std::move(connection));
    } else {
      begin<StreamSession>(std::move(connection));
    }
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const auto& session : sessions_) {
        // May run after the session has left the list, so it keeps it alive.
        asio::post(session->executor, [session] { cancel(*session); });
      }
      for (auto& context : contexts_) context.keep_running.reset();
    }
    threads_.join();
    contexts_.clear();
  }

  EngineCounters counters() const override {
    const std::lock_guard lock(mutex_);
    EngineCounters sum;
    for (const auto& counters : counters_) sum += counters.snapshot();
    return sum;
  }

 private:
  void open_contexts() {
    const std::lock_guard lock(mutex_);
    counters_.clear();
    // The hint is how many threads run it; one of them alone spares Asio some of its locking.
    if (is_shared(settings_)) {
      contexts_.emplace_back(settings_.threads);
    } else {
      for (int i = 0; i < settings_.threads; ++i) contexts_.emplace_back(1);
    }
    stopping_ = false;
  }

  WorkerCounters& add_counters() {
    const std::lock_guard lock(mutex_);
    return counters_.emplace_back();
  }

  asio::any_io_executor next_executor() {
    const auto executor = contexts_[next_context_++ % contexts_.size()].io.get_executor();
    if (is_shared(settings_)) return asio::make_strand(executor);
    return executor;
  }

  // With mutex_ held.
  template <class Kind>
  void begin(std::unique_ptr<Connection> connection) {
    const auto added = std::make_shared<Kind>(std::move(connection), next_executor(), settings_.buffer_bytes);
    added->place = sessions_.insert(sessions_.end(), added);
    try {
      asio::post(added->executor, [this, &session = *added] { receive(session); });
    } catch (...) {
      sessions_.erase(added->place);
      throw;
    }
  }

  template <class Kind>
  void receive(Kind& session) {
    this_thread().counters->receive_call();
    session.receive([this, &session](const asio::error_code& error, std::size_t bytes) {
      received(session, error, bytes);
    });
  }

  template <class Kind>
  void received(Kind& session, const asio::error_code& error, std::size_t bytes) {
    if (!session.end) session.end = session.deliver(error, bytes);
    if (session.end) {
      remove(session);
    } else {
      receive(session);
    }
  }

  // The receive that is outstanding, or the handler that is queued, finds the connection ended.
  static void cancel(Session& session) {
    session.end = canceled_error();
    session.cancel();
  }

  void remove(Session& session) {
    this_thread().sink->on_close(*session.connection, *session.end);
    std::shared_ptr<Session> removed;  // destroyed outside the lock
    const std::lock_guard lock(mutex_);
    removed = std::move(*session.place);
    sessions_.erase(session.place);
  }

  const EngineSettings settings_;
  mutable std::mutex mutex_;
  std::deque<Context> contexts_;
  std::size_t next_context_ = 0;
  std::list<std::shared_ptr<Session>> sessions_;
  std::deque<WorkerCounters> counters_;  // one a thread; kept after stop()
  bool stopping_ = true;
  EngineThreads threads_;
};

}  // namespace

EngineDescriptor asio_engine() {
  EngineDescriptor engine;
  engine.name = "asio";
  engine.api = "Asio async_read_some (Windows: IOCP, Linux: epoll)";
  engine.platform = "any";
  engine.summary = "the Asio library's receives: what a framework costs over the bare model";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting, buffer_setting, contexts_setting, socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return Availability{}; };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<AsioEngine>(settings);
  };
  return engine;
}

}  // namespace recvbench
