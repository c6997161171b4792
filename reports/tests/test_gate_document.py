"""gate.json: follows its schema, and its verdict follows from its cells."""

import math

import gate_documents as made
import jsonschema
import pytest
from gate_documents import ALLOW, WARN, build, check, invalid, noisy, pairs
from recvbench_report.gate import document
from recvbench_report.gate.document import Missing

INCOMPARABLE = Missing(incomparable={"x/a": ["Wine 8.0 and Wine 9.0"]})
DRIFTING = {"control": pairs(1.04)}


@pytest.mark.parametrize(
    "what, verdict, code",
    [
        (dict(cells={"a": pairs(1.0)}), "PASS", 0),
        (dict(cells={"a": pairs(0.8)}), "PASS", 0),
        (dict(cells={"a": pairs(1.2)}), "REGRESSED", 10),
        (dict(cells={"a": pairs(1.2), "b": invalid(), "c": noisy()}, missing=INCOMPARABLE), "REGRESSED", 10),
        (dict(cells={"a": pairs(1.0)}, slo=[check("PASS")]), "PASS", 0),
        (dict(cells={"a": pairs(1.0)}, slo=[check("MISSED")]), "REGRESSED", 10),
        (dict(cells={"a": pairs(1.0)}, slo=[check("INVALID", median_ns=None)]), "INVALID", 13),
        (dict(cells={"a": noisy()}), "INCONCLUSIVE", 11),
        (dict(cells={"a": pairs(1.0, 9)}), "INCONCLUSIVE", 11),
        (dict(cells={"a": pairs(1.0), "b": invalid()}), "INVALID", 13),
        (dict(cells={"a": pairs(1.0)}, missing=Missing(new=["n"])), "PASS", 0),
        (dict(cells={"a": pairs(1.0)}, missing=Missing(gone=["g"])), "NO BASELINE", 12),
        (dict(cells={"a": pairs(1.0)}, missing=INCOMPARABLE), "NO BASELINE", 12),
        (dict(cells={"a": pairs(1.0)}, missing=INCOMPARABLE, options=ALLOW), "PASS", 0),
        # Never green without data, whatever is allowed.
        (dict(missing=INCOMPARABLE, options=ALLOW), "NO BASELINE", 12),
        (dict(missing=Missing(new=["n"]), options=ALLOW), "NO BASELINE", 12),
        (dict(), "NO BASELINE", 12),
        (dict(problems={"NO BASELINE": "no baseline: x: no such directory"}), "NO BASELINE", 12),
        (dict(problems={"INVALID": "x: holds no run"}, options=ALLOW), "INVALID", 13),
        # A contaminated machine takes back what the timing says, for better and for worse.
        (dict(cells={"a": pairs(1.0)}, control=DRIFTING), "INCONCLUSIVE", 11),
        (dict(cells={"a": pairs(1.2)}, control=DRIFTING), "INCONCLUSIVE", 11),
        (dict(cells={"a": pairs(1.0)}, control=DRIFTING, options=WARN), "INCONCLUSIVE", 11),
        (dict(cells={"a": pairs(1.0)}, control={"control": invalid()}), "INCONCLUSIVE", 11),
        (dict(cells={"a": pairs(1.0)}, control={"control": pairs(1.0)}), "PASS", 0),
    ],
)
def test_verdicts_and_exit_codes(what, verdict, code):
    found = build(**what)
    assert (found["verdict"], found["exit_code"]) == (verdict, code)


def near(count, worse=14):
    """32 pairs, neither shown worse nor shown level; the median is within the margin as long as fewer than half are worse."""
    return pairs(1.2, worse) + pairs(1.0, count - worse)


@pytest.mark.parametrize(
    "cells, verdict, words",
    [
        ({"a": near(32), **{f"l{i}": pairs(1.0) for i in range(9)}}, "PASS", "warning: inconclusive: a"),
        ({"a": near(32), **{f"l{i}": pairs(1.0) for i in range(8)}}, "INCONCLUSIVE", "1 of 9 cells are inconclusive"),
        ({"a": near(32, 17), **{f"l{i}": pairs(1.0) for i in range(9)}}, "INCONCLUSIVE", "worse by more than its margin"),
        ({"a": pairs(1.0, 9), **{f"l{i}": pairs(1.0) for i in range(9)}}, "INCONCLUSIVE", "fewer than 10 pairs never pass"),
    ],
)
def test_inconclusive_that_only_warns(cells, verdict, words):
    found = build(cells, options=WARN)
    assert found["verdict"] == verdict and words in " ".join(found["reasons"])
    assert build(cells)["exit_code"] == 11


