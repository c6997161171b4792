"""How the entries of gate.json read, the same in every output. Pure."""

from __future__ import annotations

from recvbench_report import units
from recvbench_report.gate.metrics import SHOW


def value(metric: dict, figure: float | None) -> str:
    return SHOW[metric["unit"]](figure)


def signed(metric: dict, change: float | None) -> str:
    """+11.7 %; of a difference, in points of its unit."""
    if change is None:
        return units.MISSING
    if metric["kind"] == "difference" and metric["unit"] != "share":
        return f"{'+' if change > 0 else ''}{value(metric, change)}"
    percent = change * 100
    digits = 0 if abs(percent) >= 100 else 1 if abs(percent) >= 1 else 2
    return f"{percent:+.{digits}f} %"


def ratio(metric: dict) -> float | None:
    """Candidate to base; a difference has none."""
    return None if metric["change"] is None or metric["kind"] == "difference" else 1 + metric["change"]


def ratio_text(metric: dict) -> str:
    """1.117; finer close to 1, where a thousandth is what matters."""
    found = ratio(metric)
    return units.MISSING if found is None else f"{found:.3f}" if found < 10 else units.digits(found)


def interval(metric: dict) -> str:
    """[+9.1, +14.2 %], 95 %."""
    if metric["change_low"] is None:
        return ""
    low, high = (signed(metric, metric[key]) for key in ("change_low", "change_high"))
    return f"[{low.removesuffix(' %')}, {high}]"


def margin(metric: dict) -> str:
    """What still counts as level: "5 %"."""
    if metric["margin"] is None:
        return units.MISSING
    if metric["kind"] == "difference":
        return value(metric, metric["margin"])
    return f"{metric['margin'] * 100:.3g} %"


def word(cell: dict, metric: dict) -> str:
    """The verdict beside a metric's figures: the cell's own where it says nothing of them, or there are none."""
    return cell["verdict"] if cell["verdict"] == "INVALID" or not metric["pairs"] else metric["verdict"]


def headline(document: dict) -> str:
    return f"Gate: {document['verdict']} (exit code {document['exit_code']})"


def sides(document: dict) -> str:
    """One line: what was compared with what."""
    told = [f"{d['name']} ({d['about']})" if d["about"] else d["name"] for d in (document["base"], document["candidate"])]
    return f"base {told[0]}, candidate {told[1]}" + (f"; {document['environment']}" if document["environment"] else "")


def summary(cell: dict) -> list[str]:
    """A line a reason: what the cell itself says, else its metrics of the cell's verdict."""
    if cell["reasons"]:
        return cell["reasons"]
    return [sentence(m) for m in cell["metrics"] if m["verdict"] == cell["verdict"]]


def sentence(metric: dict) -> str:
    """p99 response time 41.2 µs -> 46.0 µs, +11.7 % [+9.1, +14.2 %], margin 5 %, 16 pairs."""
    if not metric["pairs"]:
        return f"{metric['title']}: no figure"
    parts = [
        f"{metric['title']} {value(metric, metric['base'])} -> {value(metric, metric['candidate'])}",
        f"{signed(metric, metric['change'])} {interval(metric)}".rstrip(),
        f"margin {margin(metric)}",
        f"{metric['pairs']} pairs",
    ]
    return ", ".join(parts)


def level(document: dict) -> str:
    """What the words stand on."""
    rules = document["rules"]
    looks = ", ".join(map(str, rules["looks"]))
    return (
        f"{rules['tests']} tests (cell x metric); in at most {rules['alpha'] * 100:g} % of all gates without a change beyond a "
        f"margin does any of them fail; looks at {looks} pairs. Intervals: 95 %, of the median change; for the eye only."
    )
