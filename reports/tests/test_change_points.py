"""Change points: clear cases by hand, and how often it is wrong and right on seeded noise."""

import math

import numpy as np
import pytest
from recvbench_report import change_points

STEP = [40, 41, 39, 40.5, 39.5, 40.2, 41.1, 39.9, 50, 51, 49, 50.5, 49.5, 50.2, 51.1, 49.9]
ALPHA = 0.01


def found(values, alpha=ALPHA, least_share=0.05):
    return [(change.index, change.before, change.after) for change in change_points.changes(values, alpha, least_share)]


@pytest.mark.parametrize(
    "values, expected",
    [
        (STEP, [(8, 40.1, 50.1)]),
        ([v / 1000 for v in STEP], [(8, 0.0401, 0.0501)]),
        (STEP[::-1], [(8, 50.1, 40.1)]),
        ([40.0] * 20, []),
        ([], []),
        (STEP[:6], []),
        # One outlier, and even two of them side by side, are no level.
        ([40, 41, 39, 40.5, 39.5, 400, 410, 40.2, 41.1, 39.9, 40.7, 39.2, 40.3, 40.1, 39.7], []),
        # Up and further up: both places.
        ([*STEP, *[v + 10 for v in STEP[8:]]], [(8, 40.1, 50.1), (16, 50.1, 60.1)]),
    ],
)  # fmt: skip
def test_places_and_levels(values, expected):
    assert found(values) == [(index, pytest.approx(before), pytest.approx(after)) for index, before, after in expected]


def test_an_outlier_beside_the_step_moves_neither_place_nor_level():
    values = [*STEP[:8], *STEP[:3], 900, *STEP[4:8], *STEP[8:], *STEP[8:]]
    assert found(values) == [(16, pytest.approx(40.1), pytest.approx(50.1, abs=0.1))]


def test_small_changes_are_left_out():
    small = [v if i < 8 else v - 8 for i, v in enumerate(STEP)]
    assert found(small, least_share=0) == [(8, pytest.approx(40.1), pytest.approx(42.1))]
    assert found(small, least_share=0.04) and not found(small, least_share=0.06)
    # As large down as up: a share of 1/1.05 - 1 is as much as one of 0.05.
    assert found([100.0] * 8 + [100 / 1.05] * 8, least_share=0.05)


def test_a_small_change_between_two_levels_is_merged_into_them():
    values = [*STEP, *[v + 1.5 for v in STEP[8:]]]
    assert [index for index, *_ in found(values, least_share=0)] == [8, 16]
    ((index, before, after),) = found(values)
    assert (index, before) == (8, pytest.approx(40.1)) and 50 < after < 52


def test_least_values():
    """The clearest order of n values has a probability of 2 / C(n, n/2): so many are needed, and two more are enough."""
    for alpha, n in ((0.05, 8), (0.01, 10), (0.001, 14)):
        assert change_points.least_values(alpha) == n
        assert 2 / math.comb(n, n // 2) <= alpha < 4 / math.comb(n - 1, n // 2)
        clear = [1 + i / 1000 for i in range(n // 2 + 1)] + [2 + i / 1000 for i in range(n // 2 + 1)]
        assert [index for index, *_ in found(clear, alpha)] == [n // 2 + 1]
        assert found(clear[3:], alpha) == []


def test_p_is_that_of_the_permutation_test():
    """Of all 70 orders of 4 and 4, the two that part them come as far: 1/35, to the resolution of the random orders."""
    (change,) = change_points.changes([1, 1.01, 1.02, 1.03, 2, 2.01, 2.02, 2.03], 0.05, 0.05)
    assert change.p == pytest.approx(2 / 70, rel=0.5)
    assert change.share == pytest.approx(2.015 / 1.015 - 1)


def noise(random, n):
    """3 % of scatter, and every tenth value a spike of up to 60 %."""
    values = 40_000 * np.exp(random.normal(0, 0.03, n))
    return values * np.where(random.random_sample(n) < 0.1, 1 + 0.6 * random.random_sample(n), 1)


def test_false_alarms():
    """2,000 series without a change, at 1 %: 20 are due, and more than 36 had a probability of 1 in 3,000."""
    random = np.random.RandomState(7)
    alarms = sum(bool(change_points.changes(list(noise(random, 20)), 0.01, 0)) for _ in range(2000))
    assert 1 <= alarms <= 36


@pytest.mark.parametrize("n, at, share, least_found", [(20, 10, 0.1, 20), (20, 10, 0.2, 24), (40, 30, 0.1, 30), (14, 7, 0.2, 23)])
def test_power(n, at, share, least_found):
    """Of 40 series with spikes and a step, at the level of a history with 20 of them; at the place to within two values. More
    would cost false alarms: it is the level, not the test, that hides the rest."""
    random = np.random.RandomState(11)
    right = 0
    for _ in range(40):
        values = noise(random, n)
        values[at:] *= 1 + share
        places = [change.index for change in change_points.changes(list(values), 0.05 / 20, 0.05)]
        right += len(places) == 1 and abs(places[0] - at) <= 2
    assert right >= least_found


def test_same_input_same_result():
    values = list(noise(np.random.RandomState(3), 30))
    values[15:] = [v * 1.1 for v in values[15:]]
    assert change_points.changes(values, ALPHA, 0.05) == change_points.changes(values, ALPHA, 0.05)
