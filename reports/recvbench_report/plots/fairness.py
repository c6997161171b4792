"""Fairness between connections: Jain's index, and the worst connection's p99 against the median one's; a row per engine."""

from __future__ import annotations

from recvbench_report import units
from recvbench_report.plots import common, row_plots

TITLE = "Fairness between connections"
NOTE = {
    "shows": "Left, Jain's index: 1 where all connections were served alike, 1/n where one of n had everything; of the messages each "
    "received where the receiver decides what is sent, else of the share received of what was sent on it. Right, p99 response time of the "
    "worst connection divided by that of the median one. A dot is one run, the bar and the number the median of an engine's valid runs; "
    "rings are invalid runs.",
    "read": "Left: further right is fairer. Right: further left is fairer, 1 is even. An engine that is fast on the whole and has a far worst "
    "connection serves some at others' expense.",
    "cannot": "At a rate that every engine keeps, Jain's index is 1 for all. A p99 of few messages is coarse, so with many connections the worst "
    "of them is far from the median by chance too: compare engines under one scenario, not scenarios. Single connections, and those that "
    "others take the place of, have no figure.",
}


def jain(run: dict) -> float | None:
    return run["fairness"] and run["fairness"]["jain_index"]


def worst(run: dict) -> float | None:
    return run["fairness"] and run["fairness"]["p99"] and run["fairness"]["p99"]["worst_over_median"]


FIGURES = (
    row_plots.Figure("Jain's index", jain, "{:.3f}".format, ends=(0, 1)),
    row_plots.Figure("worst p99 / median", worst, units.digits),
)


def plots(scenarios, label: str) -> list[common.Plot]:
    return row_plots.plots(FIGURES, TITLE, scenarios, label)
