"""Ctrl-C finishes the run in flight and keeps what there is; a second one ends at once. Neither leaves a process behind."""

import os
import signal
import time

import pytest

from program import BUSY, INTERRUPTED, PATIENCE, assert_no_generator_left, codes, description, records

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

RUNS = ["--rate", "2k", "--warmup", "200ms", "--repeat", "20", "--connections", "2"]


def start(program, out, duration="1s"):
    """A benchmark of 20 runs, some way into the first."""
    process = program.start("run", "--engine", "iocp" if program.windows else "epoll", *program.of(program.generator),
                            "--out", program.path(out), *RUNS, "--duration", duration)
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


def test_twice(program, tmp_path):
    out = tmp_path / "out"
    process = start(program, out, "30s")
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)
    second = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    result = program.end(process)
    assert result.code == INTERRUPTED, result
    assert time.monotonic() - second < 15
    assert records(out) == []
    assert description(out)["status"] == "running", "as of a process that was killed"


def test_a_harness_that_is_killed_takes_its_generator_along(program, tmp_path):
    process = start(program, tmp_path / "out")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    assert_no_generator_left(process.marker)
