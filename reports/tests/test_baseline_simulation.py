"""Baselines on the noise model of gate_simulation.py: a machine that changes meanwhile makes hardly any, and gates against those of a quiet
one pass what is the same and find what got slower. The gate's machine is in another state than the baseline's was."""

import numpy
import pytest
from gate_simulation import FIGURES, Machine, Noise
from recvbench_report.baselines import agreement
from recvbench_report.gate import sequential
from recvbench_report.gate.sample import Pair

CELLS = ("a", "b", "c")
ROUNDS = 32
MODEL = Noise()
QUIET = Noise(wander=0.004, drift=0.01)


def measured(noise, random, sides=1, factors=None):
    """[{cell: its runs} of each side], cells and sides in an order that is drawn."""
    machine = Machine(noise, sides * ROUNDS * len(CELLS), random)
    found = [{cell: [] for cell in CELLS} for _ in range(sides)]
    for _ in range(ROUNDS):
        for cell in random.permutation(CELLS):
            for side in random.permutation(sides):
                found[side][cell].append(machine.run(factors or {}))
    return found


def agreed(noise, random):
    first, second = measured(noise, random, sides=2)
    pairs = {cell: [Pair(*both) for both in zip(first[cell], second[cell])] for cell in CELLS}
    series = {cell: [run for both in zip(first[cell], second[cell]) for run in both] for cell in CELLS}
    return agreement.agree(pairs, series)


def verdicts(baseline, noise, random, slower_by):
    factors = {key: (1 + slower_by) ** sign for key, (_, sign) in FIGURES.items()}
    (candidate,) = measured(noise, random, factors=factors)
    pairs = {cell: [Pair(*both) for both in zip(baseline.series[cell], candidate[cell])] for cell in CELLS}
    return {cell.verdict for cell in sequential.decide(pairs, noise=baseline.noise).cells}


@pytest.mark.parametrize("slower_by, expected", [(0.0, {"PASS"}), (0.1, {"REGRESSED"})])
def test_a_quiet_machine(slower_by, expected):
    found, refused = [], 0
    for seed in range(10):
        random = numpy.random.default_rng([11, seed])
        try:
            found.append(verdicts(agreed(QUIET, random), QUIET, random, slower_by))
        except agreement.Refused:
            refused += 1
    assert refused <= 2 and found.count(expected) >= 7
    assert slower_by or not any("REGRESSED" in words for words in found)


def test_a_machine_that_changes_meanwhile_makes_hardly_any_and_no_false_failure():
    refused = 0
    for seed in range(20):
        random = numpy.random.default_rng([12, seed])
        try:
            assert "REGRESSED" not in verdicts(agreed(MODEL, random), MODEL, random, 0.0)
        except agreement.Refused:
            refused += 1
    assert refused >= 18
