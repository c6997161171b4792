"""The heatmap: what each cell says, what is the best, what is left out, and that its numbers can be read."""

import re
import statistics

import drawn
import make_run
import pytest
from recvbench_report import load, style
from recvbench_report.plots import heatmap

SINK, ECHO, MAX = make_run.SCENARIOS
UDP_MAX = "udp-sink-64B-c8-max"


def loaded_from(tmp_path, made, asked=None):
    return load.load(make_run.write(tmp_path / "run", made, make_run.description(asked, [run for run, _ in made])))


def by_name(loaded):
    return {scenario.name: scenario for scenario in loaded.scenarios}


def p99(cell):
    return statistics.median(run["latency"]["response"]["p99_ns"] for run in cell.runs if run["valid"])


def test_ratios_are_to_the_best_real_engine(loaded):
    scenario = by_name(loaded)[SINK]
    found = heatmap.entries("p99", scenario)
    real = {c.label: p99(c) for c in scenario.cells if not c.kind}
    best = min(real, key=real.get)
    assert found[best] == heatmap.Entry(1, "best", "1.00")
    for label, value in real.items():
        assert found[label].ratio == pytest.approx(value / real[best]) and found[label].text == heatmap.text(value / real[best])
    # rio is emulated and null synthetic: faster than the best, and not the best.
    assert {found[label].kind for label in ("rio", "null")} == {"apart"}
    assert found["null"].ratio < 1


def test_more_throughput_is_better(loaded):
    found = heatmap.entries("rate", by_name(loaded)[MAX])
    kinds = {label: entry.kind for label, entry in found.items()}
    assert list(kinds.values()).count("best") == 1
    assert all(entry.ratio >= 1 for entry in found.values() if entry.kind != "apart")


def test_what_tells_nothing_is_left_out(loaded):
    scenarios = by_name(loaded)
    assert heatmap.entries("rate", scenarios[SINK]) == {}  # it was given
    assert heatmap.entries("p99", scenarios[MAX]) == {}  # it is that of full buffers
    assert heatmap.entries("cpu", scenarios[MAX]) and heatmap.entries("p50", scenarios[ECHO])


def test_invalid_cells_have_their_reason_and_are_never_the_best(loaded, tmp_path):
    assert heatmap.entries("p99", by_name(loaded)[ECHO])["select"] == heatmap.Entry(None, "invalid", "lost")
    made = make_run.make(repeat=2, engines=["iocp", "select"], scenarios=[SINK], messages=1200, with_invalid=False)
    for run, _ in made:
        if run["engine"]["name"] == "iocp":
            make_run.invalidate(run, "clock", "-3 us")
    (scenario,) = loaded_from(tmp_path, made).scenarios
    assert {label: entry.kind for label, entry in heatmap.entries("p99", scenario).items()} == {"iocp": "invalid", "select": "best"}


def test_no_best_no_number(tmp_path):
    made = make_run.make(repeat=1, engines=["rio", "null"], scenarios=[SINK], messages=1200)
    loaded = loaded_from(tmp_path, made)
    assert {entry.text for entry in heatmap.entries("p99", loaded.scenarios[0]).values()} == {"n/a"}
    assert heatmap.plots(loaded.scenarios, "") == []


