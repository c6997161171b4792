"""Where one engine overtakes another along an axis that was swept: connections, size, rate, or a setting. Pure.

At each value of the axis two engines are compared by the runs that they made in the same round: each pair of runs is one
sample of the ratio of their figures, and the exact sign-test interval of the median ratio says whether one is ahead. A
crossover lies between two values at which different engines are ahead, with nothing but "no significant difference" (or
nothing comparable) between them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from recvbench_report import ceiling, labels, loss, stats, units, verdict

# Below it, no interval of the median reaches 95 %.
LEAST_PAIRS = 6
P50 = verdict.Metric("p50", "p50 response time", True, units.time, lambda r: (r["latency"]["response"] or {}).get("p50_ns"))
METRICS = (verdict.P99, P50, verdict.RATE, verdict.CPU)
# By the key of a scenario: what the axis is called, and how a value of it reads.
_AXES = {
    "connections": ("connections", lambda value: f"{value:,}"),
    "size_bytes": ("size", units.size),
    "rate_per_s": ("rate", units.round_rate),
}


@dataclass(frozen=True)
class Line:
    """An engine along the axis."""

    label: str
    cells: dict[float, object]  # by the axis' value

    @property
    def name(self) -> str:
        kind = next(iter(self.cells.values())).kind
        return self.label + (f" ({kind})" if kind else "")


@dataclass(frozen=True)
class Sweep:
    """Lines that differ in their engine, and along each of them in one thing only."""

    axis: str  # "connections", "size", "rate" or a setting
    held: str  # what is the same: "tcp-sink-64B-c*-10k"
    texts: dict[float, str]  # how the axis' values read, in their order
    lines: list[Line]
    about: dict = field(default_factory=dict)  # of one of the scenarios


@dataclass(frozen=True)
class Comparison:
    """Two engines at one value of the axis."""

    text: str
    value: float
    ratio: stats.MedianInterval | None  # of the first engine's figure to the second's; below 1 the first is ahead
    remark: str = ""  # why they are not compared

    @property
    def ahead(self) -> int | None:
        """0 or 1, which engine is; None where neither is shown to be."""
        if self.ratio is None or self.ratio.low is None or self.ratio.low <= 1 <= self.ratio.high:
            return None
        return 0 if self.ratio.high < 1 else 1

    @property
    def state(self) -> str:
        if self.ratio is None:
            return self.remark or "not compared"
        if self.ratio.low is None:
            return f"too few pairs of runs to tell ({self.ratio.samples}, {LEAST_PAIRS} needed)"
        return "no significant difference" if self.ahead is None else "ahead"


@dataclass(frozen=True)
class Crossing:
    last: Comparison  # at which the one engine is ahead
    first: Comparison  # at which the other is

    @property
    def text(self) -> str:
        return f"between {self.last.text} and {self.first.text}"


@dataclass(frozen=True)
class Pair:
    """Two engines along the axis by one metric."""

    engines: tuple[str, str]
    comparisons: list[Comparison]

    @property
    def decided(self) -> list[Comparison]:
        return [c for c in self.comparisons if c.ahead is not None]

    @property
    def crossings(self) -> list[Crossing]:
        return [Crossing(a, b) for a, b in itertools.pairwise(self.decided) if a.ahead != b.ahead]


@dataclass(frozen=True)
class Result:
    sweep: Sweep
    metric: verdict.Metric
    pairs: list[Pair]

    @property
    def crossing(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.crossings]

    @property
    def title(self) -> str:
        return f"{self.sweep.held} · {self.sweep.axis} · {self.metric.title}"


def results(directory) -> list[Result]:
    """By sweep, then by metric; metrics that say nothing under the sweep's load are left out."""
    found = []
    for sweep in sweeps(directory.scenarios):
        for metric in METRICS:
            if _comparable(metric, sweep):
                pairs = [pair(a, b, sweep, metric) for a, b in itertools.combinations(sweep.lines, 2)]
                found.append(Result(sweep, metric, pairs))
    return found


