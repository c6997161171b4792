"""Reading Google Benchmark's JSON, of its own examples and of damaged files."""

import json
import math
from pathlib import Path

import pytest
from recvbench_report import gbench
from recvbench_report.load import InputError, NoRuns

INPUTS = Path(__file__).parents[2] / "out" / "deps" / "benchmark" / "tools" / "gbench" / "Inputs"


def row(name="BM_x/8", index=0, **more):
    return {
        "name": name, "family_index": 0, "per_family_instance_index": 0, "run_name": name, "run_type": "iteration", "repetitions": 2,
        "repetition_index": index, "threads": 1, "iterations": 1000, "real_time": 1.5, "cpu_time": 1.25, "time_unit": "us",
    } | more  # fmt: skip


def read(tmp_path, rows, context={}):
    file = tmp_path / "x.json"
    file.write_text(json.dumps({"context": context, "benchmarks": rows}))
    return gbench.load(file)


def refused(tmp_path, text, *words, kind=InputError):
    file = tmp_path / "x.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        gbench.load(file)
    assert type(caught.value) is kind
    message = str(caught.value)
    assert "\n" not in message and message.startswith(str(file)) and len(message) < 600
    for word in words:
        assert word in message
    return message


def bad_row(tmp_path, change, *words):
    changed = row() | change
    refused(tmp_path, json.dumps({"benchmarks": [{k: v for k, v in changed.items() if v is not ...}]}), "benchmark 0", *words)


def test_repetitions_are_samples_in_ns(tmp_path):
    found = read(tmp_path, [row(index=1, real_time=2.5), row(index=0, hits=7, label="x")])
    assert list(found.cells) == ["BM_x/8"]
    second, first = found.cells["BM_x/8"]
    assert second.figures == {"real_time": 2500, "cpu_time": 1250}
    assert first.figures == {"real_time": 1500, "cpu_time": 1250, "hits": 7}
    assert first.valid and second.valid


@pytest.mark.parametrize("unit, ns", [("ns", 3), ("us", 3e3), ("ms", 3e6), ("s", 3e9)])
def test_units(tmp_path, unit, ns):
    assert read(tmp_path, [row(real_time=3, time_unit=unit)]).cells["BM_x/8"][0].figures["real_time"] == ns


def test_errors_are_invalid_samples_with_their_reason(tmp_path):
    rows = [row(), row(index=1, error_occurred=True, error_message="no\nsocket", real_time=0, cpu_time=0), row(index=2, skipped=True)]
    a, b, c = read(tmp_path, rows).cells["BM_x/8"]
    assert (a.valid, b.valid, c.valid) == (True, False, False)
    assert b.reasons == ("no socket",) and c.reasons == ("error_occurred, and no reason is given",)
    assert b.figures == {}


def test_cpu_time_of_0_is_not_gated(tmp_path):
    (sample,) = read(tmp_path, [row(cpu_time=0)]).cells["BM_x/8"]
    assert "cpu_time" not in sample.figures and sample.not_gated == {"cpu_time": "is 0: not measured"}


def test_aggregates_and_fits_are_not_read(tmp_path):
    mean = row(name="BM_x/8_mean", run_type="aggregate", aggregate_name="mean")
    rows = [row(), mean, row(name="BM_x_BigO", big_o="N"), row(name="r", rms=1)]
    assert list(read(tmp_path, rows).cells) == ["BM_x/8"]


def test_nan_that_google_benchmark_writes(tmp_path):
    """A cv of 0/0 among the aggregates, a counter that could not be computed; but a time must be one."""
    rows = [row(ratio=math.nan), row(name="BM_x/8_cv", run_type="aggregate", cpu_time=math.nan)]
    assert math.isnan(read(tmp_path, rows).cells["BM_x/8"][0].figures["ratio"])
    bad_row(tmp_path, {"real_time": math.nan}, "BM_x/8", "real_time is nan")
    bad_row(tmp_path, {"cpu_time": math.inf}, "cpu_time is inf")


def test_rows_of_old_versions(tmp_path):
    old = [{"name": "BM_y", "iterations": 10, "real_time": t, "cpu_time": t, "time_unit": "ns"} for t in (5, 6)]
    assert [s.figures["real_time"] for s in read(tmp_path, old).cells["BM_y"]] == [5, 6]


