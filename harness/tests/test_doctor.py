"""recvbench doctor: what it prints follows its schema and holds together, on any machine and however busy."""

import json
import math
import os
import signal

import pytest

from program import INTERRUPTED, INVALID, OK, description, plain, schema

NOISE = ["--pairs", "4", "--duration", "60ms"]
SEVERITIES = ["problem", "warning", "note", "ok"]


def examined(result):
    """What `doctor --json` printed, checked against its schemas."""
    document = json.loads(result.stdout)
    schema("doctor.schema.json").validate(document)
    results = json.loads(json.dumps(schema("results.schema.json").schema["properties"]["environment"]))
    schema("results.schema.json").evolve(schema=results).validate(document["environment"])
    return document


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return f"{value:016x}"


@pytest.fixture(scope="module")
def doctor(program):
    """doctor's JSON of a whole examination, and how it went."""
    result = program("doctor", "--json", *NOISE, *program.of(program.generator))
    return examined(result), result


def test_json_says_what_was_measured(doctor):
    document, result = doctor
    assert document["status"] == "complete"
    assert document["clock"]["readings"] == 1_000_000
    assert 0 < document["clock"]["cost_p50_ns"] + document["clock"]["cost_mean_ns"]
    assert document["clock"]["backward_steps"] == 0
    assert [wait["asked_ns"] for wait in document["timers"]["sleeps"]] == [1_000, 50_000, 1_000_000]
    for wait in document["timers"]["sleeps"] + document["timers"]["poller_waits"]:
        assert wait["p50_ns"] <= wait["p99_ns"]
    assert document["loopback"]["unpinned"]["count"] >= 100 and document["loopback"]["unpinned"]["p50_ns"] > 0
    assert 0 <= document["machine"]["busy_share"] <= 1
    assert document["machine"]["usable_cpus"] <= document["environment"]["system"]["logical_cpus"]


def test_noise_says_how_many_runs_it_rests_on(doctor):
    noise = doctor[0]["noise"]
    assert (noise["pairs"], noise["runs"], noise["duration_ns"]) == (4, 16, 60_000_000)
    assert noise["engine"] in ("iocp", "epoll")
    for name, metric in noise["metrics"].items():
        assert metric["usable_pairs"] <= 4, name
        told = [metric[key] is not None for key in ("sigma", "noise_floor_share", "detectable_share", "detectable_32_pairs_share")]
        assert told == [metric["usable_pairs"] == 4] * 4, (name, metric)
        if all(told):
            assert metric["noise_floor_share"] == pytest.approx(math.exp(2 * 1.2533 * metric["sigma"] / 2) - 1)
            assert metric["detectable_share"] >= metric["min_effect_share"]
    # 300 messages in the window: no p99. What a busy machine spoils is said, and not taken for noise.
    assert noise["metrics"]["p99"]["usable_pairs"] == 0


def test_calibrate_measures_the_generators_ceilings_and_stores_them(program, tmp_path):
    stored = tmp_path / "deep" / "ceilings.json"
    result = program("doctor", "--calibrate", "--load-threads", "2", "--calibration", program.path(stored), "--json", *NOISE,
                     *program.of(program.generator))
    document = examined(result)
    ceilings = document["generator_ceilings"]
    assert [(c["protocol"], c["messages_per_send"]) for c in ceilings] == [("tcp", 1), ("tcp", 1024), ("udp", 1)], result
    assert all((c["size_bytes"], c["load_threads"], c["connections"]) == (64, 2, 8) for c in ceilings)
    assert {c["generator"] for c in ceilings} == {"windows" if program.windows and not program.generator else "linux"}
    found = {finding["code"]: finding["severity"] for finding in document["findings"]}
    for ceiling, code in zip(ceilings, ("ceiling-tcp-64b-c8", "ceiling-tcp-64b-c8-x1024", "ceiling-udp-64b-c8")):
        # On a busy machine the generator may not run at all in so short a window.
        assert (found[code] == "warning") == (ceiling["messages_per_s"] == 0)
    if not document["fit"]:
        assert not stored.exists()
        return
    assert json.loads(stored.read_text(encoding="utf-8")) == document
    assert result.stderr.splitlines()[-1] == f"calibration, for run and search: {program.shown(stored)}"


