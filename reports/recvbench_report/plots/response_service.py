"""Response against service time: for each scenario two panels on one scale, a row per engine, p50 to p99."""

from __future__ import annotations

from typing import Callable

from recvbench_report import units
from recvbench_report.plots import common, row_plots

TITLE = "Response against service time"
NOTE = {
    "shows": "Left, response time: from when a message was due. Right, service time: from when it was really sent. The line "
    "runs from p50 (short bar) to p99 (long bar and number), medians of the valid runs; a dot is the p99 of one run. Rings are "
    "invalid runs.",
    "read": "Both sides of a scenario have one scale. Equal sides mean that the generator was never held up. Where response is longer than service, messages waited "
    "before they could be sent: the receiver (or the generator) stalled, and service time alone would have hidden it.",
    "cannot": "It does not say who stalled; the slip column of the table and the reasons of invalid runs do. In mode max "
    "messages have no due time of their own, so both sides show the same. Runs too short for a p99 have their p50 alone.",
}


def _figure(side: str) -> row_plots.Figure:
    def percentile(key: str) -> Callable[[dict], float | None]:
        return lambda run: run["latency"][side] and run["latency"][side][key]

    return row_plots.Figure(side, percentile("p99_ns"), units.time, units.round_time, begin=percentile("p50_ns"), scale="time")


RESPONSE, SERVICE = FIGURES = tuple(_figure(side) for side in ("response", "service"))


def plots(scenarios, label: str) -> list[common.Plot]:
    return row_plots.plots(FIGURES, TITLE, scenarios, label)
