"""CPU time that the receiver burns for each message, found in the figure of CPU time a message."""

import statistics

from bench import disturbed, noise
from rows import Row, ns, verdict

ABOUT = "a known CPU burn per message is found in the CPU figure within 5 %"

BURNS_NS = (20_000, 100_000, 400_000)
RATE = 1000


def cost(run):
    return run.record["cost"]["cpu_ns_per_message"]


def run(bench):
    def cell(**settings):
        return lambda: bench.run(bench.liar(**settings), "--connections", "1", "--rate", str(RATE))

    cells = {"control": cell(), "again": cell(), **{burn: cell(burn_ns=burn) for burn in BURNS_NS}}
    results = bench.interleaved(cells)
    resolution = noise([cost(a) - cost(b) for a, b in zip(results["control"], results["again"])])
    rows = []
    for burn in BURNS_NS:
        # What was burnt is what the liar measured: its loop ends a clock's step past what was asked.
        expected = statistics.median(one.lie["burnt_ns"] / one.lie["received"] for one in results[burn])
        measured = statistics.median(cost(a) - cost(b) for a, b in zip(results[burn], results["control"]))
        bound = 0.05 * expected
        rows.append(Row("cpu", f"{ns(burn)} of CPU time a message", ns(expected), ns(measured), f"{ns(bound)} + {ns(resolution)}",
                        bench.rounds, verdict(measured - expected, bound, resolution, bound, disturbed(results[burn] + results["control"]))))
    return rows
