"""What stands behind the findings: every engine's figure and standing under a scenario, and who leads how often. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from recvbench_report import ceiling, labels, loss, stats, units, verdict

Findings = list[tuple[verdict.Metric, verdict.Finding | str]]  # of one scenario


@dataclass(frozen=True)
class Standing:
    """Of an engine by one metric."""

    figure: str  # the median of the valid runs
    range: str
    word: str  # "best", "level", "behind" ...; "" where engines were not compared


@dataclass(frozen=True)
class Row:
    """An engine under one scenario."""

    cell: object
    runs: str  # "4 of 5 valid"
    reasons: list[str]  # codes of why runs are invalid
    standings: list[Standing]


def rows(scenario, findings: Findings) -> list[Row]:
    return [
        Row(
            cell,
            f"{len(cell.valid)} of {len(cell.runs)} valid",
            codes(cell),
            [_standing(cell, metric, found) for metric, found in findings],
        )
        for cell in scenario.cells
    ]  # fmt: skip


def codes(cell) -> list[str]:
    return sorted({reason["code"] for run in cell.runs for reason in run["reasons"]})


def _standing(cell, metric: verdict.Metric, found: verdict.Finding | str) -> Standing:
    spread = stats.spread([metric.value(run) for run in cell.valid])
    if spread is None:
        word = "not ranked: no valid run" if not cell.valid else "not ranked: a run lacks the figure"
        return Standing(units.MISSING, "", word)
    bound = metric is verdict.RATE and ceiling.limits(cell.valid)
    figure = ceiling.at_least(spread.median) if bound else metric.show(spread.median)
    return Standing(figure, units.span(metric.show, spread.low, spread.high), _word(cell, found))


def _word(cell, found: verdict.Finding | str) -> str:
    if cell.kind:
        return f"not ranked: {cell.kind}"
    if isinstance(found, str):
        return ""
    if cell.label == found.leader:
        return "best" if found.decided and not found.level else "best observed"
    if cell.label in found.level:
        return "level"
    if cell.label in found.behind:
        return "behind"
    return "ranked after: loses too much" if loss.too_much(cell.valid) else "not told apart"


def glance(findings: list[Findings]) -> list[tuple[str, str]]:
    """(metric, who leads how often) over all scenarios: "best or level: iocp in 9 (4 alone), rio in 3; not compared in 2 of 14"."""
    return [(of_metric[0][0].title, _leads([one for _, one in of_metric])) for of_metric in zip(*findings)]


def _leads(found: list[verdict.Finding | str]) -> str:
    compared = [one for one in found if not isinstance(one, str)]
    told_apart = [one for one in compared if one.decided or one.level]
    leads = Counter(label for one in told_apart for label in (one.leader, *one.level))
    alone = Counter(one.leader for one in told_apart if not one.level)
    observed = Counter(one.leader for one in compared if not (one.decided or one.level))
    parts = []
    if leads:
        order = sorted(leads, key=lambda label: (-leads[label], -alone[label], label))
        times = [f"{label} in {leads[label]}" + (f" ({alone[label]} alone)" if alone[label] else "") for label in order]
        parts.append("best or level: " + _listed(times))
    if observed:
        order = sorted(observed, key=lambda label: (-observed[label], label))
        times = [f"{label} in {observed[label]}" for label in order]
        parts.append("best observed, with too few runs or engines to tell: " + _listed(times))
    if len(compared) < len(found):
        parts.append(f"not compared in {len(found) - len(compared)} of {len(found)} scenarios")
    return "; ".join(parts)


def _listed(counts: list[str]) -> str:
    return labels.listing(counts, 4)


def unranked(scenarios) -> list[str]:
    """Who is never ranked, and why: each engine once."""
    kinds = {cell.label: cell.kind for scenario in scenarios for cell in scenario.cells if cell.kind}
    invalid: dict[str, list[str]] = {}
    for scenario in scenarios:
        for cell in scenario.cells:
            if not cell.kind and not cell.valid:
                invalid.setdefault(cell.label, []).append(scenario.name)
    where = {label: f"{len(names)} scenarios" if len(names) > 2 else " and ".join(names) for label, names in invalid.items()}
    without = [f"{label} (no valid run under {names})" for label, names in where.items()]
    return [f"{label} ({kind})" for label, kind in kinds.items()] + without
