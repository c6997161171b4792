"""Makes a history directory of synthetic run directories: python3 reports/tests/make_history.py DIR [NIGHTS]"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Callable

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import make_run  # noqa: E402

SCENARIO = "tcp-sink-64B-c8-10k"


def as_it_is(document: dict) -> None:
    pass


def night(directory: Path, number: int, change: Callable[[dict], None] = as_it_is, describe: Callable[[dict], None] = as_it_is) -> Path:
    """One run directory, of the `number`th night. `change` is made to every record, `describe` to run.json."""
    runs = make_run.make(repeat=2, engines=["select", "iocp"], scenarios=[SCENARIO], messages=1000, seed=number, with_invalid=False)
    for run, _ in runs:
        change(run)
    description = make_run.description(None, [run for run, _ in runs])
    day = datetime.date(2026, 1, 1) + datetime.timedelta(days=number)
    description |= {"started": f"{day}T02:00:00Z", "finished": f"{day}T02:10:00Z"}
    describe(description)
    return make_run.write(directory, runs, description)


def slow_down(run: dict, engine: str = "select", factor: float = 1.25) -> None:
    if run["engine"]["name"] == engine:
        response = run["latency"]["response"]
        response |= {key: int(response[key] * factor) for key in ("p50_ns", "p90_ns", "p99_ns", "max_ns") if response[key]}


def write(directory: Path, nights: int, slower_from: int | None = None) -> Path:
    for i in range(nights):
        night(directory / f"night-{i:02}", i, slow_down if slower_from is not None and i >= slower_from else as_it_is)
    return directory


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 16, slower_from=8))
