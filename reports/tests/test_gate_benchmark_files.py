"""The gate and compare on files of Google Benchmark: what is paired, what forbids it, and how each damage ends."""

import json
import random

import gate_sides
import hostile
import make_run
import pytest
from recvbench_report import cli, load
from recvbench_report.exports import google_benchmark

CONTEXT = {"executable": "./bench", "num_cpus": 2, "library_build_type": "release"}


def write(path, times, context=CONTEXT, **names):
    """`times`: {name: [real_time in ns]}"""
    rows = [
        {"name": name, "run_name": name, "run_type": "iteration", "repetition_index": i, "iterations": 1, "real_time": time,
         "cpu_time": time / 2, "time_unit": "ns"}
        for name, its in times.items() for i, time in enumerate(its)
    ]  # fmt: skip
    path.write_text(json.dumps({"context": context, "benchmarks": rows}))
    return path


def noisy(seed, n=16, factor=1.0):
    random_ = random.Random(seed)
    return [1000 * factor * random_.lognormvariate(0, 0.01) for _ in range(n)]


def run(capsys, *arguments):
    code = cli.main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def gate(capsys, tmp_path, base, candidate, *more):
    code, out, err = run(capsys, "gate", base, candidate, "--json", tmp_path / "gate.json", *more)
    document = json.loads((tmp_path / "gate.json").read_text()) if (tmp_path / "gate.json").exists() else None
    return code, document, err


def cells(document):
    return {cell["cell"]: cell["verdict"] for cell in document["cells"]}


def test_what_got_slower_fails_and_the_rest_passes(capsys, tmp_path):
    a = write(tmp_path / "a.json", {"BM_same": noisy(1), "BM_slow": noisy(2), "BM_fast": noisy(3)})
    b = write(tmp_path / "b.json", {"BM_same": noisy(4), "BM_slow": noisy(5, factor=1.2), "BM_fast": noisy(6, factor=0.8)})
    code, document, err = gate(capsys, tmp_path, a, b)
    assert (code, document["exit_code"], err) == (10, 10, "")
    assert cells(document) == {"BM_same": "PASS", "BM_slow": "REGRESSED", "BM_fast": "IMPROVED"}
    (slow,) = (cell for cell in document["cells"] if cell["cell"] == "BM_slow")
    assert [metric["metric"] for metric in slow["metrics"]] == ["real_time", "cpu_time"]
    assert slow["metrics"][0]["change"] == pytest.approx(0.2, abs=0.02)
    assert document["base"] == {"name": str(a), "about": "./bench", "build": "", "machine": ""}
    assert any("measured back to back" in note for note in document["notes"])
    assert any("without a control" in note for note in document["notes"])


def test_the_same_file_passes(capsys, tmp_path):
    a = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    assert gate(capsys, tmp_path, a, a)[0] == 0
    code, out, _ = run(capsys, "compare", a, a)
    assert code == 0 and "BM_x" in out


def test_a_control_that_differs_is_the_machine(capsys, tmp_path):
    a, b = write(tmp_path / "a.json", {"BM_x": noisy(1)}), write(tmp_path / "b.json", {"BM_x": noisy(2)})
    assert gate(capsys, tmp_path, a, b, "--control", write(tmp_path / "c.json", {"BM_x": noisy(3)}))[0] == 0
    code, document, _ = gate(capsys, tmp_path, a, b, "--control", write(tmp_path / "d.json", {"BM_x": noisy(3, factor=1.1)}))
    assert code == 11 and "contaminated" in document["reasons"][0]


def test_too_few_repetitions_are_inconclusive(capsys, tmp_path):
    a = write(tmp_path / "a.json", {"BM_x": noisy(1, 5)})
    assert gate(capsys, tmp_path, a, a)[0] == 11


def test_new_and_gone(capsys, tmp_path):
    a = write(tmp_path / "a.json", {"BM_x": noisy(1), "BM_gone": noisy(2)})
    b = write(tmp_path / "b.json", {"BM_x": noisy(1, 12), "BM_new": noisy(3)})
    code, document, _ = gate(capsys, tmp_path, a, b)
    assert code == 12 and cells(document) == {"BM_x": "PASS", "BM_gone": "GONE", "BM_new": "NEW"}
    assert "BM_x: 4 repetitions have no partner" in document["notes"]
    assert gate(capsys, tmp_path, a, b, "--allow-missing")[0] == 0


@pytest.mark.parametrize("change", [{"num_cpus": 4}, {"library_build_type": "debug"}, {"recvbench_environment": "Wine 8.0, not Windows"}])
def test_machines_that_differ_are_not_compared(capsys, tmp_path, change):
    a, b = write(tmp_path / "a.json", {"BM_x": noisy(1)}), write(tmp_path / "b.json", {"BM_x": noisy(1)}, CONTEXT | change)
    code, document, _ = gate(capsys, tmp_path, a, b)
    assert code == 12 and cells(document) == {"BM_x": "INCOMPARABLE"}
    assert next(iter(change)) in document["cells"][0]["reasons"][0]


