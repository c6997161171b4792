"""gate.json for a terminal of 80 columns. Pure."""

from __future__ import annotations

import textwrap

from recvbench_report.gate import figures

WIDTH = 80
# metric 10, base 9, candidate 9, change 8, interval 18, margin 7, verdict 12, with a space between each
_ROW = "{:<10} {:>9} {:>9} {:>8} {:>18} {:>7} {:<12}"
_INDENT = "  "


def gate(document: dict) -> str:
    """The verdict last, where the eye is when the output ends."""
    lines = _table(document)
    lines += _control(document) + _slos(document)
    lines += [line for note in document["notes"] for line in wrap(f"note: {note}")]
    lines += ["", figures.headline(document)]
    lines += [line for reason in document["reasons"] for line in wrap(reason, _INDENT)]
    return "\n".join(lines) + "\n"


def compare(document: dict) -> str:
    return "\n".join([*_table(document), *(line for note in document["notes"] for line in wrap(f"note: {note}"))]) + "\n"


def _table(document: dict) -> list[str]:
    lines = [*wrap(figures.sides(document)), *wrap(figures.level(document))]
    if any(cell["metrics"] for cell in document["cells"]):
        lines += ["", _ROW.format("", "base", "candidate", "change", "interval", "margin", "verdict").rstrip()]
    for cell in document["cells"]:
        lines += _cell(cell)
    return lines


def _cell(cell: dict) -> list[str]:
    of = f" ({cell['pairs']} pairs{_invalid(cell)})" if cell["pairs"] else ""
    lines = ["", *wrap(f"{cell['verdict']}  {cell['cell']}{of}")]
    lines += [line for reason in cell["reasons"] for line in wrap(reason, _INDENT)]
    lines += [_metric(metric) for metric in cell["metrics"] if metric["pairs"]]
    for reason, metrics in _not_compared(cell).items():
        lines += wrap(f"{', '.join(metrics)}: not compared: {reason}", _INDENT)
    return lines


def _not_compared(cell: dict) -> dict[str, list[str]]:
    metrics: dict[str, list[str]] = {}
    for one in cell["not_gated"]:
        metrics.setdefault(one["reason"], []).append(one["metric"])
    return metrics


def _invalid(cell: dict) -> str:
    return f", {cell['invalid_pairs']} not valid" if cell["invalid_pairs"] else ""


def _metric(metric: dict) -> str:
    return _ROW.format(
        metric["metric"][:10],
        figures.value(metric, metric["base"]),
        figures.value(metric, metric["candidate"]),
        figures.signed(metric, metric["change"]),
        figures.interval(metric),
        figures.margin(metric),
        metric["verdict"],
    ).rstrip()


def _control(document: dict) -> list[str]:
    if document["control"] is None:
        return []
    lines = ["", "Control: the same build on both sides"]
    for cell in document["control"]:
        changes = [f"{m['metric']} {figures.signed(m, m['change'])} {figures.interval(m)}".rstrip() for m in cell["metrics"]]
        lines += wrap(f"{cell['cell']} ({cell['pairs']} pairs{_invalid(cell)}): {', '.join(changes or cell['reasons'])}", _INDENT)
    return lines


def _slos(document: dict) -> list[str]:
    lines = ["", "Bounds"] if document["slo"] else []
    for one in document["slo"]:
        lines += wrap(f"{one['verdict']}  {one['cell']}: {one['text']}")
    return lines


def wrap(text: str, indent: str = "") -> list[str]:
    """Long names have no space to break at, and are wanted whole more often than narrow."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + _INDENT, break_long_words=False, break_on_hyphens=False
    )
