"""The parts behind scripts/gate: the order of pairs, the loop that runs them, what a plan says, gathering runs, what a side is."""

import io
import json
import random
import shutil
import subprocess
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from runner import SCRIPTS

import fake_program
from paired import checkout, collection, noise_file, order, pairs, program, progress, session, sides
from paired.failure import GateError
from recvbench_report import load
from recvbench_report.gate import sequential
from recvbench_report.gate.calibration import Noise
from recvbench_report.gate.sample import Pair, Sample

LOOKS = (10, 16, 24, 32)
RULES = sequential.Rules()
TEMPLATE = fake_program.template()


@pytest.fixture
def quiet():
    class Quiet:
        def __init__(self):
            self.pairs, self.looks, self.controls = [], [], []

        def pair(self, turn, pair, left):
            self.pairs.append((turn, left))

        def look(self, number, decided, control):
            self.looks.append((number, [(cell.name, cell.verdict) for cell in decided]))
            self.controls.append(control)

    return Quiet()


GOOD, BAD = (Pair(Sample(True, {"cpu": 1.0}), candidate) for candidate in
             (Sample(True, {"cpu": 1.0}), Sample(False, {}, ("generator-bound: p99 slip 912 us",))))


# ---- order


@pytest.mark.parametrize("seed", range(20))
def test_each_side_goes_first_equally_often_at_every_look(seed):
    cells = ["a", "b", "c"]
    made = order.Order(cells, LOOKS, seed)
    first = {cell: [] for cell in cells}
    for number in range(LOOKS[-1]):
        for turn in made.round(number, cells):
            first[turn.cell].append(turn.base_first)
    for cell in cells:
        for look in LOOKS:
            assert sum(first[cell][:look]) * 2 == look


def test_rounds_shuffle_the_cells_and_the_seed_decides():
    cells = list("abcdefgh")

    def orders(seed):
        made = order.Order(cells, LOOKS, seed)
        return [[turn.cell for turn in made.round(number, cells)] for number in range(LOOKS[-1])]

    assert orders(1) == orders(1) != orders(2)
    assert all(sorted(one) == cells for one in orders(1))
    assert len({tuple(one) for one in orders(1)}) > 20
    sides_drawn = {tuple(turn.base_first for number in range(10) for turn in order.Order("a", [10], seed).round(number, "a"))
                   for seed in range(50)}
    assert len(sides_drawn) > 40


def test_what_a_cell_is_given_does_not_depend_on_the_others():
    together, alone = order.Order(["a", "b"], LOOKS, 5), order.Order(["b"], LOOKS, 5)
    for number in range(LOOKS[-1]):
        of_b = [turn for turn in together.round(number, ["a", "b"]) if turn.cell == "b"]
        assert of_b == alone.round(number, ["b"])


def test_both_runs_of_a_pair_have_one_seed_and_pairs_have_others():
    made = order.Order(["a", "b"], LOOKS, 100)
    assert [{turn.seed for turn in made.round(number, ["a", "b"])} for number in range(3)] == [{100}, {101}, {102}]


@pytest.mark.parametrize("looks", [(), (0, 4), (4, 4), (8, 4)])
def test_looks_that_are_none(looks):
    with pytest.raises(ValueError):
        order.Order(["a"], looks, 1)


# ---- the course


def simulated(draw, slower, noise=0.02):
    """A pair of samples whose candidate takes so many times as long."""
    def one(factor):
        cost = factor * 5000 * 2.718281828 ** draw.gauss(0, noise)
        return Sample(True, {"cpu": cost, "p50": 10 * cost})

    return Pair(one(1.0), one(slower))


def course(cells, slower, quiet, stop_after=None):
    """(gate, whether it was complete) of cells and control, with candidates so many times slower."""
    draw = random.Random(3)
    gate = sequential.Gate(cells, ["control"])
    pairs_left = count(1)

    def run_pair(turn):
        if next(pairs_left) == stop_after:
            return None
        return simulated(draw, slower.get(turn.cell, 1.0))

    return gate, session.run_gate(gate, RULES, 1, run_pair, quiet)


