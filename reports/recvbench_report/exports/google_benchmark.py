"""Google Benchmark's JSON (as its 1.7 writes it), so that its compare.py and the dashboards that read it work on our results.

A cell is one benchmark "engine/scenario", a run one repetition.
  real_time   mean response time; where the load was as much as fits, the window over the messages received in it, since
              latency then tells how full the socket buffers are.
  cpu_time    CPU time of the receiver a message; 0 where it was not measured, which the label says.
  counters    the figures of the run, those that were measured.
An invalid run has error_occurred, its reason and times of 0, as Google Benchmark has them. It stands under a name of its
own, "engine/scenario/invalid": readers that know no errors, compare.py among them, would take its 0 for a very fast run.
Aggregates are over the valid runs, where there are two. Those that average leave the percentiles' counters out: a mean of
percentiles is the percentile of nothing. (recvbench_scenarios, which Google Benchmark itself runs, has another time column:
the window over the messages received, whatever the load. Its files and these are not comparable.)
"""

from __future__ import annotations

import json
import statistics
from pathlib import PureWindowsPath
from typing import Callable, Iterator

from recvbench_report import table, verdict
from recvbench_report.load import Cell, RunDirectory

_INVALID = "/invalid"


def text(directory: RunDirectory) -> str:
    return json.dumps(document(directory), indent=2, allow_nan=False) + "\n"


def document(directory: RunDirectory) -> dict:
    cells = [cell for scenario in directory.scenarios for cell in scenario.cells]
    rows = [row for family, cell in enumerate(cells) for row in _rows(cell, family, directory.label)]
    return {"context": _context(directory.description), "benchmarks": rows}


def _context(description: dict) -> dict:
    """Google Benchmark's keys; what a run directory does not hold is "" or 0. Its custom context are strings, as ours are."""
    environment, tool = description["environment"], description["tool"]
    system, fingerprint = environment["system"], environment["fingerprint"]
    return {
        "date": description["started"].replace("Z", "+00:00"),
        "host_name": "",
        "executable": PureWindowsPath((description["command"] or [tool["name"]])[0]).stem,  # knows both kinds of separator
        "num_cpus": system["logical_cpus"],
        "mhz_per_cpu": 0,
        "caches": [],
        "load_avg": [],
        "library_build_type": "debug" if environment["build"]["build_type"].lower() == "debug" else "release",
        "recvbench_version": tool["version"],
        "recvbench_git_revision": tool["git_revision"],
        "recvbench_environment": environment["label"] or system["os"],
        "recvbench_cpu_model": system["cpu_model"],
        "recvbench_fingerprint": fingerprint["hash"],
        "recvbench_real_time": "mean response time; of loads of as much as fits, time a message received",
        "recvbench_cpu_time": "of the receiver, a message",
    }


def _rows(cell: Cell, family: int, environment: str) -> list[dict]:
    times = [real_time_ns(run) if run["valid"] else None for run in cell.runs]
    rows = []
    for index, (run, time_ns) in enumerate(zip(cell.runs, times)):
        row = {"name": cell.name, **_head(cell, family, "iteration"), "repetition_index": index, "threads": _threads(cell)}
        cpu_ns = run["cost"]["cpu_ns_per_message"]
        if time_ns is None:
            row |= {"name": cell.name + _INVALID, "error_occurred": True, "error_message": _error(run)}
            row |= {"iterations": 0, "real_time": 0.0, "cpu_time": 0.0, "time_unit": "ns"}
        else:
            row |= {"iterations": run["counts"]["window_received"], "real_time": time_ns, "cpu_time": cpu_ns or 0.0, "time_unit": "ns"}
            row |= {name: value for name, value in _counters(run)}
        label = "; ".join(filter(None, (environment, cell.kind, "" if cpu_ns else "cpu_time was not measured")))
        rows.append(row | ({"label": label} if label else {}))
    return rows + _aggregates(cell, family, [row for row in rows if "error_occurred" not in row])


def _head(cell: Cell, family: int, run_type: str) -> dict:
    return {
        "family_index": family, "per_family_instance_index": 0, "run_name": cell.name, "run_type": run_type,
        "repetitions": len(cell.runs),
    }  # fmt: skip


def _threads(cell: Cell) -> int:
    return max(cell.engine["settings"]["threads"], 1)


def real_time_ns(run: dict) -> float | None:
    """None where it was not measured."""
    if run["scenario"]["mode"] == "max":
        rate = run["rates"]["received_per_s"]
        return 1e9 / rate if rate else None
    return (run["latency"]["response"] or {}).get("mean_ns")


def _error(run: dict) -> str:
    reasons = [": ".join(filter(None, (reason["code"], reason["detail"]))) for reason in run["reasons"]]
    return "; ".join(reasons) or "the run has no response times"


# Names that end in _per_second are Google Benchmark's own for rates.
COUNTERS: tuple[tuple[str, Callable[[dict], float | None]], ...] = (
    ("items_per_second", verdict.RATE.value),
    ("bytes_per_second", lambda run: run["rates"]["received_bytes_per_s"]),
    ("cpu_ns_per_message", verdict.CPU.value),
    ("switches_per_1k_messages", table.switches_per_1k),
    ("errors", table.errors),
)
PERCENTILES = tuple(
    (key, lambda run, key=key: (run["latency"]["response"] or {}).get(key)) for key in ("p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")
) + (("slip_p99_ns", table.slip_p99),)


def _counters(run: dict) -> Iterator[tuple[str, float]]:
    for name, value in COUNTERS + PERCENTILES:
        if (measured := value(run)) is not None:
            yield name, measured


def _cv(values: list[float]) -> float:
    mean = statistics.fmean(values)
    return statistics.stdev(values) / mean if mean else 0.0


AGGREGATES: tuple[tuple[str, str, Callable[[list[float]], float]], ...] = (
    ("mean", "time", statistics.fmean),
    ("median", "time", statistics.median),
    ("stddev", "time", statistics.stdev),
    ("cv", "percentage", _cv),
)


def _aggregates(cell: Cell, family: int, valid: list[dict]) -> list[dict]:
    if len(valid) < 2:
        return []
    rows = []
    for name, unit, over in AGGREGATES:
        named = [key for key, _ in COUNTERS + (PERCENTILES if name == "median" else ())]
        # A counter that some of the runs lack would be an aggregate of others than the times are.
        counters = {key: over([row[key] for row in valid]) for key in named if all(key in row for row in valid)}
        row = {"name": f"{cell.name}_{name}", **_head(cell, family, "aggregate"), "threads": _threads(cell)}
        row |= {"aggregate_name": name, "aggregate_unit": unit, "iterations": len(valid)}
        cpu_time = over([one["cpu_time"] for one in valid]) if all(one["cpu_time"] for one in valid) else 0.0
        row |= {"real_time": over([one["real_time"] for one in valid]), "cpu_time": cpu_time, "time_unit": "ns"} | counters
        labels = {one.get("label") for one in valid}
        rows.append(row | ({"label": label} if len(labels) == 1 and (label := labels.pop()) else {}))
    return rows
