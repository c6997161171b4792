"""gate.json: what a gate found, from which everything that is shown is made (results/schema/gate.schema.json). Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Mapping, Sequence

from recvbench_report import labels
from recvbench_report.gate import calibration, overall
from recvbench_report.gate.cell import IMPROVED, INCONCLUSIVE, INVALID, PASS, REGRESSED, UNDECIDED, Cell, Test
from recvbench_report.gate.sequential import Result, Rules
from recvbench_report.gate.slo import Check

NEW, GONE, INCOMPARABLE = "NEW", "GONE", "INCOMPARABLE"
# Verdicts of cells, worst first.
ORDER = (REGRESSED, INVALID, INCOMPARABLE, GONE, INCONCLUSIVE, UNDECIDED, NEW, IMPROVED, PASS)


@dataclass(frozen=True)
class Side:
    name: str  # as the user knows it: a directory, a revision
    about: str = ""  # "recvbench 0.1.0 (1910f60)"
    build: str = ""  # "GNU 12.2.0, RelWithDebInfo, -O2"
    machine: str = ""  # "Example CPU 3000, 4 logical CPUs, Windows 10.0.19043, Wine 8.0"


def side(name: str, description: dict | None) -> Side:
    """`description`: what was read from its run.json; None where there is none."""
    if description is None:
        return Side(name)
    tool, machine = description["tool"], description["environment"]["fingerprint"]
    revision = f" ({tool['git_revision']})" if tool["git_revision"] else ""
    wine = f"Wine {machine['wine_version']}" if machine["wine_version"] else ""
    return Side(
        name,
        f"{tool['name']} {tool['version']}{revision}",
        ", ".join(filter(None, (machine["compiler"], machine["build_type"], machine["flags"]))),
        ", ".join(filter(None, (machine["cpu_model"], f"{machine['logical_cpus']} logical CPUs", machine["os"], wine))),
    )


@dataclass(frozen=True)
class Missing:
    """Cells that were not compared."""

    new: Sequence[str] = ()
    gone: Sequence[str] = ()
    incomparable: Mapping[str, Sequence[str]] = field(default_factory=dict)  # why, a line each


def build(
    result: Result | None,
    base: Side,
    candidate: Side,
    *,
    environment: str = "",  # environment.label of run.json
    missing: Missing = Missing(),
    slo: Sequence[Check] = (),
    notes: Sequence[str] = (),  # what a reader should know
    problems: Mapping[str, str] | None = None,  # why nothing could be compared: {verdict: line}
    options: overall.Options = overall.Options(),
) -> dict:
    """`result` is None where no cell could be compared. Fit for json.dumps: no NaN, and all text can be printed."""
    rules = result.rules if result else Rules()
    contaminated = result.contaminated if result else []
    rows = [_cell(cell, result) for cell in (result.cells if result else [])]
    if contaminated:
        rows = [_doubted(row) for row in rows]
    rows += [_uncompared(cell, NEW, ["not in the base"]) for cell in missing.new]
    rows += [_uncompared(cell, GONE, ["not in the candidate"]) for cell in missing.gone]
    rows += [_uncompared(cell, INCOMPARABLE, list(why)) for cell, why in missing.incomparable.items()]
    rows.sort(key=lambda row: ORDER.index(row["verdict"]))
    document = {
        "schema": {"name": "recvbench.gate", "major": 1, "minor": 1},
        "verdict": "",
        "exit_code": 0,
        "reasons": [],
        "notes": list(notes),
        "environment": environment,
        "base": asdict(base),
        "candidate": asdict(candidate),
        "rules": {
            "alpha": rules.alpha,
            "looks": list(rules.looks),
            "spending": list(rules.spending),
            "tests": result.tests if result else 0,
            "inconclusive": options.inconclusive,
            "allow_missing": options.allow_missing,
        },
        "control": [_cell(cell, result) for cell in result.control] if result and result.control else None,
        "contaminated": contaminated,
        "cells": rows,
        "slo": [
            {"slo": c.slo.text, "cell": c.cell, "verdict": c.verdict, "percentile": c.slo.percentile,
             "limit_ns": c.slo.limit_ns, "median_ns": c.median_ns, "text": c.text}
            for c in slo
        ],
    }  # fmt: skip
    outcome = overall.judge(document, options, problems or {})
    document.update(verdict=outcome.verdict, exit_code=outcome.exit_code, reasons=outcome.reasons)
    return _printable(document)


def text(document: dict) -> str:
    """As it is written to a file."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(cell: Cell, result: Result) -> dict:
    return {
        "cell": cell.name,
        "verdict": cell.verdict,
        "reasons": list(cell.reasons),
        "pairs": len(cell.pairs),
        "invalid_pairs": cell.invalid_pairs,
        "metrics": [_test(test, result) for test in cell.tests],
        "not_gated": [{"metric": key, "reason": reason} for key, reason in cell.not_gated.items()],
    }


def _uncompared(name: str, verdict: str, reasons: list[str]) -> dict:
    return {
        "cell": name, "verdict": verdict, "reasons": reasons, "pairs": 0, "invalid_pairs": 0, "metrics": [], "not_gated": [],
    }  # fmt: skip


def _test(test: Test, result: Result) -> dict:
    metric, found = test.metric, test.evidence
    row = {
        "metric": metric.key,
        "title": metric.title,
        "unit": metric.unit,
        "kind": "difference" if metric.is_difference else "ratio",
        "lower_is_better": metric.lower_is_better,
        "verdict": test.verdict,
        "min_effect": metric.min_effect,
        "noise_floor": test.noise.floor if test.noise else None,
    }
    keys = ("pairs", "base", "candidate", "change", "change_low", "change_high", "margin", "median_within_margin",
            "p_regressed", "p_level", "detectable")  # fmt: skip
    if found is None:
        return row | dict.fromkeys(keys) | {"pairs": 0}
    interval = found.interval()
    ends = sorted(metric.share(end) for end in interval) if interval else (None, None)
    looks = result.rules.looks
    detectable = calibration.detectable(
        metric, found.sigma, max(looks[-1], found.pairs), found.margin, max(result.tests, 1), len(looks), result.rules.alpha
    )
    values = (
        found.pairs, found.base_median, found.candidate_median, metric.share(found.median), *ends,
        calibration.as_effect(metric, found.margin), found.median < found.margin, found.p_regressed, found.p_level, detectable,
    )  # fmt: skip
    return row | dict(zip(keys, values))


def _doubted(row: dict) -> dict:
    """Of a gate whose machine is contaminated: what its timing says is not concluded. Defects are no matter of timing."""
    if row["verdict"] not in (REGRESSED, PASS, IMPROVED, UNDECIDED):
        return row
    metrics = [m | {"verdict": INCONCLUSIVE} for m in row["metrics"]]
    if row["verdict"] == REGRESSED and row["reasons"]:
        return row | {"metrics": metrics}
    return row | {"verdict": INCONCLUSIVE, "reasons": [f"machine contaminated (else {row['verdict']})"], "metrics": metrics}


def _printable(value):
    """Whatever is in a damaged or hostile record, it is in no output."""
    if isinstance(value, str):
        return labels.printable(value)
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list) else value
