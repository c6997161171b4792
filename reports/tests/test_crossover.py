"""Crossovers of made-up engines whose figures are known."""

import copy
import itertools
import random
from types import SimpleNamespace

import drawn
import make_run
import page
import pytest
from recvbench_report import cli, crossover, html, load, stats, verdict
from recvbench_report.plots import crossover as plots

TEMPLATE, _ = make_run.record(0, 0, "iocp", "tcp-sink-64B-c8-10k", random.Random(1), messages=1200)


def run(engine, p99, round_=0, connections=8, rate=10_000.0, size=64, mode="open", **settings):
    made = copy.deepcopy(TEMPLATE)
    name = f"tcp-sink-{size}B-c{connections}-{rate / 1000:g}k" if mode == "open" else f"tcp-sink-{size}B-c{connections}-max"
    label = engine + ("" if not settings else ":" + ",".join(f"{k}={v}" for k, v in settings.items()))
    made["scenario"].update(name=name, connections=connections, rate_per_s=rate if mode == "open" else None, size_bytes=size, mode=mode)
    made["engine"].update(name=engine, label=label, emulated=engine == "rio", synthetic=engine == "null")
    made["engine"]["settings"]["declared"] = {"batch": "1"} | {k: str(v) for k, v in settings.items()}
    made.update(round=round_, cell=f"{label}/{name}")
    made["latency"]["response"].update(p50_ns=round(p99 / 4), p99_ns=round(p99))
    made["cost"]["cpu_ns_per_message"] = p99 / 10
    made["rates"]["received_per_s"] = 1e9 / p99
    return made


def directory(runs):
    for index, made in enumerate(runs):
        made["index"] = index
    engines = list(dict.fromkeys(made["engine"]["label"] for made in runs))
    return SimpleNamespace(scenarios=load._scenarios(runs, engines), runs=runs, label="")


def measured(curves, axis="connections", rounds=8, noise=0.02, **fixed):
    """Runs of engines whose p99 at each value of the axis is known: {"epoll": {1: 100, 64: 200}}."""
    random_ = random.Random(7)
    return [
        run(engine, p99 * random_.uniform(1 - noise, 1 + noise), round_, **{axis: value}, **fixed)
        for round_ in range(rounds)
        for engine, curve in curves.items()
        for value, p99 in curve.items()
    ]


def by(results, metric=verdict.P99):
    (found,) = [result for result in results if result.metric is metric]
    return found


# epoll wins where there are few connections, select where there are many; at 64 they are alike.
EPOLL = {1: 100_000, 8: 110_000, 64: 200_000, 512: 400_000}
SELECT = {1: 140_000, 8: 150_000, 64: 200_000, 512: 300_000}


def test_a_crossover_lies_between_the_values_where_the_winner_changes():
    result = by(crossover.results(directory(measured({"epoll": EPOLL, "select": SELECT}))))
    assert (result.sweep.axis, result.sweep.held) == ("connections", "tcp-sink-64B-c*-10k")
    (pair,) = result.pairs
    assert pair.engines in (("epoll", "select"), ("select", "epoll"))
    (crossing,) = pair.crossings
    assert crossing.text == "between 8 and 512"
    assert crossover.headline(pair).endswith(": crossover between 8 and 512")
    first, level, last = crossover.told(pair)
    assert first.startswith("1, 8: epoll ahead (0.7") and "[0." in first
    assert level == "64: no significant difference"
    assert last.startswith("512: select ahead (0.7")


def test_ratios_are_of_runs_of_the_same_round():
    """The machine was ten times slower in some rounds: the engines' medians overlap, their pairs do not."""
    runs = []
    for round_, slow in enumerate((1, 10, 1, 10, 1, 10)):
        for connections, factor in ((1, 0.9), (8, 1.1)):
            runs += [run("epoll", 1000 * slow * factor, round_, connections), run("select", 1000 * slow, round_, connections)]
    (pair,) = by(crossover.results(directory(runs))).pairs
    ratio = [c.ratio.median for c in pair.comparisons]
    assert sorted(ratio) == pytest.approx([0.9, 1.1] if pair.engines[0] == "epoll" else [1 / 1.1, 1 / 0.9])
    assert len(pair.crossings) == 1


def test_without_a_difference_there_is_no_crossover_and_it_is_said():
    result = by(crossover.results(directory(measured({"epoll": EPOLL, "select": EPOLL}))))
    (pair,) = result.pairs
    assert pair.crossings == [] and crossover.told(pair) == ["1, 8, 64, 512: no significant difference"]
    assert crossover.without(result.pairs).startswith("No crossover: No significant difference anywhere (1): ")


