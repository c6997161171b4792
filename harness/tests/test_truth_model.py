"""The computed side of the truth experiments, and the test by which two series are told apart: pure, seeded."""

import math
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "truth"))

import model  # noqa: E402


def test_a_server_that_keeps_up_delays_nobody():
    assert model.lindley([0, 100, 200], [30, 30, 30]) == [30, 30, 30]


def test_who_comes_too_early_waits_for_those_before():
    assert model.lindley([0, 10, 20, 200], [30, 30, 30, 30]) == [30, 50, 70, 30]


def test_the_schedule_is_the_generators():
    assert model.schedule(3, 4) == [0, 333333333, 666666666, 1000000000]


def test_messages_due_during_a_stall_wait_for_the_rest_of_it():
    ms = 1_000_000
    responses = model.stalled(1000, 1000, 300, 200 * ms)
    assert responses[299] == 0 and responses[300] == 200 * ms and responses[301] == 199 * ms and responses[500] == 0
    assert sum(response >= 100 * ms for response in responses) == 101
    assert model.percentile(responses, 0.5) == 0 and model.percentile(responses, 0.9) == 100 * ms
    assert model.percentile(responses, 0.99) == 190 * ms and model.percentile(responses, 1) == 200 * ms


def test_a_backlog_is_worked_off_one_service_time_at_a_time():
    responses = model.stalled(1000, 100, 0, 10_000_000, 500_000)
    # 10 ms late, half a millisecond less with every further message: level after 21 of them.
    assert responses[:3] == [10_500_000, 10_000_000, 9_500_000]
    assert responses[20] == 500_000 and responses[19] == 1_000_000
    assert model.stalled(1000, 100, 0, 10_000_000, 500_000, 7)[:2] == [10_500_007, 10_000_007]


def test_poisson_arrivals_wait_as_pollaczek_and_khinchine_say():
    draw = random.Random(1)
    rate, service, at, arrivals = 1000.0, 500_000, 0.0, []
    for _ in range(200_000):
        at += draw.expovariate(rate) * 1e9
        arrivals.append(at)
    mean_wait = sum(model.lindley(arrivals, [service] * len(arrivals))) / len(arrivals) - service
    load = rate * service / 1e9
    assert mean_wait == pytest.approx(load * service / (2 * (1 - load)), rel=0.05)


@pytest.mark.parametrize("n, low", [(6, 0), (8, 0), (9, 1), (12, 2), (20, 5), (52, 18), (100, 39)])
def test_the_sign_test_has_the_harnesss_ranks(n, low):
    assert model.sign_test_rank(n) == low


def test_too_few_samples_decide_nothing():
    assert model.sign_test_rank(5) is None
    assert not model.differ([(1, 2)] * 5)
    assert model.differ([(1, 2)] * 6)


def noisy(draw, last):
    """A run's p50 on a machine that drifts, remembers what it did before, and has a spike now and then."""
    return 0.8 * last + draw.gauss(0, 0.05) + (draw.random() < 0.03) * draw.uniform(0, 2)


def aa_series(draw, pairs):
    state, found = 0.0, []
    for _ in range(pairs):
        values = []
        for _ in range(2):
            state = noisy(draw, state)
            values.append(100 * math.exp(state))
        found.append(tuple(values if draw.random() < 0.5 else reversed(values)))  # which of the two goes first is drawn
    return found


@pytest.mark.parametrize("pairs", [8, 12, 20])
def test_two_series_of_the_same_do_not_differ(pairs):
    draw = random.Random(20 + pairs)
    different = sum(model.differ(aa_series(draw, pairs)) for _ in range(2000))
    assert different <= 0.05 * 2000 + 3 * math.sqrt(2000 * 0.05 * 0.95)
    batches = [sum(model.differ(aa_series(draw, pairs)) for _ in range(100)) for _ in range(20)]
    assert sorted(batches)[10] <= 5, "of 100 comparisons, in the middle batch"


def test_what_is_slower_is_found():
    draw = random.Random(3)
    found = sum(model.differ([(a, 1.5 * b) for a, b in aa_series(draw, 20)]) for _ in range(100))
    assert found >= 90


def test_the_queue_experiments_models():
    from experiments import queue

    ms = 1_000_000
    bursts = queue.of_bursts(1000)
    assert bursts[:3] == [ms // 2, ms, 3 * ms // 2] and max(bursts) == 5 * ms and model.percentile(bursts, 0.5) == 5 * ms // 2
    waits = [response - queue.SERVICE_NS for response in queue.of_poisson(100_000, random.Random(2))]
    assert sum(waits) / len(waits) == pytest.approx(queue.SERVICE_NS / 2, rel=0.05)  # half loaded: half a service time
