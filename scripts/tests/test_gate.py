"""scripts/gate from end to end, with programs that measure nothing (fake_recvbench.py): verdicts, exit codes, what is left behind."""

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from gate_bench import CELL, OTHER, Bench
from runner import SCRIPTS, run

from recvbench_report import load

OK, USAGE, REGRESSED, INCONCLUSIVE, NO_BASELINE, INVALID, INTERRUPTED = 0, 2, 10, 11, 12, 13, 130


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def two(bench):
    """Base and candidate alike."""
    bench.make("base")
    bench.make("candidate")
    return bench


@pytest.fixture
def slower(bench):
    bench.make("base")
    bench.make("candidate", cost=1.2)
    return bench


def test_the_same_twice_passes_and_all_is_kept(two):
    done = two.gate("--junit", "gate.xml", "--markdown", "gate.md", "--html", "gate.html")
    assert done.returncode == OK, (done.stdout, done.stderr)
    assert two.found["verdict"] == "PASS" and two.verdicts() == {CELL: "PASS"}
    for side in ("base", "candidate", "control/first", "control/second"):
        runs = load.load(two.folder / "out" / side).runs
        assert [run["round"] for run in runs] == list(range(10)), side
    assert sorted(path.name for path in (two.folder / "out").iterdir()) == ["base", "candidate", "control", "gate.json"]
    assert ElementTree.parse(two.folder / "gate.xml").getroot().get("failures") == "0"
    assert "PASS" in (two.folder / "gate.md").read_text(encoding="utf-8")
    assert "PASS: of 1 cell 1 PASS" in (two.folder / "gate.html").read_text(encoding="utf-8")
    assert "Gate: PASS (exit code 0)" in done.stdout
    assert "1 cell and a control, 10 to 32 pairs of each: 46s to 2m 23s" in done.stderr.splitlines(), "before anything runs"
    assert f"pair 10/10 {CELL}: look in " in done.stderr and f"look at 10 pairs: {CELL} PASS" in done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_what_got_slower_is_found(slower):
    done = slower.gate("--annotations")
    assert done.returncode == REGRESSED, (done.stdout, done.stderr)
    assert slower.verdicts() == {CELL: "REGRESSED"}
    regressed = {metric["metric"] for metric in slower.found["cells"][0]["metrics"] if metric["verdict"] == "REGRESSED"}
    assert regressed >= {"cpu", "p50"}, "p99, by 20 us of 102, is at its margin"
    assert "::error title=" in done.stdout
    # What was kept says the same to whoever asks later.
    assert run("recvbench-report", "gate", "out/base", "out/candidate", cwd=slower.folder).returncode == REGRESSED


def test_what_got_faster_passes(bench):
    bench.make("base", cost=1.2)
    bench.make("candidate")
    assert bench.gate().returncode == OK
    assert bench.verdicts() == {CELL: "IMPROVED"}


def test_cells_are_judged_each(bench):
    bench.make("base", cells=[CELL, OTHER])
    bench.make("candidate", cells=[CELL, OTHER], cost=1.2)
    assert bench.gate("--exclude", OTHER).returncode == REGRESSED
    assert bench.verdicts() == {CELL: "REGRESSED"}


def test_new_cells_pass_and_gone_ones_do_not(bench):
    bench.make("base", cells=[CELL])
    bench.make("candidate", cells=[CELL, OTHER])
    assert bench.gate().returncode == OK
    assert bench.verdicts() == {CELL: "PASS", OTHER: "NEW"}
    shutil.rmtree(bench.folder / "out")
    assert bench.gate(base="candidate", candidate="base").returncode == NO_BASELINE
    assert bench.verdicts() == {CELL: "PASS", OTHER: "GONE"}


def test_nothing_in_common_is_no_baseline(bench):
    bench.make("base", cells=[OTHER])
    bench.make("candidate")
    done = bench.gate()
    assert done.returncode == NO_BASELINE, (done.stdout, done.stderr)
    assert bench.verdicts() == {CELL: "NEW", OTHER: "GONE"}


@pytest.mark.parametrize("difference, words", [({"fingerprint": {"wine_version": "8.0"}}, "no Wine"),
                                               ({"fingerprint": {"cpu_model": "Another CPU"}}, "CPU model: Example CPU 3000 in the base"),
                                               ({"threads": 2}, "threads: 1 in the base, 2 in the candidate")])
