"""gate.json as one HTML page that needs nothing else: the verdict, a table of every cell and metric, forest plots. Pure."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass

from recvbench_report import html, units
from recvbench_report.gate import document as gate_json
from recvbench_report.gate import figures
from recvbench_report.plots import forest

LEVELS = {"PASS": "good", "INCONCLUSIVE": "partial"}  # of the banner; the others are bad
MARKS = {"REGRESSED": "bad", "INVALID": "bad", "INCOMPARABLE": "bad", "GONE": "bad", "IMPROVED": "good", "INCONCLUSIVE": "partial"}

MEANINGS = {
    "REGRESSED": "shown to be worse by more than the margin; or the candidate has defects that the base has not",
    "INVALID": "too many pairs with a run that failed its self-checks, or a figure is missing: nothing is concluded",
    "INCOMPARABLE": "machine, system or parameters differ",
    "GONE": "not in the candidate",
    "INCONCLUSIVE": "neither shown to be worse nor shown to be level",
    "UNDECIDED": "the gate, or the metric's cell, was decided before it",
    "NEW": "not in the base",
    "IMPROVED": "PASS, and the interval is entirely better than the margin",
    "PASS": "shown not to be worse by the margin or more",
}


@dataclass(frozen=True)
class Row:
    """Of the table: one metric of a cell; or a cell of which no metric was compared, and then `metric` is None."""

    cell: str
    verdict: str
    metric: dict | None
    reason: str

    @property
    def rank(self) -> int:
        return gate_json.ORDER.index(self.verdict)


def render(document: dict) -> str:
    """Equal documents give equal bytes."""
    return html.environment().get_template("comparison.html.j2").render(
        document=document,
        level=LEVELS.get(document["verdict"], "bad"),
        headline=headline(document),
        marks=MARKS,
        rows=rows(document),
        control=[Row(cell["cell"], "", m, "") for cell in document["control"] or [] for m in cell["metrics"] if m["pairs"]],
        not_gated=_not_gated(document),
        facts=[(name, *(document[side][key] for side in ("base", "candidate"))) for name, key in _FACTS],
        plots=forest.plots(document),
        note=forest.NOTE,
        title=forest.TITLE,
        meanings=[(word, MEANINGS[word]) for word in dict.fromkeys(row.verdict for row in rows(document))],
        figures=figures,
        figure=_figure,
        gate_json=base64.b64encode(gate_json.text(document).encode()).decode("ascii"),
    )


_FACTS = (("Side", "name"), ("Program", "about"), ("Build", "build"), ("Machine", "machine"))


def headline(document: dict) -> str:
    """REGRESSED: of 8 cells 1 REGRESSED, 7 PASS."""
    counts = Counter(cell["verdict"] for cell in document["cells"])
    told = ", ".join(f"{counts[word]} {word}" for word in gate_json.ORDER if counts[word])
    total = len(document["cells"])
    return f"{document['verdict']}: " + (f"of {total} {'cell' if total == 1 else 'cells'} {told}" if total else "no cell was compared")


def rows(document: dict) -> list[Row]:
    """Worst first, as forest.rows."""
    found = []
    for cell in document["cells"]:
        told = "; ".join(cell["reasons"])
        found += [Row(cell["cell"], figures.word(cell, m), m, told or why(m)) for m in cell["metrics"]]
        if not cell["metrics"]:
            found.append(Row(cell["cell"], cell["verdict"], None, told))
    return sorted(found, key=lambda row: (row.rank, -forest.severity(row.metric)))


def why(metric: dict) -> str:
    """What the metric's verdict stands on."""
    match metric["verdict"]:
        case "REGRESSED":
            return f"worse by more than the margin: p {_p(metric['p_regressed'])}"
        case "PASS" | "IMPROVED":
            return f"not worse by the margin: p {_p(metric['p_level'])}"
        case "INCONCLUSIVE" if metric["detectable"] is not None:
            return f"neither is shown; the last look finds a change of {_effect(metric, metric['detectable'])} or more (power 80 %)"
        case "UNDECIDED":
            return MEANINGS["UNDECIDED"]
    return ""


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"= {value:.2g}"


def _effect(metric: dict, effect: float) -> str:
    return figures.margin(metric | {"margin": effect})


def _figure(value: float | None) -> str:
    """For sorting."""
    return "" if value is None else repr(value)


def _not_gated(document: dict) -> list[tuple[str, list[str]]]:
    """[(reason, ["metric: cell, cell"])], for what has a reason not to be in the table."""
    found: dict[str, dict[str, list[str]]] = {}
    for cell in document["cells"]:
        for one in cell["not_gated"]:
            found.setdefault(one["reason"], {}).setdefault(one["metric"], []).append(cell["cell"])
    return [(reason, [f"{metric}: {', '.join(cells)}" for metric, cells in metrics.items()]) for reason, metrics in found.items()]
