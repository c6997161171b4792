"""How things look in plots: one table of engine styles that every plot uses, and the two themes.

Colours are Okabe and Ito's, safe for the common colour deficiencies, without yellow (invisible on white). An engine keeps
its colour, dash and marker in every plot of every report; no two engines share all three. Where one engine appears with
several settings, the first of them looks as the engine does and the others get what is free: `looks`.
"""

from __future__ import annotations

import itertools
import warnings
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib

INK = "ink"  # black on light, near white on dark
ORANGE, SKY, GREEN = "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY = "#8A8A8A"
# On a ground of its own colour (a heatmap's cell), where a theme's ink or paper would turn with the theme and the ground would not.
ON_DARK, ON_LIGHT = "#FEFEFE", "#101010"
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, INK)
SHADES = (0, 0.45)

SOLID, DASHED, DOTTED, DASH_DOT = "solid", (0, (5, 2)), (0, (1, 1.6)), (0, (6, 2, 1, 2))
LONG_DASHED, DASH_DOT_DOT = (0, (11, 3)), (0, (6, 1.5, 1, 1.5, 1, 1.5))
DASHES = (SOLID, DASHED, DASH_DOT, LONG_DASHED, DASH_DOT_DOT, DOTTED)
# All have a face, so that they can be hollow; tuples are stars and polygons by their points, as matplotlib writes them.
MARKERS = (
    "o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "p", "h", "d", (4, 1, 0), (6, 1, 0), (4, 1, 45), (5, 1, 180),
)  # fmt: skip


@dataclass(frozen=True)
class EngineStyle:
    colour: str
    dash: object
    marker: str | tuple
    shade: float = 0  # how far the colour is towards the ink


# In the order in which reports show them.
ENGINES = {
    "blocking": EngineStyle(INK, SOLID, "o"),
    "nonblocking-spin": EngineStyle(INK, DASHED, "s"),
    "select": EngineStyle(ORANGE, SOLID, "s"),
    "event-select": EngineStyle(ORANGE, DASHED, "<"),
    "async-select": EngineStyle(ORANGE, DASH_DOT, ">"),
    "wsapoll": EngineStyle(SKY, SOLID, "^"),
    "socket-notifications": EngineStyle(SKY, DASH_DOT, "p"),
    "afd-poll": EngineStyle(BLUE, DASH_DOT, "*"),
    "poll": EngineStyle(SKY, DASHED, "v"),
    "epoll": EngineStyle(BLUE, DASHED, "D"),
    "overlapped-event": EngineStyle(VERMILION, SOLID, "D"),
    "completion-routine": EngineStyle(PURPLE, SOLID, "P"),
    "iocp": EngineStyle(BLUE, SOLID, "o"),
    "threadpool-io": EngineStyle(PURPLE, DASHED, "h"),
    "rio": EngineStyle(GREEN, SOLID, "X"),
    "io_uring": EngineStyle(GREEN, DASHED, "^"),
    "asio": EngineStyle(VERMILION, DASH_DOT, "v"),
    "null": EngineStyle(GREY, DOTTED, "o"),
}
HARNESS = "null"  # measures the harness: its grey is not a receive model's


def looks(engines: list[tuple[str, str]]) -> dict[str, EngineStyle]:
    """A look for each (engine's name, label), by label; no two the same. Those of one engine are shades of its colour, unless
    all are of one engine: then colours tell its settings apart. An engine that the table does not know is grey, so that it
    never passes for another."""
    one_engine = len({name for name, _ in engines} - {HARNESS}) == 1
    given: dict[str, EngineStyle] = {}
    seen: set[str] = set()
    for name, label in engines:
        if name in ENGINES and name not in seen:
            given[label] = ENGINES[name]
        else:
            hues = COLOURS if one_engine and name in seen and name != HARNESS else (_hue(name),)
            given[label] = _free(name, hues, list(given.values()))
        seen.add(name)
    return given


def _hue(name: str) -> str:
    return ENGINES[name].colour if name in ENGINES else GREY