def test_other_machines_wine_and_parameters_are_never_compared(bench, difference, words):
    bench.make("base")
    bench.make("candidate", **difference)
    done = bench.gate()
    assert done.returncode == NO_BASELINE and bench.verdicts() == {CELL: "INCOMPARABLE"}
    assert words in bench.found["cells"][0]["reasons"][0]
    assert not (bench.folder / "out/base").exists(), "no pair was run"


@pytest.mark.parametrize("side", ["base", "candidate"])
@pytest.mark.parametrize("how, words", [("exit", "ended with 1: out of luck"), ("signal", "was ended by SIGSEGV"),
                                        ("garbage", "left no record of its run"), ("invalid", "generator-bound: p99 slip 912 us")])
def test_a_side_that_cannot_be_measured(bench, side, how, words):
    """After the trial run and one pair: three invalid pairs end it."""
    for name in ("base", "candidate"):
        bench.make(name, fail={"how": how, "from": 6} if name == side else None)
    done = bench.gate()
    assert done.returncode == (INVALID if side == "candidate" else done.returncode) and done.returncode in (INVALID, INCONCLUSIVE)
    assert words in done.stderr
    assert all(cell["verdict"] in ("INVALID", "INCONCLUSIVE", "UNDECIDED") for cell in bench.found["cells"])


@pytest.mark.parametrize("how, words", [("exit", "ended with 1: out of luck"), ("signal", "was ended by SIGSEGV")])
def test_a_side_that_never_works_is_told_at_once(bench, how, words):
    bench.make("base")
    bench.make("candidate", fail={"how": how})
    done = bench.gate()
    assert done.returncode == INVALID
    assert bench.found["verdict"] == "INVALID" and words in bench.found["reasons"][0] and "candidate" in bench.found["reasons"][0]


def test_an_interrupt_writes_what_there_is(bench):
    bench.make("base")
    bench.make("candidate", fail={"how": "interrupted", "from": 4})
    done = bench.gate()
    assert done.returncode == INTERRUPTED, (done.stdout, done.stderr)
    assert bench.found["verdict"] == "INCONCLUSIVE" and bench.verdicts() == {CELL: "UNDECIDED"}
    assert any(note.startswith("interrupted after ") for note in bench.found["notes"])
    assert load.load(bench.folder / "out/base").description["status"] == "interrupted"


def test_a_machine_that_favours_a_side_is_found_out(bench):
    bench.make("base", bias=1.2)
    bench.make("candidate")
    done = bench.gate()
    assert done.returncode == INCONCLUSIVE, (done.stdout, done.stderr)
    assert bench.found["contaminated"]


def test_noise_is_measured_first_and_stored_and_used_again(two):
    options = ("--base", "base", "--candidate", "candidate")
    first = run("gate", *options, "--out", "first", cwd=two.folder)
    assert first.returncode == OK, first.stderr
    (stored,) = (two.folder / "runs").glob("gate-noise-*.json")
    assert f"noise of this machine: not in runs/{stored.name}, so first 16 pairs base against base of 1 cell: 35s more" in first.stderr
    assert f"noise, pair 16/16 {CELL}: 0s left" in first.stderr
    assert len(load.load(two.folder / "first/calibration/first").runs) == 16
    again = run("gate", *options, "--out", "again", cwd=two.folder)
    assert again.returncode == OK and "noise, pair" not in again.stderr
    assert f"noise of this machine: runs/{stored.name}" in again.stderr.splitlines()
    assert "least change found (power 80 %) with" in again.stderr


def test_calibrate_gates_nothing(two):
    (two.folder / "noise.json").unlink()
    done = run("gate", "--calibrate", "--base", "base", "--noise", "noise.json", "--out", "out", "--pairs", "17", cwd=two.folder)
    assert done.returncode == OK, done.stderr
    assert json.loads((two.folder / "noise.json").read_text())["cells"][CELL]["cpu"]["pairs"] == 17
    assert not (two.folder / "out/gate.json").exists()


def test_a_machine_too_noisy_is_refused_before_it_is_measured_on(two):
    two.store({CELL: 0.4})
    done = two.gate()
    assert done.returncode == INVALID
    assert "CPU per message: noise floor 40.0% is more than 3 times 5.0%" in two.found["reasons"][0]
    assert not (two.folder / "out/base").exists()


