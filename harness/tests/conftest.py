"""Makes the tests' helpers importable from a bare checkout, and every test run against every build there is."""

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
    found("list")  # Wine's first program of a session starts its server: not on a test's time
    return found


@pytest.fixture
def native(program):
    if program.windows:
        pytest.skip("not for the Windows program")
    return program