def _free(name: str, hues: tuple[str, ...], given: list[EngineStyle]) -> EngineStyle:
    """The look that differs most from those given and from the table's (no look means two things): in colour, then in marker,
    then in dash."""
    # An unknown engine begins somewhere of its own, so that it looks much the same in every report.
    turn = 0 if name in ENGINES else zlib.crc32(name.encode())
    markers, dashes = _turned(MARKERS, turn), _turned(DASHES, turn // len(MARKERS))
    colours = [(hue, shade) for shade in SHADES for hue in hues if hue not in (INK, GREY) or not shade]
    reserved = given + list(ENGINES.values())
    same, anywhere = Counter(reserved), Counter(g.marker for g in given)
    coloured = Counter((g.colour, g.shade) for g in given)
    marked, dashed = Counter((r.colour, r.marker) for r in reserved), Counter((r.colour, r.shade, r.dash) for r in reserved)

    def likeness(look: EngineStyle):
        colour = look.colour, look.shade
        return same[look], coloured[colour], marked[look.colour, look.marker], dashed[*colour, look.dash], anywhere[look.marker]

    return min((EngineStyle(c, d, m, s) for (c, s), d, m in itertools.product(colours, dashes, markers)), key=likeness)


def _turned(values: tuple, by: int) -> tuple:
    return values[by % len(values) :] + values[: by % len(values)]


@dataclass(frozen=True)
class Theme:
    name: str
    ink: str
    muted: str
    grid: str
    paper: str

    def colour(self, style: EngineStyle) -> str:
        # Blue is too dark on the dark paper: lifted to keep 4.5 : 1.
        hue = "#3D9BD9" if self.name == "dark" and style.colour == BLUE else self.ink if style.colour == INK else style.colour
        return _mixed(hue, self.ink, style.shade) if style.shade else hue


LIGHT = Theme("light", ink="#1B1F24", muted="#5B6470", grid="#DfE3E8", paper="#FFFFFF")
DARK = Theme("dark", ink="#E8EAED", muted="#A3ABB6", grid="#343B45", paper="#171A1F")
THEMES = (LIGHT, DARK)
_IN_PAGES = {"ink": "ink", "muted": "muted", "grid": "line", "paper": "paper"}  # what the style sheet calls a theme's colours


def variables() -> dict[str, tuple[str, str]]:
    """By colour in the light theme: the CSS variable that stands for it in pages, and the colour in the dark theme. What is the
    same in both has none."""
    found = {getattr(LIGHT, own).lower(): ("--" + name, getattr(DARK, own).lower()) for own, name in _IN_PAGES.items()}
    for hue, shade in itertools.product(COLOURS, SHADES):
        look = EngineStyle(hue, SOLID, "o", shade)
        light, dark = LIGHT.colour(look).lower(), DARK.colour(look).lower()
        if light != dark:
            found.setdefault(light, ("--c" + light[1:], dark))
    return found


def css(look: EngineStyle) -> str:
    """An engine's colour in a page."""
    light = LIGHT.colour(look).lower()
    return f"var({variables()[light][0]})" if light in variables() else light


def sheet() -> str:
    """CSS that defines the engines' variables; those of the theme are the page's own."""
    own = [(name, light, dark) for light, (name, dark) in variables().items() if name.startswith("--c")]
    in_light, in_dark = ("".join(f" {name}: {value};" for name, value in pairs) for pairs in (
        [(name, light) for name, light, _ in own], [(name, dark) for name, _, dark in own]
    ))  # fmt: skip
    return f":root {{{in_light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{{in_dark} }} }}\n"


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = [(int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


@contextmanager
def drawing(theme: Theme):
    """matplotlib's settings for one theme. The salt and the missing date make equal data give equal bytes."""
    settings = {
        "svg.hashsalt": "recvbench",
        "svg.fonttype": "none",  # text stays text: smaller, and drawn by the reader's own fonts
        "font.family": "sans-serif",
        # Layout is measured with the first; the rest are for readers without it, and all are narrower.
        "font.sans-serif": ["DejaVu Sans", "Segoe UI", "Helvetica Neue", "Arial"],
        "font.size": 10,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 9.5,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "text.color": theme.ink,
        "axes.labelcolor": theme.muted,
        "axes.titlecolor": theme.ink,
        "xtick.color": theme.muted,
        "ytick.color": theme.muted,
        "axes.edgecolor": theme.muted,
        "axes.facecolor": theme.paper,
        "figure.facecolor": theme.paper,
        "savefig.facecolor": theme.paper,
        "grid.color": theme.grid,
        "grid.linewidth": 0.7,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
        "text.parse_math": False,  # names are names, whatever characters they hold
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # Text stays text, so a glyph that the measuring font lacks is not lost.
        warnings.filterwarnings("ignore", message="Glyph .* missing from current font")
        yield
