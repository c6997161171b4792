"""What a gate leaves behind: gate.json, and what is made of it for people and for a CI."""

import itertools

from recvbench_report.commands.gate import report
from recvbench_report.gate import document, overall, slo
from recvbench_report.terminal import write_atomically

from paired.failure import USAGE, GateError
from paired.progress import say


def build(asked, sides, trial, cells, measured, problems):
    """gate.json. sides: base and candidate; trial and measured: as far as it came; problems: {verdict: why nothing was compared}."""
    descriptions = trial.descriptions if trial else {}
    base, candidate = (document.side(side.about, descriptions.get(side.name)) for side in sides)
    by_cell, notes = {}, []
    if measured:
        for record in measured.candidate_records:
            by_cell.setdefault(record["cell"], []).append(record)
        if not measured.complete:
            notes.append(f"interrupted after {sum(len(cell.pairs) for cell in measured.result.cells)} pairs")
    return document.build(
        measured.result if measured else None, base, candidate, environment=descriptions["base"]["environment"]["label"] if trial else "",
        missing=document.Missing(cells.new, cells.gone, trial.incomparable if trial else {}),
        slo=[check for bound in asked.slo for check in slo.check(bound, by_cell)], notes=notes, problems=problems,
        options=overall.Options(asked.inconclusive, asked.allow_missing))  # fmt: skip


def write(asked, folder, found):
    """The exit code."""
    path = folder / "gate.json"
    try:
        write_atomically(path, document.text(found))
    except OSError as error:
        raise GateError(f"{path}: {error.strerror}", USAGE) from error
    code = report(found, asked)
    say(f"gate.json, runs of both sides: {folder}")
    return code


def sensitivity(rows, rules):
    """What preparation.sensitivity found, in lines for 80 columns: a line a cell, then its metrics."""
    first, last = rules.looks[0], rules.looks[-1]
    lines = [f"{'least change found (power 80 %) with':36} {f'{first} pairs':>9} {f'{last} pairs':>9} {'noise floor':>12}"]
    for cell, of_cell in itertools.groupby(rows, key=lambda row: row[0]):
        lines.append(cell)
        lines += [f"  {title:34} {at_first:>9} {at_last:>9} {floor:>12}" for _, title, floor, at_first, at_last in of_cell]
    return lines
