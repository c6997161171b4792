"""Percentile curves of response time: one figure per scenario."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from recvbench_report import hlog, style, units
from recvbench_report.plots import common

TITLE = "Percentile curves"
NOTE = {
    "shows": "The whole distribution of response time (done − intended send time): the share of messages on the "
    "horizontal axis, stretched towards the slow end, against the time within which they were done. The thick line adds the "
    "counts of an engine's valid runs; a thin line is one run, thin with rings an invalid run.",
    "read": "Lower is better. A curve that turns up sharply has a tail: read off at 99 % what one message in a hundred "
    "has to wait. Thin lines that fan out mean that repetitions disagree there.",
    "cannot": "Curves end where fewer than 10 messages are slower, since beyond it one hiccup decides. Messages of one run "
    "are not independent, so a smooth line is no evidence of precision; the fan of runs is.",
}

MIN_BEYOND = 10  # samples that must lie beyond the last point drawn
_MERGED_POINTS, _RUN_POINTS = 120, 40  # a run's line is thin: 40 points keep the file small


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


def engines(scenario, histograms: dict[str, hlog.Histogram]) -> list[Engine]:
    """Cells that have no histogram are left out; the table has them."""
    drawn = []
    for cell in scenario.cells:
        pairs = [(run, histograms.get(f"r{run['index']}.response")) for run in cell.runs]
        runs = [(run["valid"], curve(h, _RUN_POINTS)) for run, h in pairs if h is not None]
        valid = [h for run, h in pairs if h is not None and run["valid"]]
        merged = curve(hlog.merge(valid)) if valid else None
        runs = [(ok, c) for ok, c in runs if c is not None]
        if runs:
            drawn.append(Engine(cell, merged, runs))
    return drawn


def plot(scenario, histograms, label: str) -> common.Plot | None:
    drawn = engines(scenario, histograms)
    if not drawn:
        return None
    alt = f"Percentile curves of response time, {scenario.name}. At the median and at the end of each curve: " + "; ".join(
        f"{common.cell_label(e.cell)} {_ends(e)}" for e in drawn
    )
    return common.render(scenario.name, alt, 4.6, label, lambda figure, theme: _draw(figure, theme, scenario, drawn))


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


def _draw(figure, theme, scenario, drawn: list[Engine]) -> None:
    ax = figure.add_subplot()
    everything = [c for e in drawn for _, c in e.runs] + [e.merged for e in drawn if e.merged]
    last = max(c.x[-1] for c in everything)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(1, max(last, 10) * 1.02)
    lines = [(e.cell, c) for e in drawn for c in [*(c for _, c in e.runs), e.merged] if c]
    ax.set_ylim(*common.limits([(cell, v) for cell, c in lines for v in (c.y[0], c.y[-1])]))
    ends = []
    for engine in drawn:
        look = style.engine_style(engine.cell.engine["name"])
        colour = theme.colour(look)
        for valid, c in engine.runs:
            rings = dict(marker="o", markevery=10, markersize=4.5, markerfacecolor=theme.paper) if not valid else {}
            ax.plot(c.x, c.y, color=colour, linewidth=0.7, alpha=0.45 if valid else 0.8, zorder=2, **rings)
        main = engine.merged
        if main:
            marks = np.flatnonzero(np.diff(np.floor(np.log10(main.x) + 1e-9)) > 0) + 1
            ax.plot(
                main.x, main.y, color=colour, linewidth=2.2, linestyle=look.dash, zorder=3, marker=look.marker,
                markevery=list(marks), markersize=6, markeredgecolor=theme.paper, markeredgewidth=0.7,
            )  # fmt: skip
        ends.append((main or engine.runs[0][1], engine, colour, look))
    _axes(ax, last)
    ax.set_title(common.plain(scenario.name, 80))
    ax.set_ylabel("response time")
    ax.set_xlabel("share of messages done within that time")
    _label_ends(ax, theme, ends)


def _axes(ax, last: float) -> None:
    ticks = [1, 2] + [10**k for k in range(1, 9) if 10**k <= max(last, 10) * 1.02]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter([percent(t) for t in ticks]))
    ax.xaxis.set_minor_locator(NullLocator())
    common.log_axis(ax.yaxis, 12)


def _label_ends(ax, theme, ends) -> None:
    """Names at the right edge, level with the curves' ends as far as there is room, with a thread to each."""
    ends = sorted(ends, key=lambda end: end[0].y[-1])
    low, high = np.log10(ax.get_ylim())
    right = np.log10(ax.get_xlim()[1])
    # In fractions of the axes, on which a line of text is 0.055 high.
    wanted = [(np.log10(c.y[-1]) - low) / (high - low) for c, *_ in ends]
    placed = common.spread_apart([max(at, 0.0) for at in wanted], 0.055)
    shift = max(0, placed[-1] - 1) or min(0, placed[0])
    for end, at, (c, engine, colour, look) in zip(wanted, placed, ends):
        at -= shift
        inside = end >= 0
        filled = engine.merged is not None
        style_ = dict(transform=ax.transAxes, clip_on=False, color=colour)
        if inside:
            ax.plot([np.log10(c.x[-1]) / right, 1.03], [end, at], linewidth=0.6, alpha=0.6, **style_)
        ax.plot([1.03, 1.075], [at, at], linestyle=look.dash, linewidth=2.2 if filled else 0.8, **style_)
        ax.plot(
            1.0525, at, marker=look.marker, markersize=5.5, markerfacecolor=colour if filled else theme.paper,
            markeredgewidth=0.7, **style_,
        )  # fmt: skip
        text = common.cell_label(engine.cell)
        if not inside and filled:
            text += f"\nbelow: {units.time(c.y[-1])} at the end"
        ax.annotate(text, (1.085, at), xycoords="axes fraction", va="center", fontsize=9, color=theme.ink, annotation_clip=False)
