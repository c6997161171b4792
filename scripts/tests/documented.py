"""What the committed Markdown pages say that can be checked: their commands, their links, the paths they name. Pure but for reading.

A command is a line of a code block, indented or fenced, without its comment; blocks fenced as ```text are output or drawings.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {"out", "runs", "node_modules", ".git"}
MADE = {"results/baselines"}  # by a command
# Of a file that a page may name: whatever else has a dot in it is no path.
SOURCES = {".h", ".cpp", ".py", ".sh", ".cmd", ".yml", ".md"}


@dataclass(frozen=True)
class Command:
    page: str  # from the root, with "/"
    line: int
    text: str


def pages(root=ROOT):
    found = (path for entry in root.iterdir() if entry.name not in NOT_OURS
             for path in ([entry] if entry.suffix == ".md" else entry.rglob("*.md") if entry.is_dir() else []))
    return sorted(path for path in found if not NOT_OURS & set(path.relative_to(root).parts))


def commands(page, root=ROOT):
    name = page.relative_to(root).as_posix()
    return [Command(name, number, text) for number, line in _code(page.read_text(encoding="utf-8"))
            if (text := re.sub(r"\s{2,}#\s.*$", "", line.strip()))]


def links(page):
    """(target, anchor) of each link into this repository."""
    return [tuple(re.fullmatch(r"([^#]*)#?(.*)", target).groups())
            for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page.read_text(encoding="utf-8"))) if "://" not in target]


def anchors(page):
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_paths(page, root=ROOT):
    """Code words in the text that are paths of this repository: such as begin with one of its folders, and names of sources."""
    words = re.findall(r"`([\w./-]+)`", _prose(page.read_text(encoding="utf-8")))
    return [word for word in words if _is_path(word, page, root)]


def exists(word, page, root=ROOT):
    """Beside the page, or from a folder above it up to the root."""
    homes = [page.parent, *page.parent.parents]
    return word in MADE or any((home / word).exists() for home in homes[:homes.index(root) + 1])


def _is_path(word, page, root):
    first, slash, _ = word.partition("/")
    if first in NOT_OURS:
        return False
    return bool(slash and first and exists(first, page, root)) or Path(word).suffix in SOURCES


def _code(text):
    """(line number, line) of every code block that is no output."""
    fence, indented, previous = None, False, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            fence = line[3:].strip() if fence is None else None
        elif fence is not None:
            if fence != "text":
                yield number, line
        else:
            indented = line.startswith("    ") and (indented or not previous.strip())
            if indented and line.strip():
                yield number, line
        previous = line


def _prose(text):
    """Without code blocks."""
    inside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^    .*$", "", inside, flags=re.MULTILINE)
