"""Ctrl-C finishes the run in flight and keeps what there is; a second one breaks it off, a third ends at once. None leaves a
process behind.
"""

import os
import signal
import time

import pytest

from program import BUSY, INTERRUPTED, PATIENCE, assert_no_generator_left, codes, description, records

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

RUNS = ["--rate", "2k", "--warmup", "200ms", "--repeat", "20"]


def start(program, out, duration="1s", connections="2"):
    """A benchmark of 20 runs, some way into the first."""
    process = program.start("run", "--engine", "iocp" if program.windows else "epoll", *program.of(program.generator),
                            "--out", program.path(out), *RUNS, "--connections", connections, "--duration", duration)
    give_up = time.monotonic() + 60
    while not (out / "runs.jsonl").exists():
        assert process.poll() is None and time.monotonic() < give_up
        time.sleep(0.02)
    time.sleep(0.6)
    return process


# Ctrl-C on a terminal reaches every process of the foreground group; a service manager's SIGTERM only the first.
@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "one process"])
def test_once(program, tmp_path, whole_group):
    out = tmp_path / "out"
    process = start(program, out)
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    result = program.end(process)
    assert result.code == INTERRUPTED, result
    found = records(out)
    assert 1 <= len(found) < 20
    for record in found:
        assert codes(record) <= BUSY, record["reasons"]
        assert record["counts"]["sent"] == record["counts"]["received"] > 1000, "the run in flight is finished"
    assert description(out)["status"] == "interrupted"
    assert result.stderr.splitlines()[-1] == f"recvbench: interrupted after {len(found)} of 20 runs"
    assert "tcp-sink" in result.stdout, "the table of what there is"


def test_terminate(native, tmp_path):
    process = start(native, tmp_path / "out")
    os.kill(process.pid, signal.SIGTERM)
    assert native.end(process).code == INTERRUPTED
    assert 1 <= len(records(tmp_path / "out")) < 20


def own_lines(result):
    """Of stderr. A generator that is left in the middle of its load says so, and under Wine the harness cannot wait for that."""
    return [line for line in result.stderr.splitlines() if not line.startswith("recvbench load: ")]


def interrupt(process, times, whole_group=True):
    for n in range(times):
        time.sleep(0.3 if n else 0)
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)


@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "one process"])
def test_twice(program, tmp_path, whole_group):
    out = tmp_path / "out"
    process = start(program, out, "60s")
    interrupt(process, 2, whole_group)
    second = time.monotonic()
    result = program.end(process)
    assert result.code == INTERRUPTED, result
    assert time.monotonic() - second < 30, "not to the end of the run"
    (record,) = records(out)
    assert codes(record) == {"interrupted"} and not record["valid"] and record["latency"]["response"] is None
    about = description(out)
    assert (about["status"], about["runs_total"], about["runs_valid"]) == ("interrupted", 1, 0)
    assert own_lines(result)[-1] == "recvbench: interrupted after 1 of 20 runs"
    assert "INVALID interrupted" in result.stdout and "the run was broken off before its end" in result.stdout


def test_cells_that_were_never_run_are_named(program, tmp_path):
    out = tmp_path / "out"
    process = start(program, out, "60s", connections="2,3")
    interrupt(process, 2)
    result = program.end(process)
    assert result.code == INTERRUPTED, result
    (record,) = records(out)
    (other,) = {run["cell"] for run in description(out)["plan"]} - {record["cell"]}
    assert own_lines(result)[-2:] == [f"not run: {other}", "recvbench: interrupted after 1 of 40 runs"]


def test_three_times(program, tmp_path):
    out = tmp_path / "out"
    process = start(program, out, "60s")
    for _ in range(3):  # faster than a run can be broken off
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.01)
    third = time.monotonic()
    result = program.end(process)
    assert result.code == INTERRUPTED, result
    assert time.monotonic() - third < 15
    if records(out):
        return  # it was broken off before the third came
    assert description(out)["status"] == "running", "as of a process that was killed"


def test_a_harness_that_is_killed_takes_its_generator_along(program, tmp_path):
    process = start(program, tmp_path / "out")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert_no_generator_left(process.marker)
