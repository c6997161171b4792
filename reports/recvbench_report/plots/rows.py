"""The rows of plots with a row per engine: which there are, what stands beside them, how high they are."""

from __future__ import annotations

from dataclasses import dataclass

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


def of(scenario) -> Rows:
    """Its engines, in the report's order."""
    cells = sorted(scenario.cells, key=lambda cell: cell.position)
    names = labels.names(cells)
    return Rows(
        {cell.label: i for i, cell in enumerate(cells)},
        [common.broken(names.short[cell.label], _NAME_WIDTH) for cell in cells],
        names.shared,
        tuple(cells),
    )


def height(rows: Rows) -> float:
    """Of a plot, in inches: with a title, the panels' names and an axis."""
    return (0.11 + 0.15 * rows.lines) * len(rows.at) + 1.25
