"""Generators and clients that misbehave: one line says what was wrong, in bounded time, and no figure comes of it."""

import os

import pytest

import fake_generator
from program import INVALID, USAGE, assert_measured, codes, description, records

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows does not start scripts as programs")

SHORT = ["--rate", "1k", "--warmup", "100ms", "--duration", "400ms", "--repeat", "1", "--connections", "2", "--size", "64"]


def test_a_missing_generator(program, tmp_path):
    result = program.run(tmp_path / "out", *SHORT, generator=tmp_path / "none")
    assert result.code == USAGE, result
    assert result.complaint() == f"--generator {program.shown(tmp_path / 'none')}: no such program"
    assert list(tmp_path.iterdir()) == []


def test_a_generator_that_is_no_program(program, tmp_path):
    text = tmp_path / "generator"
    text.write_text("hello\n")
    result = program.run(tmp_path / "out", *SHORT, generator=text)
    assert result.code == INVALID, result
    assert program.path(text) in result.complaint()
    assert list(tmp_path.iterdir()) == [text]


@pytest.mark.parametrize(
    "behaviour, words",
    [
        ("exits_at_once", "did not say hello"),
        ("never_says_hello", "a connection was turned away: no 'hello' from the peer within 1 s"),
        ("says_another_token", "hello with another token"),
        ("says_hello_of_wrong_kinds", "a connection was turned away: hello with another token"),
        ("speaks_another_version", "speaks control protocol 99, this harness 1: use generator and harness of one version"),
        ("says_no_protocol", "speaks control protocol null, this harness 1"),
        ("sends_garbage", "a connection was turned away: "),
    ],
)
def test_a_generator_that_cannot_introduce_itself(program, tmp_path, behaviour, words):
    generator = fake_generator.write(tmp_path / "generator", behaviour)
    result = program.run(tmp_path / "out", *SHORT, generator=generator)
    assert result.code == INVALID, result
    assert words in result.complaint()
    assert program.shown(generator) in result.complaint()
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == [generator], "nothing was measured, so nothing is written"


@pytest.mark.parametrize(
    "behaviour, words",
    [
        ("goes_silent", "the peer has been silent for 5 s"),
        ("fails", "the dog ate it"),
        ("announces_too_much", "4294967295"),
        ("sends_no_json", "not a JSON object"),
        ("nests_deeply", "nested too deeply"),
        ("vanishes_after_go", "closed the control connection"),
        ("is_killed_in_mid_run", "closed"),
        ("goes_silent_in_mid_run", "the peer has been silent for 5 s"),
        ("measures_in_another_year", "another clock or plan"),
        ("reports_nonsense", "sent"),
        ("reports_broken_histograms", "histogram"),
    ],
)
def test_a_generator_that_fails_in_a_run(program, tmp_path, behaviour, words):
    generator = fake_generator.write(tmp_path / "generator", behaviour)
    out = tmp_path / "out"
    result = program.run(out, *SHORT, generator=generator)
    assert result.code == INVALID, result
    assert result.seconds < 40, "5 s of silence are the longest that is waited for"
    (record,) = records(out)
    assert not record["valid"]
    (reason,) = record["reasons"]
    assert reason["code"] == "generator-failed"
    assert words in reason["detail"] and "\n" not in reason["detail"]
    assert record["latency"]["response"] is None and record["rates"]["received_per_s"] is None, "figures of half a run"
    (shown,) = [line for line in result.stderr.splitlines() if line.startswith("[1/1]")]
    assert "INVALID generator-failed: " in shown and words in shown
    assert description(out)["status"] == "complete"


def test_connections_that_do_not_reach_the_engine(program, tmp_path):
    generator = fake_generator.write(tmp_path / "generator", "claims_to_be_connected")
    result = program.run(tmp_path / "out", *SHORT, generator=generator)
    assert result.code == INVALID, result
    (record,) = records(tmp_path / "out")
    assert record["reasons"] == [{"code": "not-connected", "detail": "0 of 2 connections reached the engine"}]


def test_a_generator_that_does_right(program, tmp_path):
    """So that the tests above fail for what they name and not for the fake itself."""
    generator = fake_generator.write(tmp_path / "generator", "works")
    result = program.run(tmp_path / "out", *SHORT, generator=generator)
    (record,) = records(tmp_path / "out")
    assert_measured(result, record)
    assert record["counts"]["received"] == 1200


@pytest.mark.parametrize("lie", [1, -1])
def test_a_generator_that_miscounts(program, tmp_path, lie):
    generator = fake_generator.write(tmp_path / "generator", "works", messages=1200, lie=lie)
    result = program.run(tmp_path / "out", *SHORT, generator=generator)
    assert result.code == INVALID, result
    (record,) = records(tmp_path / "out")
    assert "lost" in codes(record) or "duplicated" in codes(record), record["reasons"]


STRANGERS = {
    "garbage": b"\xff" * 200,
    "http": b"GET / HTTP/1.1\r\nHost: here.example\r\n\r\n" * 3,
    "over-long length": bytes.fromhex("52424d3102010000" + "ffffffff" + "00" * 28),
    "half a header": b"RBM1",
    "nothing": b"",
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_on_the_data_port(program, tmp_path, name):
    """Is closed, counted and named, while the run beside it goes on."""
    generator = fake_generator.write(tmp_path / "generator", "works", messages=1200, strangers=[STRANGERS[name].hex()])
    result = program.run(tmp_path / "out", *SHORT, generator=generator)
    (record,) = records(tmp_path / "out")
    assert_measured(result, record)
    assert record["counts"]["received"] == 1200
    assert record["counts"]["corrupt"] == 0
    # Who says too little cannot be told from a slow client, and takes no place of the generator's connections.
    assert record["counts"]["strangers"] == (0 if name in ("half a header", "nothing") else 1)


def test_strangers_on_the_control_port(program, tmp_path):
    generator = fake_generator.write(tmp_path / "generator", "comes_after_strangers")
    result = program.run(tmp_path / "out", *SHORT, generator=generator)
    (record,) = records(tmp_path / "out")
    assert_measured(result, record)


@pytest.mark.parametrize(
    "ending, code",
    [
        ("ff" * 40, "corrupt"),
        ("52424d3102000000" + "ffffffff" + "00" * 28, "corrupt"),
        ("52424d31", "connection-error"),
    ],
    ids=["no header", "over-long length", "end within a header"],
)
def test_garbage_on_a_measured_connection(program, tmp_path, ending, code):
    generator = fake_generator.write(tmp_path / "generator", "works", messages=1200, ending=ending)
    result = program.run(tmp_path / "out", *SHORT, generator=generator)
    assert result.code == INVALID, result
    (record,) = records(tmp_path / "out")
    assert code in codes(record), record["reasons"]
    assert record["counts"]["corrupt"] == (1 if code == "corrupt" else 0)
