"""Reads a run directory: runs.jsonl, run.json, latency.hlog, and search.json where there is one.

Whatever is wrong is an InputError with one line that names the file (and line). The one thing that is not an error is a
last line without its end: that is what a crash leaves behind, and costs that run only.
"""

from __future__ import annotations

import json
import math
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import jsonschema

from recvbench_report import hlog, style

SCHEMA_MAJOR = 1
SCHEMAS = Path(__file__).resolve().parents[2] / "results" / "schema"


class InputError(Exception):
    """The run directory cannot be reported on."""


class NoDirectory(InputError):
    """There is no such directory."""


class NoRuns(InputError):
    """The run directory is well-formed, and empty."""


@dataclass(frozen=True)
class Reason:
    text: str
    remedy: str


@dataclass
class Cell:
    """All runs of one engine with its settings under one scenario, in the order they ran."""

    name: str
    label: str  # names the engine in tables and plots: "iocp:batch=64"
    runs: list[dict] = field(default_factory=list)
    position: int = 0  # of the label among those of the whole report
    look: style.EngineStyle | None = None  # the label's in every plot

    @property
    def engine(self) -> dict:
        return self.runs[0]["engine"]

    @property
    def valid(self) -> list[dict]:
        return [run for run in self.runs if run["valid"]]

    @property
    def kind(self) -> str:
        """ "emulated" and "synthetic" cells are shown and never ranked; "" is the real thing."""
        return "emulated" if self.engine["emulated"] else "synthetic" if self.engine["synthetic"] else ""

    @property
    def rankable(self) -> bool:
        return bool(self.valid) and not self.kind


@dataclass
class Scenario:
    """One scenario's cells, in the report's order of engines."""

    about: dict
    cells: list[Cell]
    position: int = 0  # among those of the report

    @property
    def name(self) -> str:
        return self.about["name"]


@dataclass(frozen=True)
class Stretch:
    """What was done in a second of a run's measured window or, of long runs, in several seconds."""

    begin_s: float  # after the window's begin
    end_s: float
    p50_ns: int
    p99_ns: int | None  # None where fewer than 10 messages lie beyond
    max_ns: int


@dataclass
class RunDirectory:
    runs: list[dict]
    description: dict  # run.json
    runs_text: bytes  # of the complete lines of runs.jsonl
    histograms: dict[str, hlog.Histogram]  # by tag, all intervals of a stream added
    warnings: list[str]
    reasons: dict[str, Reason]
    search: dict | None = None  # search.json, where a search made the runs
    stretches: dict[str, list[Stretch]] = field(default_factory=dict)  # of the streams in `histograms`, by the same tags
    others: list[dict] = field(default_factory=list)  # run.json of further directories that were joined to this one, see together.py

    @cached_property
    def scenarios(self) -> list[Scenario]:
        return _scenarios(self.runs, self.description["engines"])

    @property
    def label(self) -> str:
        return self.description["environment"]["label"]


STREAMS = ("response", "service", "slip", "accept")


def load(directory: Path, streams: tuple[str, ...] = ("response",)) -> RunDirectory:
    """`streams`: those of STREAMS whose histograms are wanted; decoding them takes most of the time. () leaves the log unread."""
    if not directory.is_dir():
        raise NoDirectory(f"{directory}: no such directory")
    for name in ("run.json", "runs.jsonl"):
        if not (directory / name).is_file():
            raise InputError(f"{directory}: not a run directory ({name} is missing)")
    warnings: list[str] = []
    description_file = directory / "run.json"
    description = parse(read(description_file), str(description_file))
    check(description, "recvbench.results", "results.schema.json", str(description_file))
    runs, runs_text = _runs(directory / "runs.jsonl", warnings)
    log = _log(directory / "latency.hlog", runs, streams, warnings) if streams else {}
    return RunDirectory(
        sorted(runs, key=lambda run: run["index"]),
        description,
        runs_text,
        {tag: histogram for tag, (histogram, _) in log.items()},
        warnings,
        _reasons(),
        _search(directory / "search.json"),
        {tag: its for tag, (_, its) in log.items()},
    )


def _search(path: Path) -> dict | None:
    if not path.is_file():
        return None
    search = parse(read(path), str(path))
    check(search, "recvbench.search", "search.schema.json", str(path))
    return search


# What is longer was not written by recvbench: a run's record has about 5 kB, and a second of a run's log about 10. A file of
# any size would be read into memory whole.
MOST_BYTES = 512 << 20


def read(path: Path, most: int = MOST_BYTES) -> bytes:
    """Of a plain file of at most so many bytes. A symbolic link is not followed: what a directory is given away with lies in it."""
    if path.is_symlink():
        raise InputError(f"{path}: is a symbolic link; put the file itself there")
    try:
        with path.open("rb") as file:
            # The size first: a file can take less room on the disk than in memory. What is appended meanwhile is not read.
            if (size := os.fstat(file.fileno()).st_size) <= most:
                return file.read(size)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    raise InputError(f"{path}: larger than {most >> 20} MiB, as no such file is")