def test_decided_cells_stop_and_the_control_goes_on(quiet):
    gate, complete = course(["same", "slower", "hard"], {"slower": 1.2, "hard": 1.049}, quiet)
    assert complete and gate.finished
    verdicts = {cell.name: (cell.verdict, len(cell.pairs)) for cell in gate.result().cells}
    assert verdicts["same"] == ("PASS", 10) and verdicts["slower"] == ("REGRESSED", 10)
    assert verdicts["hard"][1] > 10
    (control,) = gate.result().control
    assert len(control.pairs) == verdicts["hard"][1], "as many as the cell that took longest"
    assert quiet.looks[0] == (10, [("same", "PASS"), ("slower", "REGRESSED")])
    rounds = [turn.number for turn, _ in quiet.pairs]
    assert rounds == sorted(rounds)


@pytest.mark.parametrize("later, told", [(1.0, "the control is quiet"), (1.1, "the control is not quiet")])
def test_a_control_that_scatters_is_measured_alone(quiet, later, told):
    draw, taken = random.Random(3), count()

    def run_pair(turn):
        if turn.cell == "a":
            return simulated(draw, 1.0, noise=0.001)
        number = next(taken)
        return simulated(draw, (1.1 if number % 5 < 3 else 0.9) if number < 10 else later, noise=0.001)

    gate = sequential.Gate(["a"], ["control"])
    assert session.run_gate(gate, RULES, 1, run_pair, quiet) and gate.finished
    assert len(gate.result().cells[0].pairs) == 10 and len(gate.result().control[0].pairs) in (16, 24)
    assert quiet.looks[0] == (10, [("a", "PASS")]) and all(decided == [] for _, decided in quiet.looks[1:])
    assert quiet.controls[0] == "the control scatters, and goes on alone" and quiet.controls[-1] == told
    assert quiet.pairs[-1][1][0] == 0


def test_time_left_counts_down_to_nothing(quiet):
    course(["same"], {}, quiet)
    assert [left for _, left in quiet.pairs[:3]] == [(19, 63), (18, 62), (17, 61)]
    assert quiet.pairs[-1][1][0] == 0


def test_an_interrupt_leaves_what_there_is(quiet):
    gate, complete = course(["a"], {}, quiet, stop_after=7)
    assert not complete and not gate.finished
    assert sum(len(cell.pairs) for cell in (*gate.result().cells, *gate.result().control)) == 6


def test_cells_that_cannot_be_measured_end_the_gate_at_once(quiet):
    gate = sequential.Gate(["a"], ["control"])
    bad = Pair(Sample(True, {"cpu": 1.0}), Sample(False, {}, ("run-failed: ended with 1",)))
    asked = []

    def run_pair(turn):
        asked.append(turn.cell)
        return bad if turn.cell == "a" else simulated(random.Random(1), 1)

    assert session.run_gate(gate, RULES, 1, run_pair, quiet)
    assert asked.count("a") == 3 and len(asked) <= 6
    assert gate.result().cells[0].verdict == "INVALID"


def calibration(quiet, run_pair, cells=("a", "b"), count=16):
    return session.run_calibration(list(cells), count, RULES, 1, run_pair, quiet)


def test_calibration_takes_as_many_valid_pairs_of_each(quiet):
    draw, asked = random.Random(1), []

    def run_pair(turn):
        asked.append(turn.cell)
        return BAD if turn.cell == "a" and asked.count("a") in (2, 5) else simulated(draw, 1.0)

    found = calibration(quiet, run_pair)
    assert {cell: len(taken) for cell, taken in found.items()} == {"a": 18, "b": 16}
    assert sum(pair.valid for pair in found["a"]) == 16


def test_calibration_gives_up_where_a_gate_would(quiet):
    with pytest.raises(session.TooManyInvalid, match="3 of 3 pairs of a are not valid"):
        calibration(quiet, lambda turn: BAD, cells=["a"])
    assert len(quiet.pairs) == 3


def test_an_interrupted_calibration_is_none(quiet):
    assert calibration(quiet, lambda turn: None) is None


