"""Two series of the same, compared as a change would be."""

import sys
from collections import Counter

import model
from rows import FAILED, OK, UNRESOLVED, Row

ABOUT = "two quiet series of the same do not differ: at least 95 of 100 comparisons are not significant (sign test, 5 %)"

METRICS = {
    "p50": lambda run: run.at("response", 0.5),
    "p99": lambda run: run.at("response", 0.99),
    "CPU a message": lambda run: run.record["cost"]["cpu_ns_per_message"],
}
COMPARISONS, PAIRS = 100, 8
WARMUP_S, DURATION_S = 0.2, 0.5  # what the runs are of does not matter, and there are 1,600
# A closed loop needs no timer. On a virtual machine whose timers are late most runs at a rate would be generator-bound.
LOAD = ["--connections", "4", "--mode", "closed"]


def run(bench, comparisons=COMPARISONS, pairs=PAIRS):
    different, compared, invalid = Counter(), 0, 0
    bench.rounds, bench.warmup_s = pairs, WARMUP_S
    for number in range(1, comparisons + 1):
        bench.seed += 1  # another order of A and B
        both = bench.interleaved({side: lambda: bench.run(bench.liar(), *LOAD) for side in "AB"}, say=lambda text: None)
        runs = list(zip(both["A"], both["B"]))
        invalid += sum(not one.record["valid"] for pair in runs for one in pair)
        compared += 1
        for name, metric in METRICS.items():
            figures = [(metric(a), metric(b)) for a, b in runs]
            if all(a and b for a, b in figures):
                different[name] += model.differ(figures)
        print(f"  comparison {number}/{comparisons}: different so far "
              + ", ".join(f"{name} {different[name]}" for name in METRICS), file=sys.stderr, flush=True)
    note = f" ({invalid} runs not valid)" if invalid else ""
    quiet = invalid <= 2 * pairs * comparisons / 4
    return [Row("aa", f"{name}: comparisons that differ{note}", "0", str(different[name]), f"{0.05 * compared:g}", pairs,
                UNRESOLVED if not quiet else OK if different[name] <= 0.05 * compared else FAILED) for name in METRICS]
