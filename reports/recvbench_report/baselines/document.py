"""The file of a baseline (results/schema/baseline.schema.json): its text, how it is read, what the gate needs of it.

A reviewer reads it as a diff, so it is short and stable: keys sorted, a line a metric, figures with the digits that mean
something, and nothing of the time or place at which it was written.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from recvbench_report.gate.calibration import Noise
from recvbench_report.gate.sample import Sample
from recvbench_report.load import InputError, NoDirectory, check, one_line, parse, read as read_file

SCHEMA = {"name": "recvbench.baseline", "major": 1, "minor": 0}
MOST_BYTES = 16 << 20  # 1,000 cells of 32 runs have 2 MB
WIDTH = 120
TIME = "%Y-%m-%dT%H:%M:%SZ"
HOW_TO_MAKE_ONE = "`scripts/baseline update` makes one"


def text(document: dict) -> str:
    return _text(document, "") + "\n"


def _text(value: object, indent: str) -> str:
    # In ASCII: what turns the direction of text, say, is seen in a diff.
    line = json.dumps(value, sort_keys=True, allow_nan=False)
    if not isinstance(value, dict) or not value or len(indent) + len(line) <= WIDTH:
        return line
    inner = indent + " "
    members = [f"{inner}{json.dumps(key)}: {_text(value[key], inner)}" for key in sorted(value)]
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def read(path: Path) -> dict:
    """NoDirectory where there is no such file; InputError where it is no baseline, or damaged."""
    if not path.exists() and not path.is_symlink():
        raise NoDirectory(f"{path}: no such file; {HOW_TO_MAKE_ONE}")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is not a file")
    document = parse(read_file(path, MOST_BYTES), str(path), members=_once_each)
    check(document, SCHEMA["name"], "baseline.schema.json", str(path))
    for when in document["measured"].values():
        try:
            moment(when)
        except ValueError as error:
            raise InputError(f"{path}: measured: {error}") from error
    for name, cell in document["cells"].items():
        counts = {len(metric["samples"]) for metric in cell["metrics"].values()}
        if len(counts) > 1:
            raise InputError(f"{path}: cells.{one_line(name)}: its metrics have {' and '.join(map(str, sorted(counts)))} samples")
    return document


def _once_each(members: list[tuple[str, object]]) -> dict:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        raise ValueError(f"{one_line(next(name for name in found if names.count(name) > 1))!r} is there twice")
    return found


def samples(cell: dict) -> list[Sample]:
    """The runs of a cell in the order in which they ran."""
    columns = cell["metrics"]
    return [Sample(True, dict(zip(columns, figures))) for figures in zip(*(column["samples"] for column in columns.values()))]


def record(cell: dict) -> dict:
    """For comparable.cells."""
    return {"valid": True} | cell["parameters"]


def noise(document: dict) -> dict[tuple[str, str], Noise]:
    """Between runs of the baseline itself, as sequential.decide takes it."""
    return {
        (name, key): Noise(metric["noise"]["pairs"], metric["noise"]["sigma"], metric["noise"]["floor_share"])
        for name, cell in document["cells"].items()
        for key, metric in cell["metrics"].items()
    }


def moment(text: str) -> datetime:
    """Of "measured", in UTC."""
    return datetime.strptime(text, TIME)


def about(document: dict) -> str:
    """ "recvbench 0.1.0 (1910f60)" """
    tool = document["tool"]
    return f"{tool['name']} {tool['version']}" + (f" ({tool['git_revision']})" if tool["git_revision"] else "")
