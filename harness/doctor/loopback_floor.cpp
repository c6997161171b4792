#include "harness/doctor/loopback_floor.h"

#include <exception>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include "platform/socket.h"
#include "platform/thread.h"

namespace recvbench {

namespace {

// recv until the message is whole (Wine takes MSG_WAITALL for a plain receive). False at the stream's end.
bool receive_whole(NativeSocket socket, std::span<std::byte> whole) {
  for (std::size_t done = 0; done < whole.size();) {
    const IoResult result = receive_some(socket, whole.subspan(done));
    if (result.error || result.bytes == 0) return false;
    done += result.bytes;
  }
  return true;
}

void send_whole(NativeSocket socket, std::span<const std::byte> whole) {
  const IoResult result = send_all(socket, whole, std::chrono::seconds(5));
  if (result.error) throw_error(result.error, "send");
}

struct RoundTrips {
  std::vector<std::uint64_t> times_ns;
  bool pinned = true;
};

RoundTrips ask(const Socket& socket, std::size_t size_bytes, std::chrono::milliseconds limit,
               std::optional<int> cpu) {
  constexpr std::size_t most = 20'000;
  constexpr std::size_t least = 100;
  constexpr std::size_t warmup = 50;
  RoundTrips trips;
  if (cpu) trips.pinned = !pin_current_thread(*cpu);
  if (!trips.pinned) return trips;
  std::vector<std::byte> message(size_bytes);
  const std::uint64_t end = now_ns() + static_cast<std::uint64_t>(limit.count()) * 1'000'000;
  for (std::size_t trip = 0; trip < warmup + most; ++trip) {
    if (trip >= warmup + least && now_ns() >= end) break;
    const std::uint64_t before = now_ns();
    send_whole(socket.native(), message);
    if (!receive_whole(socket.native(), message)) throw_error(last_socket_error(), "recv");
    const std::uint64_t after = now_ns();
    if (trip >= warmup) trips.times_ns.push_back(after < before ? 0 : after - before);
  }
  return trips;
}

// On threads of their own: pinning does not outlast them. The first error of either side.
std::optional<TimeSpread> round_trips(std::size_t size_bytes, std::chrono::milliseconds limit,
                                      std::optional<int> cpu) {
  const SocketPair pair = connected_pair();
  set_no_delay(pair.accepted, true);
  set_no_delay(pair.connected, true);
  RoundTrips trips;
  std::exception_ptr failure;
  std::thread answerer([&] {
    if (cpu) (void)pin_current_thread(*cpu);
    std::vector<std::byte> message(size_bytes);
    try {
      while (receive_whole(pair.accepted.native(), message)) send_whole(pair.accepted.native(), message);
    } catch (const std::system_error&) {
      shutdown_both(pair.accepted);  // the asker sees the end
    }
  });
  std::thread asker([&] {
    try {
      trips = ask(pair.connected, size_bytes, limit, cpu);
    } catch (const std::system_error&) {
      failure = std::current_exception();
    }
    shutdown_both(pair.connected);
  });
  asker.join();
  answerer.join();
  if (failure) std::rethrow_exception(failure);
  return trips.pinned ? std::optional(spread_of(std::move(trips.times_ns))) : std::nullopt;
}

}  // namespace

LoopbackFloor measure_loopback(std::size_t size_bytes, std::chrono::milliseconds limit) {
  LoopbackFloor floor;
  floor.size_bytes = size_bytes;
  floor.one_cpu = round_trips(size_bytes, limit, allowed_cpus().front());
  floor.unpinned = round_trips(size_bytes, limit, std::nullopt).value();
  return floor;
}

}  // namespace recvbench
