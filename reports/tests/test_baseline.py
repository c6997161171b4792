"""recvbench-report baseline: what becomes a baseline, what does not, and what is never overwritten."""

import copy
import json
import os
import random
import shutil
from datetime import datetime

import command_line
import gate_sides
import jsonschema
import make_run
import pytest
from gate_sides import MAX, OPEN, write
from recvbench_report import load
from recvbench_report.baselines import agreement, document, folder, text
from recvbench_report.gate.metrics import CPU, METRICS

CELL = f"iocp/{OPEN}"
HASH = make_run.description([], [])["environment"]["fingerprint"]["hash"]
SCHEMA = json.loads((load.SCHEMAS / "baseline.schema.json").read_text(encoding="utf-8"))


def runs(rounds=16, begin=0, scatter=0.01, seed=0, **what):
    """As gate_sides.runs; CPU time scatters by about so much from run to run."""
    found = gate_sides.runs(rounds, begin, **what)
    draw = random.Random(seed)
    for run in found:
        run["cost"]["cpu_ns_per_message"] *= 1 + draw.gauss(0, scatter)
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    place = tmp_path_factory.mktemp("baseline")
    write(place / "a", runs())
    write(place / "b", runs(begin=1, seed=1))
    made = agreement.build(*(load.load(place / name, streams=()) for name in "ab"))
    (place / "made.json").write_text(document.text(made), encoding="utf-8", newline="\n")
    return place


@pytest.fixture
def place(template, tmp_path):
    """Two series of one build, and no baseline yet; made.json is what becomes of them."""
    return shutil.copytree(template, tmp_path / "place")


@pytest.fixture
def update(capsys, place):
    def call(*options, first="a", second="b"):
        return command_line.run(capsys, "baseline", "update", place / first, place / second, "--baselines", place / "stored", *options)

    return call


@pytest.fixture
def refused(capsys, place):
    """One clear line, and what was stored is as it was."""

    def call(code, words, *options, first="a", second="b"):
        before = stored_files(place)
        arguments = ["baseline", "update", place / first, place / second, "--baselines", place / "stored", *options]
        command_line.refused(capsys, code, words, *arguments)
        assert stored_files(place) == before

    return call


def stored_files(place):
    return {path.name: path.read_bytes() for path in place.glob("stored/*")}


def stored(place, name=HASH):
    return document.read(place / "stored" / f"{name}.json")


def edit(path, change):
    document_ = json.loads(path.read_text(encoding="utf-8"))
    change(document_)
    path.write_text(json.dumps(document_), encoding="utf-8")


def change_of_cpu(out):
    """Of CELL, in what `diff` prints."""
    rows = out.split(f"\n{CELL}\n")[1].splitlines()
    return next(row.split()[-2] for row in rows if row.split()[0] == "cpu")


def test_two_series_that_agree(update, place):
    code, out, err = update()
    assert (code, err) == (0, "") and out.endswith(f"{place / 'stored' / HASH}.json\n")
    found = stored(place)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert list(found["cells"]) == sorted([CELL, f"select/{OPEN}", f"iocp/{MAX}"])
    metrics = found["cells"][CELL]["metrics"]
    assert set(metrics) == {"cpu", "p50", "p99"} and set(found["cells"][f"iocp/{MAX}"]["metrics"]) == {"cpu", "throughput"}
    assert len(metrics["cpu"]["samples"]) == 32 and metrics["cpu"]["unit"] == "ns" and 0.001 < metrics["cpu"]["noise"]["sigma"] < 0.05


def test_samples_stand_in_the_order_of_the_runs(update, place):
    update()
    series = [[run["cost"]["cpu_ns_per_message"] for run in load.load(place / name).runs if run["cell"] == CELL] for name in "ab"]
    in_turns = [figure for pair in zip(*series) for figure in pair]
    assert stored(place)["cells"][CELL]["metrics"]["cpu"]["samples"] == pytest.approx(in_turns, rel=1e-3)