# ---- progress


def shown(style, pairs_of, looks=LOOKS):
    ticks, stream = count(0, 2.0), io.StringIO()
    one = progress.Progress(looks, style, "", stream, now=lambda: next(ticks))
    for turn, pair, left in pairs_of:
        one.pair(turn, pair, left)
    one.look(10, [])
    return stream.getvalue()


TURN = order.Turn(4, "epoll/tcp-sink-64B-c8-5k", True, 1)


def test_plain_progress_is_a_line_a_pair():
    assert shown("plain", [(TURN, GOOD, (5, 27)), (replace(TURN, number=30), GOOD, (1, 1))]).splitlines() == [
        "pair 5/10 epoll/tcp-sink-64B-c8-5k: look in 10s, at most 54s left",
        "pair 31/32 epoll/tcp-sink-64B-c8-5k: 2s left",
        "look at 10 pairs: nothing decided yet"]


def test_a_look_says_what_becomes_of_the_control():
    stream = io.StringIO()
    progress.Progress(LOOKS, "plain", "", stream).look(16, [], "the control is quiet")
    assert stream.getvalue() == "look at 16 pairs: the control is quiet\n"


def test_an_invalid_pair_is_named_with_its_reason():
    lines = shown("plain", [(TURN, BAD, (5, 27))]).splitlines()
    assert lines[0] == "pair 5 of epoll/tcp-sink-64B-c8-5k is not valid: candidate: generator-bound: p99 slip 912 us"


def test_a_bar_is_written_over_and_none_is_silent():
    text = shown("bar", [(TURN, GOOD, (5, 27))])
    assert text.startswith("\rpair 5/10") and text.endswith("\r" + "look at 10 pairs: nothing decided yet\n")
    assert shown("none", [(TURN, BAD, (5, 27))]) == ""


@pytest.mark.parametrize("environment, tty, expected", [({}, True, "bar"), ({}, False, "plain"), ({"CI": "true"}, True, "plain"),
                                                        ({"TERM": "dumb"}, True, "plain")])
def test_style(environment, tty, expected):
    stream = io.StringIO()
    stream.isatty = lambda: tty
    assert progress.style_of("auto", stream, environment) == expected
    assert progress.style_of("none", stream, environment) == "none"


@pytest.mark.parametrize("seconds, text", [(0.2, "0s"), (59.4, "59s"), (200, "3m 20s"), (3900, "1h 05m")])
def test_waits(seconds, text):
    assert progress.wait(seconds) == text


# ---- what a program says of its plan


def finished(stdout, stderr="", code=0):
    return program.Finished(code, stdout, stderr)


def test_a_plan():
    text = "4 runs (2 engines, 1 scenario, 2 rounds), about 1m 05s\n   0  round 0  b/x\n   1  round 0  a/x\n   2  round 1  a/x\n   3  round 1  b/x\n"
    plan = program.parse_plan(finished(text, "skipped rio: no\n"))
    assert plan == program.Plan(("a/x", "b/x"), 65 / 4, ("skipped rio: no",))


@pytest.mark.parametrize("text", ["", "nothing\n", "2 runs (1 engine), about 2s\n   0  round 0  a/x\n", "1 run (1 engine), soon\n   0  round 0  a/x\n"])
def test_what_is_no_plan(text):
    with pytest.raises(GateError, match="not a plan"):
        program.parse_plan(finished(text))


def test_the_real_programs_plan_is_understood():
    native = SCRIPTS.parent / "out/build/linux/harness/recvbench"
    if not native.exists():
        pytest.skip("recvbench is not built")
    side = sides.prepare("base", sides.source(str(native), "--base", SCRIPTS.parent), SCRIPTS.parent, True)
    one = program.Program(side, ["--engine", "epoll,select:buffer=4kb,null", "--connections", "2,4", "--warmup", "1s", "--duration", "60s"])
    plan = one.ask_plan()
    assert plan.cells == ("epoll/tcp-sink-64B-c2-10k", "epoll/tcp-sink-64B-c4-10k", "null/tcp-sink-64B-c2-max", "null/tcp-sink-64B-c4-max",
                          "select:buffer=4KiB/tcp-sink-64B-c2-10k", "select:buffer=4KiB/tcp-sink-64B-c4-10k")
    assert 61 <= plan.run_s < 62
    with pytest.raises(GateError, match="--engine nonsense: no such engine") as refused:
        program.Program(side, ["--engine", "nonsense"]).ask_plan()
    assert refused.value.code == 2


