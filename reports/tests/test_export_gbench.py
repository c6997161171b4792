"""Google Benchmark's JSON: what its reporter writes, what its compare.py makes of it, and what may not be averaged."""

import copy
import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path

import hostile
import jsonschema
import make_run
import pytest
from recvbench_report import gbench, load
from recvbench_report.exports import google_benchmark

COMPARE = Path(__file__).parents[2] / "out" / "deps" / "benchmark" / "tools" / "compare.py"
needs_compare = pytest.mark.skipif(
    not COMPARE.is_file() or not importlib.util.find_spec("scipy"),
    reason="scripts/setup has not fetched Google Benchmark's compare.py, or scipy, which it uses, is not installed",
)

# From json_reporter.cc of 1.7.1: every row has these, and besides nothing but counters (numbers) and a label.
_ROW = {
    "type": "object",
    "required": [
        "name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "threads", "iterations",
        "real_time", "cpu_time", "time_unit",
    ],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "run_name": {"type": "string", "minLength": 1},
        "family_index": {"type": "integer", "minimum": 0},
        "per_family_instance_index": {"type": "integer", "minimum": 0},
        "run_type": {"enum": ["iteration", "aggregate"]},
        "repetitions": {"type": "integer", "minimum": 1},
        "repetition_index": {"type": "integer", "minimum": 0},
        "threads": {"type": "integer", "minimum": 1},
        "aggregate_name": {"type": "string"},
        "aggregate_unit": {"enum": ["time", "percentage"]},
        "error_occurred": {"const": True},
        "error_message": {"type": "string", "minLength": 1},
        "iterations": {"type": "integer", "minimum": 0},
        "real_time": {"type": "number", "minimum": 0},
        "cpu_time": {"type": "number", "minimum": 0},
        "time_unit": {"enum": ["ns", "us", "ms", "s"]},
        "label": {"type": "string", "minLength": 1},
    },
    "additionalProperties": {"type": "number"},
    "if": {"properties": {"run_type": {"const": "aggregate"}}},
    "then": {"required": ["aggregate_name", "aggregate_unit"], "properties": {"repetition_index": False, "error_occurred": False}},
    "else": {"required": ["repetition_index"], "dependentRequired": {"error_occurred": ["error_message"]}},
}  # fmt: skip
_CONTEXT = {
    "type": "object",
    "required": ["date", "host_name", "executable", "num_cpus", "mhz_per_cpu", "caches", "load_avg", "library_build_type"],
    "properties": {
        "num_cpus": {"type": "integer", "minimum": 1},
        "mhz_per_cpu": {"type": "integer"},
        "cpu_scaling_enabled": {"type": "boolean"},
        "caches": {"type": "array"},
        "load_avg": {"type": "array"},
        "library_build_type": {"enum": ["debug", "release"]},
    },
    "additionalProperties": {"type": "string"},
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["context", "benchmarks"],
    "properties": {"context": _CONTEXT, "benchmarks": {"type": "array", "items": _ROW}},
}


@pytest.fixture(scope="module")
def document(loaded):
    return json.loads(google_benchmark.text(loaded))


def rows(document, cell, run_type="iteration"):
    return [row for row in document["benchmarks"] if row["run_name"] == cell and row["run_type"] == run_type]


def made(tmp_path, change=lambda run: None, name="run", **options):
    usual = {"repeat": 3, "engines": ["iocp", "select"], "scenarios": ["tcp-sink-64B-c8-10k"], "messages": 300, "with_invalid": False}
    runs = make_run.make(**usual | options)
    for run, _ in runs:
        change(run)
    return load.load(make_run.write(tmp_path / name, runs))


def test_shape(document):
    jsonschema.validate(document, SCHEMA)


