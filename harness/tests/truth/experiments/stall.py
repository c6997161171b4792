"""One stall of 200 ms: who sees it, and who does not."""

import statistics

import lies
import model
from bench import disturbed
from rows import FAILED, OK, Row, judged, ns, verdict
from slowed_generator import pausing

ABOUT = "a 200 ms stall: response times are the computed ones within 2 % or 1 ms; what hides it, and what does not"

MS = 1_000_000
STALL_NS = 200 * MS
RATE = 2000
FRACTIONS = (0.5, 0.92, 0.95, 0.97, 0.99, 0.999)
LATE_NS = 100 * MS
BIG, BIG_RATE = "1mb", 100  # more than the buffers between the two processes hold in 200 ms


def late(run, kind):
    """Messages that took 100 ms and longer: of those due in a 200 ms stall, the first half."""
    return lies.count_from(run.histograms[kind], LATE_NS)


def at_message(bench, rate):
    """The first message due after a quarter of the window, from 1."""
    return round(rate * (bench.warmup_s + bench.duration_s / 4)) + 1


def run(bench):
    open_loop = ["--connections", "1", "--rate", str(RATE)]
    stall = {"stall_ms": 200, "stall_at": at_message(bench, RATE)}
    big = {"so_rcvbuf": "64kb", "stall_ms": 200, "stall_at": at_message(bench, BIG_RATE)}
    after_ms = round(1000 * (bench.warmup_s + bench.duration_s / 4))
    with pausing(bench.program, STALL_NS / 1e9, bench.warmup_s + bench.duration_s / 2) as paused:
        results = bench.interleaved({
            "control": lambda: bench.run(bench.liar(), *open_loop),
            "stall": lambda: bench.run(bench.liar(**stall), *open_loop),
            "blocked": lambda: bench.run(bench.liar(**big), "--connections", "1", "--rate", str(BIG_RATE), "--size", BIG),
            "closed": lambda: bench.run(bench.liar(stall_ms=200, stall_after_ms=after_ms), "--workload", "echo", "--rate", "max", "--in-flight",
                                        "1", "--connections", "1"),
            "paused": lambda: bench.run(bench.liar(), *open_loop, generator=paused)})
    return [*percentiles(bench, results), *hidden(bench, results)]


def percentiles(bench, results):
    warmup, count = round(RATE * bench.warmup_s), round(RATE * bench.duration_s)
    for kind in ("response", "service"):
        for fraction in FRACTIONS:
            expected, measured = [], []
            for control, stalled in zip(results["control"], results["stall"]):
                responses = model.stalled(RATE, warmup + count, at_message(bench, RATE) - 1, stalled.lie["stalled_ns"],
                                          way_ns=control.at(kind, 0.5))[warmup:]
                expected.append(model.percentile(responses, fraction))
                measured.append(stalled.at(kind, fraction))
            bound = max(MS, 0.02 * statistics.median(expected))
            difference = statistics.median(m - e for m, e in zip(measured, expected))
            what = f"{kind} p{fraction * 100:g}, open loop" + (" (sent on time: it shows too)" if kind == "service" else "")
            yield Row("stall", what, ns(statistics.median(expected)), ns(statistics.median(measured)), ns(bound), len(measured),
                      verdict(difference, bound, disturbed=disturbed(results["control"])))


def hidden(bench, results):
    """How many messages are seen to be late, and by whom."""
    busy = disturbed(results["control"])

    def row(what, name, kind, expected, passes):
        found = [late(one, kind) for one in results[name]]
        return Row("stall", f"{what}: {kind} >= 100 ms", expected, f"{statistics.median(found):g} messages", "", len(found),
                   judged(sum(map(passes, found)) > 0.75 * len(found), busy))

    first_half = round(RATE * LATE_NS / 1e9)
    few = round(BIG_RATE * LATE_NS / 1e9)
    yield row("open loop", "stall", "response", f"{first_half} of them", lambda n: abs(n - first_half) <= 0.02 * first_half)
    # 10 MB of backlog take some ms more to work off.
    yield row("sender blocked", "blocked", "response", f"{few} to {few + 3}", lambda n: few - 1 <= n <= few + 3)
    yield row("sender blocked", "blocked", "service", f"hidden: < {few * 0.7:g}", lambda n: n < few * 0.7)
    yield row("closed loop", "closed", "response", "hidden: 1", lambda n: n == 1)
    yield row("generator stood still", "paused", "response", f">= {first_half}", lambda n: n >= 0.98 * first_half)
    yield row("generator stood still", "paused", "service", "hidden: < 5 %", lambda n: n < 0.05 * first_half)
    declared = sum("generator-bound" in one.codes for one in results["paused"])
    yield Row("stall", "generator stood still: declared generator-bound", f"{len(results['paused'])}", f"{declared}", "", bench.rounds,
              OK if declared == len(results["paused"]) else FAILED)
