"""Smaller drawings that look the same."""

import re

import pytest
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
