// A receive engine in a shared library: the place to put a server's own receive layer, so that recvbench
// measures it beside its models. This one is the least that fulfils the contract of plugin.h: one thread that
// polls all of its sockets and receives from those that are readable.
//
//   recvbench run --engine ./my_engine.so,poll           (./my_engine.dll,wsapoll on Windows)
//   recvbench run --engine './my_engine.so:receives=1|8'
#include "plugin.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace {

// ---- the few words in which the two systems differ

#ifdef _WIN32
using Native = SOCKET;
using PollEntry = WSAPOLLFD;
constexpr Native none = INVALID_SOCKET;
int last_error() {
  return WSAGetLastError();
}
bool is_nothing_yet(int error) {
  return error == WSAEWOULDBLOCK;
}
bool is_interruption(int) {
  return false;
}
void close_native(Native socket) {
  closesocket(socket);
}
bool make_nonblocking(Native socket) {
  u_long on = 1;
  return ioctlsocket(socket, static_cast<long>(FIONBIO), &on) == 0;
}
int wait_for(std::vector<PollEntry>& entries) {
  return WSAPoll(entries.data(), static_cast<ULONG>(entries.size()), -1);
}
int receive(Native socket, std::vector<char>& buffer) {
  return recv(socket, buffer.data(), static_cast<int>(buffer.size()), 0);
}
// ICMP's answer to an earlier reply, told at the next receive.
bool concerns_earlier_send(int error) {
  return error == WSAECONNRESET || error == WSAENETRESET;
}
int receive_from(Native socket, std::vector<char>& buffer, sockaddr* source, socklen_t& size,
                 bool& truncated) {
  const int got = recvfrom(socket, buffer.data(), static_cast<int>(buffer.size()), 0, source, &size);
  truncated = got < 0 && WSAGetLastError() == WSAEMSGSIZE;
  return truncated ? static_cast<int>(buffer.size()) : got;
}
#else
using Native = int;
using PollEntry = pollfd;
constexpr Native none = -1;
int last_error() {
  return errno;
}
bool is_nothing_yet(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}
bool is_interruption(int error) {
  return error == EINTR;
}
void close_native(Native socket) {
  ::close(socket);
}
bool make_nonblocking(Native socket) {
  const int flags = ::fcntl(socket, F_GETFL);
  return flags >= 0 && ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) == 0;
}
int wait_for(std::vector<PollEntry>& entries) {
  return ::poll(entries.data(), static_cast<nfds_t>(entries.size()), -1);
}
int receive(Native socket, std::vector<char>& buffer) {
  return static_cast<int>(::recv(socket, buffer.data(), buffer.size(), 0));
}
// ICMP's answer to an earlier reply, told at the next receive.
bool concerns_earlier_send(int error) {
  return error == ECONNREFUSED;
}
int receive_from(Native socket, std::vector<char>& buffer, sockaddr* source, socklen_t& size,
                 bool& truncated) {
  // With MSG_TRUNC the answer is the datagram's own size, however little of it fits.
  const ssize_t got = ::recvfrom(socket, buffer.data(), buffer.size(), MSG_TRUNC, source, &size);
  truncated = got > static_cast<ssize_t>(buffer.size());
  return truncated ? static_cast<int>(buffer.size()) : static_cast<int>(got);
}
#endif

int refuse(recvbench_failure* failure, const char* call) {
  failure->error = last_error();
  std::snprintf(failure->text, sizeof failure->text, "%s", call);
  return 0;
}

// A socket that sends to itself: what makes poll() return when there is something else to do.
class Wakeup {
 public:
  ~Wakeup() {
    if (socket_ != none) close_native(socket_);
  }
  // The name of the call that failed, or nullptr.
  const char* open() {
    socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    if (socket_ == none) return "socket";
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(socket_, any, size) != 0) return "bind";
    if (getsockname(socket_, any, &size) != 0) return "getsockname";
    if (connect(socket_, any, size) != 0) return "connect";
    return make_nonblocking(socket_) ? nullptr : "ioctl";
  }
  void ring() { send(socket_, "", 1, 0); }
  void answer() {
    char scrap[16];
    while (recv(socket_, scrap, sizeof scrap, 0) > 0) {
    }
  }
  Native native() const { return socket_; }

 private:
  Native socket_ = none;
};