def test_what_two_files_must_share(tmp_path):
    context = {"date": "x", "host_name": "h", "num_cpus": 8, "mhz_per_cpu": 3000, "load_avg": [1], "library_build_type": "release"}
    assert read(tmp_path, [row()], context).machine == {"num_cpus": 8, "library_build_type": "release"}


def test_nothing_to_read_is_no_data(tmp_path):
    refused(tmp_path, '{"benchmarks": []}', "holds no benchmark", kind=NoRuns)
    aggregates = json.dumps({"benchmarks": [row(run_type="aggregate")]})
    refused(tmp_path, aggregates, "but aggregates", "--benchmark_report_aggregates_only", kind=NoRuns)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"run_name": ..., "name": ...}, ["name is missing"]),
        ({"run_name": 7}, ["name is missing or not a text"]),
        ({"real_time": ...}, ["real_time is None"]),
        ({"real_time": "fast"}, ["real_time is 'fast'", "BM_x/8"]),
        ({"real_time": True}, ["real_time is True"]),
        ({"cpu_time": -1}, ["cpu_time is -1"]),
        ({"time_unit": "weeks"}, ["'weeks'", "ns, us, ms, s"]),
        ({"time_unit": []}, ["time_unit"]),
        ({"repetition_index": -1}, ["repetition_index is -1"]),
        ({"repetition_index": "0"}, ["repetition_index is '0'"]),
        ({"run_name": "a\nb<script>", "real_time": None}, ["(a b<script>)"]),
        ({"run_name": "x" * 10_000, "real_time": None}, ["xxx…"]),
    ],
)
def test_damaged_rows(tmp_path, change, words):
    bad_row(tmp_path, change, *words)


def test_duplicates(tmp_path):
    refused(tmp_path, json.dumps({"benchmarks": [row(), row()]}), "benchmark 1 (BM_x/8): repetition 0 is there twice")


@pytest.mark.parametrize(
    "text, words",
    [
        (b"", ["not JSON"]),
        (b'{"context": {}, "benchmarks": [{"name": "BM', ["not JSON"]),
        (b"[]", ["not a JSON object"]),
        (b"{}", ["benchmarks"]),
        (b'{"benchmarks": {}}', ["benchmarks"]),
        (b'{"benchmarks": [1]}', ["benchmark 0: not an object"]),
        (b'{"benchmarks": [], "context": 3}', ["not Google Benchmark's JSON"]),
        (b'{"benchmarks": [{"name": "x", "real_time": 1e999}]}', ["1e999 is too large"]),
        (b'{"benchmarks": [{"name": "x", "real_time": %s}]}' % (b"9" * 400), ["too large"]),
        (b"\xff\xfe", ["not JSON"]),
        (b"[" * 100_000, ["not JSON"]),
    ],
)
def test_damaged_files(tmp_path, text, words):
    refused(tmp_path, text, *words)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        gbench.load(tmp_path / "nowhere.json")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(1 << 30)  # sparse
    with pytest.raises(InputError, match="larger than 64 MiB"):
        gbench.load(huge)


@pytest.mark.skipif(not INPUTS.is_dir(), reason="scripts/setup has not fetched Google Benchmark's source")
@pytest.mark.parametrize("name, benchmarks", [("test1_run1", 14), ("test2_run", 10), ("test3_run0", 2), ("test3_run1", 4)])
def test_google_benchmark_s_own_examples(name, benchmarks):
    cells = gbench.load(INPUTS / f"{name}.json").cells
    assert len(cells) == benchmarks
    assert all(math.isfinite(s.figures["real_time"]) for samples in cells.values() for s in samples)


def test_a_program_s_real_output():
    cells = gbench.load(Path(__file__).parent / "google_benchmark_1_7_1.json").cells
    assert {name: [s.valid for s in samples] for name, samples in cells.items()} == {
        "BM_Copy/8": [True] * 3, "BM_Copy/4096": [True] * 3, "BM_Fails": [False] * 3,
    }  # fmt: skip
    assert cells["BM_Copy/8"][0].figures == {
        "real_time": 7.7648630467868953, "cpu_time": 7.7674515226937606, "bytes_per_second": 1029938838.5787559, "length": 8,
    }  # fmt: skip
    assert cells["BM_Fails"][0].reasons == ('no "socket" <here>',)
