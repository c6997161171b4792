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
from dataclasses import dataclass, field
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).parents[1]))

from recvbench_report.gate import sequential  # noqa: E402
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
        self._figures = iter((typical * numpy.exp(slower[:, None] * signs + scatter)).tolist())

    def run(self, factors: dict[str, float]) -> Sample:
        """The next one, with these figures multiplied."""
        return Sample(True, {key: value * factors.get(key, 1.0) for key, value in zip(FIGURES, next(self._figures))})


def simulate(
    cells: int, slower_by: float, noise: Noise, random: numpy.random.Generator, changed: tuple[str, ...] = tuple(FIGURES)
) -> sequential.Result:
    """One gate. These figures of the first cell's candidate are worse by the share, all others as their base."""
    rules = sequential.Rules()
    names = [f"cell {i}" for i in range(cells)]
    machine = Machine(noise, 2 * rules.looks[-1] * (cells + 1), random)
    gate = sequential.Gate(names, [CONTROL])
    candidate_first = {name: balanced_order(rules.looks[-1], random) for name in (*names, CONTROL)}
    factors = {key: (1 + slower_by) ** FIGURES[key][1] for key in changed}
    while not gate.finished:
        while waiting := [name for name in gate.open_cells if gate.missing(name)]:
            for i in random.permutation(len(waiting)):
                name = waiting[i]
                change = factors if name == names[0] else {}
                if candidate_first[name].pop():
                    candidate = machine.run(change)
                    pair = Pair(machine.run({}), candidate)
                else:
                    pair = Pair(machine.run({}), machine.run(change))
                gate.add(name, pair)
        gate.look()
    return gate.result()


def balanced_order(pairs: int, random: numpy.random.Generator) -> list[bool]:
    return random.permutation([True, False] * (pairs // 2)).tolist()


@dataclass
class Characteristic:
    """What came out of many gates with the same true change."""

    gates: int = 0
    changed: Counter = field(default_factory=Counter)  # verdicts of the changed cell
    others: Counter = field(default_factory=Counter)  # of all cells as their base
    false_failures: int = 0  # gates with a REGRESSED cell that is as its base
    clean: int = 0  # gates whose unchanged cells are all shown to be so, on a machine that is not contaminated
    contaminated: int = 0
    pairs: int = 0  # of all cells but the control
    cells: int = 0
    sigmas: list[float] = field(default_factory=list)  # of the control's changes

    def add(self, result: sequential.Result, is_changed: bool) -> None:
        others = result.cells[1:] if is_changed else result.cells
        words = Counter(cell.verdict for cell in others)
        self.gates += 1
        self.others += words
        if is_changed:
            self.changed[result.cells[0].verdict] += 1
        self.false_failures += words["REGRESSED"] > 0
        self.clean += set(words) <= {"PASS", "IMPROVED"} and not result.contaminated
        self.contaminated += bool(result.contaminated)
        self.pairs += sum(len(cell.pairs) for cell in result.cells)
        self.cells += len(result.cells)
        self.sigmas += [test.evidence.sigma for test in result.control[0].tests]


def characteristic(
    slower_by: float, gates: int, cells: int, noise: Noise, seed: int, changed: tuple[str, ...] = tuple(FIGURES)
) -> Characteristic:
    found = Characteristic()
    for i in range(gates):
        random = numpy.random.default_rng([seed, i, round(abs(slower_by) * 1000)])
        found.add(simulate(cells, slower_by, noise, random, changed), slower_by != 0)
    return found


WORDS = ("REGRESSED", "INCONCLUSIVE", "INVALID", "IMPROVED", "PASS")


def row(change: str, words: Counter, found: Characteristic) -> str:
    total = words.total()
    shares = "".join(f"{words[word] / total:>13.2%}" for word in WORDS)
    return f"{change:<24}{found.gates:>6}{shares}{found.pairs / found.cells:>7.1f}{found.false_failures:>7}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gates", type=int, default=1000, help="without a change; a fifth of it with one (default: 1000)")
    parser.add_argument("--cells", type=int, default=20, help="beside the control (default: 20)")
    parser.add_argument("--noise", type=float, default=1.0, metavar="FACTOR", help="of all but the spikes (default: 1)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    noise = Noise().times(options.noise)
    begin = time.monotonic()
    print(f"{'true change':<24}{'gates':>6}{''.join(f'{word:>13}' for word in WORDS)}{'pairs':>7}{'false':>7}")
    unchanged = characteristic(0, options.gates, options.cells, noise, options.seed)
    print(row("none: each cell", unchanged.others, unchanged), flush=True)
    for figures, what in ((tuple(FIGURES), "all metrics"), (("cpu",), "CPU alone")):
        for change in (0.05, 0.10, 0.15, 0.20):
            found = characteristic(change, options.gates // 5, options.cells, noise, options.seed, figures)
            print(row(f"{change:+.0%} {what}", found.changed, found), flush=True)
    print(
        f"\n{options.cells} cells of {len(FIGURES)} metrics and a control cell; a pair's change has sigma "
        f"{numpy.median(unchanged.sigmas):.1%} (1.4826 MAD, median over gates).\n"
        f"Rows with a change: the verdicts of the one changed cell. pairs: a cell, mean. false: gates in which a cell "
        f"without a change is REGRESSED.\n"
        f"Without a change {unchanged.clean} of {unchanged.gates} gates pass; {unchanged.contaminated} are INCONCLUSIVE "
        f"for their control. {time.monotonic() - begin:.0f} s."
    )


if __name__ == "__main__":
    main()
