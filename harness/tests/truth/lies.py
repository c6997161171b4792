"""Runs of the lying receiver (engines/tests/plugin/libraries/liar.cpp): what it did, and what recvbench says of it."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "reports"))

from recvbench_report import hlog  # noqa: E402


def spec(library, **settings):
    """The engine for --engine: spec("liar.so", delay_us=5) is "liar.so:delay-us=5"."""
    text = ",".join(f"{name.replace('_', '-')}={value}" for name, value in settings.items())
    return f"{library}:{text}" if text else str(library)


def confessions(stderr):
    """What the liar did in each run, in their order."""
    lines = [line for line in stderr.splitlines() if line.startswith("liar {")]
    return [json.loads(line.removeprefix("liar ")) for line in lines]


def histograms(out):
    """Of a run directory: {"r0.response": Histogram, ...}, all intervals added."""
    parts = {}
    for line in (Path(out) / "latency.hlog").read_text(encoding="utf-8").splitlines():
        if interval := hlog.parse_line(line):
            parts.setdefault(interval.tag, []).append(hlog.decode(interval.encoded))
    return {tag: hlog.merge(intervals) for tag, intervals in parts.items()}


def count_from(histogram, least_ns):
    """How many values are at least least_ns, to the histogram's resolution."""
    return sum(int(n) for i, n in enumerate(histogram.counts) if n and histogram.highest_equivalent(i) >= least_ns)
