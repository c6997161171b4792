"""Heatmap: every engine under every scenario, as how many times the scenario's best it takes."""

from __future__ import annotations

import math
import re
import statistics
from dataclasses import dataclass

from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.patches import Rectangle

from recvbench_report import ceiling, labels, loss, style, table
from recvbench_report.plots import common

TITLE = "Engines by scenario"
NOTE = {
    "shows": "The median of an engine's valid runs as a multiple of the scenario's best: 1.00 (bold) is the best, 2.00 takes twice as long, "
    "costs twice as much, or has half the throughput. Hatched: no valid run, with the first reason. Without a colour, and never the "
    "best: emulated and synthetic engines, over UDP those that lose too much, and rates that are the generator's limit (limit). "
    "n/a: a run lacks the figure; a dot: not run.",
    "read": "Yellow is near the best, blue far from it; look for engines that stay yellow along all scenarios. Colours of one "
    "metric mean the same in all its plots. ≥: the best is at the generator's limit, so the real multiple is larger.",
    "cannot": "It does not say which differences are more than chance: the verdicts above do. It says nothing about how good the best is. Rates "
    "that were given, and latencies of as much load as fits into a sink (they tell how full the buffers are), are left out.",
}
MOST_COLUMNS, MOST_ROWS = 20, 30
_FEW_COLUMNS = 12  # so many have room for names that lie flat
_NAME_WIDTH = 30  # characters of a line
_WIDEST_IN = 1.4  # a column, where there are few
_LIKE_BEST, _BEST_COLOUR = 1.5, 10.0  # the colours end between these multiples
_COLUMN = {column.key: column for column in table.COLUMNS}
PERCENTILES = ("p50", "p99", "p999")
# Key of the table's column, title, percentile.
METRICS = (
    *((key, f"{_COLUMN[key].title} response time", key) for key in PERCENTILES),
    ("rate", "throughput", None), ("cpu", "CPU per message", None),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One engine under one scenario."""

    ratio: float | None  # to the scenario's best: 1 or more, but for what is not compared
    kind: str  # "best", "compared", "apart" (shown, not compared), "invalid", "missing"
    text: str


def entries(key: str, scenario) -> dict[str, Entry]:
    """By label; {} where the metric says nothing under this scenario."""
    if not table.tells_apart(key, scenario.about):
        return {}
    column = _COLUMN[key]
    figures = {cell.label: _median(column, cell) for cell in scenario.cells}
    bounds = {cell.label for cell in scenario.cells if key == "rate" and ceiling.limits(cell.valid)}
    able = [cell for cell in scenario.cells if cell.rankable and figures[cell.label]]
    keeping = [cell for cell in able if not loss.too_much(cell.valid)] or able
    lower_is_better = key != "rate"
    candidates = [figures[cell.label] for cell in keeping]
    best = (min if lower_is_better else max)(candidates, default=None)
    compared = {cell.label for cell in keeping} - bounds
    at_least = "≥" if len(compared) < len(keeping) else ""
    found = {}
    for cell in scenario.cells:
        own = figures[cell.label]
        if not cell.valid:
            found[cell.label] = Entry(None, "invalid", _reason(cell))
        elif cell.label in bounds:
            found[cell.label] = Entry(None, "apart", "limit")
        elif not own or not best:
            found[cell.label] = Entry(None, "missing", "n/a")
        else:
            ratio = own / best if lower_is_better else best / own
            kind = "apart" if cell.label not in compared else "best" if own == best else "compared"
            found[cell.label] = Entry(ratio, kind, ("" if kind == "apart" else at_least) + text(ratio))
    return found


def _median(column: table.Column, cell) -> float | None:
    values = [column.value(run) for run in cell.valid]
    return statistics.median(values) if values and None not in values else None


def _reason(cell) -> str:
    codes = [reason["code"] for run in cell.runs for reason in run["reasons"]]
    return codes[0] if codes else "invalid"


def text(ratio: float) -> str:
    """In five characters at most."""
    if ratio >= 9999.5:
        return "9999+"
    return f"{ratio:.2f}" if ratio < 9.995 else f"{ratio:.1f}" if ratio < 99.95 else f"{ratio:.0f}"


def plots(scenarios, label: str) -> list[common.Plot]:
    """None of one engine alone, which is the best everywhere."""
    if len({cell.label for s in scenarios for cell in s.cells}) < 2:
        return []
    made = []
    # The percentiles of one part of the table are neighbours: the page shows one of them.
    for keys in (METRICS[:3], METRICS[3:4], METRICS[4:]):
        found = {key: {s.name: e for s in scenarios if (e := entries(key, s))} for key, _, _ in keys}
        shown = [s for s in scenarios if any(_drawable(found[key].get(s.name, {})) for key, _, _ in keys)]
        if not shown:
            continue
        top = _top([e for its in found.values() for row in its.values() for e in row.values()])
        for part in _parts(shown):
            for key, title, percentile in keys:
                if any(_drawable(found[key].get(s.name, {})) for s in part.scenarios):
                    made.append(_plot(title, percentile, found[key], part, top, label))
    return made


def _drawable(row: dict[str, Entry]) -> bool:
    return any(entry.ratio is not None for entry in row.values())


def _top(found: list[Entry]) -> float:
    """Where the colours end."""
    ratios = [entry.ratio for entry in found if entry.kind in ("best", "compared")]
    return min(max([*ratios, _LIKE_BEST]), _BEST_COLOUR)


@dataclass(frozen=True)
class Part:
    """As much of the table as one plot can show."""

    cells: list  # one of each label, in the report's order
    scenarios: list
    turned: bool  # scenarios are rows: many of them have more room there


def _parts(scenarios) -> list[Part]:
    cells = sorted({c.label: c for s in scenarios for c in s.cells}.values(), key=lambda cell: cell.position)
    turned = len(scenarios) > _FEW_COLUMNS
    most_cells, most_scenarios = (MOST_COLUMNS, MOST_ROWS) if turned else (MOST_ROWS, _FEW_COLUMNS)
    return [Part(some, few, turned) for few in _cut(scenarios, most_scenarios) for some in _cut(cells, most_cells)]


def _cut(members: list, most: int) -> list[list]:
    size = math.ceil(len(members) / math.ceil(len(members) / most))
    return [members[i : i + size] for i in range(0, len(members), size)]


def _plot(title: str, percentile, found: dict[str, dict[str, Entry]], part: Part, top: float, label: str) -> common.Plot:
    names = labels.names(part.cells)
    engines = [names.short[cell.label] + (f" ({cell.kind})" if cell.kind else "") for cell in part.cells]
    scenarios = [common.plain(s.name) for s in part.scenarios]
    down, across = (scenarios, engines) if part.turned else (engines, scenarios)
    sides = ["\n".join(common.plain(line, _NAME_WIDTH + 8) for line in labels.lines(name, _NAME_WIDTH)) for name in down]
    left_in = 0.25 + 0.08 * max(len(line) for name in sides for line in name.split("\n"))
    column_in = min((common.WIDTH_IN - left_in) / len(across), _WIDEST_IN)
    upright = part.turned and len(across) > 6
    heads = [common.plain(name, 44) if upright else "\n".join(_broken(name, int(column_in / 0.066))) for name in across]
    head_in = max(0.075 * len(name) if upright else 0.15 * (name.count("\n") + 1) for name in heads)
    cell_in = max(0.27, 0.06 + 0.155 * max(name.count("\n") + 1 for name in sides))
    alt = f"{title} as a multiple of each scenario's best. " + " ".join(_told(s, part, found.get(s.name, {})) for s in part.scenarios)

    def draw(figure, theme) -> None:
        figure.get_layout_engine().set(rect=(0, 0, min((left_in + column_in * len(across)) / common.WIDTH_IN, 1), 1))
        ax = figure.add_subplot()
        ax.set_xlim(0, len(across))
        ax.set_ylim(len(down), 0)
        ax.grid(False)
        ax.set_frame_on(False)
        ax.tick_params(length=0, labelcolor=theme.ink, labeltop=True, labelbottom=False, pad=2)
        ax.set_xticks([i + 0.5 for i in range(len(across))], heads, rotation=90 if upright else 0, fontsize=8, linespacing=1)
        ax.set_yticks([i + 0.5 for i in range(len(down))], sides, fontsize=8.5, linespacing=1)
        best = f"multiple of each {'row' if part.turned else 'column'}'s best"
        ax.set_title(common.plain(f"{title}, {best}" + (f" · {names.shared}" if names.shared else ""), 120))
        for i, cell in enumerate(part.cells):
            for j, scenario in enumerate(part.scenarios):
                entry = found.get(scenario.name, {}).get(cell.label) or Entry(None, "missing", "·")
                marks = _cell(ax, theme, entry, *((i, j) if part.turned else (j, i)), top, column_in)
                common.of_engine(cell, *marks)
                common.of_scenario(scenario, *marks)
        along = (ax.get_xticklabels(), ax.get_yticklabels()) if part.turned else (ax.get_yticklabels(), ax.get_xticklabels())
        for texts, members, tag in zip(along, (part.cells, part.scenarios), (common.of_engine, common.of_scenario)):
            for text_, member in zip(texts, members):
                tag(member, text_)

    return common.render(title, alt, 0.45 + head_in + cell_in * len(down) + (0.25 if label else 0), label, draw, percentile)


_MOST_TOLD = 80  # cells, in words; of more the best and the furthest of each scenario, since the table has all


def _told(scenario, part: Part, row: dict[str, Entry]) -> str:
    cells = {cell.label: cell for cell in scenario.cells}
    told = [(cells[cell.label], row[cell.label]) for cell in part.cells if cell.label in row]
    if len(part.cells) * len(part.scenarios) > _MOST_TOLD:
        compared = sorted((pair for pair in told if pair[1].kind in ("best", "compared")), key=lambda pair: pair[1].ratio)
        told = [compared[0], compared[-1]] if len(compared) > 1 else compared or told[:1]
    words = "; ".join(f"{common.cell_label(cell)} {entry.text}" for cell, entry in told)
    return f"{common.plain(scenario.name)}: {words or 'left out'}."


def _broken(name: str, width: int) -> list[str]:
    """In lines of about that many characters: engines after ":" and ",", then, as scenarios and reasons, after hyphens."""
    lines: list[str] = []
    for part in labels.lines(name, width):
        lines.append("")
        for piece in re.split("(?<=[- ])", part):
            if lines[-1] and len(lines[-1] + piece.rstrip()) > width:
                lines.append("")
            lines[-1] += piece
    return [common.plain(line.rstrip(), width + 3) for line in lines]


_GAP = 0.03  # between cells, in cells


def colours(ratio: float, top: float) -> tuple[str, str]:
    """Of a cell and of the number on it: the reverse of cividis, so that the best is bright, by the ratio's logarithm."""
    share = min(max(math.log(max(ratio, 1)) / math.log(top), 0), 1)
    red, green, blue = colormaps["cividis"](1 - share)[:3]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    ground = "#" + "".join(f"{round(c * 255):02X}" for c in (red, green, blue))
    return ground, _BLACK if luminance > 0.18 else style.ON_DARK


_BLACK = "#010101"  # style.ON_LIGHT is too light for the middle of cividis


def _cell(ax, theme, entry: Entry, x: float, y: float, top: float, column_in: float) -> list[Artist]:
    ink, size, weight, said = theme.ink, 8.5 if column_in > 0.45 else 7.5, "normal", entry.text
    drawn: list[Artist] = []
    ground = dict(facecolor="none", edgecolor=theme.muted, linewidth=0.6)
    if entry.kind in ("best", "compared"):
        fill, ink = colours(entry.ratio, top)
        ground = dict(facecolor=fill, edgecolor="none")
        weight = "bold" if entry.kind == "best" else weight
    elif entry.kind == "apart":
        ground["linestyle"] = (0, (3, 2))
    elif entry.kind == "invalid":
        drawn += ax.plot(*_hatching(x, y), color=theme.muted, linewidth=0.5)
        said, size = _fitting(said, column_in)
    else:
        ink = theme.muted
    if entry.kind != "missing":
        drawn.append(ax.add_patch(Rectangle((x + _GAP, y + _GAP), 1 - 2 * _GAP, 1 - 2 * _GAP, **ground)))
    mark = ax.text(x + 0.5, y + 0.5, said, ha="center", va="center", fontsize=size, fontweight=weight, color=ink, linespacing=0.95)
    if entry.kind == "invalid":
        mark.set_bbox(dict(facecolor=theme.paper, edgecolor="none", pad=0.8))
    return [*drawn, mark]


def _hatching(x: float, y: float) -> tuple[list[float], list[float]]:
    """Lines over a cell. Patterns of SVG would need names that hold for the whole page."""
    low, high, middle = _GAP, 1 - _GAP, 0.5
    strokes = [((low, middle), (middle, low)), ((low, high), (high, low)), ((middle, high), (high, middle))]
    points = [(x + right, y + down) if right is not None else (math.nan, math.nan) for a, b in strokes for right, down in (a, b, (None, None))]
    return [right for right, _ in points], [down for _, down in points]


def _fitting(code: str, column_in: float) -> tuple[str, float]:
    """A reason in as many lines as its cell has room for, or the word for all of them; and its size."""
    lines = _broken(code, 10)
    fits = len(lines) <= 2 and max(map(len, lines)) * 0.058 < column_in
    said = "\n".join(lines) if fits else "invalid"
    return said, 6.5 if max(map(len, said.split("\n"))) * 0.063 < column_in else 5.5
