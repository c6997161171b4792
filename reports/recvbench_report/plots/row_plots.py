"""Figures of runs with a row per engine: a plot per scenario, a panel per figure, a dot per run."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Callable

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

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


def _plot(figures: tuple[Figure, ...], title: str, scenario, label: str) -> common.Plot:
    alt = f"{title}, medians of valid runs. {common.plain(scenario.name)}: {_told(figures, scenario)}."
    shared = rows.of([scenario])

    def draw(canvas, theme) -> None:
        axes = canvas.subplots(1, max(len(figures), 2), squeeze=False)[0]
        for i, (ax, figure) in enumerate(zip(axes, figures)):
            _panel(ax, theme, scenario, shared, figure, i == 0)
        for ax in axes[len(figures) :]:
            ax.set_axis_off()

    return common.render(f"{title}: {scenario.name}", alt, rows.height(shared, 1), label, draw)


def _told(figures: tuple[Figure, ...], scenario) -> str:
    return "; ".join(
        f"{common.cell_label(cell)} " + ", ".join(f"{figure.title} {_shown(figure, values(figure, cell)[1])}" for figure in figures)
        for cell in scenario.cells
    )


def _shown(figure: Figure, median: float | None) -> str:
    return units.MISSING if median is None else figure.show(median)


def _panel(ax, theme, scenario, shared: rows.Rows, figure: Figure, first: bool) -> None:
    drawn = [(cell, value) for cell in scenario.cells for value, _ in values(figure, cell)[0]]
    limits = _linear(figure, [value for _, value in drawn]) if figure.ends else common.limits(drawn)
    rows.prepare(ax, theme, scenario, shared, f"{figure.title} · {scenario.name}" if first else figure.title, first, limits)
    if figure.ends:
        ax.set_xscale("linear")
        ax.xaxis.set_major_locator(MaxNLocator(5))
    else:
        subs = (1, 1.5, 2, 3, 5, 7) if limits[1] / limits[0] < 8 else (1, 2, 5) if limits[1] / limits[0] < 200 else (1,)
        ax.xaxis.set_major_locator(LogLocator(subs=subs, numticks=99))
        ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlim(*limits)
    for cell in scenario.cells:
        y, colour = shared.at[cell.label], theme.colour(cell.look)
        runs, median = values(figure, cell)
        shown = [(value, valid) for value, valid in runs if value >= limits[0]]
        marks = common.run_marks(ax, [(value, y, valid) for value, valid in shown], colour, theme, cell.look.marker)
        if len(shown) < len(runs):
            marks += rows.off_scale_mark(ax, y, colour)
        if median is not None and median >= limits[0]:
            marks += ax.plot([median] * 2, [y - 0.32, y + 0.32], color=colour, linewidth=2, zorder=4)
        text = "invalid" if runs and median is None else _shown(figure, median)
        common.of_engine(cell, *marks, rows.value_column(ax, theme, y, text))


def _linear(figure: Figure, drawn: list[float]) -> tuple[float, float]:
    """From a little below the least to what it can be at most, and not so close that a hair looks like a mile."""
    low, high = figure.ends
    least = min(drawn, default=low)
    begin = max(low, min(least, high - 0.1 * (high - low)) - 0.05 * (high - least))
    return begin, high + 0.02 * (high - begin)
