#include "results/reasons.h"

#include <algorithm>
#include <array>

namespace recvbench {

namespace {
constexpr std::array table{
    ReasonCode{"generator-bound",
               "the generator could not keep its schedule, so the load was not what was asked",
               "lower the rate, give the generator more threads (--load-threads) or CPUs of its own"},
    ReasonCode{"rate-not-met", "fewer messages were sent or received in the window than the rate asked for",
               "lower the rate, or search for the highest rate this engine sustains"},
    ReasonCode{"dropped", "messages fell due while --max-outstanding were already unanswered",
               "lower the rate or raise --max-outstanding"},
    ReasonCode{"unsteady", "latency or throughput drifted, stepped or never settled while it was measured",
               "raise --warmup and --duration, end what else runs on this machine, and measure again"},
    ReasonCode{"lost", "messages that were sent were not received, or replies did not come back",
               "compare the run's counts and calls with those of other engines: the engine lost them, or the "
               "drain was too short"},
    ReasonCode{
        "corrupt", "a message had a changed header, a wrong sequence or a wrong payload",
        "a defect in the engine or something else writing to its port: keep the run directory and report it"},
    ReasonCode{"connection-error", "a connection ended with an error instead of a graceful close",
               "see the detail for the system's error name"},
    ReasonCode{"not-connected", "not every connection could be made",
               "check the engine's connection limit, the open-file limit and free ports"},
    ReasonCode{"connect-failed", "a connection that was to take another's place could not be made",
               "where ports are used up (each stays taken for a minute or more after its connection's end): "
               "fewer connections a second by more --messages-per-connection or a lower rate, or more ports "
               "(Linux: sysctl net.ipv4.ip_local_port_range; Windows: netsh int ipv4 set dynamicport tcp)"},
    ReasonCode{"late-start", "the measured window began before the harness was there to watch it",
               "raise --warmup; end what else runs on this machine"},
    ReasonCode{"generator-failed",
               "the generator could not be started, went silent, broke the protocol or ended early",
               "see the detail; run `recvbench load --help` on the generator's machine"},
    ReasonCode{"engine-failed", "the engine could not be started or failed while running",
               "see the detail for the call and the system's error name"},
    ReasonCode{"not-drained",
               "the receiver had not taken everything that was sent when the time to drain was over",
               "lower the rate or raise the drain time"},
    ReasonCode{"too-few-samples", "too few messages were measured to state a distribution",
               "raise --duration or --rate"},
    ReasonCode{"histogram-range", "a latency lay outside 1 ns .. 3,600 s",
               "check that nothing sets the clock and that generator and receiver run on one host"},
    ReasonCode{"clock", "latencies were negative: the two processes do not share a clock",
               "run generator and receiver on one host, or use the echo workload"},
    ReasonCode{"interrupted", "the run was broken off before its end, and has no figures",
               "run it again; a single Ctrl-C lets the run in flight end"},
    ReasonCode{"clock-coarse", "the median latency is less than ten steps of the clock",
               "read percentiles as multiples of the step; `recvbench doctor` names clocks that are finer"},
    ReasonCode{"cpu-too-short", "too little CPU time was used for the system's CPU clock to resolve",
               "raise --duration; the latency figures are not affected"},
    ReasonCode{"stranger", "a connection came in that was not the generator's and was closed",
               "find out what else connects to this port"},
    ReasonCode{"cpu-incomplete", "the CPU figures leave out a process that works for the receiver",
               "compare CPU figures with those of the same environment only"},
    ReasonCode{"short-warmup", "the warm-up was shorter than the recommended minimum (3 s native, 5 s Wine)",
               "use --profile standard, or --warmup"},
    ReasonCode{"steadiness-unknown",
               "the run was too short, or brought too few messages, to tell whether it was steady",
               "use --profile standard, or --duration 20s: 7.5 s are the least"},
    ReasonCode{"debug-build", "recvbench was built without optimisation",
               "build with CMAKE_BUILD_TYPE=RelWithDebInfo"},
    ReasonCode{"datagrams-lost", "datagrams were sent and not received; UDP promises no more",
               "raise so-rcvbuf, or lower the rate; latency is that of the ones that arrived"},
    ReasonCode{"datagrams-unsent",
               "the generator's system had no room for some datagrams, which were not sent",
               "lower the rate; past 1 % of what was due the run is generator-bound"},
    ReasonCode{
        "socket-buffer-smaller", "the system granted a smaller SO_RCVBUF than was asked for",
        "raise the system's bound (Linux: sysctl net.core.rmem_max), or ask for no more than it grants"},
    ReasonCode{
        "threads-past-sockets",
        "more receive threads than UDP sockets: in most engines one thread receives from a socket, and "
        "the rest had nothing to do",
        "read the figures as those of as many threads as there were sockets"},
    ReasonCode{"datagrams-disordered", "datagrams arrived twice, or after later ones",
               "expected on some networks; on one machine, look at the engine"},
};
}  // namespace

std::span<const ReasonCode> reason_codes() {
  return table;
}

const ReasonCode* find_reason(std::string_view code) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const ReasonCode& r) { return r.code == code; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace recvbench
