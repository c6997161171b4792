"""The gate's decision against values computed by hand: P(Bin(10, 1/2) >= 9) = 11/1024 = 0.0107, >= 10: 0.00098;
P(Bin(16, 1/2) >= 14) = 137/65536 = 0.0021. PASS has the level 0.05 / 4 = 0.0125 at every look, REGRESSED 0.008, 0.008, 0.012
and 0.022 at those of 10, 16, 24 and 32 pairs."""

import math

import pytest
from gate_pairs import broken, feed, pair, pairs
from recvbench_report import stats
from recvbench_report.gate import sequential
from recvbench_report.gate.calibration import Noise
from recvbench_report.gate.metrics import CPU, LOSS, P50, P99, THROUGHPUT
from recvbench_report.gate.sample import Pair, Sample
from recvbench_report.gate.sequential import Gate, Rules

def verdict(cell_pairs, **what):
    (cell,) = sequential.decide({"cell": cell_pairs}, **what).cells
    return cell.verdict


@pytest.mark.parametrize("n, k, p", [(10, 10, 1 / 1024), (10, 9, 11 / 1024), (16, 14, 137 / 65536), (32, 0, 1.0), (5, 6, 0.0)])
def test_binomial_tails(n, k, p):
    assert stats.binomial_tail(n, k) == p


@pytest.mark.parametrize(
    "worse, level, better, expected",
    [
        (10, 0, 0, "REGRESSED"),
        (9, 1, 0, "INCONCLUSIVE"),
        (8, 2, 0, "INCONCLUSIVE"),
        (2, 8, 0, "INCONCLUSIVE"),
        (1, 9, 0, "PASS"),
        (0, 10, 0, "PASS"),
        (0, 1, 9, "IMPROVED"),  # the interval of 10 is from the 2nd to the 9th
        (0, 2, 8, "PASS"),
    ],
)
def test_one_test_at_ten_pairs(worse, level, better, expected):
    assert verdict(pairs(worse, level, better)) == expected


@pytest.mark.parametrize("n, least", [(16, 14), (24, 18), (32, 23)])
def test_one_test_at_later_looks(n, least):
    """13 of 16: 0.0106; 17 of 24: 0.0320, 18: 0.0113; 22 of 32: 0.0251, 23: 0.0100."""
    assert verdict(pairs(least, n - least)) == "REGRESSED"
    assert verdict(pairs(least - 1, n - least + 1)) == "INCONCLUSIVE"


@pytest.mark.parametrize("n, least", [(16, 13), (24, 18), (32, 23)])
def test_passing_at_later_looks(n, least):
    assert verdict(pairs(n - least, least)) == "PASS"
    assert verdict(pairs(n - least + 1, least - 1)) == "INCONCLUSIVE"


def test_pairs_beyond_the_largest_look_are_not_used():
    assert verdict([*pairs(10), *pairs(0, 5)]) == "REGRESSED"
    (cell,) = sequential.decide({"cell": pairs(10) + pairs(0, 5)}).cells
    assert (cell.look, cell.tests[0].evidence.pairs) == (10, 10)


def test_fewer_than_ten_pairs_are_inconclusive_and_say_so():
    (cell,) = sequential.decide({"cell": pairs(9)}).cells
    assert (cell.verdict, cell.reasons) == ("INCONCLUSIVE", ["9 pairs: at least 10 are needed"])


def test_no_pair_at_all_is_invalid():
    assert verdict([]) == "INVALID"


def test_holm_counts_every_test_of_the_gate():
    """Four tests at 16 pairs: the smallest p value must be at most 0.008 / 4 = 0.002, so 15 worse (0.00026) and not 14 (0.0021);
    when one is rejected the next may have 0.008 / 3."""
    level = {f"level {i}": pairs(0, 16) for i in range(3)}
    assert sequential.decide({"cell": pairs(14, 2), **level}).cells[0].verdict == "INCONCLUSIVE"
    assert sequential.decide({"cell": pairs(15, 1), **level}).cells[0].verdict == "REGRESSED"
    worse = {"worse": pairs(15, 1), "level": pairs(0, 16), "same": pairs(0, 16)}
    found = sequential.decide({"cell": pairs(14, 2), **worse})
    assert found.tests == 4 and found.cells[0].verdict == "REGRESSED"


