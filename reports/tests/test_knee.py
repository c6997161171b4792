"""The knee of curves for which it is known."""

import pytest
from recvbench_report.knee import knee

RATES = [1_000 * 2**i for i in range(10)]


def test_of_an_mm1_queue_it_is_half_the_capacity():
    loads = [i / 20 for i in range(1, 20)]
    assert loads[knee([(load, 1 / (1 - load)) for load in loads])] == 0.5


def test_of_a_flat_curve_that_turns_it_is_the_last_rate_before_the_turn():
    latency = [100, 98, 103, 101, 99, 105, 110, 900, 9_000, 80_000]
    assert RATES[knee(list(zip(RATES, latency)))] == 64_000


@pytest.mark.parametrize("more", [1, 2, 5])
def test_it_does_not_move_with_the_range(more):
    """What lies before and behind is not what makes it."""
    points = list(zip(RATES, [100, 100, 100, 100, 100, 110, 1_000, 9_000, 90_000, 900_000]))
    expected = points[5]
    assert points[knee(points)] == expected
    cut = points[more - 1 : 10 - more + 1] if more < 4 else points[4:7]
    assert cut[knee(cut)] == expected


@pytest.mark.parametrize(
    "latency",
    [
        [100] * 10,  # flat: not full yet
        [100, 95, 110, 90, 105, 100, 98, 102, 99, 104],
        RATES,  # latency as throughput: nothing turns
        [rate * factor for rate, factor in zip(RATES, (1.0, 0.95, 1.05, 0.92, 1, 1.08, 0.96, 1.02, 0.97, 1.01))],
        [rate**2 for rate in RATES],  # worse from the first rate on
    ],
)
def test_no_knee_where_none_is(latency):
    assert knee(list(zip(RATES, latency))) is None


@pytest.mark.parametrize("points", [[], [(1, 1)], [(1, 1), (2, 5)], [(0, 1), (1, 1), (2, 9)], [(1, 0), (2, 1), (3, 9)]])
def test_too_little_to_say(points):
    assert knee(points) is None
