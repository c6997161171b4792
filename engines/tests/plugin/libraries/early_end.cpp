// An engine that breaks its contract: it ends its datagram socket, without an error, once it has delivered
// some datagrams. Whoever measures it has to notice.
#include "engines/plugin.h"

#include <array>
#include <atomic>
#include <thread>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <sys/select.h>
#include <sys/socket.h>
#endif

namespace {

#ifdef _WIN32
using Native = SOCKET;
#else
using Native = int;
#endif

constexpr int delivers = 300;
constexpr int buffer_bytes = 2048;

class Engine {
 public:
  explicit Engine(const recvbench_host& host) : host_(host) {}
  ~Engine() { stop(); }

  void add(recvbench_connection* connection, Native socket) {
    thread_ = std::thread([this, connection, socket] { receive(connection, socket); });
  }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void receive(recvbench_connection* connection, Native socket) {
    recvbench_sink* const sink = host_.attach_thread(host_.context);
    std::array<char, buffer_bytes> bytes;
    for (int delivered = 0; delivered < delivers && !stopping_;) {
      if (!is_readable(socket)) continue;
      sockaddr_storage source{};
      socklen_t size = sizeof source;
      const auto received =
          recvfrom(socket, bytes.data(), buffer_bytes, 0, reinterpret_cast<sockaddr*>(&source), &size);
      if (received < 0) continue;
      host_.datagram(sink, connection, bytes.data(), static_cast<std::size_t>(received), &source,
                     static_cast<std::size_t>(size), 0);
      ++delivered;
    }
    host_.closed(sink, connection, stopping_ ? RECVBENCH_CANCELED : 0);
  }

  static bool is_readable(Native socket) {
    fd_set sockets;
    FD_ZERO(&sockets);
    FD_SET(socket, &sockets);
    timeval limit{0, 20'000};
    return select(static_cast<int>(socket) + 1, &sockets, nullptr, nullptr, &limit) > 0;  // Windows: ignored
  }

  const recvbench_host& host_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

Engine& self(void* engine) {
  return *static_cast<Engine*>(engine);
}

void* create(const recvbench_host* host, const recvbench_settings*, recvbench_failure*) {
  return new Engine(*host);
}
int start(void*, recvbench_failure*) {
  return 1;
}
int add(void* engine, recvbench_connection* connection, recvbench_socket socket, uint32_t,
        recvbench_failure*) {
  self(engine).add(connection, static_cast<Native>(socket));
  return 1;
}
void stop(void* engine) {
  self(engine).stop();
}
void counters(void*, recvbench_counters*) {}
void destroy(void* engine) {
  delete &self(engine);
}

const recvbench_engine_plugin plugin = {RECVBENCH_PLUGIN_ABI,
                                        sizeof(recvbench_engine_plugin),
                                        RECVBENCH_RECEIVES_DATAGRAMS,
                                        0,
                                        nullptr,
                                        "early-end",
                                        "select + recvfrom",
                                        "a test: ends its datagram socket early",
                                        nullptr,
                                        nullptr,
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
