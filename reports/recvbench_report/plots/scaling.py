"""Scaling with connections and with message size: a line per engine, a panel per family of scenarios that differ in that alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recvbench_report import crossover, labels, stats, table, units
from recvbench_report.plots import axes, common

TITLE = "Scaling with connections and size"
NOTE = {
    "shows": "Scenarios that differ in nothing but the number of connections, or the size of a message, along the horizontal axis (twice "
    "the value is one step). The line joins the medians of the valid runs and is broken where there are none; a dot is one run, rings "
    "are invalid runs. Panels of one plot have one scale.",
    "read": "Times and CPU: lower is better; throughput: higher. A flat line takes more connections, or larger messages, at no cost; "
    "where lines cross, the better engine depends on the load: the crossovers say where, and how sure that is.",
    "cannot": "It says nothing of values between those measured. Throughput is shown only where it was not given, response time not where "
    "as much is sent into a sink as fits.",
}
LEAST_VALUES = 3
MOST_LINES, MOST_PANELS = 8, 6
AXES = ("connections", "size")
_COLUMNS = {column.key: column for column in table.COLUMNS}
# Key of the table's column, what is said of it, percentile.
METRICS = (
    ("p50", "p50 response time", "p50"), ("p99", "p99 response time", "p99"), ("p999", "p99.9 response time", "p999"),
    ("rate", "throughput", None), ("cpu", "CPU per message", None),
)  # fmt: skip
_NAME_WIDTH = 26  # characters of a line of the legend


@dataclass(frozen=True)
class Line:
    cell: object  # the first along the axis: label, look and kind are its
    medians: list[tuple[float, float]]  # of the valid runs; NaN where there is none or one lacks the figure
    runs: list[tuple[float, float, bool]]  # of those that have the figure; valid?


def lines(sweep: crossover.Sweep, key: str) -> list[Line]:
    """Of the engines that have the figure anywhere."""
    column = _COLUMNS[key]
    found = []
    for line in sweep.lines:
        medians, runs = [], []
        for value in sweep.texts:
            if cell := line.cells.get(value):
                spread = stats.spread([column.value(run) for run in cell.valid])
                medians.append((value, spread.median if spread else math.nan))
                runs += [(value, figure, run["valid"]) for run in cell.runs if (figure := column.value(run))]
        if runs:
            found.append(Line(next(iter(line.cells.values())), medians, runs))
    return found


def families(scenarios) -> list[crossover.Sweep]:
    """Along an axis that is drawn, and long enough."""
    return [s for s in crossover.over_scenarios(scenarios) if s.axis in AXES and len(s.texts) >= LEAST_VALUES and s.lines]


def plots(scenarios, label: str) -> list[common.Plot]:
    made = []
    by_axis: dict[str, list[crossover.Sweep]] = {}
    for sweep in families(scenarios):
        by_axis.setdefault(sweep.axis, []).append(sweep)
    by_name = {s.name: s for s in scenarios}
    for axis, sweeps in by_axis.items():
        # The percentiles of the same panels are neighbours: the page shows one of them.
        for metrics in (METRICS[:3], METRICS[3:4], METRICS[4:]):
            its = [sweep for sweep in sweeps if table.tells_apart(metrics[0][0], sweep.about)]
            for first in range(0, len(its), MOST_PANELS):
                made += _plots(axis, its[first : first + MOST_PANELS], metrics, by_name, label)
    return made


def _plots(axis: str, sweeps: list[crossover.Sweep], metrics: tuple, scenarios: dict, label: str) -> list[common.Plot]:
    cells = {c.label: c for sweep in sweeps for line in sweep.lines for c in line.cells.values()}
    ordered = sorted(cells.values(), key=lambda cell: cell.position)
    made = []
    for group in labels.groups(ordered, MOST_LINES):
        chosen = {cell.label for cell in group}
        for key, title, percentile in metrics:
            everything = [(sweep, lines(sweep, key)) for sweep in sweeps]
            panels = [(sweep, [line for line in its if line.cell.label in chosen]) for sweep, its in everything]
            panels = [(sweep, its) for sweep, its in panels if its]
            if panels:
                figures = [(line.cell, figure) for _, its in everything for line in its for _, figure, _ in line.runs]
                made.append(_plot(axis, panels, key, title, percentile, figures, scenarios, label))
    return made


def _plot(axis: str, panels: list, key: str, metric: str, percentile, figures: list, scenarios: dict, label: str) -> common.Plot:
    cells = sorted({line.cell.label: line.cell for _, its in panels for line in its}.values(), key=lambda cell: cell.position)
    names = labels.names(cells)
    title = common.title(f"{metric} along {axis}", names.shared)
    alt = f"{title}: medians of the valid runs. " + " ".join(_told(sweep, its, key) for sweep, its in panels)
    columns = min(3, len(panels))
    rows = math.ceil(len(panels) / columns)

    def draw(figure, theme) -> None:
        every = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
        for ax, (sweep, its) in zip(every, panels):
            ax.set_title(common.plain(sweep.held, 40))
            for name in dict.fromkeys(c.runs[0]["scenario"]["name"] for line in sweep.lines for c in line.cells.values()):
                common.of_scenario(scenarios[name], ax)
            for line in its:
                _draw(ax, theme, line)
            axes.values_axis(ax, sweep.texts)
            ax.set_xlabel(axis)
        _scale(every[0], key, figures)
        for ax in every[len(panels) :]:
            ax.set_axis_off()
        first = every[0]
        first.set_title(f"{title}\n{first.get_title(loc='left')}", linespacing=1.8)
        _legend(first, theme, cells, names)
        common.side_legend(figure)

    return common.render(title, alt, 0.9 + 2.5 * rows, label, draw, percentile)


def _told(sweep: crossover.Sweep, its: list[Line], key: str) -> str:
    return f"{common.plain(sweep.held)}: " + "; ".join(
        f"{common.plain(line.cell.label, 200)}{_kind(line.cell)} "
        + ", ".join(f"{sweep.texts[value]} {units.MISSING if math.isnan(median) else _COLUMNS[key].show(median)}" for value, median in line.medians)
        for line in its
    ) + "."  # fmt: skip


def _kind(cell) -> str:
    return f" ({cell.kind})" if cell.kind else ""


def _draw(ax, theme, line: Line) -> None:
    look, colour = line.cell.look, theme.colour(line.cell.look)
    joined = ax.plot(*zip(*line.medians), color=colour, linewidth=1.8, linestyle=look.dash, zorder=2)
    common.of_engine(line.cell, *joined, *common.run_marks(ax, line.runs, colour, theme, look.marker))


def _scale(ax, key: str, figures: list) -> None:
    """Of all panels, and of all plots of these panels: those of other engines have it too."""
    if key == "rate":
        axes.rate_axis(ax, [figure for _, figure in figures])
    else:
        ax.set_yscale("log")
        ax.set_ylim(*common.limits(figures))
        common.log_axis(ax.yaxis, 7)


def _legend(ax, theme, cells: list, names: labels.Names) -> None:
    for cell in cells:
        entry = ax.plot(
            [], [], color=theme.colour(cell.look), linestyle=cell.look.dash, marker=cell.look.marker, linewidth=1.8,
            label=common.broken(names.short[cell.label], _NAME_WIDTH) + _kind(cell),
        )  # fmt: skip
        common.of_engine(cell, *entry)
