"""The timeline: which run is drawn, and that its seconds are those of the log."""

import statistics
from collections import Counter

import drawn
import hdr_encoder
import make_run
import pytest
from recvbench_report import hlog, html, load
from recvbench_report.plots import timeline

SINK = "tcp-sink-64B-c8-10k"


def loaded_from(tmp_path, made, seconds=5, asked=None):
    description = make_run.description(asked, [run for run, _ in made])
    return load.load(make_run.write(tmp_path / "run", made, description, seconds=seconds))


def histogram(values):
    return hlog.decode(hdr_encoder.encode(values))


def test_each_second_has_the_figures_of_its_own_messages(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=[SINK], messages=6000)
    loaded = loaded_from(tmp_path, made)
    elements = list(made[0][1]["response"].elements())
    stretches = loaded.stretches["r0.response"]
    assert [(s.begin_s, s.end_s) for s in stretches] == [(k, k + 1) for k in range(5)]
    for second, stretch in enumerate(stretches):
        part = histogram(Counter(elements[second::5]))
        assert [stretch.p50_ns, stretch.p99_ns, stretch.max_ns] == part.values_at([0.5, 0.99, 1])


def test_a_second_of_few_messages_has_no_p99():
    seconds = {0: histogram({100: 1000}), 1: histogram({100: 999})}
    assert [s.p99_ns for s in load.stretches(seconds, 60)] == [100, None]


def test_long_runs_have_their_seconds_added_never_averaged():
    seconds = {k: histogram({100: 990, 1000 + k: 10}) for k in range(100)}
    del seconds[7]
    stretches = load.stretches(seconds, 60)
    assert [(s.begin_s, s.end_s) for s in stretches[:3]] == [(0, 2), (2, 4), (4, 6)] and len(stretches) == 50
    both = hlog.merge([seconds[2], seconds[3]])
    assert [stretches[1].p50_ns, stretches[1].p99_ns, stretches[1].max_ns] == both.values_at([0.5, 0.99, 1])
    assert stretches[3].max_ns == 1006  # the second that has no message adds nothing


def test_a_second_without_messages_keeps_its_place(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=[SINK], messages=3000)
    directory = make_run.write(tmp_path / "run", made, seconds=5)
    log = directory / "latency.hlog"
    lines = log.read_text().splitlines(keepends=True)
    # The first and the third second of the response; other streams have them still.
    response = [line for line in lines if line.startswith("Tag=r0.response,")]
    log.write_text("".join(line for line in lines if line not in (response[0], response[2])), newline="\n")
    assert [s.begin_s for s in load.load(directory).stretches["r0.response"]] == [1, 3, 4]


def test_the_middle_run_is_the_one_drawn_in_full(tmp_path):
    made = make_run.make(repeat=5, engines=["iocp", "select"], scenarios=[SINK], messages=1500)
    loaded = loaded_from(tmp_path, made)
    (scenario,) = loaded.scenarios
    panels = {panel.cell.label: panel for panel in timeline.panels(scenario, loaded.stretches)}
    assert list(panels) == ["select", "iocp"]
    select, iocp = panels["select"], panels["iocp"]
    p99 = {run["index"]: run["latency"]["response"]["p99_ns"] for run in select.cell.runs}
    assert p99[select.main.index] == statistics.median(p99.values())
    assert len(select.others) == 4 and all(run.valid for run in select.others)
    # One of iocp's five is invalid: never in full, always there.
    assert [run.valid for run in iocp.others].count(False) == 1 and iocp.main.valid and len(iocp.others) == 4


def test_no_valid_run_no_line_in_full(tmp_path):
    made = make_run.make(repeat=2, engines=["iocp"], scenarios=[SINK], messages=1500)
    for run, _ in made:
        make_run.invalidate(run, "clock", "-3 us")
    loaded = loaded_from(tmp_path, made)
    (panel,) = timeline.panels(loaded.scenarios[0], loaded.stretches)
    assert panel.main is None and len(panel.others) == 2
    (plot,) = timeline.plots(loaded.scenarios[0], loaded.stretches, "")
    assert "no valid run" in plot.alt and "iocp (invalid)" in drawn.texts(plot.svg)


def test_plot(tmp_path):
    made = make_run.make(repeat=3, messages=6000, engines=["iocp", "select", "rio"], scenarios=[SINK])
    loaded = loaded_from(tmp_path, made)
    (plot,) = timeline.plots(loaded.scenarios[0], loaded.stretches, "Wine 8.0, not Windows")
    texts = drawn.texts(plot.svg)
    assert {"iocp", "select", "rio (emulated)", "Wine 8.0, not Windows", "0 s"} <= set(texts)
    assert plot.alt.count(", run ") == 3 and "longest" in plot.alt
    assert 'id="timeline"' in html.render(loaded)


def test_short_runs_have_no_timeline(loaded, report):
    assert all(timeline.plots(s, loaded.stretches, "") == [] for s in loaded.scenarios)
    assert 'id="timeline"' not in report


def test_many_engines_are_several_plots_on_one_scale(tmp_path):
    asked = [f"iocp:threads={t},batch={b}" for t in (1, 2, 4, 8) for b in (1, 2, 4, 8, 16, 32)]
    loaded = loaded_from(tmp_path, make_run.make(repeat=1, engines=asked, scenarios=[SINK], messages=600), asked=asked)
    plots = timeline.plots(loaded.scenarios[0], loaded.stretches, "")
    assert len(plots) == 2
    ticks = [tuple(text for text in drawn.texts(plot.svg) if text.endswith(("µs", "ms"))) for plot in plots]
    assert set(ticks[0]) == set(ticks[1]) and ticks[0]


@pytest.mark.parametrize("lasts, seconds", [(3, [0, 1, 2, 3]), (5, [0, 2, 4]), (60, [0, 20, 40, 60]), (50_000, [0])])
def test_ticks_of_seconds_are_few_and_round(lasts, seconds):
    assert timeline._Grid(1, 1, lasts, (1, 10))._seconds() == seconds
