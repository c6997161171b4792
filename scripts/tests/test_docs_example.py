"""The worked example of reports/example: its report is of the run directory beside it, and what its page says of the runs is so."""

import base64
import gzip
import re
import shutil
import statistics

import pytest
from documented import ROOT

from recvbench_report import load, verdict

EXAMPLE = ROOT / "reports/example"
MOST_REPORT, MOST_RUNS = 1_500_000, 400_000


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    shutil.unpack_archive(EXAMPLE / "run.tar.gz", folder)
    return folder / "run"


def embedded_runs(page):
    """runs.jsonl as the page offers it for download."""
    found = [gzip.decompress(base64.b64decode(text)) for text in re.findall(r"base64,(H4sI[A-Za-z0-9+/=]+)", page)]
    return [text for text in found if b'"recvbench.run"' in text]


def test_it_is_small():
    assert (EXAMPLE / "report.html").stat().st_size < MOST_REPORT and (EXAMPLE / "run.tar.gz").stat().st_size < MOST_RUNS


def test_the_report_is_of_this_run(run):
    page = (EXAMPLE / "report.html").read_text(encoding="utf-8")
    assert embedded_runs(page) == [(run / "runs.jsonl").read_bytes()]
    assert verdict.verdict(load.load(run)).headline in page


def test_it_names_no_machine(run):
    """Beside CPU model and system, which a report shows."""
    for text in ((run / "run.json").read_text(encoding="utf-8"), (EXAMPLE / "report.html").read_text(encoding="utf-8")):
        assert not re.search(r"/(work|home|root|Users)/", text)


def test_it_has_what_its_page_speaks_of(run):
    directory = load.load(run)
    cells = [cell for scenario in directory.scenarios for cell in scenario.cells]
    assert directory.label == "" and len(cells) == 15 and {len(cell.valid) for cell in cells} == {8}
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for cell in (cell for scenario in directory.scenarios if scenario.name == "tcp-echo-64B-c64-closed" for cell in scenario.cells):
        rate = statistics.median(one["rates"]["received_per_s"] for one in cell.valid)
        assert re.search(rf"^{cell.label} +{rate / 1000:.1f}k", page, re.MULTILINE)


def test_the_invalid_runs_have_the_reason_that_is_told(run):
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    reasons = [reason for one in load.load(run.parent / "open-loop").runs for reason in one["reasons"]]
    assert len(reasons) == 3 and all(f"{one['code']}: {one['detail']}" in page for one in reasons)