def _comparable(metric: verdict.Metric, sweep: Sweep) -> bool:
    """At a given rate every engine that keeps up receives that rate; as fast as possible into a sink, latency is that of full
    buffers."""
    as_fast_as_possible = sweep.about["mode"] == "max"
    if metric is verdict.RATE:
        return as_fast_as_possible
    return metric is verdict.CPU or not as_fast_as_possible or sweep.about["workload"] != "sink"


def sweeps(scenarios) -> list[Sweep]:
    """Axes with two values at least, along which two engines at least can be compared."""
    found = [*over_scenarios(scenarios), *(sweep for s in scenarios for sweep in _over_settings(s))]
    return [sweep for sweep in found if len(sweep.texts) > 1 and len(sweep.lines) > 1]


def over_scenarios(scenarios) -> list[Sweep]:
    groups: dict[tuple, list] = {}
    for scenario in scenarios:
        for key in _AXES:
            if scenario.about[key] is not None:
                held = tuple(sorted((k, str(v)) for k, v in scenario.about.items() if k != "name" and not _is_of(k, key)))
                groups.setdefault((key, held), []).append(scenario)
    found = []
    for (key, _), members in groups.items():
        name, show = _AXES[key]
        members = sorted(members, key=lambda scenario: scenario.about[key])
        cells: dict[str, dict[float, object]] = {}
        for scenario in members:
            for cell in _swept_cells(scenario):
                cells.setdefault(cell.label, {})[scenario.about[key]] = cell
        texts = {scenario.about[key]: show(scenario.about[key]) for scenario in members}
        held = labels.any_of([scenario.name for scenario in members])
        found.append(Sweep(name, held, texts, _lines(cells), members[0].about))
    return found


def _is_of(key: str, axis: str) -> bool:
    """Whether a key of a scenario says the same as the axis' own."""
    return key == axis or (axis == "size_bytes" and key.startswith("size"))


def _over_settings(scenario) -> list[Sweep]:
    settings: dict[str, dict[str, dict[float, object]]] = {}
    texts: dict[str, dict[float, str]] = {}
    for cell in _swept_cells(scenario):
        for name, text in cell.engine["settings"]["declared"].items():
            if (value := units.setting_value(text)) is not None:
                rest = ",".join(one for one in labels.settings(cell) if not one.startswith(name + "="))
                label = cell.engine["name"] + (":" + rest if rest else "")
                settings.setdefault(name, {}).setdefault(label, {})[value] = cell
                texts.setdefault(name, {})[value] = text
    found = []
    for name, by_label in settings.items():
        # An engine at one value alone was not swept.
        lines = _lines({label: cells for label, cells in by_label.items() if len(cells) > 1})
        shown = {value: texts[name][value] for value in sorted(texts[name]) if any(value in line.cells for line in lines)}
        found.append(Sweep(name, scenario.name, shown, lines, scenario.about))
    return found


def _swept_cells(scenario):
    """Without the synthetic, whose receives are made up, and without a search's probes, which have no rounds in common."""
    return [cell for cell in scenario.cells if cell.kind != "synthetic" and cell.runs[0].get("probe") is None]


def _lines(cells: dict[str, dict[float, object]]) -> list[Line]:
    return [Line(label, dict(sorted(by_value.items()))) for label, by_value in cells.items() if len(by_value) > 1]


def pair(a: Line, b: Line, sweep: Sweep, metric: verdict.Metric) -> Pair:
    return Pair((a.name, b.name), [_compare(a, b, value, text, metric) for value, text in sweep.texts.items()])


def _compare(a: Line, b: Line, value: float, text: str, metric: verdict.Metric) -> Comparison:
    first, second = a.cells.get(value), b.cells.get(value)
    if first is None or second is None:
        return Comparison(text, value, None, f"{(b if first else a).label} was not run")
    if loss.too_much(first.valid) != loss.too_much(second.valid):
        return Comparison(text, value, None, f"not compared: {(a if loss.too_much(first.valid) else b).label} loses datagrams")
    if metric is verdict.RATE and ceiling.limits(first.valid) and ceiling.limits(second.valid):
        return Comparison(text, value, None, f"not compared: both at the {ceiling.NOTE}")
    ratios = _ratios(first, second, metric)
    return Comparison(text, value, stats.median_interval(ratios), "no valid pair of runs has the figure")


