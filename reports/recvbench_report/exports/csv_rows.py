"""CSV (RFC 4180): a row a run, valid or not, with every figure of its record.

The columns are those of run.schema.json, in its order, so every file has the same ones: "latency.response.p99_ns". What
was not measured is empty. Lists are joined with "; ".
"""

from __future__ import annotations

import csv
import io
from typing import Callable, Iterator

from recvbench_report.load import SCHEMAS, RunDirectory, read_schema

# A spreadsheet takes a cell that begins so for a formula, and one can call programs: an apostrophe keeps it text
# (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LEFT_OUT = {"schema"}  # the same in every row


def text(directory: RunDirectory) -> str:
    columns = list(_columns(read_schema(SCHEMAS / "run.schema.json")))
    fingerprint = directory.description["environment"]["fingerprint"]["hash"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["environment", "fingerprint", *(name for name, _ in columns)])
    for run in directory.runs:
        values = [directory.label, fingerprint, *(value(run) for _, value in columns)]
        writer.writerow([_cell(value) for value in values])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)  # as many digits as the record has
    text = "; ".join(map(_cell, value)) if isinstance(value, list) else value
    return "'" + text if text.startswith(_FORMULA) else text


def _columns(schema: dict) -> Iterator[tuple[str, Callable[[dict], object]]]:
    for name, member in schema["properties"].items():
        if name not in _LEFT_OUT:
            yield from _members(schema["$defs"], member, name, lambda run, name=name: run.get(name))


def _members(shared: dict, schema: dict, name: str, value: Callable) -> Iterator[tuple[str, Callable]]:
    """The figures inside one member of a record, however deep."""
    schema = _resolved(shared, schema)
    kinds = schema.get("type", [])
    if "properties" in schema:
        for key, member in schema["properties"].items():
            yield from _members(shared, member, f"{name}.{key}", lambda run, key=key: (value(run) or {}).get(key))
    elif "object" in kinds:  # whose keys the schema does not know: an engine's declared settings
        yield name, lambda run: [f"{key}={one}" for key, one in (value(run) or {}).items()]
    elif "array" in kinds and schema.get("maxItems") == 2:
        yield f"{name}.low", lambda run: (value(run) or [None, None])[0]
        yield f"{name}.high", lambda run: (value(run) or [None, None])[1]
    elif "array" in kinds and "properties" in _resolved(shared, schema["items"]):
        yield name, lambda run: [": ".join(filter(None, (one["code"], one["detail"]))) for one in value(run)]
    else:
        yield name, value


def _resolved(shared: dict, schema: dict) -> dict:
    """Behind a reference, and without the alternative of null."""
    if "oneOf" in schema:
        (schema,) = (one for one in schema["oneOf"] if one != {"type": "null"})
    return shared[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema
