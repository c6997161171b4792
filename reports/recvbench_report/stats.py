"""Statistics over runs. A run is one sample: the messages inside it are not independent and never count as samples.

Everything here is pure.
"""

from __future__ import annotations

import functools
import math
import statistics
from dataclasses import dataclass

ALPHA = 0.05


@dataclass(frozen=True)
class Spread:
    """A figure over repetitions: the middle run and the extremes."""

    median: float
    low: float
    high: float
    runs: int


def spread(values: list[float | None]) -> Spread | None:
    """None where any run lacks the figure or there is no run: the rest would not be a fair sample of the runs."""
    if not values or any(v is None for v in values):
        return None
    return Spread(statistics.median(values), min(values), max(values), len(values))


@dataclass(frozen=True)
class MedianInterval:
    """The population's median lies within [low, high] with a probability of at least 1 - alpha, whatever the distribution."""

    median: float
    low: float | None  # None where there are too few samples for any such interval: fewer than 6 at 95 %
    high: float | None
    samples: int


def median_interval(samples: list[float], alpha: float = ALPHA) -> MedianInterval | None:
    """By the exact sign test, as the harness does it. None without samples."""
    if not samples:
        return None
    ordered, n = sorted(samples), len(samples)
    # The interval (x[k], x[n - 1 - k]) misses where at most k samples lie below the median, or at most k above.
    tails, rank = 0.0, None
    for k in range((n - 1) // 2):
        tails += 2 * math.comb(n, k) / 2**n
        if tails > alpha:
            break
        rank = k
    if rank is None:
        return MedianInterval(statistics.median(ordered), None, None, n)
    return MedianInterval(statistics.median(ordered), ordered[rank], ordered[n - 1 - rank], n)


@functools.cache
def binomial_tail(n: int, k: int) -> float:
    """P(Bin(n, 1/2) >= k), exact; n up to about 1,000."""
    return sum(math.comb(n, i) for i in range(max(k, 0), n + 1)) / 2**n


def scaled_mad(values: list[float]) -> float:
    """1.4826 times the median distance from the median: a normal distribution's sigma, which outliers hardly move."""
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(v - middle) for v in values)


def rank_sum_p(a: list[float], b: list[float]) -> float:
    """Exact two-sided p value of the Wilcoxon-Mann-Whitney rank-sum test (permutation distribution, ties by mid-ranks).

    Assumes that runs are exchangeable where the two do not differ, which interleaved runs in seeded random order are made
    for; wrong where one side was measured at another time. With n runs a side the smallest possible value is
    2 / C(2n, n): 3 runs can never show a difference at 5 %.
    """
    if not a or not b:
        raise ValueError("both sides need a run")
    pooled = sorted(a + b)
    # Twice the mid-rank, so that it is an integer: first position + last position, counted from 1.
    rank = {v: 2 * pooled.index(v) + pooled.count(v) + 1 for v in set(pooled)}
    ranks = [rank[v] for v in pooled]
    # ways[k][s]: how many of the k-subsets of the pooled ranks have the sum s.
    ways: list[dict[int, int]] = [{0: 1}] + [{} for _ in a]
    for r in ranks:
        for k in range(len(a), 0, -1):
            for s, n in ways[k - 1].items():
                ways[k][s + r] = ways[k].get(s + r, 0) + n
    distribution = ways[len(a)]
    centre = len(a) * (len(pooled) + 1)
    distance = abs(sum(rank[v] for v in a) - centre)
    extreme = sum(n for s, n in distribution.items() if abs(s - centre) >= distance)
    return extreme / math.comb(len(pooled), len(a))


def holm(p_values: list[float], alpha: float = ALPHA) -> list[bool]:
    """Which hypotheses Holm's step-down procedure rejects: family-wise error at most alpha."""
    rejected = [False] * len(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    for step, i in enumerate(order):
        if p_values[i] > alpha / (len(p_values) - step):
            break
        rejected[i] = True
    return rejected


@dataclass(frozen=True)
class Standing:
    """What the runs carry about one metric of one scenario."""

    leader: str  # best observed median
    spread: Spread
    level: list[str]  # not separated from the leader by the test, best first
    behind: list[str]  # shown worse than the leader
    decidable: bool  # False: with this few runs no result of the test could have separated anything


def standing(samples: dict[str, list[float]], lower_is_better: bool) -> Standing | None:
    """Compares every engine with the one whose median is best. None where there is nothing to compare."""
    if not samples:
        return None
    sign = 1 if lower_is_better else -1
    order = sorted(samples, key=lambda name: (sign * statistics.median(samples[name]), name))
    leader, others = order[0], order[1:]
    best = samples[leader]
    rejected = holm([rank_sum_p(best, samples[name]) for name in others])
    # Holm rejects anything only if its smallest p value is at most alpha / K.
    smallest = min((2 / math.comb(len(best) + len(samples[n]), len(best)) for n in others), default=1.0)
    return Standing(
        leader,
        spread(best),
        [n for n, r in zip(others, rejected) if not r],
        [n for n, r in zip(others, rejected) if r],
        not others or smallest <= ALPHA / len(others),
    )


def runs_needed(engines: int) -> int:
    """The fewest runs per engine with which `engines` engines can be told apart at all."""
    n = 2
    while engines > 1 and 2 / math.comb(2 * n, n) > ALPHA / (engines - 1):
        n += 1
    return n
