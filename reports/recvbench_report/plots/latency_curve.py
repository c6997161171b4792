"""Achieved rate against latency, for scenarios that differ in nothing but the rate; the knee of each engine."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from recvbench_report import labels, units
from recvbench_report.knee import knee
from recvbench_report.plots import common

TITLE = "Throughput and latency"
NOTE = {
    "shows": "Each point is a rate that was offered: on the horizontal axis the rate that was received, on the vertical one "
    "response time, p50 with a solid line and p99 with a dashed one, medians of the valid runs. Hollow points, "
    "off the lines, are rates at which no run was valid: the reason is in the table of invalid runs, often that the generator "
    "was the limit. A large ring marks the knee: the greatest ratio of throughput to p99 (Kleinrock's power), where it falls by "
    "20 % at least behind its peak.",
    "read": "Further right is more throughput, lower is faster. Left of the knee a higher rate costs little; right of it, "
    "latency grows faster than throughput. A curve without a ring has no knee within what was measured.",
    "cannot": "A hollow point does not show the engine's limit where it was the generator that fell behind. The knee is one of the "
    "rates that were measured, and no closer than their steps.",
}
LEAST_RATES = 3
MOST_LINES = 8
_NAME_WIDTH = 26


@dataclass(frozen=True)
class Point:
    offered: float
    rate: float  # received
    p50: float | None
    p99: float | None
    valid: bool


@dataclass(frozen=True)
class Curve:
    cell: object  # the first of its cells: label, look and kind are theirs
    points: list[Point]  # by the rate offered

    @property
    def valid(self) -> list[Point]:
        return [p for p in self.points if p.valid]

    @property
    def knee(self) -> Point | None:
        able = sorted((p for p in self.valid if p.p50 and p.p99), key=lambda p: p.rate)
        at = knee([(p.rate, p.p99) for p in able])
        return None if at is None else able[at]


@dataclass(frozen=True)
class Family:
    name: str  # "tcp-sink-64B-c8-*"
    curves: list[Curve]


def families(scenarios) -> list[Family]:
    """Those in which an engine has enough rates for a curve."""
    groups: dict[tuple, list] = {}
    for scenario in scenarios:
        if scenario.about["rate_per_s"] is not None:
            same = tuple(sorted((k, str(v)) for k, v in scenario.about.items() if k not in ("name", "rate_per_s")))
            groups.setdefault(same, []).append(scenario)
    found = [Family(labels.any_of([s.name for s in members]), _curves(members)) for members in groups.values()]
    return [family for family in found if any(len(curve.points) >= LEAST_RATES for curve in family.curves)]


def _curves(scenarios) -> list[Curve]:
    cells: dict[str, list] = {}
    for scenario in sorted(scenarios, key=lambda scenario: scenario.about["rate_per_s"]):
        for cell in scenario.cells:
            if cell.kind != "synthetic":
                cells.setdefault(cell.label, []).append(cell)
    curves = [Curve(own[0], [p for cell in own if (p := _point(cell))]) for own in cells.values()]
    return sorted((c for c in curves if c.points), key=lambda curve: curve.cell.position)


def _point(cell) -> Point | None:
    """Of the valid runs; of the others where there is no valid one and they have figures."""
    runs = cell.valid or cell.runs
    rates = [run["rates"]["received_per_s"] for run in runs if run["rates"]["received_per_s"]]
    response = [run["latency"]["response"] for run in runs if run["latency"]["response"]]
    if not rates or not response:
        return None

    def middle(key: str) -> float | None:
        values = [one[key] for one in response]
        return None if None in values else statistics.median(values)

    return Point(cell.runs[0]["scenario"]["rate_per_s"], statistics.median(rates), middle("p50_ns"), middle("p99_ns"), bool(cell.valid))


def plots(scenarios, label: str, search: dict | None = None) -> list[common.Plot]:
    """`search`: search.json, whose SLO is drawn as a line."""
    slo = search["slo"] if search else None
    made = []
    for family in families(scenarios):
        by_cell = {curve.cell.label: curve for curve in family.curves}
        for group in labels.groups([curve.cell for curve in family.curves], MOST_LINES):
            made.append(_plot(family, [by_cell[cell.label] for cell in group], label, slo))
    return made


def _plot(family: Family, curves: list[Curve], label: str, slo: dict | None) -> common.Plot:
    names = labels.names([curve.cell for curve in curves])
    title = common.title(family.name, names.shared)
    alt = f"Throughput and latency, {title}. " + " ".join(_told(curve) for curve in curves)
    if slo:
        alt += f" The SLO is {slo['text']}."

    def draw(figure, theme) -> None:
        ax = figure.add_subplot()
        ax.set_title(title)
        _scales(ax, family, slo)
        if slo:
            ax.axhline(slo["limit_ns"], color=theme.muted, linewidth=1.2, linestyle=(0, (1, 2)))
            ax.annotate(common.plain(f"SLO {slo['text']}"), (0.01, slo["limit_ns"]), xycoords=ax.get_yaxis_transform(),
                        xytext=(0, 3), textcoords="offset points", fontsize=8.5, color=theme.muted)  # fmt: skip
        for curve in curves:
            _draw(ax, theme, curve)
        _legend(figure, ax, theme, curves, names)

    return common.render(title, alt, 4.6, label, draw)


def _told(curve: Curve) -> str:
    steps = "; ".join(
        f"{units.rate(p.rate)} p50 {units.time(p.p50)} p99 {units.time(p.p99)}" + ("" if p.valid else " (invalid)") for p in curve.points
    )
    at = curve.knee
    return f"{common.cell_label(curve.cell)}: {steps}; " + (f"knee at {units.rate(at.rate)}." if at else "no knee.")


def _scales(ax, family: Family, slo: dict | None) -> None:
    points = [p for curve in family.curves for p in curve.points]
    ax.set_xscale("log")
    ax.set_yscale("log")
    low, high = min(p.rate for p in points), max(p.rate for p in points)
    ax.set_xlim(low / 1.15, high * 1.15)
    limit = [slo["limit_ns"]] if slo else []
    ax.set_ylim(*common.margins([y for p in points for y in (p.p50, p.p99) if y] + limit))
    ax.set_xlabel("rate received")
    ax.set_ylabel("response time")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,), numticks=99))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: units.round_rate(value)))
    ax.xaxis.set_minor_locator(NullLocator())
    common.log_axis(ax.yaxis, 12)


def _draw(ax, theme, curve: Curve) -> None:
    look, colour = curve.cell.look, theme.colour(curve.cell.look)
    drawn = []
    for value, dash in ((lambda p: p.p50, "solid"), (lambda p: p.p99, (0, (5, 2)))):
        joined = [(p.rate, value(p)) for p in curve.valid if value(p)]
        if joined:
            drawn += ax.plot(*zip(*joined), color=colour, linewidth=1.8, linestyle=dash, zorder=2)
        drawn += common.run_marks(ax, [(p.rate, value(p), p.valid) for p in curve.points if value(p)], colour, theme, look.marker)
    if at := curve.knee:
        drawn += ax.plot(
            at.rate, at.p99, marker="o", markersize=15, markerfacecolor="none", markeredgecolor=colour, markeredgewidth=1.8, zorder=4
        )
    common.of_engine(curve.cell, *drawn)


def _legend(figure, ax, theme, curves: list[Curve], names: labels.Names) -> None:
    for curve in curves:
        look, colour = curve.cell.look, theme.colour(curve.cell.look)
        at = f"\nknee at {units.rate(curve.knee.rate)}" if curve.knee else ""
        name = common.broken(names.short[curve.cell.label], _NAME_WIDTH) + (f" ({curve.cell.kind})" if curve.cell.kind else "")
        common.of_engine(curve.cell, *ax.plot([], [], color=colour, linestyle="none", marker=look.marker, label=name + at))
    for name, dash in (("p50", "solid"), ("p99", (0, (5, 2)))):
        ax.plot([], [], color=theme.ink, linewidth=1.6, linestyle=dash, label=name)
    ax.plot([], [], linestyle="none", marker="o", markersize=9, markerfacecolor="none", markeredgecolor=theme.ink, label="knee")
    common.side_legend(figure)