def test_the_file_is_the_same_from_the_same_runs(update, place):
    update()
    first = (place / "stored" / f"{HASH}.json").read_bytes()
    update()
    assert (place / "stored" / f"{HASH}.json").read_bytes() == first
    assert document.text(json.loads(first)).encode() == first == document.text(stored(place)).encode()


def test_the_file_reads_as_a_diff(update, place):
    update()
    lines = (place / "stored" / f"{HASH}.json").read_text(encoding="ascii").splitlines()
    assert sum('"samples": [' in line for line in lines) == 8  # a line a metric

    def in_order(members):
        assert members == sorted(members, key=lambda member: member[0])
        return dict(members)

    found = json.loads("\n".join(lines), object_pairs_hook=in_order)
    for cell in found["cells"].values():
        for metric_ in cell["metrics"].values():
            assert [float(f"{figure:.4g}") for figure in metric_["samples"]] == metric_["samples"]


def test_metrics_can_be_chosen(update, place):
    assert update("--metric", "cpu")[0] == 0
    assert {key for cell in stored(place)["cells"].values() for key in cell["metrics"]} == {"cpu"}


def test_a_replaced_baseline_tells_what_moved(update, place):
    update()
    for name, begin in (("slow_a", 10**12), ("slow_b", 10**12 + 1)):
        write(place / name, runs(begin=begin, cpu=1.3, seed=begin, cells=gate_sides.CELLS[:2]))
    code, out, _ = update(first="slow_a", second="slow_b")
    assert code == 0 and change_of_cpu(out).startswith(("+29", "+30", "+31")) and f"GONE  iocp/{MAX}" in out
    assert max(map(len, out.splitlines()[:-1])) <= 80
    assert set(stored(place)["cells"]) == {CELL, f"select/{OPEN}"}


# What does not agree with itself.


def test_a_series_that_is_slower_than_the_other(refused, place):
    write(place / "b", runs(begin=1, cpu=1.2, seed=1))
    refused(11, "CPU per message differs between runs of the same build (back to back: +")


def test_a_series_that_is_faster_than_the_other(refused, place):
    write(place / "b", runs(begin=1, cpu=0.8, seed=1))
    refused(11, "CPU per message differs")


def test_a_machine_that_changes_meanwhile(refused, place):
    """Back to back the two agree."""
    for name, begin in (("a", 0), ("b", 1)):
        made = runs(begin=begin, seed=begin)
        for run in made:
            run["cost"]["cpu_ns_per_message"] *= 1.2 if run["round"] >= 8 else 1
        write(place / name, made)
    refused(11, "differs between runs of the same build (between its earlier and its later runs: +")


def test_what_is_too_noisy_to_be_shown_level(refused, place):
    for name, begin in (("a", 0), ("b", 1)):
        write(place / name, runs(begin=begin, scatter=0.08, seed=begin))
    refused(11, "is not shown to be level")


def test_what_is_too_noisy_to_be_gated(refused, place):
    for name, begin in (("a", 0), ("b", 1)):
        write(place / name, runs(begin=begin, scatter=0.4, seed=begin))
    refused(13, "noise floor")


# What is no measurement, or not one of the same thing.


@pytest.mark.parametrize("count, words", [(1, "at least 16 are needed"), (16, "at least 16 are needed")])
def test_invalid_runs(refused, place, count, words):
    made = runs(begin=1, seed=1)
    for run in [run for run in made if run["cell"] == CELL][:count]:
        make_run.invalidate(run, "unsteady", "it drifted")
    write(place / "b", made)
    refused(13, words)


def test_one_invalid_run_more_than_is_needed(update, place):
    for name, begin in (("a", 0), ("b", 1)):
        made = runs(rounds=17, begin=begin, seed=begin)
        make_run.invalidate(made[0], "unsteady", "it drifted") if name == "b" else None
        write(place / name, made)
    assert update()[0] == 0
    assert len(stored(place)["cells"][CELL]["metrics"]["cpu"]["samples"]) == 33