def test_a_cell_with_commas_is_still_one_pattern():
    assert program.pattern_of("my:a=1,b=2/tcp") == "my:a=1?b=2/tcp"


# ---- running


def series(folder, out, **about):
    tree = fake_program.make(folder, TEMPLATE, **about)
    one = program.Program(sides.Side("base", "base", tree / "harness/recvbench", (str(tree / "harness/recvbench"),)), [])
    one.ask_plan()
    return pairs.Series(one, collection.Collection(out, ["gate"]))


class Uninterrupted:
    def stop(self):
        return False

    abort = stop


def test_a_pair_is_run_in_its_order_and_gathered(tmp_path):
    base = series(tmp_path / "b", tmp_path / "out/base")
    candidate = series(tmp_path / "c", tmp_path / "out/candidate", name="candidate", cost=1.5)
    running = tmp_path / "out/running"
    running.mkdir(parents=True)
    run = pairs.PairRunner(base, candidate, running, 20, Uninterrupted())
    for number in range(3):
        pair = run(order.Turn(number, fake_program.CELL, number % 2 == 0, 100 + number))
        assert pair.valid and 1.3 < pair.candidate.figures["cpu"] / pair.base.figures["cpu"] < 1.7
    assert list(running.iterdir()) == []
    for side in ("base", "candidate"):
        found = load.load(tmp_path / "out" / side)
        assert [run["round"] for run in found.runs] == [0, 1, 2] and [run["index"] for run in found.runs] == [0, 1, 2]
        assert found.warnings == [] and len(found.histograms) == 3
        assert found.description["command"] == ["gate"] and found.description["runs_valid"] == 3
        assert [run["round"] for run in found.description["plan"]] == [0, 1, 2]


@pytest.mark.parametrize("how, words", [("exit", "run-failed: ended with 1: out of luck"), ("signal", "run-failed: was ended by SIGSEGV"),
                                        ("hang", "run-failed: still running after 1 s, and was ended"),
                                        ("garbage", "run-failed: left no record of its run"),
                                        ("invalid", "generator-bound: p99 slip 912 us, allowed 50 us")])
def test_a_side_that_fails_makes_the_pair_invalid_in_bounded_time(tmp_path, how, words):
    base = series(tmp_path / "b", tmp_path / "out/base")
    candidate = series(tmp_path / "c", tmp_path / "out/candidate", fail={"how": how, "from": 1})
    (tmp_path / "running").mkdir()
    run = pairs.PairRunner(base, candidate, tmp_path / "running", 1, Uninterrupted())
    assert run(order.Turn(0, fake_program.CELL, True, 1)).valid
    pair = run(order.Turn(1, fake_program.CELL, True, 2))
    assert pair.base.valid and not pair.candidate.valid
    assert pair.candidate.reasons[0].startswith(words)
    assert list((tmp_path / "running").iterdir()) == []


def test_an_interrupt_ends_between_the_two_runs(tmp_path):
    class AfterFirst:
        asked = 0

        def stop(self):
            self.asked += 1
            return self.asked > 1

        def abort(self):
            return False

    base = series(tmp_path / "b", tmp_path / "out/base")
    candidate = series(tmp_path / "c", tmp_path / "out/candidate")
    (tmp_path / "running").mkdir()
    run = pairs.PairRunner(base, candidate, tmp_path / "running", 20, AfterFirst())
    assert run(order.Turn(0, fake_program.CELL, True, 1)) is None
    assert len(base.runs.records) == 1 and candidate.runs.records == []


