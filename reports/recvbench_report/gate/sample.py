"""What the gate knows of a run. Nothing here is of recvbench: whatever measures the same thing twice can be gated.

A reader (records.py for run records) makes Samples; sequential.py decides over Pairs of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Mapping


@dataclass(frozen=True)
class Sample:
    """One run of one cell on one side: one replicate, however many messages or iterations are inside it.

    figures: by Metric.key, in the metric's unit. A key that is there with None, NaN or (for ratios) zero is a figure that
      should have been measured and was not: it makes the pair invalid. A key that is not there does not apply to this cell;
      then not_gated may say why.
    defects: what the measured program did wrong, a line each, such as "lost: sent 5, received 4". Never chance: a candidate
      with more defective runs than its base has regressed. Such a run is not valid either.
    """

    valid: bool
    figures: Mapping[str, float | None]
    reasons: tuple[str, ...] = ()  # why it is not valid, a line each; empty where it is
    defects: tuple[str, ...] = ()
    not_gated: Mapping[str, str] = field(default_factory=dict)  # by Metric.key: why a figure cannot be compared

    def __post_init__(self):
        if self.valid and (self.reasons or self.defects):
            raise ValueError("a valid run has neither reasons nor defects")


@dataclass(frozen=True)
class Pair:
    """A base run and a candidate run back to back, in either order."""

    base: Sample
    candidate: Sample

    @property
    def valid(self) -> bool:
        return self.base.valid and self.candidate.valid


def usable(figure: float | None) -> bool:
    return figure is not None and math.isfinite(figure)
