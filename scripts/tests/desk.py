"""The folder in which the documentation's commands run: what their placeholders and file names stand for lies there."""

import json
import shutil
import subprocess

import shortened
from documented import ROOT
from gate_bench import Bench
from runner import run
from test_semantics_table import case

import make_history  # of reports/tests, which gate_bench makes importable

EXAMPLE = ROOT / "reports/example/run.tar.gz"  # holds run/ and open-loop/
PLUGIN = ROOT / shortened.PLUGIN


def lay(folder):
    """Programs that measure nothing (base, same) with a stored noise, what a gate and a baseline of them leave, run directories."""
    bench = Bench(folder)
    bench.make("base")
    bench.make("same")
    _made(run("gate", "--base", "base", "--candidate", "same", "--noise", "noise.json", "--out", "gated", cwd=folder))
    _made(run("baseline", "update", "--base", "base", "--noise", "noise.json", "--baselines", "baselines", "--name", "stored", "--out",
              "series", cwd=folder))  # fmt: skip
    (folder / "runs").mkdir(exist_ok=True)
    shutil.copytree(folder / "series/calibration/second", folder / "runs/now")
    shutil.unpack_archive(EXAMPLE, folder)
    make_history.write(folder / "history", 8)
    (folder / "out").mkdir()
    (folder / "out/semantics.json").write_text(json.dumps({"testsuites": [{"name": "Flags", "testsuite": [case()]}]}), encoding="utf-8")
    if PLUGIN.is_file():
        for place in (".", "build", "old", "new"):
            (folder / place).mkdir(exist_ok=True)
            shutil.copy(PLUGIN, folder / place / PLUGIN.name)
    return folder


def shell(line, folder, environment, limit):
    """Runs it as a user would; whatever it started ends with it."""
    return subprocess.run(["timeout", "--kill-after=5", str(limit), "bash", "-c", line], cwd=folder, env=environment, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)  # fmt: skip


def _made(done):
    assert done.returncode == 0, (done.stdout, done.stderr)
