"""Calls per message: how many receives a message takes, and how many completions a wakeup brings; a row per engine."""

from __future__ import annotations

from recvbench_report import details, units
from recvbench_report.plots import common, row_plots

TITLE = "Calls per message"
NOTE = {
    "shows": "Left, receive calls of the engine divided by the messages received. Right, where the model has such: completions divided by "
    "wakeups, how many finished receives one wait brought. Both over the whole run, warm-up too, by the engine's own counters. A dot is "
    "one run, the bar and the number the median of an engine's valid runs; rings are invalid runs.",
    "read": "One call a message is a receive that always finds one. Below 1, messages arrive together and one call takes several; above, "
    "calls come back empty or with a part. More completions a wakeup means fewer trips through the kernel, and more messages that "
    "waited for the first of them.",
    "cannot": "It does not say what a call costs: CPU per message does. Calls that a library or the kernel makes on the engine's behalf are not "
    "counted, and engines that count nothing have n/a.",
}

FIGURES = (
    row_plots.Figure("receive calls a message", details.receive_calls_per_message, units.digits),
    row_plots.Figure("completions a wakeup", lambda run: run["calls"]["completions_per_wakeup_mean"], units.digits),
)


def plots(scenarios, label: str) -> list[common.Plot]:
    return row_plots.plots(FIGURES, TITLE, scenarios, label)
