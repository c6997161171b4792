"""Makes matplotlib's SVG small, which it is not: coordinates to 1/10 pt, and nothing said twice. What it looks like stays.

And makes it a part of a page: `inline`.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import Mapping

_TAG = re.compile(rb"<[^>]*>")  # what follows is looked for in tags alone: text is left as it is
_COORDINATES = re.compile(rb' (?:d|x|y|transform)="[^"]*"')
_LINES = re.compile(rb' d="M[-\d.\sML]*"')
_NO_TURN = re.compile(rb' transform="rotate\(-?0 [^"]*"')
_UNUSED_IDS = re.compile(rb' id="[a-zA-Z.]+\w*_\d+"')  # not those of markers and clips, which are referred to
_ID = re.compile(rb'( id="| href="#|url\(#)([mp][0-9a-f]{10})')
_TAGS = re.compile(rb' id="((?:[es]\d+ ?)+)"')  # see common.of_engine
_FONT = re.compile(rb"font: (?:(bold|[1-9]00) )?([\d.]+px) ('[^;\"]*)")

_MARKS = re.compile(rb'<g([^>]*)>\n((?:<use [^>]* style="[^"]*"/>\n)+)</g>')
_STYLE = re.compile(rb' style="([^"]*)"')
_TWO_CLASSES = re.compile(rb' class="([^"]*)"([^>]*?) class="([^"]*)"')


def compact(svg: bytes) -> bytes:
    families: set[bytes] = set()
    names: dict[bytes, bytes] = {}
    svg = _TAG.sub(lambda tag: _small(tag[0], families, names), svg)
    svg = re.sub(rb"\n +<", b"\n<", svg)
    svg = _MARKS.sub(_one_style, svg)
    svg = _without_bare_groups(svg)
    # One font for all, which drawing() asks for: said by the root.
    (family,) = families or {b"sans-serif"}
    return _with_classes(svg.replace(b"<svg ", b'<svg style="font-family: %s" ' % family, 1))


def _small(tag: bytes, families: set[bytes], names: dict[bytes, bytes]) -> bytes:
    """Adds the fonts that it finds to `families`, and the ids that it renames to `names`."""
    tag = _COORDINATES.sub(lambda match: re.sub(rb"\.0(?!\d)", b"", re.sub(rb"(\.\d)\d+", rb"\1", match[0])), tag)
    # After an M, pairs alone are lines.
    tag = _LINES.sub(lambda path: path[0].replace(b" \nL ", b" ").replace(b" \n", b""), tag)
    tag = _TAGS.sub(_kinds, _UNUSED_IDS.sub(b"", _NO_TURN.sub(b"", tag)))

    def font(match: re.Match) -> bytes:
        families.add(match[3])
        return (b"font-weight: %s; " % match[1] if match[1] else b"") + b"font-size: " + match[2]

    def rename(match: re.Match) -> bytes:
        return match[1] + names.setdefault(match[2], b"i%d" % len(names))

    return _FONT.sub(font, _ID.sub(rename, tag.replace(b" xlink:href=", b" href=")))


def _kinds(match: re.Match) -> bytes:
    """The class "e" says that what follows is of an engine, "s" of a scenario."""
    names = match[1].split()
    return b' class="%s"' % b" ".join([*sorted({name[:1] for name in names}), *names])


def _one_style(marks: re.Match) -> bytes:
    """The style that all marks of a group have, said by the group."""
    styles = set(_STYLE.findall(marks[2]))
    if len(styles) > 1 or b"style=" in marks[1]:
        return marks[0]
    return b'<g%s style="%s">\n%s</g>' % (marks[1], styles.pop(), _STYLE.sub(b"", marks[2]))


def _without_bare_groups(svg: bytes) -> bytes:
    """A group that says nothing of its members."""
    open_: list[bool] = []

    def keep(match: re.Match) -> bytes:
        if match[0].startswith(b"</g"):
            return match[0] if open_.pop() else b""
        if not (match[1] or b"").endswith(b"/"):
            open_.append(bool(match[1]))
        return match[0] if match[1] else b""

    return re.sub(rb"</?g( [^>]*)?>\n?", keep, svg)


def _with_classes(svg: bytes) -> bytes:
    """Styles that are said more than once are said in the style sheet."""
    counts = Counter(style for tag in _TAG.findall(svg) for style in _STYLE.findall(tag))
    often = {style: b"c%d" % i for i, style in enumerate(style for style, count in counts.items() if count > 1)}

    def classed(match: re.Match) -> bytes:
        return b' class="%s"' % often[match[1]] if match[1] in often else match[0]

    svg = _TAG.sub(lambda tag: _TWO_CLASSES.sub(rb' class="\1 \3"\2', _STYLE.sub(classed, tag[0])), svg)
    sheet = b"".join(b".%s{%s}\n" % (name, style) for style, name in often.items())
    return svg.replace(b"</style>", b"\n" + sheet + b"</style>", 1)


_HEAD = re.compile(r'.*?<svg (style="[^"]*").*? (viewBox="[^"]*")[^>]*>', re.DOTALL)
_ABOUT = re.compile(r"\s*(?:<title>.*?</title>\s*)?<metadata>.*?</metadata>", re.DOTALL)
_SHEET = re.compile(r"(<style[^>]*>)(.*?)(</style>)", re.DOTALL)
_TEXT_TAG = re.compile(r"<[^>]*>")
_NAME = re.compile(r'((?: id="| href="#|url\(#))(\w+)')
_CLASSES = re.compile(r' class="([^"]*)"')
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def inline(svg: bytes, id: str, alt: str, colours: Mapping[str, str]) -> str:
    """What `compact` made, for a page with others of its kind: names that hold for the whole page begin with `id`, which is the
    element's own. `colours`: for a colour as it was drawn, in small letters, what stands for it in the page."""
    text = svg.decode()
    head = _HEAD.match(text)
    body = _ABOUT.sub("", text[head.end() :], count=1)

    def named(match: re.Match) -> str:
        return match[1] + id + match[2]

    def classed(match: re.Match) -> str:
        return ' class="%s"' % " ".join(id + name if name.startswith("c") else name for name in match[1].split())

    def coloured(text: str) -> str:
        return _COLOUR.sub(lambda match: colours.get(match[0], match[0]), text)

    def sheet(match: re.Match) -> str:
        # What matplotlib says of everything it says of everything in its own file.
        own = match[2].replace("*{", f"#{id} *{{").replace("\n.c", f"\n.{id}c")
        return match[1] + coloured(own) + match[3]

    body = _TEXT_TAG.sub(lambda tag: coloured(_CLASSES.sub(classed, _NAME.sub(named, tag[0]))), body)
    body = _SHEET.sub(sheet, body, count=1)
    return f'<svg id="{id}" role="img" aria-label="{escape(alt)}" {head[1]} {head[2]}>{body}'
