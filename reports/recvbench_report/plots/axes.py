"""Axes that several plots have: values of what was swept, and rates. Times are common.log_axis."""

from __future__ import annotations

import math

from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from recvbench_report import units


def values_axis(ax, texts: dict[float, str], most_names: int = 7) -> None:
    """A tick at every value, named where there is room. Zero has no place on a log axis: then it is linear."""
    logarithmic = min(texts) > 0
    steps = [math.log2(value) for value in texts] if logarithmic else list(texts)
    room = (steps[-1] - steps[0]) / most_names
    ends = (steps[0] - room / 2, steps[-1] + room / 2)
    if logarithmic:
        ax.set_xscale("log", base=2)
    ax.set_xlim(*(2**end for end in ends) if logarithmic else ends)
    names, last = [], -math.inf
    for at, text in zip(steps, texts.values()):
        names.append(text if at - last >= room else "")
        last = at if at - last >= room else last
    ax.xaxis.set_major_locator(FixedLocator(list(texts)))
    ax.xaxis.set_major_formatter(FixedFormatter(names))
    ax.xaxis.set_minor_locator(NullLocator())


def rate_axis(ax, figures: list[float]) -> None:
    """Rates from 0: their differences are seen as large as they are."""
    ax.set_ylim(0, max(figures) * 1.08)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.round_rate(value)))
