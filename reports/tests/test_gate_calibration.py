"""Noise: sigma, floor and what could be found, against values computed by hand and the C++ twin's tests."""

import math

import pytest
from recvbench_report import stats
from recvbench_report.gate import calibration
from recvbench_report.gate.metrics import CPU, LOSS, P99
from recvbench_report.gate.sample import Pair, Sample


def aa(changes, key="cpu"):
    return [Pair(Sample(True, {key: 100.0}), Sample(True, {key: 100.0 * math.exp(c)})) for c in changes]


# Distances from the median 0: 8 of 0.01 and 8 of 0.03, so that their median is 0.02.
CHANGES = [0.01, -0.01] * 4 + [0.03, -0.03] * 4


def test_scaled_mad():
    assert stats.scaled_mad([1, 2, 3, 4, 100]) == pytest.approx(1.4826)
    assert stats.scaled_mad([5.0]) == 0


def test_noise_of_sixteen_pairs():
    found = calibration.noise(CPU, aa(CHANGES))
    assert found.pairs == 16 and found.sigma == pytest.approx(1.4826 * 0.02)
    # exp(2 * 1.2533 * 0.029652 / 4) - 1
    assert found.floor == pytest.approx(0.018755, abs=1e-6)


def test_unusable_pairs_do_not_count():
    hole = Pair(Sample(True, {"cpu": None}), Sample(True, {"cpu": 1.0}))
    bad = Pair(Sample(False, {"cpu": 1.0}, ("unsteady",)), Sample(True, {"cpu": 9.0}))
    assert calibration.noise(CPU, aa(CHANGES) + [hole, bad]).pairs == 16
    with pytest.raises(calibration.TooFewPairs, match="15 usable A/A pairs, at least 16"):
        calibration.noise(CPU, aa(CHANGES[:15]) + [hole, bad])


def test_calibration_of_cells():
    found = calibration.calibrate({"cell": aa(CHANGES)}, [CPU, P99])
    assert list(found) == [("cell", "cpu")]
    with pytest.raises(calibration.TooFewPairs, match="cell: 3 valid A/A pairs"):
        calibration.calibrate({"cell": aa(CHANGES[:3])}, [CPU])


def test_a_differences_floor_is_in_its_own_unit():
    pairs = [Pair(Sample(True, {"loss": 0.5}), Sample(True, {"loss": 0.5 + c})) for c in CHANGES]
    assert calibration.noise(LOSS, pairs).floor == pytest.approx(2 * 1.2533 * 1.4826 * 0.02 / 4)


@pytest.mark.parametrize("floor, refused", [(0.15, False), (0.1501, True)])
def test_refusal(floor, refused):
    assert calibration.too_noisy(CPU, floor) == refused


def test_detectable_effect():
    """alpha' = 0.05 / 4: z = 2.2414; t = ln 1.05; (2.2414 + 0.84) 1.2533 0.03 / sqrt(32) = 0.02048."""
    found = calibration.detectable(CPU, 0.03, 32, math.log(1.05), tests=1, looks=4)
    assert found == pytest.approx(math.expm1(math.log(1.05) + 3.0814 * 1.2533 * 0.03 / math.sqrt(32)), rel=1e-4)
    # 80 tests: alpha' = 0.00015625, z = 3.6044
    more = calibration.detectable(CPU, 0.03, 32, math.log(1.05), tests=80, looks=4)
    assert more == pytest.approx(math.expm1(math.log(1.05) + 4.4444 * 1.2533 * 0.03 / math.sqrt(32)), rel=1e-4)
    assert calibration.detectable(CPU, 1e9, 32, 0.0, 1, 4) > 1e300
