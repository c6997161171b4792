"""Where axes stand: nothing that belongs to them is cut off."""

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from recvbench_report.plots import layout


def test_what_stands_beside_the_axes_is_in_the_figure():
    figure = Figure(figsize=(10.5, 4), dpi=72, layout="constrained")
    FigureCanvasSVG(figure)
    figure.suptitle("Wine 8.0, not Windows")
    ax = figure.add_subplot()
    ax.set_title("a title")
    ax.set_ylabel("response time")
    ax.annotate("completion-routine (emulated)", (1.085, 0.5), xycoords="axes fraction", annotation_clip=False)
    layout.settle(figure)
    needed, whole = ax.get_tightbbox(), figure.bbox
    assert whole.x0 <= needed.x0 and needed.x1 <= whole.x1 and whole.y0 <= needed.y0
    heading = figure.texts[0].get_window_extent()
    assert needed.y1 <= heading.y0 and heading.y1 <= whole.y1
    assert ax.get_position().width > 0.5
