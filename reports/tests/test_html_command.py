"""recvbench-report html: of several run directories, and what it writes beside the page."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import make_run
import pytest
from recvbench_report import cli

REPORTS = Path(__file__).parents[1]
SINK = "tcp-sink-64B-c8-10k"


def directory(path, engines=("iocp", "select"), seed=1):
    made = make_run.make(repeat=2, engines=list(engines), scenarios=[SINK], messages=1200, seed=seed)
    return make_run.write(path, made)


def run(capsys, *arguments):
    try:
        code = cli.main([str(a) for a in arguments])
    except SystemExit as exit:
        code = exit.code
    return code, *capsys.readouterr()


def test_also_png_and_csv(capsys, tmp_path):
    a = directory(tmp_path / "a")
    code, out, err = run(capsys, "html", a, "--also", "png,csv")
    written = [Path(line) for line in out.splitlines()]
    assert (code, err) == (0, "") and written[:2] == [a / "report.html", a / "report.csv"]
    assert {file.name for file in written[2:]} >= {"curves-1.png", "cost-1.png", "heatmap-1.png", "order-1.png"}
    assert all(file.parent == a / "report" and file.read_bytes().startswith(b"\x89PNG\r\n") for file in written[2:])
    assert sorted(file.name for file in (a / "report").iterdir()) == sorted(file.name for file in written[2:])
    with (a / "report.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["index"] for row in rows] == ["0", "1", "2", "3"]
    # The page is the one that is written without.
    page = (a / "report.html").read_bytes()
    first = (a / "report" / "cost-1.png").read_bytes()
    assert run(capsys, "html", a, "--also", "png")[0] == 0
    assert (a / "report.html").read_bytes() == page and (a / "report" / "cost-1.png").read_bytes() == first


def test_csv_alone_makes_no_folder(capsys, tmp_path):
    a = directory(tmp_path / "a")
    assert run(capsys, "html", a, "--also", "csv", "--out", tmp_path / "x.html")[1].splitlines() == [str(tmp_path / "x.html"), str(tmp_path / "x.csv")]
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("asked", ["gif", "png,", "", "png,gif"])
def test_other_formats_are_refused(capsys, tmp_path, asked):
    code, out, err = run(capsys, "html", tmp_path, "--also", asked)
    assert (code, out) == (2, "") and "is none of png, csv" in err


def test_a_place_that_cannot_be_written(capsys, tmp_path):
    a = directory(tmp_path / "a")
    (a / "report").write_text("in the way")
    code, _, err = run(capsys, "html", a, "--also", "png")
    assert code == 2 and err.count("\n") == 1 and "report: File exists" in err
    code, out, err = run(capsys, "html", a, "--also", "png", "--out", tmp_path / "report")
    assert (code, out) == (2, "") and "ends in .html" in err


def test_several_directories(capsys, tmp_path):
    a, b = directory(tmp_path / "a"), directory(tmp_path / "b", engines=["wsapoll"], seed=2)
    out = tmp_path / "all.html"
    assert run(capsys, "html", a, b, "--out", out) == (0, f"{out}\n", "")
    text = out.read_text()
    assert all(f'data-cell="{engine}/{SINK}"' in text for engine in ("iocp", "select", "wsapoll"))


def test_several_need_a_place(capsys, tmp_path):
    a, b = directory(tmp_path / "a"), directory(tmp_path / "b", seed=2)
    code, out, err = run(capsys, "html", a, b)
    assert (code, out) == (2, "") and "say --out FILE" in err and err.count("\n") == 1
    code, out, err = run(capsys, "html", a, b, "--out", tmp_path / "x.html", "--history", tmp_path)
    assert (code, out) == (2, "") and "one run directory" in err


def test_several_that_do_not_agree_write_nothing(capsys, tmp_path):
    a, b = directory(tmp_path / "a"), directory(tmp_path / "b")
    code, out, err = run(capsys, "html", a, b, "--out", tmp_path / "x.html")
    assert (code, out) == (2, "") and "holds the same runs as" in err and err.count("\n") == 1
    assert not (tmp_path / "x.html").exists()


def test_the_same_bytes_from_another_process(tmp_path):
    """Whatever its hash seed, and wherever the report is written."""
    a = directory(tmp_path / "a")
    pages = []
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.html"
        command = [sys.executable, "-m", "recvbench_report", "html", str(a), "--out", str(out), "--also", "png"]
        subprocess.run(command, cwd=REPORTS, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONHASHSEED": seed}, timeout=300)
        pages.append([out.read_bytes(), *(file.read_bytes() for file in sorted((tmp_path / seed).iterdir()))])
    assert pages[0] == pages[1] and len(pages[0]) > 5
