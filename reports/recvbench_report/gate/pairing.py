"""Two sets of runs -> pairs by cell and round, and what has no partner. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from recvbench_report.gate import comparable
from recvbench_report.gate.records import sample
from recvbench_report.gate.sample import Pair


class DuplicateRun(Exception):
    """A cell has two runs of one round: no telling which one is the pair's."""


@dataclass
class Pairing:
    cells: dict[str, list[Pair]] = field(default_factory=dict)  # to be compared, each in the order of its rounds
    new: list[str] = field(default_factory=list)  # the candidate's alone
    gone: list[str] = field(default_factory=list)  # the base's alone
    incomparable: dict[str, list[str]] = field(default_factory=dict)  # why, a line each
    unpaired: dict[str, int] = field(default_factory=dict)  # by compared cell: runs whose round the other side lacks
    apart: list[str] = field(default_factory=list)  # compared cells whose pairs were not measured one after the other


def pair(base: list[dict], candidate: list[dict], machines_differ: list[str]) -> Pairing:
    """`machines_differ`: what comparable.machines says; where it says anything, no cell is comparable.
    Throws DuplicateRun."""
    sides = [by_cell(base, "base"), by_cell(candidate, "candidate")]
    found = Pairing()
    for cell in dict.fromkeys([*sides[0], *sides[1]]):
        before, after = (side.get(cell) for side in sides)
        if before is None:
            found.new.append(cell)
        elif after is None:
            found.gone.append(cell)
        elif differences := machines_differ or comparable.cells(before.values(), after.values()):
            found.incomparable[cell] = differences
        else:
            rounds = sorted(before.keys() & after.keys())
            found.cells[cell] = [Pair(sample(before[r]), sample(after[r])) for r in rounds]
            if alone := len(before.keys() ^ after.keys()):
                found.unpaired[cell] = alone
            if not _interleaved([(before[r], after[r]) for r in rounds]):
                found.apart.append(cell)
    return found


def by_cell(runs: list[dict], side: str) -> dict[str, dict[int, dict]]:
    """The runs of each cell by round. Throws DuplicateRun."""
    cells: dict[str, dict[int, dict]] = {}
    for run in runs:
        rounds = cells.setdefault(run["cell"], {})
        if run["round"] in rounds:
            raise DuplicateRun(f"{side}: {run['cell']} has two runs of round {run['round']}")
        rounds[run["round"]] = run
    return cells


def _interleaved(pairs: list[tuple[dict, dict]]) -> bool:
    """Each pair's runs began after those of the pair before it."""
    begins = [sorted(run["timing"]["started_unix_ns"] for run in pair) for pair in pairs]
    return all(earlier[1] < later[0] for earlier, later in zip(begins, begins[1:]))
