"""Reading a run directory, damaged ones above all: each gets one line that names the place."""

import json
import shutil

import jsonschema
import make_run
import pytest
from recvbench_report import load


@pytest.fixture
def copy(run_directory, tmp_path):
    return shutil.copytree(run_directory, tmp_path / "run")


def lines_of(directory):
    return (directory / "runs.jsonl").read_text().splitlines(keepends=True)


def edit_line(directory, number, change):
    lines = lines_of(directory)
    run = json.loads(lines[number - 1])
    change(run)
    lines[number - 1] = json.dumps(run) + "\n"
    (directory / "runs.jsonl").write_text("".join(lines), newline="\n")


def edit_description(directory, change):
    description = json.loads((directory / "run.json").read_text())
    change(description)
    (directory / "run.json").write_text(json.dumps(description), newline="\n")


def refused(directory, *words, kind=load.InputError):
    with pytest.raises(kind) as caught:
        load.load(directory)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_the_made_directory_follows_the_schemas(run_directory):
    """So that these tests run on what the program writes: not one key more or less."""
    for file, name in (("runs.jsonl", "run.schema.json"), ("run.json", "results.schema.json")):
        schema = json.loads((load.SCHEMAS / name).read_text())
        text = (run_directory / file).read_text()
        for document in text.splitlines() if file == "runs.jsonl" else [text]:
            jsonschema.validate(json.loads(document), schema)


def test_loads(loaded):
    assert len(loaded.runs) == 5 * 8 * 3
    assert loaded.warnings == []
    assert [s.name for s in loaded.scenarios] == ["tcp-echo-64B-c64-20k", "tcp-sink-64B-c8-10k", "tcp-sink-4KiB-c8-max"]
    assert [c.label for c in loaded.scenarios[0].cells] == list(make_run.ENGINES)
    assert {len(c.runs) for s in loaded.scenarios for c in s.cells} == {5}
    assert loaded.reasons["lost"].remedy


def test_log_and_records_agree(loaded):
    """The histograms of a run's intervals, added, have the percentiles that its record states."""
    for run in loaded.runs:
        histogram = loaded.histograms[f"r{run['index']}.response"]
        summary = run["latency"]["response"]
        assert histogram.total == summary["count"]
        assert histogram.values_at([0.5, 0.9, 0.99]) == [summary["p50_ns"], summary["p90_ns"], summary["p99_ns"]]


def test_missing(tmp_path, copy):
    refused(tmp_path / "nowhere", "nowhere: no such directory")
    refused(tmp_path, "not a run directory")
    (copy / "runs.jsonl").unlink()
    refused(copy, "not a run directory", "runs.jsonl")


def test_a_file_is_no_directory(copy):
    refused(copy / "run.json", "no such directory")


def test_empty(copy):
    (copy / "runs.jsonl").write_text("", newline="\n")
    refused(copy, "runs.jsonl: holds no run", kind=load.NoRuns)


def test_only_a_cut_off_line(copy):
    (copy / "runs.jsonl").write_text(lines_of(copy)[0][:100], newline="\n")
    refused(copy, "holds no run", kind=load.NoRuns)


@pytest.mark.parametrize("text", ["{nonsense\n", "[1]\n", "null\n", '{"schema": NaN}\n', "[" * 100_000 + "\n", '"\ud800"\n'])
def test_broken_line(copy, text):
    lines = lines_of(copy)
    (copy / "runs.jsonl").write_bytes(("".join(lines[:2]) + text + "".join(lines[2:])).encode("utf-8", "surrogatepass"))
    refused(copy, "runs.jsonl:3: ")


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999", "-1e999", "1" + "0" * 30])
def test_figures_that_are_no_numbers_are_refused(copy, number):
    """Which no plot could draw."""
    lines = lines_of(copy)
    record = json.loads(lines[3])
    record["latency"]["response"]["p99_ns"] = 12345.5
    lines[3] = json.dumps(record).replace("12345.5", number) + "\n"
    (copy / "runs.jsonl").write_text("".join(lines), newline="\n")
    refused(copy, "runs.jsonl:4: ", "number")


def test_bytes_that_are_no_text(copy):
    (copy / "runs.jsonl").write_bytes(b"\xff\xfe\x00\n")
    refused(copy, "runs.jsonl:1: not JSON")


