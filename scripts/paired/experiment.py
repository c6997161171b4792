"""What gates make of real runs with a known change: true change -> verdicts, pairs, minutes. Pure."""

import statistics
from collections import Counter
from dataclasses import dataclass

VERDICTS = ("PASS", "REGRESSED", "INCONCLUSIVE", "INVALID")
SURELY_FOUND = 15  # per cent: from here on every gate should find it
OK, FAILED, UNRESOLVED, SHOWN = "ok", "FAILED", "not resolved", ""


@dataclass(frozen=True)
class Gated:
    """What came of one gate."""

    verdict: str
    pairs: float  # of a cell, mean
    seconds: float


def gated(document, seconds):
    """Of a gate.json. IMPROVED is PASS."""
    cells = document["cells"]
    return Gated(document["verdict"], statistics.mean(cell["pairs"] for cell in cells) if cells else 0, seconds)


def expected(change):
    """In words; what judged() holds gates with that true change (in per cent) against."""
    if change == 0:
        return "at most 5 % not PASS, none REGRESSED"
    return "all REGRESSED" if change >= SURELY_FOUND else ""


def judged(change, gates):
    """A gate that could not measure says nothing of the decision."""
    found = Counter(gate.verdict for gate in gates)
    if change == 0:
        if found["REGRESSED"]:
            return FAILED
        others = len(gates) - found["PASS"]
        return OK if others <= 0.05 * len(gates) else UNRESOLVED if found["INVALID"] + found["PASS"] == len(gates) else FAILED
    if change < SURELY_FOUND:
        return SHOWN
    if found["REGRESSED"] == len(gates):
        return OK
    return UNRESOLVED if found["REGRESSED"] + found["INVALID"] == len(gates) else FAILED


def table(results):
    """{true change in per cent: its gates}, in lines."""
    lines = [("change", "gates", *VERDICTS, "pairs", "s a gate", "expected", "")]
    for change, gates in results.items():
        found = Counter(gate.verdict for gate in gates)
        lines.append((f"{change:+g} %", str(len(gates)), *(str(found[word]) for word in VERDICTS), f"{statistics.mean(g.pairs for g in gates):.1f}",
                      f"{statistics.mean(g.seconds for g in gates):.0f}", expected(change), judged(change, gates)))
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(text.rjust(width) if i < len(VERDICTS) + 4 else text.ljust(width)
                               for i, (text, width) in enumerate(zip(line, widths))).rstrip() for line in lines)
