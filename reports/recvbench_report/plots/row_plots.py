"""Figures of runs with a row per engine: a plot per scenario, a panel per figure, a dot per run."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Callable

from matplotlib.ticker import LogLocator, MaxNLocator

from recvbench_report import units
from recvbench_report.plots import common, rows


def _number(value: float) -> str:
    return f"{value:g}"


@dataclass(frozen=True)
class Figure:
    title: str
    value: Callable[[dict], float | None]  # of a run
    show: Callable[[float], str]
    tick: Callable[[float], str] = _number
    ends: tuple[float, float] | None = None  # on a linear scale, what it can be at most; else the scale is logarithmic
    begin: Callable[[dict], float | None] | None = None  # of a run: where the line begins that leads to the value, both by their medians
    scale: str | None = None  # figures that say the same here have one scale


def values(figure: Figure, cell) -> tuple[list[tuple[float, bool]], float | None]:
    """(value, valid?) of the runs that have the figure, and the median of the valid ones."""
    runs = [(value, run["valid"]) for run in cell.runs if (value := figure.value(run))]
    return runs, _median([value for value, ok in runs if ok])


def begins(figure: Figure, cell) -> float | None:
    """The median of the valid runs."""
    return _median([value for run in cell.valid if (value := figure.begin(run))]) if figure.begin else None


def _median(figures: list[float]) -> float | None:
    return statistics.median(figures) if figures else None


def plots(figures: tuple[Figure, ...], title: str, scenarios, label: str) -> list[common.Plot]:
    """Figures that no run has are left out, and scenarios without any."""
    shown = [s for s in scenarios if any(_drawn(figure, c) for figure in figures for c in s.cells)]
    figures = tuple(figure for figure in figures if any(_drawn(figure, c) for s in shown for c in s.cells))
    return [_plot(figures, title, scenario, label) for scenario in shown]


_LEAST_PANELS = 2  # that a plot is laid out for: one alone is as wide as one of them
_BESIDE = 0.12  # for the numbers beside a panel: its share of a panel's width, times the panels


def _plot(figures: tuple[Figure, ...], title: str, scenario, label: str) -> common.Plot:
    alt = f"{title}, medians of valid runs. {common.plain(scenario.name)}: {_told(figures, scenario)}."
    shared = rows.of(scenario)
    places = max(len(figures), _LEAST_PANELS)
    step = 1 + _BESIDE * places  # from one panel to the next, each being 1 wide

    def draw(canvas, theme) -> None:
        # Panels in one pair of axes: with axes for each, a plot takes four times as long to draw.
        ax = canvas.add_subplot()
        common.of_scenario(scenario, ax)
        ax.set_title(common.title(scenario.name, shared.shared))
        ax.set_xlim(0, step * places - 0.04)
        ax.set_ylim(len(shared.at) - 0.4, -1.35)
        ax.set_frame_on(False)
        ax.grid(False)
        ax.tick_params(length=0, labelcolor=theme.ink)
        names = [name + (f" ({cell.kind})" if cell.kind else "") for name, cell in zip(shared.names, shared.cells)]
        ax.set_yticks(range(len(names)), names, linespacing=1)
        for cell, name in zip(shared.cells, ax.get_yticklabels()):
            common.of_engine(cell, name)
        panels = [(figure, _Scale.of(figure, figures, scenario, i * step)) for i, figure in enumerate(figures)]
        ticks = [(scale.x(at), figure.tick(at)) for figure, scale in panels for at in scale.ticks]
        ax.set_xticks(*zip(*ticks), color=theme.muted)
        for figure, scale in panels:
            _panel(ax, theme, scenario, shared, figure, scale)

    return common.render(f"{title}: {scenario.name}", alt, rows.height(shared), label, draw)


def _told(figures: tuple[Figure, ...], scenario) -> str:
    return "; ".join(
        f"{common.cell_label(cell)} " + ", ".join(f"{figure.title} {_shown(figure, values(figure, cell)[1])}" for figure in figures)
        for cell in scenario.cells
    )


def _shown(figure: Figure, median: float | None) -> str:
    return units.MISSING if median is None else figure.show(median)


@dataclass(frozen=True)
class _Scale:
    """Of one panel: from a figure's values to the axes that all panels share."""

    left: float
    ends: tuple[float, float]
    linear: bool
    ticks: list[float]

    @staticmethod
    def of(figure: Figure, figures: tuple[Figure, ...], scenario, left: float) -> _Scale:
        """`figures`: the plot's, of which some may have this one's scale."""
        alike = [one for one in figures if one == figure or (one.scale and one.scale == figure.scale)]
        drawn = [(cell, value) for one in alike for cell in scenario.cells for value in _drawn(one, cell)]
        if figure.ends:
            ends = linear_ends(figure.ends, [value for _, value in drawn])
            return _Scale(left, ends, True, _within(MaxNLocator(5).tick_values(*ends), ends))
        ends = common.limits(drawn)
        span = ends[1] / ends[0]
        steps = (1, 1.5, 2, 3, 5, 7) if span < 8 else (1, 2, 5) if span < 200 else (1,)
        return _Scale(left, ends, False, _within(LogLocator(subs=steps, numticks=99).tick_values(*ends), ends))

    def x(self, value: float) -> float:
        low, high, at = (*self.ends, value) if self.linear else map(math.log, (*self.ends, value))
        return self.left + (at - low) / (high - low)


