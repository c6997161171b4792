"""The trend over a history: which figures form a series, what is said of it, and that it decides nothing."""

import json
import shutil
import statistics

import hostile
import jsonschema
import make_history
import make_run
import pytest
from recvbench_report import cli, history, load
from recvbench_report.trend import document, series, terminal

CELLS = ["select/tcp-sink-64B-c8-10k", "iocp/tcp-sink-64B-c8-10k"]


@pytest.fixture(scope="module")
def read(history_directory):
    return history.read(history_directory)


@pytest.fixture(scope="module")
def found(read):
    return series.of_history(read.entries)


def run(capsys, *arguments):
    code = cli.main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_series(found):
    assert [(one.key.cell, one.metric.key) for one in found] == [(cell, key) for cell in CELLS for key in ("p50", "p99", "cpu")]
    assert {len(one.points) for one in found} == {16}


def test_points_are_medians_of_the_runs_in_time_order(found, history_directory):
    p50 = found[0]
    for i, point in enumerate(p50.points):
        runs = [r for r in load.load(history_directory / f"night-{i:02}", ()).runs if r["cell"] == CELLS[0]]
        assert point.value == statistics.median(r["latency"]["response"]["p50_ns"] for r in runs)
        assert point.entry.started == f"2026-01-{i + 1:02}T02:00:00Z"


def test_what_changed(found):
    changed = {(one.key.cell, one.metric.key): one for one in found if one.state == "changed"}
    assert set(changed) == {(CELLS[0], "p50"), (CELLS[0], "p99")}
    (change,) = changed[CELLS[0], "p50"].changes
    assert change.index == 8 and 0.15 < change.share < 0.35
    assert changed[CELLS[0], "p50"].worse(change)


def test_higher_throughput_is_better(found):
    one = series.Series(found[0].key, found[0].cell, "", series.metrics.THROUGHPUT, [])
    assert not one.worse(series.change_points.Change(8, 100, 120, 0.001))


def test_too_few_points_is_not_no_change(history_directory):
    entries = history.read(history_directory).entries[:5]
    found = series.of_history(entries)
    assert {one.state for one in found} == {"too few points"} and not any(one.changes for one in found)
    text = terminal.text(history.History(entries, []), found)
    assert "too few points: 6" in text and "no change shown:" not in text


@pytest.mark.parametrize(
    "change, describe",
    [
        (lambda run: None, lambda d: d["environment"]["fingerprint"].update(hash="0" * 16)),
        (lambda run: run["timing"].update(warmup_ns=3_000_000_000), lambda d: None),
        (lambda run: run["engine"]["settings"].update(threads=2), lambda d: None),
        (lambda run: run["scenario"].update(idle_connections=50), lambda d: None),
        (lambda run: run["generator"].update(threads=1), lambda d: None),
    ],
    ids=["machine", "warm-up", "threads", "scenario", "generator"],
)
def test_what_was_measured_otherwise_is_never_joined(tmp_path, change, describe):
    make_history.write(tmp_path, 2)
    make_history.night(tmp_path / "other", 2, change, describe)
    found = series.of_history(history.read(tmp_path).entries)
    assert sorted(len(one.points) for one in found) == [1] * 6 + [2] * 6


def test_a_setting_that_later_versions_know_of_joins(tmp_path):
    make_history.write(tmp_path, 1)
    make_history.night(tmp_path / "new", 1, lambda run: run["scenario"].update(some_later_thing=None))
    assert {len(one.points) for one in series.of_history(history.read(tmp_path).entries)} == {2}


def test_invalid_runs_and_probes_are_no_points(tmp_path):
    make_history.night(tmp_path / "a", 0, lambda run: make_run.invalidate(run, "clock", "-3 us") if run["round"] == 0 else None)
    make_history.night(tmp_path / "b", 1, lambda run: run.update(probe="ascend"))
    found = series.of_history(history.read(tmp_path).entries)
    assert {tuple(point.entry.name for point in one.points) for one in found} == {("a",)}
    runs = [r for r in load.load(tmp_path / "a", ()).runs if r["cell"] == CELLS[0] and r["valid"]]
    assert len(runs) == 1 and found[0].points[0].value == runs[0]["latency"]["response"]["p50_ns"]


