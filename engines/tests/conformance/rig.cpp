// Clients and engine of a conformance case.
#include "engines/tests/conformance/rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>

#include "engines/tests/conformance/pattern.h"
#include "platform/system_info.h"

namespace recvbench {

void Client::send(std::size_t size) {
  const auto before = sent;
  EXPECT_TRUE(try_send(size)) << "client " << log->id << ": the engine's side is closed after " << before
                              << " bytes";
}

bool Client::try_send(std::size_t size) {
  const IoResult result = send_all(socket.native(), pattern_bytes(log->id, sent, size), patience);
  sent += result.bytes;
  if (result.error == std::errc::timed_out) ADD_FAILURE() << "client " << log->id << ": nobody receives";
  return !result.error;
}

void Client::send_in_pieces(std::size_t size, std::size_t largest, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::size_t> piece(1, largest);
  while (size > 0) {
    const std::size_t n = std::min(size, piece(random));
    send(n);
    size -= n;
  }
}

std::vector<std::byte> Client::receive(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::size_t have = 0;
  while (have < size && wait_readable(socket.native(), patience)) {
    const IoResult result = receive_some(socket.native(), std::span(bytes).subspan(have));
    if (result.error && would_block(result.error)) continue;
    if (result.error || result.bytes == 0) break;
    have += result.bytes;
  }
  bytes.resize(have);
  return bytes;
}

bool Client::sees_close() {
  std::vector<std::byte> scrap(4096);
  while (wait_readable(socket.native(), patience)) {
    const IoResult result = receive_some(socket.native(), scrap);
    if (result.error && would_block(result.error)) continue;
    if (result.error || result.bytes == 0) return true;
  }
  return false;
}

void Client::abort() {
  set_abortive_close(socket);
  socket.close();
}

bool has_ipv6() {
  try {
    for (const Address& address : {Address::loopback(AddressFamily::ipv6), Address::any(AddressFamily::ipv6)})
      bind_udp(address);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

Rig::Rig(const EngineDescriptor& descriptor, const EngineSettings& settings)
    : descriptor_(descriptor),
      receive_buffer_bytes_(settings.socket_receive_buffer),
      engine_(descriptor.create(settings)) {}

Rig::~Rig() {
  stop();
  engine_.reset();
  for (const auto& log : logs_) {
    EXPECT_EQ(log->closes, 1) << "on_close calls of connection " << log->id;
    EXPECT_TRUE(log->destroyed) << "connection " << log->id;
  }
  for (const auto& what : recorder_.violations()) ADD_FAILURE() << descriptor_.name << ": " << what;
}

void Rig::stop() {
  engine_->stop();
  recorder_.seal();
}

SocketOptions Rig::socket_options() const {
  SocketOptions options;
  options.registered_io = descriptor_.needs_registered_io;
  options.receive_buffer_bytes = receive_buffer_bytes_;
  return options;
}

Client Rig::connect(Respond respond) {
  return add(connected_pair(AddressFamily::ipv4, socket_options()), std::move(respond));
}

Client Rig::add(SocketPair pair, Respond respond) {
  const auto log = new_log();
  log->respond = std::move(respond);
  set_nonblocking(pair.connected, true);
  for (const Socket* socket : {&pair.connected, &pair.accepted}) set_no_delay(*socket, true);
  give(std::move(pair.accepted), Connection::Kind::stream, log);
  return Client{std::move(pair.connected), log, 0};
}

std::shared_ptr<const ConnectionLog> Rig::add_datagrams(Socket bound, RespondToDatagram respond) {
  const auto log = new_log();
  log->respond_to_datagram = std::move(respond);
  give(std::move(bound), Connection::Kind::datagrams, log);
  return log;
}

std::shared_ptr<ConnectionLog> Rig::new_log() {
  const std::lock_guard lock(logs_mutex_);
  const auto& log = logs_.emplace_back(std::make_shared<ConnectionLog>());
  log->id = static_cast<std::uint32_t>(logs_.size());
  return log;
}

void Rig::give(Socket socket, Connection::Kind kind, const std::shared_ptr<ConnectionLog>& log) {
  try {
    engine_->add(std::make_unique<LoggedConnection>(std::move(socket), kind, log, recorder_));
  } catch (...) {
    EXPECT_TRUE(recorder_.locked([&] { return log->destroyed && log->closes == 0; }))
        << "a connection that was refused must be closed, without on_close";
    const std::lock_guard lock(logs_mutex_);
    std::erase(logs_, log);
    throw;
  }
}

bool Rig::delivered(const Client& client, std::uint64_t bytes) {
  return recorder_.wait_until([&] { return client.log->received >= bytes; });
}

bool Rig::closed(const ConnectionLog& log) {
  return recorder_.wait_until([&] { return log.closes > 0 && log.destroyed; });
}

std::error_code Rig::close_error(const Client& client) {
  return recorder_.locked([&] { return client.log->error; });
}

bool Rig::was_reset(const Client& client) {
  const std::error_code error = close_error(client);
  return error == std::errc::connection_reset || (running_under_wine() && !error);
}

}  // namespace recvbench