def test_the_schema_is_that_of_google_benchmark():
    """A program's real output (1.7.1; repetitions with counters, an error and all aggregates), so that the schema is no wish."""
    real = json.loads((Path(__file__).parent / "google_benchmark_1_7_1.json").read_text())
    jsonschema.validate(real, SCHEMA)
    assert {row["run_type"] for row in real["benchmarks"]} == {"iteration", "aggregate"}
    assert any("error_occurred" in row for row in real["benchmarks"])


def test_figures_are_the_records(document, loaded):
    runs = {}
    for run in loaded.runs:
        runs.setdefault(run["cell"], []).append(run)
    compared = 0
    for cell, its in runs.items():
        repetitions = rows(document, cell)
        assert [row["repetition_index"] for row in repetitions] == list(range(5))
        for row, run in zip(repetitions, its, strict=True):
            if not run["valid"]:
                assert (row["name"], row["real_time"], row["cpu_time"]) == (cell + "/invalid", 0, 0)
                assert run["reasons"][0]["detail"] in row["error_message"] and "p99_ns" not in row
                continue
            response, rate = run["latency"]["response"], run["rates"]["received_per_s"]
            assert row["name"] == cell
            assert row["real_time"] == (1e9 / rate if run["scenario"]["mode"] == "max" else response["mean_ns"])
            assert row["cpu_time"] == row["cpu_ns_per_message"] == run["cost"]["cpu_ns_per_message"]
            assert (row["p50_ns"], row["p99_ns"]) == (response["p50_ns"], response["p99_ns"])
            assert "p999_ns" not in row, "2,000 messages have none: a figure that was not measured has no counter"
            assert row["items_per_second"] == rate
            compared += 1
    assert compared == 114


def test_what_it_is_not_is_said(document):
    labels = {row["label"] for row in document["benchmarks"]}
    assert labels == {"Wine 8.0, not Windows" + kind for kind in ("", "; emulated", "; synthetic")}


def test_aggregates_are_of_the_valid_runs(document):
    aggregates = {row["aggregate_name"]: row for row in rows(document, "iocp/tcp-sink-64B-c8-10k", "aggregate")}
    assert list(aggregates) == ["mean", "median", "stddev", "cv"]
    valid = [row for row in rows(document, "iocp/tcp-sink-64B-c8-10k") if "error_occurred" not in row]
    assert len(valid) == 4
    for key in ("real_time", "cpu_time", "items_per_second"):
        values = [row[key] for row in valid]
        assert aggregates["mean"][key] == pytest.approx(statistics.fmean(values))
        assert aggregates["median"][key] == statistics.median(values)
        assert aggregates["stddev"][key] == pytest.approx(statistics.stdev(values))
        assert aggregates["cv"][key] == pytest.approx(statistics.stdev(values) / statistics.fmean(values))
    assert {name: (row["name"], row["iterations"], row["aggregate_unit"]) for name, row in aggregates.items()} == {
        name: (f"iocp/tcp-sink-64B-c8-10k_{name}", 4, "percentage" if name == "cv" else "time") for name in aggregates
    }
    # No run of select's echo is valid.
    assert rows(document, "select/tcp-echo-64B-c64-20k", "aggregate") == []


def test_percentiles_are_never_averaged(document):
    for row in document["benchmarks"]:
        if row.get("aggregate_name") in {"mean", "stddev", "cv"}:
            assert not {"p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns", "slip_p99_ns"} & row.keys()
    assert "p99_ns" in rows(document, "iocp/tcp-sink-64B-c8-10k", "aggregate")[1]


def test_cpu_time_that_was_not_measured_is_said(tmp_path):
    document = google_benchmark.document(made(tmp_path, lambda run: run["cost"].update(cpu_ns_per_message=None)))
    for row in document["benchmarks"]:
        assert row["cpu_time"] == 0 and row["label"].endswith("cpu_time was not measured") and "cpu_ns_per_message" not in row


def test_a_valid_run_without_a_time_is_an_error(tmp_path):
    document = google_benchmark.document(made(tmp_path, lambda run: run["latency"].update(response=None)))
    assert {row["error_message"] for row in document["benchmarks"]} == {"the run has no response times"}