def test_a_run_with_a_defect(refused, place):
    for name, begin in (("a", 0), ("b", 1)):
        made = runs(rounds=17, begin=begin, seed=begin)
        make_run.invalidate(made[0], "lost", "sent 5, received 4")
        write(place / name, made)
    refused(13, "a run with a defect is no baseline: lost: sent 5, received 4")


def test_too_few_runs(refused, place):
    write(place / "b", runs(rounds=15, begin=1, seed=1))
    refused(13, "at least 16 are needed")


def test_a_cell_of_one_side(refused, place):
    write(place / "b", runs(begin=1, seed=1, cells=gate_sides.CELLS[:2]))
    refused(13, f"iocp/{MAX}: was measured in one of the two only")


def test_an_unfinished_measurement(refused, place):
    write(place / "b", runs(begin=1, seed=1), status="interrupted")
    refused(13, "did not finish (status: interrupted)")


def test_no_run(refused, place):
    (place / "b" / "runs.jsonl").write_text("")
    refused(13, "holds no run")


def test_the_same_runs_twice(refused):
    refused(2, "hold the same run", second="a")


def test_two_machines(refused, place):
    made = runs(begin=1, seed=1)
    write(place / "b", made, environment=make_run.description(None, made, wine="")["environment"])
    refused(2, "Wine 8.0 and no Wine")


def test_two_builds(refused, place):
    write(place / "b", runs(begin=1, seed=1), tool={"name": "recvbench", "version": "0.1.0", "git_revision": "fffffff"})
    refused(2, "must be of one build, and are of recvbench 0.1.0 (1910f60) and recvbench 0.1.0 (fffffff)")


def test_other_parameters(refused, place):
    made = runs(begin=1, seed=1)
    for run in made:
        run["timing"]["duration_ns"] = 3_000_000_000
    write(place / "b", made)
    refused(2, "measured window: 2 s in the base, 3 s in the candidate")


def test_metrics_that_no_cell_has(refused):
    refused(13, "no figure", "--metric", "loss")


# Writing.


def test_a_write_that_fails_leaves_the_old_file(update, refused, place, monkeypatch):
    update()

    def fail(*_):
        raise OSError(28, "No space left on device", "stored")

    monkeypatch.setattr(os, "replace", fail)
    refused(2, "No space left on device")


def test_symbolic_links_are_neither_followed_nor_replaced(update, refused, place):
    update()
    link, target = place / "stored" / f"{HASH}.json", place / "elsewhere.json"
    link.rename(target)
    link.symlink_to(target)
    before = target.read_bytes()
    refused(2, "is a symbolic link")
    assert link.is_symlink() and target.read_bytes() == before
    link.unlink()
    (place / "stored").rmdir()
    (place / "stored").symlink_to(place / "a")
    refused(2, "is a symbolic link; nothing was written")


def test_what_is_no_baseline_is_not_replaced(refused, place):
    (place / "stored").mkdir()
    (place / "stored" / "mine.json").write_text('{"important": 1}')
    refused(2, "not a recvbench.baseline document", "--name", "mine")


def test_the_baseline_of_another_machine_is_not_replaced(update, refused, place):
    update("--name", "nightly")
    edit(place / "stored" / "nightly.json", lambda d: d["environment"]["fingerprint"].update(logical_cpus=8))
    refused(2, "is of another machine or build (logical CPUs: 8 in the base, 4 in the candidate)", "--name", "nightly")


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/b", "a\\b", ".hidden", "NUL", "com1.x", "auto", "x" * 65, "a\n", "-x", "é", "x."])
def test_hostile_names(refused, name):
    refused(2, "is no name of a baseline", f"--name={name}")


# Damaged files. Each gets one line, whatever reads it.


@pytest.fixture
def path(place):
    """The stored baseline."""
    (place / "stored").mkdir()
    return shutil.copy(place / "made.json", place / "stored" / f"{HASH}.json")


