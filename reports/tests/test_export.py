"""The command export, and its JSON: exit codes, whole files or none, and numbers that are those of the report."""

import json
import os
import subprocess
import sys

import hostile
import jsonschema
import make_run
import page
import pytest
from recvbench_report import cli, load
from recvbench_report.exports import document

FORMATS = ["--gbench", "--csv", "--json", "--hdr"]


@pytest.fixture
def small(tmp_path):
    made = make_run.make(repeat=2, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    return make_run.write(tmp_path / "run", made)


def run(capsys, *arguments):
    code = cli.main(["export", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def validate(told):
    """The schema refers to those beside it."""
    store = {path.name: load.read_schema(path) for path in load.SCHEMAS.glob("*.schema.json")}
    schema = store["export.schema.json"]
    for one in store.values():
        jsonschema.Draft202012Validator.check_schema(one)
    resolver = jsonschema.RefResolver("export.schema.json", schema, store)
    jsonschema.Draft202012Validator(schema, resolver=resolver).validate(told)


def test_stdout_is_the_data(capsys, small):
    code, out, err = run(capsys, small, "--json")
    assert (code, err) == (0, "")
    validate(json.loads(out))
    assert run(capsys, small, "--gbench")[1].startswith('{\n  "context": {')
    assert run(capsys, small, "--csv")[1].startswith("environment,fingerprint,index,round,cell,")


@pytest.mark.parametrize("format", FORMATS[:3])
def test_a_file_holds_the_same(capsys, small, tmp_path, format):
    out = run(capsys, small, format)[1]
    assert run(capsys, small, format, "--out", tmp_path / "x") == (0, f"{tmp_path / 'x'}\n", "")
    assert (tmp_path / "x").read_bytes() == out.encode()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run", "x"]


def test_distributions_are_files(capsys, small, tmp_path):
    code, out, err = run(capsys, small, "--hdr")
    names = [f"iocp_tcp-sink-64B-c8-10k.{stream}.hgrm" for stream in ("response", "service", "slip")]
    assert (code, out.split(), err) == (0, [str(small / "hdr" / name) for name in names], "")
    assert sorted(p.name for p in (small / "hdr").iterdir()) == names
    # A second time they are replaced.
    assert run(capsys, small, "--hdr")[0] == 0
    assert run(capsys, small, "--hdr", "--out", tmp_path / "other")[0] == 0
    assert [(tmp_path / "other" / name).read_bytes() for name in names] == [(small / "hdr" / name).read_bytes() for name in names]


def test_without_a_log_there_are_no_distributions(capsys, small):
    (small / "latency.hlog").unlink()
    code, out, err = run(capsys, small, "--hdr")
    assert (code, out) == (13, "") and "no valid run has a histogram" in err
    assert not (small / "hdr").exists()
    assert run(capsys, small, "--csv")[2] == "", "the log is of no concern to the others"


def test_usage(capsys, small):
    for arguments in ([small], [small, "--csv", "--json"], [small, "--xml"], ["--csv"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(["export", *map(str, arguments)])
        assert caught.value.code == 2
    capsys.readouterr()


@pytest.mark.parametrize("format", FORMATS)
def test_bad_input(capsys, small, tmp_path, format):
    for code, words, change in (
        (2, "no such directory", lambda: tmp_path / "nowhere"),
        (2, "not a run directory", lambda: tmp_path),
        (2, "runs.jsonl:1: not JSON", lambda: (small / "runs.jsonl").write_text("{nonsense\n") and small),
        (13, "holds no run", lambda: (small / "runs.jsonl").write_text("") or small),
    ):
        actual, out, err = run(capsys, change(), format)
        assert (actual, out) == (code, "") and words in err and err.count("\n") == 1
    assert not (small / "hdr").exists()


@pytest.mark.parametrize("format", FORMATS)
def test_out_that_cannot_be_written(capsys, small, tmp_path, format):
    code, out, err = run(capsys, small, format, "--out", tmp_path / "nowhere" / "x")
    assert (code, out) == (2, "") and "No such file or directory" in err and err.count("\n") == 1
    (tmp_path / "in the way").mkdir() if format != "--hdr" else (tmp_path / "in the way").write_text("old")
    code, out, err = run(capsys, small, format, "--out", tmp_path / "in the way")
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in the way", "run"]


@pytest.mark.skipif(os.name != "posix", reason="a closed pipe is an error of another kind on Windows")
def test_a_closed_pipe_is_one_line(small):
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-m", "recvbench_report", "export", small, "--csv"], stdout=write_end, stderr=subprocess.PIPE, text=True,
        timeout=120, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    os.close(write_end)
    assert done.returncode not in (0, 1) and done.stderr.splitlines()[0] == "recvbench-report: stdout: Broken pipe"


def test_the_document_follows_its_schema(loaded):
    validate(json.loads(document.text(loaded)))


def test_figures_are_those_of_the_report(loaded, report):
    told = {cell["cell"]: cell for cell in json.loads(document.text(loaded))["cells"]}
    keys = {"rate": "received_per_s", "p50": "p50_ns", "p99": "p99_ns", "p999": "p999_ns", "max": "max_ns",
            "cpu": "cpu_ns_per_message", "switches": "switches_per_1k_messages", "slip": "slip_p99_ns"}  # fmt: skip
    rows = list(page.parse(report).one("section", id="summary").one("tbody").all("tr"))
    assert len(rows) == len(told) == 24
    for row in rows:
        cell = told[row.attributes["data-cell"]]
        for key, name in keys.items():
            shown, figure = row.one("td", data_key=key).attributes["data-v"], cell["figures"][name]
            assert (float(shown) if shown else None) == (figure and figure["median"]), f"{cell['cell']} {name}"
        assert cell["ranked"] == ("data-unranked" not in row.attributes)
        assert row.one("td", data_key="errors").attributes["data-v"] == str(cell["errors"])


def test_findings_are_those_of_the_report(loaded, report):
    told = json.loads(document.text(loaded))
    root = page.parse(report).one("section", id="which")
    for finding in told["findings"]:
        (row,) = (tr for tr in root.all("tr") if next(tr.all("th")).text == finding["scenario"])
        shown = row.one("td", data_metric=finding["metric"])
        text = "".join(shown.text.split())
        assert "".join(finding["text"].split()) in text
        assert finding["leader"] is None or "".join(finding["leader"].split()) in text
    assert len(told["findings"]) == 9 and any(finding["decided"] for finding in told["findings"])


def test_records_are_whole(loaded):
    told = json.loads(document.text(loaded))
    assert told["runs"] == loaded.runs and told["description"] == loaded.description
    assert told["verdict"]["headline"] == "Valid in part: 114 of 120 runs passed every self-check"
    (select,) = (cell for cell in told["cells"] if cell["cell"] == "select/tcp-echo-64B-c64-20k")
    assert select["reasons"] == ["lost"] and not select["ranked"] and set(select["figures"].values()) == {None}


def test_loss_over_udp(tmp_path):
    made = make_run.make(repeat=2, engines=["iocp"], scenarios=["udp-sink-64B-c8-10k"], messages=100)
    make_run.lose(made[0][0], 0.02)
    told = document.document(load.load(make_run.write(tmp_path / "run", made), ()))
    validate(told)
    assert told["cells"][0]["figures"]["loss_share"]["high"] == pytest.approx(0.02)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400, str(1 << 64), "NaN", "Infinity"])
@pytest.mark.parametrize("format", FORMATS)
def test_numbers_that_are_none_are_refused(capsys, small, format, number):
    text = (small / "runs.jsonl").read_text()
    (small / "runs.jsonl").write_text(text.replace('"cpu_ns": 400000000', f'"cpu_ns": {number}', 1))
    code, out, err = run(capsys, small, format)
    assert (code, out) == (2, "") and "runs.jsonl:1: not JSON" in err and err.count("\n") == 1 and len(err) < 400


@pytest.mark.parametrize("name", hostile.NAMES)
def test_hostile_names(capsys, tmp_path, name):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    hostile.rename(made[0][0], name)
    directory = make_run.write(tmp_path / "run", made)
    told = json.loads(run(capsys, directory, "--json")[1])
    validate(told)
    assert told["cells"][0]["engine"] == name
    code, out, err = run(capsys, directory, "--hdr")
    assert code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]
    assert len(list((directory / "hdr").iterdir())) == 3


@pytest.mark.parametrize("format", FORMATS)
def test_half_a_surrogate_pair_is_replaced(capsys, small, format):
    """JSON can say what no encoding can write. A whole pair is a character."""
    text = (small / "runs.jsonl").read_text()
    assert "iocp/tcp" in text
    for escape, character in (("\\ud83d", "\N{REPLACEMENT CHARACTER}"), ("\\ud83d\\ude00", "\N{GRINNING FACE}")):
        (small / "runs.jsonl").write_text(text.replace("iocp/tcp", f"{escape}/tcp"))
        code, out, err = run(capsys, small, format, *(["--out", small / "x"] if format != "--hdr" else []))
        assert (code, err) == (0, "")
        told = (small / "x").read_bytes() if format != "--hdr" else next((small / "hdr").glob("_*.hgrm")).read_bytes()
        assert character.encode() in told or json.dumps(character)[1:-1].encode() in told