def test_our_reader_reads_it(document, loaded, tmp_path):
    file = tmp_path / "x.json"
    file.write_text(google_benchmark.text(loaded))
    cells = gbench.load(file).cells
    assert list(cells) == list(dict.fromkeys(row["run_name"] for row in document["benchmarks"]))
    samples = cells["iocp/tcp-sink-64B-c8-10k"]
    assert [s.valid for s in samples].count(False) == 1
    (invalid,) = (s for s in samples if not s.valid)
    assert invalid.reasons == ("generator-bound: p99 slip 912 us, allowed 50 us",)
    first = rows(document, "iocp/tcp-sink-64B-c8-10k")[0]
    assert samples[0].figures["real_time"] == first["real_time"] and samples[0].figures["p99_ns"] == first["p99_ns"]


def compare(tmp_path, a, b):
    """compare.py's report as data, and what it printed."""
    for name, document in (("a.json", a), ("b.json", b)):
        (tmp_path / name).write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, COMPARE, "--no-color", "--dump_to_json", tmp_path / "report.json", "benchmarks", tmp_path / "a.json",
         tmp_path / "b.json"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads((tmp_path / "report.json").read_text()), done.stdout


@needs_compare
def test_compare_py_sees_what_got_slower(tmp_path):
    """10 repetitions; the second export's select is a fifth slower, and iocp as it was."""
    a = google_benchmark.document(made(tmp_path, repeat=10))

    def slower(run):
        if run["engine"]["name"] == "select":
            run["latency"]["response"]["mean_ns"] *= 1.2
            run["cost"]["cpu_ns_per_message"] *= 1.3

    b = google_benchmark.document(made(tmp_path, slower, "slower", repeat=10))
    report, printed = compare(tmp_path, a, b)
    by_name = {entry["name"]: entry for entry in report}
    for engine, time, cpu in (("iocp", 0, 0), ("select", 0.2, 0.3)):
        cell = f"{engine}/tcp-sink-64B-c8-10k"
        assert len(by_name[cell]["measurements"]) == 10
        assert [m["time"] for m in by_name[cell]["measurements"]] == pytest.approx([time] * 10)
        assert by_name[cell + "_median"]["measurements"][0]["cpu"] == pytest.approx(cpu)
    assert by_name["iocp/tcp-sink-64B-c8-10k"]["utest"]["time_pvalue"] > 0.9
    assert by_name["select/tcp-sink-64B-c8-10k"]["utest"]["time_pvalue"] < 0.01
    assert by_name["OVERALL_GEOMEAN"]["measurements"][0]["time"] == pytest.approx(1.2**0.5 - 1, rel=1e-3)
    assert "select/tcp-sink-64B-c8-10k_median" in printed


@needs_compare
def test_compare_py_pairs_no_invalid_run_with_a_valid_one(tmp_path, document):
    valid = copy.deepcopy(document)
    valid["benchmarks"] = [row for row in valid["benchmarks"] if "error_occurred" not in row]
    report, _ = compare(tmp_path, document, valid)
    assert all(m["real_time"] > 0 and m["real_time_other"] > 0 for entry in report for m in entry["measurements"])
    # And over everything it gives no figure, rather than one of what was not measured.
    assert "OVERALL_GEOMEAN" not in {entry["name"] for entry in report}


@needs_compare
@pytest.mark.parametrize("name", hostile.NAMES)
def test_hostile_names(tmp_path, name):
    directory = made(tmp_path, lambda run: hostile.rename(run, name), repeat=2, engines=["iocp"])
    document = json.loads(google_benchmark.text(directory))
    jsonschema.validate(document, SCHEMA)
    report, _ = compare(tmp_path, document, document)
    assert report[0]["name"] == f"{name}/tcp-sink-64B-c8-10k"
