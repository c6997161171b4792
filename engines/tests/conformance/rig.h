// What a conformance case works with: one engine under test with its recorder, and clients on the other ends
// of its connections. Every wait in here is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "engines/engine.h"
#include "engines/tests/conformance/recorder.h"
#include "platform/socket.h"

namespace recvbench {

// The peer of one connection. Its socket does not block; the calls below wait, at most `patience`.
struct Client {
  Socket socket;
  std::shared_ptr<ConnectionLog> log;
  std::uint64_t sent = 0;

  // The next `size` bytes of the connection's pattern.
  void send(std::size_t size);
  // The same where the engine may have closed its side. False = it has.
  bool try_send(std::size_t size);
  // Sends in pieces of 1..largest bytes.
  void send_in_pieces(std::size_t size, std::size_t largest, std::uint32_t seed);
  // Receives exactly `size` bytes, or what came before the end or the time limit.
  std::vector<std::byte> receive(std::size_t size);
  // True where the engine's side closes (end of stream or reset). Bytes before it are read away.
  bool sees_close();
  void close() { socket.close(); }
  // Close with a reset.
  void abort();
};

// Whether there is a ::1 here, and :: can be bound.
bool has_ipv6();

class Rig {
 public:
  using Respond = std::function<bool(Connection&, std::span<const std::byte>)>;

  Rig(const EngineDescriptor& descriptor, const EngineSettings& settings);
  // Stops the engine and reports every breach of the contract as a test failure.
  ~Rig();

  void start() { engine_->start(recorder_); }
  void stop();
  ReceiveEngine& engine() { return *engine_; }
  Recorder& recorder() { return recorder_; }
  const EngineDescriptor& descriptor() const { return descriptor_; }

  // Any thread. A connected pair, whose accepted side goes to the engine. Throws what add() throws.
  Client connect(Respond respond = {});
  // The same for a pair that is already connected.
  Client add(SocketPair pair, Respond respond = {});
  // A datagram socket, bound already, for the engine. Its log lives as long as someone holds it. Throws what
  // add() throws.
  using RespondToDatagram = std::function<bool(Connection&, const Datagram&)>;
  std::shared_ptr<const ConnectionLog> add_datagrams(Socket bound, RespondToDatagram respond = {});
  // What the engine's sockets must be made with.
  SocketOptions socket_options() const;

  // Waits; false after `patience`.
  bool delivered(const Client& client) { return delivered(client, client.sent); }
  bool delivered(const Client& client, std::uint64_t bytes);
  bool closed(const Client& client) { return closed(*client.log); }
  bool closed(const ConnectionLog& log);
  // on_close's error, once closed().
  std::error_code close_error(const Client& client);
  // The peer's reset was reported as one. Under Wine an end of stream will do: where the wineserver notices a
  // reset before a receive is pending it takes the socket's error for itself, and the receive then returns 0
  // bytes (WSAECONNRESET on Windows).
  bool was_reset(const Client& client);
  bool was_canceled(const Client& client) { return close_error(client) == canceled_error(); }

 private:
  std::shared_ptr<ConnectionLog> new_log();
  // Throws what add() throws, and the log is then forgotten.
  void give(Socket socket, Connection::Kind kind, const std::shared_ptr<ConnectionLog>& log);

  const EngineDescriptor& descriptor_;
  const std::optional<int> receive_buffer_bytes_;  // SO_RCVBUF
  Recorder recorder_;
  std::mutex logs_mutex_;
  std::vector<std::shared_ptr<ConnectionLog>> logs_;  // of connections that were taken
  std::unique_ptr<ReceiveEngine> engine_;
};

}  // namespace recvbench
