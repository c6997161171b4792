"""Where a figure's axes stand, found once before it is drawn."""

from __future__ import annotations

from matplotlib.figure import Figure

# Of one pair of axes: never smaller than what becomes of it, so that what stands beside it by a share of its width has room.
_GUESS = (0, 0, 1, 1)


def settle(figure: Figure) -> None:
    """Lays out a figure whose layout is "constrained", and ends that: savefig would draw everything a first time for it."""
    engine = figure.get_layout_engine()
    if len(figure.axes) == 1:
        _one(figure, figure.axes[0], **engine.get())
    else:
        engine.execute(figure)
    figure.set_layout_engine("none")


def _one(figure: Figure, ax, *, rect, w_pad: float, h_pad: float, **_) -> None:
    """What constrained layout makes of one pair of axes, for a third of its time: it asks every text for its size twice."""
    ax.set_position(_GUESS)
    to_share = figure.transFigure.inverted()
    needed, own = ax.get_tightbbox().transformed(to_share), ax.get_position()
    x_pad, y_pad = w_pad / figure.get_figwidth(), h_pad / figure.get_figheight()
    left, bottom, width, height = rect
    top = bottom + height
    for heading in figure.texts:
        heading.set_y(top - y_pad)
        top -= heading.get_window_extent().transformed(to_share).height + 2 * y_pad
    x = left + x_pad + own.x0 - needed.x0
    y = bottom + y_pad + own.y0 - needed.y0
    ax.set_position((x, y, left + width - x_pad - (needed.x1 - own.x1) - x, top - y_pad - (needed.y1 - own.y1) - y))