def test_metrics_can_be_chosen(slower):
    done = slower.gate("--metric", "p99")
    (cell,) = slower.found["cells"]
    assert [metric["metric"] for metric in cell["metrics"]] == ["p99"] and "CPU per message" not in done.stderr + done.stdout


@pytest.mark.parametrize("bound, code", [("*: p99<1s", OK), ("*: p99<1us", REGRESSED)])
def test_absolute_bounds(two, bound, code):
    assert two.gate("--slo", bound).returncode == code
    assert two.found["slo"][0]["verdict"] == ("PASS" if code == OK else "MISSED")


def test_plug_ins_of_two_builds_and_one_program(two):
    done = run("gate", "--candidate", "candidate", "--base-engine", "epoll", "--candidate-engine", "epoll", "--noise", "noise.json",
               "--out", "out", cwd=two.folder)
    assert done.returncode == OK, done.stderr
    assert two.verdicts() == {CELL: "PASS"}
    assert "base:      build directory candidate, epoll" in done.stderr.splitlines()


@pytest.mark.parametrize("options, words", [
    (["--base", "no-such-revision"], "--base no-such-revision: no recvbench program, build directory, checkout or git revision"),
    (["--candidate", "no-such-revision"], "--candidate no-such-revision: no recvbench program"),
    (["--nonsense"], "base: The following argument was not expected: --nonsense"),
    (["--engine", "iocp"], "base: --engine: no such engine"),
    (["--slo", "iocp/*: p99<2ms"], f"no cell matches; the first is {CELL}"),
    (["--slo", "p99"], "--slo 'p99': must be"),
    (["--repeat", "3"], "--repeat: not for a gate: a gate runs as many pairs as it needs"),
    (["--junit", "none/gate.xml"], "none/gate.xml: no such directory"),
    (["--metric", "cpu,p42"], "--metric: p42: one of throughput, cpu, p50, p99, p999, loss"),
    (["--pairs", "15"], "--pairs 15: at least 16"),
    (["--seed", "-1"], "--seed -1: from 0"),
    (["--candidate-engine", "x.so"], "--base-engine and --candidate-engine go together"),
    (["--out", "."], "--out .: is not empty"),
    (["--noise", "base/harness/fake.json"], "base/harness/fake.json: damaged"),
])  # fmt: skip
def test_refusals_in_one_line(two, options, words):
    done = two.gate(*options)
    assert done.returncode == USAGE, (done.stdout, done.stderr)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("gate: ") and words in last
    assert done.stdout == "" and not (two.folder / "out").exists()


def test_without_a_base():
    done = run("gate")
    assert done.returncode == USAGE and done.stderr.startswith("gate: --base is missing: ")


def test_dry_run_measures_nothing(two):
    done = two.gate("--dry-run")
    assert done.returncode == OK and done.stdout == CELL + "\n"
    assert "10 to 32 pairs of each" in done.stderr and not (two.folder / "out").exists()


def test_help_names_every_exit_code():
    done = run("gate", "--help")
    assert done.returncode == OK
    told = " ".join(done.stdout.rpartition("exit codes: ")[2].split())
    for code in ("0 pass", "2 wrong", "10 regression", "11 inconclusive", "12 no comparable", "13 invalid", "130 interrupted"):
        assert code in told


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_a_failure_fails_make_too(slower):
    (slower.folder / "Makefile").write_text(f"gate:\n\t{SCRIPTS}/gate --base base --candidate candidate --noise noise.json --out out\n")
    done = subprocess.run(["make", "gate"], cwd=slower.folder, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "Error 10" in done.stderr


def test_a_failure_fails_a_pipe_too(slower):
    command = f"set -o pipefail; {SCRIPTS}/gate --base base --candidate candidate --noise noise.json --out out | tee gate.txt"
    done = subprocess.run(["bash", "-c", command], cwd=slower.folder, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == REGRESSED
    assert "Gate: REGRESSED (exit code 10)" in (slower.folder / "gate.txt").read_text(encoding="utf-8")


def test_a_reader_that_has_gone_changes_no_verdict(slower):
    command = f"{SCRIPTS}/gate --base base --candidate candidate --noise noise.json --out out | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=slower.folder, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == REGRESSED and slower.verdicts() == {CELL: "REGRESSED"}


def test_progress_is_plain_in_a_ci(two):
    done = two.gate(env={**os.environ, "CI": "true"})
    assert "\r" not in done.stderr and done.stderr.count("pair ") == 20
