// A receiver that lies on purpose, in ways that are known to the message and to the microsecond, so that what
// recvbench makes of it can be held against what is true: harness/tests/truth/README.md. It cuts what it
// receives into messages (loadgen/message.h) and hands each over by itself; what it did to them it writes to
// stderr, as one line of JSON behind the word "liar", when it is stopped. One thread, select and recv;
// greetings pass as they are.
//
// RECVBENCH_LIAR_EXTRA_NS in its environment makes it handle every message so much later, busy meanwhile, as
// a later build of it might: no setting tells, so that the regression gate takes both for the same engine.
#include "engines/plugin.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>
#endif

namespace {

using Clock = std::chrono::steady_clock;

#ifdef _WIN32
using Native = SOCKET;
int last_error() {
  return WSAGetLastError();
}
// Thread times step by 15.6 ms here; see unavailable().
std::uint64_t thread_cpu_ns() {
  return 0;
}
constexpr const char* no_burning = "burn-ns: a thread's CPU time steps by 15.6 ms on Windows";
#else
using Native = int;
int last_error() {
  return errno;
}
std::uint64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}
constexpr const char* no_burning = nullptr;
#endif

// ---- what it can be asked for

enum Setting {
  lose,
  duplicate,
  reorder,
  corrupt,
  corrupt_at,
  delay_us,
  stall_ms,
  stall_at,
  stall_after_ms,
  burn_ns,
  setting_count
};

constexpr std::uint64_t most = 1'000'000'000;
const recvbench_setting settings[setting_count] = {
    {"lose", "drop every N-th message; 0 = none", 0, 0, most, nullptr},
    {"duplicate", "deliver every N-th message twice; 0 = none", 0, 0, most, nullptr},
    {"reorder", "deliver every N-th message after the next one of its connection; 0 = none", 0, 0, most,
     nullptr},
    {"corrupt", "change one byte of every N-th message; 0 = none", 0, 0, most, nullptr},
    {"corrupt-at", "which byte of the message, from 0", 40, 0, most, nullptr},
    {"delay-us", "handle each message so much later, busy meanwhile", 0, 0, 1'000'000, nullptr},
    {"stall-ms", "stop for so long, once", 0, 0, 10'000, nullptr},
    {"stall-at", "before the N-th message, counted over all connections", 1, 1, most, nullptr},
    {"stall-after-ms", "so long after the first message, whatever stall-at says; 0 = at stall-at", 0, 0,
     1'000'000, nullptr},
    {"burn-ns", "CPU time used up for each message (not on Windows)", 0, 0, most, nullptr}};

using Values = std::array<std::uint64_t, setting_count>;

std::chrono::nanoseconds extra_from_environment() {
  const char* const text = std::getenv("RECVBENCH_LIAR_EXTRA_NS");
  return std::chrono::nanoseconds(text != nullptr ? std::strtoll(text, nullptr, 10) : 0);
}

// ---- what it does to messages

constexpr std::size_t header_bytes = 40;
constexpr std::size_t flags_at = 5, length_at = 8, connection_at = 12;

std::uint32_t field(const char* message, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(message[at + i]);
  return value;
}

struct Done {
  std::uint64_t received = 0, delivered = 0, lost = 0, duplicated = 0, reordered = 0, corrupted = 0;
  std::uint64_t delayed_ns = 0, stalled_ns = 0, burnt_ns = 0;
};

// Where a message is handed over: to recvbench. False where the connection is to be closed.
class Receiver {
 public:
  virtual bool deliver(const char* bytes, std::size_t size) = 0;

 protected:
  ~Receiver() = default;
};

// One sequence of messages: a connection's.
struct Stream {
  std::vector<char> held;  // waits for the next one to overtake it; empty = none
};

class Lies {
 public:
  explicit Lies(const Values& values) : values_(values) {}

  // False where the connection is to be closed. May change the message.
  bool take(Stream& stream, char* message, std::size_t size, Receiver& to) {
    if (message[flags_at] != 0) return to.deliver(message, size);  // a greeting
    ++done_.received;
    hold_up();
    if (is_due(lose)) {
      ++done_.lost;
      return true;
    }
    if (is_due(corrupt) && values_[corrupt_at] < size) {
      message[values_[corrupt_at]] ^= 1;
      ++done_.corrupted;
    }
    if (is_due(reorder) && stream.held.empty()) {
      stream.held.assign(message, message + size);
      return true;
    }
    bool keep = deliver(message, size, to);
    if (keep && is_due(duplicate)) {
      keep = deliver(message, size, to);
      ++done_.duplicated;
    }
    if (!keep || stream.held.empty()) return keep;
    ++done_.reordered;
    return release(stream, to);
  }

  // What is held is delivered, in its turn as nothing has overtaken it.
  bool release(Stream& stream, Receiver& to) {
    const std::vector<char> held = std::exchange(stream.held, {});
    return held.empty() || deliver(held.data(), held.size(), to);
  }

  const Done& done() const { return done_; }

 private:
  bool is_due(Setting every) const { return values_[every] > 0 && done_.received % values_[every] == 0; }

  bool deliver(const char* message, std::size_t size, Receiver& to) {
    ++done_.delivered;
    return to.deliver(message, size);
  }

  void hold_up() {
    if (values_[stall_ms] > 0 && done_.stalled_ns == 0 && is_time_to_stall()) {
      const Clock::time_point begin = Clock::now();
      const Clock::time_point end = begin + std::chrono::milliseconds(values_[stall_ms]);
      while (Clock::now() < end) std::this_thread::sleep_until(end);  // Wine's sleeps end up to 0.5 ms early
      done_.stalled_ns += since(begin);
    }
    const std::chrono::nanoseconds delay = std::chrono::microseconds(values_[delay_us]) + extra_;
    if (delay.count() > 0) {
      const Clock::time_point begin = Clock::now();
      const Clock::time_point end = begin + delay;
      while (Clock::now() < end) {
      }
      done_.delayed_ns += since(begin);
    }
    if (values_[burn_ns] > 0) {
      const std::uint64_t begin = thread_cpu_ns();
      std::uint64_t now = begin;
      while (now - begin < values_[burn_ns]) now = thread_cpu_ns();
      done_.burnt_ns += now - begin;
    }
  }

  bool is_time_to_stall() {
    if (values_[stall_after_ms] == 0) return done_.received == values_[stall_at];
    if (done_.received == 1) first_ = Clock::now();
    return Clock::now() - first_ >= std::chrono::milliseconds(values_[stall_after_ms]);
  }

  static std::uint64_t since(Clock::time_point begin) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count());
  }

  const Values values_;
  const std::chrono::nanoseconds extra_ = extra_from_environment();
  Done done_;
  Clock::time_point first_{};
};

