"""scripts/truth: what it refuses, and one short experiment from end to end. What the figures are is no test's business here."""

import json

import pytest
from runner import SCRIPTS, run

PROGRAM = SCRIPTS.parent / "out/build/linux/harness/recvbench"


@pytest.mark.parametrize("arguments, words", [(["nonsense"], "nonsense: one of counts, cpu, delay"),
                                              (["--cpu", "9999"], "--cpu 9999: one of"),
                                              (["--pairs", "5"], "--pairs 5: at least 6"),
                                              (["--duration", "0.1"], "--duration 0.1: at least 0.5")])
def test_refusals(arguments, words):
    done = run("truth", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert words in done.stderr.splitlines()[-1]


def test_help_says_what_is_claimed():
    done = run("truth", "--help")
    assert done.returncode == 0
    for word in ("stall", "a slowed generator is declared generator-bound", "Exit codes"):
        assert word in done.stdout


def test_one_experiment_makes_a_table(tmp_path):
    if not (PROGRAM.parents[1] / "engines/tests/plugin/plugin_liar.so").exists():
        pytest.skip("plugin_liar is not built")
    found = tmp_path / "rows.json"
    done = run("truth", "generator", "--rounds", "1", "--duration", "0.5", "--program", PROGRAM, "--json", found)
    assert done.returncode in (0, 13), (done.stdout, done.stderr)  # 13: the machine is busy
    slowed, control = json.loads(found.read_text())
    assert slowed["verdict"] == "ok" and slowed["runs"] == 1
    assert control["verdict"] in ("ok", "not resolved")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["experiment", "what", "expected", "measured", "allowed", "n", "verdict"] and len(lines) == 4