def metric(document_):
    return document_["cells"][CELL]["metrics"]["cpu"]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda d: d["schema"].update(major=2), "schema recvbench.baseline 2.0, this program reads up to major version 1"),
        (lambda d: d["schema"].update(name="recvbench.run"), "not a recvbench.baseline document"),
        (lambda d: d.update(cells=[]), "cells: [] is not of type 'object'"),
        (lambda d: d.update(cells={}), "cells: "),
        (lambda d: d["cells"][CELL].update(metrics={}), "metrics: "),
        (lambda d: d["cells"][CELL]["metrics"].update(luck=metric(d)), "'luck' is not one of"),
        (lambda d: metric(d).update(unit="1/s"), "'ns' was expected"),
        (lambda d: metric(d)["samples"].__setitem__(3, -4.0), "-4.0 is less than or equal to the minimum of 0"),
        (lambda d: metric(d)["samples"].__setitem__(3, "4"), "'4' is not of type 'number'"),
        (lambda d: metric(d)["samples"].pop(), "is too short"),
        (lambda d: metric(d)["samples"].append(4000), "its metrics have 32 and 33 samples"),
        (lambda d: metric(d)["noise"].update(floor_share=-1), "-1 is less than the minimum of 0"),
        (lambda d: d["cells"][CELL]["parameters"]["timing"].clear(), "is a required property"),
        (lambda d: d["cells"][CELL]["parameters"]["scenario"].pop("rate_per_s"), "'rate_per_s' is a required property"),
        (lambda d: d["environment"]["fingerprint"].pop("wine_version"), "'wine_version' is a required property"),
        (lambda d: d["measured"].update(to="2026-13-01T00:00:00Z"), "measured: time data"),
    ],
)
def test_damaged(capsys, place, path, change, words):
    edit(path, change)
    command_line.refused(capsys, 2, words, "baseline", "show", path)
    command_line.refused(capsys, 2, words, "gate", path, place / "a")


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda text_: text_[: len(text_) // 2], "not JSON"),
        (lambda text_: "", "not JSON"),
        (lambda text_: "[]", "not a JSON object"),
        (lambda text_: text_.replace('"samples": [', '"samples": [NaN, ', 1), "NaN is not a number"),
        (lambda text_: text_.replace('"samples": [', '"samples": [1e999, ', 1), "too large a number"),
        (lambda text_: text_.replace('"cells": {', '"cells": {"' + CELL + '": {}, ', 1), f"'{CELL}' is there twice"),
    ],
)
def test_damaged_text(capsys, place, path, damage, words):
    path.write_text(damage(path.read_text()))
    command_line.refused(capsys, 2, words, "baseline", "show", HASH, "--baselines", place / "stored")
    command_line.refused(capsys, 2, words, "gate", path, place / "a")


