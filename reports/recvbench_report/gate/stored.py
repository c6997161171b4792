"""A stored baseline and a run directory -> gate.json's document.

Run i of the baseline and run i of the candidate are a pair, in the order in which each side ran; the decision is the same as over
pairs that were measured back to back. For the scatter from run to run the sign tests hold as they do there: every run is used
once, so that a pair's change lies on either side of the true one equally often, and no pair tells of another. (Ratios to the
baseline's median would scatter less, and all of them would share its error.) What is lost:
  - power: nothing that both runs of a pair suffer cancels out. Hence the noise that the margins reckon with is that between the
    baseline's own runs at different times (baselines/agreement.py).
  - drift while a side is measured no longer falls on both. Of the baseline's, agreement.py has seen none beyond the margins.
  - all that happened to the machine between then and now counts as the candidate's. A note says so: only the base's build,
    measured beside the candidate, could tell, and that would be the better base.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Sequence

from recvbench_report.baselines import document as baselines, folder as folders
from recvbench_report.baselines.folder import Stored
from recvbench_report.baselines.text import age
from recvbench_report.gate import comparable, document, overall, sequential, slo
from recvbench_report.gate.cell import INVALID
from recvbench_report.gate.pairing import DuplicateRun, Pairing, by_cell
from recvbench_report.gate.records import sample
from recvbench_report.gate.sample import Pair, Sample
from recvbench_report.gate.sides import kinds, load_side, runs_by_cell, runs_of, side_of, warnings
from recvbench_report.load import InputError, RunDirectory


def judge(
    base: Path | None,
    candidate: Path,
    control: Path | None = None,
    slos: Sequence[slo.Slo] = (),
    options: overall.Options = overall.Options(),
    folder: Path = folders.DEFAULT,
) -> dict:
    """As sides.judge, which calls it for `base`, the file of a baseline. None: the one in `folder` of the candidate's machine."""
    if control:
        raise InputError(f"--control {control}: runs of the base from beside the candidate are a better base: gate {control} {candidate}")
    problems: dict[str, str] = {}
    after = load_side(runs_of, candidate, problems, INVALID)
    before = None
    if base is not None:
        before = load_side(lambda path: Stored(path, baselines.read(path)), base, problems, INVALID, overall.NO_BASELINE)
    notes = warnings(candidate, after)
    if base is None and after is not None:
        looked_up = load_side(lambda path: folders.of_machine(path, after.description), folder, problems, "", overall.NO_BASELINE)
        before, unusable = looked_up or (None, [])
        notes += [f"a baseline was not read: {line}" for line in unusable]
    names = document.Side(*_told(before, base or folder)), side_of(candidate, after)
    checks = [check for one in slos for check in slo.check(one, runs_by_cell(after))]
    environment = after.label if after else ""
    if before is None or after is None:
        return document.build(None, *names, environment=environment, slo=checks, notes=notes, problems=problems, options=options)
    found = _pair(before.document, after)
    if found.cells:
        notes.append(_apart(before.document, after.runs))
    notes += [f"{cell}: {count} runs have no partner in the baseline" for cell, count in found.unpaired.items()]
    notes += kinds(found.cells, after.runs)
    result = sequential.decide(found.cells, noise=baselines.noise(before.document)) if found.cells else None
    missing = document.Missing(found.new, found.gone, found.incomparable)
    return document.build(
        result, *names, environment=environment, missing=missing, slo=checks, notes=notes, problems=problems, options=options
    )


def _told(before: Stored | None, looked_at: Path) -> tuple[str, str]:
    if before is None:
        return str(looked_at), ""
    return before.name, f"stored baseline of {baselines.about(before.document)}, {before.document['measured']['from']}"


def _pair(baseline: dict, directory: RunDirectory) -> Pairing:
    differences = comparable.machines(baseline, directory.description)
    try:
        measured = by_cell(directory.runs, "candidate")
    except DuplicateRun as error:
        raise InputError(str(error)) from error
    found = Pairing()
    for cell in dict.fromkeys([*baseline["cells"], *measured]):
        stored, runs = baseline["cells"].get(cell), measured.get(cell)
        if stored is None:
            found.new.append(cell)
        elif runs is None:
            found.gone.append(cell)
        elif why := differences or comparable.cells([baselines.record(stored)], runs.values()):
            found.incomparable[cell] = why
        else:
            bases, candidates = baselines.samples(stored), [sample(runs[round_]) for round_ in sorted(runs)]
            found.cells[cell] = [Pair(_beside(base, one), one) for base, one in zip(bases, candidates)]
            if len(candidates) > len(bases):
                found.unpaired[cell] = len(candidates) - len(bases)
    return found


def _beside(base: Sample, candidate: Sample) -> Sample:
    """What the candidate has and the baseline has not is said not to be compared."""
    lacking = candidate.figures.keys() - base.figures.keys()
    return Sample(True, base.figures, not_gated=dict.fromkeys(lacking, "it is not in the baseline"))


def _apart(baseline: dict, runs: Sequence[dict]) -> str:
    began = datetime(1970, 1, 1) + timedelta(seconds=min(run["timing"]["started_unix_ns"] for run in runs) // 1_000_000_000)
    until = baseline["measured"]["to"]
    later_s = (began - baselines.moment(until)).total_seconds()
    return (
        f"the base is a stored series, measured until {until}, {age(abs(later_s))} {'before' if later_s >= 0 else 'after'} the "
        "candidate: what changed on the machine in between counts as the candidate's, and no test can tell the two apart"
    )
