"""Engine labels: "iocp:batch=64,threads=2" is the engine's name and the settings that were asked for. Pure."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass


def printable(text: str) -> str:
    """Names come from files: what would break a line, turn its direction or be no character at all is replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def settings(cell) -> list[str]:
    """["batch=64", "threads=2"]; [] where the engine ran as it is."""
    rest = cell.label.removeprefix(cell.engine["name"])
    return rest[1:].split(",") if rest.startswith(":") else []


@dataclass(frozen=True)
class Names:
    """What cells are called beside each other."""

    shared: str  # "iocp:threads=2": what all of them but the synthetic have in common, to be said once; or ""
    short: dict[str, str]  # by label: the label without that


def names(cells) -> Names:
    """Nothing is shared where the cells are of several engines or there is but one. A label that says nothing more than
    what is shared stays whole."""
    labels = {cell.label: cell for cell in cells}
    real = {label: settings(cell) for label, cell in labels.items() if cell.kind != "synthetic"}
    engines = {labels[label].engine["name"] for label in real}
    if len(engines) != 1 or len(real) < 2:
        return Names("", {label: label for label in labels})
    common = [one for one in next(iter(real.values())) if all(one in others for others in real.values())]
    short = {label: ",".join(one for one in own if one not in common) for label, own in real.items()}
    return Names(
        "".join(engines) + (":" + ",".join(common) if common else ""), {label: short.get(label) or label for label in labels}
    )


def lines(text: str, width: int) -> list[str]:
    """Broken after ':' and ',' so that no line is longer than `width`, but for a piece that is so by itself."""
    broken = [""]
    for piece in pieces(text):
        if broken[-1] and len(broken[-1]) + len(piece) > width:
            broken.append("")
        broken[-1] += piece
    return broken


def pieces(text: str) -> list[str]:
    """Between any two of them a line may be broken: "iocp:", "batch=64,", "threads=2"."""
    found, begin = [], 0
    for i, c in enumerate(text[:-1]):
        # Not where a space follows: there it may be broken anyway.
        if c in ":," and text[i + 1] not in " :,/\\":
            found.append(text[begin : i + 1])
            begin = i + 1
    return [*found, text[begin:]]


def listing(labels: list[str], most: int = 6) -> str:
    """For a sentence. Labels hold commas of their own."""
    shown = labels if len(labels) <= most + 1 else [*labels[:most], f"{len(labels) - most} more"]
    return ("; " if any("," in label for label in shown) else ", ").join(shown)


def any_of(scenarios: list[str]) -> str:
    """What names of scenarios have in common: "tcp-sink-64B-c*-10k" of "tcp-sink-64B-c8-10k" and "tcp-sink-64B-c64-10k"."""
    split = [_parts(name) for name in scenarios]
    if len({len(parts) for parts in split}) > 1:
        # What some of them lack stands behind, so that only what comes before it and after it is of all.
        before, after = _common(split), _common([parts[::-1] for parts in split])[::-1]
        least = min(map(len, split))
        return "-".join([*before, "*", *after[max(0, len(before) + len(after) - least) :]])
    places = list(zip(*split))
    return "-".join(p[0] if len(set(p)) == 1 else "c*" if all(one.startswith("c") for one in p) else "*" for p in places)


def _parts(name: str) -> list[str]:
    """Between hyphens; but a range or mix of sizes holds hyphens of its own: "tcp-sink-64-1024B-c8-10k" has five parts."""
    match = re.fullmatch(r"([^-]+)-([^-]+)-(.+?)-(c[0-9]+)-(.+)", name)
    return [*match.groups()[:4], *match[5].split("-")] if match else name.split("-")


def _common(split: list[list[str]]) -> list[str]:
    """The parts with which all of them begin."""
    return [p[0] for p in itertools.takewhile(lambda p: len(set(p)) == 1, zip(*split))]


def groups(cells: list, most: int) -> list[list]:
    """The cells in groups of about one size, `most` at most. Engines stay whole where they fit; those that do not come after
    them, each by itself, its variants parted where the slower settings change."""
    engines = _runs_of(cells, lambda cell: cell.engine["name"])
    whole = [engine for engine in engines if len(engine) <= most]
    packed = _packed(whole, _fair(sum(map(len, whole)), most))
    for engine in engines:
        if len(engine) > most:
            packed += _packed(_parted(engine, most), _fair(len(engine), most))
    return packed


def _fair(count: int, most: int) -> int:
    return math.ceil(count / max(math.ceil(count / most), 1))


def _runs_of(cells: list, key) -> list[list]:
    found: list[list] = []
    for cell in cells:
        if found and key(found[-1][-1]) == key(cell):
            found[-1].append(cell)
        else:
            found.append([cell])
    return found


def _parted(variants: list, most: int, depth: int = 1) -> list[list]:
    """By the first setting, by the first two, ... until each part fits; a last setting of many values is cut."""
    parts = []
    deepest = max(len(settings(cell)) for cell in variants)
    for part in _runs_of(variants, lambda cell: settings(cell)[:depth]):
        if len(part) <= most:
            parts.append(part)
        elif depth < deepest:
            parts += _parted(part, most, depth + 1)
        else:
            parts += [part[i : i + most] for i in range(0, len(part), most)]
    return parts


def _packed(parts: list[list], most: int) -> list[list]:
    packed: list[list] = []
    for part in parts:
        if packed and len(packed[-1]) + len(part) <= most:
            packed[-1] = packed[-1] + part
        else:
            packed.append(part)
    return packed
