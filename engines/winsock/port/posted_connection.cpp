// A port's connection with receives posted ahead: SharedReceives does all of it.
#include "engines/winsock/port/completion_port.h"
#include "engines/winsock/port/connection.h"

namespace recvbench {
namespace {

class PostedConnection final : public PortConnection {
 public:
  PostedConnection(std::unique_ptr<Connection> connection, const PortSetup& setup)
      : PortConnection(std::move(connection)),
        receives_(this->connection(), setup.settings, setup.threads, setup.stopping, setup.at_once) {}

  Turn begin(PortThread& thread) override { return receives_.begin(thread.sink, thread.counters); }

  Turn complete(const OVERLAPPED_ENTRY& packet, PortThread& thread) override {
    return receives_.complete(*packet.lpOverlapped, packet.dwNumberOfBytesTransferred,
                              error_of(packet, connection().native()), thread.sink, thread.counters);
  }

  Turn go_on(PortThread& thread) override { return receives_.go_on(thread.sink, thread.counters); }

  std::error_code end() const override { return receives_.end(); }

 private:
  SharedReceives receives_;
};

}  // namespace

std::unique_ptr<PortConnection> make_posted_connection(std::unique_ptr<Connection> connection,
                                                       const PortSetup& setup) {
  return std::make_unique<PostedConnection>(std::move(connection), setup);
}

}  // namespace recvbench
