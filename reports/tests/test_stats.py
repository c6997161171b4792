"""Statistics over runs, against tables worked out by hand and a seeded check of the error rate."""

import random

import pytest
from recvbench_report import stats


def test_spread():
    assert stats.spread([3.0, 1.0, 2.0]) == stats.Spread(2.0, 1.0, 3.0, 3)
    assert stats.spread([4, 1, 3, 2]).median == 2.5
    assert stats.spread([]) is None
    assert stats.spread([1.0, None, 2.0]) is None


@pytest.mark.parametrize(
    "a, b, p",
    [
        # Fully separated: 2 / C(2n, n).
        ([1], [2], 1.0),
        ([1, 2, 3], [4, 5, 6], 2 / 20),
        ([4, 5, 6], [1, 2, 3], 2 / 20),
        ([1, 2, 3, 4], [5, 6, 7, 8], 2 / 70),
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 2 / 252),
        # Ranks 1, 2, 4: sum 7 of mean 10.5; sums <= 7 or >= 14 among the 20 subsets: {1,2,3} {1,2,4} and their mirrors.
        ([1, 2, 4], [3, 5, 6], 4 / 20),
        # All equal: nothing is ever more extreme.
        ([7, 7, 7], [7, 7, 7], 1.0),
        # Mid-ranks 1.5 1.5 against 3.5 3.5: the two extreme of C(4, 2) = 6 subsets.
        ([1, 1], [2, 2], 2 / 6),
        # Unequal sides: {1} against {2, 3, 4}: rank 1 or 4 of 4.
        ([1], [2, 3, 4], 2 / 4),
    ],
)
def test_rank_sum_by_hand(a, b, p):
    assert stats.rank_sum_p(a, b) == pytest.approx(p)


def test_rank_sum_needs_both_sides():
    with pytest.raises(ValueError):
        stats.rank_sum_p([], [1])


def test_holm_by_hand():
    # .01 <= .05/4, .013 <= .05/3, .03 > .05/2: stops there, though .04 <= .05.
    assert stats.holm([0.03, 0.01, 0.04, 0.013]) == [False, True, False, True]
    assert stats.holm([]) == []
    assert stats.holm([0.05]) == [True]
    assert stats.holm([0.0251, 0.0251]) == [False, False]


def test_standing_separates_what_the_runs_separate():
    samples = {"a": [10, 11, 12, 13, 14], "b": [10.5, 11.5, 12.5, 13.5, 14.5], "c": [20, 21, 22, 23, 24]}
    standing = stats.standing(samples, lower_is_better=True)
    assert (standing.leader, standing.level, standing.behind, standing.decidable) == ("a", ["b"], ["c"], True)
    higher = stats.standing(samples, lower_is_better=False)
    assert (higher.leader, higher.level, higher.behind) == ("c", [], ["b", "a"])


def test_three_runs_never_rank():
    standing = stats.standing({"a": [1, 2, 3], "b": [100, 200, 300]}, lower_is_better=True)
    assert (standing.leader, standing.level, standing.behind, standing.decidable) == ("a", ["b"], [], False)


def test_alone_or_nobody():
    assert stats.standing({}, True) is None
    alone = stats.standing({"a": [1.0]}, True)
    assert (alone.leader, alone.level, alone.behind) == ("a", [], [])


@pytest.mark.parametrize("engines, runs", [(1, 2), (2, 4), (3, 5), (7, 5), (8, 6)])
def test_runs_needed(engines, runs):
    # 2 / C(2n, n): n = 4 gives .029, 5 gives .0079, 6 gives .0022; against .05 / (engines - 1).
    assert stats.runs_needed(engines) == runs


def test_equal_engines_are_seldom_told_apart():
    random_ = random.Random(11)
    wrong = 0
    for _ in range(300):
        samples = {name: [random_.lognormvariate(0, 0.2) for _ in range(6)] for name in "abcde"}
        wrong += bool(stats.standing(samples, True).behind)
    # The leader is picked by the data, so the rate may exceed 5 % of families; it must stay of that order.
    assert wrong / 300 < 0.12


@pytest.mark.parametrize("n, low, high", [(6, 0, 5), (8, 0, 7), (12, 2, 9), (20, 5, 14), (52, 18, 33), (100, 39, 60)])
def test_sign_test_interval(n, low, high):
    values = [float(i) for i in range(n)]
    random.Random(n).shuffle(values)
    assert stats.median_interval(values) == stats.MedianInterval((n - 1) / 2, low, high, n)


def test_too_few_samples_have_no_interval():
    assert stats.median_interval([]) is None
    assert stats.median_interval([3.0]) == stats.MedianInterval(3.0, None, None, 1)
    assert stats.median_interval([1, 2, 3, 4, 5]) == stats.MedianInterval(3, None, None, 5)
