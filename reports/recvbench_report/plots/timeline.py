"""Timeline: response time through the measured window, second by second; a panel per engine, one scale for a scenario."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recvbench_report import labels, units
from recvbench_report.load import Stretch
from recvbench_report.plots import common

TITLE = "Timeline"
NOTE = {
    "shows": "Response time of the messages of each second of the measured window (of long runs, and in large reports, of several seconds). "
    "Of each engine the run whose p99 is the middle one of its valid runs: p99 thick with symbols, p50 thin below it, the longest "
    "response dotted above. Pale lines are the p99 of its other valid runs, rings those of invalid runs.",
    "read": "Level lines are a steady state. A spike that only one run has is a disturbance; one that all runs of an engine have at one "
    "time is the engine's; a slope means that the run was not settled when it was measured. Panels of one plot have one scale.",
    "cannot": "The warm-up is not in the log, so it is not here. A second has a p99 only from 1,000 messages on. Messages still "
    "under way at the window's end appear in the seconds after it. Nothing shorter than a second can be seen but by its longest response.",
}
LEAST_STRETCHES = 3
MOST_PANELS = 20
_COLUMNS = 4
_NAME_WIDTH = 34


@dataclass(frozen=True)
class Run:
    index: int
    valid: bool
    stretches: list[Stretch]


@dataclass(frozen=True)
class Panel:
    cell: object
    main: Run | None  # None where no run is valid
    others: list[Run]


def panels(scenario, stretches: dict[str, list[Stretch]]) -> list[Panel]:
    """Cells without a run that is long enough are left out."""
    found = []
    for cell in scenario.cells:
        runs = [(run, stretches.get(f"r{run['index']}.response", [])) for run in cell.runs]
        runs = [(run, its) for run, its in runs if len(its) >= LEAST_STRETCHES]
        # The lower of two in the middle: an average of runs is no run.
        valid = sorted((pair for pair in runs if pair[0]["valid"]), key=lambda pair: (_p99(pair[0]), pair[0]["index"]))
        middle = valid[(len(valid) - 1) // 2][0]["index"] if valid else None
        made = [Run(run["index"], run["valid"], its) for run, its in runs]
        if made:
            main = next((run for run in made if run.index == middle), None)
            found.append(Panel(cell, main, [run for run in made if run is not main]))
    return found


def _p99(run: dict) -> float:
    response = run["latency"]["response"]
    return response["p99_ns"] or response["p50_ns"]


def plots(scenario, stretches: dict[str, list[Stretch]], label: str) -> list[common.Plot]:
    by_label = {panel.cell.label: panel for panel in panels(scenario, stretches)}
    groups = labels.groups([panel.cell for panel in by_label.values()], MOST_PANELS)
    everything = list(by_label.values())
    return [_plot(scenario, [by_label[cell.label] for cell in group], _limits(everything), label) for group in groups]


def _limits(drawn: list[Panel]) -> tuple[float, float]:
    marks = [(panel.cell, value) for panel in drawn for run in _runs(panel) for s in run.stretches for value in (s.p50_ns, s.max_ns)]
    return common.limits(marks)


def _runs(panel: Panel) -> list[Run]:
    return [panel.main, *panel.others] if panel.main else panel.others


def _plot(scenario, drawn: list[Panel], limits: tuple[float, float], label: str) -> common.Plot:
    names = labels.names([panel.cell for panel in drawn])
    lasts = max(s.end_s for panel in drawn for run in _runs(panel) for s in run.stretches)
    length = max(s.end_s - s.begin_s for panel in drawn for run in _runs(panel) for s in run.stretches)
    each = "each second" if length == 1 else f"each {length:g} s"
    title = common.title(f"{scenario.name} · {each}: p99 thick, p50 thin, longest dotted", names.shared)
    alt = f"Response time in {each} of the window, {title}: " + " ".join(_told(panel) for panel in drawn)
    columns = min(_COLUMNS, len(drawn))
    rows = math.ceil(len(drawn) / columns)
    grid = _Grid(rows, columns, lasts, limits)

    def draw(figure, theme) -> None:
        ax = figure.add_subplot()
        common.of_scenario(scenario, ax)
        ax.set_title(title)
        grid.prepare(ax, theme, len(drawn))
        for i, panel in enumerate(drawn):
            _draw(ax, theme, grid, i, panel, common.plain(names.short[panel.cell.label], _NAME_WIDTH) + common.notes(panel.cell))

    return common.render(title, alt, 0.75 + 1.3 * rows, label, draw)


def _told(panel: Panel) -> str:
    name = common.cell_label(panel.cell)
    if panel.main is None:
        return f"{name}: no valid run."
    worst = max(panel.main.stretches, key=lambda s: s.max_ns)
    p99 = [s.p99_ns for s in panel.main.stretches if s.p99_ns]
    between = f"p99 {units.time(min(p99))} to {units.time(max(p99))}, " if p99 else "no p99, "
    return f"{name}, run {panel.main.index}: {between}longest {units.time(worst.max_ns)} at {worst.begin_s:g} s."


@dataclass(frozen=True)
class _Grid:
    """Panels in one pair of axes: for each engine axes of its own take a hundred times as long to draw. In the units of the axes
    each panel is 1 wide and 1 high."""

    rows: int
    columns: int
    lasts_s: float
    limits: tuple[float, float]

    def x(self, i: int, time_s: float) -> float:
        return i % self.columns * 1.06 + time_s / self.lasts_s

    def y(self, i: int, value: float) -> float:
        low, high = (math.log(limit) for limit in self.limits)
        share = (math.log(value) - low) / (high - low)
        return -(i // self.columns) * 1.34 + share if -1e-9 <= share <= 1 + 1e-9 else math.nan

    def prepare(self, ax, theme, panels: int) -> None:
        ax.set_xlim(0, self.columns * 1.06 - 0.06)
        ax.set_ylim(-(self.rows - 1) * 1.34 - 0.02, 1.2)
        ax.grid(False)
        ax.set_frame_on(False)
        ax.tick_params(length=0)
        decades, seconds = self._times(), self._seconds()
        ax.set_yticks([self.y(i, v) for i in range(0, panels, self.columns) for v in decades],
                      [units.round_time(v) for _ in range(0, panels, self.columns) for v in decades], fontsize=8)  # fmt: skip
        last = range(self.columns)
        ax.set_xticks([self.x(i, s) for i in last for s in seconds], [f"{s:g} s" for _ in last for s in seconds], fontsize=8)
        lines = [
            (self.x(i, 0), self.x(i, self.lasts_s), self.y(i, value)) for i in range(panels) for value in (self.limits[0], *decades)
        ]
        x, y = zip(*[(v, h) for left, right, h in lines for v in (left, right, math.nan)])
        ax.plot(x, y, color=theme.grid, linewidth=0.7, zorder=0)

    def _times(self) -> list[float]:
        """Round values for ticks, three or four."""
        low, high = (math.log10(limit) for limit in self.limits)
        for steps in ((1, 2, 5), (1, 3), (1,)):
            found = [s * 10**d for d in range(math.floor(low), math.ceil(high) + 1) for s in steps if low <= math.log10(s * 10**d) <= high]
            if len(found) <= 5:
                break
        return found[:: math.ceil(len(found) / 5)] if found else [self.limits[0]]

    def _seconds(self) -> list[float]:
        step = next(s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, math.inf) if s * 4 >= self.lasts_s)
        return [0] if math.isinf(step) else [step * i for i in range(int(self.lasts_s / step) + 1)][:4]


def _draw(ax, theme, grid: _Grid, i: int, panel: Panel, name: str) -> None:
    look, colour = panel.cell.look, theme.colour(panel.cell.look)
    if any(s.p50_ns < grid.limits[0] for run in _runs(panel) for s in run.stretches):
        name += " · below the scale"
    artists = [ax.text(grid.x(i, 0), grid.y(i, grid.limits[1]) + 0.05, name, fontsize=8.5, color=theme.ink, va="bottom")]
    valid = [run for run in panel.others if run.valid]
    if valid:
        x, y = zip(*[point for run in valid for point in [*_line(grid, i, run, "p99_ns"), (math.nan, math.nan)]])
        artists += ax.plot(x, y, color=colour, linewidth=0.8, alpha=0.4, zorder=2)
    for run in (run for run in panel.others if not run.valid):
        x, y = zip(*_line(grid, i, run, "p99_ns"))
        artists += ax.plot(x, y, color=colour, linewidth=0.7, alpha=0.8, zorder=2, marker="o", markersize=3.5, markerfacecolor=theme.paper,
                           markevery=max(len(x) // 6, 1))  # fmt: skip
    if panel.main:
        for key, options in (
            ("max_ns", dict(linewidth=0.9, linestyle=(0, (1, 1.6)))),
            ("p50_ns", dict(linewidth=1)),
            ("p99_ns", dict(linewidth=2, marker=look.marker, markersize=common.marker_size(look.marker, 4), markeredgecolor=theme.paper,
                            markeredgewidth=0.4, markevery=max(len(panel.main.stretches) // 6, 1))),
        ):  # fmt: skip
            x, y = zip(*_line(grid, i, panel.main, key))
            artists += ax.plot(x, y, color=colour, zorder=3, **options)
    common.of_engine(panel.cell, *artists)


def _line(grid: _Grid, i: int, run: Run, key: str) -> list[tuple[float, float]]:
    """Each stretch at its middle; a gap where it has no such figure, or where no message was done."""
    points, last = [], None
    for stretch in run.stretches:
        if last is not None and stretch.begin_s > last + 1e-9:
            points.append((math.nan, math.nan))
        value, last = getattr(stretch, key), stretch.end_s
        middle = grid.x(i, (stretch.begin_s + stretch.end_s) / 2)
        points.append((middle, grid.y(i, value) if value else math.nan))
    return points
