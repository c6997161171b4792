"""What may be concluded: is the measurement valid, and which engine stands where in each scenario. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace

from recvbench_report import ceiling, labels, loss, stats, units


@dataclass(frozen=True)
class Verdict:
    level: str  # "good", "partial", "bad"
    headline: str
    points: list[str]


def verdict(directory) -> Verdict:
    runs, description = directory.runs, directory.description
    valid = sum(run["valid"] for run in runs)
    planned = len(description["plan"])
    points = []
    if description["status"] != "complete":
        error = f": {description['error']}" if description["error"] else ""
        points.append(f"The measurement did not finish (status: {description['status']}{error}).")
    if len(runs) < planned:
        points.append(f"{planned - len(runs)} of {planned} planned runs are missing.")
    measured = {run["cell"] for run in runs}
    if never := [cell for cell in dict.fromkeys(run["cell"] for run in description["plan"]) if cell not in measured]:
        points.append(f"Never run: {labels.listing(never)}.")
    codes: dict[str, int] = {}
    for run in runs:
        for code in {reason["code"] for reason in run["reasons"]}:
            codes[code] = codes.get(code, 0) + 1
    if codes:
        points.append("Invalid runs: " + ", ".join(f"{code} ({n})" for code, n in sorted(codes.items())) + ".")
    points += directory.warnings
    if not valid:
        return Verdict("bad", f"Not valid: none of {len(runs)} runs passed the self-checks", points)
    if valid < len(runs):
        return Verdict("partial", f"Valid in part: {valid} of {len(runs)} runs passed every self-check", points)
    how_many = "the only run" if valid == 1 else f"all {valid} runs"
    return Verdict("partial" if points else "good", f"Valid: {how_many} passed every self-check", points)


@dataclass(frozen=True)
class Metric:
    key: str
    title: str
    lower_is_better: bool
    show: object
    value: object  # run -> float | None


P99 = Metric("p99", "p99 response time", True, units.time, lambda r: (r["latency"]["response"] or {}).get("p99_ns"))
RATE = Metric("rate", "throughput", False, units.rate, lambda r: r["rates"]["received_per_s"])
CPU = Metric("cpu", "CPU per message", True, units.time, lambda r: r["cost"]["cpu_ns_per_message"])
METRICS = (P99, RATE, CPU)


@dataclass(frozen=True)
class Finding:
    leader: str
    text: str  # what the runs carry
    figure: str  # the leader's median
    decided: bool
    level: tuple[str, ...] = ()  # not told apart from the leader, though there are runs enough to
    behind: tuple[str, ...] = ()


def finding(scenario, metric: Metric) -> Finding | str:
    """A sentence instead of a finding where there is nothing to compare."""
    if metric is RATE and scenario.about["mode"] == "open":
        return "the rate was given"
    if metric is P99 and scenario.about["mode"] == "max" and scenario.about["workload"] == "sink":
        return "not compared: under as much load as fits, it tells how full the socket buffers are"
    samples: dict[str, list[float]] = {}
    for cell in scenario.cells:
        if cell.rankable:
            values = [metric.value(run) for run in cell.valid]
            if all(v is not None for v in values):
                samples[cell.label] = values
    if metric is RATE and (bounds := {cell.label: cell for cell in scenario.cells if cell.label in samples and ceiling.limits(cell.valid)}):
        return _bounds(bounds, samples)
    losing = {cell.label: loss.worst(cell.valid) for cell in scenario.cells if cell.label in samples and loss.too_much(cell.valid)}
    # Who loses comes after who does not, whatever its figure.
    keeping = {label: values for label, values in samples.items() if label not in losing}
    compared = _compare(keeping or samples, metric)
    if not losing or isinstance(compared, str):
        return compared
    return replace(compared, text=_with_loss(compared.text, len(keeping), losing))


def _bounds(bounds: dict, samples: dict[str, list[float]]) -> str:
    """Whoever is at the generator's limit takes more than the others, and nobody knows how much."""
    told = labels.listing([f"{label} {ceiling.at_least(statistics.median(samples[label]))}" for label in bounds])
    return f"not ranked: {told} ({ceiling.NOTE})"


def _with_loss(text: str, keeping: int, losing: dict[str, float]) -> str:
    most = f"more than {units.share(loss.MOST)} of the datagrams"
    told = labels.listing([f"{label} ({units.share(lost)})" for label, lost in sorted(losing.items(), key=lambda item: item[1])])
    if not keeping:
        return f"{text}. {'Loses' if len(losing) == 1 else 'All lose'} {most}: {told}"
    if keeping == 1:
        text = "the only engine with a valid figure that does not lose too much"
    return f"{text}. Ranked after, for losing {most}: {told}"


def _compare(samples: dict[str, list[float]], metric: Metric) -> Finding | str:
    standing = stats.standing(samples, metric.lower_is_better)
    if standing is None:
        return "no valid figure"
    figure = metric.show(standing.spread.median)
    if len(samples) == 1:
        return Finding(standing.leader, "the only engine with a valid figure", figure, False)
    if not standing.decidable:
        needed = stats.runs_needed(len(samples))
        fewest = min(len(v) for v in samples.values())
        runs = "1 run" if fewest == 1 else f"{fewest} runs"
        text = f"best observed, not a ranking: with {runs} an engine nothing can be told apart (≥ {needed} needed)"
        return Finding(standing.leader, text, figure, False)
    if not standing.level:
        return Finding(standing.leader, "best: every other engine is measurably behind", figure, True, (), tuple(standing.behind))
    told, apart = labels.listing(standing.level), (tuple(standing.level), tuple(standing.behind))
    if not standing.behind:
        return Finding(standing.leader, f"best observed; statistically level: {told}", figure, False, *apart)
    return Finding(standing.leader, f"statistically level: {told}. Behind: {labels.listing(standing.behind)}", figure, True, *apart)
