"""Forest: the ratio candidate to base of every cell with its interval, against the margin within which it counts as level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterable

from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from recvbench_report import style
from recvbench_report.gate import figures
from recvbench_report.gate.document import ORDER
from recvbench_report.plots import common

TITLE = "Changes"
NOTE = {
    "shows": "A row a cell: the candidate's figure divided by the base's, as the median over the pairs of runs (marker), with its exact "
    "sign-test interval (line, 95 %). The shaded band around 1 is the margin: what lies within it counts as level. Marker, "
    "colour and word are the verdict; the worst come first. Below a rule, apart: the control, the same build on both sides.",
    "read": "An interval wholly beyond the band on the side marked worse shows a change that matters, one wholly within the band shows "
    "none, one across its edge leaves it open. A control away from 1 means that the machine was not quiet. A hollow marker at the left "
    "has no figure, and says why. An arrow at the edge points to what lies off the scale; its number stands beside it.",
    "cannot": "The verdict is not read off the interval: it comes from two exact tests at the margin, corrected for the number of tests "
    "and looks. Level means within the margin, not equal. The median of the pairs' ratios need not be the ratio of the two medians in "
    "the table. Of 20 intervals without a change one misses 1.",
}
MOST_ROWS = 24  # of a plot: about a screen
# Of a ratio's axis, as ln, to either side of 1. What lies beyond a factor of 3 is an arrow, so that the margin stays to be seen.
_LEAST_REACH, _MOST_REACH = math.log(1.08), math.log(3)
_MOST_TICKS = 11
_NAME_WIDTH = 40  # characters of a line
_LONGEST_NAME = 160
_CHANGE_PT, _WORD_PT = 52, 60  # right of the panel: where the change ends, where the word begins

_LOOKS = {
    "REGRESSED": style.EngineStyle(style.VERMILION, style.SOLID, "X"),
    "INCONCLUSIVE": style.EngineStyle(style.ORANGE, style.SOLID, "D"),
    "UNDECIDED": style.EngineStyle(style.GREY, style.SOLID, "d"),
    "IMPROVED": style.EngineStyle(style.GREEN, style.SOLID, "^"),
    "PASS": style.EngineStyle(style.BLUE, style.SOLID, "o"),
    "INVALID": style.EngineStyle(style.VERMILION, style.SOLID, "X"),
    "INCOMPARABLE": style.EngineStyle(style.GREY, style.SOLID, "D"),
    "GONE": style.EngineStyle(style.GREY, style.SOLID, "s"),
    "NEW": style.EngineStyle(style.GREY, style.SOLID, "o"),
}
CONTROL = "control"
_CONTROL_LOOK = style.EngineStyle(style.GREY, style.SOLID, "o")


@dataclass(frozen=True)
class Row:
    cell: str
    word: str  # the verdict, or CONTROL
    metric: dict | None  # gate.json's; None or without pairs: there is nothing to draw but the reason
    reason: str = ""

    @property
    def has_figure(self) -> bool:
        return self.metric is not None and self.metric["change"] is not None

    @property
    def look(self) -> style.EngineStyle:
        return _CONTROL_LOOK if self.word == CONTROL else _LOOKS[self.word]

    def told(self) -> str:
        """In a sentence."""
        if not self.has_figure:
            return f"{self.cell}: {self.word}" + (f" ({self.reason})" if self.reason else "")
        interval = figures.interval(self.metric)
        shown = f"{figures.signed(self.metric, self.metric['change'])} {interval}".rstrip()
        return f"{self.cell}: {self.word}, {shown}, margin {figures.margin(self.metric)}"


def plots(document: dict) -> list[common.Plot]:
    """One or more a metric, with at most MOST_ROWS cells each. Cells that were not compared are in those of every metric."""
    found = []
    for metric in metrics(document):
        cells, control = rows(document["cells"], metric["metric"]), control_rows(document, metric["metric"])
        scale = _Scale.of(metric, [*cells, *control])
        parts = _parts(cells)
        for i, part in enumerate(parts, 1):
            title = metric["title"] + (f", part {i} of {len(parts)}" if len(parts) > 1 else "")
            found.append(_plot(title, part, control, scale, document["environment"]))
    return found


def _parts(rows: list[Row]) -> list[list[Row]]:
    size = math.ceil(len(rows) / math.ceil(len(rows) / MOST_ROWS))
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def metrics(document: dict) -> list[dict]:
    """One of each that has a figure anywhere, in the gate's order."""
    found = {m["metric"]: m for cell in document["cells"] for m in cell["metrics"] if m["change"] is not None}
    return list(found.values())


