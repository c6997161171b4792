"""Run-order progression: every run's p99 against its cell's median, in the order the runs were made."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from recvbench_report import labels
from recvbench_report.plots import common

TITLE = "Order of runs"
NOTE = {
    "shows": "Each run's p99 response time divided by the median of its own engine and scenario, in the order in which the "
    "runs were made. 1 is the usual. Vertical lines part the rounds of repetitions; rings are invalid runs, "
    "at the edge where they lie beyond the scale, and against each other where no run of theirs is valid.",
    "read": "Symbols scattered evenly about 1 are what a quiet machine gives. A trend, a step, or a stretch where all engines "
    "are slow together is the machine, not the engines: repeat the measurement.",
    "cannot": "It cannot show a disturbance that lasted throughout. A cell with a single valid run sits at 1 by construction.",
}


_NAME_WIDTH = 26  # characters of a line of the legend


@dataclass(frozen=True)
class Point:
    index: int
    ratio: float
    valid: bool
    cell: object


def points(scenarios) -> list[Point]:
    """Runs without a p99 are not among them. The median is that of the valid runs, else of all."""
    found = []
    for cell in (cell for s in scenarios for cell in s.cells):
        pairs = [(run, (run["latency"]["response"] or {}).get("p99_ns")) for run in cell.runs]
        pairs = [(run, p99) for run, p99 in pairs if p99]
        usual = [p99 for run, p99 in pairs if run["valid"]] or [p99 for _, p99 in pairs]
        found += [Point(r["index"], p99 / statistics.median(usual), r["valid"], cell) for r, p99 in pairs]
    return sorted(found, key=lambda p: p.index)


def plot(runs, scenarios, label: str) -> common.Plot | None:
    drawn = points(scenarios)
    if len(drawn) < 2:
        return None
    starts = [b["index"] - 0.5 for a, b in zip(runs, runs[1:]) if a["round"] != b["round"]]
    valid = [p for p in drawn if p.valid]
    alt = f"p99 of {len(drawn)} runs in order, each divided by the median of its engine and scenario; {len(valid)} of them are valid."
    if valid:
        worst = max(valid, key=lambda p: max(p.ratio, 1 / p.ratio))
        alt += f" Furthest from 1 of these: run {worst.index} ({common.plain(worst.cell.label, 200)}) at {worst.ratio:.2f}."

    cells = sorted({p.cell.label: p.cell for p in drawn}.values(), key=lambda cell: cell.position)
    names = labels.names(cells)
    called = {cell.label: common.broken(names.short[cell.label], _NAME_WIDTH) for cell in cells}
    lines = sum(name.count("\n") + 1 for name in [*called.values(), *([names.shared] if names.shared else [])])

    def draw(figure, theme) -> None:
        ax = figure.add_subplot()
        ax.set_yscale("log")
        usual = [p for p in drawn if p.valid] or drawn
        reach = max(1.3, max(max(p.ratio, 1 / p.ratio) for p in usual) * 1.1)
        ax.set_ylim(1 / reach, reach)
        ax.axhline(1, color=theme.muted, linewidth=1)
        for start in starts:
            ax.axvline(start, color=theme.muted, linewidth=0.6, linestyle=(0, (4, 3)))
        for cell in cells:
            look, colour = cell.look, theme.colour(cell.look)
            its = [(p.index, min(max(p.ratio, 1 / reach), reach), p.valid) for p in drawn if p.cell.label == cell.label]
            marks = common.run_marks(ax, its, colour, theme, look.marker, 6)
            marks += ax.plot([], [], linestyle="none", marker=look.marker, color=colour, label=called[cell.label])
            common.of_engine(cell, *marks)
        ax.grid(axis="x", visible=False)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        subs = (0.5, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 2, 3) if reach < 4 else (1, 2, 5) if reach < 30 else (1,)
        ax.yaxis.set_major_locator(LogLocator(subs=subs, numticks=99))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel("run, in the order made")
        ax.set_ylabel("p99 / its cell's median")
        common.side_legend(figure, common.broken(names.shared, _NAME_WIDTH))

    return common.render(TITLE, alt, max(3.0, 0.45 + 0.175 * lines), label, draw)

