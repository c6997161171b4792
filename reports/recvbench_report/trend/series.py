"""Series of medians by machine, cell and metric, and their change points."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from typing import Callable

from recvbench_report import change_points
from recvbench_report.gate import metrics, records
from recvbench_report.gate.sample import usable
from recvbench_report.history import Entry
from recvbench_report.load import Cell, RunDirectory

METRICS = (metrics.P50, metrics.P99, metrics.P999, metrics.THROUGHPUT, metrics.CPU)
# That a history in which nothing ever changes shows a change, in whichever of its series.
FALSE_ALARMS = 0.05


@dataclass(frozen=True)
class Key:
    """What the points of a series share. What differs in any of it was measured otherwise, and is never joined."""

    fingerprint: str
    cell: str
    parameters: str

    @staticmethod
    def of(directory: RunDirectory, cell: Cell) -> Key:
        run = (cell.valid or cell.runs)[0]  # one that failed may not know all of its own settings
        kept = {
            "engine": {key: value for key, value in run["engine"]["settings"].items() if key != "socket_receive_buffer_bytes"},
            "scenario": run["scenario"],
            "generator": {key: run["generator"][key] for key in ("platform", "threads", "cpus")},
            "timing": {key: run["timing"][key] for key in ("warmup_ns", "duration_ns")},
        }
        # Without what is not there: later versions may know of more that can be asked for, and was not.
        kept = {part: {key: value for key, value in of.items() if value} for part, of in kept.items()}
        return Key(directory.description["environment"]["fingerprint"]["hash"], cell.name, json.dumps(kept, sort_keys=True))


@dataclass(frozen=True)
class Point:
    entry: Entry
    value: float  # median of the entry's valid runs


@dataclass
class Series:
    key: Key
    cell: Cell  # of the last point's entry
    scenario: str
    metric: metrics.Metric
    points: list[Point]
    least_points: int = 0  # with fewer, no change could be shown
    changes: list[change_points.Change] = field(default_factory=list)

    @property
    def state(self) -> str:
        return "too few points" if len(self.points) < self.least_points else "changed" if self.changes else "no change shown"

    @property
    def directory(self) -> RunDirectory:
        return self.points[-1].entry.directory

    @property
    def show(self) -> Callable[[float], str]:
        return metrics.SHOW[self.metric.unit]

    def worse(self, change: change_points.Change) -> bool:
        return (change.after > change.before) == self.metric.lower_is_better


def of_history(entries: list[Entry]) -> list[Series]:
    """By machine in the order of their first entry, then by cell in the report's order, then by metric."""
    found: dict[tuple[Key, str], Series] = {}
    for entry in entries:
        for scenario in entry.directory.scenarios:
            for cell in scenario.cells:
                # A search's probes were made to choose the next, each at another rate.
                if cell.runs[0].get("probe") is None:
                    _add(found, entry, scenario.name, cell)
    series = list(found.values())
    # As many chances of a false alarm as there are series that can be tested at all.
    tested = sum(len(one.points) >= 2 * change_points.LEAST_SIDE for one in series)
    alpha = FALSE_ALARMS / max(tested, 1)
    for one in series:
        one.least_points = change_points.least_values(alpha)
        if len(one.points) >= one.least_points:
            one.changes = change_points.changes([point.value for point in one.points], alpha, one.metric.min_effect)
    machines = list(dict.fromkeys(one.key.fingerprint for one in series))
    return sorted(series, key=lambda one: (machines.index(one.key.fingerprint), one.scenario, one.cell.position, METRICS.index(one.metric)))


def _add(found: dict[tuple[Key, str], Series], entry: Entry, scenario: str, cell: Cell) -> None:
    key = Key.of(entry.directory, cell)
    samples = [records.sample(run) for run in cell.valid]
    for metric in METRICS:
        values = [sample.figures.get(metric.key) for sample in samples]
        # Where one run lacks the figure, the rest are no fair sample.
        if values and all(usable(value) and value > 0 for value in values):
            series = found.setdefault((key, metric.key), Series(key, cell, scenario, metric, []))
            series.points.append(Point(entry, statistics.median(values)))
            series.cell = cell