def test_a_second_interrupt_breaks_the_run_off(tmp_path):
    base = series(tmp_path / "b", tmp_path / "out/base", fail={"how": "hang"})
    with pytest.raises(program.RunFailed, match="broken off"):
        base.program.run(fake_program.CELL, 1, tmp_path / "running", 60, abort=lambda: True)


def test_gathered_logs_keep_their_times(tmp_path):
    gathered = collection.Collection(tmp_path / "all", [])
    for start, at in (("100.000", "0.250"), ("160.500", "0.250")):
        one = tmp_path / start
        one.mkdir()
        (one / "run.json").write_text(json.dumps(TEMPLATE["description"]))
        (one / "runs.jsonl").write_text(json.dumps(TEMPLATE["record"]) + "\n")
        (one / "latency.hlog").write_text(f"#[StartTime: {start} (seconds since epoch)]\nTag=r0.response,{at},1.000,0.1,HISTO\n")
        gathered.add(load.load(one, ()), one / "latency.hlog", 0)
    assert (tmp_path / "all/latency.hlog").read_text().splitlines()[1:] == ["Tag=r0.response,0.250,1.000,0.1,HISTO",
                                                                           "Tag=r1.response,60.750,1.000,0.1,HISTO"]


# ---- sides


def test_what_a_side_names(tmp_path):
    root = SCRIPTS.parent
    built = fake_program.make(tmp_path / "built", TEMPLATE)
    assert sides.source(str(built), "--base", root).program == built / "harness/recvbench"
    assert sides.source(str(built / "harness/recvbench"), "--base", root).program == built / "harness/recvbench"
    assert sides.source(str(root), "--base", root).tree == root
    head = checkout.git(root, "rev-parse", "HEAD").stdout.strip()
    assert sides.source("HEAD", "--base", root).commit == head
    assert sides.source(head[:10], "--base", root).about == head[:10]


@pytest.mark.parametrize("text", ["no-such-revision", "--upload-pack=x", "", "README.md"])
def test_what_is_no_side(text):
    with pytest.raises(GateError, match="no recvbench program, build directory, checkout or git revision") as refused:
        sides.source(text, "--base", SCRIPTS.parent)
    assert refused.value.code == 2


@pytest.fixture
def repository(tmp_path):
    """A repository whose two revisions build what their script holds; the second one does not build."""
    root = tmp_path / "repository"
    (root / "scripts").mkdir(parents=True)
    (root / ".gitignore").write_text("/out/\n")
    (root / "scripts/setup").write_text("#!/bin/sh\n")

    def commit(script):
        build = root / "scripts/build-recvbench"
        build.write_text("#!/bin/sh\n" + script)
        build.chmod(0o755)
        settings = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
        subprocess.run(["git", "-C", root, "add", "-A"], check=True)
        subprocess.run(["git", "-C", root, *settings, "commit", "-qm", "x"], check=True)
        return checkout.git(root, "rev-parse", "HEAD").stdout.strip()

    make_program = ("echo built >>builds; cd $(dirname $0)/..; mkdir -p out/build/linux/harness; echo '#!/bin/sh' >out/build/linux/harness/recvbench\n"
                    "chmod +x out/build/linux/harness/recvbench\n")
    good, bad = commit(make_program), commit("echo missing header.h; exit 1\n")
    (root / "out/deps/library").mkdir(parents=True)
    return root, good, bad


def test_a_revision_is_checked_out_and_built_once(repository):
    root, good, _ = repository
    for _ in range(2):
        side = sides.prepare("base", sides.source(good[:12], "--base", root), root, native=True)
        assert side.program == root / "out/gate" / good / "out/build/linux/harness/recvbench"
    assert checkout.git(side.program.parents[4], "rev-parse", "HEAD").stdout.strip() == good
    assert (side.program.parents[4] / "out/deps/library").is_dir(), "the same set-up, so the same dependencies"
    assert (root / f"out/gate/{good}/builds").read_text().splitlines() == ["built"] * 2, "kept, and brought up to date"


