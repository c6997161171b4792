"""A history directory: every directory in it that holds a run.json is one measurement, in the order in which they began."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recvbench_report.load import InputError, NoRuns, RunDirectory, load


@dataclass(frozen=True)
class Entry:
    path: Path
    directory: RunDirectory

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def started(self) -> str:
        return self.directory.description["started"]


@dataclass(frozen=True)
class History:
    entries: list[Entry]
    unusable: list[tuple[str, str]]  # name of a directory, and why nothing is read from it


def read(path: Path, also: Path | None = None) -> History:
    """`also`: a run directory that belongs to it wherever it lies. NoRuns where there is nothing at all."""
    if not path.is_dir():
        raise InputError(f"{path}: no such directory")
    try:
        candidates = [one for one in sorted(path.iterdir()) if (one / "run.json").is_file()]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    if also is not None and also.resolve() not in {one.resolve() for one in candidates}:
        candidates.append(also)
    entries: list[Entry] = []
    unusable: list[tuple[str, str]] = []
    seen: dict[bytes, str] = {}
    for one in candidates:
        try:
            directory = load(one, streams=())
        except InputError as error:
            unusable.append((one.name, str(error)))
            continue
        if directory.runs_text in seen:
            # A copy would count as evidence a second time.
            unusable.append((one.name, f"{one}: holds the same runs as {seen[directory.runs_text]}"))
            continue
        seen[directory.runs_text] = one.name
        entries.append(Entry(one, directory))
    if not entries:
        raise NoRuns(f"{path}: holds no run directory" + (" that can be read" if unusable else ""))
    return History(sorted(entries, key=lambda entry: (entry.started, entry.name)), unusable)
