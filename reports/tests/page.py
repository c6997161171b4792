"""A report as the tests see it: elements with their attributes and text, from the standard library's parser."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"wbr", "meta", "img", "source", "br", "link", "input", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    children: list = field(default_factory=list)
    source: str = ""  # of the whole page

    def all(self, tag: str | None = None, **attributes):
        for child in self.children:
            if isinstance(child, Element):
                if (tag is None or child.tag == tag) and all(
                    child.attributes.get(k.replace("_", "-")) == v for k, v in attributes.items()
                ):
                    yield child
                yield from child.all(tag, **attributes)

    def one(self, tag: str | None = None, **attributes) -> Element:
        found = list(self.all(tag, **attributes))
        assert len(found) == 1, f"{len(found)} elements {tag} {attributes}"
        return found[0]

    @property
    def text(self) -> str:
        parts = [child.text if isinstance(child, Element) else child for child in self.children]
        return " ".join("".join(f" {p} " for p in parts).split())


class _Parser(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def parse(text: str) -> Element:
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert len(parser.open) == 1, f"never closed: {[e.tag for e in parser.open[1:]]}"
    parser.root.source = text
    return parser.root


def plots(root: Element) -> list[Element]:
    return list(root.all("svg", role="img"))


def alt(plot: Element) -> str:
    """What is said of it to who cannot see it."""
    return plot.attributes["aria-label"]


def svgs(root: Element) -> list[str]:
    """Every plot as it stands in the page."""
    found = re.findall(r"<svg id=.*?</svg>", root.source, re.DOTALL)
    assert len(found) == len(plots(root))
    return found


def scripts(root: Element) -> tuple[Element, list[Element]]:
    """The one that runs, and those that are data."""
    (runs,) = (script for script in root.all("script") if "type" not in script.attributes)
    return runs, [script for script in root.all("script") if script is not runs]


def assert_asks_no_network(root: Element) -> None:
    for element in root.all():
        for name, value in element.attributes.items():
            if name in {"src", "srcset", "href", "action", "data", "poster", "xlink:href"}:
                assert value.startswith(("data:", "#")), f"<{element.tag} {name}={value[:60]}>"
    assert not re.search(r"url\(|@import|https?://", "".join(e.text for e in root.all("style")))
    assert not re.search(r"fetch|XMLHttp|import\(|https?://", "".join(e.text for e in root.all("script")))
    for svg in svgs(root):
        for tag in re.findall(r"<[^>]*>", svg):
            for value in re.findall(r"""(?:href|src)\s*=\s*["']([^"']*)""", tag) + re.findall(r"url\(([^)]*)\)", tag):
                assert value.startswith("#")
    runs, data = scripts(root)
    assert {script.attributes["type"] for script in data} <= {"application/json"}
    digest = base64.b64encode(hashlib.sha256("".join(runs.children).encode()).digest()).decode()
    policy = root.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
