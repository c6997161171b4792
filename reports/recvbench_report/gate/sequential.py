"""The decision, look by look: which cells regressed, which are shown not to have, which need more pairs. Pure.

A gate has cells; every cell has its tests, one a gated metric. At looks of 10, 16, 24 and 32 pairs every open test is decided
by two exact sign tests (evidence.py):
  REGRESSED  its p value is rejected by Holm's procedure over all M tests of the gate, at the look's part of alpha: of all
             gates without a true change beyond a margin at most alpha fail. M counts tests (cell x metric), since each can
             fail the gate on its own. It is counted once, at the first look, and stays: a test that failed has p = 0 from
             then on, one that is decided otherwise p = 1.
  PASS       shown to be within the margin at alpha / 4, each test by itself: the gate passes only if all of them do, so
             that no correction is due (intersection-union test).
A cell is decided when one of its tests has regressed, or all are decided; nothing more is measured of it then. What is open
at the last look is INCONCLUSIVE. The control is measured as long as any cell is, and alone until the next look where it merely
scatters: of few pairs the median strays, and it would condemn a machine that more pairs acquit.

    gate = Gate(["iocp/tcp-sink-64B-c8-10k", ...], control=["select/tcp-sink-64B-c8-10k (A/A)"])
    while not gate.finished:
        for cell in gate.open_cells:                    # the paired runner shuffles them, a round at a time
            gate.add(cell, Pair(base, candidate))       # until each has gate.next_look pairs (gate.missing(cell) == 0)
        decided = gate.look()
    gate.result()
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from recvbench_report import stats
from recvbench_report.gate import calibration
from recvbench_report.gate.calibration import Noise
from recvbench_report.gate.cell import IMPROVED, INCONCLUSIVE, INVALID, PASS, REGRESSED, UNDECIDED, Cell, Test
from recvbench_report.gate.control import contamination, merely_scatters
from recvbench_report.gate.evidence import complete, evidence
from recvbench_report.gate.metrics import METRICS, Metric
from recvbench_report.gate.sample import Pair


@dataclass(frozen=True)
class Rules:
    alpha: float = stats.ALPHA
    looks: tuple[int, ...] = (10, 16, 24, 32)  # pairs; rising
    # Of alpha, for REGRESSED. The last look has the largest part: with equal ones 32 pairs of a gate of 80 tests need 27 that
    # are worse, so 26, while the earlier looks need no pair more than before; by simulation (scripts/gate-characteristic)
    # that finds 10 % in one of 80 tests in 95 % of gates instead of 87 %.
    spending: tuple[float, ...] = (0.16, 0.16, 0.24, 0.44)
    most_invalid_share: float = 0.1  # of the pairs of a look; more make a cell INVALID
    invalid_pairs: int = 3  # so many make it INVALID at once

    def __post_init__(self):
        if len(self.spending) != len(self.looks) or not math.isclose(sum(self.spending), 1):
            raise ValueError("every look has its part of alpha, and all of them are 1")

    @property
    def pass_level(self) -> float:
        """Of one look, for PASS."""
        return self.alpha / len(self.looks)

    def regression_level(self, pairs: int) -> float:
        """Of the look at so many pairs, for REGRESSED."""
        return self.alpha * self.spending[self.looks.index(pairs)]

    def least_pairs(self, tests: int) -> int:
        """The fewest pairs with which the last look could show a regression of one of so many tests: 2^-n M <= its level."""
        n = 1
        while 2.0**-n * tests > self.alpha * self.spending[-1]:
            n += 1
        return n


class CannotDecide(Exception):
    """The looks hold too few pairs to show any regression."""


@dataclass(frozen=True)
class Result:
    cells: list[Cell]
    control: list[Cell]
    contaminated: list[str]  # what the control cells say against the machine, a line each; empty where all is well
    tests: int  # M
    rules: Rules


class Gate:
    """Not thread-safe."""

    def __init__(
        self,
        cells: Iterable[str],
        control: Iterable[str] = (),
        metrics: Sequence[Metric] = METRICS,
        noise: Mapping[tuple[str, str], Noise] | None = None,
        rules: Rules = Rules(),
    ):
        """`noise`: what calibration.calibrate found, by cell and Metric.key; a cell without has its min_effect as margin.
        Throws CannotDecide where the last look could not show a regression if every cell had every metric."""
        self._cells = {name: Cell(name) for name in cells}
        self._control = {name: Cell(name) for name in control}
        if not self._cells:
            raise ValueError("a gate needs a cell")
        if shared := self._cells.keys() & self._control.keys():
            raise ValueError(f"both a cell and a control cell: {', '.join(sorted(shared))}")
        self._metrics, self._noise, self._rules = tuple(metrics), dict(noise or {}), rules
        self._looks_done = 0
        self._tests: int | None = None
        most = len(self._cells) * len(self._metrics)
        if rules.looks[-1] < rules.least_pairs(most):
            raise CannotDecide(
                f"with {rules.looks[-1]} pairs no regression can be shown over {most} tests: "
                f"at least {rules.least_pairs(most)} are needed"
            )

    @property
    def finished(self) -> bool:
        return not any(cell.is_open for cell in self._cells.values()) and not self.control_alone

    @property
    def control_alone(self) -> bool:
        """All cells are decided, and the control, which only scatters, goes on to the next look."""
        if any(cell.is_open for cell in self._cells.values()) or self._looks_done in (0, len(self._rules.looks)):
            return False
        return merely_scatters(self._control.values())

    @property
    def next_look(self) -> int | None:
        """In pairs a cell; None when finished."""
        return None if self.finished else self._rules.looks[self._looks_done]

    @property
    def open_cells(self) -> list[str]:
        """What is to be measured until the next look; the control cells go on as long as any other does, or longer."""
        if self.finished:
            return []
        return [cell.name for cell in (*self._cells.values(), *self._control.values()) if cell.is_open]

    def missing(self, cell: str) -> int:
        """Pairs that an open cell lacks for the next look."""
        return max(self._rules.looks[self._looks_done] - len(self._open(cell).pairs), 0) if not self.finished else 0

    def add(self, name: str, pair: Pair) -> None:
        """The pairs of a cell in the order in which they ran. A cell is closed at once where it has too many invalid ones."""
        cell = self._open(name)
        if not self.missing(name):
            raise ValueError(f"{name}: has all {len(cell.pairs)} pairs for the next look")
        cell.pairs.append(pair)
        if cell.invalid_pairs >= self._rules.invalid_pairs:
            cell.look = len(cell.pairs)
            _judge_validity(cell, self._rules)

    def look(self) -> list[Cell]:
        """Decides what can be decided; returns the cells that were decided by it. Every open cell must have its pairs."""
        if self.finished:
            raise ValueError("the gate is finished")
        if lacking := [name for name in self.open_cells if self.missing(name)]:
            raise ValueError(f"pairs are missing: {', '.join(lacking)}")
        pairs = self._rules.looks[self._looks_done]
        was_open = [cell for cell in self._cells.values() if cell.is_open]
        opened = [cell for cell in self._control.values() if cell.is_open]
        for cell in (*was_open, *opened):
            cell.look = pairs
        self._looks_done += 1
        is_last = self._looks_done == len(self._rules.looks)
        _examine([*was_open, *opened], self._metrics, self._noise, self._rules)
        if self._tests is None:
            self._tests = sum(len(cell.tests) for cell in self._cells.values())
        _decide(list(self._cells.values()), self._tests, self._rules, is_last)
        return [cell for cell in was_open if not cell.is_open]

    def result(self) -> Result:
        """What is known so far; final when finished."""
        control = list(self._control.values())
        return Result(list(self._cells.values()), control, contamination(control), self._tests or 0, self._rules)

    def _open(self, name: str) -> Cell:
        cell = self._cells.get(name) or self._control.get(name)
        if cell is None or not cell.is_open:
            raise ValueError(f"{name}: {'no such cell' if cell is None else 'is decided'}")
        return cell


def decide(
    cells: Mapping[str, Sequence[Pair]],
    control: Mapping[str, Sequence[Pair]] | None = None,
    metrics: Sequence[Metric] = METRICS,
    noise: Mapping[tuple[str, str], Noise] | None = None,
    rules: Rules = Rules(),
) -> Result:
    """All at once, of pairs that are there: each cell at the largest look that its pairs reach, at the level of one look of
    the sequence. So a cell gets the verdict at which the sequence stopped measuring it, or INCONCLUSIVE."""
    named = [Cell(name, list(pairs)) for name, pairs in cells.items()]
    controls = [Cell(name, list(pairs)) for name, pairs in (control or {}).items()]
    for cell in (*named, *controls):
        cell.look = max((n for n in rules.looks if n <= len(cell.pairs)), default=len(cell.pairs))
        del cell.pairs[cell.look :]
    _examine([*named, *controls], metrics, noise or {}, rules)
    for cell in named:
        if cell.is_open and cell.look < rules.looks[0]:
            cell.verdict = INCONCLUSIVE
            cell.reasons.append(f"{cell.look} {'pair' if cell.look == 1 else 'pairs'}: at least {rules.looks[0]} are needed")
            for test in cell.tests:
                test.verdict = INCONCLUSIVE
    tests = sum(len(cell.tests) for cell in named)
    _decide(named, tests, rules, is_last=True)
    return Result(named, controls, contamination(controls), tests, rules)


def _examine(cells: Sequence[Cell], metrics: Sequence[Metric], noise: Mapping[tuple[str, str], Noise], rules: Rules) -> None:
    """Validity, and what the pairs up to the look say of every test that is open."""
    for cell in cells:
        if not cell.is_open:
            continue
        if not cell.tests:
            _choose_tests(cell, metrics, noise)
        _judge_validity(cell, rules)
        if not cell.is_open:
            continue
        usable = cell.usable_pairs(cell.look)
        for test in cell.tests:
            if test.verdict == UNDECIDED and usable:
                test.evidence = evidence(test.metric, test.delta, usable)


def _choose_tests(cell: Cell, metrics: Sequence[Metric], noise: Mapping[tuple[str, str], Noise]) -> None:
    """The metrics that every valid run of the first look has: their number must not depend on later ones."""
    samples = [s for pair in cell.pairs for s in (pair.base, pair.candidate) if s.valid]
    for metric in metrics:
        known = noise.get((cell.name, metric.key))
        if samples and all(metric.key in s.figures for s in samples):
            cell.tests.append(Test(metric, max(metric.min_effect, known.floor if known else 0), known))
        elif why := next((s.not_gated[metric.key] for s in samples if metric.key in s.not_gated), None):
            cell.not_gated[metric.key] = why


def _judge_validity(cell: Cell, rules: Rules) -> None:
    """Closes the cell where it cannot be judged, and where the candidate did wrong what the base did not."""
    base = [p.base.defects for p in cell.pairs if p.base.defects]
    candidate = [p.candidate.defects for p in cell.pairs if p.candidate.defects]
    invalid = cell.invalid_pairs
    if len(candidate) > len(base):
        cell.verdict = REGRESSED
        cell.reasons.append(f"runs with defects: {len(candidate)} of the candidate, {len(base)} of the base: {candidate[0][0]}")
    elif invalid >= rules.invalid_pairs or invalid > rules.most_invalid_share * cell.look:
        cell.verdict = INVALID
        cell.reasons.append(f"{invalid} of {len(cell.pairs)} pairs are not valid: {_why_invalid(cell)}")
    elif not cell.tests:
        cell.verdict = INVALID
        cell.reasons.append("nothing can be compared: " + "; ".join(cell.not_gated.values()) if cell.not_gated else "no figure")
    else:
        for test in cell.tests:
            if test.noise and calibration.too_noisy(test.metric, test.noise.floor):
                cell.verdict = test.verdict = INVALID
                cell.reasons.append(
                    f"{test.metric.title}: this machine's noise floor {test.noise.floor:.1%} is more than "
                    f"{calibration.MOST_NOISE} times {test.metric.min_effect:.1%}"
                )


def _why_invalid(cell: Cell) -> str:
    for side in ("base", "candidate"):
        reasons = [getattr(pair, side).reasons for pair in cell.pairs if not getattr(pair, side).valid]
        if reasons:
            return f"{side}: {reasons[0][0] if reasons[0] else 'not valid'}"
    lacking = [t.metric.title for t in cell.tests if not all(complete(t.metric, p) for p in cell.pairs if p.valid)]
    return f"{lacking[0]} is missing" if lacking else "no figure"


def _decide(cells: Sequence[Cell], tests: int, rules: Rules, is_last: bool) -> None:
    waiting = [(cell, test) for cell in cells if cell.is_open for test in cell.tests if test.verdict == UNDECIDED]
    failed = sum(test.verdict == REGRESSED for cell in cells for test in cell.tests)
    # In units of their look's level.
    p_values = [0.0] * failed + [test.evidence.p_regressed / rules.regression_level(cell.look) for cell, test in waiting]
    p_values += [math.inf] * (tests - len(p_values))
    rejected = stats.holm(p_values, alpha=1)[failed : failed + len(waiting)]
    for (_, test), is_rejected in zip(waiting, rejected):
        if is_rejected:
            test.verdict = REGRESSED
        elif test.evidence.p_level <= rules.pass_level:
            test.verdict = IMPROVED if test.evidence.is_improved else PASS
        elif is_last:
            test.verdict = INCONCLUSIVE
    for cell in cells:
        if cell.is_open:
            cell.verdict = _verdict([test.verdict for test in cell.tests])


def _verdict(verdicts: list[str]) -> str:
    for word in (REGRESSED, UNDECIDED, INCONCLUSIVE, IMPROVED):
        if word in verdicts:
            return word
    return PASS