def test_cells_at_different_looks_are_held_to_their_own():
    """24 pairs of 80 tests may have 0.012 / 80 = 0.00015: 21 worse (0.000139) and not 20 (0.00077); 32 pairs 0.022 / 80 = 0.000275: 26
    worse (0.000268) and not 25 (0.00105)."""
    level = {f"level {i}": pairs(0, 10) for i in range(79)}
    for n, least in ((24, 21), (32, 26)):
        assert sequential.decide({"cell": pairs(least, n - least), **level}).cells[0].verdict == "REGRESSED"
        assert sequential.decide({"cell": pairs(least - 1, n - least + 1), **level}).cells[0].verdict == "INCONCLUSIVE"


def test_each_metric_of_a_cell_is_a_test():
    both = [Pair(Sample(True, {"cpu": 100.0, "p50": 1000.0}), Sample(True, {"cpu": 100.0, "p50": 1200.0})) for _ in range(10)]
    found = sequential.decide({"cell": both})
    assert found.tests == 2
    assert [(t.metric.key, t.verdict) for t in found.cells[0].tests] == [("cpu", "PASS"), ("p50", "REGRESSED")]
    assert found.cells[0].verdict == "REGRESSED"


def test_undecided_cells_alone_go_on():
    of = {"slow": iter(pairs(10)), "same": iter(pairs(0, 10)), "noisy": iter(pairs(5, 5) + pairs(0, 22))}
    gate = Gate(of)
    assert gate.next_look == 10 and all(gate.missing(cell) == 10 for cell in of)
    assert feed(gate, of) == {"slow": "REGRESSED", "same": "PASS"}
    assert (gate.open_cells, gate.next_look, gate.missing("noisy"), gate.finished) == (["noisy"], 16, 6, False)
    assert feed(gate, of) == {}  # 11 of 16 within: 0.105
    assert feed(gate, of) == {"noisy": "PASS"}  # 19 of 24: 0.0033
    assert gate.finished and gate.open_cells == [] and gate.next_look is None and gate.result().tests == 3


def test_the_last_look_leaves_nothing_open():
    of = {"noisy": iter(pairs(1, 1) * 16)}
    gate = Gate(of)
    assert [feed(gate, of) for _ in range(4)] == [{}, {}, {}, {"noisy": "INCONCLUSIVE"}]
    assert gate.result().cells[0].look == 32


def test_tests_decided_earlier_keep_their_place_in_holms_procedure():
    """At 16 pairs 14 worse have 0.0021. With M = 4: rejected only since the one that failed before is counted as rejected,
    which leaves 0.008 / 3 = 0.0027 instead of 0.008 / 4 = 0.002."""
    level = {f"level {i}": pairs(0, 10) for i in range(2)}
    late = pairs(8, 2) + pairs(6)
    of = {name: iter(p) for name, p in {"first": pairs(10), "late": late, **level}.items()}
    gate = Gate(of)
    assert feed(gate, of)["first"] == "REGRESSED"
    assert feed(gate, of) == {"late": "REGRESSED"}
    alone = {name: iter(p) for name, p in {"first": pairs(0, 10), "late": late, **level}.items()}
    gate = Gate(alone)
    feed(gate, alone)
    assert feed(gate, alone) == {}


def test_only_what_is_asked_for_is_added():
    gate = Gate(["cell"])
    for one in pairs(0, 10):
        gate.add("cell", one)
    with pytest.raises(ValueError, match="has all 10 pairs"):
        gate.add("cell", pair(1))
    with pytest.raises(ValueError, match="no such cell"):
        gate.add("other", pair(1))
    gate.look()
    with pytest.raises(ValueError, match="is decided"):
        gate.add("cell", pair(1))
    with pytest.raises(ValueError, match="finished"):
        gate.look()


def test_a_look_needs_its_pairs():
    gate = Gate(["cell"])
    gate.add("cell", pair(1))
    with pytest.raises(ValueError, match="pairs are missing: cell"):
        gate.look()


def test_a_gate_without_cells_and_names_given_twice():
    with pytest.raises(ValueError, match="needs a cell"):
        Gate([])
    with pytest.raises(ValueError, match="both a cell and a control"):
        Gate(["a"], ["a"])


