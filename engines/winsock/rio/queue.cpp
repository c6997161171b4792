// From settings to parts.
#include "engines/winsock/rio/queue.h"

#include <cstddef>

#include "engines/winsock/rio/settings.h"

namespace recvbench {
namespace {

// In the order of rio_mode_names.
std::unique_ptr<RioSignal> make_signal(const EngineSettings& settings) {
  using Make = std::unique_ptr<RioSignal> (*)(const EngineSettings&);
  static constexpr Make modes[] = {
      [](const EngineSettings&) { return rio_event_signal(); },
      [](const EngineSettings&) { return rio_poll_signal(); },
      [](const EngineSettings& s) { return rio_spin_signal(s.get(rio_spin), rio_event_signal()); },
      [](const EngineSettings&) { return rio_iocp_signal(); },
  };
  return modes[settings.get(rio_mode)](settings);
}

}  // namespace

RioQueue::RioQueue(const EngineSettings& settings, const RioProvider& provider)
    : rio(provider.functions),
      commit(rio_commits[settings.get(rio_commit)]),
      signal(make_signal(settings)),
      streams(rio, rio_depth(settings), settings.buffer_bytes,
              static_cast<std::size_t>(settings.get(rio_slab)), signal->notification()) {}

}  // namespace recvbench
