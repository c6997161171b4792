"""HdrHistogram percentile distributions (.hgrm), as HdrHistogram's outputPercentileDistribution writes them.

One text a cell and stream: the counts of the cell's valid runs added. Values are in microseconds, whose three decimals
keep every nanosecond. A last comment line, which readers of the format skip, says what was merged.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from recvbench_report import hlog, labels
from recvbench_report.load import STREAMS, RunDirectory

NS_PER_US = 1000
TICKS_PER_HALF_DISTANCE = 5  # HdrHistogram's default
_LONGEST_NAME = 120  # most file systems take 255 bytes, and the directory may be zipped or copied below a long path


@dataclass(frozen=True)
class Distribution:
    file_name: str
    text: str


def distributions(directory: RunDirectory) -> tuple[list[Distribution], list[str]]:
    """And the cells that have none, each with why. `directory` must have been loaded with all streams."""
    made, without, taken = [], [], set()
    for cell in (cell for scenario in directory.scenarios for cell in scenario.cells):
        found = False
        for stream in STREAMS:
            parts = [directory.histograms.get(f"r{run['index']}.{stream}") for run in cell.valid]
            parts = [part for part in parts if part is not None and part.total]
            if parts:
                found = True
                text = percentile_distribution(hlog.merge(parts)) + _comment(directory, cell, stream, len(parts))
                made.append(Distribution(_file_name(cell.name, stream, taken), text))
        if not found:
            why = "its valid runs have no histogram" if cell.valid else f"none of its {len(cell.runs)} runs is valid"
            without.append(f"{cell.name}: no distribution: {why}")
    return made, without


def _file_name(cell: str, stream: str, taken: set[str]) -> str:
    """Nothing that any system reads as a path, a device or an option; names that become alike are numbered."""
    stem = re.sub(r"[^A-Za-z0-9,=+_-]+", "_", cell)[:_LONGEST_NAME].lstrip("-") or "cell"
    name, number = stem, 1
    while (name.lower(), stream) in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add((name.lower(), stream))
    return f"{name}.{stream}.hgrm"


def _comment(directory: RunDirectory, cell, stream: str, runs: int) -> str:
    parts = {"Cell": cell.name, "Stream": stream, "Unit": "microseconds", "Runs merged": runs, "Runs left out": len(cell.runs) - runs}
    parts |= {key: value for key, value in (("Environment", directory.label), ("Kind", cell.kind)) if value}
    text = ", ".join(f"{key} = {value}" for key, value in parts.items())
    return f"#[{labels.printable(text)}]\n"


def percentile_distribution(histogram: hlog.Histogram) -> str:
    lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
    for value, level, count in steps(histogram):
        line = f"{_us(value)} {_fixed(level / 100, 12)} {count:10d}"
        lines.append(line if level >= 100 else f"{line} {_fixed(1 / (1 - level / 100), 2):>14}")
    mean, deviation = moments(histogram)
    largest = histogram.highest_equivalent(int(np.flatnonzero(histogram.counts)[-1]))
    return "\n".join([
        *lines,
        f"#[Mean    = {_us(mean)}, StdDeviation   = {_us(deviation)}]",
        f"#[Max     = {_us(largest)}, Total count    = {histogram.total:12d}]",
        f"#[Buckets = {histogram.buckets:12d}, SubBuckets     = {histogram.sub_buckets:12d}]",
    ]) + "\n"  # fmt: skip


def _us(value_ns: float) -> str:
    return f"{_fixed(value_ns / NS_PER_US, 3):>12}"


def _fixed(value: float, decimals: int) -> str:
    """Of the shortest decimal that is this number, halves away from zero: as Java and JavaScript do it, and Python does not."""
    return f"{Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


def steps(histogram: hlog.Histogram) -> list[tuple[int, float, int]]:
    """(highest value, percentile that was to be reached, count up to it): five steps to each halving of the distance to 100 %,
    as long as there are values, then 100 %."""
    total, cumulative, level = histogram.total, np.cumsum(histogram.counts), 0.0
    found = []
    for index in np.flatnonzero(histogram.counts):
        count = int(cumulative[index])
        # One value can reach several levels: it is told once for each, but for the last value, where there is no end of them.
        while 100.0 * count / total >= level:
            found.append((histogram.highest_equivalent(int(index)), level, count))
            if count == total:
                break
            level += 100.0 / (TICKS_PER_HALF_DISTANCE * 2 ** (int(math.log(100.0 / (100.0 - level)) / math.log(2)) + 1))
    found.append((found[-1][0], 100.0, total))
    return found


def moments(histogram: hlog.Histogram) -> tuple[float, float]:
    """Mean and standard deviation in ns, each sample at the middle of the values that count as one."""
    at = np.flatnonzero(histogram.counts)
    counts = histogram.counts[at].astype(float)
    values = np.array([histogram.median_equivalent(int(i)) for i in at], dtype=float)
    mean = float((values * counts).sum() / counts.sum())
    return mean, math.sqrt(float((counts * (values - mean) ** 2).sum() / counts.sum()))
