"""The example jobs of scripts/ci and our own workflows: YAML that parses, and commands that do what they say."""

import os
import re
import shlex
import shutil
import subprocess

import pytest
import yaml
from gate_bench import CELL, Bench
from runner import SCRIPTS, run

from paired import arguments

ROOT = SCRIPTS.parent
WORKFLOWS = [ROOT / ".github/workflows/ci.yml", ROOT / ".github/workflows/gate.yml", SCRIPTS / "ci/github.yml"]


def parsed(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def gate_inputs():
    # YAML 1.1 reads the key "on" as true.
    return parsed(ROOT / ".github/workflows/gate.yml")[True]["workflow_call"]["inputs"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_parse_and_their_scripts_exist(path):
    jobs = parsed(path)["jobs"]
    assert jobs
    for job in jobs.values():
        assert "uses" in job or job["steps"]
        for step in job.get("steps", []):
            for word in re.findall(r"(?:\.ci|scripts)[/\\][\w/\\.-]+", step.get("run", "")):
                script = ROOT / word.replace("\\", "/")
                assert script.is_file() and (script.suffix == ".cmd" or os.access(script, os.X_OK)), word


@pytest.mark.parametrize("path", [WORKFLOWS[0], WORKFLOWS[2]], ids=lambda path: path.name)
def test_callers_of_the_gate_give_what_it_takes(path):
    (job,) = [job for job in parsed(path)["jobs"].values() if "uses" in job]
    assert (ROOT / job["uses"]).resolve() == ROOT / ".github/workflows/gate.yml"
    assert set(job.get("with", {})) <= set(gate_inputs())


def gate_options():
    """Every option text of the workflows, as the gate is given it."""
    texts = {f"default {name}": one["default"] for name, one in gate_inputs().items() if name != "base"}
    (job,) = parsed(SCRIPTS / "ci/github.yml")["jobs"].values()
    return texts | {f"example {name}": text for name, text in job["with"].items()}


@pytest.mark.parametrize("name", gate_options())
def test_options_are_those_of_a_gate(name):
    asked, for_runs = arguments.parse(["--base", "HEAD~1", *shlex.split(gate_options()[name])])
    assert asked.base == "HEAD~1" and for_runs[0] == "--engine"


@pytest.mark.parametrize("name", [name for name in gate_options() if name.endswith("debian")])
def test_debian_options_select_cells(name, tmp_path):
    program = ROOT / "out/build/linux/harness/recvbench"
    if not program.exists():
        pytest.skip("recvbench is not built")
    done = run("gate", "--base", program, "--candidate", program, "--dry-run", *shlex.split(gate_options()[name]), cwd=tmp_path)
    if "not available here" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0 and len(done.stdout.splitlines()) >= 2, done.stderr


@pytest.fixture
def slower(tmp_path):
    bench = Bench(tmp_path)
    bench.make("base")
    bench.make("candidate", cost=1.2)
    bench.make("same")
    return bench


def shell(bench, *arguments, **environment):
    return subprocess.run([SCRIPTS / "ci/gate.sh", *arguments], cwd=bench.folder, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, env={**os.environ, **environment})  # fmt: skip


def test_the_shell_job_fails_and_leaves_everything(slower):
    done = shell(slower, "base", "--candidate", "candidate", "--noise", "noise.json", GITHUB_ACTIONS="")
    assert done.returncode == 10, (done.stdout, done.stderr)
    assert "::error" not in done.stdout
    assert sorted(path.name for path in (slower.folder / "gate").iterdir()) == ["gate.json", "junit.xml", "report.html", "runs", "summary.md", "table.txt"]
    assert (slower.folder / "gate/table.txt").read_text(encoding="utf-8") == done.stdout


def test_the_shell_job_on_github(slower):
    summary = slower.folder / "summary"
    summary.write_text("before\n")
    done = shell(slower, "base", "--candidate", "candidate", "--noise", "noise.json", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 10 and f"::error title=REGRESSED%3A {CELL}" in done.stdout
    assert summary.read_text(encoding="utf-8").startswith("before\n") and "REGRESSED" in summary.read_text(encoding="utf-8")


def test_the_shell_job_passes(slower):
    assert shell(slower, "base", "--candidate", "same", "--noise", "noise.json").returncode == 0


def test_the_shell_job_without_a_base(tmp_path):
    done = subprocess.run([SCRIPTS / "ci/gate.sh"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr.startswith("ci/gate.sh: BASE is missing") and list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_the_make_target(slower):
    command = ["make", "-f", SCRIPTS / "ci/Makefile", "gate", f"GATE={SCRIPTS / 'gate'}", "BASE=base"]
    same = "OPTIONS=--candidate same --noise noise.json --out out"
    assert subprocess.run([*command, same], cwd=slower.folder, capture_output=True, timeout=60).returncode == 0
    shutil.rmtree(slower.folder / "out")
    worse = subprocess.run([*command, same.replace("same", "candidate")], cwd=slower.folder, capture_output=True, text=True, timeout=60)
    assert worse.returncode == 2 and "Error 10" in worse.stderr


def test_the_make_targets_own_options():
    text = (SCRIPTS / "ci/Makefile").read_text(encoding="utf-8")
    options = re.search(r"^OPTIONS \?= (.*)$", text, re.MULTILINE)[1]
    arguments.parse(["--base", "HEAD~1", *shlex.split(options)])
