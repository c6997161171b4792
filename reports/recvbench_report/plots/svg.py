"""Makes matplotlib's SVG small, which it is not: coordinates to 1/10 pt, and nothing said twice. What it looks like stays."""

from __future__ import annotations

import re

_TAG = re.compile(rb"<[^>]*>")  # what follows is looked for in tags alone: text is left as it is
_COORDINATES = re.compile(rb' (?:d|x|y|transform)="[^"]*"')
_LINES = re.compile(rb' d="M[-\d.\sML]*"')
_NO_TURN = re.compile(rb' transform="rotate\(-?0 [^"]*"')
_UNUSED_IDS = re.compile(rb' id="[a-zA-Z.]+\w*_\d+"')  # not those of markers and clips, which are referred to
_FONT = re.compile(rb"font: (?:(bold|[1-9]00) )?([\d.]+px) ('[^;\"]*)")

_MARKS = re.compile(rb'<g([^>]*)>\n((?:<use [^>]* style="[^"]*"/>\n)+)</g>')
_STYLE = re.compile(rb' style="([^"]*)"')


def compact(svg: bytes) -> bytes:
    families: set[bytes] = set()
    svg = _TAG.sub(lambda tag: _small(tag[0], families), svg)
    svg = re.sub(rb"\n +<", b"\n<", svg)
    svg = _MARKS.sub(_one_style, svg)
    # One font for all, which drawing() asks for: said by the root.
    (family,) = families or {b"sans-serif"}
    return svg.replace(b"<svg ", b'<svg style="font-family: %s" ' % family, 1)


def _small(tag: bytes, families: set[bytes]) -> bytes:
    tag = _COORDINATES.sub(lambda match: re.sub(rb"(\.\d)\d+", rb"\1", match[0]), tag)
    # After an M, pairs alone are lines.
    tag = _LINES.sub(lambda path: path[0].replace(b" \nL ", b" ").replace(b" \n", b""), tag)
    tag = _UNUSED_IDS.sub(b"", _NO_TURN.sub(b"", tag))

    def font(match: re.Match) -> bytes:
        families.add(match[3])
        return (b"font-weight: %s; " % match[1] if match[1] else b"") + b"font-size: " + match[2]

    return _FONT.sub(font, tag)


def _one_style(marks: re.Match) -> bytes:
    """The style that all marks of a group have, said by the group."""
    styles = set(_STYLE.findall(marks[2]))
    if len(styles) > 1 or b"style=" in marks[1]:
        return marks[0]
    return b'<g%s style="%s">\n%s</g>' % (marks[1], styles.pop(), _STYLE.sub(b"", marks[2]))
