"""Where a series of figures changed its level for good. Pure.

Binary segmentation with a rank CUSUM: of all places to cut the series in two, the one at which the ranks of the two sides
differ most (Pettitt, "A non-parametric approach to the change-point problem", 1979, standardised so that a cut near an end
counts as much as one in the middle); it stands where a random order of the same values comes that far with a probability of
at most alpha (permutation test), and then each side is looked at by itself. Matteson and James' E-divisive, which MongoDB's
and DataStax' tools use, goes the same way with an energy statistic instead of ranks. Of ranks, an outlier is one, however far
out it lies: it costs power, and makes no change.

The test holds alpha where the values are exchangeable while nothing changes. Measurements of one machine over months are not
quite that: a slow week is a change of the machine, and is found as one. Hence what is found is advice, and decides nothing.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

import numpy as np

LEAST_SIDE = 3  # values on each side of a cut: the level of fewer is a matter of luck
_BATCH = 500
_ABOVE = 20  # random orders beyond the observed one that are still significant: so well is alpha resolved


@dataclass(frozen=True)
class Change:
    index: int  # of the first value after it
    before: float  # median between the change before, or the beginning, and this one
    after: float  # median from here to the next change, or the end
    p: float

    @property
    def share(self) -> float:
        return self.after / self.before - 1


def least_values(alpha: float) -> int:
    """The shortest series in which a change can be shown: with fewer, even the clearest order is too likely by chance."""
    n = 2 * LEAST_SIDE
    # Low before high and high before low; of an odd number, the value in the middle can be on either side.
    while (4 if n % 2 else 2) / math.comb(n, n // 2) > alpha:
        n += 1
    return n


def changes(values: list[float], alpha: float, least_share: float) -> list[Change]:
    """In their order. `values` > 0; changes of the median by less than `least_share` are left out."""
    if len(values) < least_values(alpha):
        return []
    cuts = dict(_cuts(np.asarray(values, dtype=float), 0, alpha, np.random.RandomState(len(values))))
    while True:
        found = _between(values, cuts)
        least = min(found, key=_size, default=None)
        if least is None or _size(least) >= math.log1p(least_share) * (1 - 1e-9):
            return found
        del cuts[least.index]


def _size(change: Change) -> float:
    return abs(math.log(change.after / change.before))


def _between(values: list[float], cuts: dict[int, float]) -> list[Change]:
    edges = [0, *sorted(cuts), len(values)]
    levels = [statistics.median(values[a:b]) for a, b in zip(edges, edges[1:])]
    return [Change(cut, levels[i], levels[i + 1], cuts[cut]) for i, cut in enumerate(edges[1:-1])]


def _cuts(values: np.ndarray, offset: int, alpha: float, random: np.random.RandomState):
    """(index, p) of each cut of a part of the series that begins at `offset`."""
    if len(values) < least_values(alpha):
        return
    ranks = _mid_ranks(values)
    cut, observed = _best_cut(ranks[np.newaxis, :])
    p = _p_value(ranks, observed[0], alpha, random)
    if p > alpha:
        return
    at = int(cut[0])
    yield offset + at, p
    yield from _cuts(values[:at], offset, alpha, random)
    yield from _cuts(values[at:], offset + at, alpha, random)


def _mid_ranks(values: np.ndarray) -> np.ndarray:
    """From 1; equal values share the middle of theirs."""
    ordered = np.sort(values)
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") + 1) / 2


def _best_cut(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row of ranks: the values before the best cut, and how many standard deviations the sides are apart."""
    n = ranks.shape[1]
    before = np.arange(LEAST_SIDE, n - LEAST_SIDE + 1)
    sums = np.cumsum(ranks, axis=1)[:, before - 1]
    apart = np.abs(sums - before * (n + 1) / 2) / np.sqrt(before * (n - before) * (n + 1) / 12)
    best = apart.argmax(axis=1)
    return before[best], apart[np.arange(len(apart)), best]


def _p_value(ranks: np.ndarray, observed: float, alpha: float, random: np.random.RandomState) -> float:
    """(1 + random orders that come as far) / (1 + random orders). It ends early, with what it has, once it must exceed alpha."""
    wanted = math.ceil(_ABOVE / alpha)
    tried = as_far = 0
    while tried < wanted and as_far < _ABOVE:
        # RandomState's stream is the same in every version of NumPy.
        orders = random.random_sample((min(_BATCH, wanted - tried), len(ranks))).argsort(axis=1)
        as_far += int((_best_cut(ranks[orders])[1] >= observed - 1e-9).sum())
        tried += len(orders)
    return (1 + as_far) / (1 + tried)
