"""Small multiples with a row per engine: panels share the rows and the scale, so that they can be compared across."""

from __future__ import annotations

from recvbench_report import style
from recvbench_report.plots import common


def engine_rows(scenarios) -> list[str]:
    """Labels over all scenarios, in the order of the table of styles, synthetic ones last."""
    rank = {name: i for i, name in enumerate(style.ENGINES)}
    cells = {cell.label: cell for s in scenarios for cell in s.cells}
    return sorted(cells, key=lambda n: (cells[n].kind == "synthetic", rank.get(cells[n].engine["name"], len(rank)), n))


def height(rows: int, panel_rows: int) -> float:
    return panel_rows * (0.26 * rows + 0.75) + 0.25


def prepare(ax, theme, scenario, rows: list[str], title: str, names: bool, limits: tuple[float, float]) -> dict[str, int]:
    """Sets the panel up; returns the y of each engine. Engines without a run here are said to have none."""
    at = {name: i for i, name in enumerate(rows)}
    # Panels beside this one share the names, so they say nothing that holds for this panel only.
    here = {cell.label for cell in scenario.cells}
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)))
    ax.set_yticklabels([common.plain(name, 28) for name in rows] if names else [])
    ax.tick_params(axis="y", length=0, labelcolor=theme.ink)
    ax.tick_params(axis="x", length=3)
    ax.grid(axis="y", linewidth=0.4)
    ax.spines["left"].set_visible(False)
    ax.set_title(common.plain(title, 60))
    for name in rows:
        if name not in here:
            value_column(ax, theme, at[name], "not run")
    return at


def value_column(ax, theme, y: float, text: str) -> None:
    """The row's number, right of the panel: beside the marks it would pass for the value of the nearest ring."""
    ax.annotate(
        text, (1, y), xycoords=ax.get_yaxis_transform(), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5,
        color=theme.ink if text[0].isdigit() else theme.muted, annotation_clip=False,
    )  # fmt: skip


def off_scale_mark(ax, y: float, colour: str) -> None:
    """Points to where the value lies, left of the scale."""
    ax.plot(0.012, y, marker="<", markersize=5, color=colour, transform=ax.get_yaxis_transform(), clip_on=False)
