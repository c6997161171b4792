"""What is gated, and the least change that matters. Pure.

The maximum is never gated: it is one message's luck. Defects are gated exactly (Sample.defects): they need no metric.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable

from recvbench_report import loss, units

SHOW: dict[str, Callable[[float | None], str]] = {"ns": units.time, "1/s": units.rate, "share": units.share}


@dataclass(frozen=True)
class Metric:
    key: str  # as in Sample.figures and gate.json
    title: str
    min_effect: float  # a share: smaller changes are of no interest; of a difference, in the figure's own unit
    unit: str  # a key of SHOW
    lower_is_better: bool = True
    least_change: float = 0  # in the figure's unit: a change must exceed this as well, or it does not matter either
    is_difference: bool = False  # candidate - base is looked at instead of ln(candidate / base): zero is a good value

    def change(self, base: float | None, candidate: float | None) -> float | None:
        """> 0 is worse: ln(candidate / base) where lower is better. None where there is no such value."""
        if base is None or candidate is None or not (math.isfinite(base) and math.isfinite(candidate)):
            return None
        sign = 1 if self.lower_is_better else -1
        if self.is_difference:
            return sign * (candidate - base)
        ratio = candidate / base if base > 0 else 0
        return sign * math.log(ratio) if 0 < ratio < math.inf else None

    def margin(self, base: float, delta: float) -> float:
        """The change up to which a pair with this base counts as level, in terms of change(); delta as min_effect."""
        if self.is_difference:
            return delta
        margin = math.log1p(delta)
        if self.least_change:
            # Worse by both: by the share, and by the least change. Where higher is better, down to base - least_change.
            ratio = 1 + self.least_change / base if self.lower_is_better else max(1 - self.least_change / base, 0)
            margin = max(margin, abs(math.log(ratio)) if ratio else math.inf)
        return margin

    def share(self, change: float) -> float:
        """A change() as people read it: candidate / base - 1, or the difference itself."""
        sign = 1 if self.lower_is_better else -1
        return sign * change if self.is_difference else math.expm1(sign * change)


THROUGHPUT = Metric("throughput", "throughput", 0.05, "1/s", lower_is_better=False)
CPU = Metric("cpu", "CPU per message", 0.05, "ns")
P50 = Metric("p50", "p50 response time", 0.05, "ns")
P99 = Metric("p99", "p99 response time", 0.10, "ns", least_change=20_000)
P999 = Metric("p999", "p99.9 response time", 0.20, "ns")
# Counts are exact, yet a few datagrams are lost by chance: what counts is the share from which on a run is called lossy.
LOSS = Metric("loss", "datagrams lost", loss.MOST, "share", is_difference=True)

METRICS = (THROUGHPUT, CPU, P50, P99, P999, LOSS)
