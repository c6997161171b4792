// Contract checks of every callback.
#include "engines/tests/conformance/recorder.h"

#include "engines/tests/conformance/pattern.h"

namespace recvbench {
namespace {

// Marks a callback as running, and tells where another one runs already.
class Exclusive {
 public:
  explicit Exclusive(std::atomic<bool>& busy)
      : busy_(busy), overlaps_(busy.exchange(true, std::memory_order_relaxed)) {}
  ~Exclusive() { busy_.store(false, std::memory_order_relaxed); }
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;
  bool overlaps() const { return overlaps_; }

 private:
  std::atomic<bool>& busy_;
  const bool overlaps_;
};

std::string name(const ConnectionLog& log) {
  return "connection " + std::to_string(log.id);
}

}  // namespace

class Recorder::Sink final : public ReceiveSink {
 public:
  explicit Sink(Recorder& recorder) : recorder_(recorder) {}

  bool on_receive(Connection& connection, std::span<const std::byte> bytes) override {
    ConnectionLog& log = recorder_.find_log_(connection);
    const Exclusive sink_turn(busy_);
    const Exclusive connection_turn(log.busy);
    check_turns("on_receive", log, sink_turn, connection_turn);
    if (connection.kind() != Connection::Kind::stream)
      recorder_.violation("on_receive on " + name(log) + ", a datagram socket");
    if (bytes.empty()) recorder_.violation("on_receive without bytes on " + name(log));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == pattern_byte(log.id, log.position + i)) continue;
      recorder_.violation("wrong byte at offset " + std::to_string(log.position + i) + " of " + name(log));
      break;
    }
    log.position += bytes.size();
    const bool go_on = log.respond ? log.respond(connection, bytes) : true;
    count(log, bytes.size());
    return go_on;
  }

  bool on_datagram(Connection& connection, const Datagram& datagram) override {
    ConnectionLog& log = recorder_.find_log_(connection);
    const Exclusive sink_turn(busy_);
    const Exclusive connection_turn(log.busy);
    check_turns("on_datagram", log, sink_turn, connection_turn);
    if (connection.kind() != Connection::Kind::datagrams)
      recorder_.violation("on_datagram on " + name(log) + ", a stream");
    log.position += datagram.bytes.size();
    const bool go_on = log.respond_to_datagram ? log.respond_to_datagram(connection, datagram) : true;
    LoggedDatagram copy{{datagram.bytes.begin(), datagram.bytes.end()},
                        Address::from_native(datagram.source.data(), datagram.source.size()),
                        datagram.truncated};
    recorder_.locked([&] { log.datagrams.push_back(std::move(copy)); });
    count(log, datagram.bytes.size());
    return go_on;
  }

  void on_close(Connection& connection, std::error_code error) override {
    ConnectionLog& log = recorder_.find_log_(connection);
    const Exclusive sink_turn(busy_);
    const Exclusive connection_turn(log.busy);
    check_turns("on_close", log, sink_turn, connection_turn);
    ++log.position;  // nothing may be delivered after this: it would be found in the wrong place
    {
      const std::lock_guard lock(recorder_.mutex_);
      ++log.closes;
      log.error = error;
    }
    recorder_.changed_.notify_all();
  }

 private:
  void count(ConnectionLog& log, std::size_t bytes) {
    {
      const std::lock_guard lock(recorder_.mutex_);
      log.received += bytes;
      ++log.calls;
      ++recorder_.receive_calls_;
    }
    recorder_.changed_.notify_all();
  }

  void check_turns(const std::string& what, ConnectionLog& log, const Exclusive& sink,
                   const Exclusive& connection) {
    if (sink.overlaps()) recorder_.violation(what + " overlaps another callback of its sink");
    if (connection.overlaps()) recorder_.violation(what + " overlaps another callback of " + name(log));
    if (recorder_.sealed_) recorder_.violation(what + " of " + name(log) + " after stop");
    if (recorder_.locked([&] { return log.closes; }) != 0) {
      recorder_.violation(what + " after on_close of " + name(log));
    }
  }

  Recorder& recorder_;
  std::atomic<bool> busy_{false};
};

LoggedConnection::~LoggedConnection() {
  close_socket();
  {
    const std::lock_guard lock(recorder_.mutex_);
    log_->destroyed = true;
  }
  recorder_.changed_.notify_all();
}

Recorder::Recorder()
    : Recorder([](Connection& connection) -> ConnectionLog& {
        return static_cast<LoggedConnection&>(connection).log();
      }) {}

Recorder::Recorder(FindLog find_log) : find_log_(std::move(find_log)) {}

Recorder::~Recorder() = default;

ReceiveSink& Recorder::attach_thread() {
  const std::lock_guard lock(mutex_);
  return *sinks_.emplace_back(std::make_unique<Sink>(*this));
}

bool Recorder::wait_until(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, condition);
}

void Recorder::violation(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (violations_.size() < 20) violations_.push_back(what);
}

std::vector<std::string> Recorder::violations() {
  return locked([this] { return violations_; });
}

std::uint64_t Recorder::receive_calls() {
  return locked([this] { return receive_calls_; });
}

std::size_t Recorder::threads() {
  return locked([this] { return sinks_.size(); });
}

}  // namespace recvbench
