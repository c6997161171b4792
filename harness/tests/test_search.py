"""`recvbench search` on real sockets: what it prints, what it writes, and how it ends. No test is about speed: the SLO is
one that any machine keeps, or none does.
"""

import csv
import io
import json
import os
import signal
import time

import pytest

from program import INTERRUPTED, INVALID, OK, USAGE, description, plain, records, schema

# Three rates: 1k, 2k, 3k. Probes are as short as a percentile allows.
SLO = ["--slo", "p50<10s"]
RANGE = ["--from", "1k", "--to", "3k"]
SHORT = ["--probe", "100ms", "--warmup", "100ms", "--connections", "2"]
# Seconds. Two engines take 14 probes where none is spoiled; on a busy machine each miss is asked again, at most 108 probes
# of some 2 s.
PATIENCE = 400


def search(program, out, *arguments, engine=None, **settings):
    engine = engine or ("iocp,select" if program.windows else "epoll,select")
    settings.setdefault("limit", PATIENCE)
    return program("search", "--engine", engine, *program.of(program.generator), "--out", program.path(out), *arguments, **settings)


def found(out):
    document = json.loads((out / "search.json").read_text(encoding="utf-8"))
    schema("search.schema.json").validate(document)
    return document


def test_two_engines_to_the_ceiling(program, tmp_path):
    out = tmp_path / "out"
    result = search(program, out, *SLO, *RANGE, *SHORT)
    document, runs = found(out), records(out)
    assert description(out)["status"] == document["status"] == "complete", result
    assert description(out)["plan"] == [], "what comes next is not known beforehand"
    assert [cell["engine"] for cell in document["cells"]] == ["iocp" if program.windows else "epoll", "select"]
    assert {cell["scenario"] for cell in document["cells"]} == {"tcp-sink-64B-c2-*"}
    assert sorted(probe["run"] for cell in document["cells"] for probe in cell["probes"]) == [run["index"] for run in runs]
    for cell in document["cells"]:
        for probe in cell["probes"]:
            run = runs[probe["run"]]
            assert run["engine"]["label"] == cell["engine"] and run["probe"] == probe["purpose"]
            assert run["scenario"]["rate_per_s"] == probe["rate_per_s"] <= 3000
            assert run["valid"] == (probe["latency_ns"] is not None)
            assert (probe["outcome"] == "met") == (probe["detail"] == "") == run["valid"], (probe, run["reasons"])
        asked = [probe["rate_per_s"] for probe in cell["probes"] if probe["purpose"] == "ascend"]
        assert asked[0] == 1000 and asked == sorted(asked)
        # A busy machine may spoil probes, and then the verdict says so.
        if all(probe["outcome"] == "met" for probe in cell["probes"]):
            assert (cell["verdict"], cell["rate_per_s"], cell["failed_per_s"]) == ("ceiling", 3000, None)
            assert [probe["purpose"] for probe in cell["probes"]] == ["ascend"] * 3 + ["confirm"] * 3 + ["guard"]
            assert cell["probes"][-1]["rate_per_s"] == 2100
    assert result.code == (OK if any(cell["rate_per_s"] for cell in document["cells"]) else INVALID), result
    # Each round has one probe of each engine.
    both = min(len(cell["probes"]) for cell in document["cells"])
    for round_ in range(both):
        assert len({run["engine"]["label"] for run in runs if run["round"] == round_}) == 2
    lines = result.stdout.splitlines()
    assert lines[0] == "tcp-sink-64B-c2-*, p50<10s: probes of only 367 ms after 100 ms of warm-up"
    assert "Probes were shortened by --probe" in result.stdout
    assert max(map(len, lines)) <= 80 and plain(result.stdout), result.stdout
    progress = [line for line in result.stderr.splitlines() if line.startswith("[")]
    assert len(progress) == len(runs) and f"results: {program.shown(out)}" in result.stderr


def test_no_engine_has_a_number(native, tmp_path):
    out = tmp_path / "out"
    result = search(native, out, *RANGE, *SHORT, "--slo", "p50<1ns", "--format", "json", engine="epoll")
    assert result.code == INVALID, result
    (cell,) = json.loads(result.stdout)["cells"]
    assert json.loads(result.stdout) == found(out)
    assert cell["rate_per_s"] is None and cell["verdict"] in ("missed-at-start", "generator-limit")
    assert [probe["rate_per_s"] for probe in cell["probes"]] == [1000, 1000], "asked again once"
    assert cell["detail"].startswith("at 1k/s: ")


