"""What moved from one baseline or run directory to another: for people, and no verdict. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Mapping

from recvbench_report.baselines import document as documents
from recvbench_report.gate import comparable
from recvbench_report.gate.metrics import METRICS, Metric
from recvbench_report.gate.records import sample
from recvbench_report.gate.sample import usable
from recvbench_report.load import RunDirectory


@dataclass(frozen=True)
class Cell:
    records: list[dict]  # for comparable.cells
    figures: Mapping[str, list[float]]  # by Metric.key, of valid runs


@dataclass(frozen=True)
class Side:
    name: str
    about: str  # what was measured: "recvbench 0.1.0 (1910f60)"
    description: dict  # for comparable.machines
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Moved:
    """A metric's medians on both sides; None where a side has no figure."""

    metric: Metric
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """As people read it: after / before - 1 or, of a difference, after - before."""
        change = self.metric.change(self.before, self.after)
        return None if change is None else self.metric.share(change)


@dataclass
class Differences:
    before: Side
    after: Side
    machines: list[str]
    cells: dict[str, list[Moved]] = field(default_factory=dict)  # of both sides
    parameters: dict[str, list[str]] = field(default_factory=dict)  # of them, those that were measured otherwise, and how
    gone: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


def of_baseline(name: str, document: dict) -> Side:
    cells = {
        cell: Cell([documents.record(stored)], {key: metric["samples"] for key, metric in stored["metrics"].items()})
        for cell, stored in document["cells"].items()
    }
    return Side(name, documents.about(document), document, cells)


def of_runs(name: str, about: str, directory: RunDirectory) -> Side:
    cells: dict[str, Cell] = {}
    for run in directory.runs:
        cell = cells.setdefault(run["cell"], Cell([], {}))
        cell.records.append(run)
        if run["valid"]:
            for key, figure in sample(run).figures.items():
                if usable(figure):
                    cell.figures.setdefault(key, []).append(figure)
    return Side(name, about, directory.description, cells)


def between(before: Side, after: Side) -> Differences:
    found = Differences(before, after, comparable.machines(before.description, after.description))
    for name in dict.fromkeys([*before.cells, *after.cells]):
        one, other = before.cells.get(name), after.cells.get(name)
        if other is None:
            found.gone.append(name)
        elif one is None:
            found.new.append(name)
        else:
            if lines := comparable.cells(one.records, other.records):
                found.parameters[name] = lines
            medians = [(metric, _median(one, metric), _median(other, metric)) for metric in METRICS]
            found.cells[name] = [Moved(*row) for row in medians if row[1] is not None or row[2] is not None]
    return found


def _median(cell: Cell, metric: Metric) -> float | None:
    figures = cell.figures.get(metric.key)
    return statistics.median(figures) if figures else None
