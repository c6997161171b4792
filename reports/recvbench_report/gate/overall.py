"""From the cells' verdicts to the gate's: one word, one exit code, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from recvbench_report.gate import exits, slo
from recvbench_report.gate.cell import IMPROVED, INCONCLUSIVE, INVALID, PASS, REGRESSED, UNDECIDED

NO_BASELINE = "NO BASELINE"

# With --inconclusive=warn.
MOST_INCONCLUSIVE_SHARE = 0.1


@dataclass(frozen=True)
class Options:
    inconclusive: str = "fail"  # or "warn"
    allow_missing: bool = False


@dataclass(frozen=True)
class Outcome:
    verdict: str  # REGRESSED, INCONCLUSIVE, INVALID, NO_BASELINE, PASS
    exit_code: int
    reasons: list[str]


def judge(document: dict, options: Options, problems: Mapping[str, str]) -> Outcome:
    """`document`: gate.json but for its verdict. What is worst and certain comes first: a regression before what could not be
    judged; a contaminated machine before everything that its timing says."""
    cells = {word: [c for c in document["cells"] if c["verdict"] == word] for word in {c["verdict"] for c in document["cells"]}}
    missed = [check for check in document["slo"] if check["verdict"] == slo.MISSED]
    unknown = [check for check in document["slo"] if check["verdict"] == slo.INVALID]
    regressed = cells.get(REGRESSED, [])
    if regressed or missed:
        return Outcome(REGRESSED, exits.REGRESSED, _named("regressed", regressed) + _bounds(missed))
    if document["contaminated"]:
        return Outcome(INCONCLUSIVE, exits.INCONCLUSIVE, [f"machine contaminated: {line}" for line in document["contaminated"]])
    if invalid := cells.get(INVALID, []):
        return Outcome(INVALID, exits.INVALID, _named("invalid", invalid))
    if unknown:
        return Outcome(INVALID, exits.INVALID, _bounds(unknown))
    if INVALID in problems:
        return Outcome(INVALID, exits.INVALID, [problems[INVALID]])
    if NO_BASELINE in problems:
        return Outcome(NO_BASELINE, exits.NO_BASELINE, [problems[NO_BASELINE]])
    lacking = cells.get("GONE", []) + cells.get("INCOMPARABLE", [])
    if lacking and not options.allow_missing:
        return Outcome(NO_BASELINE, exits.NO_BASELINE, _named("not compared", lacking))
    compared = [c for word in (PASS, IMPROVED, INCONCLUSIVE, UNDECIDED) for c in cells.get(word, [])]
    if not compared:
        return Outcome(NO_BASELINE, exits.NO_BASELINE, ["no cell could be compared"])
    open_ones = cells.get(INCONCLUSIVE, []) + cells.get(UNDECIDED, [])
    if not open_ones:
        better = _named("improved", cells.get(IMPROVED, []))
        return Outcome(PASS, exits.OK, better + (["update the baseline?"] if better else []))
    told = _named("inconclusive", open_ones)
    if options.inconclusive == "warn" and (why := _may_not_warn(open_ones, len(compared), document["rules"]["looks"][0])):
        told.append(why)
    elif options.inconclusive == "warn":
        return Outcome(PASS, exits.OK, [f"warning: {line}" for line in told])
    return Outcome(INCONCLUSIVE, exits.INCONCLUSIVE, told)


def _may_not_warn(open_ones: list[dict], compared: int, least_pairs: int) -> str:
    """Why these cells do not pass even so; "" where they do."""
    if any(cell["verdict"] == UNDECIDED for cell in open_ones):
        return "the gate is not finished"
    if len(open_ones) > MOST_INCONCLUSIVE_SHARE * compared:
        return f"{len(open_ones)} of {compared} cells are inconclusive: more than {MOST_INCONCLUSIVE_SHARE:.0%} never pass"
    for cell in open_ones:
        if cell["pairs"] < least_pairs:
            return f"{cell['cell']}: fewer than {least_pairs} pairs never pass"
        for metric in cell["metrics"]:
            if metric["verdict"] == INCONCLUSIVE and not metric["median_within_margin"]:
                return f"{cell['cell']}: {metric['title']} is worse by more than its margin in the median"
    return ""


def _bounds(checks: list[dict]) -> list[str]:
    return [f"{check['cell']}: {check['slo']}: {check['text']}" for check in checks]


def _named(what: str, cells: list[dict], most: int = 5) -> list[str]:
    """A line a cell."""
    lines = [f"{what}: {_one(cell)}" for cell in cells[:most]]
    return lines + ([f"{what}: {len(cells) - most} more"] if len(cells) > most else [])


def _one(cell: dict) -> str:
    if cell["reasons"]:
        return f"{cell['cell']} ({cell['reasons'][0]})"
    chief = [m["title"] for m in cell["metrics"] if m["verdict"] == cell["verdict"]]
    return f"{cell['cell']} ({', '.join(chief)})" if chief else cell["cell"]
