"""Smaller drawings that look the same."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from recvbench_report import style
from recvbench_report.load import Cell, Scenario
from recvbench_report.plots import common, svg


@pytest.mark.parametrize("given, small", [
    (b'<path d="M 1.2345 6 \nL 7.89 -0.125 \nL 2 3 \n" x="9.87"/>', b'<path d="M 1.2 6 7.8 -0.1 2 3" x="9.8"/>'),
    (b'<path d="M 1 2 \nL 3 4 \nM 5 6 \nL 7 8 \n"/>', b'<path d="M 1 2 3 4M 5 6 7 8"/>'),
    # After a curve, pairs would be a curve's.
    (b'<path d="M 1 2 \nC 1 2 3 4 5 6 \nL 7 8 \nz\n"/>', b'<path d="M 1 2 \nC 1 2 3 4 5 6 \nL 7 8 \nz\n"/>'),
    (b'<text id="text_12" transform="rotate(-0 1 2)">a</text>', b"<text>a</text>"),
    (b'<g id="matplotlib.axis_1"/><path id="m0123abc"/>', b'<g/><path id="m0123abc"/>'),
    (b'<text style="font: bold 9.5px \'A\', sans-serif">a</text>', b'<text style="font-weight: bold; font-size: 9.5px">a</text>'),
    (b'<g>\n <use x="1" style="s"/>\n <use x="2" style="s"/>\n</g>', b'<g style="s">\n<use x="1"/>\n<use x="2"/>\n</g>'),
    (b'<g>\n<use x="1" style="s"/>\n<use x="2" style="t"/>\n</g>', b'<use x="1" style="s"/>\n<use x="2" style="t"/>\n'),
    (b'<g id="text_1">\n<g>\n<g clip="a">\n<g/>\n<g>\n</g>\n</g>\n</g>\n</g>\n', b'<g clip="a">\n<g/>\n</g>\n'),
    (b'<text> d="M 1.2345" id="text_1" font: 9px \'A\'</text>', b'<text> d="M 1.2345" id="text_1" font: 9px \'A\'</text>'),
])  # fmt: skip
def test_compact(given, small):
    assert svg.compact(given) == small


def test_the_root_says_the_font():
    drawn = svg.compact(b"<svg x=\"1\"><text style=\"font: 9px 'A', 'B', serif; text-anchor: end\">a</text></svg>")
    assert drawn == b"<svg style=\"font-family: 'A', 'B', serif\" x=\"1\"><text style=\"font-size: 9px; text-anchor: end\">a</text></svg>"


def test_styles_said_twice_go_to_the_sheet():
    given = b'<style>*{a}</style><text style="b: c">x</text><path style="d"/><text style="b: c">y</text>'
    assert svg.compact(given) == b'<style>*{a}\n.c0{b: c}\n</style><text class="c0">x</text><path style="d"/><text class="c0">y</text>'


def test_what_is_referred_to_stays():
    def draw(figure, theme):
        ax = figure.add_subplot()
        ax.plot([1, 2, 3], [3, 1, 2], marker="o", label="a")

    drawn = common.render("t", "alt", 2, "", draw).svg.decode()
    ids = re.findall(r' id="([^"]*)"', drawn)
    assert len(set(ids)) == len(ids) > 1
    assert set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', drawn)) <= {(i, "") for i in ids} | {("", i) for i in ids}


def everything(figure, theme):
    """Every colour that the theme has, marks, a legend, what belongs to engines and a scenario."""
    ax = figure.add_subplot()
    common.of_scenario(Scenario({}, [], 2), ax)
    looks = [*style.ENGINES.values(), *style.looks([("iocp", f"iocp:threads={i}") for i in range(24)]).values()]
    for i, look in enumerate(looks):
        line = ax.plot([1, 2, 3], [i, 1, 2], marker=look.marker, linestyle=look.dash, color=theme.colour(look), label=f"l{i}")
        common.of_engine(Cell("c", "l", position=i), *line)
    common.of_engine(Cell("c", "l", position=1), *line)
    common.run_marks(ax, [(1, 1, True), (2, 2, False)], theme.ink, theme)
    ax.text(1, 1, "#1b1f24", color=theme.muted)
    ax.text(1, 1, "a", color=style.ON_DARK)
    common.side_legend(figure)


@pytest.fixture(scope="module")
def plot():
    return common.render("t", "alt", 6, "Wine", everything)


COLOURS = {colour: f"var({name})" for colour, (name, _) in style.variables().items()}


def test_no_colour_of_the_theme_stays_in_a_page(plot):
    inline = svg.inline(plot.svg, "p1", "alt", COLOURS)
    used = set(re.findall(r"#[0-9a-f]{6}", re.sub(r">[^<]*</text>", ">", inline)))
    assert COLOURS.keys() <= set(re.findall(r"#[0-9a-f]{6}", plot.svg.decode())), "all are drawn"
    assert used.isdisjoint(COLOURS) and style.ON_DARK.lower() in used
    assert {name for name, _ in style.variables().values()} == set(re.findall(r"var\((--\w+)\)", inline))
    # Text is text.
    assert ">#1b1f24<" in inline
    # What is left looks well on both papers, since it is the same in both themes.
    same = {theme.colour(look).lower() for look in style.ENGINES.values() for theme in style.THEMES} - COLOURS.keys()
    own = {style.DARK.colour(look).lower() for look in style.ENGINES.values()}
    assert used - {style.ON_DARK.lower()} <= same & own


def test_the_pages_colours_are_the_themes(report):
    sheet = report.partition("<style>")[2].partition("</style>")[0]
    light, dark, *_ = re.findall(r":root \{([^}]*)\}", sheet)
    written = [dict(re.findall(r"(--\w+): (#\w+)", part)) for part in (light, dark)]
    colours = [{name: value.replace("#fff", "#ffffff") if len(value) == 4 else value for name, value in one.items()} for one in written]
    own = dict(re.findall(r"(--c\w+): (#\w+)", sheet))
    for colour, (name, in_dark) in style.variables().items():
        if name.startswith("--c"):
            assert own[name] == in_dark, "the last is the dark one"
        else:
            assert (colours[0][name], colours[1][name]) == (colour, in_dark)


def test_names_do_not_collide_in_a_page(plot):
    page = [svg.inline(plot.svg, id, "alt", COLOURS) for id in ("p1", "p11")]
    ids = [re.findall(r' id="([^"]*)"', one) for one in page]
    assert len(ids[0]) > 3 and set(ids[0]).isdisjoint(ids[1])
    for one, own in zip(page, ids):
        assert {a or b for a, b in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', one)} <= set(own)
    sheets = [set(re.findall(r"^([.#][^{]*)\{", "".join(re.findall(r"<style[^>]*>(.*?)</style>", one, re.DOTALL)), re.M)) for one in page]
    assert sheets[0] and sheets[0].isdisjoint(sheets[1]) and "*" not in sheets[0]


def test_engines_and_scenarios_are_classes(plot):
    inline = svg.inline(plot.svg, "p1", "alt", COLOURS)
    groups = [name.split() for name in re.findall(r'<g class="([^"]*)"', inline)]
    last = len(style.ENGINES) + 23
    assert ["e", "e3"] in groups and ["e", f"e{last}", "e1"] in groups and ["s", "s2"] in groups
    # Its line, and its line and name in the legend.
    assert groups.count(["e", "e3"]) == 3
    assert not re.search(r'class="[^"]*"[^>]*class=', inline)


def test_words_are_escaped(plot):
    hostile = """"><script>alert(1)</script>]]>--></svg>'&"""
    inline = svg.inline(plot.svg, "p1", hostile, COLOURS)
    assert ElementTree.fromstring(inline).attrib["aria-label"] == hostile
    assert inline.count("<script") == 0 and inline.count("</svg") == 1


@pytest.mark.parametrize(
    "name", ["</style></svg><script>alert(1)</script>", "]]>", "<!--", "&amp;", "a\x00b", 'x" onload="y', ' id="e3" #1b1f24 ']
)
def test_hostile_text_is_text(name):
    plot = common.render(name, name, 2, name, lambda figure, theme: figure.add_subplot().set_title(common.plain(name)))
    root = ElementTree.fromstring(svg.inline(plot.svg, "p1", common.plain(name), COLOURS))
    assert [text.text for text in root.iter("text")].count(common.plain(name)) == 2
    assert {element.tag for element in root.iter()} <= {"svg", "defs", "style", "g", "path", "use", "text", "clipPath", "rect"}


def test_png_is_the_same_drawing_every_time(plot):
    drawn = plot.png()
    assert drawn.startswith(b"\x89PNG") and drawn == plot.png()
    width, height = (int.from_bytes(drawn[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (2016, 1152)  # twice 10.5 in by 6 in at 96 pixels
