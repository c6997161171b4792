"""Round trips and one-way times, and sockperf's on the same machine in turn with them."""

import math
import statistics
import sys
from pathlib import Path

from bench import disturbed, noise
from rows import UNRESOLVED, Row, ns, verdict

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "scripts"))

from peers import sockperf  # noqa: E402

ABOUT = "round-trip and one-way times agree with sockperf's, on one CPU, within the noise that is printed"

RATE = 1000
# The two clients make different system calls, and sockperf's one-way time is half a round trip.
SYSTEMATIC = {"round trip": 0.10, "round trip at 1k/s": 0.10, "one-way at 1k/s": 0.25}
LITTLE = 0.02


def run(bench):
    if not sockperf.available():
        return [Row("sockperf", "round trip, one way", "sockperf's", "sockperf not found: apt-get install sockperf", "", 0, UNRESOLVED)]
    cpu = min(int(option) for option in bench.placement if option.isdigit())
    ours = ["--connections", "1", "--size", "64"]
    here = ["--cpus", str(cpu), "--load-cpus", str(cpu)]
    theirs = {"server_cpus": {cpu}, "client_cpus": {cpu}, "seconds": max(1, round(bench.duration_s))}
    results = bench.interleaved({
        ("round trip", "ours"): lambda: bench.run("blocking", "--workload", "echo", "--rate", "max", "--in-flight", "1", *ours,
                                                  placement=here),
        ("round trip", "sockperf"): lambda: sockperf.ping_pong(**theirs),
        ("round trip at 1k/s", "ours"): lambda: bench.run("blocking", "--workload", "echo", "--rate", str(RATE), *ours, placement=here),
        ("round trip at 1k/s", "sockperf"): lambda: sockperf.under_load(RATE, **theirs),
        ("one-way at 1k/s", "ours"): lambda: bench.run("blocking", "--rate", str(RATE), *ours, placement=here),
        ("one-way at 1k/s", "sockperf"): lambda: sockperf.under_load(RATE, full_rtt=False, **theirs)})
    rows = []
    for what, systematic in SYSTEMATIC.items():
        mine = [one.at("response", 0.5) for one in results[what, "ours"]]
        other = [one.p50_ns for one in results[what, "sockperf"]]
        ratios = [math.log(a / b) for a, b in zip(mine, other)]
        spread = noise(ratios)
        rows.append(Row("sockperf", f"{what}: p50", ns(statistics.median(other)),
                        f"{ns(statistics.median(mine))} ({math.exp(statistics.median(ratios)):.2f}x)",
                        f"{systematic * 100:.0f} % + {spread * 100:.0f} %", len(ratios),
                        verdict(statistics.median(ratios), math.log1p(systematic), spread, 0.5,
                                disturbed(results[what, "ours"]))))
    # Little: with one message under way, the rate is one over the mean round trip. No clock of ours decides this.
    products = [one.record["latency"]["service"]["mean_ns"] / 1e9 * one.record["rates"]["received_per_s"]
                for one in results["round trip", "ours"]]
    rows.append(Row("sockperf", "mean round trip x messages/s, one under way", "1", f"{statistics.median(products):.3f}", f"{LITTLE:g}",
                    len(products), verdict(statistics.median(products) - 1, LITTLE)))
    return rows
