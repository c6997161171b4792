"""What doctor --calibrate stored, as run and search use it: rates near the generator's ceiling are lower bounds. The ceilings
are made up, one message a second or more than any machine sends, so that no test is about speed.
"""

import csv
import io
import json

import pytest

from program import BUSY, INVALID, OK, USAGE, codes, description, records, schema

SHORT = ["--rate", "max", "--warmup", "100ms", "--duration", "400ms", "--repeat", "1", "--connections", "2"]
BOUND = ">= "


@pytest.fixture(scope="module")
def quick(program):
    """What doctor prints without any run: this machine's and this build's fingerprint."""
    return json.loads(program("doctor", "--quick", "--json", "-q").stdout)


def calibration(program, quick, path, messages_per_s, **conditions):
    generator = "windows" if program.windows and not program.generator else "linux"
    ceiling = {"protocol": "tcp", "size_bytes": 64, "messages_per_send": 1, "connections": 8, "load_threads": 1,
               "generator": generator, "messages_per_s": messages_per_s, **conditions}
    document = quick | {"generator_ceilings": [ceiling]}
    schema("doctor.schema.json").validate(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    return ["--calibration", program.path(path)], ceiling


def measured(program, out, *arguments):
    """The records of two engines, and what was printed."""
    engines = "iocp,select" if program.windows else "epoll,select"
    result = program.run(out, *SHORT, *arguments, engine=engines)
    assert result.code in (OK, INVALID), result
    found = records(out)
    for record in found:
        assert codes(record) <= BUSY, (record["reasons"], result)
    return found, result


def test_a_rate_past_four_fifths_of_the_ceiling_is_a_lower_bound(program, quick, tmp_path):
    given, ceiling = calibration(program, quick, tmp_path / "c.json", 1.0)
    found, result = measured(program, tmp_path / "out", *given)
    assert description(tmp_path / "out")["generator_ceiling"] == [ceiling]
    for record in found:
        assert record["generator"]["ceiling_per_s"] == (None if not record["rates"]["received_per_s"] else 1.0)
        assert record["rates"]["generator_limited"] == bool(record["rates"]["received_per_s"])
    valid = [record for record in found if record["valid"]]
    rows = [line for line in result.stdout.splitlines() if line.startswith(("iocp ", "epoll ", "select "))]
    assert sum(BOUND in row for row in rows) == len(valid), result
    assert ("generator limit" in result.stdout) == bool(valid), result
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_every_format_says_so(program, quick, tmp_path):
    given, _ = calibration(program, quick, tmp_path / "c.json", 1.0)
    found, result = measured(program, tmp_path / "csv", *given, "--format", "csv")
    notes = {row["engine"]: row["rate_note"] for row in csv.DictReader(io.StringIO(result.stdout))}
    assert notes == {record["engine"]["label"]: ">= (generator limit)" if record["valid"] else "" for record in found}
    found, result = measured(program, tmp_path / "md", *given, "--format", "md")
    assert result.stdout.count(f"| {BOUND}") == sum(record["valid"] for record in found), result


def test_below_it_nothing_new_is_said(program, quick, tmp_path):
    given, ceiling = calibration(program, quick, tmp_path / "c.json", 1e12)
    found, result = measured(program, tmp_path / "out", *given)
    assert description(tmp_path / "out")["generator_ceiling"] == [ceiling]
    assert not any(record["rates"]["generator_limited"] for record in found)
    assert BOUND not in result.stdout and "generator limit" not in result.stdout, result


@pytest.mark.parametrize("conditions", [
    {"protocol": "udp"}, {"size_bytes": 128}, {"messages_per_send": 2}, {"connections": 1}, {"load_threads": 2}, {"generator": "plan9"},
], ids=lambda conditions: next(iter(conditions)))  # fmt: skip
def test_other_conditions_do_not_fit(native, quick, tmp_path, conditions):
    given, _ = calibration(native, quick, tmp_path / "c.json", 1.0, **conditions)
    found, result = measured(native, tmp_path / "out", *given)
    assert description(tmp_path / "out")["generator_ceiling"] is None
    assert {record["generator"]["ceiling_per_s"] for record in found} == {None}
    assert BOUND not in result.stdout, result


def test_the_default_place_is_beside_the_runs(native, quick, tmp_path):
    (tmp_path / "runs").mkdir()
    path = tmp_path / "runs" / f"calibration-{quick['environment']['fingerprint']['hash']}.json"
    _, ceiling = calibration(native, quick, path, 1.0)
    result = native.run("out", *SHORT, engine="select", cwd=tmp_path)
    assert result.code in (OK, INVALID), result
    assert description(tmp_path / "out")["generator_ceiling"] == [ceiling]
    path.write_text("{", encoding="utf-8")
    result = native.run("again", *SHORT, engine="select", cwd=tmp_path)
    assert result.code == USAGE and path.name in result.complaint() and "not JSON" in result.complaint(), result
    assert not (tmp_path / "again").exists()


def test_of_another_machine_it_is_refused(program, quick, tmp_path):
    given, _ = calibration(program, quick, tmp_path / "c.json", 1.0)
    document = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    document["environment"]["fingerprint"]["hash"] = "0123456789abcdef"
    (tmp_path / "c.json").write_text(json.dumps(document), encoding="utf-8")
    for command in (["run"], ["search", "--slo", "p99<1ms"]):
        result = program(*command, "--engine", "select", *given, "--out", program.path(tmp_path / "out"))
        assert result.code == USAGE, result
        assert "from another machine or build: fingerprint 0123456789abcdef" in result.complaint()
    assert not (tmp_path / "out").exists()


def test_a_search_bounds_its_answer(native, quick, tmp_path):
    out = tmp_path / "out"
    given, ceiling = calibration(native, quick, tmp_path / "c.json", 1.0)
    result = native("search", "--engine", "select", "--slo", "p50<10s", "--from", "1k", "--to", "1k", "--probe", "100ms", "--warmup",
                    "100ms", "--connections", "2", *given, "--out", out, limit=400)
    assert result.code in (OK, INVALID), result
    document = json.loads((out / "search.json").read_text(encoding="utf-8"))
    schema("search.schema.json").validate(document)
    (cell,) = document["cells"]
    assert cell["generator_ceiling_per_s"] == 1.0 and cell["verdict"] != "found"
    assert description(out)["generator_ceiling"] == [ceiling]
