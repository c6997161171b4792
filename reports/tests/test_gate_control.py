"""What the control says against the machine, and how long it is measured."""

from gate_pairs import BETTER, LEVEL, WORSE, broken, feed, pair, pairs
from recvbench_report.gate import sequential
from recvbench_report.gate.sequential import Gate


def test_control_cells_go_on_as_long_as_any_other_and_are_not_tested():
    of = {"cell": iter(pairs(5, 5) + pairs(0, 22)), "aa": iter(pairs(0, 32))}
    gate = Gate(["cell"], ["aa"])
    assert set(gate.open_cells) == {"cell", "aa"}
    for _ in range(3):
        feed(gate, of)
    result = gate.result()
    assert gate.finished and result.tests == 1 and len(result.control[0].pairs) == 24 and result.contaminated == []


SCATTER = [WORSE] * 6 + [BETTER] * 4  # the median beyond half of the margin, the interval of 10 about 0


def decided_with_control(*control):
    """A gate whose only cell is decided at the first look, and its control cell, which has these changes in turn."""
    gate = Gate(["cell"], ["aa"])
    of = {"cell": iter(pairs(0, 10)), "aa": (pair(change) for change in control)}
    assert feed(gate, of) == {"cell": "PASS"}
    return gate, of


def test_a_control_that_scatters_goes_on_alone_until_it_is_quiet():
    gate, of = decided_with_control(*SCATTER, *[LEVEL] * 6)
    assert gate.control_alone and not gate.finished
    assert (gate.open_cells, gate.next_look, gate.missing("aa")) == (["aa"], 16, 6)
    assert feed(gate, of) == {}
    result = gate.result()
    assert gate.finished and not gate.control_alone and gate.open_cells == []
    assert result.contaminated == [] and len(result.control[0].pairs) == 16 and len(result.cells[0].pairs) == 10


def test_a_control_that_scatters_to_the_last_look_condemns_the_machine():
    gate, of = decided_with_control(*SCATTER, *[WORSE, BETTER, WORSE] * 8)
    for _ in range(3):
        assert gate.control_alone
        feed(gate, of)
    assert gate.finished and len(gate.result().control[0].pairs) == 32
    assert "scatters too much" in gate.result().contaminated[0]


def test_a_control_that_differs_needs_no_more_pairs():
    gate, _ = decided_with_control(*[WORSE] * 10)
    assert gate.finished and "differs between runs of the same build" in gate.result().contaminated[0]


def test_a_control_that_turns_out_to_differ_is_seen():
    gate, of = decided_with_control(*SCATTER, *[WORSE] * 14)
    for _ in range(2):  # of 24 the 4th from either end misses the median with 0.0003
        feed(gate, of)
    assert gate.finished and "differs" in gate.result().contaminated[0]


def test_a_control_that_cannot_be_measured_is_not_waited_for():
    gate, _ = decided_with_control(*SCATTER)
    for _ in range(3):
        gate.add("aa", broken("base"))
    assert gate.finished and "aa: 3 of 13 pairs are not valid" in gate.result().contaminated[0]


def test_stored_pairs_are_judged_as_the_gate_judged_them():
    control = [pair(change) for change in [*SCATTER, *[LEVEL] * 6]]
    assert sequential.decide({"cell": pairs(0, 10)}, {"aa": control}).contaminated == []
    assert sequential.decide({"cell": pairs(0, 10)}, {"aa": control[:10]}).contaminated != []


def contaminated(changes, metrics=1):
    keys = ("cpu", "p50", "throughput", "p999")[:metrics]
    control = [pair(1 + change, keys=keys) for change in changes]
    return sequential.decide({"cell": pairs(0, 10)}, {"aa": control}).contaminated


def test_a_control_whose_interval_excludes_no_change():
    """Of 10 the 1st and the 10th miss the median with 0.0020, the 2nd and the 9th with 0.0215; of 16 the 3rd and the 14th with 0.0042,
    the 2nd and the 15th with 0.0005. All intervals together may miss with 0.01."""
    assert contaminated([0.001] * 10) == ["aa: CPU per message differs between runs of the same build"]
    assert contaminated([0.001] * 9 + [-0.001]) == []
    assert len(contaminated([-0.001] * 10, metrics=4)) == 4  # 0.0025 each
    assert len(contaminated([0.001] * 14 + [-0.001] * 2, metrics=2)) == 2  # 0.005 each
    assert contaminated([0.001] * 14 + [-0.001] * 2, metrics=3) == []  # 0.0033 each
    assert len(contaminated([0.001] * 15 + [-0.001], metrics=3)) == 3


def test_a_control_whose_median_is_beyond_half_of_the_margin():
    """ln(1.05) / 2 = 0.0244 = ln(1.0247)."""
    assert "scatters too much" in contaminated([0.025] * 6 + [-0.025] * 4)[0]
    assert contaminated([0.024] * 6 + [-0.024] * 4) == []


def test_a_control_without_valid_pairs():
    (line,) = sequential.decide({"cell": pairs(0, 10)}, {"aa": [broken("base")] * 10}).contaminated
    assert line == "aa: 10 of 10 pairs are not valid: base: unsteady: it drifted"