def test_refuses_to_start_where_no_regression_could_be_shown():
    """2^-10 * 6 metrics * 8 cells = 0.047; with 10 cells 2^-10 * 60 = 0.059."""
    short = Rules(looks=(10,), spending=(1.0,))
    Gate(map(str, range(8)), rules=short)
    with pytest.raises(sequential.CannotDecide, match="with 10 pairs no regression can be shown over 60 tests: at least 11"):
        Gate(map(str, range(10)), rules=short)
    assert Rules().least_pairs(20 * 6) == 13  # 2^-12 * 120 = 0.0293, 2^-13 * 120 = 0.0146; the last look has 0.022


def test_parts_of_alpha():
    assert sum(map(Rules().regression_level, Rules().looks)) == pytest.approx(0.05)
    for bad in ((0.5, 0.5), (0.3, 0.3, 0.3, 0.3)):
        with pytest.raises(ValueError):
            Rules(spending=bad)


def test_margins_are_min_effects_without_noise_and_its_floor_where_that_is_larger():
    slightly = [pair(1.08) for _ in range(10)]
    assert verdict(slightly) == "REGRESSED"
    assert verdict(slightly, noise={("cell", "cpu"): Noise(16, 0.1, 0.09)}) == "PASS"
    assert verdict(slightly, noise={("cell", "cpu"): Noise(16, 0.01, 0.01)}) == "REGRESSED"


def test_too_noisy_a_metric_is_not_gated():
    (cell,) = sequential.decide({"cell": pairs(0, 10)}, noise={("cell", "cpu"): Noise(16, 0.3, 0.151)}).cells
    assert cell.verdict == "INVALID" and "noise floor 15.1% is more than 3 times 5.0%" in cell.reasons[0]
    assert verdict(pairs(0, 10), noise={("cell", "cpu"): Noise(16, 0.3, 0.15)}) != "INVALID"


def test_higher_is_better():
    def rates(ratio):
        return [pair(ratio, keys=("throughput",)) for _ in range(10)]

    assert [verdict(rates(r)) for r in (0.9, 1.0, 1.1)] == ["REGRESSED", "PASS", "IMPROVED"]
    assert verdict(rates(1 / 1.051)) == "REGRESSED" and verdict(rates(1 / 1.049)) == "PASS"


@pytest.mark.parametrize(
    "base_ns, ratio, expected",
    [
        (1e6, 1.11, "REGRESSED"),
        (1e6, 1.09, "PASS"),  # less than 10 %
        (100_000, 1.19, "PASS"),  # more than 10 %, and 19 us
        (100_000, 1.21, "REGRESSED"),  # 21 us
        (1_000, 15, "PASS"),  # 14 us
        (100_000, 0.85, "PASS"),  # 15 us better
        (100_000, 0.75, "IMPROVED"),
    ],
)
def test_p99_must_be_worse_by_share_and_by_time(base_ns, ratio, expected):
    assert verdict([pair(ratio, base=base_ns, keys=("p99",)) for _ in range(10)]) == expected


def test_loss_is_a_difference():
    def lost(base, candidate):
        return [Pair(Sample(True, {"loss": base}), Sample(True, {"loss": candidate})) for _ in range(10)]

    assert verdict(lost(0.0, 0.0)) == "PASS"
    assert verdict(lost(0.0, 0.0009)) == "PASS"
    assert verdict(lost(0.0, 0.0011)) == "REGRESSED"
    assert verdict(lost(0.3, 0.3005)) == "PASS"
    assert verdict(lost(0.0, math.nan)) == "INVALID"


def test_changes_are_relative_and_worse_is_positive():
    assert P50.change(100.0, 110.0) == pytest.approx(math.log(1.1))
    assert THROUGHPUT.change(100.0, 110.0) == pytest.approx(-math.log(1.1))
    assert LOSS.change(0.1, 0.3) == pytest.approx(0.2)
    for bad in (0, None, math.nan, math.inf, -1.0):
        assert CPU.change(bad, 1.0) is None and CPU.change(1.0, bad) is None
    assert CPU.change(1e-300, 1e300) is None  # no finite ratio
    assert P99.margin(1e9, 0.1) == pytest.approx(math.log(1.1)) and P99.margin(1e5, 0.1) == pytest.approx(math.log(1.2))
    assert THROUGHPUT.share(THROUGHPUT.change(100.0, 90.0)) == pytest.approx(-0.1)


@pytest.mark.parametrize(
    "invalid, of, expected",
    [(1, 10, "PASS"), (2, 10, "INVALID"), (2, 16, "INVALID"), (2, 24, "PASS"), (2, 32, "PASS"), (3, 32, "INVALID")],
)
def test_invalid_pairs(invalid, of, expected):
    assert verdict([broken("candidate")] * invalid + pairs(0, of - invalid)) == expected


