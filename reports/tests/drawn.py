"""A plot's SVG as the tests see it, by itself or in a page: its elements, each with the style that it says itself or by its class."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def elements(svg: bytes | str, tag: str) -> list[tuple[ElementTree.Element, str]]:
    root = ElementTree.fromstring(svg)
    sheet = dict(re.findall(r"\.([\w-]+)\{([^}]*)\}", "".join(e.text for e in root.iter() if e.tag.removeprefix(SVG) == "style")))
    found = [e for e in root.iter() if e.tag.removeprefix(SVG) == tag]
    return [(e, e.attrib.get("style") or "".join(sheet.get(name, "") for name in classes(e))) for e in found]


def classes(element: ElementTree.Element) -> list[str]:
    return element.attrib.get("class", "").split()


def texts(svg: bytes | str) -> list[str]:
    return [e.text for e, _ in elements(svg, "text")]
