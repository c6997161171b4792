"""Runs recvbench as a user would and keeps the rules that hold for every command: it ends in time, never by a crash,
leaves no process behind, and what it wrote can be read.
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import time
import uuid
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
ON_WINDOWS = os.name == "nt"
NATIVE = ROOT / "out/build/linux/harness/recvbench"
MINGW = ROOT / "out/build/mingw/harness/recvbench.exe"
MSVC = ROOT / "out/build/windows-msvc/harness/recvbench.exe"
SCHEMAS = ROOT / "results/schema"
MARKER = "RECVBENCH_TEST_ID"  # in the environment of whatever a test starts

OK, USAGE, INVALID, INTERRUPTED = 0, 2, 13, 130
# What a machine busy with other work does to a run, whose counts must be right even so.
BUSY = {"generator-bound", "rate-not-met", "late-start", "too-few-samples", "cpu-too-short", "unsteady"}
# Seconds that bound what should never end. No test is about speed, and a busy machine is ten times slower.
PATIENCE = 90


class Result:
    def __init__(self, code, stdout, stderr, seconds):
        self.code, self.stdout, self.stderr, self.seconds = code, stdout, stderr, seconds

    def complaint(self):
        """The only line on stderr, without the program's name."""
        lines = self.stderr.splitlines()
        assert len(lines) == 1, self.stderr
        assert lines[0].startswith("recvbench: "), self.stderr
        return lines[0].removeprefix("recvbench: ")

    def __repr__(self):
        return f"exit code {self.code} after {self.seconds:.1f} s\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


class Program:
    """One way to run recvbench. `windows`: the Windows program, on Windows or through Wine."""

    def __init__(self, command, windows, generator):
        self.command, self.windows, self.generator = command, windows, generator
        self.wine = windows and not ON_WINDOWS
        self.libraries = Path(command[-1]).parents[1] / "engines/tests/plugin"  # built beside it: engines, and what is none

    def path(self, path):
        """A path of this machine as the program writes it."""
        return "Z:" + str(path).replace("/", "\\") if self.wine else str(path)

    def shown(self, path):
        """A path as messages write it: with forward slashes everywhere."""
        return self.path(path).replace("\\", "/")

    def start(self, *arguments, **settings):
        marker = uuid.uuid4().hex
        environment = {**os.environ, MARKER: marker, **settings.pop("env", {})}
        process = subprocess.Popen(
            [*self.command, *map(str, arguments)], stdin=subprocess.DEVNULL, env=environment, start_new_session=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings})
        process.marker = marker
        process.began = time.monotonic()
        return process

    def end(self, process, limit=PATIENCE):
        try:
            stdout, stderr = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill() if ON_WINDOWS else os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            raise AssertionError(f"still running after {limit} s\n{stdout}\n{stderr}") from None
        text = [(data or b"").decode("utf-8", "replace").replace("\r\n", "\n") for data in (stdout, stderr)]
        result = Result(process.returncode, *text, time.monotonic() - process.began)
        assert result.code in (OK, USAGE, INVALID, INTERRUPTED), result
        assert_no_generator_left(process.marker)
        return result

    def __call__(self, *arguments, limit=PATIENCE, **settings):
        return self.end(self.start(*arguments, **settings), limit)

    def run(self, out, *arguments, generator=None, engine=None, **settings):
        """`recvbench run` into the directory `out`, with the machine's own generator unless another is given."""
        generator = generator or self.generator
        return self("run", "--engine", engine or ("iocp" if self.windows else "epoll"), *self.of(generator),
                    "--out", self.path(out), *arguments, **settings)

    def of(self, generator):
        return ["--generator", self.path(generator)] if generator else []


def programs():
    """(name, Program or the reason why there is none)."""
    if given := os.environ.get("RECVBENCH_PROGRAM"):
        command = shlex.split(given)
        windows = any(word.endswith(".exe") for word in command)
        return [("given", Program(command, windows, NATIVE if windows else None))]
    if ON_WINDOWS:
        return [("windows", Program([str(MSVC)], True, None) if MSVC.exists() else f"{MSVC.relative_to(ROOT)} is not built")]
    native = Program([str(NATIVE)], False, None) if NATIVE.exists() else f"{NATIVE.relative_to(ROOT)} is not built"
    if not NATIVE.exists():
        wine = native  # it generates the load there too
    elif not MINGW.exists():
        wine = f"{MINGW.relative_to(ROOT)} is not built"
    elif not Path("/usr/lib/wine/wine64").exists():
        wine = "Wine is not installed"
    else:
        wine = Program([str(ROOT / "scripts/wine-run"), str(MINGW)], True, NATIVE)
    return [("native", native), ("wine", wine)]


def generators_of(marker):
    """Ids of the load generators, real or not, that a command started."""
    found = []
    if ON_WINDOWS:  # no other process's environment can be read there
        return found
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if (b"--connect" in (entry / "cmdline").read_bytes().split(b"\0")
                    and f"{MARKER}={marker}".encode() in (entry / "environ").read_bytes().split(b"\0")):
                found.append(int(entry.name))
    return found


def assert_no_generator_left(marker, limit=30):
    """A generator that cannot be waited for (Wine) may need a moment to see that the harness has gone."""
    give_up = time.monotonic() + limit
    while left := generators_of(marker):
        assert time.monotonic() < give_up, f"generators were left behind: {left}"
        time.sleep(0.02)


def schema(name):
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))


def description(out):
    document = json.loads((out / "run.json").read_text(encoding="utf-8"))
    schema("results.schema.json").validate(document)
    return document


def records(out):
    text = (out / "runs.jsonl").read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n"), "the last line was half-written"
    check = schema("run.schema.json")
    found = [json.loads(line) for line in text.splitlines()]
    for record in found:
        check.validate(record)
    return found


def codes(record, kind="reasons"):
    return {reason["code"] for reason in record[kind]}


def assert_measured(result, record):
    """The run went as it should; a busy machine may have spoiled its figures, and then the program said so."""
    assert codes(record) <= BUSY, (record["reasons"], result)
    assert result.code == (OK if record["valid"] else INVALID), result


def plain(text):
    """True where the text has no control characters but line ends: no colours, no cursor movement."""
    return not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
