// null: no receiving at all. Worker threads ask each synthetic connection in turn for its next made-up
// receive and hand it straight to the sink. What a message costs here is what the harness itself costs: the
// figure to hold every other engine's against, and the most this harness could ever show. Makes no system
// call while it has connections.
#include "engines/null.h"

#include <cstddef>
#include <optional>

#include "engines/doorbell.h"
#include "engines/worker_engine.h"
#include "platform/error.h"

namespace recvbench {
namespace {

class NullWorker final : public Worker {
 public:
  void admit(Connection& connection) override {
    if (dynamic_cast<SyntheticConnection*>(&connection) == nullptr) {
      throw_error(std::make_error_code(std::errc::not_a_stream), "null: add",
                  "a connection that is not synthetic");
    }
  }

  void wake() noexcept override { doorbell_.ring(); }

  void run(ReceiveSink& sink) override {
    for (;;) {
      if (connections_.empty()) doorbell_.wait();
      if (doorbell_.answer() && !inbox().take(connections_)) return;
      // One receive a connection and round, as the engines with sockets do it. From the back, since a
      // connection that ends gives its place to the last one.
      for (std::size_t i = connections_.size(); i-- > 0;) {
        if (receive(static_cast<SyntheticConnection&>(*connections_[i]), sink)) continue;
        auto ended = std::move(connections_[i]);
        connections_[i] = std::move(connections_.back());
        connections_.pop_back();
        finish(std::move(ended), sink, {});
      }
    }
  }

 private:
  bool receive(SyntheticConnection& connection, ReceiveSink& sink) {
    counters_.receive_call();
    const auto bytes = connection.next_receive();
    if (bytes.empty()) return false;
    counters_.completion();
    return sink.on_receive(connection, bytes);
  }

  Doorbell doorbell_;
};

std::unique_ptr<ReceiveEngine> create(const EngineSettings& settings) {
  return std::make_unique<WorkerEngine>("null", settings,
                                        [](const EngineSettings&) { return std::make_unique<NullWorker>(); });
}

}  // namespace

EngineDescriptor null_engine() {
  EngineDescriptor engine;
  engine.name = "null";
  engine.api = "none";
  engine.platform = "any";
  engine.summary = "synthetic receives straight into the harness: what the harness itself costs";
  engine.protocols = {"tcp"};
  engine.settings = {threads_setting};
  engine.synthetic = true;
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return Availability{}; };
  engine.create = create;
  return engine;
}

}  // namespace recvbench
