"""gate.json as GitHub's workflow commands, which become annotations of the job. Pure."""

from __future__ import annotations

from recvbench_report.gate import figures

# GitHub shows no more than so many of a kind and step.
MOST = 10
_LEVELS = {
    "REGRESSED": "error", "INVALID": "error", "INCOMPARABLE": "error", "GONE": "error", "MISSED": "error",
    "INCONCLUSIVE": "warning", "UNDECIDED": "warning", "IMPROVED": "notice",
}  # fmt: skip


def render(document: dict) -> str:
    """"" where there is nothing to say."""
    found = [(_LEVELS[c["verdict"]], f"{c['verdict']}: {c['cell']}", "\n".join(figures.summary(c)))
             for c in document["cells"] if c["verdict"] in _LEVELS]  # fmt: skip
    found += [(_LEVELS[s["verdict"]], f"{s['verdict']}: {s['cell']}", f"{s['slo']}: {s['text']}")
              for s in document["slo"] if s["verdict"] in _LEVELS]  # fmt: skip
    found += [("warning", "machine contaminated", line) for line in document["contaminated"]]
    if not found and document["exit_code"]:
        found = [("error", figures.headline(document), "\n".join(document["reasons"]))]
    found.sort(key=lambda one: ("error", "warning", "notice").index(one[0]))
    if len(found) > MOST:
        rest = len(found) - MOST + 1
        found = [*found[: MOST - 1], (found[MOST - 1][0], figures.headline(document), f"{rest} more: see gate.json")]
    return "".join(f"::{level} title={_property(title)}::{_data(text)}\n" for level, title, text in found)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
