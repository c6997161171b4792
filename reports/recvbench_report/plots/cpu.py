"""Receiver CPU time per message: a panel per scenario, a row per engine, a dot per run."""

from __future__ import annotations

import math
import statistics

from recvbench_report import style, units
from recvbench_report.plots import common, rows

TITLE = "CPU per message"
NOTE = {
    "shows": "User and kernel CPU time of the receiver process in the measured window, divided by the messages received in "
    "it. A dot is one run; the bar and the number are the median of an engine's valid runs. Rings are invalid runs.",
    "read": "Further left is cheaper. At a fixed rate all engines do the same work, so the distance between rows is what the "
    "receive model costs. The null engine is the harness alone: the floor that every other row stands on.",
    "cannot": "It leaves out what other processes do for the receiver (named in the environment table, as the wineserver "
    "under Wine) and what the network stack does on nobody's account. \"n/a\" means that the run used too little CPU for the "
    "system's clock to resolve.",
}


def values(cell) -> tuple[list[tuple[float, bool]], float | None]:
    """(ns per message, valid?) of the runs that have the figure, and the median of the valid ones."""
    runs = [(run["cost"]["cpu_ns_per_message"], run["valid"]) for run in cell.runs]
    runs = [(value, valid) for value, valid in runs if value]
    valid = [value for value, ok in runs if ok]
    return runs, statistics.median(valid) if valid else None


def plot(scenarios, label: str) -> common.Plot | None:
    drawn = [(c, v) for s in scenarios for c in s.cells for v, _ in values(c)[0]]
    if not drawn:
        return None
    alt = "CPU time per message, median of valid runs. " + " ".join(
        f"{s.name}: " + ", ".join(f"{common.cell_label(c)} {units.time(values(c)[1])}" for c in s.cells) + "." for s in scenarios
    )
    names = rows.engine_rows(scenarios)
    columns = min(2, len(scenarios))
    panel_rows = math.ceil(len(scenarios) / columns)
    limits = common.margins([v for c, v in drawn if not common.off_scale(c)] or [v for _, v in drawn], right=1.35)

    def draw(figure, theme) -> None:
        axes = figure.subplots(panel_rows, columns, squeeze=False).flat
        for i, scenario in enumerate(scenarios):
            _panel(axes[i], theme, scenario, names, i % columns == 0, limits)
        for ax in list(axes)[len(scenarios) :]:
            ax.set_axis_off()

    return common.render(TITLE, alt, rows.height(len(names), panel_rows), label, draw)


def _panel(ax, theme, scenario, names, labelled, limits) -> None:
    at = rows.prepare(ax, theme, scenario, names, scenario.name, labelled, limits)
    common.log_axis(ax.xaxis, 6)
    for cell in scenario.cells:
        y = at[cell.label]
        look = style.engine_style(cell.engine["name"])
        colour = theme.colour(look)
        runs, median = values(cell)
        for value, valid in runs:
            common.run_mark(ax, value, y, valid, colour, theme, look.marker)
        if median:
            ax.plot([median] * 2, [y - 0.32, y + 0.32], color=colour, linewidth=2, zorder=4)
        if runs:
            text = units.time(median) if median else "invalid"
            rows.value_label(ax, theme, max(value for value, _ in runs), y, text)
        else:
            rows.missing_label(ax, theme, y, units.MISSING)
