"""The gate on a noise model: how often it fails where nothing changed, and how surely it finds what did.

    scripts/gate-characteristic [--gates N] [--cells N] [--noise FACTOR] [--seed N]

The gate itself runs (recvbench_report.gate.sequential, fed pair by pair as the paired runner does it); only the figures are
drawn. A figure of a run is ln-normal around its cell's own value, times what the machine does meanwhile:
  run       scatter of each figure by itself, sigma 2 %
  common    scatter that all figures of a run share, sigma 1 %
  wander    a state of the machine that changes slowly over the gate's runs: AR(1), coefficient 0.95, sigma 4 %
  drift     over the whole gate: 10 % slower at its end
  spikes    one run in 25 is hit by something else: slower by an exponential of mean 30 %
A pair is two runs, one right after the other, in balanced random order; cells are shuffled inside each round.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[1]))

from recvbench_report.gate import metrics, sequential  # noqa: E402
from recvbench_report.gate.sample import Pair, Sample  # noqa: E402

# key: a typical value, and whether a slower machine raises it.
FIGURES = {"throughput": (400_000.0, -1), "cpu": (2_500.0, 1), "p50": (60_000.0, 1), "p99": (400_000.0, 1)}
CONTROL = "control (A/A)"


@dataclass(frozen=True)
class Noise:
    run: float = 0.02
    common: float = 0.01
    wander: float = 0.04
    wander_memory: float = 0.95
    drift: float = 0.10
    spike_share: float = 0.04
    spike_mean: float = 0.30

    def times(self, factor: float) -> Noise:
        return Noise(
            self.run * factor, self.common * factor, self.wander * factor, self.wander_memory, self.drift * factor,
            self.spike_share, self.spike_mean,
        )  # fmt: skip


class Machine:
    """Makes the figures of one run after the other."""

    def __init__(self, noise: Noise, runs: int, random: numpy.random.Generator):
        """`runs`: the most that it will be asked for."""
        memory = noise.wander_memory
        steps = random.normal(0, noise.wander * math.sqrt(1 - memory**2), runs)
        state = random.normal(0, noise.wander)
        slower = numpy.empty(runs)
        for i, step in enumerate(steps.tolist()):
            state = memory * state + step
            slower[i] = state
        slower += numpy.linspace(0, math.log1p(noise.drift), runs) + random.normal(0, noise.common, runs)
        slower += numpy.log1p((random.random(runs) < noise.spike_share) * random.exponential(noise.spike_mean, runs))
        signs = numpy.array([sign for _, sign in FIGURES.values()])
        typical = numpy.array([value for value, _ in FIGURES.values()])
        scatter = random.normal(0, noise.run, (runs, len(FIGURES)))
        self._signs = signs
        self._figures = iter((typical * numpy.exp(slower[:, None] * signs + scatter)).tolist())

    def run(self, slower_by: float) -> Sample:
        """Every figure worse by this share."""
        factors = [(1 + slower_by) ** int(sign) for sign in self._signs]
        return Sample(True, {key: value * factor for key, value, factor in zip(FIGURES, next(self._figures), factors)})


def simulate(cells: int, slower_by: float, noise: Noise, random: numpy.random.Generator) -> sequential.Result:
    """One gate. The first cell's candidate is slower by the share, all others are as their base."""
    rules = sequential.Rules()
    names = [f"cell {i}" for i in range(cells)]
    machine = Machine(noise, 2 * rules.looks[-1] * (cells + 1), random)
    gate = sequential.Gate(names, [CONTROL])
    candidate_first = {name: orders(rules.looks[-1], random) for name in (*names, CONTROL)}
    while not gate.finished:
        while waiting := [name for name in gate.open_cells if gate.missing(name)]:
            for i in random.permutation(len(waiting)):
                name = waiting[i]
                change = slower_by if name == names[0] else 0
                if candidate_first[name].pop():
                    candidate = machine.run(change)
                    pair = Pair(machine.run(0), candidate)
                else:
                    pair = Pair(machine.run(0), machine.run(change))
                gate.add(name, pair)
        gate.look()
    return gate.result()


def orders(pairs: int, random: numpy.random.Generator) -> list[bool]:
    return random.permutation([True, False] * (pairs // 2)).tolist()


@dataclass
class Characteristic:
    slower_by: float
    gates: int
    changed: Counter  # verdicts of the changed cell
    others: Counter  # verdicts of all other cells
    outcomes: Counter  # of gates: "failed falsely": an unchanged cell REGRESSED
    contaminated: int
    pairs: float  # a cell, mean


def characteristic(slower_by: float, gates: int, cells: int, noise: Noise, seed: int) -> Characteristic:
    found = Characteristic(slower_by, gates, Counter(), Counter(), Counter(), 0, 0.0)
    for i in range(gates):
        result = simulate(cells, slower_by, noise, numpy.random.default_rng([seed, i, round(slower_by * 1000)]))
        changed, *others = result.cells if slower_by else (None, *result.cells)
        if changed:
            found.changed[changed.verdict] += 1
        words = Counter(cell.verdict for cell in others)
        found.others += words
        found.outcomes[
            "false" if words["REGRESSED"] else "inconclusive" if words["INCONCLUSIVE"] or words["INVALID"] or result.contaminated else "pass"
        ] += 1
        found.contaminated += bool(result.contaminated)
        found.pairs += sum(len(cell.pairs) for cell in result.cells) / len(result.cells) / gates
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gates", type=int, default=1000, help="without a change; a fifth of it with one")
    parser.add_argument("--cells", type=int, default=20)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    noise = Noise().times(options.noise)
    for change in (0, 0.05, 0.10, 0.15, 0.20):
        begin = time.monotonic()
        print(characteristic(change, options.gates if not change else options.gates // 5, options.cells, noise, options.seed), f"{time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    main()
