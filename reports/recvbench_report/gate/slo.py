"""Absolute bounds: --slo 'iocp/*: p99<2ms'. Pure."""

from __future__ import annotations

import fnmatch
import math
import re
import statistics
from dataclasses import dataclass

from recvbench_report import loss, units
from recvbench_report.gate.sequential import Rules

PERCENTILES = ("p50", "p90", "p99", "p999")
ALLOWED = (
    "a pattern of cells (engine/scenario, with * and ?), a colon, p50, p90, p99 or p999, <, and a time up to 30m, "
    "such as 'iocp/*: p99<2ms'"
)
MOST_NS = 1_800_000_000_000
_UNITS_NS = {"": 1e9, "ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "min": 60e9, "h": 3600e9}

MET, MISSED, INVALID = "PASS", "MISSED", "INVALID"


class BadSlo(ValueError):
    pass


@dataclass(frozen=True)
class Slo:
    text: str  # as typed
    cells: str  # a pattern
    percentile: str
    limit_ns: int

    def matches(self, cell: str) -> bool:
        # Case matters on every system; '[' is no pattern here.
        return fnmatch.fnmatchcase(cell, self.cells.replace("[", "[[]"))


def parse(text: str) -> Slo:
    """Throws BadSlo. The bound is as in `recvbench search --slo`."""
    cells, colon, bound = text.rpartition(":")
    match = re.fullmatch(r"(\w+)\s*<\s*([0-9.]+(?:e[+-]?[0-9]+)?)([a-z]*)", bound.strip(), re.ASCII | re.IGNORECASE)
    if colon and cells.strip() and match and match[1] in PERCENTILES:
        try:
            limit_ns = float(match[2]) * _UNITS_NS[match[3].lower()]
        except (ValueError, KeyError):
            limit_ns = math.nan
        if 1 <= limit_ns <= MOST_NS:
            return Slo(text, cells.strip(), match[1], round(limit_ns))
    raise BadSlo(f"--slo {text!r}: must be {ALLOWED}")


@dataclass(frozen=True)
class Check:
    """One SLO of one cell."""

    slo: Slo
    cell: str
    verdict: str  # MET, MISSED, INVALID
    median_ns: float | None  # over the valid runs
    text: str


def check(slo: Slo, cells: dict[str, list[dict]]) -> list[Check]:
    """`cells`: all runs by cell. A pattern that is of no cell is INVALID: what was not measured is not met."""
    chosen = [cell for cell in cells if slo.matches(cell)]
    if not chosen:
        return [Check(slo, slo.cells, INVALID, None, "no cell of the candidate matches")]
    return [_check(slo, cell, cells[cell]) for cell in chosen]


def _check(slo: Slo, cell: str, runs: list[dict], rules: Rules = Rules()) -> Check:
    valid = [run for run in runs if run["valid"]]
    invalid = len(runs) - len(valid)
    if invalid >= rules.invalid_pairs or invalid > rules.most_invalid_share * len(runs):
        return Check(slo, cell, INVALID, None, f"{invalid} of {len(runs)} runs are not valid")
    figures = [(run["latency"]["response"] or {}).get(f"{slo.percentile}_ns") for run in valid]
    if not valid or any(figure is None for figure in figures):
        return Check(slo, cell, INVALID, None, f"a run has no {slo.percentile}")
    median = statistics.median(figures)
    told = f"{slo.percentile} {units.time(median)}, allowed {units.time(slo.limit_ns)}; median of {len(valid)} runs"
    if loss.too_much(valid):
        # What was lost has no latency, and would have been the slow ones.
        return Check(slo, cell, MISSED, median, f"{told}; {units.share(loss.worst(valid))} of the datagrams lost")
    return Check(slo, cell, MISSED if median > slo.limit_ns else MET, median, told)
