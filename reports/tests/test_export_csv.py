"""CSV: every figure of every run, as a spreadsheet and Python's csv read it."""

import csv
import io
import json

import hostile
import make_run
import pytest
from recvbench_report import load
from recvbench_report.exports import csv_rows


def rows(directory):
    return list(csv.DictReader(io.StringIO(csv_rows.text(directory), newline="")))


def made(tmp_path, change=lambda run: None, **options):
    options = {"repeat": 1, "engines": ["iocp"], "scenarios": ["tcp-sink-64B-c8-10k"], "messages": 300} | options
    runs = make_run.make(**options)
    for run, _ in runs:
        change(run)
    return load.load(make_run.write(tmp_path / "run", runs))


def test_a_row_a_run_in_order(loaded):
    found = rows(loaded)
    assert [row["index"] for row in found] == [str(i) for i in range(120)]
    assert {row["environment"] for row in found} == {"Wine 8.0, not Windows"}
    assert {row["fingerprint"] for row in found} == {"2414395686065035"}


def leaves(value, path=()):
    if isinstance(value, dict) and path[-1:] != ("declared",):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield ".".join(path), value


def test_every_figure_is_the_record_s(loaded):
    compared = 0
    for row, run in zip(rows(loaded), loaded.runs, strict=True):
        for name, value in leaves({key: value for key, value in run.items() if key != "schema"}):
            if isinstance(value, (dict, list)):
                continue
            if value is None:
                # What is null as a whole has its members empty.
                assert {row[column] for column in row if column == name or column.startswith(name + ".")} == {""}, name
            elif isinstance(value, (bool, str)):
                assert row[name] == (str(value) if isinstance(value, str) else json.dumps(value)), name
            else:
                assert float(row[name]) == value, name
                compared += 1
    assert compared > 120 * 50


def test_intervals_lists_and_settings(loaded):
    row = rows(loaded)[0]
    assert [row["latency.response.p99_ci_ns.low"], row["latency.response.p99_ci_ns.high"]] == [
        str(value) for value in loaded.runs[0]["latency"]["response"]["p99_ci_ns"]
    ]
    assert row["latency.response.p50_ci_ns.low"] == ""
    assert row["engine.settings.declared"] == "threads=1; buffer=64KiB"
    assert row["warnings"] == "cpu-incomplete: wineserver; short-warmup: 1 s, recommended 5 s"


def test_columns_do_not_depend_on_the_runs(loaded, tmp_path):
    """null in all runs or not: the columns are the schema's."""
    other = made(tmp_path, scenarios=["udp-sink-64B-c8-10k"])
    assert list(rows(other)[0]) == list(rows(loaded)[0])
    assert rows(other)[0]["datagrams.lost"] == "0" and rows(loaded)[0]["datagrams.lost"] == ""


def test_an_invalid_run_has_its_reason_and_no_figure_that_was_not_measured(tmp_path):
    def fail(run):
        make_run.invalidate(run, "generator-bound", "p99 slip 912 us, allowed 50 us")
        make_run.invalidate(run, "lost", "")
        run["latency"]["response"] = None
        run["cost"]["cpu_ns_per_message"] = None

    (row,) = rows(made(tmp_path, fail))
    assert (row["valid"], row["reasons"]) == ("false", "generator-bound: p99 slip 912 us, allowed 50 us; lost")
    assert (row["latency.response.p99_ns"], row["cost.cpu_ns_per_message"]) == ("", "")
    assert row["rates.received_per_s"] == "10000.0"


def test_rfc_4180(loaded):
    text = csv_rows.text(loaded)
    assert text.endswith("\r\n") and text.count("\r\n") == text.count("\n") == text.count("\r") == 121
    assert len({len(line) for line in csv.reader(io.StringIO(text, newline=""))}) == 1


@pytest.mark.parametrize("name", hostile.NAMES)
def test_hostile_names_stay_text(tmp_path, name):
    (row,) = rows(made(tmp_path, lambda run: hostile.rename(run, name)))
    formula = name.startswith(("=", "+", "-", "@"))
    assert row["engine.name"] == ("'" + name if formula else name)
    assert row["index"] == "0"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_quoted(text):
    assert csv_rows._cell(text) == "'" + text
    assert csv_rows._cell(["a", text]) == "a; '" + text


def test_negative_numbers_are_numbers():
    assert [csv_rows._cell(value) for value in (-1, -0.5, 0, None, True, "a-1")] == ["-1", "-0.5", "0", "", "true", "a-1"]
