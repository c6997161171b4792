#include "engines/plugin_engine.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <list>
#include <mutex>
#include <string>
#include <utility>

#include "platform/error.h"

namespace recvbench {
class OpenConnections;
}

// What a plug-in holds of a connection, and of a thread.
struct recvbench_connection {
  std::unique_ptr<recvbench::Connection> connection;
  recvbench::OpenConnections* home = nullptr;
  std::list<recvbench_connection>::iterator place;
};
struct recvbench_sink {
  recvbench::ReceiveSink* sink = nullptr;
};

namespace recvbench {

// The connections that the plug-in has and has not closed. Thread-safe.
class OpenConnections {
 public:
  // Null where there are `most` already.
  recvbench_connection* add(std::unique_ptr<Connection> connection, std::uint64_t most) {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= most) return nullptr;
    recvbench_connection& added = open_.emplace_back();
    added.connection = std::move(connection);
    added.home = this;
    added.place = std::prev(open_.end());
    return &added;
  }

  // Closes its socket.
  void remove(recvbench_connection& connection) {
    std::list<recvbench_connection> removed;  // destroyed outside the lock
    const std::lock_guard lock(mutex_);
    removed.splice(removed.begin(), open_, connection.place);
  }

  std::list<recvbench_connection> take_all() {
    const std::lock_guard lock(mutex_);
    return std::exchange(open_, {});
  }

 private:
  std::mutex mutex_;
  std::list<recvbench_connection> open_;
};

namespace {

class PluginCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "plug-in"; }
  std::string message(int code) const override {
    switch (code) {
      case left_open:
        return "the plug-in's stop() left the connection open";
      case not_pinned:
        return "the thread that received could not be pinned to its CPU";
      default:
        return "the plug-in names no system error";
    }
  }
  static constexpr int left_open = 1;
  static constexpr int no_system_error = 2;
  static constexpr int not_pinned = 3;
};

std::error_code plugin_error(int code) {
  static const PluginCategory category;
  return {code, category};
}

[[noreturn]] void fail(const recvbench_engine_plugin& plugin, const char* function,
                       recvbench_failure& failure) {
  failure.text[sizeof failure.text - 1] = '\0';
  const auto error =
      failure.error != 0 ? socket_error(failure.error) : plugin_error(PluginCategory::no_system_error);
  throw_error(error, std::string(plugin.name) + ": " + function, failure.text);
}

// The sink of a thread that is not where the run wants it: its connections end with the reason, so that
// nothing is measured there.
class NotPinnedSink final : public ReceiveSink {
 public:
  explicit NotPinnedSink(ReceiveSink& told) : told_(told) {}

  bool on_receive(Connection&, std::span<const std::byte>) override { return false; }
  bool on_datagram(Connection&, const Datagram&) override { return false; }
  void on_close(Connection& connection, std::error_code) override {
    told_.on_close(connection, plugin_error(PluginCategory::not_pinned));
  }

 private:
  ReceiveSink& told_;
};

class PluginEngine final : public ReceiveEngine {
 public:
  PluginEngine(const recvbench_engine_plugin& plugin, const PluginSettings& settings, std::vector<int> cpus,
               PinThread pin)
      : plugin_(plugin),
        cpus_(std::move(cpus)),
        pin_(pin),
        most_(plugin.max_connections != nullptr ? plugin.max_connections(settings.get())
                                                : std::numeric_limits<std::uint64_t>::max()) {
    recvbench_failure failure{};
    engine_ = plugin_.create(&host_, settings.get(), &failure);
    if (engine_ == nullptr) fail(plugin_, "create", failure);
  }
  ~PluginEngine() override {
    PluginEngine::stop();
    plugin_.destroy(engine_);
  }

