"""Figures of runs with a row per engine: a plot per scenario, a panel per figure, a dot per run."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Callable

from matplotlib.ticker import LogLocator, MaxNLocator

from recvbench_report import units
from recvbench_report.plots import common, rows


@dataclass(frozen=True)
class Figure:
    title: str
    value: Callable[[dict], float | None]  # of a run
    show: Callable[[float], str]
    ends: tuple[float, float] | None = None  # on a linear scale, what it can be at most; else the scale is logarithmic


def values(figure: Figure, cell) -> tuple[list[tuple[float, bool]], float | None]:
    """(value, valid?) of the runs that have the figure, and the median of the valid ones."""
    runs = [(value, run["valid"]) for run in cell.runs if (value := figure.value(run))]
    valid = [value for value, ok in runs if ok]
    return runs, statistics.median(valid) if valid else None


def plots(figures: tuple[Figure, ...], title: str, scenarios, label: str) -> list[common.Plot]:
    """Figures that no run has are left out, and scenarios without any."""
    shown = [s for s in scenarios if any(values(figure, c)[0] for figure in figures for c in s.cells)]
    figures = tuple(figure for figure in figures if any(values(figure, c)[0] for s in shown for c in s.cells))
    return [_plot(figures, title, scenario, label) for scenario in shown]


_STEP = 1.2  # from one panel to the next, each being 1 wide: what is between them is for the numbers
_MOST_PANELS = 2  # that a plot is laid out for: one alone is as wide as one of them


def _plot(figures: tuple[Figure, ...], title: str, scenario, label: str) -> common.Plot:
    alt = f"{title}, medians of valid runs. {common.plain(scenario.name)}: {_told(figures, scenario)}."
    shared = rows.of([scenario])

    def draw(canvas, theme) -> None:
        # Panels in one pair of axes: with axes for each, a plot takes four times as long to draw.
        ax = canvas.add_subplot()
        common.of_scenario(scenario, ax)
        ax.set_title(common.title(scenario.name, shared.shared))
        ax.set_xlim(0, _STEP * max(len(figures), _MOST_PANELS) - 0.04)
        ax.set_ylim(len(shared.at) - 0.4, -1.35)
        ax.set_frame_on(False)
        ax.grid(False)
        ax.tick_params(length=0, labelcolor=theme.ink)
        names = [name + (f" ({cell.kind})" if cell.kind else "") for name, cell in zip(shared.names, shared.cells)]
        ax.set_yticks(range(len(names)), names, linespacing=1)
        for cell, name in zip(shared.cells, ax.get_yticklabels()):
            common.of_engine(cell, name)
        scales = [_Scale.of(figure, scenario, i * _STEP) for i, figure in enumerate(figures)]
        ax.set_xticks(
            [scale.x(at) for scale in scales for at in scale.ticks], [f"{at:g}" for scale in scales for at in scale.ticks], color=theme.muted
        )
        for scale, figure in zip(scales, figures):
            _panel(ax, theme, scenario, shared, figure, scale)

    return common.render(f"{title}: {scenario.name}", alt, rows.height(shared, 1) + 0.25, label, draw)


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
    def of(figure: Figure, scenario, left: float) -> _Scale:
        drawn = [(cell, value) for cell in scenario.cells for value, _ in values(figure, cell)[0]]
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
        if median is not None and median >= scale.ends[0]:
            marks += ax.plot([scale.x(median)] * 2, [y - 0.32, y + 0.32], color=colour, linewidth=2, zorder=4)
        text = "invalid" if runs and median is None else _shown(figure, median)
        colour = theme.ink if text[0].isdigit() else theme.muted
        common.of_engine(cell, *marks, ax.text(scale.left + 1.015, y, text, va="center", fontsize=8.5, color=colour))
