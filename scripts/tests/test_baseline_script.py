"""scripts/baseline from end to end, with programs that measure nothing (fake_recvbench.py), and the gate against what it stores."""

import json

import pytest
from gate_bench import CELL, OTHER, Bench
from runner import run

OK, USAGE, REGRESSED, INCONCLUSIVE, NO_BASELINE, INVALID = 0, 2, 10, 11, 12, 13


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def update(bench, *options):
    return run("baseline", "update", "--base", "base", "--baselines", "stored", "--noise", "noise.json", "--out", "out", *options,
               cwd=bench.folder)  # fmt: skip


def stored(bench):
    return [json.loads(path.read_text(encoding="utf-8")) for path in bench.folder.glob("stored/*")]


def gate(bench, runs):
    return run("recvbench-report", "gate", "--baseline", "auto", runs, "--baselines", "stored", cwd=bench.folder)


def test_a_baseline_and_a_gate_against_it(bench):
    """The build itself passes, measured once more; one that costs a fifth more does not."""
    bench.make("base", cells=(CELL, OTHER))
    done = update(bench)
    assert done.returncode == OK, (done.stdout, done.stderr)
    (found,) = stored(bench)
    assert sorted(found["cells"]) == [CELL, OTHER]
    assert {len(metric["samples"]) for cell in found["cells"].values() for metric in cell["metrics"].values()} == {64}
    assert done.stdout.splitlines()[-1] == f"stored/{found['environment']['fingerprint']['hash']}.json"
    for name, cost, code in (("same", 1.0, OK), ("slower", 1.2, REGRESSED)):
        bench.make(name, cells=(CELL, OTHER), cost=cost)
        run("gate", "--calibrate", "--base", name, "--noise", f"{name}.json", "--out", f"{name}-runs", cwd=bench.folder)
        gated = gate(bench, f"{name}-runs/calibration/first")
        assert gated.returncode == code, (gated.stdout, gated.stderr)


def test_a_machine_that_favours_a_side_makes_none(bench):
    bench.make("base", bias=1.2)
    done = update(bench)
    assert done.returncode == INCONCLUSIVE and stored(bench) == []
    last = done.stderr.splitlines()[-1]
    assert last.startswith("recvbench-report: no baseline was written: ") and "differs between runs of the same build (back to back" in last


def test_a_machine_too_noisy_makes_none(bench):
    bench.make("base", noise=0.4)
    assert update(bench).returncode == INVALID and stored(bench) == []


def test_a_build_that_cannot_be_measured_makes_none(bench):
    bench.make("base", fail={"how": "invalid"})
    assert update(bench).returncode == INVALID and stored(bench) == []


def test_metrics_can_be_chosen(bench):
    bench.make("base")
    assert update(bench, "--metric", "cpu", "--name", "cpu-only").returncode == OK
    (found,) = stored(bench)
    assert list(found["cells"][CELL]["metrics"]) == ["cpu"] and (bench.folder / "stored/cpu-only.json").is_file()


@pytest.mark.parametrize(
    "options, words",
    [
        (("--name", "../x"), "is no name of a baseline"),
        (("--name", "mine"), "mine.json: not JSON"),
        (("--pairs", "15"), "--pairs 15: at least 16"),
        (("--repeat", "3"), "--repeat: not for a gate"),
    ],
)
def test_refused_before_anything_runs(bench, options, words):
    bench.make("base")
    (bench.folder / "stored").mkdir()
    (bench.folder / "stored/mine.json").write_text("mine")
    done = update(bench, *options)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (USAGE, "", 1), done.stderr
    assert done.stderr.startswith("baseline: ") and words in done.stderr
    assert not (bench.folder / "out").exists() and (bench.folder / "stored/mine.json").read_text() == "mine"


@pytest.mark.parametrize("words, told", [((), "command"), (("show",), "choose from 'update'")])
def test_update_is_said(words, told, tmp_path):
    done = run("baseline", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (USAGE, "", 1)
    assert told in done.stderr and "scripts/baseline --help" in done.stderr


def test_dry_run_measures_nothing(bench):
    bench.make("base")
    done = update(bench, "--dry-run")
    assert (done.returncode, done.stdout.split()) == (OK, [CELL]) and not (bench.folder / "out").exists()


def test_help_names_every_exit_code():
    done = run("baseline", "--help")
    assert done.returncode == OK
    for code in (OK, USAGE, INCONCLUSIVE, INVALID, 130):
        assert f"{code} " in done.stdout.partition("Exit codes:")[2]
