"""Small multiples with a row per engine: panels share the rows and the scale, so that they can be compared across."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.artist import Artist

from recvbench_report import labels
from recvbench_report.plots import common

_NAME_WIDTH = 36  # characters of a line


@dataclass(frozen=True)
class Rows:
    at: dict[str, int]  # by label, from the top
    names: list[str]  # what stands beside them
    shared: str  # what the names leave out
    cells: tuple = ()  # one of each label

    @property
    def lines(self) -> int:
        return max(name.count("\n") + 1 for name in self.names)


def of(scenarios) -> Rows:
    """The labels of all scenarios, in the report's order."""
    cells = sorted({cell.label: cell for s in scenarios for cell in s.cells}.values(), key=lambda cell: cell.position)
    names = labels.names(cells)
    return Rows(
        {cell.label: i for i, cell in enumerate(cells)},
        [common.broken(names.short[cell.label], _NAME_WIDTH) for cell in cells],
        names.shared,
        tuple(cells),
    )


def height(rows: Rows, panel_rows: int) -> float:
    return panel_rows * ((0.11 + 0.15 * rows.lines) * len(rows.at) + 0.75) + 0.25


def prepare(ax, theme, scenario, rows: Rows, title: str, names: bool, limits: tuple[float, float]) -> None:
    """Sets the panel up. Engines without a run here are said to have none."""
    # Panels beside this one share the names, so they say nothing that holds for this panel only.
    here = {cell.label for cell in scenario.cells}
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    ax.set_ylim(len(rows.at) - 0.4, -0.6)
    ax.set_yticks(range(len(rows.at)))
    beside = ax.set_yticklabels(rows.names if names else [], linespacing=1)
    for cell, text in zip(rows.cells, beside):
        common.of_engine(cell, text)
    common.of_scenario(scenario, ax)
    ax.tick_params(axis="y", left=False, labelcolor=theme.ink)
    ax.tick_params(axis="x", length=3)
    ax.grid(axis="y", linewidth=0.4)
    ax.spines["left"].set_visible(False)
    ax.set_title(common.title(title, rows.shared if names else "", 48))
    for cell in rows.cells:
        if cell.label not in here:
            common.of_engine(cell, value_column(ax, theme, rows.at[cell.label], "not run"))


def value_column(ax, theme, y: float, text: str) -> Artist:
    """The row's number, right of the panel: beside the marks it would pass for the value of the nearest ring."""
    return ax.annotate(
        text, (1, y), xycoords=ax.get_yaxis_transform(), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5,
        color=theme.ink if text[0].isdigit() else theme.muted, annotation_clip=False,
    )  # fmt: skip


def off_scale_mark(ax, y: float, colour: str) -> list[Artist]:
    """Points to where the value lies, left of the scale."""
    return ax.plot(0.012, y, marker="<", markersize=5, color=colour, transform=ax.get_yaxis_transform(), clip_on=False)
