"""Two run directories, and a third for the control -> gate.json's document."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Container, Sequence, TypeVar

from recvbench_report import labels
from recvbench_report.gate import calibration, comparable, document, overall, sequential, slo
from recvbench_report.gate.cell import INVALID
from recvbench_report.gate.metrics import METRICS
from recvbench_report.gate.pairing import DuplicateRun, Pairing, pair
from recvbench_report.load import InputError, NoDirectory, NoRuns, RunDirectory, load

Read = TypeVar("Read")
NO_CONTROL = "without a control (the same build on both sides) nobody knows whether the machine was quiet"


def judge(
    base: Path,
    candidate: Path,
    control: Path | None = None,
    slos: Sequence[slo.Slo] = (),
    options: overall.Options = overall.Options(),
) -> dict:
    """`control`: a second run directory of the base's build, measured together with it. A base that is not there, and sides
    without a run, are verdicts; whatever else cannot be read is an InputError. All of them may be Google Benchmark's files, and the
    base alone a stored baseline."""
    from recvbench_report.gate import benchmark_files, stored  # which use this module

    if base.is_file() and not candidate.is_file():
        return stored.judge(base, candidate, control, slos, options)
    if benchmark_files.meant((base, candidate, control)):
        return benchmark_files.judge(base, candidate, control, slos, options)
    problems: dict[str, str] = {}
    before = load_side(runs_of, base, problems, INVALID, overall.NO_BASELINE)
    after = load_side(runs_of, candidate, problems, INVALID)
    again = load_side(runs_of, control, problems, INVALID) if control else None
    names = side_of(base, before), side_of(candidate, after)
    checks = [check for one in slos for check in slo.check(one, runs_by_cell(after))]
    environment = (after or before).label if after or before else ""
    notes = warnings(base, before) + warnings(candidate, after) + warnings(control, again)
    if before is None or after is None or control and again is None:
        return document.build(
            None, *names, environment=environment, slo=checks, notes=notes, problems=problems, options=options
        )
    found = _pair(before, after)
    aa = _pair(before, again) if again else Pairing()
    notes += _notes(found, aa if control else None) + kinds(found.cells, after.runs)
    missing = document.Missing(found.new, found.gone, found.incomparable)
    if control and not aa.cells:
        problems[INVALID] = f"{control}: no cell can be compared with the base's: {why_not(aa)}"
    noise = calibration.calibrate({cell: pairs for cell, pairs in aa.cells.items() if calibrates(pairs)}, METRICS)
    result = sequential.decide(found.cells, {f"{cell} (A/A)": pairs for cell, pairs in aa.cells.items()}, noise=noise)
    return document.build(
        result if found.cells else None, *names, environment=environment, missing=missing, slo=checks, notes=notes,
        problems=problems, options=options,
    )  # fmt: skip


def runs_of(path: Path) -> RunDirectory:
    return load(path, streams=())


def load_side(
    read: Callable[[Path], Read], path: Path, problems: dict[str, str], if_empty: str, if_absent: str | None = None
) -> Read | None:
    """None where there is nothing to read, and then `problems` says why; `if_absent` None: then it is an error."""
    try:
        return read(path)
    except NoRuns as error:
        problems[if_empty] = str(error)
    except NoDirectory as error:
        if if_absent is None:
            raise
        problems[if_absent] = f"no baseline: {error}"
    return None


def _pair(before: RunDirectory, after: RunDirectory) -> Pairing:
    try:
        return pair(before.runs, after.runs, comparable.machines(before.description, after.description))
    except DuplicateRun as error:
        raise InputError(str(error)) from error


def side_of(path: Path, directory: RunDirectory | None) -> document.Side:
    return document.side(str(path), directory.description if directory else None)


def runs_by_cell(directory: RunDirectory | None) -> dict[str, list[dict]]:
    cells: dict[str, list[dict]] = {}
    for run in directory.runs if directory else []:
        cells.setdefault(run["cell"], []).append(run)
    return cells


def warnings(path: Path | None, directory: RunDirectory | None) -> list[str]:
    if directory is None:
        return []
    lines = [f"{path}: {line}" for line in directory.warnings]
    if (status := directory.description["status"]) != "complete":
        lines.append(f"{path}: the measurement did not finish (status: {status})")
    return lines


def _notes(found: Pairing, control: Pairing | None) -> list[str]:
    lines = [f"{cell}: {count} runs have no partner of their round" for cell, count in found.unpaired.items()]
    if found.apart:
        which = "no cell's" if len(found.apart) == len(found.cells) else f"{len(found.apart)} of {len(found.cells)} cells'"
        told = f"{which} pairs" if which.startswith("no") else f"of {which} pairs, not all"
        lines.append(
            f"{told} were measured back to back: what changed on the machine between the two sides counts as the candidate's"
        )
    if control is None and found.cells:
        lines.append(NO_CONTROL)
    return lines


def kinds(cells: Container[str], runs: list[dict]) -> list[str]:
    """Of the compared cells, what is compared with its like, and says nothing of the real thing."""
    words = {"emulated": "ran on an emulation of its API", "synthetic": "received nothing from a network"}
    lines = []
    for kind, meaning in words.items():
        engines = dict.fromkeys(run["engine"]["label"] for run in runs if run["engine"][kind] and run["cell"] in cells)
        if engines:
            lines.append(f"{kind}: {labels.listing(list(engines))} {meaning}")
    return lines


def why_not(found: Pairing) -> str:
    return next((lines[0] for lines in found.incomparable.values()), "they have no cell in common")


def calibrates(pairs: list) -> bool:
    return sum(one.valid for one in pairs) >= calibration.LEAST_PAIRS