def test_a_missing_figure_is_no_number(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp", "select"], scenarios=[SINK], messages=1200)
    found = heatmap.entries("p999", loaded_from(tmp_path, made).scenarios[0])
    assert {(entry.kind, entry.text) for entry in found.values()} == {("missing", "n/a")}


def test_the_generators_limit_is_a_bound(tmp_path):
    made = make_run.make(repeat=2, engines=["iocp", "select", "wsapoll"], scenarios=[MAX], messages=1200, with_invalid=False)
    for run, _ in made:
        run["rates"]["generator_limited"] = run["engine"]["name"] == "iocp"
    found = heatmap.entries("rate", loaded_from(tmp_path, made).scenarios[0])
    assert (found["iocp"].kind, found["iocp"].text) == ("apart", "limit")
    assert found["select"].text.startswith("≥") and found["wsapoll"].text.startswith("≥")
    assert not [entry for entry in found.values() if entry.kind == "best" and entry.text == "1.00"]


def test_who_loses_is_not_the_best(tmp_path):
    made = make_run.make(repeat=2, engines=["iocp", "select"], scenarios=["udp-sink-64B-c8-10k"], messages=1200, with_invalid=False)
    for run, _ in made:
        if run["engine"]["name"] == "iocp":
            make_run.lose(run, 0.2)
    found = heatmap.entries("p99", loaded_from(tmp_path, made).scenarios[0])
    assert {label: entry.kind for label, entry in found.items()} == {"iocp": "apart", "select": "best"}


@pytest.mark.parametrize("ratio, text", [(1, "1.00"), (1.234, "1.23"), (12.34, "12.3"), (9.996, "10.0"), (123.4, "123"), (99.96, "100"), (1e6, "9999+")])
def test_numbers_fit_their_cells(ratio, text):
    assert heatmap.text(ratio) == text


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return sum(w * (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4) for w, p in zip((0.2126, 0.7152, 0.0722), parts))


def test_every_number_stands_out_from_its_cell():
    for top in (1.5, 3, 10):
        for step in range(400):
            ground, ink = heatmap.colours(1 + step / 40, top)
            light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (top, step)


def test_colours_do_not_turn_with_the_theme():
    """The page replaces the theme's colours; the ground of a cell stays, and so must the number on it."""
    own = {colour.lower() for step in range(100) for colour in heatmap.colours(1 + step / 10, 10)}
    assert not own & set(style.variables())


def test_plots(loaded):
    plots = heatmap.plots(loaded.scenarios, "Wine 8.0, not Windows")
    # 2,000 messages have no p99.9.
    assert [(plot.title, plot.percentile) for plot in plots] == [
        ("p50 response time", "p50"), ("p99 response time", "p99"), ("throughput", None), ("CPU per message", None),
    ]  # fmt: skip
    p99_plot = plots[1]
    texts = drawn.texts(p99_plot.svg)
    entries = {s.name: heatmap.entries("p99", s) for s in loaded.scenarios}
    said = [entry.text for row in entries.values() for entry in row.values()]
    assert [text for text in texts if re.fullmatch(r"\d+\.\d\d|\d+\.\d|lost", text)] and set(said) <= set(texts)
    assert "Wine 8.0, not Windows" in texts and "rio (emulated)" in texts
    assert f"{ECHO}: " in p99_plot.alt and "select (invalid) lost" in p99_plot.alt


def test_one_engine_has_none(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=[SINK], messages=1200)
    assert heatmap.plots(loaded_from(tmp_path, made).scenarios, "") == []


@pytest.mark.parametrize("engines, scenarios, turned, parts", [(2, 1, False, 1), (20, 3, False, 1), (2, 60, True, 2), (20, 13, True, 1), (24, 60, True, 4)])
def test_large_tables_are_cut_where_a_plot_can_hold_no_more(tmp_path, monkeypatch, engines, scenarios, turned, parts):
    names = {f"tcp-sink-64B-c8-{k}k": ("sink", "open", 8, 64, 1000.0 * k, 1.0) for k in range(1, scenarios + 1)}
    monkeypatch.setattr(make_run, "SCENARIOS", names)
    made = make_run.make(repeat=1, engines=[f"iocp:batch={b}" for b in range(1, engines + 1)], scenarios=tuple(names), messages=20)
    cut = heatmap._parts(loaded_from(tmp_path, made).scenarios)
    assert (len(cut), {part.turned for part in cut}) == (parts, {turned})
    pairs = [(cell.label, s.name) for part in cut for cell in part.cells for s in part.scenarios]
    assert len(pairs) == len(set(pairs)) == engines * scenarios
    assert all(len(part.cells) <= (heatmap.MOST_COLUMNS if turned else heatmap.MOST_ROWS) for part in cut)
