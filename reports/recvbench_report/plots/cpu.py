"""Receiver CPU time per message: a panel per scenario, a row per engine, a dot per run."""

from __future__ import annotations

import math

from recvbench_report import units
from recvbench_report.plots import common, row_plots, rows

TITLE = "CPU per message"
NOTE = {
    "shows": "User and kernel CPU time of the receiver process in the measured window, divided by the messages received in "
    "it. A dot is one run; the bar and the number are the median of an engine's valid runs. Rings are invalid runs.",
    "read": "Further left is cheaper; every scenario has its own scale. At a fixed rate all engines do the same work, so the "
    "distance between rows is what the receive model costs. The null engine is the harness alone, on receives made up in memory.",
    "cannot": "Under Wine it includes the Wine server's CPU time, which may have served others too; where the server was not found, the "
    "environment table says that it is left out. It leaves out what the network stack does on nobody's account. \"n/a\" means that the run used too little CPU for the "
    "system's clock to resolve.",
}

_FIGURE = row_plots.Figure(TITLE, lambda run: run["cost"]["cpu_ns_per_message"], units.time)
PANELS = 2  # scenarios in a plot: small ones can be left out of the page, and fit on paper


def values(cell) -> tuple[list[tuple[float, bool]], float | None]:
    """(ns per message, valid?) of the runs that have the figure, and the median of the valid ones."""
    return row_plots.values(_FIGURE, cell)


def plot(scenarios, label: str) -> common.Plot | None:
    if not any(values(c)[0] for s in scenarios for c in s.cells):
        return None
    alt = "CPU time per message, median of valid runs. " + " ".join(
        f"{s.name}: " + "; ".join(f"{common.cell_label(c)} {units.time(values(c)[1])}" for c in s.cells) + "." for s in scenarios
    )
    shared = rows.of(scenarios)
    columns = min(2, len(scenarios))
    panel_rows = math.ceil(len(scenarios) / columns)

    def draw(figure, theme) -> None:
        axes = figure.subplots(panel_rows, columns, squeeze=False).flat
        for i, scenario in enumerate(scenarios):
            _panel(axes[i], theme, scenario, shared, i % columns == 0)
        for ax in list(axes)[len(scenarios) :]:
            ax.set_axis_off()

    return common.render(TITLE, alt, rows.height(shared, panel_rows), label, draw)


def _panel(ax, theme, scenario, shared, labelled) -> None:
    drawn = [(cell, value) for cell in scenario.cells for value, _ in values(cell)[0]]
    limits = common.limits(drawn)
    rows.prepare(ax, theme, scenario, shared, scenario.name, labelled, limits)
    common.log_axis(ax.xaxis, 6)
    for cell in scenario.cells:
        y = shared.at[cell.label]
        colour = theme.colour(cell.look)
        runs, median = values(cell)
        shown = [(value, valid) for value, valid in runs if value >= limits[0]]
        drawn = common.run_marks(ax, [(value, y, valid) for value, valid in shown], colour, theme, cell.look.marker)
        if len(shown) < len(runs):
            drawn += rows.off_scale_mark(ax, y, colour)
        if median:
            drawn += ax.plot([median] * 2, [y - 0.32, y + 0.32], color=colour, linewidth=2, zorder=4)
        text = units.time(median) if median else "invalid" if runs else units.MISSING
        common.of_engine(cell, *drawn, rows.value_column(ax, theme, y, text))
