"""What is drawn of a sweep, and what is not."""

import math
import statistics

import drawn
import make_run
import pytest
from recvbench_report import html, load
from recvbench_report.plots import setting

SINK = "tcp-sink-64B-c8-10k"
P50, RATE = setting.PANELS[0][0], setting.PANELS[2][0]


def swept(tmp_path, engines, change=lambda run: None, repeat=3):
    made = make_run.make(repeat=repeat, engines=engines, scenarios=[SINK], messages=1200)
    for run, _ in made:
        change(run)
    made_of = make_run.description(engines, [run for run, _ in made])
    return load.load(make_run.write(tmp_path / "run", made, made_of))


def sweep(name, **axes):
    labels = [name]
    for i, (setting_, values) in enumerate(axes.items()):
        labels = [f"{label}{',' if i else ':'}{setting_}={value}" for label in labels for value in values]
    return labels


def lines(loaded):
    return {
        name: [(line.label, [p.text for p in line.points]) for line in its] for name, its in setting.swept(loaded.scenarios[0]).items()
    }


def test_lines_are_cells_that_differ_in_one_setting(tmp_path):
    loaded = swept(tmp_path, [*sweep("iocp", threads=(4, 1, 2), batch=(8, 1, 64)), "select:threads=1", "select:threads=2", "null"])
    assert lines(loaded) == {
        "threads": [(f"iocp:batch={b}", ["1", "2", "4"]) for b in (8, 1, 64)],
        "batch": [(f"iocp:threads={t}", ["1", "8", "64"]) for t in (4, 1, 2)],
    }


def test_a_default_is_a_value_too(tmp_path):
    loaded = swept(tmp_path, ["iocp", "iocp:threads=2", "iocp:threads=4"])
    assert lines(loaded) == {"threads": [("iocp", ["1", "2", "4"])]}


def test_sizes_are_in_order_and_words_have_no_place(tmp_path):
    loaded = swept(tmp_path, sweep("iocp", buffer=("64KiB", "512", "4KiB", "system", "0")))
    assert lines(loaded) == {"buffer": [("iocp", ["512", "4KiB", "64KiB"])]}


@pytest.mark.parametrize("engines", [["iocp", "select"], sweep("iocp", threads=(1, 2)), sweep("iocp", mode=("event", "poll", "spin"))])
def test_less_than_three_values_are_no_sweep(tmp_path, engines):
    loaded = swept(tmp_path, engines, repeat=1)
    assert lines(loaded) == {} and setting.plots(loaded.scenarios[0], "") == []
    assert 'id="setting"' not in html.render(loaded)


def test_medians_are_of_valid_runs(tmp_path):
    def change(run):
        if run["engine"]["label"] == "iocp:threads=2" or (run["engine"]["label"] == "iocp:threads=4" and run["round"] == 0):
            make_run.invalidate(run, "clock", "-3 us")

    loaded = swept(tmp_path, sweep("iocp", threads=(1, 2, 4)), change)
    (line,) = setting.swept(loaded.scenarios[0])["threads"]
    first, none, last = line.points
    p50 = [run["latency"]["response"]["p50_ns"] for run in last.cell.runs if run["valid"]]
    assert len(p50) == 2 and last.median(P50) == statistics.median(p50)
    assert math.isnan(none.median(P50)) and [valid for *_, valid in none.runs(P50)] == [False] * 3
    assert first.median(RATE) == 10_000
    (plot,) = setting.plots(loaded.scenarios[0], "")
    # No number where nothing was measured; rings in each of the panels.
    assert "threads=2 p50 n/a p99 n/a Rate n/a;" in plot.alt and "threads=1 p50 " in plot.alt
    groups = drawn.elements(plot.svg, "g")
    rings = [g for g, look in groups if look.startswith("fill: #ffffff; stroke: ")]
    assert sum(len(g.findall(drawn.SVG + "use")) for g in rings) == 4 * 4


def test_what_lacks_a_figure_is_left_out(tmp_path):
    loaded = swept(tmp_path, sweep("iocp", threads=(1, 2, 4)), lambda run: run["cost"].update(cpu_ns_per_message=None))
    (plot,) = setting.plots(loaded.scenarios[0], "")
    texts = drawn.texts(plot.svg)
    assert {"p50 response time", "CPU per message"} <= set(texts)
    assert texts.count("no run has this figure") == 1 and not [text for text in texts if text.endswith(" ns")]


def test_names_and_ticks(tmp_path):
    loaded = swept(tmp_path, sweep("iocp", threads=(1, 2), buffer=("512", "4KiB", "64KiB")))
    (plot,) = setting.plots(loaded.scenarios[0], "Wine 8.0, not Windows")
    assert plot.title == f"{SINK} · buffer · iocp"
    texts = drawn.texts(plot.svg)
    assert {"512", "4KiB", "64KiB", "threads=1", "threads=2", "Wine 8.0, not Windows"} <= set(texts)


def test_many_lines_are_several_plots(tmp_path):
    loaded = swept(tmp_path, sweep("iocp", threads=range(1, 11), batch=(1, 8, 64)), repeat=1)
    plots = setting.plots(loaded.scenarios[0], "")
    assert [p.title.split(" · ")[1] for p in plots] == ["threads", "batch", "batch"]
    # Eleven ticks' names would not fit side by side: those that crowd are left out.
    ticks = [text for text in drawn.texts(plots[0].svg) if text.isdigit()]
    assert "1" in ticks and "2" in ticks and len(ticks) < 2 * 10
