"""What is drawn of rates and latencies, and what is not."""

import copy
import json
import random

import drawn
import make_run
import page
import pytest
from recvbench_report import html, load
from recvbench_report.plots import latency_curve

TEMPLATE, _ = make_run.record(0, 0, "iocp", "tcp-sink-64B-c8-10k", random.Random(1), messages=1200)
# Flat, then full: the knee is at 8k.
TURNS = {1_000: 100_000, 2_000: 102_000, 4_000: 101_000, 8_000: 110_000, 16_000: 900_000, 32_000: 9_000_000}
FLAT = {rate: 200_000 for rate in TURNS}


def run(engine, rate, p99, probe=None):
    made = copy.deepcopy(TEMPLATE)
    name = f"tcp-sink-64B-c8-{rate / 1000:g}k"
    made["scenario"].update(name=name, rate_per_s=float(rate))
    made["engine"].update(name=engine, label=engine, emulated=engine == "rio", synthetic=engine == "null")
    made.update(cell=f"{engine}/{name}", probe=probe)
    made["latency"]["response"].update(p50_ns=p99 // 2, p99_ns=p99)
    made["rates"].update(offered_per_s=float(rate), received_per_s=rate * 0.999)
    return made


def loaded(tmp_path, curves, change=lambda run: None, rounds=3, probe=None, search=None):
    runs = []
    for round_ in range(rounds):
        for engine, curve in curves.items():
            for rate, p99 in curve.items():
                made = run(engine, rate, p99, probe)
                made.update(index=len(runs), round=round_)
                change(made)
                runs.append(made)
    directory = make_run.write(tmp_path / "run", [(made, {}) for made in runs], make_run.description(None, runs))
    if search:
        (directory / "search.json").write_text(json.dumps(search), encoding="utf-8")
    return load.load(directory)


def family(directory):
    (found,) = latency_curve.families(directory.scenarios)
    return found


def test_points_are_medians_of_valid_runs_in_order_of_the_rate(tmp_path):
    def change(made):
        if made["round"] == 0:
            made["latency"]["response"]["p99_ns"] *= 7
            make_run.invalidate(made, "clock", "-3 us")

    found = family(loaded(tmp_path, {"iocp": TURNS}, change))
    (curve,) = found.curves
    assert found.name == "tcp-sink-64B-c8-*"
    assert [(p.offered, p.rate, p.p50, p.p99, p.valid) for p in curve.points] == [
        (rate, rate * 0.999, p99 // 2, p99, True) for rate, p99 in TURNS.items()
    ]
    assert curve.knee.offered == 8_000


def test_no_knee_where_nothing_turns(tmp_path):
    (curve,) = family(loaded(tmp_path, {"iocp": FLAT})).curves
    assert curve.knee is None


def test_rates_without_a_valid_run_are_hollow_and_off_the_lines(tmp_path):
    def change(made):
        if made["scenario"]["rate_per_s"] == 32_000:
            make_run.invalidate(made, "generator-bound", "p99 slip 912 us, allowed 50 us")

    directory = loaded(tmp_path, {"iocp": TURNS}, change)
    (curve,) = family(directory).curves
    assert [p.offered for p in curve.points if not p.valid] == [32_000] and curve.knee.offered == 8_000
    (plot,) = latency_curve.plots(directory.scenarios, "")
    groups = drawn.elements(plot.svg, "g")
    rings = [g for g, look in groups if look.startswith("fill: #ffffff; stroke: ")]
    assert sum(len(g.findall(drawn.SVG + "use")) for g in rings) == 2  # p50 and p99
    assert "32.0 k/s p50 4.50 ms p99 9.00 ms (invalid); knee at 7.99 k/s." in plot.alt


def test_emulated_curves_are_labelled_and_synthetic_ones_left_out(tmp_path):
    directory = loaded(tmp_path, {"rio": TURNS, "null": FLAT, "iocp": FLAT}, rounds=1)
    assert sorted(curve.cell.label for curve in family(directory).curves) == ["iocp", "rio"]
    (plot,) = latency_curve.plots(directory.scenarios, "Wine 8.0, not Windows")
    texts = drawn.texts(plot.svg)
    assert {"rio (emulated)", "iocp", "p50", "p99", "knee", "Wine 8.0, not Windows"} <= set(texts)
    assert any(text.startswith("knee at ") for text in texts)


def test_less_than_three_rates_are_no_curve(tmp_path, loaded_default):
    assert latency_curve.families(loaded_default.scenarios) == []
    two = dict(list(TURNS.items())[:2])
    assert latency_curve.plots(loaded(tmp_path, {"iocp": two}, rounds=1).scenarios, "") == []


@pytest.fixture(name="loaded_default")
def _loaded_default(request):
    return request.getfixturevalue("loaded")


SEARCH = {
    "schema": {"name": "recvbench.search", "major": 1, "minor": 0},
    "environment": "Wine 8.0, not Windows",
    "slo": {"text": "p99<1ms", "percentile": "p99", "limit_ns": 1_000_000},
    "from_per_s": 1000, "to_per_s": 10_000_000, "precision": 1.05, "warmup_ns": 5_000_000_000, "shortened_probe_ns": None,
    "seed": 1, "status": "complete", "error": None,
    "cells": [
        {"engine": "iocp", "scenario": "tcp-sink-64B-c8-*", "emulated": False, "verdict": "generator-limit", "rate_per_s": 16_000,
         "failed_per_s": 32_000, "latency_ns": 900_000, "detail": "at 32k/s: late", "generator_ceiling_per_s": 19_000, "probes": []},
        {"engine": "rio", "scenario": "tcp-sink-64B-c8-*", "emulated": True, "verdict": "non-monotone", "rate_per_s": None,
         "failed_per_s": 32_000, "latency_ns": None, "detail": "at 8k/s: p99 3 ms", "generator_ceiling_per_s": None, "probes": []},
    ],
}  # fmt: skip


def test_report_of_a_search(tmp_path):
    directory = loaded(tmp_path, {"iocp": TURNS, "rio": FLAT}, rounds=1, probe="ascend", search=SEARCH)
    root = page.parse(html.render(directory))
    table = root.one("section", id="search").text
    assert "≥ 16.0 k/s" in table and "generator-limit" in table and "rio (emulated)" in table and "none" in table
    section = root.one("section", id="latency-curve")
    assert "SLO is p99<1ms" in page.alt(page.plots(section)[0])
    # Probes are no comparison of engines.
    assert not list(root.all("section", id="which")) and not list(root.all("section", id="curves"))
    assert list(root.all("section", id="summary"))


def test_a_search_that_is_none_is_refused(tmp_path):
    with pytest.raises(load.InputError, match="search.json: .*verdict"):
        loaded(tmp_path, {"iocp": FLAT}, search=SEARCH | {"cells": [SEARCH["cells"][0] | {"verdict": "perhaps"}]})
