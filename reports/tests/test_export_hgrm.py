"""Percentile distributions: against hdr-histogram-js, where it is installed, and by hand."""

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import hdr_encoder
import hostile
import make_run
import pytest
from recvbench_report import hlog, load
from recvbench_report.exports import hgrm

HERE = Path(__file__).parent
MODULES = Path(os.environ.get("RECVBENCH_NODE_MODULES") or HERE.parents[1] / "out" / "deps" / "node" / "node_modules")
HAS_REFERENCE = (MODULES / "hdr-histogram-js").is_dir() and shutil.which("node")


def histogram(values):
    return hlog.decode(hdr_encoder.encode(values))


def numbers(text):
    """The table's lines as numbers."""
    return [tuple(map(float, line.split())) for line in text.splitlines()[2:] if not line.startswith("#")]


@pytest.fixture(scope="module")
def all_streams(run_directory):
    return load.load(run_directory, load.STREAMS)


@pytest.mark.skipif(not HAS_REFERENCE, reason="scripts/test-node-modules has not installed hdr-histogram-js, or node is missing")
@pytest.mark.parametrize(
    "parts",
    [
        [{1: 1}],
        [{500: 1, 40_000: 2, 3_599_999_999_999: 1}],
        [{1000: 990, 1500: 10}, {1000: 10, 2000: 990}],
        [{7 * i * i + 1: i % 9 + 1 for i in range(4000)}],
    ],
)
def test_as_hdr_histogram_js_writes_it(parts):
    encoded = [hdr_encoder.encode(part) for part in parts]
    expected = subprocess.run(
        ["node", HERE / "hgrm_reference.mjs", MODULES], input=json.dumps({"encoded": encoded, "scale": 1000}), text=True,
        capture_output=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    own = hgrm.percentile_distribution(hlog.merge([hlog.decode(text) for text in encoded]))
    assert own == expected


def test_by_hand():
    """Four samples: every level of the first half lies at the first two, and of the last value only the first level is told."""
    assert [(value, level) for value, level, _ in hgrm.steps(histogram({100: 2, 200: 1, 300: 1}))] == [
        (100, 0), (100, 10), (100, 20), (100, 30), (100, 40), (100, 50), (200, 55), (200, 60), (200, 65), (200, 70), (200, 75),
        (300, 77.5), (300, 100),
    ]  # fmt: skip
    assert hgrm.moments(histogram({100: 2, 200: 1, 300: 1})) == (175, pytest.approx(82.9156, rel=1e-5))


def test_merging_adds_counts(all_streams):
    """The percentiles are those of all valid runs' samples together, not a mean of theirs."""
    made, _ = hgrm.distributions(all_streams)
    texts = {one.file_name: one.text for one in made}
    text = texts["iocp_tcp-sink-64B-c8-10k.response.hgrm"]
    (cell,) = (c for s in all_streams.scenarios for c in s.cells if c.name == "iocp/tcp-sink-64B-c8-10k")
    assert (len(cell.valid), len(cell.runs)) == (4, 5)
    merged = Counter()
    for run in cell.valid:
        for index, count in enumerate(all_streams.histograms[f"r{run['index']}.response"].counts):
            merged[index] += int(count)
    table = numbers(text)
    assert table[-1][2] == sum(merged.values()) == 4 * 2000
    assert "Runs merged = 4, Runs left out = 1, Environment = Wine 8.0, not Windows]" in text.splitlines()[-1]
    # In microseconds, and never falling.
    assert table[0][0] > 10 and table == sorted(table)


def test_every_cell_and_stream(all_streams):
    made, without = hgrm.distributions(all_streams)
    names = [one.file_name for one in made]
    assert len(set(names)) == len(names)
    # 23 cells have a valid run; slip is of the two open scenarios.
    assert len(names) == 2 * 23 + 15
    assert without == ["select/tcp-echo-64B-c64-20k: no distribution: none of its 5 runs is valid"]


def test_the_log_s_other_streams_are_decoded_only_when_asked_for(run_directory):
    streams = {tag.partition(".")[2] for tag in load.load(run_directory).histograms}
    assert streams == {"response"}
    assert load.load(run_directory, ()).histograms == {}


def test_file_names_are_of_no_directory(tmp_path):
    runs = make_run.make(repeat=1, engines=["iocp"] * len(hostile.NAMES), scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    for (run, _), name in zip(runs, hostile.NAMES):
        hostile.rename(run, name)
    directory = load.load(make_run.write(tmp_path / "run", runs), load.STREAMS)
    made, without = hgrm.distributions(directory)
    assert len(made) == 3 * len(hostile.NAMES) and not without
    assert len({one.file_name.lower() for one in made}) == len(made)
    for one in made:
        stem, stream, end = one.file_name.rsplit(".", 2)
        assert set(stem) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789,=+_-") and not stem.startswith("-")
        assert end == "hgrm" and stream in load.STREAMS
        comment = one.text.splitlines()[-1]
        assert comment.startswith("#[Cell = ") and one.text.count("#[Cell") == 1
        assert all(line.startswith("#") or line.replace(".", "").replace(" ", "").isdigit() for line in one.text.splitlines()[2:])


def test_names_that_become_alike_are_numbered():
    taken = set()
    assert [hgrm._file_name(cell, "slip", taken) for cell in ("a:b/c", "a/b/c", "A?b/c", "x" * 300)] == [
        "a_b_c.slip.hgrm", "a_b_c-2.slip.hgrm", "A_b_c-3.slip.hgrm", "x" * 120 + ".slip.hgrm",
    ]  # fmt: skip
