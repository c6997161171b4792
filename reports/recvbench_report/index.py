"""An index of a history directory: one self-contained HTML page with a row for each measurement in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from recvbench_report import html, verdict
from recvbench_report.history import History
from recvbench_report.trend import terminal
from recvbench_report.trend.series import Series


@dataclass(frozen=True)
class Row:
    name: str
    started: str
    environment: str  # "Wine 8.0, not Windows"; "" on a real system
    machine: str
    build: str
    what: str  # "8 engines, 3 scenarios"
    level: str  # of the verdict
    headline: str
    points: list[str]
    report: str | None  # link to its report.html, where there is one


def render(history: History, series: list[Series], root: Path) -> str:
    """`root`: where the page will lie; links lead from there."""
    return html.environment().get_template("index.html.j2").render(
        rows=[_row(entry, root) for entry in reversed(history.entries)],
        unusable=history.unusable,
        changes=[_change(one, change) for one in series for change in one.changes],
        series_count=len(series),
        note=terminal.NOTE,
    )  # fmt: skip


def _change(one: Series, change) -> tuple[str, str, str, str]:
    machine = terminal.machine(one.directory.description["environment"])
    return f"{one.cell.label}/{one.scenario}", one.metric.title, machine, terminal.told(one, change)


def _row(entry, root: Path) -> Row:
    description, runs = entry.directory.description, entry.directory.runs
    fingerprint, tool = description["environment"]["fingerprint"], description["tool"]
    told = verdict.verdict(entry.directory)
    engines, scenarios = len({run["engine"]["label"] for run in runs}), len({run["scenario"]["name"] for run in runs})
    return Row(
        entry.name,
        entry.started,
        entry.directory.label,
        f"{fingerprint['cpu_model']}, {fingerprint['logical_cpus']} CPUs, {fingerprint['os']}",
        f"{tool['version']}" + (f" ({tool['git_revision']})" if tool["git_revision"] else "") + f", {fingerprint['compiler']}",
        f"{engines} engine{'s' * (engines != 1)}, {scenarios} scenario{'s' * (scenarios != 1)}",
        told.level,
        told.headline,
        told.points,
        link(entry.path / "report.html", root) if (entry.path / "report.html").is_file() else None,
    )


def link(target: Path, root: Path) -> str:
    """Relative, so that the directory can be moved; whatever the names hold, it is a path and no other kind of address."""
    # As bytes: a file's name need not be text.
    return "./" + quote(os.fsencode(Path(os.path.relpath(target.resolve(), root.resolve())).as_posix()))
