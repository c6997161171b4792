"""Others that use the CPUs on which receiver and generator run."""

import math
import statistics
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

from bench import noise
from rows import FAILED, OK, Row

ABOUT = "with a CPU hog on the same cores runs are unsteady or invalid, or do not differ; never silently different"

METRICS = {"p50": lambda run: run.at("response", 0.5), "p99": lambda run: run.at("response", 0.99)}
LEAST_DIFFERENCE = {"p50": 0.05, "p99": 0.10}  # what a gate would call a difference (measurement's min_effect)


@contextmanager
def hogs(count, cpus):
    """`count` processes on these CPUs that do nothing but use them."""
    loop = f"import os\nos.sched_setaffinity(0, {sorted(cpus)!r})\nwhile True: pass"
    running = [subprocess.Popen([sys.executable, "-c", loop]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in running:
            hog.kill()
            hog.wait()


def cpus_of(placement):
    return {int(cpu) for option, cpu in zip(placement, placement[1:]) if option in ("--cpus", "--load-cpus")}


def run(bench):
    arguments = ["--connections", "4", "--rate", "2k"]
    cpus = cpus_of(bench.placement)

    def hogged():
        with hogs(2 * len(cpus), cpus):
            return bench.run(bench.liar(), *arguments)

    results = bench.interleaved({"control": lambda: bench.run(bench.liar(), *arguments),
                                 "again": lambda: bench.run(bench.liar(), *arguments), "hogged": hogged})
    silent, codes = 0, Counter()
    base = {name: statistics.median(metric(run) for run in results["control"]) for name, metric in METRICS.items()}
    allowed = {name: max(LEAST_DIFFERENCE[name], noise([math.log(metric(a) / metric(b)) for a, b in zip(results["control"],
                                                                                                        results["again"])]))
               for name, metric in METRICS.items()}
    for one in results["hogged"]:
        codes.update(one.codes)
        different = any(abs(math.log(metric(one) / base[name])) > allowed[name] for name, metric in METRICS.items())
        silent += one.record["valid"] and different
    told = ", ".join(f"{code} {count}x" for code, count in codes.most_common()) or "valid"
    bound = ", ".join(f"{name} {value * 100:.0f} %" for name, value in allowed.items())
    return [Row("neighbour", f"{2 * len(cpus)} hogs on CPU {', '.join(map(str, sorted(cpus)))}: valid and different", "0 runs",
                f"{silent} runs ({told})", bound, bench.rounds, OK if silent == 0 else FAILED)]
