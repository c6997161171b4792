// The engine contract: what a receive model must do to be compared, and what it may rely on.
//
// An engine owns its threads, buffers and waiting. It delivers bytes or datagrams; it knows nothing of
// messages, histograms or phases. The receive model is the only thing that differs between two engines.
//
//   harness --add(Connection)--> engine --on_receive(bytes)--> sink (one per engine thread) --> histograms
//
// On the per-receive path neither side allocates, locks, or uses an atomic read-modify-write.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engines/settings.h"
#include "platform/datagram.h"
#include "platform/socket.h"

namespace recvbench {

// One accepted TCP connection, or one bound UDP socket with any number of peers. The harness derives from it
// to keep per-connection state next to the socket. Owned by the engine from add() until it has called
// on_close, after which the engine destroys it (closing the socket).
class Connection {
 public:
  enum class Kind { stream, datagrams };

  explicit Connection(Socket socket, Kind kind = Kind::stream) : socket_(std::move(socket)), kind_(kind) {}
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const Socket& socket() const { return socket_; }
  NativeSocket native() const { return socket_.native(); }
  Kind kind() const { return kind_; }
  void close_socket() noexcept { socket_.close(); }
  // For an engine whose library closes the sockets it was given: leaves it to that. native() is then no
  // socket.
  void release_socket() noexcept { socket_.release(); }

 private:
  Socket socket_;
  const Kind kind_;
};

// One datagram as one receive delivered it. The views are valid during the callback only.
struct Datagram {
  std::span<const std::byte> bytes;   // may be empty: there are datagrams of zero bytes
  std::span<const std::byte> source;  // the sender's sockaddr, for Address::from_native and send_datagram
  bool truncated = false;             // it was larger than the engine's buffer, and the rest is lost
  // The address of this machine that it was sent to, as a sockaddr without a port. Empty where the engine
  // does not ask for it, or the system does not say it.
  std::span<const std::byte> destination = {};
};

// Receives one engine thread's callbacks; never called by two threads at once.
class ReceiveSink {
 public:
  virtual ~ReceiveSink() = default;

  // The bytes that one receive call or completion delivered: never empty, in stream order for that
  // connection, valid during the call only. Calls for one connection never overlap, whichever thread makes
  // them. Returns false where the connection is to be closed: the engine then calls on_close(connection, {})
  // and delivers nothing more of it. May block while it sends an echo reply.
  [[nodiscard]] virtual bool on_receive(Connection& connection, std::span<const std::byte> bytes) = 0;

  // The same for a datagram socket: one call a datagram, of any size, from whomever it came; in the order in
  // which the system handed them out. A sink whose handler adds no datagram socket need not override it.
  [[nodiscard]] virtual bool on_datagram(Connection& /*connection*/, const Datagram& /*datagram*/) {
    return false;
  }

  // The last callback of a connection, exactly once for every connection ever added. No error = graceful
  // close (or closed on on_receive's or on_datagram's request); canceled_error() = it was open when the
  // engine stopped. A datagram socket has no end of its own: an error that concerns_earlier_send() is passed
  // over.
  virtual void on_close(Connection& connection, std::error_code error) = 0;
};

// Implemented by the harness.
class ReceiveHandler {
 public:
  virtual ~ReceiveHandler() = default;
  // Each engine thread asks once for its sink, before its first callback. Thread-safe. The sink outlives the
  // engine.
  virtual ReceiveSink& attach_thread() = 0;
};

// Implemented by the harness, for engines that accept connections themselves. Thread-safe: engine threads
// call it.
class Admission {
 public:
  virtual ~Admission() = default;
  // Makes a connection of an accepted socket. Null = it is not wanted, and has been closed.
  virtual std::unique_ptr<Connection> admit(Socket socket) = 0;
  // A connection could not be accepted, or not be taken. Others may follow.
  virtual void failed(const std::system_error& error) = 0;
};

// What an engine did, summed over its threads. All counts since start().
struct EngineCounters {
  std::uint64_t receive_calls = 0;  // recv, WSARecv, RIOReceive ... issued
  std::uint64_t wait_calls = 0;     // select, GetQueuedCompletionStatus ... issued (0: the model has none)
  std::uint64_t wakeups = 0;        // waits that returned with something to do
  std::uint64_t completions = 0;    // receives that delivered bytes, or a datagram
  std::uint64_t completions_per_wakeup_min = 0;  // 0 where the model has no wakeups
  std::uint64_t completions_per_wakeup_max = 0;