def rows(cells: Iterable[dict], key: str) -> list[Row]:
    """Worst first: by verdict, then by how far beyond the margin. Cells that have other metrics but not this one have no row."""
    found = []
    for cell in cells:
        metric = next((m for m in cell["metrics"] if m["metric"] == key), None)
        reason = cell["reasons"][0] if cell["reasons"] else ""
        if metric is not None:
            found.append(Row(cell["cell"], figures.word(cell, metric), metric, reason))
        elif not cell["metrics"]:
            found.append(Row(cell["cell"], cell["verdict"], None, reason))
    return sorted(found, key=lambda row: (ORDER.index(row.word), -severity(row.metric)))


def control_rows(document: dict, key: str) -> list[Row]:
    return [
        Row(cell["cell"], CONTROL, m) for cell in document["control"] or [] for m in cell["metrics"] if m["metric"] == key and m["pairs"]
    ]


def severity(metric: dict | None) -> float:
    """The change to the worse in margins: 1 lies at the edge of the band."""
    if metric is None or metric["change"] is None:
        return 0
    worse, margin = _position(metric, metric["change"]) * (1 if metric["lower_is_better"] else -1), _position(metric, metric["margin"])
    return worse / margin if margin else math.inf * worse if worse else 0


def _position(metric: dict, change: float) -> float:
    """On the scale on which the margin is as wide to both sides: ln of a ratio, a difference itself."""
    # A ratio of 1e-17 is a change of -1, whose logarithm is no number.
    return change if metric["kind"] == "difference" else math.log1p(max(change, -1 + 1e-15))


@dataclass(frozen=True)
class _Scale:
    """Of all plots of one metric; x is as _position has it."""

    metric: dict
    low: float
    high: float

    @staticmethod
    def of(metric: dict, rows: list[Row]) -> _Scale:
        """With every margin, interval and median in it, as far as the scale may reach."""
        drawn = [row.metric for row in rows if row.has_figure]
        ends = [_position(m, m[key]) for m in drawn for key in ("change", "change_low", "change_high") if m[key] is not None]
        margin = max(_position(m, m["margin"]) for m in drawn)
        low, high = min(-margin, *ends), max(margin, *ends)
        if metric["kind"] == "ratio":
            low, high = max(min(low, -_LEAST_REACH), -_MOST_REACH), min(max(high, _LEAST_REACH), _MOST_REACH)
        room = 0.06 * (high - low) or 1
        return _Scale(metric, low - room, high + room)

    def holds(self, x: float) -> bool:
        return self.low <= x <= self.high

    def ticks(self) -> tuple[list[float], list[str]]:
        if self.metric["kind"] == "difference":
            at = [float(x) for x in MaxNLocator(nbins=6).tick_values(self.low, self.high) if self.holds(x)]
            return at, ["no change" if abs(x) < (self.high - self.low) / 1e6 else figures.signed(self.metric, x) for x in at]
        ratios = next(found for steps in _TICKS if len(found := [r for r in steps if self.holds(math.log(r))]) <= _MOST_TICKS)
        return [math.log(r) for r in ratios], [f"{r:g}" for r in ratios]


def _steps(step: float, low: float, high: float) -> list[float]:
    return [round(low + i * step, 6) for i in range(round((high - low) / step) + 1)]


# Ratios at which a tick may stand, from fine to coarse.
_TICKS = (
    _steps(0.02, 0.8, 1.3), _steps(0.05, 0.6, 1.6), _steps(0.1, 0.4, 2.4), [0.33, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3], [0.5, 1, 2],
)  # fmt: skip