def test_too_few_runs_decide_nothing_and_it_is_said():
    result = by(crossover.results(directory(measured({"epoll": EPOLL, "select": SELECT}, rounds=5))))
    (pair,) = result.pairs
    assert pair.crossings == []
    assert crossover.told(pair) == ["1, 8, 64, 512: too few pairs of runs to tell (5, 6 needed)"]
    assert "too few valid runs in the same rounds, 6 needed a value" in crossover.without(result.pairs)


def test_one_engine_ahead_throughout_does_not_cross():
    faster = {value: p99 / 2 for value, p99 in EPOLL.items()}
    result = by(crossover.results(directory(measured({"epoll": faster, "select": EPOLL}))))
    assert result.crossing == []
    assert crossover.without(result.pairs) == "No crossover: One engine ahead wherever they differ (1): epoll over select."


def test_invalid_runs_are_never_used():
    runs = measured({"epoll": EPOLL, "select": SELECT}, rounds=7)
    for made in runs:
        if made["scenario"]["connections"] == 512 and made["engine"]["name"] == "epoll" and made["round"] < 2:
            made["latency"]["response"]["p99_ns"] = 1
            make_run.invalidate(made, "clock", "-3 us")
    (pair,) = by(crossover.results(directory(runs))).pairs
    assert pair.crossings == [] and pair.comparisons[-1].ratio.samples == 5
    for made in runs:
        if made["scenario"]["connections"] == 512 and made["valid"] and made["engine"]["name"] == "epoll":
            make_run.invalidate(made, "clock", "-3 us")
    (pair,) = by(crossover.results(directory(runs))).pairs
    assert crossover.told(pair)[-1] == "512: no valid pair of runs has the figure"


def test_emulated_engines_are_labelled_and_synthetic_ones_left_out():
    result = by(crossover.results(directory(measured({"rio": EPOLL, "select": SELECT, "null": EPOLL}))))
    assert [sorted(pair.engines) for pair in result.pairs] == [["rio (emulated)", "select"]]


def test_lossy_datagrams_are_not_compared():
    runs = measured({"epoll": EPOLL, "select": SELECT})
    for made in runs:
        lossy = made["engine"]["name"] == "select" and made["scenario"]["connections"] == 512
        made["scenario"]["protocol"] = "udp"
        make_run.lose(made, 0.01 if lossy else 0)
    (pair,) = by(crossover.results(directory(runs))).pairs
    assert pair.crossings == [] and crossover.told(pair)[-1] == "512: not compared: select loses datagrams"


def test_settings_are_axes_too():
    curves = {"iocp": {1: 100, 8: 100, 64: 100}, "wsapoll": {1: 50, 8: 100, 64: 200}}
    found = crossover.results(directory(measured(curves, axis="batch")))
    result = by(found)
    assert (result.sweep.axis, result.sweep.held) == ("batch", "tcp-sink-64B-c8-10k")
    (pair,) = result.pairs
    assert sorted(pair.engines) == ["iocp", "wsapoll"]
    assert [crossing.text for crossing in pair.crossings] == ["between 1 and 64"]


@pytest.mark.parametrize(
    "axis, values, name, held",
    [
        ("size", (64, 1024), "size", "tcp-sink-*-c8-10k"),
        ("rate", (1_000.0, 20_000.0), "rate", "tcp-sink-64B-c8-*"),
        ("connections", (1, 64), "connections", "tcp-sink-64B-c*-10k"),
    ],
)
def test_axes_of_scenarios(axis, values, name, held):
    curves = {"epoll": dict(zip(values, (100, 300))), "select": dict(zip(values, (200, 200)))}
    results = crossover.results(directory(measured(curves, axis=axis)))
    # At a given rate the throughput is no metric.
    assert [result.metric.key for result in results] == ["p99", "p50", "cpu"]
    for result in results:
        assert (result.sweep.axis, result.sweep.held) == (name, held)
        assert len(result.crossing) == 1


def test_as_fast_as_possible_into_a_sink_latency_is_no_metric_and_more_throughput_is_better():
    curves = {"epoll": {1: 100, 64: 300}, "select": {1: 200, 64: 200}}
    results = crossover.results(directory(measured(curves, mode="max")))
    assert [result.metric.key for result in results] == ["rate", "cpu"]
    (pair,) = results[0].pairs
    assert crossover.told(pair)[0].startswith("1: epoll ahead (0.")


def test_two_axes_are_crossed_one_at_a_time():
    runs = []
    for size, round_ in itertools.product((64, 1024), range(6)):
        for connections in (1, 8):
            runs += [run("epoll", 100 * connections, round_, connections, size=size), run("select", 300, round_, connections, size=size)]
    sweeps = crossover.sweeps(directory(runs).scenarios)
    assert sorted((sweep.axis, sweep.held) for sweep in sweeps) == [
        ("connections", "tcp-sink-1024B-c*-10k"), ("connections", "tcp-sink-64B-c*-10k"),
        ("size", "tcp-sink-*-c1-10k"), ("size", "tcp-sink-*-c8-10k"),
    ]  # fmt: skip


