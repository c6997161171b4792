#include "harness/doctor/timer_check.h"

#include <thread>

#include "platform/datagram.h"
#include "platform/readiness_poller.h"

namespace recvbench {

namespace {

template <class Wait>
WaitSpread measure(std::uint64_t asked_ns, std::chrono::milliseconds limit, Wait wait) {
  constexpr std::size_t most = 100;
  constexpr std::size_t least = 5;
  std::vector<std::uint64_t> times;
  const std::uint64_t end = now_ns() + static_cast<std::uint64_t>(limit.count()) * 1'000'000;
  while (times.size() < most && (times.size() < least || now_ns() < end)) {
    const std::uint64_t before = now_ns();
    wait(asked_ns);
    const std::uint64_t after = now_ns();
    times.push_back(after < before ? 0 : after - before);  // a clock that goes back is told of elsewhere
  }
  return {asked_ns, spread_of(std::move(times))};
}

}  // namespace

TimerCheck check_timers(std::chrono::milliseconds limit) {
  TimerCheck check;
  for (const std::uint64_t asked_ns : {1'000u, 50'000u, 1'000'000u})
    check.sleeps.push_back(measure(asked_ns, limit, [](std::uint64_t ns) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(ns));
    }));
  const Socket quiet = open_udp(AddressFamily::ipv4);
  bind_socket(quiet, Address::loopback(AddressFamily::ipv4));
  ReadinessPoller poller;
  poller.add(quiet.native(), 0, ReadinessPoller::reading);
  for (const std::uint64_t asked_ns : {50'000u, 1'000'000u, 20'000'000u})
    check.poller_waits.push_back(measure(asked_ns, limit, [&](std::uint64_t ns) { (void)poller.wait(ns); }));
  check.poller_shortest_sleep_ns = ReadinessPoller::shortest_sleep_ns();
  return check;
}

}  // namespace recvbench