def test_calibrate_stores_beside_the_runs_and_under_wine_only_where_it_is_asked_to(program, tmp_path):
    arguments = ["--calibrate", "-q", "--pairs", "4", "--duration", "20ms", "--size", "1kb"]
    result = program("doctor", *arguments, *program.of(program.generator), cwd=tmp_path)
    assert result.code in (OK, INVALID) and result.stderr == "", result
    stored = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")]
    if program.wine or result.code == INVALID:
        assert stored == []
        return
    document = json.loads((tmp_path / stored[0]).read_text(encoding="utf-8"))
    assert stored == [f"runs/calibration-{document['environment']['fingerprint']['hash']}.json"]
    assert {c["size_bytes"] for c in document["generator_ceilings"]} == {1024}
    assert {c["connections"] for c in document["generator_ceilings"]} == {1, 8}


def test_quick_does_no_runs(program):
    result = program("doctor", "--quick", "--json", "-q")
    assert result.code in (OK, INVALID) and result.stderr == "", result
    document = examined(result)
    assert document["noise"] is None and document["generator_ceilings"] is None and document["loopback"] is not None


def test_findings_are_whole(doctor):
    document, result = doctor
    findings = {finding["code"]: finding for finding in document["findings"]}
    assert len(findings) == len(document["findings"]), "a code stands for one thing"
    assert {"debug-build", "cpus", "power-plan", "hypervisor", "load", "port-range", "time-wait", "clock-backward",
            "clock-resolution", "clock-cost", "timers", "loopback", "noise-p50", "noise-throughput"} <= set(findings)
    assert ("wine" in findings) == (document["environment"]["system"]["platform"] == "windows")
    if document["environment"]["system"]["wine_version"]:
        assert findings["wine"]["severity"] == "warning"
    assert document["fit"] == all(finding["severity"] != "problem" for finding in document["findings"])
    assert result.code == (OK if document["fit"] else INVALID), result


def test_time_and_progress_go_to_stderr(doctor):
    _, result = doctor
    first, *steps = result.stderr.splitlines()
    assert first.split(" steps, about ")[0] == str(len(steps))
    assert [line.split()[0] for line in steps] == [f"[{i}/{len(steps)}]" for i in range(1, len(steps) + 1)]


def test_text_fits_80_columns_and_names_every_finding(program, doctor):
    document, _ = doctor
    result = program("doctor", "-q", *NOISE, *program.of(program.generator))
    assert result.code in (OK, INVALID) and result.stderr == "", result
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80 and plain(result.stdout)
    assert not any(line != line.rstrip() for line in lines), "spaces at line ends"
    shown = [line.split()[:2] for line in lines if line.split(" ")[0] in SEVERITIES]
    assert {code.rstrip(":") for _, code in shown} == {finding["code"] for finding in document["findings"]}
    order = [SEVERITIES.index(severity) for severity, _ in shown]
    assert order == sorted(order), "the worst first"
    assert result.stdout.count("Fix: ") >= sum(severity == "warning" for severity, _ in shown)


def test_the_fingerprint_is_that_of_a_run_and_its_hash_can_be_recomputed(program, doctor, tmp_path):
    document, _ = doctor
    fingerprint = document["environment"]["fingerprint"]
    parts = {key: value for key, value in fingerprint.items() if key != "hash"}
    assert fingerprint["hash"] == fnv1a(json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    result = program.run(tmp_path / "out", "--rate", "max", "--warmup", "10ms", "--duration", "50ms", "--repeat", "1", engine="null")
    assert result.code in (OK, INVALID), result
    environment = description(tmp_path / "out")["environment"]
    assert environment["fingerprint"] == fingerprint
    warned = {warning["code"] for warning in environment["warnings"]}
    always = {f["code"] for f in document["findings"] if f["severity"] == "warning"} & {"wine", "cpus", "power-plan", "debug-build"}
    assert always <= warned, "what a run tells of the machine is what doctor tells"
    lines = result.stderr.splitlines()
    for code in warned:
        assert sum(line.startswith(f"{code}: ") for line in lines) == 1, (code, result)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_interrupted(program):
    process = program.start("doctor", "--json")
    for _ in range(2):  # what is to come, and the first step: the handler is there
        line = process.stderr.readline()
    assert line.startswith(b"[1/"), line
    os.killpg(process.pid, signal.SIGINT)
    result = program.end(process)
    assert result.code == INTERRUPTED, result
    document = examined(result)
    assert document["status"] == "interrupted" and document["timers"] is None
    assert result.stderr.splitlines()[-1] == "recvbench: interrupted"
