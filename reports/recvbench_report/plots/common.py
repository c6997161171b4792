"""What all plots share: rendering to SVG and PNG, what belongs to which engine, axes of times, run marks, labels."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from typing import Callable

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from recvbench_report import labels, style, units
from recvbench_report.plots import svg

WIDTH_IN = 10.5
_PNG_DPI = 192  # twice the pixels that the SVG has at its own size


@dataclass(frozen=True)
class Plot:
    title: str
    alt: str  # what a reader who cannot see it gets: the numbers
    svg: bytes  # in the light theme, a file by itself; svg.inline makes it a part of a page that follows the page's theme
    percentile: str | None  # "p50", "p99" or "p999": of a section's plots that differ in nothing else the page shows one
    rendered: Callable[[], bytes] = field(repr=False, compare=False)

    def png(self) -> bytes:
        """In the light theme. Equal data gives equal bytes."""
        return self.rendered()


def render(
    title: str, alt: str, height_in: float, label: str, draw: Callable[[Figure, style.Theme], None], percentile: str | None = None
) -> Plot:
    """`label` says what the environment is not ("Wine 8.0, not Windows") and stands in every plot."""

    def saved(canvas: type, **options) -> bytes:
        with style.drawing(style.LIGHT):
            figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
            figure.get_layout_engine().set(h_pad=0.1)
            canvas(figure)
            if label:
                figure.suptitle(plain(label), x=0.01, ha="left", fontsize=9, fontweight="bold", color=style.LIGHT.colour(WARNING))
            draw(figure, style.LIGHT)
            out = io.BytesIO()
            figure.savefig(out, **options)
            return out.getvalue()

    drawn = saved(FigureCanvasSVG, format="svg", metadata={"Date": None, "Creator": None, "Title": plain(title)})
    return Plot(
        title, alt, svg.compact(drawn), percentile,
        lambda: saved(FigureCanvasAgg, format="png", dpi=_PNG_DPI, metadata={"Software": None}),
    )  # fmt: skip


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