// ---- the engine

struct Held {
  recvbench_connection* connection;
  Native socket;
  bool datagrams;
};

class Engine {
 public:
  Engine(const recvbench_host& host, std::size_t buffer_bytes, std::uint64_t receives)
      : host_(host), buffer_bytes_(buffer_bytes), receives_(receives) {}

  const char* start() {
    wakeup_ = std::make_unique<Wakeup>();
    if (const char* call = wakeup_->open()) return call;
    stopping_ = false;
    closed_ = false;
    calls_ = waits_ = wakeups_ = completions_ = fewest_ = most_ = 0;
    thread_ = std::thread([this] { run(); });
    return nullptr;
  }

  // False with `why` where it is refused.
  bool add(const Held& added, const char*& why) {
    why = "ioctl";
    if (!make_nonblocking(added.socket)) return false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      why = "its thread has ended";
      if (closed_) return false;
      added_.push_back(added);
    }
    wakeup_->ring();
    return true;
  }

  void stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    wakeup_->ring();
    thread_.join();
  }

  recvbench_counters counters() const {
    recvbench_counters now{};
    now.receive_calls = calls_;
    now.wait_calls = waits_;
    now.wakeups = wakeups_;
    now.completions = completions_;
    now.completions_per_wakeup_min = fewest_;
    now.completions_per_wakeup_max = most_;
    return now;
  }

 private:
  void run() {
    sink_ = host_.attach_thread(host_.context);
    std::vector<char> buffer(buffer_bytes_);
    entries_.assign(1, {wakeup_->native(), POLLIN, 0});
    int end = RECVBENCH_CANCELED;
    while (!stopping_) {
      count(waits_);
      if (wait_for(entries_) < 0) {
        if (is_interruption(last_error())) continue;
        end = last_error();
        break;
      }
      const std::uint64_t before = completions_;
      // From the back: the last one takes the place of one that ends, and has been served already.
      for (std::size_t i = held_.size(); i-- > 0;)
        if (entries_[i + 1].revents != 0) serve(i, buffer);
      count_wakeup(completions_ - before);
      if (entries_[0].revents != 0) {
        wakeup_->answer();
        take_added();
      }
    }
    {
      // What comes from now on is refused; what came before is owed its end.
      const std::lock_guard<std::mutex> lock(mutex_);
      closed_ = true;
    }
    take_added();
    while (!held_.empty()) close(held_.size() - 1, end);
  }

  void serve(std::size_t i, std::vector<char>& buffer) {
    for (std::uint64_t n = 0; n < receives_; ++n) {
      count(calls_);
      const Next next =
          held_[i].datagrams ? receive_datagram(held_[i], buffer) : receive_bytes(held_[i], buffer);
      if (next.over) return close(i, next.error);
      if (next.nothing) return;
    }
  }

  // What a receive leads to: on to the next one, or nothing is there yet, or the connection is over.
  struct Next {
    bool nothing = false;
    bool over = false;
    int error = 0;
  };
  static Next failed(int error) {
    if (is_interruption(error)) return {};
    return is_nothing_yet(error) ? Next{true, false, 0} : Next{false, true, error};
  }

  Next receive_bytes(const Held& from, std::vector<char>& buffer) {
    const int got = receive(from.socket, buffer);
    if (got < 0) return failed(last_error());
    if (got == 0) return {false, true, 0};
    count(completions_);
    const int keep = host_.received(sink_, from.connection, buffer.data(), static_cast<std::size_t>(got));
    return {false, keep == 0, 0};
  }

  Next receive_datagram(const Held& from, std::vector<char>& buffer) {
    sockaddr_storage source{};
    socklen_t size = sizeof source;
    bool truncated = false;
    const int got = receive_from(from.socket, buffer, reinterpret_cast<sockaddr*>(&source), size, truncated);
    if (got < 0) return concerns_earlier_send(last_error()) ? Next{} : failed(last_error());
    count(completions_);
    const int keep = host_.datagram(sink_, from.connection, buffer.data(), static_cast<std::size_t>(got),
                                    &source, static_cast<std::size_t>(size), truncated ? 1 : 0);
    return {false, keep == 0, 0};
  }

  void take_added() {
    std::vector<Held> added;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      added.swap(added_);
    }
    for (const Held& one : added) {
      held_.push_back(one);
      entries_.push_back({one.socket, POLLIN, 0});
    }
  }

  void close(std::size_t i, int error) {
    const Held ended = std::exchange(held_[i], held_.back());
    held_.pop_back();
    entries_[i + 1] = entries_.back();
    entries_.pop_back();
    host_.closed(sink_, ended.connection, error);
  }

  // Written by one thread only: a load and a store, no locked instruction.
  static void count(std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  void count_wakeup(std::uint64_t completions) {
    count(wakeups_);
    if (completions == 0) return;
    if (fewest_ == 0 || completions < fewest_) fewest_ = completions;
    if (completions > most_) most_ = completions;
  }

  const recvbench_host& host_;
  const std::size_t buffer_bytes_;
  const std::uint64_t receives_;
  recvbench_sink* sink_ = nullptr;
  std::unique_ptr<Wakeup> wakeup_;
  std::vector<Held> held_;
  std::vector<PollEntry> entries_;  // [0] is the wake-up, [i + 1] is held_[i]
  std::mutex mutex_;
  std::vector<Held> added_;  // under mutex_
  bool closed_ = true;       // under mutex_
  std::atomic<bool> stopping_{true};
  std::atomic<std::uint64_t> calls_{0}, waits_{0}, wakeups_{0}, completions_{0}, fewest_{0}, most_{0};
  std::thread thread_;
};

