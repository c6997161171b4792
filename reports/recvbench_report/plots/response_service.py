"""Response against service time: for each scenario two panels on one scale, a row per engine, p50 to p99."""

from __future__ import annotations

from dataclasses import dataclass

from recvbench_report import stats, units
from recvbench_report.plots import common, rows

TITLE = "Response against service time"
NOTE = {
    "shows": "Left, response time: from when a message was due. Right, service time: from when it was really sent. The line "
    "runs from p50 (tick) to p99 (symbol and number), medians of the valid runs; a small dot is the p99 of one run. Rings are "
    "invalid runs.",
    "read": "Both sides of a scenario have one scale. Equal sides mean that the generator was never held up. Where response is longer than service, messages waited "
    "before they could be sent: the receiver (or the generator) stalled, and service time alone would have hidden it.",
    "cannot": "It does not say who stalled; the slip column of the table and the reasons of invalid runs do. In mode max "
    "messages have no due time of their own, so both sides show the same.",
}
SIDES = (("response", "response"), ("service", "service"))


@dataclass(frozen=True)
class Row:
    p50: stats.Spread | None  # over the valid runs
    p99: stats.Spread | None
    runs: list[tuple[float, bool]]  # p99 (p50 where there is no p99) of each run, valid?


def row(cell, side: str) -> Row:
    of_valid = [run["latency"][side] or {} for run in cell.valid]
    runs = [(run["latency"][side] or {}, run["valid"]) for run in cell.runs]
    return Row(
        stats.spread([summary.get("p50_ns") for summary in of_valid]),
        stats.spread([summary.get("p99_ns") for summary in of_valid]),
        [(summary.get("p99_ns") or summary["p50_ns"], valid) for summary, valid in runs if summary],
    )


def plot(scenarios, label: str) -> common.Plot | None:
    scenarios = [s for s in scenarios if any(row(c, "response").runs for c in s.cells)]
    if not scenarios:
        return None
    data = {(s.name, c.label, side): row(c, side) for s in scenarios for c in s.cells for side, _ in SIDES}
    shared = rows.of(scenarios)
    alt = "p99 of response and service time, median of valid runs. " + " ".join(
        f"{s.name}: " + "; ".join(
            f"{common.cell_label(c)} {' and '.join(_p99(data[s.name, c.label, side]) for side, _ in SIDES)}" for c in s.cells
        ) + "." for s in scenarios
    )  # fmt: skip

    def draw(figure, theme) -> None:
        axes = figure.subplots(len(scenarios), 2, squeeze=False)
        for line, scenario in zip(axes, scenarios):
            limits = _limits([(c, data[scenario.name, c.label, side]) for c in scenario.cells for side, _ in SIDES])
            for ax, (side, word) in zip(line, SIDES):
                title = f"{word} · {scenario.name}" if side == "response" else word
                rows.prepare(ax, theme, scenario, shared, title, side == "response", limits)
                common.log_axis(ax.xaxis, 7)
                for cell in scenario.cells:
                    _row(ax, theme, cell, data[scenario.name, cell.label, side], shared.at[cell.label])

    return common.render(TITLE, alt, rows.height(shared, len(scenarios)), label, draw)


def _limits(drawn) -> tuple[float, float]:
    marks = [(cell, value) for cell, r in drawn for value in [v for v, _ in r.runs] + ([r.p50.median] if r.p50 else [])]
    return common.limits(marks)


def _p99(r: Row) -> str:
    return units.time(r.p99.median if r.p99 else None)


def _row(ax, theme, cell, r: Row, y: int) -> None:
    colour = theme.colour(cell.look)
    shown = [(value, valid) for value, valid in r.runs if value >= ax.get_xlim()[0]]
    drawn = common.run_marks(ax, [(value, y, valid) for value, valid in shown], colour, theme, size=4)
    if r.p50:
        end = r.p99 or r.p50
        drawn += ax.plot([r.p50.median, end.median], [y, y], color=colour, linewidth=1.6, zorder=2, solid_capstyle="butt")
        drawn += ax.plot([r.p50.median] * 2, [y - 0.25, y + 0.25], color=colour, linewidth=1.6, zorder=2)
    if r.p99:
        drawn += ax.plot(
            r.p99.median, y, marker=cell.look.marker, markersize=common.marker_size(cell.look.marker, 7), color=colour,
            markeredgecolor=theme.paper, zorder=4,
        )  # fmt: skip
    if len(shown) < len(r.runs):
        drawn += rows.off_scale_mark(ax, y, colour)
    text = units.time(r.p99.median) if r.p99 else "no p99" if r.p50 else "invalid" if r.runs else units.MISSING
    common.of_engine(cell, *drawn, rows.value_column(ax, theme, y, text))
