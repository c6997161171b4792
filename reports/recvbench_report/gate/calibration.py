"""What the machine's noise leaves to be seen, from pairs with the same build on both sides (A/A). Pure.

sigma = 1.4826 MAD of the changes; the median of n of them has the standard error 1.2533 sigma / sqrt(n)
(1.2533 = sqrt(pi / 2), of normal noise). harness/doctor/noise.h does the same for `recvbench doctor`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Mapping, Sequence

from recvbench_report import stats
from recvbench_report.gate.evidence import complete, evidence
from recvbench_report.gate.metrics import Metric
from recvbench_report.gate.sample import Pair

LEAST_PAIRS = 16
MEDIAN_ERROR = 1.2533
# A metric whose noise floor is more than so many times its min_effect is not gated: what is found would not matter.
MOST_NOISE = 3
Z_POWER = 0.84  # of a power of 0.8


class TooFewPairs(Exception):
    """A calibration with fewer than LEAST_PAIRS usable pairs says nothing."""


@dataclass(frozen=True)
class Noise:
    """Of one metric of one cell; the floor as Metric.min_effect."""

    pairs: int
    sigma: float
    floor: float


def noise(metric: Metric, pairs: Sequence[Pair]) -> Noise:
    """Of the pairs that are valid and have the metric."""
    usable = [pair for pair in pairs if pair.valid and complete(metric, pair)]
    if len(usable) < LEAST_PAIRS:
        raise TooFewPairs(f"{metric.title}: {len(usable)} usable A/A pairs, at least {LEAST_PAIRS} are needed")
    sigma = evidence(metric, metric.min_effect, usable).sigma
    return Noise(len(usable), sigma, as_effect(metric, 2 * MEDIAN_ERROR * sigma / math.sqrt(len(usable))))


def calibrate(cells: Mapping[str, Sequence[Pair]], metrics: Sequence[Metric]) -> dict[tuple[str, str], Noise]:
    """By cell and Metric.key, for every metric that all of a cell's valid samples have. Throws TooFewPairs."""
    found = {}
    for cell, pairs in cells.items():
        valid = [pair for pair in pairs if pair.valid]
        if len(valid) < LEAST_PAIRS:
            raise TooFewPairs(f"{cell}: {len(valid)} valid A/A pairs, at least {LEAST_PAIRS} are needed")
        for metric in metrics:
            if all(metric.key in s.figures for pair in valid for s in (pair.base, pair.candidate)):
                try:
                    found[cell, metric.key] = noise(metric, valid)
                except TooFewPairs as error:
                    raise TooFewPairs(f"{cell}: {error}") from None
    return found


def too_noisy(metric: Metric, floor: float) -> bool:
    return floor > MOST_NOISE * metric.min_effect


def detectable(metric: Metric, sigma: float, pairs: int, margin: float, tests: int, looks: int, alpha: float = stats.ALPHA) -> float:
    """The least true effect (as Metric.min_effect) that a single look at `pairs` pairs finds with a power of 0.8, where
    `margin` is the change up to which all is level and the error rate is shared among `tests` tests and `looks` looks."""
    z = NormalDist().inv_cdf(1 - alpha / (looks * tests)) + Z_POWER
    return as_effect(metric, margin + z * MEDIAN_ERROR * sigma / math.sqrt(pairs))


def as_effect(metric: Metric, change: float) -> float:
    """A change to the worse, as Metric.min_effect."""
    return change if metric.is_difference else math.expm1(min(change, 700))  # more is no number
