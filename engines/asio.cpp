// asio: the standalone Asio library, as its users write it, over what it takes for the best call of the
// system.
//
//   tcp::socket(executor).assign(protocol, socket)
//   socket.async_read_some(buffer, handler) -> deliver -> async_read_some ...
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
#include <asio/post.hpp>
#include <asio/strand.hpp>

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
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

// Used on its executor, once it is in the engine's list.
struct Session {
  Session(std::unique_ptr<Connection> taken, const asio::any_io_executor& executor, std::size_t bytes)
      : connection(std::move(taken)), buffer_bytes(bytes), buffer(new std::byte[bytes]), socket(executor) {
    const bool ipv4 = local_address(connection->socket()).family() == AddressFamily::ipv4;
    asio::error_code error;
    socket.assign(ipv4 ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), connection->native(), error);
    if (error) {
      throw_error(end_of(error), "asio: assign", "socket " + std::to_string(connection->native()));
    }
  }
  // Closed by Asio, with the member below.
  ~Session() { connection->release_socket(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::unique_ptr<Connection> connection;
  const std::size_t buffer_bytes;
  const std::unique_ptr<std::byte[]> buffer;
  asio::ip::tcp::socket socket;
  std::optional<std::error_code> end;  // how the connection has ended
  std::list<std::shared_ptr<Session>>::iterator place;
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
    const auto added =
        std::make_shared<Session>(std::move(connection), next_executor(), settings_.buffer_bytes);
    added->place = sessions_.insert(sessions_.end(), added);
    try {
      asio::post(added->socket.get_executor(), [this, &session = *added] { receive(session); });
    } catch (...) {
      sessions_.erase(added->place);
      throw;
    }
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const auto& session : sessions_) {
        // May run after the session has left the list, so it keeps it alive.
        asio::post(session->socket.get_executor(), [session] { cancel(*session); });
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

  void receive(Session& session) {
    this_thread().counters->receive_call();
    session.socket.async_read_some(asio::buffer(session.buffer.get(), session.buffer_bytes),
                                   [this, &session](const asio::error_code& error, std::size_t bytes) {
                                     received(session, error, bytes);
                                   });
  }

  void received(Session& session, const asio::error_code& error, std::size_t bytes) {
    if (!session.end) session.end = deliver(session, error, bytes);
    if (session.end) {
      remove(session);
    } else {
      receive(session);
    }
  }

  // Empty = the connection goes on; otherwise it has ended with this.
  static std::optional<std::error_code> deliver(Session& session, const asio::error_code& error,
                                                std::size_t bytes) {
    if (error) return end_of(error);
    const ReceiveThread& thread = this_thread();
    thread.counters->completion();
    if (thread.sink->on_receive(*session.connection, {session.buffer.get(), bytes})) return std::nullopt;
    return std::error_code();
  }

  // The receive that is outstanding, or the handler that is queued, finds the connection ended.
  static void cancel(Session& session) {
    session.end = canceled_error();
    asio::error_code ignored;  // where nothing is outstanding
    session.socket.cancel(ignored);
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
  engine.protocols = {"tcp"};
  engine.settings = {threads_setting, buffer_setting, contexts_setting, socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return Availability{}; };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<AsioEngine>(settings);
  };
  return engine;
}

}  // namespace recvbench
