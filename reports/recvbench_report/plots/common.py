"""What all plots share: rendering to SVG and PNG, what belongs to which engine, axes of times, run marks, labels."""

from __future__ import annotations

import io
import math
import os
import pickle
from dataclasses import dataclass, field
from functools import cached_property
from typing import Callable

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from recvbench_report import labels, style, units
from recvbench_report.plots import layout, svg

WIDTH_IN = 10.5
_PNG_DPI = 192  # twice the pixels that the SVG has at its own size


@dataclass(frozen=True)
class Plot:
    title: str
    alt: str  # what a reader who cannot see it gets: the numbers
    percentile: str | None  # "p50", "p99" or "p999": of a section's plots that differ in nothing else the page shows one
    vector: Callable[[], bytes] = field(repr=False, compare=False)
    pixels: Callable[[], bytes] = field(repr=False, compare=False)

    @cached_property
    def svg(self) -> bytes:
        """In the light theme, a file by itself; svg.inline makes it a part of a page that follows the page's theme. Drawn when it
        is first asked for."""
        return svg.compact(self.vector())

    def png(self) -> bytes:
        """In the light theme. Equal data gives equal bytes."""
        return self.pixels()


_MANY = 16  # plots, of which half is worth a process


def draw_all(plots: list[Plot]) -> None:
    """Draws what is not drawn yet, every other one in a process of its own, where the system can copy this one: the same bytes in
    about half the time."""
    own, others = plots[::2], plots[1::2]
    if len(plots) < _MANY or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        own, others = plots, []
    child, pipe = _elsewhere(others) if others else (0, None)
    for plot in own:
        plot.svg  # noqa: B018 - keeps it
    if pipe:
        with pipe:
            drawn = pipe.read()
        _, status = os.waitpid(child, 0)
        # Where the other process failed, its plots are drawn when they are asked for, and fail here if they must.
        for plot, svg_ in zip(others, pickle.loads(drawn) if status == 0 else []):
            plot.__dict__["svg"] = svg_


def _elsewhere(plots: list[Plot]):
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, os.fdopen(read, "rb")
    try:
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            pickle.dump([plot.svg for plot in plots], pipe)
    except BaseException:
        os._exit(1)
    os._exit(0)


def render(
    title: str, alt: str, height_in: float, label: str, draw: Callable[[Figure, style.Theme], None], percentile: str | None = None
) -> Plot:
    """`label` says what the environment is not ("Wine 8.0, not Windows") and stands in every plot."""

    def laid_out(canvas: type) -> Figure:
        # The units of SVG, which matplotlib's are then: the layout is the same for both formats.
        figure = Figure(figsize=(WIDTH_IN, height_in), dpi=72, layout="constrained")
        figure.get_layout_engine().set(h_pad=0.1)
        canvas(figure)
        if label:
            figure.suptitle(plain(label), x=0.01, ha="left", fontsize=9, fontweight="bold", color=style.LIGHT.colour(WARNING))
        draw(figure, style.LIGHT)
        # No mark reaches further than the texts beside it, and to ask each for its size takes long.
        for ax in figure.axes:
            for mark in (*ax.lines, *ax.patches):
                mark.set_in_layout(False)
        layout.settle(figure)
        return figure

    def vector() -> bytes:
        with style.drawing(style.LIGHT):
            figure, out = laid_out(FigureCanvasSVG), io.BytesIO()
            figure.canvas.print_svg(out, metadata={"Date": None, "Creator": None, "Title": plain(title)})
            return out.getvalue()

    def pixels() -> bytes:
        with style.drawing(style.LIGHT):
            out = io.BytesIO()
            laid_out(FigureCanvasAgg).savefig(out, format="png", dpi=_PNG_DPI, metadata={"Software": None})
            return out.getvalue()

    return Plot(title, alt, percentile, vector, pixels)


def of_engine(cell, *artists: Artist) -> None:
    """Says that the artists show this cell's engine: in the SVG each is in a group of class "e3", 3 being the place of the cell's
    label in the report, which the page highlights and filters by. What shows several engines is said to be of each."""
    for artist in artists:
        _tag(artist, f"e{cell.position}")


def of_scenario(scenario, *artists: Artist) -> None:
    """The same of a scenario: "s3". For panels, that is axes; a page that leaves out all of a plot's scenarios leaves it out."""
    for artist in artists:
        _tag(artist, f"s{scenario.position}")


def _tag(artist: Artist, name: str) -> None:
    names = (artist.get_gid() or "").split()
    artist.set_gid(" ".join(dict.fromkeys([*names, name])))


WARNING = style.EngineStyle(style.VERMILION, style.SOLID, "o")


