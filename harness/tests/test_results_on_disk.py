"""Results that cannot be written: one line names the place and why, and what was written before stays readable."""

import contextlib
import json
import os
import subprocess

import pytest

from program import INVALID, OK, USAGE, description, records

SHORT = ["--rate", "max", "--warmup", "50ms", "--duration", "200ms", "--connections", "1"]


def test_a_directory_that_holds_results(program, tmp_path):
    out = tmp_path / "out"
    first = program.run(out, *SHORT, "--repeat", "1", engine="null")
    assert first.code == OK, first
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    again = program.run(out, *SHORT, "--repeat", "1", engine="null")
    assert again.code == USAGE, again
    assert again.complaint().startswith(f"--out: {program.shown(out)} already holds results")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_directory_that_cannot_be_made(program, tmp_path):
    (tmp_path / "file").write_text("kept")
    result = program.run(tmp_path / "file" / "out", *SHORT, engine="null")
    assert result.code == USAGE, result
    assert result.complaint().startswith(f"--out: create directory({program.shown(tmp_path / 'file/out')}): ")
    assert (tmp_path / "file").read_text() == "kept"


@contextlib.contextmanager
def file_system(path, options):
    """A small file system of its own; a test that cannot have one is skipped by name."""
    if os.name == "nt":
        pytest.skip("no file system to mount here")
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", path], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip("no right to mount a file system here")
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


def test_a_directory_that_may_not_be_written(program, tmp_path):
    with file_system(tmp_path / "disk", "ro,size=64k") as disk:
        result = program.run(disk / "out", *SHORT, engine="null")
    assert result.code == USAGE, result
    assert result.complaint().startswith(f"--out: create directory({program.shown(disk / 'out')}): ")


def test_a_full_disk_before_the_first_run(program, tmp_path):
    with file_system(tmp_path / "disk", "size=4k") as disk:
        result = program.run(disk / "out", *SHORT, engine="null")
        left = [path for path in (disk / "out").iterdir()] if (disk / "out").exists() else []
    assert result.code == USAGE, result
    assert result.complaint().startswith(f"--out: write({program.shown(disk / 'out')}/"), result
    assert left == []


def test_a_disk_that_fills_up(program, tmp_path):
    with file_system(tmp_path / "disk", "size=40k") as disk:
        out = disk / "out"
        result = program.run(out, *SHORT, "--repeat", "40", engine="null")
        kept = out.joinpath("runs.jsonl").read_text(encoding="utf-8")
        whole = kept[: kept.rindex("\n")].splitlines()
        tmp = [path.name for path in out.iterdir() if path.name not in ("run.json", "runs.jsonl", "latency.hlog")]
        description(out)
    assert result.code == INVALID, result
    errors = [line for line in result.stderr.splitlines() if line.startswith("recvbench: ")]
    assert len(errors) == 1 and result.stderr.splitlines()[-1] == errors[0], result
    assert "out" in errors[0] and "write" in errors[0], errors
    assert [json.loads(line)["index"] for line in whole] == list(range(len(whole))) and whole, "what was written before"
    assert tmp == []


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["run", "--dry-run"]])
def test_output_that_does_not_arrive(native, arguments):
    with open("/dev/full", "wb") as full:
        result = native(*arguments, stdout=full)
    assert result.code == INVALID, result
    assert result.complaint() == "standard output: cannot be written"


def test_nothing_is_written_outside_the_directory(program, tmp_path):
    result = program.run(tmp_path / "deep" / "out", *SHORT, "--repeat", "1", engine="null", cwd=tmp_path)
    assert result.code == OK, result
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep"]
    assert sorted(path.name for path in (tmp_path / "deep/out").iterdir()) == ["latency.hlog", "run.json", "runs.jsonl"]
    assert len(records(tmp_path / "deep/out")) == 1