def test_a_copy_counts_once(tmp_path, capsys):
    make_history.write(tmp_path, 3)
    shutil.copytree(tmp_path / "night-01", tmp_path / "night-01 (copy)")
    code, out, err = run(capsys, "trend", tmp_path)
    assert code == 0 and err.count("\n") == 1 and "holds the same runs as night-01" in err
    assert out.startswith("3 run directories, 2026-01-01 to 2026-01-03\n")


def test_text(capsys, history_directory):
    code, out, err = run(capsys, "trend", history_directory)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert out.startswith("16 run directories, 2026-01-01 to 2026-01-16\n")
    assert "Wine 8.0, not Windows: Example CPU 3000, 4 CPUs" in out
    joined = " ".join(out.split())
    assert "worse: +2" in joined and "from 2026-01-09 (night-08) on" in joined
    assert "6 series; changed: 2, no change shown: 4" in joined
    assert "Changed: select/tcp-sink-64B-c8-10k (p50), select/tcp-sink-64B-c8-10k (p99)" in joined
    assert "Advice, no verdict" in joined


def test_json_follows_its_schema(capsys, history_directory, found):
    code, out, err = run(capsys, "trend", history_directory, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    schema = load.read_schema(load.SCHEMAS / "trend.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema)
    assert [point["median"] for point in told["series"][0]["points"]] == [point.value for point in found[0].points]
    (change,) = told["series"][0]["changes"]
    assert (change["entry"], change["index"], change["worse"]) == ("night-08", 8, True)
    assert len(told["entries"]) == 16


def test_equal_input_gives_equal_bytes(history_directory, read, found):
    again = history.read(history_directory)
    assert document.text(again, series.of_history(again.entries)) == document.text(read, found)


def test_no_data_is_never_green(tmp_path, capsys):
    for words, directory in (("no such directory", tmp_path / "nowhere"), ("holds no run directory", tmp_path)):
        code, out, err = run(capsys, "trend", directory)
        assert (code, out) == (2 if "such" in words else 13, "") and words in err and err.count("\n") == 1
    make_history.night(tmp_path / "a", 0, lambda run: make_run.invalidate(run, "clock", ""))
    code, out, err = run(capsys, "trend", tmp_path)
    assert (code, out) == (13, "") and "no valid run has a figure to follow" in err


def test_damaged_entries_are_named_and_the_rest_is_used(tmp_path, capsys):
    make_history.write(tmp_path, 3)
    (tmp_path / "night-01" / "runs.jsonl").write_text("{nonsense\n")
    (tmp_path / "night-02" / "runs.jsonl").write_text("")
    (tmp_path / "notes.txt").write_text("no directory")
    (tmp_path / "empty").mkdir()
    code, out, err = run(capsys, "trend", tmp_path)
    assert code == 0 and out.startswith("1 run directory, ")
    assert err.count("\n") == 2 and "night-01/runs.jsonl:1: not JSON" in err.replace("\\", "/") and "holds no run" in err
    shutil.rmtree(tmp_path / "night-00")
    code, out, err = run(capsys, "trend", tmp_path)
    assert code == 13 and "that can be read" in err


@pytest.mark.parametrize("name", hostile.NAMES)
def test_hostile_names_stay_in_their_line(tmp_path, capsys, name):
    make_history.night(tmp_path / "a", 0, lambda run: hostile.rename(run, name) if run["engine"]["name"] == "iocp" else None)
    code, out, _ = run(capsys, "trend", tmp_path)
    assert code == 0 and all(line.isprintable() for line in out.splitlines())
    code, out, _ = run(capsys, "trend", tmp_path, "--json")
    assert {one["engine"] for one in json.loads(out)["series"]} == {"select", name}


@pytest.mark.parametrize(
    "values, bars", [([1, 1, 1], "▄▄▄"), ([1, 2], "▁█"), ([0.0, 6, 8], "▁▇█"), ([1] * 30 + [2], "▁" * 23 + "█"), ([5], "▄")]
)
def test_bars(values, bars):
    assert terminal.bars(values) == bars