def _ratios(first, second, metric: verdict.Metric) -> list[float]:
    """Of the valid runs of the same round; below 1 the first is better."""
    others = {run["round"]: metric.value(run) for run in second.valid}
    found = []
    for run in first.valid:
        own, other = metric.value(run), others.get(run["round"])
        if own and other:
            found.append(own / other if metric.lower_is_better else other / own)
    return found


def told(pair: Pair) -> list[str]:
    """What holds along the axis, a sentence for each stretch over which it is the same."""
    lines = []
    for state, stretch in itertools.groupby(pair.comparisons, lambda c: (c.state, c.ahead)):
        members = list(stretch)
        where = ", ".join(c.text for c in members)
        if state[1] is None:
            lines.append(f"{where}: {state[0]}")
        else:
            ratios = "; ".join(_ratio(c, pair) for c in members)
            lines.append(f"{where}: {pair.engines[state[1]]} ahead ({ratios})")
    return lines


def _ratio(comparison: Comparison, pair: Pair) -> str:
    """Of whoever is ahead to the other: "0.81 [0.75 – 0.88]"."""
    r = comparison.ratio
    median, low, high = (r.median, r.low, r.high) if comparison.ahead == 0 else (1 / r.median, 1 / r.high, 1 / r.low)
    return f"{units.digits(median)} [{units.digits(low)} – {units.digits(high)}]"


def headline(pair: Pair) -> str:
    """"epoll, select: crossover between 8 and 64"."""
    places = " and ".join(crossing.text for crossing in pair.crossings)
    return f"{pair.engines[0]}; {pair.engines[1]}: " + (f"crossover {places}" if places else "no crossover")


def text(directory, axis: str | None = None, metric: str | None = None) -> str:
    """For a terminal; "" where nothing was swept that can be compared. `axis` and `metric`: only those."""
    lines = [f"{directory.label}: the engines' order here is not that on Windows.", ""] if directory.label else []
    shown = [r for r in results(directory) if axis in (None, r.sweep.axis) and metric in (None, r.metric.key)]
    for result in shown:
        lines.append(result.title)
        for pair in result.crossing:
            lines += ["  " + headline(pair), *("    " + line for line in told(pair))]
        if rest := without(result.pairs):
            lines.append("  " + rest)
        lines.append("")
    if not shown:
        return ""
    return "\n".join([*lines, NOTE]) + "\n"


NOTE = (
    "Ratios are medians over pairs of runs of the same round, with their exact sign-test interval (95 % each, not corrected for "
    "the number of comparisons); below 1 the engine named is ahead. No significant difference is no proof of equality."
)


def without(pairs: list[Pair]) -> str:
    """One sentence on the pairs that do not cross; "" where there is none."""
    pairs = [pair for pair in pairs if not pair.crossings]
    if not pairs:
        return ""
    ahead = [f"{p.engines[p.decided[0].ahead]} over {p.engines[1 - p.decided[0].ahead]}" for p in pairs if p.decided]
    undecided = [p for p in pairs if not p.decided]
    level = [p for p in undecided if any(c.state == "no significant difference" for c in p.comparisons)]
    parts = []
    if ahead:
        parts.append(f"one engine ahead wherever they differ ({len(ahead)}): {labels.listing(ahead)}")
    if level:
        parts.append(f"no significant difference anywhere ({len(level)}): {labels.listing([' and '.join(p.engines) for p in level])}")
    if rest := len(undecided) - len(level):
        parts.append(f"nothing to tell them apart by ({rest}): too few valid runs in the same rounds, {LEAST_PAIRS} needed a value")
    return "No crossover: " + ". ".join(part[0].upper() + part[1:] for part in parts) + "."
