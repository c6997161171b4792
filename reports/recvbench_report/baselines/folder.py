"""Where baselines are stored: a file each, whose name is the baseline's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from recvbench_report import load
from recvbench_report.baselines import document as documents
from recvbench_report.gate import comparable
from recvbench_report.load import InputError, NoDirectory
from recvbench_report.terminal import write_atomically

DEFAULT = load.SCHEMAS.parent / "baselines"
AUTO = "auto"  # instead of a name: the one of the machine
# A file's name on every system. Windows takes these few for devices.
NAME = re.compile(r"(?!(?:con|prn|aux|nul|com\d|lpt\d|auto)(?:\.|$))[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Stored:
    path: Path
    document: dict

    @property
    def name(self) -> str:
        return self.path.stem


def path_of(folder: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise InputError(f"{load.one_line(name)!r} is no name of a baseline: up to 64 letters, digits, '.', '_' and '-', and not {AUTO}")
    return folder / f"{name}.json"


def named(folder: Path, name: str) -> Stored:
    """NoDirectory where there is none."""
    path = path_of(folder, name)
    return Stored(path, documents.read(path))


def all_of(folder: Path) -> tuple[list[Stored], list[str]]:
    """By name; and why others cannot be read, a line each."""
    found, unusable = [], []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json") if folder.is_dir() else []
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}") from error
    for path in paths:
        try:
            found.append(named(folder, path.stem))
        except InputError as error:
            unusable.append(str(error))
    return found, unusable


def of_machine(folder: Path, description: dict) -> tuple[Stored, list[str]]:
    """`description`: run.json of what is to be compared. The baseline of its machine, and what all_of could not read.
    NoDirectory where there is none; InputError where there are several."""
    found, unusable = all_of(folder)
    fitting = [one for one in found if not comparable.machines(one.document, description)]
    if len(fitting) > 1:
        raise InputError(f"{folder}: {', '.join(one.name for one in fitting)} are of this machine and build: name one")
    if not fitting:
        fingerprint = description["environment"]["fingerprint"]
        others = f" ({len(found)} of others)" if found else ""
        damaged = f"; not read: {unusable[0]}" if unusable else ""
        raise NoDirectory(
            f"{folder}: no baseline of this machine and build (fingerprint {fingerprint['hash']}){others}: "
            f"{documents.HOW_TO_MAKE_ONE}{damaged}"
        )
    return fitting[0], unusable


def replaced(folder: Path, name: str) -> Stored | None:
    """What store() would replace. InputError where it would not: the name is none, what lies there is no baseline, or a link."""
    path = path_of(folder, name)
    if folder.is_symlink():
        raise InputError(f"{folder}: is a symbolic link; nothing was written")
    return Stored(path, documents.read(path)) if path.exists() or path.is_symlink() else None


def store(folder: Path, name: str, document: dict) -> tuple[Path, Stored | None]:
    """Writes it, whole or not at all; where to, and what it replaced. InputError as replaced(), and where that is of another
    machine."""
    path, old = path_of(folder, name), replaced(folder, name)
    if old and (lines := comparable.machines(old.document, document)):
        raise InputError(f"{path}: is of another machine or build ({lines[0]}): give this one another --name")
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, documents.text(document))
    return path, old
