"""How things look in plots: one table of engine styles that every plot uses, and the two themes.

Colours are Okabe and Ito's, safe for the common colour deficiencies, without yellow (invisible on white). An engine keeps
its colour, dash and marker in every plot of every report; no two engines share all three.
"""

from __future__ import annotations

import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib

INK = "ink"  # black on light, near white on dark
ORANGE, SKY, GREEN = "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY = "#8A8A8A"

SOLID, DASHED, DOTTED, DASH_DOT = "solid", (0, (5, 2)), (0, (1, 1.6)), (0, (6, 2, 1, 2))


@dataclass(frozen=True)
class EngineStyle:
    colour: str
    dash: object
    marker: str


ENGINES = {
    "blocking": EngineStyle(INK, SOLID, "o"),
    "select": EngineStyle(ORANGE, SOLID, "s"),
    "wsapoll": EngineStyle(SKY, SOLID, "^"),
    "poll": EngineStyle(SKY, DASHED, "v"),
    "epoll": EngineStyle(BLUE, DASHED, "D"),
    "overlapped-event": EngineStyle(VERMILION, SOLID, "D"),
    "completion-routine": EngineStyle(PURPLE, SOLID, "P"),
    "iocp": EngineStyle(BLUE, SOLID, "o"),
    "rio": EngineStyle(GREEN, SOLID, "X"),
    "null": EngineStyle(GREY, DOTTED, "o"),
    "event-select": EngineStyle(ORANGE, DASHED, "<"),
    "async-select": EngineStyle(ORANGE, DASH_DOT, ">"),
    "nonblocking-spin": EngineStyle(INK, DASHED, "s"),
    "threadpool-io": EngineStyle(PURPLE, DASHED, "h"),
    "socket-notifications": EngineStyle(SKY, DASH_DOT, "p"),
    "io_uring": EngineStyle(GREEN, DASHED, "^"),
    "asio": EngineStyle(VERMILION, DASH_DOT, "v"),
}


def engine_style(name: str) -> EngineStyle:
    """An engine that the table does not know gets a look of its own from its name: grey, so that it never passes for another."""
    digest = zlib.crc32(name.encode())
    return ENGINES.get(name) or EngineStyle(GREY, (DASHED, DASH_DOT)[digest % 2], "1234x+*d"[digest // 2 % 8])


@dataclass(frozen=True)
class Theme:
    name: str
    ink: str
    muted: str
    grid: str
    paper: str

    def colour(self, style: EngineStyle) -> str:
        # Blue is too dark on the dark paper: lifted to keep 4.5 : 1.
        if self.name == "dark" and style.colour == BLUE:
            return "#3D9BD9"
        return self.ink if style.colour == INK else style.colour


LIGHT = Theme("light", ink="#1B1F24", muted="#5B6470", grid="#DfE3E8", paper="#FFFFFF")
DARK = Theme("dark", ink="#E8EAED", muted="#A3ABB6", grid="#343B45", paper="#171A1F")
THEMES = (LIGHT, DARK)


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
