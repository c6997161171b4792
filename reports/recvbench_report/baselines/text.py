"""What `recvbench-report baseline` prints, 80 columns wide. Pure."""

from __future__ import annotations

import statistics
from datetime import datetime
from typing import Sequence

from recvbench_report import labels
from recvbench_report.baselines import document as documents
from recvbench_report.baselines.differences import Differences, Moved
from recvbench_report.baselines.folder import Stored
from recvbench_report.gate import figures
from recvbench_report.gate.metrics import METRICS, SHOW
from recvbench_report.gate.text import wrap
from recvbench_report.trend.terminal import counted, machine

_KINDS = {metric.key: {"kind": "difference" if metric.is_difference else "ratio", "unit": metric.unit} for metric in METRICS}
_SHOWN = "  {:<10} {:>9} {:>9} {:>9} {:>11} {:>12} {:>9}"
_MOVED = "  {:<10} {:>9} {:>9} {:>9}"
ADVICE = "Medians of runs at different times, no verdict: `recvbench-report gate` decides."


def age(seconds: float) -> str:
    """3 days, 5 hours."""
    hours = seconds / 3600
    return counted(round(hours / 24), "day", "days") if hours >= 48 else counted(round(hours), "hour", "hours")


def listed(stored: Sequence[Stored], now: datetime) -> str:
    """`now`: in UTC."""
    lines = []
    for one in stored:
        document = one.document
        cells = counted(len(document["cells"]), "cell", "cells")
        old = age((now - documents.moment(document["measured"]["to"])).total_seconds())
        lines += wrap(f"{one.name}: {cells}, {old} old, {labels.printable(documents.about(document))}")
        lines += wrap(machine(document["environment"]), "  ")
    return _joined(lines)


def shown(stored: Stored) -> str:
    document = stored.document
    measured = document["measured"]
    lines = wrap(f"{stored.name}: {documents.about(document)}, measured from {measured['from']} to {measured['to']}")
    lines += [*wrap(machine(document["environment"])), ""]
    lines.append(_SHOWN.format("", "median", "lowest", "highest", "noise floor", "back to back", "later"))
    for name, cell in document["cells"].items():
        runs = len(next(iter(cell["metrics"].values()))["samples"])
        lines += ["", *wrap(f"{name} ({runs} runs)")]
        lines += [_shown(key, cell["metrics"][key]) for key in _KINDS if key in cell["metrics"]]
    about = (
        "Noise floor: smaller changes are not told from noise here. Back to back, later: what the second series of the same build "
        "showed beside the first, and the later half of all runs after the earlier."
    )
    return _joined([*lines, "", *wrap(about)])


def _shown(key: str, metric: dict) -> str:
    show, samples = SHOW[metric["unit"]], metric["samples"]
    against = [figures.signed(_KINDS[key], metric["a_a"][which]) for which in ("back_to_back_share", "apart_share")]
    spread = [show(figure) for figure in (statistics.median(samples), min(samples), max(samples))]
    return _SHOWN.format(key, *spread, f"{metric['noise']['floor_share'] * 100:.2g} %", *against)


def differences(found: Differences, advice: str = ADVICE) -> str:
    sides = [f"{side.name} ({side.about})" for side in (found.before, found.after)]
    lines = wrap(f"{sides[0]} -> {sides[1]}")
    lines += [line for one in found.machines for line in wrap(one, "  ")]
    if found.cells:
        lines += ["", _MOVED.format("", "before", "after", "change")]
    for name, moved in found.cells.items():
        lines += ["", *wrap(name), *(line for one in found.parameters.get(name, []) for line in wrap(one, "  "))]
        lines += [_moved(one) for one in moved]
    for word, names in (("GONE", found.gone), ("NEW", found.new)):
        lines += [line for name in names for line in ["", *wrap(f"{word}  {name}")]]
    return _joined([*lines, "", *wrap(advice)] if advice else lines)


def _moved(one: Moved) -> str:
    show = SHOW[one.metric.unit]
    return _MOVED.format(one.metric.key, show(one.before), show(one.after), figures.signed(_KINDS[one.metric.key], one.change))


def _joined(lines: list[str]) -> str:
    return "\n".join(labels.printable(line.rstrip()) for line in lines) + "\n"