@pytest.mark.parametrize("figure", [0.0, None, math.nan])
def test_a_missing_figure_makes_the_pair_invalid(figure):
    hole = Pair(Sample(True, {"cpu": 1.0}), Sample(True, {"cpu": figure}))
    (cell,) = sequential.decide({"cell": [hole] * 2 + pairs(0, 8)}).cells
    assert cell.verdict == "INVALID" and cell.reasons == ["2 of 10 pairs are not valid: CPU per message is missing"]
    (cell,) = sequential.decide({"cell": [hole] + pairs(0, 9)}).cells
    assert cell.verdict == "PASS" and cell.tests[0].evidence.pairs == 9


def test_invalid_cells_say_whose_runs_and_why():
    (cell,) = sequential.decide({"cell": [broken("candidate", "generator-bound: late")] * 3 + pairs(0, 7)}).cells
    assert cell.reasons == ["3 of 10 pairs are not valid: candidate: generator-bound: late"]


def test_three_invalid_pairs_close_a_cell_at_once():
    gate = Gate(["bad", "good"])
    for _ in range(3):
        gate.add("bad", broken("base"))
    assert gate.open_cells == ["good"] and gate.result().cells[0].verdict == "INVALID"
    of = {"good": iter(pairs(0, 10))}
    assert feed(gate, of) == {"good": "PASS"} and gate.result().tests == 1


def test_nothing_to_gate_is_invalid():
    pair_ = Pair(Sample(True, {}, not_gated={"cpu": "too short"}), Sample(True, {}))
    (cell,) = sequential.decide({"cell": [pair_] * 10}).cells
    assert (cell.verdict, cell.reasons) == ("INVALID", ["nothing can be compared: too short"])


def test_a_metric_that_some_run_does_not_have_is_not_gated_and_said():
    without = Sample(True, {"cpu": 1.0}, not_gated={"throughput": "the generator's limit"})
    with_ = Sample(True, {"cpu": 1.0, "throughput": 5.0})
    (cell,) = sequential.decide({"cell": [Pair(with_, without)] + [Pair(with_, with_)] * 9}).cells
    assert [t.metric.key for t in cell.tests] == ["cpu"] and cell.not_gated == {"throughput": "the generator's limit"}


def test_the_metrics_are_those_of_the_first_look():
    """So that M is fixed before anything is known: later a missing one makes the pair invalid."""
    gate = Gate(["cell"])
    of = {"cell": iter(pairs(5, 5, keys=("cpu", "p50")) + pairs(0, 3))}
    feed(gate, of)
    for _ in range(2):
        gate.add("cell", next(of["cell"]))
    assert gate.open_cells == ["cell"]
    gate.add("cell", next(of["cell"]))
    assert gate.finished and gate.result().cells[0].verdict == "INVALID"


def test_defects_are_exact():
    lost = ("lost: sent 5, received 4",)
    one = [broken("candidate", lost[0], lost)] + pairs(0, 9)
    (cell,) = sequential.decide({"cell": one}).cells
    assert (cell.verdict, cell.reasons) == (
        "REGRESSED",
        ["runs with defects: 1 of the candidate, 0 of the base: lost: sent 5, received 4"],
    )
    assert verdict([broken("base", lost[0], lost)] + one[:-1]) == "INVALID"  # as many in the base: 2 of 10
    assert verdict([broken("base", lost[0], lost)] + pairs(0, 9)) == "PASS"
    gate = Gate(["cell"])
    for _ in range(3):
        gate.add("cell", broken("candidate", lost[0], lost))
    assert gate.finished and gate.result().cells[0].verdict == "REGRESSED"


def test_valid_samples_have_no_reasons():
    with pytest.raises(ValueError):
        Sample(True, {}, ("why",))


def test_a_regressed_cell_is_measured_no_further():
    one = Sample(True, {"cpu": 100.0, "p50": 100.0})
    mixed = [Pair(one, Sample(True, {"cpu": 120.0, "p50": 100.0 * r})) for r in [1.2, 1.0] * 5]
    gate = Gate(["cell"])
    assert feed(gate, {"cell": iter(mixed)}) == {"cell": "REGRESSED"} and gate.finished
    assert [t.verdict for t in gate.result().cells[0].tests] == ["REGRESSED", "UNDECIDED"]
