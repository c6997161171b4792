"""Two files of Google Benchmark's JSON, and a third for the control -> gate.json's document.

Repetition i of the one file and repetition i of the other are a pair. They were not measured back to back, which is said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Sequence

from recvbench_report import gbench
from recvbench_report.gate import calibration, document, overall, sequential, slo
from recvbench_report.gate.cell import INVALID
from recvbench_report.gate.pairing import Pairing
from recvbench_report.gate.sample import Pair
from recvbench_report.gate.sides import NO_CONTROL, calibrates, load_side, why_not
from recvbench_report.load import InputError

NOT_INTERLEAVED = (
    "no benchmark's repetitions were measured back to back with the other file's: what changed on the machine between the two "
    "counts as the candidate's"
)


def meant(paths: Sequence[Path | None]) -> bool:
    """Throws InputError where files and run directories are mixed."""
    given = [path for path in paths if path and path.exists()]
    files = [path for path in given if path.is_file()]
    if files and len(files) < len(given):
        other = next(path for path in given if path not in files)
        raise InputError(f"{files[0]} is a file and {other} a directory: compared are run directories, or files of Google Benchmark")
    return bool(files)


def judge(base: Path, candidate: Path, control: Path | None, slos: Sequence[slo.Slo], options: overall.Options) -> dict:
    """As sides.judge, which calls it."""
    if slos:
        raise InputError(f"--slo {slos[0].text!r}: response times are not among what Google Benchmark's files hold")
    problems: dict[str, str] = {}
    before = load_side(gbench.load, base, problems, INVALID, overall.NO_BASELINE)
    after = load_side(gbench.load, candidate, problems, INVALID)
    again = load_side(gbench.load, control, problems, INVALID) if control else None
    names = document.Side(str(base), _about(before)), document.Side(str(candidate), _about(after))
    if before is None or after is None or control and again is None:
        return document.build(None, *names, problems=problems, options=options)
    found = pair(before, after)
    aa = pair(before, again) if again else Pairing()
    notes = [f"{name}: {count} repetitions have no partner" for name, count in found.unpaired.items()]
    notes += ([NOT_INTERLEAVED] + ([] if control else [NO_CONTROL])) if found.cells else []
    if control and not aa.cells:
        problems[INVALID] = f"{control}: no benchmark can be compared with the base's: {why_not(aa)}"
    noise = calibration.calibrate({name: pairs for name, pairs in aa.cells.items() if calibrates(pairs)}, gbench.METRICS)
    named = {f"{name} (A/A)": pairs for name, pairs in aa.cells.items()}
    result = sequential.decide(found.cells, named, gbench.METRICS, noise) if found.cells else None
    missing = document.Missing(found.new, found.gone, found.incomparable)
    return document.build(result, *names, missing=missing, notes=notes, problems=problems, options=options)


def pair(base: gbench.Benchmarks, candidate: gbench.Benchmarks) -> Pairing:
    differences = machines(base.machine, candidate.machine)
    found = Pairing()
    for name in dict.fromkeys([*base.cells, *candidate.cells]):
        before, after = base.cells.get(name), candidate.cells.get(name)
        if before is None:
            found.new.append(name)
        elif after is None:
            found.gone.append(name)
        elif differences:
            found.incomparable[name] = differences
        else:
            found.cells[name] = [Pair(*samples) for samples in zip(before, after)]
            if alone := abs(len(before) - len(after)):
                found.unpaired[name] = alone
    return found


def machines(base: dict, candidate: dict) -> list[str]:
    """What of the contexts forbids to compare anything; [] where nothing does."""
    keys = [key for key in dict.fromkeys([*base, *candidate]) if base.get(key) != candidate.get(key)]
    return [f"{key}: {_told(base, key)} in the base, {_told(candidate, key)} in the candidate" for key in keys]


def _told(context: dict, key: str) -> str:
    return json.dumps(context[key]) if key in context else "none"


def _about(benchmarks: gbench.Benchmarks | None) -> str:
    executable = benchmarks.context.get("executable") if benchmarks else None
    return executable if isinstance(executable, str) else ""