def test_cut_off_last_line_costs_that_run_only(copy):
    text = (copy / "runs.jsonl").read_text()
    (copy / "runs.jsonl").write_text(text[:-200], newline="\n")
    directory = load.load(copy)
    assert len(directory.runs) == 119
    assert len(directory.warnings) == 1 and "runs.jsonl:120: the last line is cut off" in directory.warnings[0]
    assert directory.runs_text.endswith(b"}\n") and directory.runs_text.count(b"\n") == 119


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda r: r["schema"].update(major=2), ["recvbench.run 2.0", "up to major version 1"]),
        (lambda r: r["schema"].update(name="other"), ["not a recvbench.run document"]),
        (lambda r: r.pop("schema"), ["not a recvbench.run document"]),
        (lambda r: r.pop("cost"), ["'cost' is a required property"]),
        (lambda r: r["latency"]["response"].update(p50_ns="fast"), ["latency.response"]),
        (lambda r: r.update(valid="yes"), ["valid: 'yes' is not of type 'boolean'"]),
        (lambda r: r["engine"].update(name=["x"] * 500), ["engine.name"]),
    ],
)
def test_records_that_do_not_follow_the_schema(copy, change, words):
    edit_line(copy, 7, change)
    refused(copy, "runs.jsonl:7: ", *words)


def test_later_minor_versions_may_add_keys(copy):
    def change(run):
        run["schema"]["minor"] = 3
        run["cost"]["cycles"] = 12

    edit_line(copy, 7, change)
    assert len(load.load(copy).runs) == 120


def test_description_of_a_higher_major(copy):
    edit_description(copy, lambda d: d["schema"].update(major=2))
    refused(copy, "run.json: ", "recvbench.results 2.0")


def test_broken_description(copy):
    (copy / "run.json").write_text('{"schema":', newline="\n")
    refused(copy, "run.json: not JSON")


def test_log_missing(copy):
    (copy / "latency.hlog").unlink()
    directory = load.load(copy)
    assert directory.histograms == {} and "latency.hlog is missing" in directory.warnings[0]


def test_log_cut_off(copy):
    text = (copy / "latency.hlog").read_text()
    (copy / "latency.hlog").write_text(text[:-40], newline="\n")
    assert "the last line is cut off" in load.load(copy).warnings[0]


def test_log_damaged(copy):
    lines = (copy / "latency.hlog").read_text().splitlines(keepends=True)
    lines[3] = lines[3][:-30] + "\n"
    (copy / "latency.hlog").write_text("".join(lines), newline="\n")
    refused(copy, "latency.hlog:4: ")


def with_cells(tmp_path, engines, asked):
    made = make_run.make(repeat=1, engines=engines, scenarios=["tcp-sink-64B-c8-10k"], messages=100)
    (scenario,) = load.load(make_run.write(tmp_path / "run", made, make_run.description(asked, [run for run, _ in made]))).scenarios
    return scenario.cells


def test_engines_in_the_tables_order_and_their_variants_in_the_plans(tmp_path):
    asked = [
        "null", "zeta", "iocp:batch=64", "iocp:batch=8", "iocp:batch=512", "alpha:x=2", "alpha:x=1", "select", "blocking:buffer=4KiB",
        "blocking:buffer=512", "blocking",
    ]  # fmt: skip
    cells = with_cells(tmp_path, sorted(asked), asked)
    assert [c.label for c in cells] == [
        "blocking:buffer=4KiB", "blocking:buffer=512", "blocking", "select", "iocp:batch=64", "iocp:batch=8", "iocp:batch=512",
        "alpha:x=2", "alpha:x=1", "zeta", "null",
    ]  # fmt: skip
    assert [c.position for c in cells] == list(range(11))
    assert len({c.look for c in cells}) == 11


def test_cells_that_their_labels_do_not_tell_apart_have_two_names(tmp_path):
    runs = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=100)
    runs += make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=100)
    for i, (run, _) in enumerate(runs):
        run.update(index=i, cell=f"iocp-t{i + 1}/tcp-sink-64B-c8-10k")
    (scenario,) = load.load(make_run.write(tmp_path / "run", runs)).scenarios
    assert [c.label for c in scenario.cells] == ["iocp-t1", "iocp-t2"]


@pytest.mark.parametrize("schema", [
    {"type": "integer"}, {"type": "number", "minimum": 0}, {"type": ["integer", "null"], "minimum": 1}, {"type": ["string", "boolean"]},
    {"type": "object"}, {"type": "string", "minLength": 2}, {"minimum": 3},
])  # fmt: skip
@pytest.mark.parametrize("value", [0, 1, -1, 1.5, -0.5, 2.0, None, True, "", "abc", [], {}], ids=repr)
def test_what_is_plainly_valid_is_valid(schema, value):
    """Never the other way round: whatever is in doubt is asked of jsonschema."""
    if load._plainly_valid(value, schema):
        assert load.jsonschema.Draft202012Validator(schema).is_valid(value)
    member = {"type": "object", "properties": {"a": schema}}
    assert load._Validator(member).is_valid({"a": value}) == load.jsonschema.Draft202012Validator(member).is_valid({"a": value})
