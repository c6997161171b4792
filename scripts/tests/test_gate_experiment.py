"""scripts/gate-experiment: how gates are counted and judged, what it refuses."""

import pytest
from runner import run

from paired import experiment
from paired.experiment import FAILED, OK, SHOWN, UNRESOLVED, Gated



def gates(**counts):
    return [Gated(verdict, 10, 30.0) for verdict, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize("change, found, verdict", [
    (0, gates(PASS=20), OK), (0, gates(PASS=19, INCONCLUSIVE=1), OK), (0, gates(PASS=18, INCONCLUSIVE=2), FAILED),
    (0, gates(PASS=19, REGRESSED=1), FAILED), (0, gates(PASS=15, INVALID=5), UNRESOLVED),
    (20, gates(REGRESSED=10), OK), (20, gates(REGRESSED=9, PASS=1), FAILED), (20, gates(REGRESSED=9, INVALID=1), UNRESOLVED),
    (20, gates(REGRESSED=9, INCONCLUSIVE=1), FAILED), (7, gates(REGRESSED=2, PASS=3), SHOWN),
])  # fmt: skip
def test_judged(change, found, verdict):
    assert experiment.judged(change, found) == verdict


def test_the_table_counts():
    lines = experiment.table({0: gates(PASS=19, INCONCLUSIVE=1), 20: gates(REGRESSED=10)}).splitlines()
    assert lines[0].split() == ["change", "gates", "PASS", "REGRESSED", "INCONCLUSIVE", "INVALID", "pairs", "s", "a", "gate", "expected"]
    assert lines[1].split()[:9] == ["+0", "%", "20", "19", "0", "1", "0", "10.0", "30"] and lines[1].endswith("ok")
    assert lines[2].split()[:9] == ["+20", "%", "10", "0", "10", "0", "0", "10.0", "30"]


def test_of_a_document():
    assert experiment.gated({"verdict": "PASS", "cells": [{"pairs": 10}, {"pairs": 16}]}, 5.0) == Gated("PASS", 13, 5.0)
    assert experiment.gated({"verdict": "INVALID", "cells": []}, 5.0).pairs == 0


@pytest.mark.parametrize("text", ["5", "5:0", "-1:5", "101:5", "x:1", "5:"])
def test_refusals(text):
    done = run("gate-experiment", "--gates", text)
    assert done.returncode == 2 and done.stdout == ""
