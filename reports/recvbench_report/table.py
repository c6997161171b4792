"""The summary table: a row per engine and scenario. Pure; html.py and the template only show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from recvbench_report import ceiling, loss, stats, units


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    hint: str
    value: Callable[[dict], float | None]
    show: Callable[[float | None], str]
    figure: Callable[[stats.Spread], float] = lambda spread: spread.median  # of the valid runs, the one that stands for them


def _summary(kind: str, key: str) -> Callable[[dict], float | None]:
    return lambda run: (run["latency"][kind] or {}).get(key)


def switches_per_1k(run: dict) -> float | None:
    cost, received = run["cost"], run["counts"]["window_received"]
    parts = [cost["voluntary_switches"], cost["involuntary_switches"]]
    known = [p for p in parts if p is not None]
    return 1000 * sum(known) / received if known and received else None


def slip_p99(run: dict) -> float | None:
    return (run["generator"]["slip"] or {}).get("p99_ns")


def errors(run: dict) -> int:
    """Messages that were due and did not arrive as sent, and connections that ended wrongly."""
    c = run["counts"]
    unsent = run["datagrams"]["send_failed"] if run["datagrams"] else 0
    back = c["echoed"] if run["scenario"]["workload"] == "echo" else c["received"]
    return max(c["sent"] - back, 0) + unsent + c["dropped"] + c["corrupt"] + c["out_of_sequence"] + c["closed_with_error"]


COLUMNS = (
    Column("rate", "Rate", "messages received per second in the measured window", lambda r: r["rates"]["received_per_s"], units.rate),
    Column("p50", "p50", "response time", _summary("response", "p50_ns"), units.time),
    Column("p99", "p99", "response time", _summary("response", "p99_ns"), units.time),
    Column("p999", "p99.9", "response time", _summary("response", "p999_ns"), units.time),
    Column("max", "Max", "response time", _summary("response", "max_ns"), units.time),
    Column("cpu", "CPU per message", "receiver, user + kernel", lambda r: r["cost"]["cpu_ns_per_message"], units.time),
    Column("switches", "Switches per 1k messages", "context switches of the receiver", switches_per_1k, units.count),
    Column("slip", "Slip p99", "how late the generator sent", slip_p99, units.time),
)
LOSS = Column(
    "loss", "Loss", "UDP: datagrams of the window that were sent and not received (echo: not answered), in the run that lost most",
    loss.share, units.share, lambda spread: spread.high,
)  # fmt: skip


def tells_apart(key: str, about: dict) -> bool:
    """Whether a column's figure says something of engines under this scenario: not a rate that was given, nor the latency of as
    much load as fits into a sink, which is that of full buffers."""
    if key == "rate":
        return about["mode"] != "open"
    return key == "cpu" or about["mode"] != "max" or about["workload"] != "sink"


def columns(scenarios) -> tuple[Column, ...]:
    """Loss stands before the latencies, which are of what was not lost. TCP has none to show."""
    return (COLUMNS[0], LOSS, *COLUMNS[1:]) if any(s.about["protocol"] == "udp" for s in scenarios) else COLUMNS


@dataclass(frozen=True)
class Value:
    spread: stats.Spread | None
    figure: float | None
    text: str
    range: str  # "11.9 – 12.4 µs"; "" where all runs read the same


@dataclass(frozen=True)
class Row:
    cell: object
    scenario: str
    values: list[tuple[Column, Value]]
    errors: int  # of all runs, invalid ones too
    valid: int
    total: int
    reasons: list[str]  # codes, where runs are invalid
    loses: bool  # more than engines may that are called best
    limited: bool  # its rate is the generator's limit

    @property
    def sort_name(self) -> str:
        """By engine, then in the report's order: "512" before "64KiB"."""
        return f"{self.cell.engine['name']} {self.cell.position:05}"

    @property
    def marks(self) -> list[str]:
        """Why the row is not ranked ("emulated", "synthetic", "invalid") and stands after all that are; [] where it is."""
        return [mark for mark in (self.cell.kind, "" if self.valid else "invalid") if mark]


def rows(scenarios) -> list[Row]:
    """A cell with no valid run has no figure: what could not be measured is never shown as a number."""
    shown = columns(scenarios)
    return [_row(cell, scenario.name, shown) for scenario in scenarios for cell in scenario.cells]


def _row(cell, scenario: str, shown: tuple[Column, ...]) -> Row:
    return Row(
        cell,
        scenario,
        [(column, _value(column, cell)) for column in shown],
        sum(errors(run) for run in cell.runs),
        len(cell.valid),
        len(cell.runs),
        sorted({reason["code"] for run in cell.runs for reason in run["reasons"]}),
        loss.too_much(cell.valid),
        ceiling.limits(cell.valid),
    )


def text(column: Column, cell, figure: float | None) -> str:
    """Of a cell: a rate that is the generator's limit reads "≥ 405 k/s"."""
    is_bound = column.key == "rate" and ceiling.limits(cell.valid)
    return ceiling.at_least(figure) if is_bound else column.show(figure)


def _value(column: Column, cell) -> Value:
    spread = stats.spread([column.value(run) for run in cell.valid])
    if spread is None:
        return Value(None, None, units.MISSING, "")
    figure = column.figure(spread)
    return Value(spread, figure, text(column, cell, figure), units.span(column.show, spread.low, spread.high))