// ---- the engine

constexpr std::size_t most_received = 65'536;

struct Source {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
};

struct Held {
  recvbench_connection* connection;
  Native socket;
  bool datagrams;
  std::vector<char> pending{};                // of a TCP stream: the beginning of a message
  std::map<std::uint32_t, Stream> streams{};  // a datagram socket has many, by connection number
  Source source{};                            // of the last datagram
};

class ToHost final : public Receiver {
 public:
  ToHost(const recvbench_host& host, recvbench_sink* sink, const Held& held)
      : host_(host), sink_(sink), held_(held) {}
  bool deliver(const char* bytes, std::size_t size) override {
    if (!held_.datagrams) return host_.received(sink_, held_.connection, bytes, size) != 0;
    return host_.datagram(sink_, held_.connection, bytes, size, &held_.source.address,
                          static_cast<std::size_t>(held_.source.size), 0) != 0;
  }

 private:
  const recvbench_host& host_;
  recvbench_sink* sink_;
  const Held& held_;
};

class Engine {
 public:
  Engine(const recvbench_host& host, const Values& values) : host_(host), lies_(values) {}
  ~Engine() { stop(); }

  void start() {
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
  }

  void add(const Held& added) {
    const std::lock_guard<std::mutex> lock(mutex_);
    added_.push_back(added);
  }

