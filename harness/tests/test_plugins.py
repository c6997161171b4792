"""Engines from shared libraries: measured beside the catalog's, and refused in one line where a library is none."""

import json
import os
import shutil
from pathlib import Path

import pytest

from program import INVALID, OK, USAGE, records


@pytest.fixture
def library(program):
    """The folder of the built libraries, as the program names it, and how theirs end."""
    if not program.libraries.exists():
        pytest.skip(f"{program.libraries} is not built")
    return lambda name: program.path(program.libraries / (name + (".dll" if program.windows else ".so")))


def test_the_example_is_measured_beside_the_catalog(program, library, tmp_path):
    out = tmp_path / "out"
    engines = library("example/my_engine") + ":receives=1|8,buffer=4kb,select"
    result = program.run(out, "--warmup", "100ms", "--duration", "400ms", "--repeat", "1", "--connections", "4", "--workload",
                         "echo", "--rate", "1k", "--verify", engine=engines)
    assert result.code in (OK, INVALID), result
    found = {record["engine"]["label"]: record for record in records(out)}
    assert set(found) == {"my-engine:receives=1,buffer=4KiB", "my-engine:receives=8,buffer=4KiB", "select"}
    for record in found.values():
        counts = record["counts"]
        assert counts["sent"] == counts["received"] == counts["echoed"] > 0, counts
        assert counts["corrupt"] == counts["out_of_sequence"] == counts["closed_with_error"] == 0, counts
    assert found["my-engine:receives=8,buffer=4KiB"]["engine"]["settings"]["declared"] == {
        "buffer": "4KiB", "so-rcvbuf": "system", "receives": "8"}


def test_an_engine_that_ends_its_datagram_socket_is_found_out(program, library, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, "--warmup", "100ms", "--duration", "600ms", "--repeat", "1", "--connections", "2", "--protocol",
                         "udp", "--rate", "1k", engine=library("plugin_early_end"))
    assert result.code == INVALID, result
    (record,) = records(out)
    assert 0 < record["counts"]["received"] < 300 < record["counts"]["sent"], record["counts"]
    details = [reason["detail"] for reason in record["reasons"] if reason["code"] == "connection-error"]
    assert details == ["1 at the receiver: the engine ended the datagram socket before the harness stopped it"], record["reasons"]


def test_list_tells_of_the_engine_in_a_library(program, library):
    result = program("list", library("example/my_engine"), "--json")
    assert result.code == OK, result
    (engine,) = json.loads(result.stdout)
    assert engine["name"] == "my-engine" and engine["available"] and engine["protocols"] == ["tcp", "udp"]
    assert [setting["name"] for setting in engine["settings"]] == ["buffer", "so-rcvbuf", "receives"]


@pytest.mark.parametrize("name, words", [("plugin_no_engine", "it exports no recvbench_engine"),
                                         ("plugin_other_abi", "it was built for plug-in ABI 2, this recvbench has 1"),
                                         ("plugin_named_all", "its name all stands for every engine"),
                                         ("plugin_named_select", "its name select is that of another engine"),
                                         ("plugin_named_foreign", "is that of another engine"),
                                         ("absent", "no such file")])
def test_what_is_no_engine_is_refused(program, library, tmp_path, name, words):
    for command in (["run", "--engine", library(name)], ["list", library(name)]):
        result = program(*command, cwd=tmp_path)
        assert result.code == USAGE, result
        assert words in result.complaint() and name in result.complaint()
    assert list(tmp_path.iterdir()) == []


def test_a_library_of_the_other_system_is_named_as_such(program, library, tmp_path):
    foreign = program.libraries.parents[3] / ("linux" if program.windows else "mingw") / "engines/tests/plugin/example"
    foreign = foreign / ("my_engine.so" if program.windows else "my_engine.dll")
    if not foreign.exists():
        pytest.skip(f"{foreign} is not built")
    result = program("run", "--engine", program.path(foreign), cwd=tmp_path)
    assert result.code == USAGE, result
    systems = ("Linux", "Windows") if program.windows else ("Windows", "Linux")
    assert f"a {systems[0]} library for x86_64, needed is a {systems[1]} library for x86_64" in result.complaint()


def test_a_setting_that_the_plugin_has_not(program, library):
    result = program("run", "--engine", library("example/my_engine") + ":threads=2")
    assert result.code == USAGE, result
    assert "my-engine has no setting threads; it has buffer, so-rcvbuf, receives" in result.complaint()


def test_text_that_is_no_utf8_is_shown_nevertheless(program, library):
    result = program("list", library("plugin_other_bytes"), "--json")
    assert result.code == OK, result
    assert json.loads(result.stdout)[0]["summary"] == "caf\ufffd"


def test_a_folder_whose_name_is_no_utf8(native, library, tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xe4d"))
    folder.mkdir()
    copy = shutil.copy(library("example/my_engine"), folder)
    assert json.loads(native("list", copy, "--json").stdout)[0]["name"] == "my-engine"
    result = native.run(tmp_path / "out", "--warmup", "100ms", "--duration", "200ms", "--repeat", "1", "--connections", "1",
                        "--workload", "echo", "--rate", "1k", "--format", "json", engine=copy)
    assert result.code in (OK, INVALID), result
    assert json.loads(result.stdout)["cells"][0]["engine"] == "my-engine"


def test_an_extension_in_capital_letters(program, library, tmp_path):
    copy = tmp_path / ("MINE" + (".DLL" if program.windows else ".SO"))
    shutil.copy(program.libraries / ("example/my_engine" + (".dll" if program.windows else ".so")), copy)
    result = program("list", copy.name, "--json", cwd=tmp_path)
    assert result.code == OK, result
    assert json.loads(result.stdout)[0]["name"] == "my-engine"


def test_a_path_of_the_kind_that_is_not_parsed(program, library):
    if not program.windows:
        pytest.skip("a way to write paths on Windows")
    path = "\\\\?\\" + library("example/my_engine").replace("/", "\\")
    result = program("run", "--engine", path + ":receives=1|8,buffer=4kb", "--dry-run")
    assert result.code == OK, result
    assert "my-engine:receives=8,buffer=4KiB" in result.stdout
