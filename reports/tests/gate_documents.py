"""Documents for the tests of what shows them: gates of a few cells, decided by the gate itself."""

import json
from pathlib import Path

import jsonschema
from recvbench_report.gate import document, overall, sequential, slo
from recvbench_report.gate.sample import Pair, Sample

SCHEMA = Path(__file__).parents[2] / "results" / "schema" / "gate.schema.json"
SIDES = document.Side("main"), document.Side("change", "recvbench 0.1.0")
HOSTILE = "<a href='x'>&\"|`*_[]\\ ]]> %0A\r\n::error::\x1b[31m\x00\ud800 @all"


def pairs(ratio, count=10, key="cpu"):
    return [Pair(Sample(True, {key: 1e6}), Sample(True, {key: 1e6 * ratio}))] * count


def noisy(count=32):
    return [pair for pair_ in zip(pairs(1.2, count // 2), pairs(1.0, count // 2)) for pair in pair_]


def invalid():
    bad = Sample(False, {"cpu": 1.0}, ("unsteady: it drifted",))
    return [Pair(bad, Sample(True, {"cpu": 1.0}))] * 10


def build(cells=None, control=None, **what):
    """A document that follows its schema: {cell: pairs}."""
    result = sequential.decide(cells, control) if cells else None
    return checked(document.build(result, *SIDES, **what))


def checked(made):
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(made)
    json.dumps(made, allow_nan=False).encode()
    return made


def check(verdict, cell="iocp/a", median_ns=3e6):
    return slo.Check(slo.parse("iocp/*: p99<2ms"), cell, verdict, median_ns, "p99 3.00 ms, allowed 2.00 ms; median of 10 runs")


def every_verdict(**what):
    missing = document.Missing(["new/a"], ["gone/a"], {"other/a": ["Wine 8.0 and Wine 9.0"]})
    cells = {
        "worse/a": pairs(1.2), "same/a": pairs(1.0), "better/a": pairs(0.8), "noisy/a": noisy(), "bad/a": invalid(),
    }  # fmt: skip
    return build(cells, {"same/a (A/A)": pairs(1.0)}, missing=missing, slo=[check("MISSED"), check("PASS", "iocp/b")], **what)


WARN = overall.Options(inconclusive="warn")
ALLOW = overall.Options(allow_missing=True)