  void stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    thread_.join();
    const Done& done = lies_.done();
    const auto text = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    std::fprintf(stderr,
                 "liar {\"received\": %llu, \"delivered\": %llu, \"lost\": %llu, \"duplicated\": %llu, "
                 "\"reordered\": %llu, \"corrupted\": %llu, \"delayed_ns\": %llu, \"stalled_ns\": %llu, "
                 "\"burnt_ns\": %llu}\n",
                 text(done.received), text(done.delivered), text(done.lost), text(done.duplicated),
                 text(done.reordered), text(done.corrupted), text(done.delayed_ns), text(done.stalled_ns),
                 text(done.burnt_ns));
    std::fflush(stderr);
  }

 private:
  void run() {
    sink_ = host_.attach_thread(host_.context);
    while (!stopping_) {
      take_added();
      if (!wait()) {
        // Nothing comes: what waits to be overtaken waits in vain.
        for (std::size_t i = held_.size(); i-- > 0;)
          if (!release(*held_[i])) close(i, 0);
        continue;
      }
      for (std::size_t i = held_.size(); i-- > 0;)
        if (FD_ISSET(held_[i]->socket, &readable_)) receive(i);
    }
    take_added();
    while (!held_.empty()) close(held_.size() - 1, RECVBENCH_CANCELED);
  }

  // 5 ms is how late a new connection may be noticed.
  bool wait() {
    if (held_.empty()) {  // select() of nothing is an error on Windows
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return false;
    }
    FD_ZERO(&readable_);
    Native highest = 0;
    for (const auto& held : held_) {
      FD_SET(held->socket, &readable_);
      if (held->socket > highest) highest = held->socket;
    }
    timeval limit{0, 5'000};
    return select(static_cast<int>(highest) + 1, &readable_, nullptr, nullptr, &limit) >
           0;  // Windows: ignored
  }

  void receive(std::size_t i) {
    Held& held = *held_[i];
    const std::size_t before = held.pending.size();
    held.pending.resize(before + most_received);
    const auto size = static_cast<int>(most_received);
    held.source.size = sizeof held.source.address;
    const auto got = held.datagrams
                         ? recvfrom(held.socket, held.pending.data(), size, 0,
                                    reinterpret_cast<sockaddr*>(&held.source.address), &held.source.size)
                         : recv(held.socket, held.pending.data() + before, size, 0);
    held.pending.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (held.datagrams) {
      if (got > 0) take_datagram(held);
      held.pending.clear();
    } else if (got < 0) {
      close(i, last_error());
    } else if (got == 0) {
      end(i);
    } else if (!take_stream(held)) {
      close(i, 0);
    }
  }

  void take_datagram(Held& held) {
    ToHost host(host_, sink_, held);
    char* const message = held.pending.data();
    if (held.pending.size() < header_bytes)
      host.deliver(message, held.pending.size());
    else
      lies_.take(held.streams[field(message, connection_at)], message, held.pending.size(), host);
  }

  bool take_stream(Held& held) {
    ToHost host(host_, sink_, held);
    std::size_t begin = 0;
    bool keep = true;
    while (keep && held.pending.size() - begin >= header_bytes) {
      char* const message = held.pending.data() + begin;
      const std::size_t length = field(message, length_at);
      if (held.pending.size() - begin < length) break;
      keep = lies_.take(held.streams[0], message, length, host);
      begin += length;
    }
    held.pending.erase(held.pending.begin(), held.pending.begin() + static_cast<std::ptrdiff_t>(begin));
    return keep;
  }

  bool release(Held& held) {
    ToHost host(host_, sink_, held);
    bool keep = true;
    for (auto& [number, stream] : held.streams) keep = lies_.release(stream, host) && keep;
    return keep;
  }

  // The peer has ended the stream: what is left of it is delivered.
  void end(std::size_t i) {
    Held& held = *held_[i];
    if (release(held) && !held.pending.empty())
      ToHost(host_, sink_, held).deliver(held.pending.data(), held.pending.size());
    close(i, 0);
  }

  void close(std::size_t i, int error) {
    recvbench_connection* const ended = held_[i]->connection;
    held_[i] = std::move(held_.back());
    held_.pop_back();
    host_.closed(sink_, ended, error);
  }

  void take_added() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Held& one : added_) held_.push_back(std::make_unique<Held>(one));
    added_.clear();
  }

  const recvbench_host& host_;
  Lies lies_;
  recvbench_sink* sink_ = nullptr;
  std::vector<std::unique_ptr<Held>> held_;
  fd_set readable_{};
  std::mutex mutex_;
  std::vector<Held> added_;  // under mutex_
  std::atomic<bool> stopping_{true};
  std::thread thread_;
};

// ---- the functions of the table

Engine& self(void* engine) {
  return *static_cast<Engine*>(engine);
}

const char* unavailable(const recvbench_settings* asked) {
  return asked->own[burn_ns] > 0 ? no_burning : nullptr;
}
std::uint64_t max_connections(const recvbench_settings*) {
  return 32;  // select's sets are small
}
void* create(const recvbench_host* host, const recvbench_settings* asked, recvbench_failure*) {
  Values values;
  std::copy(asked->own, asked->own + setting_count, values.begin());
  return new Engine(*host, values);
}
int start(void* engine, recvbench_failure*) {
  self(engine).start();
  return 1;
}
int add(void* engine, recvbench_connection* connection, recvbench_socket socket, uint32_t kind,
        recvbench_failure*) {
  self(engine).add({connection, static_cast<Native>(socket), kind == RECVBENCH_DATAGRAMS});
  return 1;
}
void stop(void* engine) {
  self(engine).stop();
}
void counters(void*, recvbench_counters*) {}
void destroy(void* engine) {
  delete &self(engine);
}

const recvbench_engine_plugin plugin = {
    RECVBENCH_PLUGIN_ABI,
    sizeof(recvbench_engine_plugin),
    RECVBENCH_RECEIVES_DATAGRAMS,
    setting_count,
    settings,
    "liar",
    "select + recv, recvfrom",
    "a test: loses, doubles, swaps, spoils and holds up messages, and says so",
    unavailable,
    max_connections,
    create,
    start,
    add,
    stop,
    counters,
    destroy};

}  // namespace

extern "C" RECVBENCH_EXPORT const recvbench_engine_plugin* recvbench_engine(uint32_t) {
  return &plugin;
}
