"""gate.json as Markdown for a job's page: the verdict first, then the cells, worst first. Pure."""

from __future__ import annotations

import re

from recvbench_report.gate import figures

# GitHub takes 1 MiB a step and shows nothing of what is longer.
MOST_BYTES = (1 << 20) - 4096
_GOOD = ("PASS", "NEW")


def render(document: dict, most_bytes: int = MOST_BYTES) -> str:
    parts = [f"## {_text(figures.headline(document))}\n\n"]
    parts += [f"- {_text(line)}\n" for line in document["reasons"]]
    parts.append(f"\n{_text(figures.sides(document))}\n\n")
    rows = [row for cell in document["cells"] for row in _rows(cell)]
    heading = "| verdict | cell | metric | base | candidate | change | margin | pairs |\n|---|---|---|--:|--:|--:|--:|--:|\n"
    after = [f"- {one['verdict']}: {_text(one['cell'])}: {_text(one['text'])}\n" for one in document["slo"]]
    after += [f"- control: {_text(line)}\n" for line in document["contaminated"]]
    after += [f"- {_text(note)}\n" for note in document["notes"]]
    after.append(f"\n{_text(figures.level(document))}\n")
    return _within([*parts, *([heading, *rows, "\n"] if rows else []), *after], most_bytes)


def _rows(cell: dict) -> list[str]:
    """A row a metric; of cells that are well a single one."""
    name, verdict = _text(cell["cell"]), _text(cell["verdict"])
    metrics = [m for m in cell["metrics"] if m["pairs"]]
    if cell["verdict"] in _GOOD and metrics:
        shown = ", ".join(f"{m['metric']} {figures.signed(m, m['change'])}" for m in metrics)
        return [f"| {verdict} | {name} | {_text(shown)} |  |  |  |  | {cell['pairs']} |\n"]
    lines = []
    if cell["reasons"] or not metrics:
        lines.append(f"| {verdict} | {name} | {_text('; '.join(cell['reasons']))} |  |  |  |  | {cell['pairs']} |\n")
    for m in metrics:
        figure = [figures.value(m, m["base"]), figures.value(m, m["candidate"])]
        change = f"{figures.signed(m, m['change'])} {figures.interval(m)}"
        columns = [m["verdict"], cell["cell"], m["title"], *figure, change, figures.margin(m), str(m["pairs"])]
        lines.append("| " + " | ".join(map(_text, columns)) + " |\n")
    return lines


def _text(text: str) -> str:
    """As text and nothing else: no markup, no HTML, no mention, no link."""
    return re.sub(r"[\\`*_{}\[\]<>()#!|&~@$\"']", lambda found: f"&#{ord(found[0])};", " ".join(text.split())).replace("://", ":&#47;/")


def _within(parts: list[str], most_bytes: int) -> str:
    cut = "\n… cut here: the rest is in gate.json\n"
    left = most_bytes - len(cut.encode())
    for i, part in enumerate(parts):
        left -= len(part.encode())
        if left < 0:
            return "".join(parts[:i]) + cut
    return "".join(parts)