def _drawn(figure: Figure, cell) -> list[float]:
    begin = begins(figure, cell)
    return [value for value, _ in values(figure, cell)[0]] + ([begin] if begin else [])


def _within(ticks, ends: tuple[float, float]) -> list[float]:
    return [float(f"{at:.10g}") for at in ticks if ends[0] <= at <= ends[1]]


def linear_ends(ends: tuple[float, float], drawn: list[float]) -> tuple[float, float]:
    """From a little below the least to what it can be at most, and not so close that a hair looks like a mile."""
    low, high = ends
    least = min([*drawn, high - 0.1 * (high - low)])
    begin = max(low, least - 0.05 * (high - least))
    return begin, high + 0.02 * (high - begin)


def _panel(ax, theme, scenario, shared: rows.Rows, figure: Figure, scale: _Scale) -> None:
    ax.text(scale.left, -0.8, figure.title, fontsize=9.5, fontweight="bold", color=theme.ink, va="center")
    bottom = len(shared.at) - 0.4
    lines = [((scale.x(at), -0.5), (scale.x(at), bottom)) for at in scale.ticks]
    lines += [((scale.left, y), (scale.left + 1, y)) for y in (*shared.at.values(), bottom)]
    ax.plot(*zip(*[point for line in lines for point in (*line, (math.nan, math.nan))]), color=theme.grid, linewidth=0.6, zorder=0)
    for cell in scenario.cells:
        y, colour = shared.at[cell.label], theme.colour(cell.look)
        runs, median = values(figure, cell)
        shown = [(value, valid) for value, valid in runs if value >= scale.ends[0]]
        marks = common.run_marks(ax, [(scale.x(value), y, valid) for value, valid in shown], colour, theme, cell.look.marker)
        if len(shown) < len(runs):
            marks += ax.plot(scale.left + 0.012, y, marker="<", markersize=5, color=colour)
        if bars := _bars(scale, y, median, begins(figure, cell)):
            marks += ax.plot(*zip(*bars), color=colour, linewidth=2, zorder=4, solid_capstyle="butt")
        text = "invalid" if runs and median is None else _shown(figure, median)
        colour = theme.ink if text[0].isdigit() else theme.muted
        common.of_engine(cell, *marks, ax.text(scale.left + 1.015, y, text, va="center", fontsize=8.5, color=colour))


def _bars(scale: _Scale, y: float, median: float | None, begin: float | None) -> list[tuple[float, float]]:
    """The points of a bar at each, and of the line between them; one line, because each takes its time. What is off the scale is left
    out."""
    median, begin = (at if at is not None and at >= scale.ends[0] else None for at in (median, begin))
    points = []
    for at, reach in ((begin, 0.2), (median, 0.32)):
        if at is not None:
            points += [(scale.x(at), y - reach), (scale.x(at), y + reach), (math.nan, math.nan)]
    if begin is not None and median is not None:
        points += [(scale.x(begin), y), (scale.x(median), y)]
    return points
