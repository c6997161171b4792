"""Makes the tests' helpers importable from a bare checkout, and every test run against every build there is."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import pytest  # noqa: E402

import program as programs  # noqa: E402


@pytest.fixture(scope="session", params=programs.programs(), ids=lambda pair: pair[0])
def program(request):
    _, found = request.param
    if isinstance(found, str):
        pytest.skip(found)
    if not found.wine:
        yield found
        return
    # Wine's first program starts services that hold its pipes open as long as they live. A shell that is there before any
    # test and waits for input takes that upon itself, and saves every test 1.2 s.
    shell = subprocess.Popen([programs.ROOT / "scripts/wine-run", "cmd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)  # fmt: skip
    shell.stdin.write(b"echo rea^dy\r\n")
    shell.stdin.flush()
    assert any(b"ready" in line for line in shell.stdout)
    yield found
    shell.stdin.close()
    shell.wait(timeout=30)


@pytest.fixture
def native(program):
    if program.windows:
        pytest.skip("not for the Windows program")
    return program
