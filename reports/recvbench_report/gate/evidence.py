"""What the pairs of one cell say of one metric. Pure.

Two exact sign tests at the margin, which assume nothing of the noise's shape: half of a pair's changes would lie on either
side if the true (median) change were exactly the margin. They do assume that pairs do not influence each other, and that
within a pair neither side is favoured, which the random order of its two runs sees to.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from functools import cached_property

from recvbench_report import stats
from recvbench_report.gate.metrics import Metric
from recvbench_report.gate.sample import Pair


@dataclass(frozen=True)
class Evidence:
    """Of valid pairs only, and at least one."""

    metric: Metric
    delta: float  # as Metric.min_effect
    bases: tuple[float, ...]
    candidates: tuple[float, ...]

    @property
    def pairs(self) -> int:
        return len(self.bases)

    @cached_property
    def changes(self) -> list[float]:
        """In terms of Metric.change: > 0 is worse."""
        return [self.metric.change(b, c) for b, c in zip(self.bases, self.candidates)]

    @cached_property
    def margins(self) -> list[float]:
        return [self.metric.margin(b, self.delta) for b in self.bases]

    @cached_property
    def worse(self) -> int:
        """Pairs whose change is beyond the margin."""
        return sum(r > t for r, t in zip(self.changes, self.margins))

    @cached_property
    def not_worse(self) -> int:
        return sum(r < t for r, t in zip(self.changes, self.margins))

    @property
    def p_regressed(self) -> float:
        """So many pairs beyond the margin, or more, if the true change were no more than the margin."""
        return stats.binomial_tail(self.pairs, self.worse)

    @property
    def p_level(self) -> float:
        """So many pairs within the margin, or more, if the true change were the margin or more."""
        return stats.binomial_tail(self.pairs, self.not_worse)

    @property
    def base_median(self) -> float:
        return statistics.median(self.bases)

    @property
    def candidate_median(self) -> float:
        return statistics.median(self.candidates)

    @property
    def median(self) -> float:
        return statistics.median(self.changes)

    @property
    def margin(self) -> float:
        return statistics.median(self.margins)

    def interval(self, alpha: float = stats.ALPHA) -> tuple[float, float] | None:
        """Of the median change; None where there are too few pairs for one."""
        interval = stats.median_interval(self.changes, alpha)
        return None if interval.low is None else (interval.low, interval.high)

    @property
    def is_improved(self) -> bool:
        """The interval lies entirely beyond the margin, on the good side."""
        beyond = stats.median_interval([r + t for r, t in zip(self.changes, self.margins)])
        return beyond.high is not None and beyond.high < 0

    @cached_property
    def sigma(self) -> float:
        return stats.scaled_mad(self.changes)


def evidence(metric: Metric, delta: float, pairs: list[Pair]) -> Evidence:
    """Every pair must be valid and have the metric (see complete)."""
    key = metric.key
    return Evidence(metric, delta, tuple(p.base.figures[key] for p in pairs), tuple(p.candidate.figures[key] for p in pairs))


def complete(metric: Metric, pair: Pair) -> bool:
    """Whether the pair has a change of this metric."""
    return metric.change(pair.base.figures.get(metric.key), pair.candidate.figures.get(metric.key)) is not None