def test_a_damaged_or_deleted_checkout_is_made_again(repository):
    root, good, _ = repository
    source = sides.source(good, "--base", root)
    sides.prepare("base", source, root, native=True)
    (root / "out/gate" / good / "scripts/setup").unlink()
    sides.prepare("base", source, root, native=True)
    assert (root / "out/gate" / good / "scripts/setup").exists()
    shutil.rmtree(root / "out/gate")
    assert sides.prepare("base", source, root, native=True).program.exists()


def test_dependencies_are_not_shared_with_another_set_up(repository):
    root, good, _ = repository
    (root / "scripts/setup").write_text("#!/bin/sh\n# another version\n")
    sides.prepare("base", sides.source(good, "--base", root), root, native=True)
    assert not (root / "out/gate" / good / "out/deps").exists()


def test_a_build_that_fails_is_named_with_its_log(repository, capsys):
    root, _, bad = repository
    with pytest.raises(GateError) as failed:
        sides.prepare("candidate", sides.source(bad, "--candidate", root), root, native=True)
    assert failed.value.code == 13
    assert str(failed.value) == f"candidate {bad}: the build failed, see {root}/out/gate/{bad}.log"
    assert "missing header.h" in capsys.readouterr().err


def test_under_wine_the_generator_is_native_and_paths_are_windows(tmp_path):
    tree = tmp_path / "tree"
    exe = tree / "out/build/mingw/harness/recvbench.exe"
    exe.parent.mkdir(parents=True)
    exe.write_text("")
    side = sides.prepare("base", sides.source(str(exe), "--base", SCRIPTS.parent), SCRIPTS.parent, native=False)
    assert side.command == (str(SCRIPTS / "wine-run"), str(exe)) and side.under_wine
    assert side.path("/tmp/x") == "Z:\\tmp\\x"
    command = program.Program(side, ["--rate", "1k"])._command(1, "--dry-run")
    assert command[3:5] == ["--generator", side.path(tree / "out/build/linux/harness/recvbench")]
    assert "--generator" not in program.Program(side, ["--generator=x"])._command(1)[3:4]


# ---- the stored noise

CONDITIONS = noise_file.conditions_of(TEMPLATE["description"])
NOISE = {("a/x", "cpu"): Noise(16, 0.02, 0.01), ("a/x", "p50"): Noise(16, 0.1, 0.05), ("b/x", "cpu"): Noise(17, 0.0, 0.0)}


def test_noise_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "runs/noise.json"
    assert noise_file.read(path, CONDITIONS) == {}
    noise_file.write(path, CONDITIONS, NOISE)
    assert noise_file.read(path, CONDITIONS) == NOISE
    assert [file.name for file in path.parent.iterdir()] == ["noise.json"]


def test_noise_holds_for_its_conditions_alone(tmp_path):
    path = tmp_path / "noise.json"
    noise_file.write(path, CONDITIONS, NOISE)
    other = json.loads(json.dumps(TEMPLATE["description"]))
    other["configuration"]["duration_ns"] = 1
    assert noise_file.default_path(noise_file.conditions_of(other)) != noise_file.default_path(CONDITIONS)
    with pytest.raises(GateError, match="another machine, build or way of measuring") as refused:
        noise_file.read(path, noise_file.conditions_of(other))
    assert refused.value.code == 2
    same = json.loads(json.dumps(TEMPLATE["description"]))
    same["configuration"]["engines"] = ["iocp"]
    assert noise_file.conditions_of(same) == CONDITIONS


@pytest.mark.parametrize("spoil", [lambda text: text[:50], lambda text: "[]", lambda text: "{}", lambda text: text.replace("0.02", "NaN"),
                                   lambda text: text.replace("0.02", "-1"), lambda text: text.replace('"major": 1', '"major": 2'),
                                   lambda text: text.replace('"sigma"', '"sigmas"')])
def test_damaged_noise_is_refused_in_one_line(tmp_path, spoil):
    path = tmp_path / "noise.json"
    noise_file.write(path, CONDITIONS, NOISE)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(GateError, match="noise.json: ") as refused:
        noise_file.read(path, CONDITIONS)
    assert refused.value.code == 2 and "\n" not in str(refused.value)
