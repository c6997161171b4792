#include "harness/receiver/entrance.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "harness/receiver/datagram_port.h"
#include "harness/run/ip_version.h"
#include "platform/datagram.h"

namespace recvbench {

namespace {
// All connections of a run may come at once.
constexpr int backlog = 1024;
}  // namespace

Entrance::Entrance(const Scenario& scenario, bool engine_accepts, const SocketOptions& options,
                   ConnectionGate& gate, ReceiveEngine& engine)
    : engine_(engine), gate_(gate) {
  if (scenario.protocol == Protocol::udp) {
    bind_datagrams(scenario, options);
  } else {
    listen(scenario, engine_accepts, options);
  }
}

void Entrance::bind_datagrams(const Scenario& scenario, const SocketOptions& options) {
  std::vector<Socket> group = bind_udp_group(receiver_address(scenario.ip), scenario.udp_sockets, options);
  port_ = local_address(group.front()).port();
  for (Socket& socket : group) {
    const std::optional<int> granted = granted_receive_buffer(socket);
    if (granted) receive_buffer_ = std::min(receive_buffer_.value_or(*granted), *granted);
    engine_.add(std::make_unique<DatagramPort>(std::move(socket), scenario.connections));
  }
}

void Entrance::listen(const Scenario& scenario, bool engine_accepts, const SocketOptions& options) {
  Socket listener = listen_tcp(receiver_address(scenario.ip), backlog, options);
  port_ = local_address(listener).port();
  if (engine_accepts) {
    engine_.accept_from(std::move(listener), gate_);
  } else {
    acceptor_.emplace(std::move(listener), gate_, engine_);
  }
}

void Entrance::close() {
  acceptor_.reset();
  engine_.stop_accepting();
}

}  // namespace recvbench
