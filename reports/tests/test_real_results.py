"""What results/ really writes, read by the report tool.

RECVBENCH_RESULTS_SAMPLE: command that writes a run directory to the path it is given; without it, the program of that name
that preset linux builds.
"""

import csv
import io
import os
import shlex
import subprocess
from pathlib import Path

import page
import pytest
from recvbench_report import exports, html, load
from recvbench_report.exports import hgrm

BUILT = Path(__file__).parents[2] / "out" / "build" / "linux" / "results" / "results_sample"
COMMAND = shlex.split(os.environ.get("RECVBENCH_RESULTS_SAMPLE", "")) or [str(BUILT)] * BUILT.is_file()

pytestmark = pytest.mark.skipif(not COMMAND, reason="RECVBENCH_RESULTS_SAMPLE is not set and preset linux is not built")

KEYS = {"p50_ns": 0.5, "p90_ns": 0.9, "p99_ns": 0.99, "p999_ns": 0.999, "p9999_ns": 0.9999, "max_ns": 1}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sample") / "run"
    subprocess.run([*COMMAND, directory], check=True, timeout=60)
    return directory


def test_percentiles_are_those_of_the_writer(sample):
    """Of every interval added, against the summary that results/ made of the whole."""
    loaded = load.load(sample)
    compared = 0
    for run in loaded.runs:
        summary = run["latency"]["response"]
        histogram = loaded.histograms.get(f"r{run['index']}.response")
        if summary is None:
            assert histogram is None or histogram.total == 0
            continue
        assert histogram.total == summary["count"]
        for key, fraction in KEYS.items():
            if summary[key] is not None:
                assert histogram.values_at([fraction]) == [summary[key]], f"run {run['index']} {key}"
                compared += 1
    assert compared >= 20


def test_report_of_it(sample):
    root = page.parse(html.render(load.load(sample)))
    assert "of 7 runs" in root.one("section", id="verdict").one("h1").text
    assert len(page.plots(root)) >= 2


def test_exports_of_it(sample):
    """Whatever the writer writes, valid or not, with and without figures."""
    loaded = load.load(sample, load.STREAMS)
    for name, text in exports.TEXTS.items():
        assert text(loaded).count("\n") > len(loaded.runs), name
    rows = list(csv.DictReader(io.StringIO(exports.TEXTS["csv"](loaded), newline="")))
    assert [row["valid"] for row in rows] == [str(run["valid"]).lower() for run in loaded.runs]
    made, without = hgrm.distributions(loaded)
    cells = {run["cell"] for run in loaded.runs}
    assert made and {line.partition(":")[0] for line in without} <= cells
    for one in made:
        assert one.text.splitlines()[-1].startswith("#[Cell = ")
