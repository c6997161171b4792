"""Crossovers: two engines' ratio along an axis that was swept, a panel for each pair."""

from __future__ import annotations

import math

from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from recvbench_report import crossover, units
from recvbench_report.plots import axes, common

TITLE = "Crossovers"
NOTE = {
    "shows": "Two engines at each value of what was swept: the first one's figure divided by the second's (throughput: the other "
    "way round), so that below 1 the first is ahead. A dot is the median over pairs of runs of the same round, the bar its exact "
    "sign-test interval (95 %); dots are hollow where the interval holds 1 or cannot be given. The shaded stretch is "
    "where one overtakes the other.",
    "read": "A crossover lies between two values at which different engines are ahead; inside the stretch no significant "
    "difference was found, or nothing was measured. The text above says the same with numbers.",
    "cannot": "It does not say where inside the stretch the lines cross: measure more values there. No significant "
    "difference is no proof of equality. Intervals are not corrected for the number of comparisons, so of 20 pairs that are "
    "equal one may show a difference; a crossover needs two that disagree.",
}
MOST_PANELS = 6
_COLUMNS = 3


def plots(results: list[crossover.Result], label: str) -> list[common.Plot]:
    """Of a sweep's metric where engines cross or there are few of them; pairs that cross come first."""
    return [plot for result in results if (plot := _plot(result, label))]


def drawn(result: crossover.Result) -> list[crossover.Pair]:
    able = [pair for pair in result.pairs if any(c.ratio and c.ratio.low is not None for c in pair.comparisons)]
    if not result.crossing and len(able) > MOST_PANELS // 2:
        return []
    return sorted(able, key=lambda pair: not pair.crossings)[:MOST_PANELS]


def _plot(result: crossover.Result, label: str) -> common.Plot | None:
    pairs = drawn(result)
    if not pairs:
        return None
    title = common.plain(result.title, 100)
    alt = f"{title}. " + " ".join(f"{crossover.headline(pair)}. {'; '.join(crossover.told(pair))}." for pair in pairs)
    columns = min(_COLUMNS, len(pairs))
    rows = math.ceil(len(pairs) / columns)
    values = result.sweep.texts

    def draw(figure, theme) -> None:
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).flat
        reach = _reach(pairs)
        for ax, pair in zip(panels, pairs):
            _panel(ax, theme, pair, reach)
            axes.values_axis(ax, values)
            ax.set_xlabel(result.sweep.axis)
        for ax in list(panels)[len(pairs) :]:
            ax.set_axis_off()
        first = figure.axes[0]
        first.set_title(f"{title}\n{first.get_title(loc='left')}", linespacing=1.8)
        first.set_ylabel("ratio, first to second")

    return common.render(title, alt, 0.6 + 2.7 * rows, label, draw)


def _reach(pairs: list[crossover.Pair]) -> float:
    """How far the axis goes to both sides of 1."""
    ends = [end for pair in pairs for c in pair.comparisons if c.ratio for end in (c.ratio.median, c.ratio.low, c.ratio.high) if end]
    return max(1.25, *(max(end, 1 / end) for end in ends)) * 1.1


def _panel(ax, theme, pair: crossover.Pair, reach: float) -> None:
    ax.set_yscale("log")
    ax.set_ylim(1 / reach, reach)
    ax.set_title("\n".join([common.plain(pair.engines[0], 36), "to " + common.plain(pair.engines[1], 33)]))
    for crossing in pair.crossings:
        ax.axvspan(crossing.last.value, crossing.first.value, color=theme.muted, alpha=0.22, linewidth=0, zorder=0)
    ax.axhline(1, color=theme.muted, linewidth=1, zorder=1)
    shown = [c for c in pair.comparisons if c.ratio]
    ax.plot([c.value for c in shown], [c.ratio.median for c in shown], color=theme.ink, linewidth=1, alpha=0.6, zorder=2)
    for c in shown:
        if c.ratio.low is not None:
            ax.plot([c.value] * 2, [c.ratio.low, c.ratio.high], color=theme.ink, linewidth=1.6, zorder=3)
    common.run_marks(ax, [(c.value, c.ratio.median, c.ahead is not None) for c in shown], theme.ink, theme, size=6)
    low, high = (1 / reach) ** 0.9, reach**0.9
    for text, y in ((f"{pair.engines[0]} ahead", low), (f"{pair.engines[1]} ahead", high)):
        ax.text(0.02, y, common.plain(text, 40), transform=ax.get_yaxis_transform(), fontsize=8, color=theme.muted, va="center")
    subs = (0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 3) if reach < 4 else (1, 2, 5) if reach < 30 else (1,)
    ax.yaxis.set_major_locator(LogLocator(subs=subs, numticks=99))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.digits(value)))
    ax.yaxis.set_minor_locator(NullLocator())
