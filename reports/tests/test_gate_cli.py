"""recvbench-report gate and compare: exit codes, files that are whole or not there, and damaged inputs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import gate_documents
import make_run
import page
import pytest
from command_line import refused, run
from gate_sides import CELLS, MAX, OPEN, runs, write
from recvbench_report import cli, load

LAUNCHER = Path(__file__).parents[2] / "scripts" / "recvbench-report"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sides")
    write(folder / "base", runs())
    write(folder / "same", runs(begin=1))
    write(folder / "slow", runs(begin=1, cpu=1.3))
    return folder


@pytest.fixture
def sides(template, tmp_path):
    shutil.copytree(template, tmp_path / "sides")
    return tmp_path / "sides"


def test_pass(capsys, sides):
    code, out, err = run(capsys, "gate", sides / "base", sides / "same")
    assert (code, err) == (0, "") and "Gate: PASS (exit code 0)" in out
    assert out.count("PASS  ") == 3


def test_regression(capsys, sides):
    code, out, _ = run(capsys, "gate", sides / "base", sides / "slow")
    assert code == 10 and f"REGRESSED  iocp/{OPEN} (10 pairs)" in out


def test_compare_shows_and_does_not_judge(capsys, sides):
    code, out, _ = run(capsys, "compare", sides / "base", sides / "slow")
    assert code == 0 and "REGRESSED" in out and "Gate:" not in out


def test_all_outputs(capsys, sides, tmp_path):
    j, x, m = tmp_path / "gate.json", tmp_path / "gate.xml", tmp_path / "gate.md"
    code, out, _ = run(capsys, "gate", sides / "base", sides / "slow", "--json", j, "--junit", x, "--markdown", m, "--annotations")
    document = gate_documents.checked(json.loads(j.read_text(encoding="utf-8")))
    assert (code, document["exit_code"], document["verdict"]) == (10, 10, "REGRESSED")
    assert ElementTree.parse(x).getroot().get("failures") == "1"
    assert m.read_text(encoding="utf-8").startswith("## Gate: REGRESSED")
    assert "::error title=REGRESSED" in out


def test_page(capsys, sides, tmp_path):
    written = []
    for command, expected in (("compare", 0), ("gate", 10)):
        target = tmp_path / f"{command}.html"
        code, out, err = run(capsys, command, sides / "base", sides / "slow", "--html", target)
        assert (code, err) == (expected, "") and "REGRESSED" in out
        written.append(target.read_text(encoding="utf-8"))
    assert written[0] == written[1]
    shown = page.parse(written[0])
    assert "REGRESSED" in shown.one("h1").text and "Wine 8.0, not Windows" in shown.one("title").text
    assert "Example CPU 3000, 4 logical CPUs" in shown.one("section", id="sides").text
    assert "recvbench 0.1.0" in shown.one("section", id="sides").text


def test_no_page_of_nothing(capsys, sides, tmp_path):
    target = tmp_path / "x.html"
    refused(capsys, 12, "no baseline", "compare", tmp_path / "nowhere", sides / "same", "--html", target)
    assert not target.exists()
    run(capsys, "gate", tmp_path / "nowhere", sides / "same", "--html", target)
    assert page.parse(target.read_text(encoding="utf-8")).one("h1").text == "NO BASELINE: no cell was compared"


def test_a_page_that_cannot_be_written(capsys, sides, tmp_path):
    compare = ("compare", sides / "base", sides / "same", "--html")
    refused(capsys, 2, "no such directory", *compare, tmp_path / "nowhere" / "x.html")
    before = (sides / "base" / "run.json").read_bytes()
    refused(capsys, 2, "is one of the files to be read", *compare, sides / "base" / "run.json")
    assert (sides / "base" / "run.json").read_bytes() == before


def test_hostile_names_in_every_output(capsys, sides, tmp_path):
    for side in ("base", "slow"):
        made = runs(begin=side != "base", cpu=1.3 if side != "base" else 1.0)
        for one in made:
            one["cell"] = one["cell"].replace("iocp", "<&\"'|`\x1b[31m\ud800::error::x")
        write(sides / side, made)
    j, x, m = tmp_path / "gate.json", tmp_path / "gate.xml", tmp_path / "gate.md"
    code, out, _ = run(capsys, "gate", sides / "base", sides / "slow", "--json", j, "--junit", x, "--markdown", m, "--annotations")
    assert code == 10 and "\x1b" not in out
    name = json.loads(j.read_text(encoding="utf-8"))["cells"][0]["cell"]
    assert ElementTree.parse(x).find("testcase").get("name") == name and "<&\"'" in name
    assert "<" not in m.read_text(encoding="utf-8")
    assert not [line for line in out.splitlines() if line.startswith("::error::x")]


def test_slo(capsys, sides):
    assert run(capsys, "gate", sides / "base", sides / "same", "--slo", "iocp/*: p99<1s", "--slo", "*: p50<1s")[0] == 0
    code, out, _ = run(capsys, "gate", sides / "base", sides / "same", "--slo", "iocp/*: p50<1ns")
    assert code == 10 and out.count("MISSED  ") == 2
    assert run(capsys, "gate", sides / "base", sides / "same", "--slo", "rio/*: p50<1s")[0] == 13


def test_bounds_are_checked_before_anything_is_read(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["gate", "nowhere", "nowhere", "--slo", "iocp/*: p42<1s"])
    assert caught.value.code == 2 and "must be a pattern of cells" in capsys.readouterr().err


def test_no_baseline(capsys, sides, tmp_path):
    x = tmp_path / "gate.xml"
    code, out, _ = run(capsys, "gate", sides / "nowhere", sides / "same", "--junit", x)
    assert code == 12 and "no baseline" in out and ElementTree.parse(x).getroot().get("errors") == "1"
    refused(capsys, 12, "no such directory", "compare", sides / "nowhere", sides / "same")
    refused(capsys, 2, "no such directory", "gate", sides / "base", sides / "nowhere")


@pytest.mark.parametrize("side", ["base", "same"])
def test_empty_results(capsys, sides, side):
    (sides / side / "runs.jsonl").write_text("")
    code, out, _ = run(capsys, "gate", sides / "base", sides / "same", "--allow-missing", "--inconclusive", "warn")
    assert code == 13 and "holds no run" in out
    refused(capsys, 13, "holds no run", "compare", sides / "base", sides / "same")


def test_invalid_results(capsys, sides):
    made = runs(begin=1)
    for one in made:
        make_run.invalidate(one, "unsteady", "it drifted")
    write(sides / "same", made)
    code, out, _ = run(capsys, "gate", sides / "base", sides / "same", "--allow-missing")
    assert code == 13 and out.count("candidate: unsteady: it drifted") >= 3


def test_too_few_rounds(capsys, sides):
    write(sides / "same", runs(rounds=9, begin=1))
    code, out, _ = run(capsys, "gate", sides / "base", sides / "same", "--inconclusive", "warn")
    assert code == 11 and "9 pairs: at least 10 are needed" in out and "have no partner" in out


def test_across_machines(capsys, sides):
    made = runs(begin=1)
    write(sides / "same", made, environment=make_run.description(None, made, wine="")["environment"])
    for extra in ((), ("--allow-missing",)):
        code, out, _ = run(capsys, "gate", sides / "base", sides / "same", *extra)
        assert code == 12 and "Wine 8.0 and no Wine" in out
    assert run(capsys, "compare", sides / "base", sides / "same")[0] == 12


def test_cells_of_one_side(capsys, sides):
    write(sides / "same", runs(begin=1, cells=(*CELLS, ("select", MAX))))
    assert run(capsys, "gate", sides / "base", sides / "same")[0] == 0
    code, out, _ = run(capsys, "gate", sides / "same", sides / "base")
    assert code == 12 and f"GONE  select/{MAX}" in out
    assert run(capsys, "gate", sides / "same", sides / "base", "--allow-missing")[0] == 0


def test_control(capsys, sides):
    write(sides / "again", runs(begin=2))
    code, out, _ = run(capsys, "gate", sides / "base", sides / "same", "--control", sides / "again")
    assert code == 0 and "Control: the same build" in out and "nobody knows" not in out
    write(sides / "again", runs(begin=2, cpu=1.04))
    code, out, _ = run(capsys, "gate", sides / "base", sides / "slow", "--control", sides / "again")
    assert code == 11 and "machine contaminated" in out


def test_sides_that_were_measured_apart_are_told(capsys, sides):
    assert "back to back" not in run(capsys, "gate", sides / "base", sides / "same")[1]
    write(sides / "same", runs(begin=10**15))
    assert "no cell's pairs were measured back to back" in " ".join(run(capsys, "gate", sides / "base", sides / "same")[1].split())


def test_emulated_engines_are_named(capsys, sides):
    for side in ("base", "same"):
        write(sides / side, runs(begin=side == "same", cells=(("rio", OPEN),)))
    assert "emulated: rio ran on an emulation of its API" in run(capsys, "gate", sides / "base", sides / "same")[1]


# Damage. Each gets one line that names the place.


def edit(path, change, line=None):
    if line is None:
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
    else:
        lines = path.read_text().splitlines()
        document = json.loads(lines[line])
        change(document)
        lines[line] = json.dumps(document)
        path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda r: r["schema"].update(major=2), "recvbench.run 2.0"),
        (lambda r: r["counts"].update(sent=-1), "counts.sent"),
        (lambda r: r["cost"].update(cpu_ns_per_message=float("nan")), "NaN is not a number"),
        (lambda r: r["cost"].update(cpu_ns_per_message=float("inf")), "Infinity is not a number"),
        (lambda r: r["counts"].update(sent=10**300), "too large a number"),
        (lambda r: r["cost"].update(cpu_ns_per_message="fast"), "cost.cpu_ns_per_message"),
        (lambda r: r.update(valid=1), "valid"),
        (lambda r: r.pop("timing"), "'timing' is a required property"),
        (lambda r: r.update(index=0), "run 0 a second time; line 1 has it already"),
    ],
)
@pytest.mark.parametrize("command", ["gate", "compare"])
def test_damaged_records(capsys, sides, change, words, command):
    edit(sides / "same" / "runs.jsonl", change, line=4)
    refused(capsys, 2, words, command, sides / "base", sides / "same")


def test_a_number_that_overflows(capsys, sides):
    path = sides / "same" / "runs.jsonl"
    lines = path.read_text().splitlines()
    lines[2] = lines[2].replace('"warmup_ns": 1000000000', '"warmup_ns": 1e999')
    path.write_text("\n".join(lines) + "\n")
    refused(capsys, 2, "runs.jsonl:3: not JSON: 1e999 is too large a number", "gate", sides / "base", sides / "same")


def test_a_cell_with_two_runs_of_a_round(capsys, sides):
    edit(sides / "same" / "runs.jsonl", lambda r: r.update(round=0), line=5)
    refused(capsys, 2, "has two runs of round 0", "gate", sides / "base", sides / "same")


@pytest.mark.parametrize(
    "text, words", [("", "not JSON"), ("[]", "not a JSON object"), ('{"schema"', "not JSON"), ("[" * 100_000, "not JSON")]
)
def test_damaged_description(capsys, sides, text, words):
    (sides / "same" / "run.json").write_text(text)
    refused(capsys, 2, words, "gate", sides / "base", sides / "same")


def test_no_text_at_all(capsys, sides):
    (sides / "same" / "runs.jsonl").write_bytes(b"\xff\xfe\x00" * 1000 + b"\n")
    refused(capsys, 2, "runs.jsonl:1: not JSON", "gate", sides / "base", sides / "same")


def test_a_cut_off_last_line_costs_that_run(capsys, sides):
    path = sides / "same" / "runs.jsonl"
    path.write_text(path.read_text()[:-200])
    code, out, _ = run(capsys, "gate", sides / "base", sides / "same")
    assert code == 11 and "the last line is cut off" in out


def test_a_file_of_a_gigabyte(capsys, sides):
    with (sides / "same" / "runs.jsonl").open("r+b") as file:
        file.truncate(1 << 30)
    refused(capsys, 2, "larger than 512 MiB", "gate", sides / "base", sides / "same")


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need a privilege on Windows")
def test_an_input_that_is_a_symbolic_link(capsys, sides):
    target = sides / "same" / "runs.jsonl"
    target.rename(sides / "elsewhere")
    target.symlink_to(sides / "elsewhere")
    refused(capsys, 2, "is a symbolic link", "gate", sides / "base", sides / "same")


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need a privilege on Windows")
@pytest.mark.parametrize("option", ["--json", "--junit", "--markdown", "--html"])
def test_an_output_that_is_a_symbolic_link(capsys, sides, tmp_path, option):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "out").symlink_to(precious)
    refused(capsys, 2, "out: is a symbolic link; nothing was written", "gate", sides / "base", sides / "same", option, tmp_path / "out")
    assert precious.read_text() == "mine" and (tmp_path / "out").is_symlink()


def test_outputs_that_cannot_be_written(capsys, sides, tmp_path):
    gate = ("gate", sides / "base", sides / "same")
    refused(capsys, 2, "no such directory", *gate, "--json", tmp_path / "nowhere" / "gate.json")
    refused(capsys, 2, "is a directory", *gate, "--json", tmp_path)
    refused(capsys, 2, "is given for two outputs", *gate, "--json", tmp_path / "x", "--junit", tmp_path / "x")
    before = (sides / "base" / "run.json").read_bytes()
    refused(capsys, 2, "is one of the files to be read", *gate, "--json", sides / "base" / "run.json")
    assert (sides / "base" / "run.json").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sides"]


def test_a_failure_leaves_the_old_file(capsys, sides, tmp_path, monkeypatch):
    (tmp_path / "gate.json").write_text("old")

    def disk_full(*_):
        raise OSError(28, "No space left on device", str(tmp_path / "gate.json"))

    monkeypatch.setattr(os, "replace", disk_full)
    refused(capsys, 2, "No space left on device", "gate", sides / "base", sides / "same", "--json", tmp_path / "gate.json")
    assert (tmp_path / "gate.json").read_text() == "old" and not list(tmp_path.glob("*.tmp"))


def test_histograms_are_not_read(sides, monkeypatch):
    def no(*_):
        raise AssertionError

    monkeypatch.setattr(load, "_log", no)
    assert cli.main(["gate", str(sides / "base"), str(sides / "same")]) == 0


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("bash"), reason="the launcher is a bash script")
def test_the_failure_fails_the_job(sides, tmp_path):
    command = f"'{LAUNCHER}' gate '{sides / 'base'}' '{sides / 'slow'}'"

    def code(*arguments):
        return subprocess.run(arguments, capture_output=True, timeout=120).returncode

    assert code("bash", "-c", command) == 10
    assert code("bash", "-o", "pipefail", "-c", f"{command} | tee '{tmp_path / 'log'}'") == 10
    assert "Gate: REGRESSED" in (tmp_path / "log").read_text(encoding="utf-8")
    # Who reads only the first line does not change the verdict.
    assert code("bash", "-c", f"{command} | head -n 0; exit ${{PIPESTATUS[0]}}") == 10
    assert code("bash", "-c", f"{command} >/dev/full") == 10
    assert code("bash", "-c", f"{command.replace('/slow', '/same')} >/dev/full") == 2


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("make"), reason="make is not installed")
def test_the_failure_fails_make(sides, tmp_path):
    (tmp_path / "Makefile").write_text(f"gate:\n\t'{LAUNCHER}' gate '{sides / 'base'}' '{sides / 'slow'}'\n")
    done = subprocess.run(["make", "-C", tmp_path, "gate"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "Error 10" in done.stderr