def plain(text: str, longest: int = 60) -> str:
    """Text that XML can carry: control characters replaced, overlong names cut."""
    text = labels.printable(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def broken(name: str, width: int) -> str:
    """An engine's label in lines of about that many characters."""
    return "\n".join(plain(line, width + 8) for line in labels.lines(name, width))


def title(name: str, shared: str, width: int = 100) -> str:
    """Of a panel whose names leave out what they share."""
    if not shared:
        return plain(name, 80)
    apart = "\n" if len(name) + len(shared) > width else " · "
    return plain(name, 80) + apart + plain(shared, width)


def notes(cell) -> str:
    """" (emulated, invalid)"; "" where there is nothing to say."""
    said = ", ".join(note for note in (cell.kind, "" if cell.valid else "invalid") if note)
    return f" ({said})" if said else ""


def cell_label(cell) -> str:
    """In a sentence."""
    return plain(cell.label, 200) + notes(cell)


def log_axis(axis, most_ticks: int) -> None:
    """Times on a log axis: the densest round steps that give at most so many ticks."""
    low, high = axis.get_view_interval()
    for subs in ((1, 2, 3, 4, 6, 8), (1, 2, 5), (1,)):
        if len(subs) * math.log10(high / low) <= most_ticks:
            break
    axis.set_major_locator(LogLocator(subs=subs, numticks=99))
    axis.set_major_formatter(FuncFormatter(lambda value, _: units.round_time(value)))
    axis.set_minor_locator(NullLocator())


def limits(values: list[tuple[object, float]]) -> tuple[float, float]:
    """Of a log axis for (cell, value). The null engine can be faster by orders of magnitude: what would stretch the scale by
    more than a factor of 5 is left out on the low side, for the plot to say so at its edge."""
    real = [value for cell, value in values if cell.kind != "synthetic" and value > 0] or [value for _, value in values]
    floor = min(real, default=1) / 5
    return margins(real + [value for _, value in values if value >= floor])


def margins(values: list[float]) -> tuple[float, float]:
    """Limits of a log axis around positive values."""
    positive = [v for v in values if v > 0]
    if not positive:
        return 1, 10
    low, high = min(positive) / 1.15, max(positive) * 1.15
    return (low, high) if high / low > 2 else (low / 1.5, high * 1.5)


def marker_size(marker: str | tuple, size: float) -> float:
    """Stars have less to them than their size says."""
    return size * 1.5 if isinstance(marker, tuple) else size


def run_marks(
    ax: Axes, runs: list[tuple], colour: str, theme: style.Theme, marker: str | tuple = "o", size: float = 4.5
) -> list[Artist]:
    """(x, y, valid) of runs: filled where valid, hollow where not."""
    drawn: list[Artist] = []
    for valid in (True, False):
        marked = [(x, y) for x, y, ok in runs if ok == valid]
        if marked:
            drawn += ax.plot(
                *zip(*marked), linestyle="none", marker=marker, markersize=marker_size(marker, size), markeredgewidth=0.5 if valid else 1,
                markeredgecolor=theme.paper if valid else colour, markerfacecolor=colour if valid else theme.paper,
                alpha=0.75 if valid else 1, zorder=3, clip_on=False,
            )  # fmt: skip
    return drawn


def side_legend(figure: Figure, title: str = "") -> None:
    """Right of all panels, which get what it leaves. An entry belongs to the engine that its line belongs to."""
    pairs = [pair for ax in figure.axes for pair in zip(*ax.get_legend_handles_labels())]
    handles, names = zip(*pairs)
    legend = figure.legend(
        handles, names, loc="center right", frameon=False, fontsize=9, title=title or None, labelspacing=0.35, handlelength=3
    )
    for handle, line, text in zip(handles, legend.get_lines(), legend.get_texts()):
        line.set_gid(handle.get_gid())
        text.set_gid(handle.get_gid())
    legend._legend_box.align = "left"
    lines = [line for text in legend.get_texts() for line in text.get_text().split("\n")] + title.split("\n")
    width_pt = 62 + 5.6 * max(len(line) for line in lines)
    figure.get_layout_engine().set(rect=(0, 0, 1 - width_pt / (72 * WIDTH_IN), 1))


def spread_apart(positions: list[float], gap: float) -> list[float]:
    """Moves sorted positions as little as needed for neighbours to be `gap` apart, keeping order and centre of each pile."""
    piles: list[list[float]] = []  # [sum of wanted first positions, members]
    for i, wanted in enumerate(positions):
        piles.append([wanted, 1])
        while len(piles) > 1 and _first(piles[-2]) + piles[-2][1] * gap > _first(piles[-1]):
            total, members = piles.pop()
            piles[-1][0] += total - members * piles[-1][1] * gap
            piles[-1][1] += members
    placed = []
    for pile in piles:
        placed += [_first(pile) + k * gap for k in range(int(pile[1]))]
    return placed


def _first(pile: list[float]) -> float:
    return pile[0] / pile[1]
