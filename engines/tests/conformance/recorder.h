// The suite's side of the engine contract: a handler that checks every callback against the contract and
// records what each connection got.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "engines/engine.h"

namespace recvbench {

// Longest wait for anything that ought to happen at once; generous, for a loaded machine, sanitizers and
// Wine.
inline constexpr std::chrono::seconds patience{30};

class Recorder;

// One datagram as it was delivered.
struct LoggedDatagram {
  std::vector<std::byte> bytes;
  Address source;
  bool truncated = false;
};

// What one connection got. Outlives the connection, which belongs to the engine.
struct ConnectionLog {
  std::uint32_t id = 0;
  // Set before the connection is added; called for every delivery after it was checked, its answer is
  // on_receive's.
  std::function<bool(Connection&, std::span<const std::byte>)> respond;
  // The same for a datagram socket.
  std::function<bool(Connection&, const Datagram&)> respond_to_datagram;

  // Under the recorder's mutex.
  std::uint64_t received = 0;  // bytes
  std::uint64_t calls = 0;     // on_receive and on_datagram
  std::vector<LoggedDatagram> datagrams;
  int closes = 0;         // on_close
  std::error_code error;  // of on_close
  bool destroyed = false;

  // Of the callbacks alone. Deliberately unsynchronised: where an engine delivers one connection's bytes from
  // two threads without ordering them, ThreadSanitizer reports it.
  std::uint64_t position = 0;
  std::atomic<bool> busy{false};  // a callback of this connection runs
};

// A connection with a socket, tied to its log.
class LoggedConnection final : public Connection {
 public:
  LoggedConnection(Socket socket, Kind kind, std::shared_ptr<ConnectionLog> log, Recorder& recorder)
      : Connection(std::move(socket), kind), log_(std::move(log)), recorder_(recorder) {}
  ~LoggedConnection() override;

  ConnectionLog& log() { return *log_; }

 private:
  std::shared_ptr<ConnectionLog> log_;
  Recorder& recorder_;
};

class Recorder final : public ReceiveHandler {
 public:
  // Finds the log of a connection; the default takes it for a LoggedConnection.
  using FindLog = std::function<ConnectionLog&(Connection&)>;
  Recorder();
  explicit Recorder(FindLog find_log);
  ~Recorder() override;

  ReceiveSink& attach_thread() override;

  // Waits until `condition`, asked under the mutex after every event, holds. False after `patience`.
  bool wait_until(const std::function<bool()>& condition);
  // `read` under the mutex.
  template <class Read>
  auto locked(Read read) {
    const std::lock_guard lock(mutex_);
    return read();
  }

  // The engine has stopped: from now on every callback is a violation.
  void seal() { sealed_ = true; }
  void violation(const std::string& what);
  // Breaches of the contract so far (the first twenty).
  std::vector<std::string> violations();
  // on_receive and on_datagram calls over all connections; sinks handed out.
  std::uint64_t receive_calls();
  std::size_t threads();

 private:
  class Sink;
  friend class LoggedConnection;

  const FindLog find_log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::vector<std::string> violations_;
  std::uint64_t receive_calls_ = 0;
  std::atomic<bool> sealed_{false};
};

}  // namespace recvbench
