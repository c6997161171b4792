"""The shell scripts' own promises that need neither a build nor Wine: totals, refusals, clear errors, any directory."""

import os
from pathlib import Path

import pytest
from runner import SCRIPTS, run

GTEST = """<testsuite name="t">
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>
<system-out>x.cpp:7: Skipped
Wine answers WSAEINVAL
</system-out></testcase>
{extra}</testsuite>"""


def totals(tmp_path, *suites, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.xml").write_text(text)
    return run("test-totals", tmp_path, *(suites or files))


def test_totals_of_two_suites(tmp_path):
    done = totals(tmp_path, linux=GTEST.format(extra=""), python="<testsuites><testsuite><testcase/></testsuite></testsuites>")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert "linux: 2 passed, 0 failed, 1 skipped" in lines
    assert "  skipped 1x: Wine answers WSAEINVAL" in lines
    assert lines[-1] == "3 passed, 0 failed, 1 skipped"


@pytest.mark.parametrize("tag", ["failure", "error"])
def test_totals_of_a_failure(tmp_path, tag):
    done = totals(tmp_path, linux=GTEST.format(extra=f"<testcase><{tag}/></testcase>"))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "2 passed, 1 failed, 1 skipped"


@pytest.mark.parametrize("text", ["<testsuite/>", "<testsuite><testcase><skipped/></testcase></testsuite>", "<testsuite>", ""])
def test_totals_of_nothing_executed(tmp_path, text):
    assert totals(tmp_path, linux=text).returncode == 1


def test_totals_of_an_absent_report(tmp_path):
    done = totals(tmp_path, "linux", "mingw", linux=GTEST.format(extra=""))
    assert done.returncode == 1
    assert "mingw: no report" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed, 1 skipped"


SHARDS = """<testsuite><testcase name="t.shard-0"/><testcase name="t.shard-1">{second}</testcase><testcase name="A.alone"/></testsuite>"""
SHARD = """<testsuites><testsuite>
<testcase name="a" status="run"/><testcase name="b">{extra}</testcase>
<testcase name="c"><skipped message="x.cpp:7&#x0A;Wine answers WSAEINVAL&#x0A;and more"/></testcase>
</testsuite></testsuites>"""


def shards(tmp_path, reports, second=""):
    (tmp_path / "mingw").mkdir()
    for number, extra in reports.items():
        (tmp_path / "mingw" / f"t.shard-{number}.xml").write_text(SHARD.format(extra=extra))
    return totals(tmp_path, mingw=SHARDS.format(second=second))


def test_totals_of_shards_are_of_their_cases(tmp_path):
    done = shards(tmp_path, {0: "", 1: ""})
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "mingw: 5 passed, 0 failed, 2 skipped", "  skipped 2x: Wine answers WSAEINVAL", "5 passed, 0 failed, 2 skipped",
    ]  # fmt: skip


def test_totals_of_shards_with_a_failure(tmp_path):
    done = shards(tmp_path, {0: "", 1: "<failure/>"}, "<failure/>")
    assert done.returncode == 1 and done.stdout.splitlines()[-1] == "4 passed, 1 failed, 2 skipped"


@pytest.mark.parametrize("reports", [{0: ""}, {0: "", 1: ""}], ids=["before-its-report", "after-its-report"])
def test_totals_of_a_shard_that_crashed(tmp_path, reports):
    done = shards(tmp_path, reports, "<failure/>")
    assert done.returncode == 1 and " 1 failed, " in done.stdout.splitlines()[-1]


def test_totals_of_a_shard_without_a_report(tmp_path):
    """It is said to have passed, and nobody knows what."""
    done = shards(tmp_path, {0: ""})
    assert done.returncode == 1 and done.stdout.splitlines()[-1] == "3 passed, 1 failed, 1 skipped"


@pytest.mark.parametrize("script", ["setup", "test"])
def test_unknown_argument(script, tmp_path):
    done = run(script, "--nonsense", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{script}: --nonsense: one of ")
    assert len(done.stderr.splitlines()) == 1


def test_missing_wine(tmp_path):
    done = run("wine-run", "x.exe", env={**os.environ, "RECVBENCH_WINE": str(tmp_path / "wine64")})
    assert done.returncode == 127
    assert done.stderr == f"wine-run: {tmp_path}/wine64 is missing; scripts/setup installs it\n"


def test_wine_prefix_that_cannot_be_made(tmp_path):
    wine = tmp_path / "wine 64"
    wine.write_text("#!/bin/sh\nexit 3\n")
    wine.chmod(0o755)
    done = run("wine-run", "x.exe", env={**os.environ, "RECVBENCH_WINE": str(wine), "RECVBENCH_WINEPREFIX": str(tmp_path / "p")})
    assert done.returncode == 127
    assert done.stderr == f"wine-run: making the Wine prefix {tmp_path}/p failed\n"


def test_wine_prefix_is_made_once_and_arguments_arrive(tmp_path):
    wine = tmp_path / "wine 64"
    wine.write_text('#!/bin/sh\nprintf "%s|" "$@" >>"$LOG"; echo >>"$LOG"; mkdir -p "$WINEPREFIX"\n')
    wine.chmod(0o755)
    log = tmp_path / "log"
    env = {**os.environ, "RECVBENCH_WINE": str(wine), "RECVBENCH_WINEPREFIX": "in here", "LOG": str(log)}
    for _ in range(2):
        assert run("wine-run", "x.exe", "two words", env=env, cwd=tmp_path).returncode == 0
    assert log.read_text().splitlines() == ["wineboot|-i|", "winecfg|/v|win10|", "x.exe|two words|", "x.exe|two words|"]
    assert (tmp_path / "in here" / ".ready").exists()


# The Windows scripts as far as Wine's cmd can take them: it has no compiler.


@pytest.fixture(scope="module")
def cmd():
    if not Path("/usr/lib/wine/wine64").exists():
        pytest.skip("Wine is not installed")

    def call(script, *arguments, cwd=SCRIPTS):
        path = "Z:" + str(SCRIPTS / script).replace("/", "\\")
        return run("wine-run", "cmd", "/c", path, *arguments, cwd=cwd)

    return call


def test_windows_test_script_takes_no_arguments(cmd):
    done = cmd("test.cmd", "nonsense")
    assert done.returncode == 2
    assert done.stderr.split() == "test: nonsense: takes no arguments".split()


@pytest.mark.parametrize("script", ["baseline.cmd", "bench.cmd", "gate.cmd", "test.cmd"])
def test_windows_scripts_without_a_compiler(cmd, script, tmp_path):
    done = cmd(script, cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("recvbench: no C++ compiler found: install Visual Studio 2022")
    assert list(tmp_path.iterdir()) == []
