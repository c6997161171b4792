"""What stands behind the summary's figures: the interval of a run's p99, and what a message costs. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from recvbench_report import units


@dataclass(frozen=True)
class Detail:
    key: str
    title: str
    hint: str
    text: object  # of the valid runs


def _median(figure, show):
    def text(runs: list[dict]) -> str:
        values = [figure(run) for run in runs]
        return units.MISSING if not values or None in values else show(statistics.median(values))

    return text


def _per_message(figure):
    def value(run: dict) -> float | None:
        total, received = figure(run), run["rates"]["received_per_s"]
        messages = (received or 0) * run["timing"]["duration_ns"] / 1e9
        return None if total is None or not messages else total / messages

    return value


def _p99_interval(runs: list[dict]) -> str:
    """Of the run in the middle by p99: intervals are not averaged."""
    summaries = [run["latency"]["response"] for run in runs]
    summaries = sorted((s for s in summaries if s and s["p99_ns"] is not None), key=lambda s: s["p99_ns"])
    interval = summaries[(len(summaries) - 1) // 2]["p99_ci_ns"] if summaries else None
    if interval is None:
        return units.MISSING
    return units.span(units.time, *interval) or units.time(interval[0])


def _accept(key: str):
    return lambda run: ((run["churn"] or {}).get("accept") or {}).get(key)


def receive_calls_per_message(run: dict) -> float | None:
    received = run["counts"]["received"]
    return run["calls"]["receive_calls"] / received if received else None


def _completions(runs: list[dict]) -> str:
    means = [run["calls"]["completions_per_wakeup_mean"] for run in runs]
    if not means or None in means:
        return units.MISSING
    least = min(run["calls"]["completions_per_wakeup_min"] for run in runs)
    most = max(run["calls"]["completions_per_wakeup_max"] for run in runs)
    return f"{units.digits(statistics.median(means))} ({least:,} – {most:,})"


def _fairness(figure):
    return lambda run: run["fairness"] and figure(run["fairness"])


DETAILS = (
    Detail("p99_interval", "p99, 95 % interval", "within one run, the middle one by p99, from its one-second windows", _p99_interval),
    Detail(
        "accepts", "Connections", "that took others' places, in the measured window",
        _median(lambda r: r["churn"] and r["churn"]["accepted_per_s"], units.rate),
    ),
    Detail("accept_p50", "Accept p50", "from the connect call to the engine's first receive", _median(_accept("p50_ns"), units.time)),
    Detail("accept_p99", "Accept p99", "from the connect call to the engine's first receive", _median(_accept("p99_ns"), units.time)),
    Detail(
        "jain", "Jain's index", "fairness: 1 where all connections were served alike, 1/n where one of n was alone; of what each received "
        "where the receiver decides what is sent, else of the share of what was sent on it",
        _median(_fairness(lambda f: f["jain_index"]), "{:.3f}".format),
    ),
    Detail(
        "worst_p99", "Worst p99 / median", "fairness: p99 response time of the worst connection over that of the median one",
        _median(_fairness(lambda f: f["p99"] and f["p99"]["worst_over_median"]), units.digits),
    ),
    Detail("user", "User CPU", "of the receiver, per message", _median(_per_message(lambda r: r["cost"]["cpu_user_ns"]), units.time)),
    Detail("kernel", "Kernel CPU", "of the receiver, per message", _median(_per_message(lambda r: r["cost"]["cpu_kernel_ns"]), units.time)),
    Detail(
        "wineserver", "Wine server's CPU", "per message; all of the server's, whomever it served",
        _median(_per_message(lambda r: r["cost"]["wineserver_cpu_ns"]), units.time),
    ),
    Detail("cycles", "Cycles", "of the receiver, per message", _median(_per_message(lambda r: r["cost"]["cycles"]), units.count)),
    Detail("calls", "Receive calls", "per message, whole run", _median(receive_calls_per_message, units.digits)),
    Detail("completions", "Completions a wakeup", "mean (least – most), whole run", _completions),
    Detail(
        "memory", "Memory a connection", "growth of the resident memory while connections were made, over their number",
        _median(lambda r: r["cost"]["resident_bytes_per_connection"], units.size),
    ),
    Detail("pool", "Non-paged pool", "of the process, at the window's end", _median(lambda r: r["cost"]["nonpaged_pool_bytes"], units.size)),
)  # fmt: skip


def table(scenarios) -> tuple[list[Detail], list[tuple[object, str, list[str]]]]:
    """The columns that any cell has a figure in, and a row (cell, scenario, texts) for each cell with a valid run."""
    cells = [(cell, scenario.name) for scenario in scenarios for cell in scenario.cells if cell.valid]
    rows = [(cell, name, [detail.text(cell.valid) for detail in DETAILS]) for cell, name in cells]
    shown = [i for i in range(len(DETAILS)) if any(texts[i] != units.MISSING for _, _, texts in rows)]
    return [DETAILS[i] for i in shown], [(cell, name, [texts[i] for i in shown]) for cell, name, texts in rows]
