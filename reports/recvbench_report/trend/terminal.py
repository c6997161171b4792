"""What `recvbench-report trend` prints, 80 columns wide."""

from __future__ import annotations

import itertools
import textwrap

from recvbench_report import labels
from recvbench_report.history import History
from recvbench_report.trend.series import FALSE_ALARMS, Series

WIDTH = 80
_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 24

NOTE = (
    "Advice, no verdict: medians of a run directory each, changes by a rank CUSUM with a permutation test "
    f"({FALSE_ALARMS * 100:.0f} % that a history without any change shows one). It takes the machine's changes for the engine's: "
    "recvbench-report gate decides, by pairs of runs on one machine. Machines, builds by other compilers or flags, and "
    "other settings are series of their own."
)


def text(history: History, series: list[Series]) -> str:
    entries = history.entries
    lines = [f"{counted(len(entries), 'run directory', 'run directories')}, {day(entries[0].started)} to {day(entries[-1].started)}"]
    for _, its in itertools.groupby(series, key=lambda one: one.key.fingerprint):
        its = list(its)
        lines += ["", *_wrapped(machine(its[-1].directory.description["environment"]))]
        for _, of_cell in itertools.groupby(its, key=lambda one: one.key):
            lines += _cell_lines(list(of_cell))
    lines += ["", *_summary(series), "", *_wrapped(NOTE)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def machine(environment: dict) -> str:
    """Of run.json, and of whatever keeps its label and fingerprint."""
    fingerprint = environment["fingerprint"]
    label = f"{environment['label']}: " if environment["label"] else ""
    return labels.printable(
        f"{label}{fingerprint['cpu_model']}, {fingerprint['logical_cpus']} CPUs, {fingerprint['os']}, {fingerprint['compiler']} "
        f"{fingerprint['build_type']} [{fingerprint['hash']}]"
    )


def signed(share: float) -> str:
    return f"{share * 100:+.0f} %"


def day(started: str) -> str:
    return labels.printable(started.partition("T")[0])


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _cell_lines(of_cell: list[Series]) -> list[str]:
    first = of_cell[0]
    kind = f" ({first.cell.kind})" if first.cell.kind else ""
    lines = ["", *_wrapped(f"{labels.printable(first.cell.label)}{kind}  {labels.printable(first.scenario)}")]
    for one in of_cell:
        values = [point.value for point in one.points]
        shown = f"{one.show(values[0])} → {one.show(values[-1])}" if len(values) > 1 else one.show(values[0])
        lines.append(f"  {one.metric.title:<20} {bars(values):<{_MOST_BARS}}  {shown}")
        lines += [line for change in one.changes for line in _wrapped(told(one, change), "    ")]
    return lines


def bars(values: list[float]) -> str:
    """The last ones as bars from the least to the greatest; all alike are in the middle."""
    values = values[-_MOST_BARS:]
    low, high = min(values), max(values)
    if low == high:
        return _BARS[3] * len(values)
    return "".join(_BARS[min(int((value - low) / (high - low) * len(_BARS)), len(_BARS) - 1)] for value in values)


def told(series: Series, change) -> str:
    """"worse: +21 % from 2026-02-01 (nightly-31) on, 41.2 µs → 49.9 µs, p=0.0004."""
    entry = series.points[change.index].entry
    word = "worse" if series.worse(change) else "better"
    levels = f"{series.show(change.before)} → {series.show(change.after)}"
    return f"{word}: {signed(change.share)} from {day(entry.started)} ({labels.printable(entry.name)}) on, {levels}, p={change.p:.2g}"


def _summary(series: list[Series]) -> list[str]:
    by_state: dict[str, list[Series]] = {}
    for one in series:
        by_state.setdefault(one.state, []).append(one)
    parts = [f"{state}: {len(by_state[state])}" for state in ("changed", "no change shown", "too few points") if state in by_state]
    lines = _wrapped(f"{counted(len(series), 'series', 'series')}; {', '.join(parts)}")
    if few := by_state.get("too few points"):
        lines += _wrapped(f"Nothing can be shown with fewer than {few[0].least_points} points.")
    if changed := by_state.get("changed"):
        cells = dict.fromkeys(f"{one.cell.label}/{one.scenario} ({one.metric.key})" for one in changed)
        lines += _wrapped("Changed: " + labels.printable(labels.listing(list(cells))))
    return lines