def _no_constant(name: str):
    raise ValueError(f"{name} is not a number")


def parse(text: bytes, where: str, constant=_no_constant, members=None) -> dict:
    """`constant`: what becomes of NaN, Infinity and -Infinity, which JSON has not; refused if nothing else is said.
    `members`: makes an object of its (key, value) pairs; ValueError where they are no such."""
    try:
        value = json.loads(
            text.decode("utf-8"), parse_constant=constant, parse_float=_finite, parse_int=_countable, object_pairs_hook=members
        )
        if _SURROGATE.search(text):
            value = _encodable(value)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f"{where}: not a JSON object")
    return value


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _encodable(value: object) -> object:
    """An escape can say half a surrogate pair, which is no character, and nothing can write it."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace"))


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _countable(text: str) -> int:
    """64 bits, as the writer has: with more, a figure could not be divided."""
    if len(text) > 20 or abs(value := int(text)) >= 1 << 64:
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def read_schema(path: Path) -> dict:
    return parse(read(path), str(path))


def _properties(validator, properties: dict, instance: object, schema: dict):
    """As jsonschema has it, but for members that are plainly valid, which nearly all are: asking it takes a hundred times as long."""
    if isinstance(instance, dict):
        for name, member in properties.items():
            if name in instance and not _plainly_valid(instance[name], member):
                yield from validator.descend(instance[name], member, path=name, schema_path=name)


def _plainly_valid(value: object, schema: dict) -> bool:
    if not schema.keys() <= {"description", "type", "minimum"} or "type" not in schema:
        return False
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number" in kinds or (isinstance(value, int) and "integer" in kinds)) and value >= schema.get("minimum", value)
    return (value is None and "null" in kinds) or (isinstance(value, str) and "string" in kinds) or (isinstance(value, bool) and "boolean" in kinds)


_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"properties": _properties})


def _schema(name: str) -> jsonschema.Draft202012Validator:
    if name not in _validators:
        _validators[name] = _Validator(read_schema(SCHEMAS / name))
    return _validators[name]


_validators: dict[str, jsonschema.Draft202012Validator] = {}


def check(value: dict, schema_name: str, schema_file: str, where: str) -> None:
    schema = value.get("schema")
    if not isinstance(schema, dict) or schema.get("name") != schema_name or not isinstance(schema.get("major"), int):
        raise InputError(f"{where}: not a {schema_name} document")
    if schema["major"] > SCHEMA_MAJOR:
        raise InputError(
            f"{where}: schema {schema_name} {schema['major']}.{schema.get('minor', 0)}, this program reads "
            f"up to major version {SCHEMA_MAJOR}: use a newer recvbench-report"
        )
    # Later minor versions may add keys; nothing else may differ.
    errors = (e for e in _schema(schema_file).iter_errors(value) if e.validator != "additionalProperties")
    error = jsonschema.exceptions.best_match(errors)
    if error is not None:
        raise InputError(f"{where}: {error.json_path.removeprefix('$.')}: {one_line(error.message)}")


def one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:199] + "…"


def _runs(path: Path, warnings: list[str]) -> tuple[list[dict], bytes]:
    text = read(path)
    whole, newline, rest = text.rpartition(b"\n")
    if rest:
        number = whole.count(b"\n") + (2 if newline else 1)
        warnings.append(f"{path.name}:{number}: the last line is cut off, as a crash leaves it; that run is not in this report")
    runs = []
    lines: dict[int, int] = {}  # by the run's index
    for number, line in enumerate(whole.split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        run = parse(line, where)
        check(run, "recvbench.run", "run.schema.json", where)
        if run["index"] in lines:
            raise InputError(f"{where}: run {run['index']} a second time; line {lines[run['index']]} has it already")
        lines[run["index"]] = number
        runs.append(run)
    if not runs:
        raise NoRuns(f"{path}: holds no run")
    return runs, whole + newline


def _log(path: Path, runs: list[dict], streams: tuple[str, ...], warnings: list[str]) -> dict[str, tuple[hlog.Histogram, list[Stretch]]]:
    """By tag. Without the log there are no curves, which the report says; everything else comes from the records."""
    if not path.is_file():
        warnings.append(f"{path.name} is missing: no percentile curves")
        return {}
    text = read(path).decode("utf-8", errors="replace")
    lines = text.split("\n")
    if lines.pop():
        warnings.append(f"{path.name}:{len(lines) + 1}: the last line is cut off and not used")
    indices = {run["index"] for run in runs}
    found: dict[str, list[tuple[int, hlog.Interval]]] = {}
    begins: dict[str, float] = {}  # of runs: their earliest interval, whatever its stream
    for number, line in enumerate(lines, start=1):
        with _named(path, number):
            interval = hlog.parse_line(line)
        tag = interval and re.fullmatch(rf"r(\d+)\.({'|'.join(STREAMS)})", interval.tag)
        # A run in flight at a crash has intervals and no record.
        if tag and int(tag[1]) in indices:
            begins[tag[1]] = min(interval.start_s, begins.get(tag[1], interval.start_s))
            if tag[2] in streams:
                found.setdefault(interval.tag, []).append((number, interval))
    most = max(LEAST_STRETCHES, min(MOST_STRETCHES, MOST_STRETCHES * 240 // len(runs)))
    # One stream's intervals at a time: decoded, all of them can be larger than memory.
    return {tag: _stream(path, its, begins[tag[1:].partition(".")[0]], most) for tag, its in found.items()}


@contextmanager
def _named(path: Path, number: int):
    try:
        yield
    except hlog.HlogError as error:
        raise InputError(f"{path}:{number}: {error}") from error


def _stream(path: Path, intervals: list[tuple[int, hlog.Interval]], begin_s: float, most: int) -> tuple[hlog.Histogram, list[Stretch]]:
    seconds: dict[int, hlog.Histogram] = {}
    for number, interval in intervals:
        with _named(path, number):
            histogram, second = hlog.decode(interval.encoded), round(interval.start_s - begin_s)
            seconds[second] = hlog.merge([seconds[second], histogram]) if second in seconds else histogram
    with _named(path, intervals[0][0]):
        return hlog.merge(list(seconds.values())), stretches(seconds, most)


MOST_STRETCHES, LEAST_STRETCHES = 60, 12  # of a run that lasts so long; the fewer, the more runs there are, to keep reports small


def stretches(seconds: dict[int, hlog.Histogram], most: int) -> list[Stretch]:
    """Each of as many seconds as makes `most` of them at most; those without a message are left out."""
    length = math.ceil((max(seconds) + 1) / most)
    parts: dict[int, list[hlog.Histogram]] = {}
    for second, histogram in seconds.items():
        if histogram.total:
            parts.setdefault(second // length, []).append(histogram)
    return [_stretch(part * length, length, its[0] if len(its) == 1 else hlog.merge(its)) for part, its in parts.items()]


def _stretch(begin_s: int, length_s: int, histogram: hlog.Histogram) -> Stretch:
    p50, p99, longest = histogram.values_at([0.5, 0.99, 1])
    return Stretch(begin_s, begin_s + length_s, p50, p99 if histogram.total >= 1000 else None, longest)


def _reasons() -> dict[str, Reason]:
    path = SCHEMAS / "reasons.json"
    try:
        return {r["code"]: Reason(r["text"], r["remedy"]) for r in json.loads(read(path))}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the table of reasons: {error!r}") from error


MODES = ("open", "max", "closed")  # as they are shown: a load that was given first


def _scenarios(runs: list[dict], asked: list[str]) -> list[Scenario]:
    """Sorted by protocol, workload, mode, size, connections and rate."""
    cells: dict[str, Cell] = {}
    for run in runs:
        cells.setdefault(run["cell"], Cell(run["cell"], run["engine"]["label"])).runs.append(run)
    groups: dict[str, list[Cell]] = {}
    for cell in cells.values():
        groups.setdefault(cell.runs[0]["scenario"]["name"], []).append(cell)
    for name, members in groups.items():
        labels = [cell.label for cell in members]
        for cell in members:
            # What the label does not tell apart, the cell's own name does.
            if labels.count(cell.label) > 1:
                cell.label = cell.name.removesuffix("/" + name)
    _arrange(list(cells.values()), asked)
    for members in groups.values():
        members.sort(key=lambda cell: cell.position)

    def order(scenario: Scenario):
        s = scenario.about
        return (s["protocol"], s["workload"], MODES.index(s["mode"]), s["size_bytes"], s["connections"], s["rate_per_s"] or 0, s["name"])

    ordered = sorted((Scenario(members[0].runs[0]["scenario"], members) for members in groups.values()), key=order)
    for position, scenario in enumerate(ordered):
        scenario.position = position
    return ordered


def _arrange(cells: list[Cell], asked: list[str]) -> None:
    """Gives every label its position and its look: engines in the order of style.ENGINES, others by name, synthetic ones last;
    the variants of one in the order in which they were asked for."""
    rank = {name: i for i, name in enumerate(style.ENGINES)}
    place = {label: i for i, label in enumerate(asked)}

    def order(cell: Cell):
        name = cell.engine["name"]
        return (cell.kind == "synthetic", rank.get(name, len(rank)), name, place.get(cell.label, len(place)), cell.label)

    names = {cell.label: cell.engine["name"] for cell in sorted(cells, key=order)}
    looks = style.looks([(name, label) for label, name in names.items()])
    positions = {label: i for i, label in enumerate(names)}
    for cell in cells:
        cell.position, cell.look = positions[cell.label], looks[cell.label]