def test_defects_stand_on_a_contaminated_machine():
    bad = made.Pair(made.Sample(True, {"cpu": 1e6}), made.Sample(False, {"cpu": 1e6}, ("lost: 1",), ("lost: 1",)))
    found = build({"a": [bad, *pairs(1.0, 9)]}, DRIFTING)
    assert (found["verdict"], found["cells"][0]["verdict"]) == ("REGRESSED", "REGRESSED")


def test_contaminated_cells_say_what_they_would_be():
    (cell,) = build({"a": pairs(1.2)}, DRIFTING)["cells"]
    assert (cell["verdict"], cell["reasons"]) == ("INCONCLUSIVE", ["machine contaminated (else REGRESSED)"])
    assert cell["metrics"][0]["verdict"] == "INCONCLUSIVE"


def test_worst_first():
    words = [cell["verdict"] for cell in made.every_verdict()["cells"]]
    assert words == ["REGRESSED", "INVALID", "INCOMPARABLE", "GONE", "INCONCLUSIVE", "NEW", "IMPROVED", "PASS"]


def test_figures_of_a_metric():
    (cell,) = build({"a": pairs(1.2)})["cells"]
    (metric,) = cell["metrics"]
    assert (metric["base"], metric["candidate"], metric["pairs"]) == (1e6, pytest.approx(1.2e6), 10)
    assert [metric[k] for k in ("change", "change_low", "change_high")] == pytest.approx([0.2, 0.2, 0.2])
    assert metric["margin"] == pytest.approx(0.05) == metric["detectable"]  # no scatter at all
    assert metric["p_regressed"] == 1 / 1024 and metric["p_level"] == 1 and metric["median_within_margin"] is False


def test_higher_is_better_reads_as_the_ratio():
    (cell,) = build({"a": pairs(0.8, key="throughput")})["cells"]
    (metric,) = cell["metrics"]
    assert cell["verdict"] == "REGRESSED" and metric["change"] == pytest.approx(-0.2)
    assert metric["change_low"] <= metric["change_high"]


def test_extreme_figures_stay_numbers():
    wild = [made.Pair(made.Sample(True, {"cpu": a}), made.Sample(True, {"cpu": b})) for a, b in [(1e-150, 1e150), (1e150, 1e-150)] * 8]
    (cell,) = build({"a": wild})["cells"]
    assert all(math.isfinite(v) for v in cell["metrics"][0].values() if isinstance(v, float))


def test_text_that_no_output_may_hold_is_replaced():
    found = build({made.HOSTILE: pairs(1.2)}, notes=[made.HOSTILE])
    for text in (found["cells"][0]["cell"], found["notes"][0], *found["reasons"]):
        assert text.isprintable() and "\N{REPLACEMENT CHARACTER}" in text


def test_the_schema_refuses_a_green_gate_without_cells():
    green = build({"a": pairs(1.0)})
    for change in ({"cells": []}, {"exit_code": 10}, {"verdict": "GREEN"}):
        with pytest.raises(jsonschema.ValidationError):
            made.checked(green | change)


def test_worst_first_knows_every_verdict():
    assert set(document.ORDER) == {
        "REGRESSED", "INVALID", "INCOMPARABLE", "GONE", "INCONCLUSIVE", "UNDECIDED", "NEW", "IMPROVED", "PASS",
    }  # fmt: skip


def test_a_contaminated_machine_is_told_before_what_is_invalid_on_it():
    found = build({"a": pairs(1.0), "b": invalid()}, DRIFTING)
    assert (found["verdict"], found["exit_code"]) == ("INCONCLUSIVE", 11)
    assert found["reasons"] == ["machine contaminated: control: CPU per message differs between runs of the same build"]
