"""A receiver that takes a known time longer for every message."""

import statistics

import model
from bench import disturbed, noise
from rows import Row, ns, verdict

ABOUT = "response times of a receiver that is delayed by 5, 50 and 500 us a message are the computed ones"

DELAYS_US = (5, 50, 500)
RATE = 1000
FRACTIONS = (0.5, 0.9, 0.99)


def computed(control, delay_ns, count, fraction):
    """The way to the receiver takes as long as in the control run; there each message is served for delay_ns, in its turn."""
    served = model.lindley(model.schedule(RATE, count), [delay_ns] * count)
    return control.at("response", fraction) + model.percentile(served, fraction)


def run(bench):
    def cell(**settings):
        return lambda: bench.run(bench.liar(**settings), "--connections", "1", "--rate", str(RATE))

    cells = {"control": cell(), "again": cell(), **{delay: cell(delay_us=delay) for delay in DELAYS_US}}
    results = bench.interleaved(cells)
    rows = []
    for delay in DELAYS_US:
        pairs = list(zip(results["control"], results[delay]))
        count = round(RATE * bench.duration_s)
        busy = disturbed(results["control"] + results[delay])
        for fraction in FRACTIONS:
            expected = [computed(control, delay * 1000, count, fraction) for control, _ in pairs]
            measured = [delayed.at("response", fraction) for _, delayed in pairs]
            resolution = noise([a.at("response", fraction) - b.at("response", fraction)
                                for a, b in zip(results["control"], results["again"])])
            bound = max(1000, 0.02 * delay * 1000)
            difference = statistics.median(m - e for m, e in zip(measured, expected))
            rows.append(Row("delay", f"{delay} us a message, p{fraction * 100:g}", ns(statistics.median(expected)),
                            ns(statistics.median(measured)), f"{ns(bound)} + {ns(resolution)}", len(pairs),
                            verdict(difference, bound, resolution, max(bound, delay * 1000 / 2), busy)))
    return rows