def test_a_single_value_or_engine_is_no_sweep_and_probes_of_a_search_are_none():
    assert crossover.sweeps(directory(measured({"epoll": {8: 100}, "select": {8: 200}})).scenarios) == []
    assert crossover.sweeps(directory(measured({"epoll": EPOLL})).scenarios) == []
    probes = measured({"epoll": EPOLL, "select": SELECT})
    for made in probes:
        made["probe"] = "ascend"
    assert crossover.sweeps(directory(probes).scenarios) == []


def test_chance_alone_makes_few_crossovers():
    """Two engines that are the same, over four values: false crossovers need two false findings that disagree."""
    random_ = random.Random(3)
    crossed = 0
    for _ in range(300):
        ratios = [[random_.lognormvariate(0, 0.2) for _ in range(10)] for _ in range(4)]
        pair = crossover.Pair(("a", "b"), [crossover.Comparison(str(i), i, stats.median_interval(r)) for i, r in enumerate(ratios)])
        crossed += bool(pair.crossings)
    assert crossed <= 6, crossed


def written(tmp_path, runs, label="8.0"):
    for index, made in enumerate(runs):
        made["index"] = index
    description = make_run.description(None, runs, wine=label)
    return make_run.write(tmp_path / "run", [(made, {}) for made in runs], description)


def test_command(capsys, tmp_path):
    out = written(tmp_path, measured({"epoll": EPOLL, "select": SELECT}))
    assert cli.main(["crossover", str(out), "--metric", "p99"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Wine 8.0, not Windows: ") and "crossover between 8 and 512" in text
    assert "CPU per message" not in text
    assert cli.main(["crossover", str(out), "--axis", "size"]) == 13
    assert "nothing to compare --axis size" in capsys.readouterr().err
    assert cli.main(["crossover", str(tmp_path / "nowhere")]) == 2


def test_plot(tmp_path):
    third = {value: p99 * 3 for value, p99 in SELECT.items()}
    (result, *_) = crossover.results(directory(measured({"epoll": EPOLL, "select": SELECT, "poll": third})))
    pairs = plots.drawn(result)
    assert len(pairs) == 3 and pairs[0].crossings and not pairs[1].crossings
    (plot,) = plots.plots([result], "Wine 8.0, not Windows")
    assert "crossover between 8 and 512" in plot.alt and "64: no significant difference" in plot.alt
    texts = drawn.texts(plot.svg)
    assert {"512", "Wine 8.0, not Windows", "epoll ahead", "select ahead", "connections"} <= set(texts)
    # One value of one pair is undecided, and hollow.
    groups = drawn.elements(plot.svg, "g")
    rings = [g for g, look in groups if look.startswith("fill: #ffffff; stroke: ")]
    assert sum(len(g.findall(drawn.SVG + "use")) for g in rings) == 1


def test_nothing_is_drawn_of_many_engines_that_do_not_cross():
    curves = {name: {value: p99 * 2**i for value, p99 in EPOLL.items()} for i, name in enumerate(("epoll", "poll", "select", "blocking"))}
    result = by(crossover.results(directory(measured(curves))))
    assert len(result.pairs) == 6 and plots.drawn(result) == []
    assert "wherever they differ (6): " in crossover.without(result.pairs) and "epoll over poll" in crossover.without(result.pairs)


def test_report_has_text_and_plot(tmp_path):
    root = page.parse(html.render(load.load(written(tmp_path, measured({"epoll": EPOLL, "select": SELECT})))))
    section = root.one("section", id="crossover")
    assert "crossover between 8 and 512" in section.text and "64: no significant difference" in section.text
    assert len(page.plots(section)) == 3  # p99, p50, CPU
    assert "Wine 8.0, not Windows" in root.text


def test_without_a_sweep_the_report_has_no_section(report):
    assert 'id="crossover"' not in report


def test_rates_that_are_the_generators_limit_are_not_compared():
    runs = measured({"epoll": EPOLL, "select": SELECT}, mode="max")
    for made in runs:
        made["rates"]["generator_limited"] = made["scenario"]["connections"] < 512
    (pair,) = by(crossover.results(directory(runs)), verdict.RATE).pairs
    assert [c.state for c in pair.comparisons] == ["not compared: both at the generator limit"] * 3 + ["ahead"]
    (pair,) = by(crossover.results(directory(runs)), verdict.CPU).pairs
    assert pair.crossings, "other figures are the engines' own"
