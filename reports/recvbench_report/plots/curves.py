"""Percentile curves of response time: one figure per scenario, several where it has many engines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from recvbench_report import hlog, labels, units
from recvbench_report.plots import common

TITLE = "Percentile curves"
NOTE = {
    "shows": "The whole distribution of response time (done − intended send time): the share of messages on the "
    "horizontal axis, stretched towards the slow end, against the time within which they were done. The thick line adds the "
    "counts of an engine's valid runs; a thin line is one run, thin with rings an invalid run. "
    "Grey lines, where there are any, are the engines of the scenario's other plots, which have the same scale.",
    "read": "Lower is better. A curve that turns up sharply has a tail: read off at 99 % what one message in a hundred "
    "has to wait. Thin lines that fan out mean that repetitions disagree there.",
    "cannot": "Curves end where fewer than 10 messages are slower, since beyond it one hiccup decides. Messages of one run "
    "are not independent, so a smooth line is no evidence of precision; the fan of runs is.",
}

MIN_BEYOND = 10  # samples that must lie beyond the last point drawn
MOST_LINES = 10  # engines in one plot
RUN_POINTS = 40  # a run's line is thin: few points keep the file small
_MERGED_POINTS = 100
_NAME_WIDTH = 28  # characters of a line


@dataclass(frozen=True)
class Curve:
    x: np.ndarray  # 1 / (1 - p), from 1
    y: np.ndarray  # ns


@dataclass(frozen=True)
class Engine:
    cell: object
    merged: Curve | None  # valid runs added; None where there is none
    runs: list[tuple[bool, Curve]]  # valid?, curve


def curve(histogram: hlog.Histogram, points: int = _MERGED_POINTS) -> Curve | None:
    """None where the histogram has too few samples for any point."""
    end = histogram.total / MIN_BEYOND  # n (1 - p) >= 10
    if end < 1:
        return None
    x = np.geomspace(1, end, points) if end > 1 else np.array([1.0])
    return Curve(x, np.maximum(np.array(histogram.values_at(1 - 1 / x), dtype=float), 1))


def engines(scenario, histograms: dict[str, hlog.Histogram], run_points: int = RUN_POINTS) -> list[Engine]:
    """Cells that have no histogram are left out; the table has them."""
    drawn = []
    for cell in scenario.cells:
        pairs = [(run, histograms.get(f"r{run['index']}.response")) for run in cell.runs]
        runs = [(run["valid"], curve(h, run_points)) for run, h in pairs if h is not None]
        valid = [h for run, h in pairs if h is not None and run["valid"]]
        merged = curve(hlog.merge(valid)) if valid else None
        runs = [(ok, c) for ok, c in runs if c is not None]
        if runs:
            drawn.append(Engine(cell, merged, runs))
    return drawn


def plots(scenario, histograms, label: str, run_points: int = RUN_POINTS) -> list[common.Plot]:
    """One plot, or several on one scale where there are more engines than one can show."""
    drawn = {e.cell.label: e for e in engines(scenario, histograms, run_points)}
    groups = labels.groups([e.cell for e in drawn.values()], MOST_LINES)
    everything = list(drawn.values())
    return [_plot(scenario, [drawn[cell.label] for cell in group], everything, label) for group in groups]


def _plot(scenario, drawn: list[Engine], everything: list[Engine], label: str) -> common.Plot:
    names = labels.names([e.cell for e in drawn])
    title = common.title(scenario.name, names.shared)
    alt = f"Percentile curves of response time, {title}. At the median and at the end of each curve: " + "; ".join(
        f"{common.cell_label(e.cell)} {_ends(e)}" for e in drawn
    )
    others = [e for e in everything if e.cell.label not in names.short]

    def draw(figure, theme) -> None:
        ax = figure.add_subplot()
        common.of_scenario(scenario, ax)
        ax.set_title(title)
        _scales(ax, everything)
        _context(ax, theme, [e.merged for e in others if e.merged])
        _label_ends(ax, theme, names, [_curve(ax, theme, engine) for engine in drawn])

    return common.render(title, alt, 4.6, label, draw)


def _ends(engine: Engine) -> str:
    c = engine.merged
    if c is None:
        return "without a figure"
    middle = c.y[np.searchsorted(c.x, 2)] if c.x[-1] >= 2 else c.y[-1]
    return f"{units.time(middle)}, {units.time(c.y[-1])} at {percent(c.x[-1])}"


def percent(x: float) -> str:
    """The percentile that 1 / (1 - p) = x stands for."""
    text = f"{100 * (1 - 1 / x):.6f}"
    nines = len(text) - len(text.lstrip("9."))
    return f"{float(text[: max(nines + 1, 4)]):g} %"


def _scales(ax, everything: list[Engine]) -> None:
    lines = [(e.cell, c) for e in everything for c in [*(c for _, c in e.runs), e.merged] if c]
    last = max(10, *(c.x[-1] for _, c in lines))
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(1, last * 1.02)
    ax.set_ylim(*common.limits([(cell, v) for cell, c in lines for v in (c.y[0], c.y[-1])]))
    ax.set_ylabel("response time")
    ax.set_xlabel("share of messages done within that time")
    ticks = [1, 2] + [10**k for k in range(1, 9) if 10**k <= last * 1.02]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter([percent(t) for t in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    common.log_axis(ax.yaxis, 12)


def _context(ax, theme, merged: list[Curve]) -> None:
    """Where the lines of the other plots of this scenario are."""
    for c in merged:
        ax.plot(c.x[::5], c.y[::5], color=theme.muted, linewidth=0.6, alpha=0.35, zorder=1)


def _curve(ax, theme, engine: Engine) -> tuple[Curve, Engine]:
    """Draws all runs of an engine; returns the curve at whose end its name stands."""
    look, colour = engine.cell.look, theme.colour(engine.cell.look)
    drawn = []
    if valid := [c for ok, c in engine.runs if ok]:
        # One line with gaps: in the file the style of every line is as long as the line.
        x, y = (np.concatenate([[*side, np.nan] for side in sides]) for sides in zip(*((c.x, c.y) for c in valid)))
        drawn += ax.plot(x, y, color=colour, linewidth=0.7, alpha=0.45, zorder=2)
    for c in (c for ok, c in engine.runs if not ok):
        rings = dict(marker="o", markevery=max(len(c.x) // 4, 1), markersize=4.5, markerfacecolor=theme.paper)
        drawn += ax.plot(c.x, c.y, color=colour, linewidth=0.7, alpha=0.8, zorder=2, **rings)
    main = engine.merged
    if main:
        marks = np.flatnonzero(np.diff(np.floor(np.log10(main.x) + 1e-9)) > 0) + 1
        drawn += ax.plot(
            main.x, main.y, color=colour, linewidth=2.2, linestyle=look.dash, zorder=3, marker=look.marker,
            markevery=list(marks), markersize=common.marker_size(look.marker, 6), markeredgecolor=theme.paper, markeredgewidth=0.7,
        )  # fmt: skip
    common.of_engine(engine.cell, *drawn)
    return main or engine.runs[0][1], engine


def _label_ends(ax, theme, names: labels.Names, ends: list[tuple[Curve, Engine]]) -> None:
    """Names at the right edge, level with the curves' ends as far as there is room, with a thread to each."""
    ends = sorted(ends, key=lambda end: end[0].y[-1])
    low, high = np.log10(ax.get_ylim())
    right = np.log10(ax.get_xlim()[1])
    # In fractions of the axes, on which a line of text is 0.055 high.
    wanted = [(np.log10(c.y[-1]) - low) / (high - low) for c, _ in ends]
    called = [common.broken(names.short[e.cell.label], _NAME_WIDTH) + common.notes(e.cell) for _, e in ends]
    tallest = max(text.count("\n") for text in called)
    placed = common.spread_apart([max(at, 0.0) for at in wanted], 0.055 + 0.04 * tallest)
    shift = max(0, placed[-1] - 1) or min(0, placed[0])
    for end, at, text, (c, engine) in zip(wanted, placed, called, ends):
        look, colour = engine.cell.look, theme.colour(engine.cell.look)
        at -= shift
        inside = end >= 0
        filled = engine.merged is not None
        style_ = dict(transform=ax.transAxes, clip_on=False, color=colour)
        drawn = []
        if inside:
            drawn += ax.plot([np.log10(c.x[-1]) / right, 1.03], [end, at], linewidth=0.6, alpha=0.6, **style_)
        drawn += ax.plot([1.03, 1.075], [at, at], linestyle=look.dash, linewidth=2.2 if filled else 0.8, **style_)
        drawn += ax.plot(
            1.0525, at, marker=look.marker, markersize=common.marker_size(look.marker, 5.5), markerfacecolor=colour if filled else theme.paper,
            markeredgewidth=0.7, **style_,
        )  # fmt: skip
        if not inside and filled:
            text += f"\nbelow: {units.time(c.y[-1])} at the end"
        name = ax.annotate(text, (1.085, at), xycoords="axes fraction", va="center", fontsize=9, color=theme.ink, annotation_clip=False)
        common.of_engine(engine.cell, *drawn, name)
