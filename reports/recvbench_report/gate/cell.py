"""One cell of a gate: its pairs, its tests, and what was decided of them. State alone; sequential.py decides."""

from __future__ import annotations

from dataclasses import dataclass, field

from recvbench_report.gate.calibration import Noise
from recvbench_report.gate.evidence import Evidence, complete
from recvbench_report.gate.metrics import Metric
from recvbench_report.gate.sample import Pair

REGRESSED = "REGRESSED"
PASS = "PASS"
IMPROVED = "IMPROVED"  # PASS, and better by more than the margin
INCONCLUSIVE = "INCONCLUSIVE"
INVALID = "INVALID"
UNDECIDED = "UNDECIDED"  # still open, or its cell was decided before it


@dataclass
class Test:
    """One metric of one cell."""

    metric: Metric
    delta: float  # the margin, as Metric.min_effect
    noise: Noise | None
    verdict: str = UNDECIDED
    evidence: Evidence | None = None  # at the last look that looked at it


@dataclass
class Cell:
    name: str
    pairs: list[Pair] = field(default_factory=list)
    verdict: str = UNDECIDED
    reasons: list[str] = field(default_factory=list)
    look: int = 0  # pairs at the last look at it
    tests: list[Test] = field(default_factory=list)
    not_gated: dict[str, str] = field(default_factory=dict)  # by Metric.key, in words

    @property
    def is_open(self) -> bool:
        return self.verdict == UNDECIDED

    @property
    def invalid_pairs(self) -> int:
        return sum(not self._is_usable(pair) for pair in self.pairs)

    def usable_pairs(self, count: int) -> list[Pair]:
        """Of the first `count`."""
        return [pair for pair in self.pairs[:count] if self._is_usable(pair)]

    def _is_usable(self, pair: Pair) -> bool:
        return pair.valid and all(complete(test.metric, pair) for test in self.tests)
