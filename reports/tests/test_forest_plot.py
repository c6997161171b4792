"""The forest plots: what is drawn are gate.json's figures, and what has none is listed with its reason."""

import math

import drawn
import gate_documents as made
import pytest
from gate_documents import build, pairs
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from recvbench_report import style
from recvbench_report.gate.sample import Pair, Sample
from recvbench_report.plots import common, forest


@pytest.fixture
def figures(monkeypatch):
    """{title: (figure, alt)} of a document, as the light page has them."""

    def render(document):
        found = {}

        def keep(title, alt, height_in, label, draw):
            with style.drawing(style.LIGHT):
                figure = Figure(figsize=(common.WIDTH_IN, height_in))
                draw(figure, style.LIGHT)
            found[title] = figure, alt

        with monkeypatch.context() as patched:
            patched.setattr(common, "render", keep)
            forest.plots(document)
        return found

    return render


def names(ax):
    return [label.get_text().replace("\n", "") for label in ax.get_yticklabels()]


def marked(ax, y):
    """The median's mark of a row: its x, and whether it is hollow."""
    (line,) = [one for one in ax.lines if list(one.get_ydata()) == [y] and one.get_marker() not in ("None", None)]
    return line.get_xdata()[0], to_hex(line.get_markerfacecolor()) == style.LIGHT.paper.lower()


def interval(ax, y):
    (line,) = [one for one in ax.lines if list(one.get_ydata()) == [y, y]]
    return list(line.get_xdata())


def beside(ax):
    return [one.get_text() for one in ax.texts]


def scattered():
    """Ratios of 1.01 to 1.16, of which the median is 1.085."""
    return [pair for i in range(1, 17) for pair in pairs(1 + i / 100, 1)]


def test_what_is_drawn_are_the_document_s_figures(figures):
    document = build({"a/x": scattered(), "b/x": pairs(1.0)}, {"b/x (A/A)": pairs(1.01, 16)})
    (figure, alt) = figures(document)["Changes: CPU per message"]
    cells, control = figure.axes
    (metric,) = next(cell for cell in document["cells"] if cell["cell"] == "a/x")["metrics"]
    y = names(cells).index("a/x")
    assert marked(cells, y) == (pytest.approx(math.log(1 + metric["change"])), False)
    assert interval(cells, y) == pytest.approx([math.log(1 + metric["change_low"]), math.log(1 + metric["change_high"])])
    bands = [p for p in cells.patches if isinstance(p, Rectangle)]
    assert len(bands) == 2
    for band in bands:
        assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((-math.log(1.05), math.log(1.05)))
    assert names(control) == ["b/x (A/A)"] and marked(control, 0) == (pytest.approx(math.log(1.01)), False)
    assert "control" in beside(control) and control.get_title(loc="left").startswith("Control")
    # 1 is marked, and has a tick.
    assert any(list(line.get_xdata()) == [0, 0] for line in cells.lines)
    assert "1" in [tick.get_text() for tick in control.get_xticklabels()]
    assert f"+8.5 % [{metric['change_low'] * 100:+.1f}" in alt and "Control, the same build on both sides: b/x (A/A)" in alt


def test_every_verdict_has_its_word_and_what_has_no_figure_its_reason(figures):
    document = made.every_verdict()
    ((figure, alt),) = figures(document).values()
    cells, _ = figure.axes
    assert names(cells) == ["worse/a", "bad/a", "other/a", "gone/a", "noisy/a", "new/a", "better/a", "same/a"]
    words = "REGRESSED INVALID INCOMPARABLE GONE INCONCLUSIVE NEW IMPROVED PASS".split()
    assert [text for text in beside(cells) if text.isupper()] == words
    hollow = {word for y, word in enumerate(words) if marked(cells, y)[1]}
    assert hollow == {"INVALID", "INCOMPARABLE", "GONE", "NEW"}
    assert {"not in the base", "not in the candidate", "Wine 8.0 and Wine 9.0"} <= set(beside(cells))
    for cell, word in zip(names(cells), words):
        assert f"{cell}: {word}" in alt


def test_no_two_verdicts_look_alike():
    drawn_hollow = {"INVALID", "INCOMPARABLE", "GONE", "NEW"}
    looks = {word: (look.colour, look.marker, word in drawn_hollow) for word, look in forest._LOOKS.items()}
    assert len(set(looks.values())) == len(looks) and set(looks) == set(forest.ORDER)


def test_where_higher_is_better_worse_is_left(figures):
    document = build({"a": pairs(0.8, key="throughput"), "b": pairs(1.3, key="throughput"), "c": pairs(0.9, key="throughput")})
    ((figure, _),) = figures(document).values()
    (cells,) = figure.axes
    assert names(cells) == ["a", "c", "b"], "worst first"
    assert marked(cells, 0)[0] == pytest.approx(math.log(0.8)) and cells.get_xlabel().startswith("← worse")


def test_a_difference_is_drawn_as_one(figures):
    document = build({"a": [Pair(Sample(True, {"loss": 0.0}), Sample(True, {"loss": 0.02}))] * 10})
    ((figure, alt),) = figures(document).values()
    (cells,) = figure.axes
    assert marked(cells, 0)[0] == pytest.approx(0.02)
    assert "no change" in [tick.get_text() for tick in cells.get_xticklabels()] and "+2.0 %" in alt


def test_what_lies_off_the_scale_is_an_arrow_with_its_number(figures):
    ((figure, _),) = figures(build({"a": pairs(40.0), "b": pairs(1.0)})).values()
    (cells,) = figure.axes
    assert cells.get_xlim()[1] < math.log(3.5)
    (arrow,) = [line for line in cells.lines if line.get_marker() == ">"]
    assert list(arrow.get_ydata()) == [0] and "+3900 %" in beside(cells)


def test_hardly_anything_left_of_the_base(figures):
    ((figure, alt),) = figures(build({"a": pairs(1e-20)})).values()
    assert [line for line in figure.axes[0].lines if line.get_marker() == "<"] and "a: IMPROVED, -100 %" in alt


def test_many_cells_are_parted_on_one_scale(figures):
    document = build({f"cell {i:02}": pairs(1 + i / 1000) for i in range(60)})
    found = figures(document)
    assert list(found) == [f"Changes: CPU per message, part {i} of 3" for i in (1, 2, 3)]
    axes = [figure.axes[0] for figure, _ in found.values()]
    assert sorted(name for ax in axes for name in names(ax)) == [f"cell {i:02}" for i in range(60)]
    assert len({ax.get_xlim() for ax in axes}) == 1 and all(len(names(ax)) <= forest.MOST_ROWS for ax in axes)


def test_nothing_compared_nothing_drawn():
    assert forest.plots(build(problems={"NO BASELINE": "no baseline"})) == []
    assert forest.plots(build(missing=made.document.Missing(new=["n"]))) == []


def test_label():
    document = build({"a": pairs(1.2)}, environment="Wine 8.0, not Windows")
    (plot,) = forest.plots(document)
    assert {"Wine 8.0, not Windows", "REGRESSED", "+20.0 %", "a"} <= set(drawn.texts(plot.svg))
    assert forest.plots(document) == [plot], "equal input gives equal bytes"
