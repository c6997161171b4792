"""Results as other programs see them: a sample written by the C++ writer against the JSON Schemas, and its interval log
against an independent HdrHistogram reader.

RECVBENCH_RESULTS_SAMPLE: command that writes a run directory to the path it is given (the program results_sample, under
Wine behind scripts/wine-run). RECVBENCH_NODE_MODULES: where `npm install` of package.json put hdr-histogram-js.
"""

import copy
import json
import os
import pathlib
import shlex
import shutil
import subprocess

import jsonschema
import pytest

HERE = pathlib.Path(__file__).resolve().parent
SCHEMAS = HERE.parent / "schema"
STREAMS = {"response": ("latency", "response"), "service": ("latency", "service"), "slip": ("generator", "slip")}


def validator(name):
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    command = os.environ.get("RECVBENCH_RESULTS_SAMPLE")
    if not command:
        pytest.skip("RECVBENCH_RESULTS_SAMPLE is not set")
    directory = tmp_path_factory.mktemp("sample") / "run"
    subprocess.run([*shlex.split(command), str(directory)], check=True, timeout=60)
    return directory


@pytest.fixture(scope="session")
def runs(sample):
    lines = (sample / "runs.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def decoded(sample):
    """What hdr-histogram-js makes of latency.hlog, by tag."""
    modules = os.environ.get("RECVBENCH_NODE_MODULES")
    if not modules:
        pytest.skip("RECVBENCH_NODE_MODULES is not set")
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    output = subprocess.run(
        ["node", str(HERE / "hlog_check.mjs"), str(sample), modules],
        check=True, timeout=60, stdout=subprocess.PIPE,
    ).stdout
    return json.loads(output)


def test_every_run_follows_its_schema(runs):
    check = validator("run.schema.json")
    for run in runs:
        check.validate(run)


def test_description_follows_its_schema(sample):
    validator("results.schema.json").validate(json.loads((sample / "run.json").read_text(encoding="utf-8")))


def members(value, path=()):
    """Every value inside a document, with the way to it."""
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key), inner
            yield from members(inner, (*path, key))


def parent_of(document, path):
    for key in path[:-1]:
        document = document[key]
    return document


def test_run_schema_refuses_damage(runs):
    check = validator("run.schema.json")
    good = runs[-1]  # the longest: every summary is there
    for path, value in members(good):
        damaged = copy.deepcopy(good)
        parent_of(damaged, path)[path[-1]] = "text" if isinstance(value, (dict, list)) else {}
        assert not check.is_valid(damaged), f"wrong kind accepted: {path}"
        if isinstance(value, dict):
            damaged = copy.deepcopy(good)
            parent_of(damaged, path)[path[-1]]["unknown"] = 1
            assert not check.is_valid(damaged), f"unknown key accepted: {path}"
        if isinstance(path[-1], str):
            damaged = copy.deepcopy(good)
            del parent_of(damaged, path)[path[-1]]
            assert not check.is_valid(damaged), f"missing key accepted: {path}"


@pytest.mark.parametrize(
    "path, value",
    [
        (("schema", "name"), "recvbench.results"),
        (("schema", "major"), 2),
        (("counts", "sent"), -1),
        (("counts", "sent"), None),
        (("counts", "sent"), 1.5),
        (("latency", "kind"), "half"),
        (("scenario", "workload"), "pump"),
        (("valid",), False),  # without a reason
        (("reasons",), [{"code": "lost", "detail": ""}]),  # although valid
        (("latency", "response", "count"), 0),
    ],
)
def test_run_schema_refuses_values(runs, path, value):
    damaged = copy.deepcopy(runs[-1])
    assert damaged["valid"]
    parent_of(damaged, path)[path[-1]] = value
    assert not validator("run.schema.json").is_valid(damaged)


def test_reasons_of_runs_are_in_the_table(runs):
    table = {reason["code"] for reason in json.loads((SCHEMAS / "reasons.json").read_text(encoding="utf-8"))}
    used = {reason["code"] for run in runs for reason in run["reasons"] + run["warnings"]}
    assert used
    assert used <= table


def test_every_reason_of_the_table_is_given_by_the_harness():
    sources = "".join(path.read_text(encoding="utf-8") for path in (HERE.parents[1] / "harness").rglob("*.cpp") if "tests" not in path.parts)
    for reason in json.loads((SCHEMAS / "reasons.json").read_text(encoding="utf-8")):
        assert f'"{reason["code"]}"' in sources, f"nothing gives {reason['code']}"


def test_percentiles_are_stated_where_ten_samples_lie_beyond(runs):
    counts = set()
    for run in runs:
        summary = run["latency"]["response"]
        if summary is None:
            continue
        counts.add(summary["count"])
        for key, least in (("p99_ns", 1_000), ("p999_ns", 10_000), ("p9999_ns", 100_000)):
            assert (summary[key] is not None) == (summary["count"] >= least), (summary["count"], key)
    assert {1, 999, 1_000} <= counts


def test_interval_log_equals_the_summaries(runs, decoded):
    compared = 0
    rest = dict(decoded)
    for run in runs:
        for stream, (section, key) in STREAMS.items():
            summary = run[section][key]
            other = rest.pop(f"r{run['index']}.{stream}", None)
            assert (summary is None) == (other is None), (run["index"], stream)
            if summary is None:
                continue
            for name, ours in summary.items():
                if ours is not None:
                    expected = pytest.approx(other[name], rel=1e-12) if name == "mean_ns" else other[name]
                    assert ours == expected, (run["index"], stream, name)
                    compared += 1
    assert not rest, "tags that no run has"
    assert compared > 100


def test_interval_log_has_one_interval_a_second(runs, decoded):
    for run in runs:
        summary = run["latency"]["response"]
        if summary is not None and summary["count"] >= 999:  # spread over five seconds
            assert decoded[f"r{run['index']}.response"]["intervals"] == 5