  void start(ReceiveHandler& handler) override {
    // Here, where it can be said: the threads come later and are not ours.
    const std::vector<int> allowed = allowed_cpus();
    for (const int cpu : cpus_)
      if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end())
        throw_error(std::make_error_code(std::errc::invalid_argument), std::string(plugin_.name) + ": start",
                    "cpu " + std::to_string(cpu));
    handler_ = &handler;
    sinks_.clear();
    not_pinned_.clear();
    pin_error_.clear();
    recvbench_failure failure{};
    if (plugin_.start(engine_, &failure) == 0) {
      handler_ = nullptr;
      fail(plugin_, "start", failure);
    }
  }

  void add(std::unique_ptr<Connection> connection) override {
    if (handler_ == nullptr)
      throw_error(canceled_error(), std::string(plugin_.name) + ": add", "an engine that is not running");
    {
      const std::lock_guard lock(threads_mutex_);
      if (pin_error_) throw_error(pin_error_, "pin_current_thread");
    }
    const auto socket = static_cast<recvbench_socket>(connection->native());
    const std::uint32_t kind =
        connection->kind() == Connection::Kind::stream ? RECVBENCH_STREAM : RECVBENCH_DATAGRAMS;
    recvbench_connection* added = open_.add(std::move(connection), most_);
    if (added == nullptr)
      throw_error(std::make_error_code(std::errc::too_many_files_open), std::string(plugin_.name) + ": add",
                  "a connection past the limit of " + std::to_string(most_));
    recvbench_failure failure{};
    if (plugin_.add(engine_, added, socket, kind, &failure) != 0) return;
    open_.remove(*added);
    fail(plugin_, "add", failure);
  }

  void stop() override {
    if (handler_ == nullptr) return;
    plugin_.stop(engine_);
    // What it should have closed ends here, with an error that makes the run invalid.
    if (std::list<recvbench_connection> left = open_.take_all(); !left.empty()) {
      ReceiveSink& sink = handler_->attach_thread();
      for (const recvbench_connection& one : left)
        sink.on_close(*one.connection, plugin_error(PluginCategory::left_open));
    }
    handler_ = nullptr;
  }

  EngineCounters counters() const override {
    recvbench_counters sum{};
    plugin_.counters(engine_, &sum);
    return {sum.receive_calls,
            sum.wait_calls,
            sum.wakeups,
            sum.completions,
            sum.completions_per_wakeup_min,
            sum.completions_per_wakeup_max};
  }

 private:
  static recvbench_sink* attach_thread(void* context) noexcept {
    auto& engine = *static_cast<PluginEngine*>(context);
    ReceiveSink* sink = &engine.handler_->attach_thread();
    const std::lock_guard lock(engine.threads_mutex_);
    if (!engine.cpus_.empty()) {
      if (const auto error = engine.pin_(engine.cpus_[engine.sinks_.size() % engine.cpus_.size()])) {
        engine.pin_error_ = error;
        sink = &engine.not_pinned_.emplace_back(*sink);
      }
    }
    return &engine.sinks_.emplace_back(recvbench_sink{sink});
  }
  static int received(recvbench_sink* sink, recvbench_connection* connection, const void* bytes,
                      std::size_t size) noexcept {
    return sink->sink->on_receive(*connection->connection, {static_cast<const std::byte*>(bytes), size}) ? 1
                                                                                                         : 0;
  }
  static int datagram(recvbench_sink* sink, recvbench_connection* connection, const void* bytes,
                      std::size_t size, const void* source, std::size_t source_size, int truncated) noexcept {
    const Datagram one{{static_cast<const std::byte*>(bytes), size},
                       {static_cast<const std::byte*>(source), source_size},
                       truncated != 0};
    return sink->sink->on_datagram(*connection->connection, one) ? 1 : 0;
  }
  static void closed(recvbench_sink* sink, recvbench_connection* connection, int error) noexcept {
    const std::error_code code = error == 0                    ? std::error_code()
                                 : error == RECVBENCH_CANCELED ? canceled_error()
                                                               : socket_error(error);
    sink->sink->on_close(*connection->connection, code);
    connection->home->remove(*connection);
  }

  const recvbench_engine_plugin plugin_;
  const std::vector<int> cpus_;
  const PinThread pin_;
  const std::uint64_t most_;
  const recvbench_host host_{sizeof(recvbench_host), 0, this, attach_thread, received, datagram, closed};
  ReceiveHandler* handler_ = nullptr;  // while it runs
  OpenConnections open_;
  std::mutex threads_mutex_;
  std::deque<recvbench_sink> sinks_;      // the plug-in keeps their addresses
  std::deque<NotPinnedSink> not_pinned_;  // what those of some threads refer to
  std::error_code pin_error_;             // of the last of them; the next add() says so
  void* engine_ = nullptr;
};

}  // namespace

PluginSettings::PluginSettings(const EngineSettings& settings, std::uint32_t flags,
                               std::span<const Setting> declared) {
  for (const Setting& setting : declared) own_.push_back(settings.get(setting));
  const auto common = [&](const Setting& setting, std::uint32_t flag) {
    return (flags & flag) != 0 ? settings.get(setting) : setting.initial;
  };
  passed_.size = sizeof passed_;
  passed_.threads = static_cast<std::uint32_t>(common(threads_setting, RECVBENCH_HAS_THREADS));
  passed_.buffer_bytes = common(buffer_setting, RECVBENCH_HAS_BUFFER);
  passed_.receives_in_flight =
      static_cast<std::uint32_t>(common(receives_in_flight_setting, RECVBENCH_HAS_RECEIVES_IN_FLIGHT));
  passed_.own = own_.data();
}

std::unique_ptr<ReceiveEngine> make_plugin_engine(const recvbench_engine_plugin& plugin,
                                                  const PluginSettings& settings, std::vector<int> cpus,
                                                  PinThread pin) {
  return std::make_unique<PluginEngine>(plugin, settings, std::move(cpus), pin);
}

}  // namespace recvbench
