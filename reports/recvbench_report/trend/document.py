"""The trend as JSON (results/schema/trend.schema.json)."""

from __future__ import annotations

import json

from recvbench_report.history import History
from recvbench_report.trend.series import FALSE_ALARMS, Series


def text(history: History, series: list[Series]) -> str:
    return json.dumps(document(history, series), indent=1, allow_nan=False) + "\n"


def document(history: History, series: list[Series]) -> dict:
    return {
        "schema": {"name": "recvbench.trend", "major": 1, "minor": 0},
        "false_alarm_share": FALSE_ALARMS,
        "entries": [
            {
                "name": entry.name,
                "started": entry.started,
                "environment": entry.directory.label,
                "fingerprint": entry.directory.description["environment"]["fingerprint"]["hash"],
                "runs_valid": sum(run["valid"] for run in entry.directory.runs),
                "runs_total": len(entry.directory.runs),
            }
            for entry in history.entries
        ],
        "unusable": [{"name": name, "error": error} for name, error in history.unusable],
        "series": [_series(one) for one in series],
    }


def _series(one: Series) -> dict:
    return {
        "cell": one.key.cell,
        "engine": one.cell.label,
        "kind": one.cell.kind,
        "scenario": one.scenario,
        "fingerprint": one.key.fingerprint,
        "environment": one.directory.label,
        "metric": one.metric.key,
        "lower_is_better": one.metric.lower_is_better,
        "state": one.state,
        "least_points": one.least_points,
        "points": [{"entry": point.entry.name, "started": point.entry.started, "median": point.value} for point in one.points],
        "changes": [
            {
                "entry": one.points[change.index].entry.name,
                "index": change.index,
                "before": change.before,
                "after": change.after,
                "share": change.share,
                "worse": one.worse(change),
                "p": change.p,
            }
            for change in one.changes
        ],
    }
