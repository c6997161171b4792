"""The null control: cells with the same build on both sides, and what they say against the machine. Pure.

Any difference there is none of the builds'. One of a test's two signs is enough: the interval of its median excludes 0, or
the median is beyond half of the margin. The intervals are of 99 % for all tests together: of 600 simulated gates with four
metrics, on a machine with nothing wrong, the two signs condemn 3.5 % so; 5 % with 95 % together, and 12 % with 95 % each.
The median of few pairs strays, however, and more pairs acquit a machine that it condemned: see Gate.control_alone.
"""

from __future__ import annotations

from typing import Collection

from recvbench_report.gate.cell import INVALID, Cell
from recvbench_report.gate.evidence import Evidence

ALPHA = 0.01  # of all intervals together
DIFFERS = "differs between runs of the same build"
SCATTERS = "scatters too much: its median change is beyond half of the margin"


def contamination(control: Collection[Cell]) -> list[str]:
    """A line for everything that condemns the machine; empty where all is well."""
    invalid = [f"{cell.name}: {'; '.join(cell.reasons)}" for cell in control if cell.verdict == INVALID]
    return invalid + [f"{where} {sign}" for where, sign in _signs(control)]


def merely_scatters(control: Collection[Cell]) -> bool:
    """It condemns the machine now, and more pairs may acquit it."""
    return {sign for _, sign in _signs(control)} == {SCATTERS} and all(cell.is_open for cell in control)


def _signs(control: Collection[Cell]) -> list[tuple[str, str]]:
    """(cell and metric, DIFFERS or SCATTERS), as of the last look."""
    found = [(cell, test) for cell in control for test in cell.tests if test.evidence]
    tests = sum(len(cell.tests) for cell in control)
    signs = [(f"{cell.name}: {test.metric.title}", _sign(test.evidence, ALPHA / tests)) for cell, test in found]
    return [(where, sign) for where, sign in signs if sign]


def _sign(found: Evidence, alpha: float) -> str:
    interval = found.interval(alpha)
    if interval and not interval[0] <= 0 <= interval[1]:
        return DIFFERS
    return SCATTERS if abs(found.median) > found.margin / 2 else ""