@pytest.mark.parametrize("form", ["csv", "md"])
def test_other_formats(native, tmp_path, form):
    result = search(native, tmp_path / "out", *SLO, *SHORT, "--to", "1k", "--format", form, engine="select")
    assert result.code in (OK, INVALID), result
    (cell,) = found(tmp_path / "out")["cells"]
    if form == "csv":
        (row,) = csv.DictReader(io.StringIO(result.stdout))
        assert (row["engine"], row["scenario"], row["slo"]) == ("select", "tcp-sink-64B-c2-*", "p50<10s")
        assert row["verdict"] == cell["verdict"] and row["probes"] == str(len(cell["probes"]))
        # 1000; less on a busy machine, or nothing.
        assert (float(row["rate_per_s"]) if row["rate_per_s"] else None) == pytest.approx(cell["rate_per_s"], abs=1)
    else:
        assert "| engine | msg/s | p50 | fails at | probes | verdict |" in result.stdout
        assert "| select | " in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_leaves_what_there_is(native, tmp_path):
    out = tmp_path / "out"
    process = native.start("search", "--engine", "select", "--out", out, *SLO, *RANGE, "--warmup", "200ms", "--probe", "2s")
    give_up = time.monotonic() + 60
    while not (out / "search.json").exists():
        assert process.poll() is None and time.monotonic() < give_up
        time.sleep(0.02)
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    result = native.end(process)
    assert result.code == INTERRUPTED, result
    document = found(out)
    assert document["status"] == description(out)["status"] == "interrupted"
    assert document["cells"][0]["verdict"] == "undecided"
    assert 1 <= len(records(out)) == len(document["cells"][0]["probes"])
    assert "undecided" in result.stdout
    assert "recvbench: interrupted after " in result.stderr.splitlines()[-1]


def test_a_dry_run_shows_cells_and_the_most_time_and_writes_nothing(program, tmp_path):
    result = program("search", "--dry-run", "--slo", "p99<1ms", "--engine", "select,null", "--connections", "1,64", "--workload",
                     "echo", cwd=tmp_path)
    assert result.code == OK, result
    first, *cells = result.stdout.splitlines()
    assert first.startswith("2 searches (p99<1ms, from 1k/s to 10M/s): at most 156 probes and ")
    assert sorted(cells) == ["select/tcp-echo-64B-c1-*", "select/tcp-echo-64B-c64-*"]
    assert "skipped null: has no rate to search for" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], ["--slo", "p99<1ms"]),
        (["--slo", "p99"], ["--slo p99", "p50, p90, p99 or p999"]),
        (["--slo", "p98<1ms"], ["--slo p98<1ms", "p50, p90, p99 or p999"]),
        (["--slo", "p99<0"], ["--slo p99<0", "time"]),
        (["--slo", "p99<1ms", "--from", "0"], ["--from 0", "messages a second"]),
        (["--slo", "p99<1ms", "--from", "2k", "--to", "1k"], ["--to 1k", "at least --from 2k"]),
        (["--slo", "p99<1ms", "--probe", "0"], ["--probe 0", "from 1.00 ms"]),
        (["--slo", "p999<1ms", "--from", "1"], ["--from 1 with --slo p999<1ms", "30m"]),
        (["--slo", "p99<1ms", "--rate", "10k"], ["--rate"]),
        (["--slo", "p99<1ms", "--duration", "1s"], ["--duration"]),
        (["--slo", "p99<1ms", "--repeat", "3"], ["--repeat"]),
        (["--slo", "p99<1ms", "--engine", "null"], ["nothing to search", "null", "no rate"]),
    ],
    ids=lambda value: "_".join(value)[:40] if value and value[0].startswith("--") else "",
)
def test_refusals(program, tmp_path, arguments, words):
    result = program("search", *arguments, cwd=tmp_path)
    assert result.code == USAGE, result
    assert result.stdout == ""
    complaint = result.stderr.splitlines()[-1]
    assert complaint.startswith("recvbench: ")
    assert [word for word in words if word not in complaint] == [], complaint
    assert list(tmp_path.iterdir()) == []


def test_a_config_file_that_was_dumped_gives_the_same_search(program, tmp_path):
    options = ["--slo", "p999<2ms", "--engine", "select", "--size", "64,1kb", "--from", "2k", "--probe", "250ms"]
    dumped = program("search", *options, "--dump-config")
    assert dumped.code == OK and dumped.stderr == "", dumped
    path = tmp_path / "search.toml"
    path.write_text(dumped.stdout, encoding="utf-8")
    plan = program("search", *options, "--dry-run")
    again = program("search", "--config", program.path(path), "--dry-run")
    assert plan.code == OK and again.stdout == plan.stdout, again
