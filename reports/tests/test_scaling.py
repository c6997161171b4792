"""Scaling: families of scenarios that differ in connections or size alone, and the lines of their engines."""

import math
import statistics

import drawn
import make_run
import pytest
from recvbench_report import load
from recvbench_report.plots import scaling


def measured(tmp_path, monkeypatch, names, engines=("iocp", "select", "null"), repeat=2, messages=1200, change=lambda run: None):
    monkeypatch.setattr(make_run, "SCENARIOS", names)
    made = make_run.make(repeat=repeat, engines=engines, scenarios=tuple(names), messages=messages, with_invalid=False)
    for run, _ in made:
        change(run)
    return load.load(make_run.write(tmp_path / "run", made))


CONNECTIONS = {f"tcp-echo-64B-c{c}-5k": ("echo", "open", c, 64, 5000.0, 1.5) for c in (1, 64, 1000)}
SIZES = {f"tcp-sink-{s}B-c8-max": ("sink", "max", 8, s, None, 1.5) for s in (64, 256, 1024, 4096)}


def test_families_differ_in_one_thing(tmp_path, monkeypatch):
    loaded = measured(tmp_path, monkeypatch, CONNECTIONS | SIZES)
    assert [(f.axis, f.held, list(f.texts.values())) for f in scaling.families(loaded.scenarios)] == [
        ("connections", "tcp-echo-64B-c*-5k", ["1", "64", "1,000"]),
        ("size", "tcp-sink-*-c8-max", ["64 B", "256 B", "1 KiB", "4 KiB"]),
    ]


def test_two_values_are_no_sweep(tmp_path, monkeypatch):
    loaded = measured(tmp_path, monkeypatch, dict(list(CONNECTIONS.items())[:2]))
    assert scaling.families(loaded.scenarios) == [] == scaling.plots(loaded.scenarios, "")


def test_lines_are_medians_of_valid_runs(tmp_path, monkeypatch):
    def change(run):
        if run["engine"]["name"] == "iocp" and run["scenario"]["connections"] == 64:
            make_run.invalidate(run, "clock", "-3 us")

    loaded = measured(tmp_path, monkeypatch, CONNECTIONS, change=change)
    (family,) = scaling.families(loaded.scenarios)
    lines = {line.cell.label: line for line in scaling.lines(family, "p99")}
    assert list(lines) == ["select", "iocp"]  # what is synthetic scales with nothing
    runs = [r["latency"]["response"]["p99_ns"] for r in loaded.runs if r["cell"] == "iocp/tcp-echo-64B-c1000-5k"]
    assert lines["iocp"].medians[2] == (1000, statistics.median(runs))
    assert math.isnan(lines["iocp"].medians[1][1])
    assert [valid for value, _, valid in lines["iocp"].runs if value == 64] == [False, False]


def test_percentiles_are_alternatives_and_metrics_tell_something(tmp_path, monkeypatch):
    loaded = measured(tmp_path, monkeypatch, CONNECTIONS | SIZES)
    plots = scaling.plots(loaded.scenarios, "Wine 8.0, not Windows")
    # At a given rate there is no throughput to show, and as much as fits into a sink has no latency to show.
    assert [(p.title, p.percentile) for p in plots] == [
        ("p50 response time along connections", "p50"), ("p99 response time along connections", "p99"),
        ("CPU per message along connections", None), ("throughput along size", None), ("CPU per message along size", None),
    ]  # fmt: skip
    texts = drawn.texts(plots[1].svg)
    assert {"iocp", "select", "1,000", "connections", "Wine 8.0, not Windows"} <= set(texts) and "null" not in texts
    assert "64 " in plots[1].alt and "iocp" in plots[1].alt


@pytest.mark.parametrize("families, panels", [(2, 2), (7, 7)])
def test_panels_share_one_scale(tmp_path, monkeypatch, families, panels):
    names = {
        f"tcp-echo-64B-c{c}-{r}k": ("echo", "open", c, 64, 1000.0 * r, 1.0 + r) for c in (1, 64, 1000) for r in range(1, families + 1)
    }
    loaded = measured(tmp_path, monkeypatch, names, engines=("iocp",), repeat=1)
    p99 = [plot for plot in scaling.plots(loaded.scenarios, "") if plot.percentile == "p99"]
    assert len(p99) == math.ceil(panels / scaling.MOST_PANELS)
    held = [text for plot in p99 for text in drawn.texts(plot.svg) if text.startswith("tcp-echo-64B-c*-")]
    assert len(held) == panels
    # The scale stands beside the first panel of each row alone.
    texts = drawn.texts(p99[0].svg)
    ticks = [text for text in texts if text.endswith((" µs", " ms"))]
    assert len(ticks) == len(set(ticks)) * math.ceil(min(panels, scaling.MOST_PANELS) / 3)
