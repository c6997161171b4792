"""The command: exit codes, one line on stderr, and files that are whole or not there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import make_run
import pytest
from recvbench_report import cli, html

LAUNCHER = Path(__file__).parents[2] / "scripts" / "recvbench-report"


@pytest.fixture
def small(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    return make_run.write(tmp_path / "run", made)


def run(capsys, *arguments):
    code = cli.main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def fails(capsys, code, words, *arguments):
    actual, out, err = run(capsys, *arguments)
    assert (actual, out) == (code, "")
    assert err.startswith("recvbench-report: ") and err.count("\n") == 1 and words in err


def test_writes_beside_the_runs_and_prints_the_path(capsys, small):
    assert run(capsys, "html", small) == (0, f"{small / 'report.html'}\n", "")
    assert (small / "report.html").read_text().startswith("<!doctype html>")
    if os.name == "posix":
        assert (small / "report.html").stat().st_mode & 0o777 == 0o644
    assert sorted(p.name for p in small.iterdir()) == ["latency.hlog", "report.html", "run.json", "runs.jsonl"]


def test_writes_where_told(capsys, small, tmp_path):
    assert run(capsys, "html", small, "--out", tmp_path / "r.html")[0] == 0
    assert (tmp_path / "r.html").exists() and not (small / "report.html").exists()


def test_usage(capsys):
    for arguments in ([], ["html"], ["paint", "x"], ["html", "x", "--colour"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 2
    capsys.readouterr()


def test_bad_input(capsys, small, tmp_path):
    fails(capsys, 2, "no such directory", "html", tmp_path / "nowhere")
    fails(capsys, 2, "not a run directory", "html", tmp_path)
    (small / "runs.jsonl").write_text("{nonsense\n")
    fails(capsys, 2, "runs.jsonl:1: not JSON", "html", small)
    assert not (small / "report.html").exists()


def test_no_run_at_all_is_never_green(capsys, small):
    (small / "runs.jsonl").write_text("")
    fails(capsys, 13, "holds no run", "html", small)
    assert not (small / "report.html").exists()


def test_no_valid_run_is_still_reported(capsys, tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    make_run.invalidate(made[0][0], "clock", "-3 us")
    directory = make_run.write(tmp_path / "run", made)
    assert run(capsys, "html", directory)[0] == 0
    assert "Not valid: none of 1 runs" in (directory / "report.html").read_text()


def test_a_cut_off_line_is_a_warning(capsys, small):
    with (small / "runs.jsonl").open("a") as file:
        file.write('{"schema":')
    code, out, err = run(capsys, "html", small)
    assert code == 0 and out
    assert err.startswith("recvbench-report: warning: runs.jsonl:2: ") and err.count("\n") == 1


def test_out_that_cannot_be_written(capsys, small, tmp_path):
    fails(capsys, 2, "No such file or directory", "html", small, "--out", tmp_path / "nowhere" / "r.html")
    fails(capsys, 2, f"{tmp_path / 'nowhere' / 'r.html'}: ", "html", small, "--out", tmp_path / "nowhere" / "r.html")
    (tmp_path / "directory").mkdir()
    fails(capsys, 2, "Is a directory" if os.name == "posix" else "Access is denied", "html", small, "--out", tmp_path / "directory")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["directory", "run"]


def test_a_failure_leaves_the_old_report(capsys, small, monkeypatch):
    (small / "report.html").write_text("old")

    def disk_full(*_):
        raise OSError(28, "No space left on device", str(small / "report.html"))

    monkeypatch.setattr(os, "replace", disk_full)
    fails(capsys, 2, "No space left on device", "html", small)
    assert (small / "report.html").read_text() == "old"
    assert not list(small.glob("*.tmp"))


def test_a_bug_leaves_no_report(small, monkeypatch):
    """What is not foreseen is a crash with a traceback and exit code 1, never a half-written report."""

    def bug(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(html, "render", bug)
    with pytest.raises(ZeroDivisionError):
        cli.main(["html", str(small)])
    assert not (small / "report.html").exists()


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("bash"), reason="the launcher is a bash script")
def test_launcher(small, tmp_path):
    done = subprocess.run(
        [LAUNCHER, "html", small, "--out", "r.html"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "r.html\n", "")
    assert (tmp_path / "r.html").stat().st_size > 10_000
    assert subprocess.run([LAUNCHER, "html", tmp_path], capture_output=True, timeout=120).returncode == 2
