"""The gate against a stored baseline: which one it takes, what it decides, and what it never compares."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import command_line
import gate_documents
import make_run
import pytest
from gate_sides import CELLS, MAX, OPEN, runs, write
from recvbench_report import load
from recvbench_report.baselines import agreement, document

DAY_NS = 86_400_000_000_000
LATER = 12 * DAY_NS
CELL = f"iocp/{OPEN}"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    place = tmp_path_factory.mktemp("gate")
    series = [load.load(write(place / name, runs(16, begin)), streams=()) for name, begin in (("a", 0), ("b", 1))]
    (place / "stored").mkdir()
    (place / "stored" / "nightly.json").write_text(document.text(agreement.build(*series)), encoding="utf-8", newline="\n")
    for name, cpu in (("same", 1.0), ("slow", 1.2), ("fast", 0.8)):
        write(place / name, runs(16, LATER, cpu))
    return place


@pytest.fixture
def place(template, tmp_path):
    return shutil.copytree(template, tmp_path / "place")


@pytest.fixture
def gate(capsys, place):
    """(exit code, gate.json, what is printed)."""

    def call(candidate, *options, base="auto"):
        target = place / "gate.json"
        arguments = ["--baseline", base, place / candidate, "--baselines", place / "stored", "--json", target, *options]
        code, out, err = command_line.run(capsys, "gate", *arguments)
        assert err == ""
        found = gate_documents.checked(json.loads(target.read_text(encoding="utf-8")))
        assert found["exit_code"] == code
        return code, found, out

    return call


def edit(path, change):
    document_ = json.loads(path.read_text(encoding="utf-8"))
    change(document_)
    path.write_text(json.dumps(document_), encoding="utf-8")


@pytest.mark.parametrize("candidate, code, verdict", [("same", 0, "PASS"), ("slow", 10, "REGRESSED"), ("fast", 0, "IMPROVED")])
def test_verdicts(gate, candidate, code, verdict):
    actual, found, _ = gate(candidate)
    cells = {cell["cell"]: cell for cell in found["cells"]}
    assert (actual, cells[CELL]["verdict"], cells[CELL]["pairs"]) == (code, verdict, 16)
    assert cells[f"iocp/{MAX}"]["verdict"] == "PASS" and found["base"]["name"] == "nightly"


def test_what_cannot_be_excluded_is_said(gate):
    _, found, out = gate("same")
    words = " ".join(out.split())
    assert "a stored series, measured until 2026-01-01T00:03:" in words and "12 days before the candidate" in words
    assert "no test can tell the two apart" in words and len(found["notes"]) == 1


@pytest.mark.parametrize("base", ["auto", "nightly"])
def test_it_is_found_by_machine_or_name(gate, base):
    assert gate("same", base=base)[0] == 0


def test_a_file_serves_as_the_base(capsys, place, monkeypatch):
    monkeypatch.chdir(place)  # short paths: a line is as long as the path that it shows
    place = Path(".")
    path = place / "stored" / "nightly.json"
    assert command_line.run(capsys, "gate", path, place / "same")[0] == 0
    assert command_line.run(capsys, "gate", path, place / "slow")[0] == 10
    assert "REGRESSED" in command_line.run(capsys, "compare", path, place / "slow")[1]
    command_line.refused(capsys, 2, "nowhere: no such directory", "gate", path, place / "nowhere")
    code, out, _ = command_line.run(capsys, "gate", "--baseline", "auto", "--baselines", place / "stored", place / "slow")
    assert code == 10 and max(map(len, out.splitlines())) <= 80


def test_none_is_there(gate, place):
    shutil.rmtree(place / "stored")
    for base in ("auto", "nightly"):
        code, found, _ = gate("same", "--junit", place / "gate.xml", base=base)
        (reason,) = found["reasons"]
        assert code == 12 and reason.startswith("no baseline: ") and "`scripts/baseline update` makes one" in reason
        assert ElementTree.parse(place / "gate.xml").getroot().get("errors") == "1"


def test_none_is_of_this_machine(gate, place):
    made = runs(16, LATER)
    environment = make_run.description(None, made)["environment"]
    environment["fingerprint"].update(logical_cpus=8, hash="00000000000000ff")
    write(place / "same", made, environment=environment)
    code, found, _ = gate("same", "--allow-missing")
    assert code == 12 and "no baseline of this machine and build (fingerprint 00000000000000ff) (1 of others)" in found["reasons"][0]
    code, found, _ = gate("same", "--allow-missing", base="nightly")
    assert code == 12 and {cell["verdict"] for cell in found["cells"]} == {"INCOMPARABLE"}
    assert found["cells"][0]["reasons"] == ["logical CPUs: 4 in the base, 8 in the candidate"]


def test_wine_is_not_windows(gate, place):
    made = runs(16, LATER)
    write(place / "same", made, environment=make_run.description(None, made, wine="")["environment"])
    assert gate("same")[0] == 12
    assert "Wine 8.0 and no Wine" in gate("same", base="nightly")[2]


def test_other_parameters(gate, place):
    made = runs(16, LATER)
    for run in made:
        if run["cell"] == CELL:
            run["timing"]["duration_ns"] = 3_000_000_000
    write(place / "same", made)
    code, found, _ = gate("same")
    assert code == 12 and found["cells"][0]["verdict"] == "INCOMPARABLE"
    assert found["cells"][0]["reasons"] == ["measured window: 2 s in the base, 3 s in the candidate"]


def test_two_of_one_machine(capsys, place):
    shutil.copy(place / "stored" / "nightly.json", place / "stored" / "release.json")
    arguments = ["gate", "--baseline", "auto", place / "same", "--baselines", place / "stored"]
    command_line.refused(capsys, 2, "nightly, release are of this machine and build: name one", *arguments)


def test_a_damaged_one_beside_it_is_told(gate, place):
    (place / "stored" / "broken.json").write_text("{")
    code, found, _ = gate("same")
    assert code == 0 and "broken.json: not JSON" in found["notes"][0]
    (place / "stored" / "nightly.json").unlink()
    code, found, _ = gate("same")
    assert code == 12 and "not read: " in found["reasons"][0]


@pytest.mark.parametrize("name", ["../stored/nightly", "nightly.json/..", "/nightly"])
def test_hostile_names(capsys, place, name):
    command_line.refused(capsys, 2, "is no name of a baseline", "gate", "--baseline", name, place / "same", "--baselines", place / "stored")


def test_cells_of_one_side(gate, place):
    write(place / "same", runs(16, LATER, cells=(*CELLS[:2], ("select", MAX))))
    code, found, _ = gate("same")
    assert code == 12 and {cell["cell"]: cell["verdict"] for cell in found["cells"] if not cell["pairs"]} == {
        f"iocp/{MAX}": "GONE", f"select/{MAX}": "NEW",
    }  # fmt: skip
    assert gate("same", "--allow-missing")[0] == 0


def test_no_run_is_no_pass(gate, place):
    (place / "same" / "runs.jsonl").write_text("")
    for base in ("auto", "nightly"):
        code, found, _ = gate("same", base=base)
        assert code == 13 and "holds no run" in found["reasons"][0]


def test_invalid_and_too_few_runs(gate, place):
    write(place / "same", runs(9, LATER))
    assert gate("same", "--inconclusive", "warn")[0] == 11
    made = runs(16, LATER)
    for run in made:
        make_run.invalidate(run, "unsteady", "it drifted")
    write(place / "same", made)
    assert gate("same", "--allow-missing")[0] == 13


def test_defects_are_regressions(gate, place):
    made = runs(16, LATER)
    make_run.invalidate(made[0], "lost", "sent 5, received 4")
    write(place / "same", made)
    code, found, _ = gate("same")
    assert code == 10 and "lost: sent 5, received 4" in found["cells"][0]["reasons"][0]


def test_two_runs_of_a_round(capsys, place):
    made = runs(16, LATER)
    made[3]["round"] = 0
    write(place / "same", made)
    arguments = ["gate", "--baseline", "auto", place / "same", "--baselines", place / "stored"]
    command_line.refused(capsys, 2, f"candidate: {CELL} has two runs of round 0", *arguments)


def test_runs_without_a_partner_are_told(gate, place):
    write(place / "same", runs(33, LATER))
    _, found, _ = gate("same")
    assert f"{CELL}: 1 runs have no partner in the baseline" in found["notes"]
    assert found["cells"][0]["pairs"] == 32


def test_metrics_that_are_not_stored(gate, place):
    edit(place / "stored" / "nightly.json", lambda d: [d["cells"][CELL]["metrics"].pop(key) for key in ("p50", "p99")])
    _, found, _ = gate("same")
    (cell,) = [cell for cell in found["cells"] if cell["cell"] == CELL]
    assert [metric["metric"] for metric in cell["metrics"]] == ["cpu"]
    assert cell["not_gated"][:2] == [{"metric": key, "reason": "it is not in the baseline"} for key in ("p50", "p99")]


def test_the_stored_noise_is_the_margin(gate, place):
    def noisy(document_):
        document_["cells"][CELL]["metrics"]["cpu"]["noise"]["floor_share"] = 0.12

    edit(place / "stored" / "nightly.json", noisy)
    write(place / "slow", runs(16, LATER, 1.1))
    code, found, _ = gate("slow")
    (cell,) = [cell for cell in found["cells"] if cell["cell"] == CELL]
    assert code == 0 and cell["metrics"][0]["margin"] == pytest.approx(0.12) == cell["metrics"][0]["noise_floor"]


def test_a_control_would_be_the_better_base(capsys, place):
    arguments = ["gate", "--baseline", "auto", place / "slow", "--baselines", place / "stored", "--control", place / "a"]
    command_line.refused(capsys, 2, "runs of the base from beside the candidate are a better base", *arguments)


def test_slo(gate):
    assert gate("same", "--slo", "iocp/*: p99<1s")[0] == 0
    assert gate("same", "--slo", "iocp/*: p99<1ns")[0] == 10


def test_outputs_do_not_replace_a_baseline(capsys, place):
    path = place / "stored" / "nightly.json"
    arguments = ["gate", "--baseline", "auto", place / "same", "--baselines", place / "stored", "--json", path]
    before = path.read_bytes()
    command_line.refused(capsys, 2, "is one of the files to be read", *arguments)
    assert path.read_bytes() == before


def test_names_are_text_in_every_output(gate, place):
    name = "<&\"'|`\x1b[31m::error::x/y"
    edit(place / "stored" / "nightly.json", lambda d: d["cells"].update({name: d["cells"].pop(CELL)}))
    code, found, out = gate("same", "--junit", place / "x.xml", "--markdown", place / "x.md", "--annotations")
    gone = next(cell["cell"] for cell in found["cells"] if cell["verdict"] == "GONE")
    assert code == 12 and "\x1b" not in out and gone.startswith("<&\"'|`")
    assert gone in [case.get("name") for case in ElementTree.parse(place / "x.xml").iter("testcase")]
    assert "<" not in (place / "x.md").read_text(encoding="utf-8")
