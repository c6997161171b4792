"""A receiver that takes a known time for every message, and messages that do not wait for it: some come while it is busy."""

import random
import statistics

import model
from bench import disturbed, noise
from rows import Row, ns, verdict

ABOUT = "messages that queue at a receiver of 500 us a message wait as computed: bursts exactly, Poisson arrivals as M/D/1 does"

SERVICE_NS = 500_000
RATE = 1000  # half of what it can
BURST = 10
FRACTIONS = (0.5, 0.9, 0.99)
SIMULATED = 200


def of_bursts(count):
    """Response times without the way: BURST messages at once, equal gaps between bursts."""
    due = [at for at in model.schedule(RATE / BURST, count // BURST) for _ in range(BURST)]
    return model.lindley(due, [SERVICE_NS] * len(due))


def of_poisson(count, draw):
    at, due = 0.0, []
    for _ in range(count):
        at += draw.expovariate(RATE) * 1e9
        due.append(at)
    return model.lindley(due, [SERVICE_NS] * count)


def run(bench):
    rounds = iter(range(1, 1_000_000))

    def cell(arrival, **settings):
        return lambda: bench.run(bench.liar(**settings), "--connections", "1", "--rate", str(RATE), "--arrival", arrival, "--seed",
                                 str(next(rounds)))

    delay = {"delay_us": SERVICE_NS // 1000}
    results = bench.interleaved({"control": cell("constant"), "again": cell("constant"), "burst": cell(f"burst:{BURST}", **delay),
                                 "poisson": cell("poisson", **delay)})
    count, draw = round(RATE * bench.duration_s), random.Random(bench.seed)
    way_ns = statistics.median(one.at("response", 0.5) for one in results["control"])
    resolution = noise([a.at("response", 0.5) - b.at("response", 0.5) for a, b in zip(results["control"], results["again"])])
    simulated = [of_poisson(count, draw) for _ in range(SIMULATED)]
    rows = []
    for name in ("burst", "poisson"):
        busy = disturbed(results["control"] + results[name])
        for fraction in FRACTIONS:
            if name == "burst":
                expected, chance = way_ns + model.percentile(of_bursts(count), fraction), 0.0
            else:  # what so many messages scatter by, were there nothing but chance
                values = [model.percentile(one, fraction) for one in simulated]
                expected = way_ns + statistics.median(values)
                chance = 2 * 1.2533 * statistics.stdev(values) / bench.rounds**0.5
            measured = statistics.median(one.at("response", fraction) for one in results[name])
            bound = 0.02 * expected + chance
            rows.append(Row("queue", f"{name}, {RATE}/s, p{fraction * 100:g}", ns(expected), ns(measured), f"{ns(bound)} + {ns(resolution)}",
                            bench.rounds, verdict(measured - expected, bound, resolution, 0.1 * expected, busy)))
    return rows
