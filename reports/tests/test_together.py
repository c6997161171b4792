"""Several run directories as one report."""

import gzip
import base64
import json

import make_run
import page
import pytest
from recvbench_report import html, load, together

SINK, ECHO, _ = make_run.SCENARIOS


def directory(path, engines=("iocp", "select"), scenarios=(SINK,), seed=1, started="2026-01-01T00:00:00Z", change=None, describe=None):
    made = make_run.make(repeat=2, engines=list(engines), scenarios=list(scenarios), messages=600, seed=seed, with_invalid=False)
    for run, _ in made:
        if change:
            change(run)
    description = make_run.description(None, [run for run, _ in made]) | {"started": started, "seed": seed}
    if describe:
        describe(description)
    make_run.write(path, made, description)
    return path, load.load(path)


def cells(joined):
    return {cell.name: len(cell.runs) for scenario in joined.scenarios for cell in scenario.cells}


def test_cells_of_both_stand_beside_each_other(tmp_path):
    a = directory(tmp_path / "a")
    b = directory(tmp_path / "b", engines=["wsapoll"], scenarios=[SINK, ECHO], seed=2)
    joined = together.join([a, b])
    assert cells(joined) == {
        f"select/{SINK}": 2, f"wsapoll/{SINK}": 2, f"iocp/{SINK}": 2, f"wsapoll/{ECHO}": 2,
    }  # fmt: skip
    assert [run["index"] for run in joined.runs] == list(range(8))
    # Each run kept its own distribution.
    for run in joined.runs:
        assert joined.histograms[f"r{run['index']}.response"].total == run["latency"]["response"]["count"]


def test_a_cell_of_both_has_the_runs_of_both_in_rounds_of_their_own(tmp_path):
    a = directory(tmp_path / "a", started="2026-01-02T00:00:00Z")
    b = directory(tmp_path / "b", seed=2, started="2026-01-01T00:00:00Z")
    joined = together.join([a, b])
    assert cells(joined) == {f"select/{SINK}": 4, f"iocp/{SINK}": 4}
    assert sorted(run["round"] for run in joined.runs) == [0, 0, 1, 1, 2, 2, 3, 3]
    # The one that began first comes first, whatever the order given.
    assert joined.runs[0]["latency"] == b[1].runs[0]["latency"]
    assert html.render(joined) == html.render(together.join([b, a]))


def test_one_is_itself(tmp_path):
    a = directory(tmp_path / "a")
    assert together.join([a]) is a[1]


def test_the_report_names_all_of_them(tmp_path):
    a = directory(tmp_path / "a", seed=7)
    b = directory(tmp_path / "b", engines=["wsapoll"], seed=8, started="2026-01-03T00:00:00Z", describe=lambda d: d.update(command=["recvbench", "sweep"]))
    joined = together.join([a, b])
    root = page.parse(html.render(joined))
    command = root.one("p", **{"class": "command"}).text
    assert "recvbench run --profile quick --seed 7 && recvbench sweep" in command and "seed 7, 8" in command
    data = gzip.decompress(base64.b64decode(root.one("a", download="runs.jsonl.gz").attributes["href"].split(",")[1]))
    assert [json.loads(line) for line in data.splitlines()] == joined.runs
    assert "2026-01-03T00:00:00Z" in root.one("section", id="environment").text


def fingerprint(**changes):
    return lambda d: d["environment"]["fingerprint"].update(changes)


def build(**changes):
    return lambda d: d["environment"]["build"].update(changes)


@pytest.mark.parametrize("change, describe, words", [
    (None, fingerprint(cpu_model="Other"), 'not of the same machine and build: fingerprint.cpu_model is "Example CPU 3000" and "Other"'),
    (None, fingerprint(hash="0" * 16), "fingerprint.hash is"),
    (None, build(git_revision="abc"), 'build.git_revision is "1910f60" and "abc"'),
    (lambda run: run["scenario"].update(connections=9), None, f"measured scenario {SINK} differently: connections is 8 and 9"),
    (lambda run: run["timing"].update(duration_ns=3), None, f"scenario {SINK} differently: timing.duration_ns is 2000000000 and 3"),
    (lambda run: run["engine"]["settings"].update(threads=5), None, "settings.threads is 1 and 5"),
])  # fmt: skip
def test_what_differs_is_refused_and_named(tmp_path, change, describe, words):
    a = directory(tmp_path / "a")
    b = directory(tmp_path / "b", seed=2, started="2026-01-02T00:00:00Z", change=change, describe=describe)
    with pytest.raises(load.InputError) as caught:
        together.join([a, b])
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_the_same_runs_twice_are_refused(tmp_path):
    a, copy = directory(tmp_path / "a"), directory(tmp_path / "copy")
    with pytest.raises(load.InputError, match="holds the same runs as"):
        together.join([a, copy])


def test_what_is_missing_in_one_is_missing_in_all(tmp_path):
    a = directory(tmp_path / "a", describe=lambda d: d.update(status="interrupted"))
    b = directory(tmp_path / "b", engines=["epoll"], seed=2)
    joined = together.join([a, b])
    assert joined.description["status"] == "interrupted"
    # epoll was skipped in the one and measured in the other.
    assert joined.description["skipped"] == []