def _plot(title: str, cells: list[Row], control: list[Row], scale: _Scale, label: str) -> common.Plot:
    groups = [group for group in (cells, control) if group]
    names = [[common.broken(common.plain(row.cell, _LONGEST_NAME), _NAME_WIDTH) for row in group] for group in groups]
    lines = max(name.count("\n") + 1 for group in names for name in group)
    row_in = 0.1 + 0.145 * lines
    alt = f"{title}, candidate to base. " + " ".join(f"{row.told()}." for row in cells)
    if control:
        alt += " Control, the same build on both sides: " + "; ".join(row.told() for row in control) + "."

    def draw(figure, theme) -> None:
        panels = figure.subplots(
            len(groups), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": [len(group) + 0.2 for group in groups]}
        )[:, 0]
        for ax, group, called in zip(panels, groups, names):
            _panel(ax, theme, group, called, scale)
        panels[0].set_title(common.plain(title, 80))
        if control:
            panels[-1].set_title("Control: the same build on both sides", fontsize=9, fontweight="normal", color=theme.muted)
        at, texts = scale.ticks()
        panels[-1].xaxis.set_major_locator(FixedLocator(at))
        panels[-1].xaxis.set_major_formatter(FixedFormatter(texts))
        panels[-1].xaxis.set_minor_locator(NullLocator())
        better, worse = ("← better", "worse →") if scale.metric["lower_is_better"] else ("← worse", "better →")
        what = "difference" if scale.metric["kind"] == "difference" else "ratio"
        panels[-1].set_xlabel(f"{better}      {what}, candidate to base      {worse}")

    height_in = row_in * sum(len(group) for group in groups) + 0.35 * len(groups) + 0.75
    return common.render(f"{TITLE}: {title}", alt, height_in, label, draw)


def _panel(ax, theme, rows: list[Row], names: list[str], scale: _Scale) -> None:
    ax.set_xlim(scale.low, scale.high)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)))
    ax.set_yticklabels(names, linespacing=1)
    ax.tick_params(axis="y", left=False, labelcolor=theme.ink)
    ax.tick_params(axis="x", length=3)
    ax.grid(axis="y", visible=False)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=theme.ink, linewidth=1, zorder=1)
    for y, row in enumerate(rows):
        (_figure if row.has_figure else _reason)(ax, theme, y, row, scale)


def _figure(ax, theme, y: float, row: Row, scale: _Scale) -> None:
    metric, colour = row.metric, theme.colour(row.look)
    half = _position(metric, metric["margin"])
    ax.add_patch(Rectangle((-half, y - 0.5), 2 * half, 1, facecolor=theme.muted, alpha=0.2, linewidth=0, zorder=0))
    low, median, high = (None if metric[key] is None else _position(metric, metric[key]) for key in ("change_low", "change", "change_high"))
    if low is not None:
        ax.plot([low, high], [y, y], color=colour, linewidth=2, solid_capstyle="butt", zorder=2)
    if not scale.holds(median):
        ax.plot([0.988 if median > 0 else 0.012], [y], marker=">" if median > 0 else "<", markersize=6, color=colour,
                transform=ax.get_yaxis_transform(), clip_on=False)  # fmt: skip
    else:
        hollow = row.word == "INVALID"
        face, edge, width = (theme.paper, colour, 1.2) if hollow else (colour, theme.paper, 0.6)
        ax.plot([median], [y], linestyle="none", marker=row.look.marker, markersize=_size(row.look), markerfacecolor=face,
                markeredgecolor=edge, markeredgewidth=width, zorder=3)  # fmt: skip
    _beside(ax, theme, y, row, figures.signed(metric, metric["change"]))


def _reason(ax, theme, y: float, row: Row, scale: _Scale) -> None:
    colour = theme.colour(row.look)
    ax.plot([0.012], [y], linestyle="none", marker=row.look.marker, markersize=_size(row.look), markerfacecolor=theme.paper,
            markeredgecolor=colour, markeredgewidth=1.2, transform=ax.get_yaxis_transform(), clip_on=False, zorder=3)  # fmt: skip
    ax.text(0.03, y, common.plain(row.reason, 78), transform=ax.get_yaxis_transform(), va="center", fontsize=8.5, color=theme.muted,
            zorder=3, bbox={"facecolor": theme.paper, "linewidth": 0, "pad": 1})  # fmt: skip
    _beside(ax, theme, y, row, "")


def _size(look: style.EngineStyle) -> float:
    return 9 if look.marker == "X" else 7  # which has less to it


def _beside(ax, theme, y: float, row: Row, change: str) -> None:
    """Change and verdict right of the panel."""
    for text, offset, side in ((change, _CHANGE_PT, "right"), (row.word, _WORD_PT, "left")):
        if text:
            ax.annotate(
                text, (1, y), xycoords=ax.get_yaxis_transform(), xytext=(offset, 0), textcoords="offset points", va="center", ha=side,
                fontsize=8.5, color=theme.ink, annotation_clip=False,
            )  # fmt: skip
