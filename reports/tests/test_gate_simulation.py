"""A few gates on the model of noise; scripts/gate-characteristic runs a thousand. Seeded: the numbers are always the same."""

import gate_simulation
import numpy
import pytest
from gate_simulation import Noise
from recvbench_report.gate import sequential
from recvbench_report.gate.sample import Pair


def test_nothing_fails_where_nothing_changed():
    found = gate_simulation.characteristic(0, gates=15, cells=20, noise=Noise(), seed=1)
    assert found.false_failures == 0 and found.others.total() == 300
    assert found.others["PASS"] >= 0.98 * 300 and found.clean >= 12
    assert 10 <= found.pairs / found.cells <= 20


def test_a_gate_of_one_cell_is_not_condemned_by_a_control_of_few_pairs():
    """Of 1,000 such gates 5 are; 122, if the control ends with the cell."""
    found = gate_simulation.characteristic(0, gates=100, cells=1, noise=Noise(), seed=1)
    assert found.contaminated <= 3 and found.clean >= 96


@pytest.mark.parametrize("slower_by, least", [(0.10, 12), (0.15, 15), (0.20, 15)])
def test_what_got_slower_is_found(slower_by, least):
    found = gate_simulation.characteristic(slower_by, gates=15, cells=20, noise=Noise(), seed=1)
    assert found.changed["REGRESSED"] >= least and found.changed["PASS"] == 0 and found.false_failures == 0


def test_what_got_faster_is_no_regression():
    found = gate_simulation.characteristic(-0.15, gates=10, cells=5, noise=Noise(), seed=1)
    assert found.changed["IMPROVED"] + found.changed["PASS"] == 10 and found.changed["IMPROVED"] >= 5


def test_a_change_of_the_margin_itself_is_not_passed():
    found = gate_simulation.characteristic(0.05, gates=15, cells=5, noise=Noise(), seed=1, changed=("cpu",))
    assert found.changed["REGRESSED"] + found.changed["PASS"] <= 1


def test_more_noise_makes_a_gate_inconclusive_and_not_wrong():
    found = gate_simulation.characteristic(0, gates=5, cells=10, noise=Noise().times(3), seed=1)
    assert found.false_failures == 0 and found.clean == 0 and found.others["INCONCLUSIVE"] > found.others["PASS"]


def test_a_biased_machine_is_found_by_the_control():
    """Whatever runs as the candidate is 6 % slower: of the same build, too."""

    def gate(seed):
        machine = gate_simulation.Machine(Noise(), 2 * 24, numpy.random.default_rng(seed))
        slower = {key: 1.06**sign for key, (_, sign) in gate_simulation.FIGURES.items()}
        pairs = [Pair(machine.run({}), machine.run(slower)) for _ in range(24)]
        return sequential.decide({"cell": pairs}, {"control": pairs}).contaminated

    assert all(gate(seed) for seed in range(10))


WANDERING = Noise(wander=0.08)


def failed_when_measured_apart(seed):
    """20 cells one after the other, of each all base runs before all candidate runs."""
    machine = gate_simulation.Machine(WANDERING, 20 * 32, numpy.random.default_rng(seed))
    runs = {cell: [machine.run({}) for _ in range(32)] for cell in map(str, range(20))}
    cells = {cell: [Pair(*pair) for pair in zip(of[:16], of[16:])] for cell, of in runs.items()}
    return any(cell.verdict == "REGRESSED" for cell in sequential.decide(cells).cells)


def test_the_noise_would_fool_a_design_without_pairs():
    """So that the tests above say something: a machine that is measured AAAA BBBB makes gates fail falsely, in pairs it does not."""
    assert sum(failed_when_measured_apart(seed) for seed in range(15)) >= 2
    found = gate_simulation.characteristic(0, gates=5, cells=20, noise=WANDERING, seed=1)
    assert found.false_failures == 0 and found.others["PASS"] >= 95


def test_orders_are_balanced():
    order = gate_simulation.balanced_order(32, numpy.random.default_rng(1))
    assert sum(order) == 16 and order != sorted(order)