  EngineCounters& operator+=(const EngineCounters& other);
};

class ReceiveEngine {
 public:
  virtual ~ReceiveEngine() = default;
  // Starts the threads. Throws std::system_error where a resource cannot be had; the engine is then as if
  // never started.
  virtual void start(ReceiveHandler& handler) = 0;
  // From any thread between start and stop. Throws std::system_error where the connection cannot be taken (it
  // is then closed, without on_close); a connection past the engine's stated limit is such a case
  // (std::errc::too_many_files_open), and there is room again once a connection has been destroyed.
  virtual void add(std::unique_ptr<Connection> connection) = 0;
  // Once after start, where EngineDescriptor::accepts says that it can: accepts connections of `listener` by
  // the engine's own means and receives from those that `admission` makes, until stop_accepting() or stop().
  // add() remains. Throws std::system_error; the default says that it is not supported.
  virtual void accept_from(Socket listener, Admission& admission);
  // Closes the listener; what was accepted stays. `admission` is not called after it. Does nothing where
  // nothing is being accepted.
  virtual void stop_accepting() {}
  // Cancels what is pending, drains, calls on_close for every open connection, joins. No callback runs after
  // it. Calling it twice, or without start, does nothing.
  virtual void stop() = 0;
  // Any time; exact after stop().
  virtual EngineCounters counters() const = 0;
};

struct Availability {
  bool available = true;
  std::string reason;     // why not, or a remark ("emulated")
  bool emulated = false;  // runs on a stand-in for its API: shown, never ranked
};

struct EngineLimit {
  std::string_view name;  // "connections per thread"
  std::uint64_t value = 0;
  std::string_view source;  // where the number comes from
};

// Everything known of an engine without starting it.
struct EngineDescriptor {
  std::string_view name;                    // "iocp"
  std::string_view api;                     // "WSARecv + GetQueuedCompletionStatus"
  std::string_view platform;                // "windows", "linux" or "any"
  std::string_view summary;                 // one line: what the model is
  std::vector<std::string_view> protocols;  // "tcp", "udp": what its connections may be
  std::vector<EngineLimit> limits;
  std::vector<Setting> settings;     // what can be set of it, in the order it is listed
  bool needs_registered_io = false;  // its listener must be opened with SocketOptions::registered_io
  bool synthetic = false;            // delivers made-up receives; uses no sockets (null)
  bool repeating_receives = false;   // one receive call may bring many completions (multishot)
  // Most connections with these settings; empty = no limit of the model's own.
  std::function<std::optional<std::uint64_t>(const EngineSettings&)> max_connections;
  // Asked at run time, never assumed from the system's version.
  std::function<Availability()> probe;
  // Whether it can run here with these settings, where probe() says that it can run; empty = with all of
  // them. Also the place to refuse settings that contradict each other.
  std::function<Availability(const EngineSettings&)> check;
  std::function<std::unique_ptr<ReceiveEngine>(const EngineSettings&)> create;
  // Whether, with these settings, it is to accept its connections itself (ReceiveEngine::accept_from); empty
  // = with none.
  std::function<bool(const EngineSettings&)> accepts;

  // nullptr where it has no such setting.
  const Setting* find_setting(std::string_view setting) const;
  bool receives(std::string_view protocol) const {
    return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
  }
  bool has(const Setting& setting) const { return find_setting(setting.name) != nullptr; }
  bool accepts_itself(const EngineSettings& with) const { return accepts && accepts(with); }
};

}  // namespace recvbench