def test_a_huge_file_is_not_read(capsys, place, path):
    os.truncate(path, 1 << 30)
    command_line.refused(capsys, 2, "larger than 16 MiB", "baseline", "show", path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_not_opened(capsys, place, path):
    path.unlink()
    os.mkfifo(path)
    command_line.refused(capsys, 2, "is not a file", "baseline", "show", HASH, "--baselines", place / "stored")


def test_a_later_minor_version_is_read(path):
    edit(path, lambda d: (d["schema"].update(minor=3), d.update(more=1)))
    assert document.read(path)["more"] == 1


# What is printed.


def baseline(capsys, place, *arguments):
    return command_line.run(capsys, "baseline", *arguments, "--baselines", place / "stored")


def test_list(capsys, place, path):
    (place / "stored" / "broken.json").write_text("{")
    (place / "stored" / "a b.json").write_text(path.read_text())
    code, out, err = baseline(capsys, place, "list")
    assert code == 0 and err.count("warning: not read: ") == 2 and "broken.json" in err and "is no name of a baseline" in err
    assert out.startswith(f"{HASH}: 3 cells, ") and "recvbench 0.1.0 (1910f60)" in out and "Example CPU 3000, 4 CPUs" in out


def test_list_of_nothing(capsys, place):
    code, out, err = baseline(capsys, place, "list")
    assert (code, out, err.count("\n")) == (12, "", 1) and "no baseline; `scripts/baseline update` makes one" in err


@pytest.mark.parametrize(
    "when, told", [("2026-01-01T01:06:00Z", "1 hour"), ("2026-01-03T11:00:00Z", "2 days"), ("2026-06-01T00:00:00Z", "151 days")]
)
def test_age(place, path, when, told):
    one = folder.Stored(path, document.read(path))
    assert f", {told} old, " in text.listed([one], datetime.strptime(when, document.TIME))


def test_show(capsys, place, path):
    code, out, _ = baseline(capsys, place, "show", HASH)
    assert code == 0 and max(map(len, out.splitlines())) <= 80
    assert f"{CELL} (32 runs)" in out and "measured from 2026-01-01T00:00:00Z" in out
    assert out == baseline(capsys, place, "show", path)[1]


def test_show_of_none(capsys, place, path):
    code, out, err = baseline(capsys, place, "show", "other")
    assert (code, out) == (12, "") and "other.json: no such file; `scripts/baseline update` makes one" in err


def test_diff(capsys, place, path):
    other = place / "stored" / "other.json"
    shutil.copy(path, other)

    def change(document_):
        metric(document_)["samples"] = [2 * figure for figure in metric(document_)["samples"]]
        document_["cells"][CELL]["parameters"]["timing"]["duration_ns"] = 3_000_000_000
        document_["environment"]["fingerprint"]["logical_cpus"] = 8
        document_["cells"]["new/cell"] = document_["cells"].pop(f"iocp/{MAX}")

    edit(other, change)
    code, out, _ = baseline(capsys, place, "diff", HASH, "other")
    assert code == 0 and max(map(len, out.splitlines())) <= 80
    assert "logical CPUs: 4 in the base, 8 in the candidate" in out
    after = out.split(f"\n{CELL}\n")[1].splitlines()
    assert after[0] == "  measured window: 2 s in the base, 3 s in the candidate" and after[1].split()[-2:] == ["+100", "%"]
    assert f"GONE  iocp/{MAX}" in out and "NEW  new/cell" in out and "no verdict" in out


def test_diff_with_a_run_directory(capsys, place, path):
    write(place / "now", runs(begin=10**12, cpu=1.5, scatter=0))
    code, out, _ = baseline(capsys, place, "diff", HASH, place / "now")
    assert code == 0 and change_of_cpu(out).startswith(("+49", "+50"))


def test_names_are_shown_as_text(capsys, place, path):
    edit(path, lambda d: d["cells"].update({"\u202egnp.exe\x1b[31m\nx": d["cells"].pop(CELL)}))
    for arguments in (("show", HASH), ("diff", HASH, place / "a"), ("list",)):
        code, out, _ = baseline(capsys, place, *arguments)
        assert code == 0 and not set("\x1b\u202e") & set(out)


def test_every_metric_has_its_place_in_the_schema():
    known = SCHEMA["$defs"]["cell"]["properties"]["metrics"]
    assert known["propertyNames"]["enum"] == list(known["properties"]) == [metric_.key for metric_ in METRICS]
    assert [known["properties"][metric_.key]["properties"]["unit"]["const"] for metric_ in METRICS] == [m.unit for m in METRICS]


def test_parameters_are_what_is_compared(update, place):
    """A stored cell is as comparable as the run that it is of: each parameter of it is looked at."""
    update()
    run = load.load(place / "a").runs[0]
    kept = document.record(stored(place)["cells"][run["cell"]])
    assert agreement.comparable.cells([kept], [run]) == []
    other = copy.deepcopy(run)
    other["generator"]["threads"] += 1
    assert len(agreement.comparable.cells([kept], [other])) == 1


def test_noise_is_of_runs_apart(update, place):
    update()
    found = document.noise(stored(place))[CELL, CPU.key]
    assert found.pairs == 16 and found.floor == pytest.approx(stored(place)["cells"][CELL]["metrics"]["cpu"]["noise"]["floor_share"])
