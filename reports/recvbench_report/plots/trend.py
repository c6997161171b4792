"""Trend: each cell's medians over the history of measurements, and where they changed."""

from __future__ import annotations

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from recvbench_report import labels
from recvbench_report.gate import metrics
from recvbench_report.plots import common
from recvbench_report.trend import terminal
from recvbench_report.trend.series import FALSE_ALARMS, Series

TITLE = "Trend"
NOTE = {
    "shows": "The median of the valid runs of each measurement in the history directory, in the order in which they began. A ring marks "
    "the first measurement after a change, with by how much the median changed. Only measurements of this machine, with the same "
    "compiler, flags and settings.",
    "read": "A level that holds after a ring is a change of the engine, the harness or the machine: look at what was changed that day, "
    "and let recvbench-report gate decide. Points that come back at once are outliers.",
    "cannot": f"Advice, no verdict: it cannot tell the machine's changes from the engine's. A change is shown from about six "
    f"measurements after it on, by a rank CUSUM with a permutation test ({FALSE_ALARMS * 100:.0f} % that a history without any change shows one); "
    "slow drifts appear as steps.",
}
METRICS = (metrics.P99, metrics.THROUGHPUT, metrics.CPU)
_NAME_WIDTH = 26  # characters of a line of the legend


def plots(series: list[Series], looks: dict[str, object], label: str) -> list[common.Plot]:
    """A plot a scenario. `looks`: the cells of the report by name, whose looks the lines have; series of others are left out."""
    scenarios: dict[str, list[Series]] = {}
    for one in series:
        if one.key.cell in looks and one.metric in METRICS and len(one.points) > 1:
            scenarios.setdefault(one.scenario, []).append(one)
    return [_plot(name, its, looks, label) for name, its in scenarios.items()]


def _plot(scenario: str, series: list[Series], looks: dict[str, object], label: str) -> common.Plot:
    # One place on the x axis for each measurement that any of the lines has.
    entries = sorted({(p.entry.started, p.entry.name) for one in series for p in one.points})
    place = {entry: i for i, entry in enumerate(entries)}
    shown = [metric for metric in METRICS if any(one.metric is metric for one in series)]
    cells = sorted({one.key.cell: looks[one.key.cell] for one in series}.values(), key=lambda cell: cell.position)
    names = labels.names(cells)
    called = {cell.label: common.broken(names.short[cell.label], _NAME_WIDTH) for cell in cells}

    def draw(figure, theme) -> None:
        panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
        for ax, metric in zip(panels, shown):
            its = [one for one in series if one.metric is metric]
            ax.set_yscale("log")
            ax.set_ylim(*common.limits([(one.cell, point.value) for one in its for point in one.points]))
            for one in its:
                _line(ax, one, looks[one.key.cell], place, theme)
            ax.set_title(f"{common.plain(scenario, 80)} · {metric.title}")
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7), numticks=99))
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _, show=its[0].show: show(value)))
            ax.yaxis.set_minor_locator(NullLocator())
            ax.grid(axis="x", visible=False)
        last = panels[-1]
        last.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        last.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _date(entries, at)))
        last.set_xlabel("measurement, in the order made")
        for cell in cells:
            colour = theme.colour(cell.look)
            entry = panels[0].plot([], [], linestyle=cell.look.dash, marker=cell.look.marker, color=colour, label=called[cell.label])
            common.of_engine(cell, *entry)
        common.side_legend(figure, common.broken(names.shared, _NAME_WIDTH))

    lines = sum(name.count("\n") + 1 for name in [*called.values(), *([names.shared] if names.shared else [])])
    height_in = max(0.6 + 2.0 * len(shown), 0.45 + 0.175 * lines)
    return common.render(f"{TITLE}: {scenario}", _alt(scenario, series, len(entries)), height_in, label, draw)


def _line(ax, one: Series, cell, place: dict, theme) -> None:
    at = [place[point.entry.started, point.entry.name] for point in one.points]
    values = [point.value for point in one.points]
    look, colour = cell.look, theme.colour(cell.look)
    size = common.marker_size(look.marker, 4)
    drawn = ax.plot(at, values, linestyle=look.dash, linewidth=1.2, color=colour, marker=look.marker, markersize=size, clip_on=True)
    for change in one.changes:
        drawn += ax.plot(
            [at[change.index]], [values[change.index]], linestyle="none", marker="o", markersize=11, markerfacecolor="none",
            markeredgecolor=colour, markeredgewidth=1.5, zorder=4,
        )  # fmt: skip
        drawn.append(ax.annotate(
            terminal.signed(change.share), (at[change.index], values[change.index]), xytext=(0, 9), textcoords="offset points", ha="center",
            fontsize=8.5, fontweight="bold", color=colour, zorder=5,
        ))  # fmt: skip
    common.of_engine(cell, *drawn)


def _date(entries: list[tuple[str, str]], at: float) -> str:
    return terminal.day(entries[int(at)][0]) if at == int(at) and 0 <= at < len(entries) else ""


def _alt(scenario: str, series: list[Series], measurements: int) -> str:
    told = [
        f"{common.cell_label(one.cell)}, {one.metric.title}: {terminal.told(one, change)}"
        for one in series for change in one.changes
    ]  # fmt: skip
    few = sum(one.state == "too few points" for one in series)
    engines = terminal.counted(len({one.key.cell for one in series}), "engine", "engines")
    text = f"Medians of {engines} under {common.plain(scenario, 80)} over {measurements} measurements. "
    text += ("Changes: " + "; ".join(told) + ".") if told else "No change is shown."
    return text + (f" {few} of {len(series)} lines have too few points to show one." if few else "")
