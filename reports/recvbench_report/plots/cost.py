"""What a message costs: receiver CPU time and receive calls, and how many completions a wakeup brings; a row per engine."""

from __future__ import annotations

from recvbench_report import details, units
from recvbench_report.plots import common, row_plots

TITLE = "CPU and calls per message"
NOTE = {
    "shows": "Left, user and kernel CPU time of the receiver process in the measured window, divided by the messages received in it. "
    "Middle, receive calls of the engine divided by the messages received. Right, where the model has such: completions divided by wakeups, "
    "how many finished receives one wait brought. Calls and wakeups are the engine's own counters, over the whole run, warm-up too. A dot is "
    "one run, the bar and the number the median of an engine's valid runs; rings are invalid runs.",
    "read": "Further left is cheaper; every scenario has its own scale. At a fixed rate all engines do the same work, so the distance between "
    "rows is what the receive model costs, and the calls often say why. One call a message is a receive that always finds one. Below 1, "
    "messages arrive together and one call takes several; above, calls come back empty or with a part. More completions a wakeup means fewer "
    "trips through the kernel, and more messages that waited for the first of them. The null engine is the harness alone, on receives made "
    "up in memory.",
    "cannot": "Under Wine the CPU time includes the Wine server's, which may have served others too; where the server was not found, the "
    "environment table says that it is left out. It leaves out what the network stack does on nobody's account. Calls that a library or the "
    "kernel makes on the engine's behalf are not counted. \"n/a\" means that the engine counts nothing, or that the run used too little CPU for "
    "the system's clock to resolve.",
}

CPU = row_plots.Figure("CPU a message", lambda run: run["cost"]["cpu_ns_per_message"], units.time, units.round_time)
CALLS = row_plots.Figure("receive calls a message", details.receive_calls_per_message, units.digits)
COMPLETIONS = row_plots.Figure("completions a wakeup", lambda run: run["calls"]["completions_per_wakeup_mean"], units.digits)
FIGURES = (CPU, CALLS, COMPLETIONS)


def plots(scenarios, label: str) -> list[common.Plot]:
    return row_plots.plots(FIGURES, TITLE, scenarios, label)
