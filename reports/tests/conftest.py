"""Makes the package and the tests' own helpers importable from a bare checkout, and one run directory for all tests."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

import pytest  # noqa: E402

import browser as chromium  # noqa: E402
import make_history  # noqa: E402
import make_run  # noqa: E402
from recvbench_report import history, html, index, load  # noqa: E402
from recvbench_report.trend import series  # noqa: E402


@pytest.fixture(scope="session")
def run_directory(tmp_path_factory):
    """5 rounds of 8 engines and 3 scenarios; all of select's echo runs and one run of iocp are invalid. Read only."""
    return make_run.write(tmp_path_factory.mktemp("runs") / "run", make_run.make(messages=2000))


@pytest.fixture(scope="session")
def loaded(run_directory):
    return load.load(run_directory)


@pytest.fixture(scope="session")
def report(loaded):
    return html.render(loaded)


@pytest.fixture(scope="session")
def history_directory(tmp_path_factory):
    """16 nights of two engines: select gets slower by a quarter from the 9th on, iocp stays. Read only."""
    return make_history.write(tmp_path_factory.mktemp("history") / "nights", 16, slower_from=8)


@pytest.fixture(scope="session")
def listing(history_directory):
    """The index of that."""
    read = history.read(history_directory)
    return index.render(read, series.of_history(read.entries), history_directory)


@pytest.fixture(scope="session")
def running_browser(tmp_path_factory):
    if not chromium.CHROMIUM:
        pytest.skip("chromium is not installed")
    running = chromium.Browser(tmp_path_factory.mktemp("browser"))
    yield running
    running.close()


@pytest.fixture
def show(running_browser):
    """Opens pages, and closes them after the test: show(page, width, dark) is a browser.Tab."""
    tabs = []

    def opened(page, width=1280, dark=False):
        tabs.append(running_browser.open(page, width, dark))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.close()
