"""Reads Google Benchmark's JSON, of whatever program: what --benchmark_out=FILE --benchmark_out_format=json writes.

A benchmark is a cell, a repetition one sample. Aggregates are not read: the gate decides over repetitions, and they say
nothing that those do not. Whatever is wrong is an InputError with one line that names the file and the benchmark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from recvbench_report.gate.metrics import Metric
from recvbench_report.gate.sample import Sample
from recvbench_report.load import InputError, NoDirectory, NoRuns, one_line, parse, read

REAL_TIME = Metric("real_time", "real time", 0.05, "ns")
CPU_TIME = Metric("cpu_time", "CPU time", 0.05, "ns")
METRICS = (REAL_TIME, CPU_TIME)

MOST_BYTES = 64 << 20  # 100,000 repetitions with 20 counters: more is not Google Benchmark's output
_NS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
# Of a row, all that is no counter. From json_reporter.cc, 1.5 to 1.9.
_OWN_KEYS = {
    "name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index", "threads",
    "aggregate_name", "aggregate_unit", "iterations", "real_time", "cpu_time", "time_unit", "label", "error_occurred",
    "error_message", "skipped", "skip_message", "allocs_per_iter", "max_bytes_used", "total_allocated_bytes", "net_heap_growth",
}  # fmt: skip


@dataclass(frozen=True)
class Benchmarks:
    """One file. The samples of a benchmark are in the order of their repetitions; their figures are the keys of METRICS in
    ns, and the benchmark's own counters as they stand there."""

    context: dict
    cells: dict[str, list[Sample]]

    @property
    def machine(self) -> dict:
        """Of the context, what two files must share to be compared: not the load, the clock rate, the date or the host's name."""
        kept = ("num_cpus", "caches", "library_build_type", "recvbench_environment", "recvbench_cpu_model", "recvbench_fingerprint")
        return {key: self.context[key] for key in kept if key in self.context}


def load(path: Path) -> Benchmarks:
    """NoRuns where the file holds no benchmark, or aggregates alone."""
    if not path.exists():
        raise NoDirectory(f"{path}: no such file")
    # Google Benchmark writes NaN itself, as the share of a spread in a mean of 0.
    document = parse(read(path, MOST_BYTES), str(path), constant=float)
    rows = document.get("benchmarks")
    if not isinstance(rows, list) or not isinstance(document.get("context", {}), dict):
        raise InputError(f'{path}: not Google Benchmark\'s JSON: "benchmarks" is missing or not a list')
    cells: dict[str, dict[int, Sample]] = {}
    for number, row in enumerate(rows):
        _add(cells, row, f"{path}: benchmark {number}")
    if not cells:
        only = " but aggregates: run it without --benchmark_report_aggregates_only" if rows else ""
        raise NoRuns(f"{path}: holds no benchmark{only}")
    return Benchmarks(document.get("context", {}), {name: list(samples.values()) for name, samples in cells.items()})


def _add(cells: dict[str, dict[int, Sample]], row: object, where: str) -> None:
    if not isinstance(row, dict):
        raise InputError(f"{where}: not an object")
    name = row.get("run_name", row.get("name"))
    if not isinstance(name, str) or not name:
        raise InputError(f"{where}: name is missing or not a text")
    where = f"{where} ({one_line(name)})"
    if row.get("run_type", "iteration") != "iteration" or "big_o" in row or "rms" in row:
        return
    samples = cells.setdefault(name, {})
    # Files from before 1.5.1 have no index: then their order is that of the repetitions.
    index = row.get("repetition_index", len(samples))
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise InputError(f"{where}: repetition_index is {one_line(repr(index))}, not a whole number from 0 on")
    if index in samples:
        raise InputError(f"{where}: repetition {index} is there twice")
    samples[index] = _sample(row, where)


def _sample(row: dict, where: str) -> Sample:
    if row.get("error_occurred") or row.get("skipped"):
        message = row.get("error_message", row.get("skip_message"))
        return Sample(False, {}, (one_line(str(message)) if message else "error_occurred, and no reason is given",))
    unit = row.get("time_unit", "ns")
    if not isinstance(unit, str) or unit not in _NS:
        raise InputError(f"{where}: time_unit is {one_line(repr(unit))}, not one of {', '.join(_NS)}")
    figures: dict[str, float | None] = {key: _time(row, key, where) * _NS[unit] for key in ("real_time", "cpu_time")}
    not_gated = {}
    if figures["cpu_time"] == 0:
        # Under UseManualTime, or below the CPU clock's step: a share of it is nothing.
        del figures["cpu_time"]
        not_gated["cpu_time"] = "is 0: not measured"
    for key, value in row.items():
        if key not in _OWN_KEYS and isinstance(value, (int, float)) and not isinstance(value, bool):
            figures[key] = float(value)
    return Sample(True, figures, not_gated=not_gated)


def _time(row: dict, key: str, where: str) -> float:
    value = row.get(key)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise InputError(f"{where}: {key} is {one_line(repr(value))}, not a time from 0 on")
    return float(value)