// ---- the functions of the table; no exception may leave them

Engine& self(void* engine) {
  return *static_cast<Engine*>(engine);
}

void* create(const recvbench_host* host, const recvbench_settings* settings, recvbench_failure* failure) {
  try {
    return new Engine(*host, static_cast<std::size_t>(settings->buffer_bytes), settings->own[0]);
  } catch (const std::exception& error) {
    std::snprintf(failure->text, sizeof failure->text, "%s", error.what());
    return nullptr;
  }
}

int start(void* engine, recvbench_failure* failure) {
  try {
    const char* call = self(engine).start();
    return call == nullptr ? 1 : refuse(failure, call);
  } catch (const std::system_error& error) {
    failure->error = error.code().value();
    std::snprintf(failure->text, sizeof failure->text, "std::thread");
    return 0;
  } catch (const std::exception& error) {
    std::snprintf(failure->text, sizeof failure->text, "%s", error.what());
    return 0;
  }
}

int add(void* engine, recvbench_connection* connection, recvbench_socket socket, uint32_t kind,
        recvbench_failure* failure) {
  try {
    const char* why = nullptr;
    return self(engine).add({connection, static_cast<Native>(socket), kind == RECVBENCH_DATAGRAMS}, why)
               ? 1
               : refuse(failure, why);
  } catch (const std::exception& error) {
    std::snprintf(failure->text, sizeof failure->text, "%s", error.what());
    return 0;
  }
}

void stop(void* engine) {
  self(engine).stop();
}

void counters(void* engine, recvbench_counters* sum) {
  *sum = self(engine).counters();
}

void destroy(void* engine) {
  delete &self(engine);
}

const recvbench_setting settings[] = {
    {"receives", "receives from a readable socket before the next one's turn", 1, 1, 64, nullptr}};

const recvbench_engine_plugin plugin = {RECVBENCH_PLUGIN_ABI,
                                        sizeof(recvbench_engine_plugin),
                                        RECVBENCH_HAS_BUFFER | RECVBENCH_RECEIVES_DATAGRAMS,
                                        1,
                                        settings,
                                        "my-engine",
                                        "poll + recv, recvfrom",
                                        "the example: one thread polls its sockets, then receives",
                                        nullptr,
                                        nullptr,
                                        create,
                                        start,
                                        add,
                                        stop,
                                        counters,
                                        destroy};

}  // namespace

extern "C" RECVBENCH_EXPORT const recvbench_engine_plugin* recvbench_engine(uint32_t host_abi) {
  return host_abi == RECVBENCH_PLUGIN_ABI ? &plugin : nullptr;
}