def test_errors_are_invalid_pairs(capsys, tmp_path):
    a = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    document = json.loads(a.read_text())
    for row in document["benchmarks"][:4]:
        row |= {"error_occurred": True, "error_message": "no socket", "real_time": 0, "cpu_time": 0}
    (tmp_path / "b.json").write_text(json.dumps(document))
    code, judged, _ = gate(capsys, tmp_path, a, tmp_path / "b.json")
    assert code == 13 and cells(judged) == {"BM_x": "INVALID"}


def test_our_own_exports_can_be_gated(capsys, tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        made = make_run.make(repeat=12, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=200, seed=seed, with_invalid=False)
        directory = load.load(make_run.write(tmp_path / name, made), ())
        (tmp_path / f"{name}.json").write_text(google_benchmark.text(directory))
    code, document, _ = gate(capsys, tmp_path, tmp_path / "a.json", tmp_path / "b.json")
    assert code in (0, 10, 11) and list(cells(document)) == ["iocp/tcp-sink-64B-c8-10k"]
    assert document["cells"][0]["pairs"] == 10


@pytest.mark.parametrize(
    "text, code, words",
    [
        ("", 2, "not JSON"),
        ('{"benchmarks": [{"name": "BM', 2, "not JSON"),
        ("[]", 2, "not a JSON object"),
        ('{"context": {}}', 2, "not Google Benchmark's JSON"),
        ('{"benchmarks": [{"name": "x", "real_time": NaN, "cpu_time": 1}]}', 2, "real_time is nan"),
        ('{"benchmarks": [{"name": "x", "real_time": 1e999, "cpu_time": 1}]}', 2, "too large"),
        ('{"benchmarks": [{"name": "x", "real_time": -1, "cpu_time": 1}]}', 2, "real_time is -1"),
        ('{"benchmarks": [{"name": "x", "real_time": "1", "cpu_time": 1}]}', 2, "real_time is '1'"),
    ],
)
@pytest.mark.parametrize("damaged_is_base", [True, False])
@pytest.mark.parametrize("command", ["gate", "compare"])
def test_damaged_files(capsys, tmp_path, command, damaged_is_base, text, code, words):
    whole = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    damaged = tmp_path / "damaged.json"
    damaged.write_text(text)
    actual, out, err = run(capsys, command, *((damaged, whole) if damaged_is_base else (whole, damaged)))
    assert (actual, out) == (code, "") and words in err and "damaged.json" in err and err.count("\n") == 1


@pytest.mark.parametrize("text", ['{"benchmarks": []}', '{"benchmarks": [{"name": "x_mean", "run_type": "aggregate"}]}'])
def test_no_data_is_never_green(capsys, tmp_path, text):
    whole = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    (tmp_path / "empty.json").write_text(text)
    for pair in ((whole, tmp_path / "empty.json"), (tmp_path / "empty.json", whole)):
        code, document, _ = gate(capsys, tmp_path, *pair)
        assert code == 13 and "holds no benchmark" in document["reasons"][0]


def test_a_missing_baseline(capsys, tmp_path):
    whole = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    code, document, _ = gate(capsys, tmp_path, tmp_path / "nowhere.json", whole)
    assert code == 12 and "no baseline" in document["reasons"][0]
    assert gate(capsys, tmp_path, whole, tmp_path / "nowhere.json")[0] == 2


def test_files_and_run_directories_are_not_mixed(capsys, tmp_path):
    whole = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    gate_sides.write(tmp_path / "run", gate_sides.runs(1))
    code, _, err = gate(capsys, tmp_path, whole, tmp_path / "run")
    assert code == 2 and "a.json: not a recvbench.baseline document" in err and err.count("\n") == 1
    code, _, err = gate(capsys, tmp_path, tmp_path / "run", whole)
    assert code == 2 and "is a file and" in err and err.count("\n") == 1


def test_slos_are_of_run_directories(capsys, tmp_path):
    whole = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    code, _, err = gate(capsys, tmp_path, whole, whole, "--slo", "*: p99<1ms")
    assert code == 2 and "response times are not among" in err


def test_an_input_is_never_overwritten(capsys, tmp_path):
    whole = write(tmp_path / "a.json", {"BM_x": noisy(1)})
    before = whole.read_bytes()
    code, _, err = run(capsys, "gate", whole, whole, "--json", whole)
    assert code == 2 and "is one of the files to be read" in err and whole.read_bytes() == before


@pytest.mark.parametrize("name", hostile.NAMES)
def test_hostile_names(capsys, tmp_path, name):
    whole = write(tmp_path / "a.json", {name: noisy(1)})
    code, document, _ = gate(capsys, tmp_path, whole, whole, "--junit", tmp_path / "j.xml", "--markdown", tmp_path / "m.md")
    assert code == 0 and len(document["cells"]) == 1
    assert all(line.isprintable() for line in run(capsys, "compare", whole, whole)[1].splitlines())
