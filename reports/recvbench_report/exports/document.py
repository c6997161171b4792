"""One JSON document with the records of a run directory and what is concluded from them (results/schema/export.schema.json).

The figures of cells and the findings are those of report.html, as numbers.
"""

from __future__ import annotations

import json

from recvbench_report import table, verdict
from recvbench_report.load import RunDirectory, Scenario


def text(directory: RunDirectory) -> str:
    return json.dumps(document(directory), indent=1, allow_nan=False) + "\n"


def document(directory: RunDirectory) -> dict:
    told = verdict.verdict(directory)
    return {
        "schema": {"name": "recvbench.export", "major": 1, "minor": 0},
        "environment": directory.label,
        "verdict": {"level": told.level, "headline": told.headline, "points": told.points},
        "findings": [_finding(scenario, metric) for scenario in directory.scenarios for metric in verdict.METRICS],
        "cells": [_cell(row) for row in table.rows(directory.scenarios)],
        "description": directory.description,
        "search": directory.search,
        "runs": directory.runs,
    }


def _finding(scenario: Scenario, metric: verdict.Metric) -> dict:
    found = verdict.finding(scenario, metric)
    compared = not isinstance(found, str)
    return {
        "scenario": scenario.name,
        "metric": metric.key,
        "leader": found.leader if compared else None,
        "decided": found.decided if compared else False,
        "text": found.text if compared else found,
    }


# Of the summary table's columns: what the number is in.
_UNITS = {
    "rate": "received_per_s", "p50": "p50_ns", "p99": "p99_ns", "p999": "p999_ns", "max": "max_ns", "cpu": "cpu_ns_per_message",
    "switches": "switches_per_1k_messages", "slip": "slip_p99_ns", "loss": "loss_share",
}  # fmt: skip


def _cell(row: table.Row) -> dict:
    cell = row.cell
    return {
        "cell": cell.name,
        "engine": cell.label,
        "scenario": row.scenario,
        "kind": cell.kind,
        "ranked": not row.marks,
        "generator_limited": row.limited,
        "runs_valid": row.valid,
        "runs_total": row.total,
        "reasons": row.reasons,
        "errors": row.errors,
        "figures": {_UNITS[column.key]: _spread(value.spread) for column, value in row.values},
    }


def _spread(spread) -> dict | None:
    return spread and {"median": spread.median, "low": spread.low, "high": spread.high, "runs": spread.runs}
