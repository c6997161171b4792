"""Two series of runs of one build on one machine -> a baseline, or why they do not agree. Pure.

A baseline is compared with runs that were measured at another time, so it must pass the gate's own test against itself, twice
and both ways round:
  back to back   run i of the one series with run i of the other: is the machine quiet?
  apart          the earlier half of all runs with the later half: does it stay what it is over the time that this took? So
                 will the gate pair them, and the noise that this shows is what the gate has to reckon with (margins).
What does not pass against itself would not let anything else pass. Drift over days is not seen here.

On the noise model of reports/tests/gate_simulation.py (32 pairs of 3 cells) 2 baselines in 60 are refused where the machine
wanders and drifts a tenth as much as there, 21 where a quarter, 47 where half, 58 where as much; of 112 gates of the same build
against the others none failed. (With 16 pairs of 5 cells 52 of 60 are refused on a machine that does neither: 13 of 16 pairs must be
within every margin.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Mapping, Sequence

from recvbench_report.baselines.document import SCHEMA, TIME
from recvbench_report.gate import calibration, comparable, exits, figures, sequential
from recvbench_report.gate.calibration import Noise
from recvbench_report.gate.cell import IMPROVED, INVALID, PASS, REGRESSED, Test
from recvbench_report.gate.evidence import complete
from recvbench_report.gate.metrics import METRICS, Metric
from recvbench_report.gate.pairing import DuplicateRun, Pairing, pair
from recvbench_report.gate.records import sample
from recvbench_report.gate.sample import Pair, Sample
from recvbench_report.load import RunDirectory

Pairs = Mapping[str, Sequence[Pair]]


class Refused(Exception):
    """No baseline is made of these: one line, and the exit code that goes with it."""

    def __init__(self, text: str, code: int):
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Agreement:
    """By cell, or by cell and Metric.key."""

    metrics: Mapping[str, Sequence[Metric]]
    series: Mapping[str, Sequence[Sample]]  # all usable runs in the order in which they ran
    noise: Mapping[tuple[str, str], Noise]  # between runs at different times
    back_to_back: Mapping[tuple[str, str], float]  # median changes, as people read them
    apart: Mapping[tuple[str, str], float]


def build(first: RunDirectory, second: RunDirectory, metrics: Sequence[Metric] = METRICS) -> dict:
    """The document of the baseline. `metrics`: those that are stored, of those that a cell has. Throws Refused."""
    _refuse_unlike(first, second)
    back_to_back = _paired(first, second)
    runs = sorted(first.runs + second.runs, key=_begin)
    _refuse_defects(runs)
    of_cell = {cell: [run for run in runs if run["cell"] == cell] for cell in sorted(back_to_back)}
    agreed = agree(back_to_back, {cell: [sample(run) for run in its] for cell, its in of_cell.items()}, metrics)
    return {
        "schema": SCHEMA,
        "tool": {key: first.description["tool"][key] for key in ("name", "version", "git_revision")},
        "environment": {key: first.description["environment"][key] for key in ("label", "fingerprint")},
        "measured": {"from": _utc(min(map(_begin, runs))), "to": _utc(max(map(_end, runs)))},
        "cells": {
            cell: {
                "parameters": comparable.parameters(next(run for run in its if run["valid"])),
                "metrics": {metric.key: _column(agreed, cell, metric) for metric in agreed.metrics[cell]},
            }
            for cell, its in of_cell.items()
        },
    }


def agree(back_to_back: Pairs, series: Mapping[str, Sequence[Sample]], metrics: Sequence[Metric] = METRICS) -> Agreement:
    """`series`: all runs of each cell in the order in which they ran. Throws Refused."""
    try:
        quiet = calibration.calibrate(back_to_back, metrics)
        known = {cell: [metric for metric in metrics if (cell, metric.key) in quiet] for cell in back_to_back}
        usable = {cell: [one for one in series[cell] if _is_usable(one, known[cell])] for cell in known}
        halves = {cell: _halves(samples) for cell, samples in usable.items()}
        changes = _level("back to back", back_to_back, metrics, quiet)
        noise = calibration.calibrate(halves, metrics)
    except calibration.TooFewPairs as error:
        raise Refused(str(error), exits.INVALID) from error
    return Agreement(known, usable, noise, changes, _level("between its earlier and its later runs", halves, metrics, noise))


def _refuse_unlike(first: RunDirectory, second: RunDirectory) -> None:
    for which, directory in (("first", first), ("second", second)):
        if (status := directory.description["status"]) != "complete":
            raise Refused(f"the {which} measurement did not finish (status: {status})", exits.INVALID)
    if lines := comparable.machines(first.description, second.description):
        raise Refused(f"the two were not measured alike: {lines[0]}", exits.USAGE)
    tools = [directory.description["tool"] for directory in (first, second)]
    if tools[0] != tools[1]:
        told = " and ".join(f"{tool['name']} {tool['version']} ({tool['git_revision']})" for tool in tools)
        raise Refused(f"the two must be of one build, and are of {told}", exits.USAGE)
    begun = {(run["cell"], _begin(run)) for run in first.runs}
    if again := next((run for run in second.runs if (run["cell"], _begin(run)) in begun), None):
        raise Refused(f"the two hold the same run of {again['cell']}: a series always agrees with itself", exits.USAGE)


def _paired(first: RunDirectory, second: RunDirectory) -> Pairs:
    try:
        found: Pairing = pair(first.runs, second.runs, [])
    except DuplicateRun as error:
        raise Refused(str(error), exits.USAGE) from error
    for cell, lines in found.incomparable.items():
        raise Refused(f"{cell}: the two were not measured alike: {lines[0]}", exits.USAGE)
    for cell in found.new + found.gone:
        raise Refused(f"{cell}: was measured in one of the two only", exits.INVALID)
    return found.cells


def _refuse_defects(runs: Sequence[dict]) -> None:
    for run in runs:
        if defects := sample(run).defects:
            raise Refused(f"{run['cell']}: a run with a defect is no baseline: {defects[0]}", exits.INVALID)


def _is_usable(one: Sample, metrics: Sequence[Metric]) -> bool:
    return one.valid and all(complete(metric, Pair(one, one)) for metric in metrics)


def _halves(samples: Sequence[Sample]) -> list[Pair]:
    half = len(samples) // 2
    return [Pair(*pair_) for pair_ in zip(samples[:half], samples[half:])]


def _level(how: str, cells: Pairs, metrics: Sequence[Metric], noise: Mapping[tuple[str, str], Noise]) -> dict[tuple[str, str], float]:
    """The median changes by cell and Metric.key, as people read them. Throws Refused where one is not shown to be level."""
    swapped = {cell: [Pair(one.candidate, one.base) for one in pairs] for cell, pairs in cells.items()}
    one_way, other_way = (sequential.decide(side, metrics=metrics, noise=noise).cells for side in (cells, swapped))
    for cell in (*one_way, *other_way):
        if cell.verdict == INVALID:
            raise Refused(f"{cell.name}: {'; '.join(cell.reasons)}", exits.INVALID)
    changes = {}
    for cell, reverse in zip(one_way, other_way):
        for test, back in zip(cell.tests, reverse.tests):
            change = changes[cell.name, test.metric.key] = test.metric.share(test.evidence.median)
            words = {test.verdict, back.verdict}
            if words != {PASS}:
                is_other = REGRESSED in words or IMPROVED in words
                raise Refused(_disagreement(cell.name, test, change, how, is_other), exits.INCONCLUSIVE)
    return changes


def _disagreement(cell: str, test: Test, change: float, how: str, is_other: bool) -> str:
    told = {"kind": "difference" if test.metric.is_difference else "ratio", "unit": test.metric.unit}
    median, margin = (figures.signed(told, one) for one in (change, calibration.as_effect(test.metric, test.evidence.margin)))
    found = "differs" if is_other else "is not shown to be level"
    advice = "is the machine quiet?" if is_other else "take more runs or longer ones, or --metric without it"
    return (
        f"{cell}: {test.metric.title} {found} between runs of the same build ({how}: {median} in the median of "
        f"{test.evidence.pairs} pairs, margin {margin.removeprefix('+')}): {advice}"
    )


def _begin(run: dict) -> int:
    return run["timing"]["started_unix_ns"]


def _end(run: dict) -> int:
    return _begin(run) + run["timing"]["warmup_ns"] + run["timing"]["duration_ns"]


def _utc(unix_ns: int) -> str:
    return (datetime(1970, 1, 1) + timedelta(seconds=unix_ns // 1_000_000_000)).strftime(TIME)


def _rounded(figure: float, digits: int = 4) -> float:
    """Four digits: at most 0.05 % away, where the least margin is 5 %."""
    value = float(f"{figure:.{digits}g}")
    return int(value) if value.is_integer() else value


def _column(agreed: Agreement, cell: str, metric: Metric) -> dict:
    noise = agreed.noise[cell, metric.key]
    return {
        "unit": metric.unit,
        "samples": [_rounded(one.figures[metric.key]) for one in agreed.series[cell]],
        "noise": {"pairs": noise.pairs, "sigma": _rounded(noise.sigma, 3), "floor_share": _rounded(noise.floor, 3)},
        "a_a": {
            "back_to_back_share": _share(agreed.back_to_back[cell, metric.key]),
            "apart_share": _share(agreed.apart[cell, metric.key]),
        },
    }


def _share(change: float) -> float:
    return round(change, 4) or 0  # never -0.0
