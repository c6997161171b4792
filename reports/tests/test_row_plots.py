"""Cost, response against service time, and fairness: rows of what the records say."""

import statistics

import drawn
import make_run
import pytest
from recvbench_report import load
from recvbench_report.plots import cost, fairness, response_service, row_plots


def cells(loaded, scenario):
    return {c.label: c for c in loaded.scenarios[scenario].cells}


def test_values_are_the_records(loaded):
    cell = cells(loaded, 1)["iocp"]
    runs, median = row_plots.values(cost.CALLS, cell)
    valid = [r["calls"]["receive_calls"] / r["counts"]["received"] for r in cell.runs if r["valid"]]
    assert [ok for _, ok in runs].count(False) == 1 and len(runs) == 5
    assert median == statistics.median(valid) == 1
    assert row_plots.values(cost.COMPLETIONS, cell)[1] == 2
    runs, median = row_plots.values(cost.CPU, cell)
    assert median == statistics.median(value for value, ok in runs if ok) and len(runs) == 5
    assert [value for value, _ in runs] == [r["cost"]["cpu_ns_per_message"] for r in cell.runs]
    assert row_plots.values(fairness.FIGURES[1], cell)[1] == 1.25
    # No median of what no run measured validly.
    assert row_plots.values(cost.CALLS, cells(loaded, 0)["select"])[1] is None


def test_response_and_service_go_from_p50_to_p99(loaded):
    cell = loaded.scenarios[1].cells[0]
    for side, figure in (("response", response_service.RESPONSE), ("service", response_service.SERVICE)):
        runs, median = row_plots.values(figure, cell)
        assert len(runs) == 5 and median == statistics.median(r["latency"][side]["p99_ns"] for r in cell.valid)
        assert row_plots.begins(figure, cell) == statistics.median(r["latency"][side]["p50_ns"] for r in cell.valid)
    assert row_plots.values(response_service.SERVICE, cell)[1] < row_plots.values(response_service.RESPONSE, cell)[1]


def test_no_invalid_run_moves_the_line(run_directory):
    cell = cells(load.load(run_directory), 1)["iocp"]  # of its own: it is changed here
    (invalid,) = [run for run in cell.runs if not run["valid"]]
    invalid["latency"]["response"]["p50_ns"] = 1e9
    before = statistics.median(run["latency"]["response"]["p50_ns"] for run in cell.valid)
    assert len(cell.valid) == 4 and row_plots.begins(response_service.RESPONSE, cell) == before
    cell.runs[:] = [invalid]
    assert row_plots.begins(response_service.RESPONSE, cell) is None


def test_a_line_leads_from_p50_to_p99(loaded):
    scale = row_plots._Scale(0, (10.0, 1000.0), False, [])
    assert row_plots._bars(scale, 3, 1000.0, 10.0)[-2:] == [(0.0, 3), (1.0, 3)]
    # Without one of both, or with one that is off the scale, there is the other's bar alone.
    for median, begin in ((100.0, None), (None, 100.0), (100.0, 5.0)):
        places = {x for x, _ in row_plots._bars(scale, 3, median, begin) if x == x}
        assert len(places) == 1 and places.pop() == pytest.approx(0.5)
    assert row_plots._bars(scale, 3, None, None) == []


def test_response_and_service_have_one_scale(loaded):
    scales = [row_plots._Scale.of(figure, response_service.FIGURES, loaded.scenarios[0], 0) for figure in response_service.FIGURES]
    assert scales[0] == scales[1]
    cpu, calls = (row_plots._Scale.of(figure, cost.FIGURES, loaded.scenarios[0], 0) for figure in (cost.CPU, cost.CALLS))
    assert cpu.ends != calls.ends


def test_runs_too_short_for_a_p99_have_their_p50(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    (plot,) = response_service.plots(load.load(make_run.write(tmp_path / "run", made)).scenarios, "")
    assert made[0][0]["latency"]["response"]["p99_ns"] is None
    assert "n/a" in drawn.texts(plot.svg)


@pytest.mark.parametrize("module", [cost, response_service, fairness])
def test_plots_name_all_engines_and_the_environment(loaded, module):
    plots = module.plots(loaded.scenarios, "Wine 8.0, not Windows")
    assert [plot.title.split(": ")[1] for plot in plots] == [scenario.name for scenario in loaded.scenarios]
    for plot in plots:
        texts = drawn.texts(plot.svg)
        real = set(make_run.ENGINES) - {"rio", "null"}
        assert real | {"rio (emulated)", "null (synthetic)", "Wine 8.0, not Windows"} <= set(texts)
        assert all(any(figure.title in text for text in texts) for figure in module.FIGURES)
        assert "iocp " in plot.alt and "rio (emulated) " in plot.alt
    assert "invalid" in drawn.texts(plots[0].svg)


def test_invalid_runs_are_rings(loaded):
    plots = cost.plots(loaded.scenarios, "")
    rings = [g for plot in plots for g, look in drawn.elements(plot.svg, "g") if look.startswith("fill: #ffffff; stroke: ")]
    assert sum(len(g.findall(drawn.SVG + "use")) for g in rings) == 6 * 3


def test_nothing_measured_nothing_drawn(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    for run, _ in made:
        run["fairness"] = None
        run["calls"].update(receive_calls=0, completions_per_wakeup_mean=None)
        run["cost"]["cpu_ns_per_message"] = None
    loaded = load.load(make_run.write(tmp_path / "run", made))
    assert fairness.plots(loaded.scenarios, "") == [] == cost.plots(loaded.scenarios, "")


def test_a_figure_that_no_run_has_is_no_panel(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp", "select"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    for run, _ in made:
        run["calls"]["completions_per_wakeup_mean"] = None
    (plot,) = cost.plots(load.load(make_run.write(tmp_path / "run", made)).scenarios, "")
    assert not [text for text in drawn.texts(plot.svg) if "completions" in text] and "completions" not in plot.alt


def test_the_scale_of_an_index_ends_where_the_index_does():
    low, high = row_plots.linear_ends((0, 1), [0.995, 1.0])
    assert 0.8 < low < 0.9 < 1 < high < 1.01
    low, _ = row_plots.linear_ends((0, 1), [0.02, 1.0])
    assert 0 <= low < 0.02


def test_marks_stand_where_the_ticks_say(loaded):
    """Panels share their axes, so the scale is the plot's own."""
    scale = row_plots._Scale.of(cost.CALLS, cost.FIGURES, loaded.scenarios[0], 1.2)
    assert scale.x(scale.ends[0]) == 1.2 and scale.x(scale.ends[1]) == pytest.approx(2.2)
    middle = (scale.ends[0] * scale.ends[1]) ** 0.5
    assert scale.x(middle) == pytest.approx(1.7) and 1 in scale.ticks
    linear = row_plots._Scale.of(fairness.FIGURES[0], fairness.FIGURES, loaded.scenarios[0], 0)
    assert linear.x(sum(linear.ends) / 2) == pytest.approx(0.5) and linear.ticks[-1] == 1
