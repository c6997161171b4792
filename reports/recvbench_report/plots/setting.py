"""Scaling with a setting: how an engine's figures change with one of its settings, all its others being equal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recvbench_report import labels, stats, table, units
from recvbench_report.plots import axes, common

TITLE = "Scaling with a setting"
NOTE = {
    "shows": "What was measured with three values or more of a setting, along the horizontal axis (twice the value is one "
    "step), all other settings being the same. A dot is one run, rings are invalid runs; the line joins the medians of the "
    "valid runs and is broken where there are none. A line looks as its leftmost point does in the other plots.",
    "read": "Times and CPU: lower is better; throughput: higher. A flat line says that the setting does not matter "
    "here; where a line turns, going on costs more than it gains. A step is worth something where it is larger than the "
    "dots of one value lie apart.",
    "cannot": "It says nothing of values between those measured. Values that are no numbers, and 0, have no place on this "
    "axis; the table has them. At a given rate the throughput shows only whether the rate was kept.",
}
LEAST_VALUES = 3
MOST_LINES = 8
_COLUMNS = {column.key: column for column in table.COLUMNS}
PANELS = ((_COLUMNS["p50"], "p50 response time"), (_COLUMNS["p99"], "p99 response time"),
          (_COLUMNS["rate"], "throughput"), (_COLUMNS["cpu"], "CPU per message"))  # fmt: skip
_NAME_WIDTH = 26  # characters of a line of the legend
_MOST_NAMES = 12  # of values below a panel, of which two stand side by side


@dataclass(frozen=True)
class Point:
    value: int
    text: str  # the value as it is typed
    cell: object

    def median(self, column: table.Column) -> float:
        """Of the valid runs; NaN where there is none or one lacks the figure."""
        spread = stats.spread([column.value(run) for run in self.cell.valid])
        return spread.median if spread else math.nan

    def runs(self, column: table.Column) -> list[tuple[int, float, bool]]:
        """(value, figure, valid?) of the runs that have the figure."""
        return [(self.value, y, run["valid"]) for run in self.cell.runs if (y := column.value(run))]


@dataclass(frozen=True)
class Line:
    """One engine with all settings the same but one. Labels are made of it as of a cell."""

    label: str  # without that setting
    points: list[Point]

    @property
    def first(self):
        return self.points[0].cell

    @property
    def engine(self) -> dict:
        return self.first.engine

    @property
    def kind(self) -> str:
        return self.first.kind


def swept(scenario) -> dict[str, list[Line]]:
    """By setting: the lines that have enough values to be drawn."""
    found: dict[str, dict[tuple, list[Point]]] = {}
    for cell in scenario.cells:
        declared = cell.engine["settings"]["declared"]
        for name, text in declared.items():
            others = (cell.engine["name"], *((other, own) for other, own in declared.items() if other != name))
            if value := units.setting_value(text):
                found.setdefault(name, {}).setdefault(others, []).append(Point(value, text, cell))
    drawn = {
        name: [_line(name, points) for points in by_others.values() if len({p.value for p in points}) >= LEAST_VALUES]
        for name, by_others in found.items()
    }
    return {name: lines for name, lines in drawn.items() if lines}


def _line(setting: str, points: list[Point]) -> Line:
    points = sorted(points, key=lambda point: (point.value, point.cell.position))
    cell = points[0].cell
    rest = ",".join(one for one in labels.settings(cell) if not one.startswith(setting + "="))
    return Line(cell.engine["name"] + (":" + rest if rest else ""), points)


def plots(scenario, label: str) -> list[common.Plot]:
    return [
        _plot(scenario, setting, group, label)
        for setting, lines in swept(scenario).items()
        for group in labels.groups(lines, MOST_LINES)
    ]


def _plot(scenario, setting: str, lines: list[Line], label: str) -> common.Plot:
    names = labels.names(lines)
    title = common.title(f"{scenario.name} · {setting}", names.shared or (lines[0].label if len(lines) == 1 else ""))
    alt = f"{title}: medians of the valid runs. " + " ".join(_told(line, setting) for line in lines)

    def draw(figure, theme) -> None:
        panels = figure.subplots(2, 2, sharex=True)
        for ax, (column, name) in zip(panels.flat, PANELS):
            common.of_scenario(scenario, ax)
            ax.set_title(name)
            for line in lines:
                _draw(ax, theme, line, column)
            _scale(ax, column, lines)
        panels[0][0].set_title(f"{title}\n{PANELS[0][1]}", linespacing=1.8)
        points = sorted((point for line in lines for point in line.points), key=lambda point: point.value)
        for ax in panels[1]:
            axes.values_axis(ax, {point.value: point.text for point in points}, _MOST_NAMES)
            ax.set_xlabel(setting)
        if len(lines) > 1:
            _legend(figure, theme, lines, names)

    return common.render(title, alt, 5.2, label, draw)


def _told(line: Line, setting: str) -> str:
    steps = "; ".join(
        f"{setting}={point.text} " + " ".join(f"{column.title} {_shown(column, point)}" for column, _ in PANELS[:3])
        for point in line.points
    )
    return f"{common.plain(line.label, 200)}{_kind(line)}: {steps}."


def _shown(column: table.Column, point: Point) -> str:
    median = point.median(column)
    return table.text(column, point.cell, None if math.isnan(median) else median)


def _kind(line: Line) -> str:
    return f" ({line.kind})" if line.kind else ""


def _draw(ax, theme, line: Line, column: table.Column) -> None:
    look, colour = line.first.look, theme.colour(line.first.look)
    xs, ys = [p.value for p in line.points], [p.median(column) for p in line.points]
    joined = ax.plot(xs, ys, color=colour, linewidth=1.8, linestyle=look.dash, zorder=2)
    for point in line.points:
        common.of_engine(point.cell, *joined, *common.run_marks(ax, point.runs(column), colour, theme, look.marker))


def _scale(ax, column: table.Column, lines: list[Line]) -> None:
    figures = [y for line in lines for p in line.points for _, y, _ in p.runs(column)]
    if not figures:
        ax.set_yticks([])
        ax.text(0.5, 0.5, "no run has this figure", transform=ax.transAxes, ha="center", va="center", fontsize=9)
    elif column.key == "rate":
        axes.rate_axis(ax, figures)
    else:
        ax.set_yscale("log")
        ax.set_ylim(*common.margins(figures))
        common.log_axis(ax.yaxis, 7)


def _legend(figure, theme, lines: list[Line], names: labels.Names) -> None:
    for line in lines:
        look = line.first.look
        entry = figure.gca().plot(
            [], [], color=theme.colour(look), linestyle=look.dash, marker=look.marker, linewidth=1.8,
            label=common.broken(names.short[line.label], _NAME_WIDTH) + _kind(line),
        )  # fmt: skip
        for point in line.points:
            common.of_engine(point.cell, *entry)
    common.side_legend(figure)
