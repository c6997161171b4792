"""Runs a side's recvbench: once to ask which cells there are, and once for each run of a pair."""

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

from recvbench_report import load

from paired.checkout import last_line
from paired.failure import INVALID, USAGE, GateError

MOST_SECONDS_TO_PLAN = 120  # Wine's first program starts its server
ROUNDS_TO_PLAN = 20  # the plan's time is told in whole seconds: so many rounds of it tell that of one run to a twentieth
MEASURED = (0, 13)  # 13: a run that is not valid, whose record says why
INTERRUPTED = 130


class RunFailed(Exception):
    """A run left no record: one line that says why."""


@dataclass(frozen=True)
class Finished:
    code: int
    stdout: str
    stderr: str


def _wait(process, limit_s, abort):
    """By a thread, so that the end is seen at once and signals are meanwhile: Popen's own wait with a limit sleeps up to 50 ms."""
    ended = threading.Event()
    threading.Thread(target=lambda: (process.wait(), ended.set()), daemon=True).start()
    give_up = time.monotonic() + limit_s
    while not ended.wait(0.2):
        if abort():
            raise RunFailed("broken off")
        if time.monotonic() > give_up:
            raise RunFailed(f"still running after {limit_s:.0f} s, and was ended")


def _kill(process):
    """With the generator that it has started."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/f", "/t", "/pid", str(process.pid)], capture_output=True)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def execute(command, limit_s, abort=lambda: False):
    """A program from its begin to its end, in a process group of its own: Ctrl-C is for the gate, which asks abort() whether to
    break off. The program is ended with its children at the limit, and where anything is raised meanwhile."""
    own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, **own_group)
        try:
            _wait(process, limit_s, abort)
        except BaseException:
            _kill(process)
            raise
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace").replace("\r\n", "\n"))
    return Finished(process.returncode, *texts)


def how_it_ended(finished):
    if finished.code < 0:
        try:
            return f"was ended by {signal.Signals(-finished.code).name}"
        except ValueError:
            return f"was ended by signal {-finished.code}"
    return f"ended with {finished.code}: {last_line(finished.stderr).removeprefix('recvbench: ')}"


@dataclass(frozen=True)
class Plan:
    """What `recvbench run` would do with the options that were given."""

    cells: tuple[str, ...]
    run_s: float  # about how long one run takes
    notes: tuple[str, ...]  # what it leaves out, and why


def parse_plan(finished):
    """Of what --dry-run prints: `3 runs (...), about 1m 05s`, then a line for each run: index, round and cell."""
    runs = re.findall(r"^ *\d+  round (\d+)  (\S.*)$", finished.stdout, re.MULTILINE)
    about = re.match(r"(\d+) runs? \(.*\), about (?:(\d+)h )?(?:(\d+)m ?)?(?:(\d+)s)?$", finished.stdout.partition("\n")[0])
    if not runs or not about or int(about[1]) != len(runs):
        raise GateError(f"recvbench run --dry-run: not a plan: {last_line(finished.stdout)}", INVALID)
    hours, minutes, seconds = (int(part or 0) for part in about.groups()[1:])
    cells = sorted(cell for number, cell in runs if number == "0")
    return Plan(tuple(cells), (hours * 3600 + minutes * 60 + seconds) / len(runs), tuple(finished.stderr.splitlines()))


class Program:
    def __init__(self, side, options):
        self.side = side
        self._options = list(options)
        self.plan = None

    def ask_plan(self):
        try:
            finished = execute(self._command(ROUNDS_TO_PLAN, "--dry-run"), MOST_SECONDS_TO_PLAN)
        except OSError as error:
            raise GateError(f"{self.side.name}: {self.side.command[0]}: {error.strerror}", USAGE) from error
        except RunFailed as error:
            raise GateError(f"{self.side.name}: {self.side.program}: {error}", INVALID) from error
        if finished.code == USAGE:
            raise GateError(f"{self.side.name}: {last_line(finished.stderr).removeprefix('recvbench: ')}", USAGE)
        if finished.code != 0:
            raise GateError(f"{self.side.name}: {self.side.program} {how_it_ended(finished)}", INVALID)
        self.plan = parse_plan(finished)
        return self.plan

    def run(self, cell, seed, out, limit_s, abort=lambda: False):
        """One run of one cell into the new directory `out`; what it wrote, a load.RunDirectory. RunFailed where that is not a run."""
        others = [f"--exclude={pattern_of(name)}" for name in self.plan.cells if name != cell]
        try:
            finished = execute(self._command(1, "--seed", str(seed), "--out", self.side.path(out), "--progress", "none", *others), limit_s, abort)
        except OSError as error:
            raise RunFailed(f"{self.side.command[0]}: {error.strerror}") from error
        if finished.code not in MEASURED:
            raise RunFailed(how_it_ended(finished))
        return read(out, cell)

    def _command(self, rounds, *arguments):
        side = self.side
        engines = [word for engine in side.engines for word in ("--engine", engine)]
        chosen = any(word.partition("=")[0] == "--generator" for word in self._options)
        generator = ["--generator", side.path(side.generator)] if side.generator and not chosen else []
        return [*side.command, "run", *generator, *self._options, *engines, "--repeat", str(rounds), *arguments]


def pattern_of(cell):
    """A glob for that cell alone. --exclude splits at commas, which stand between an engine's settings."""
    return cell.replace(",", "?")


def read(out, cell):
    """The run directory of one run of that cell, held against the schemas of this checkout."""
    try:
        found = load.load(out, streams=())
    except load.InputError as error:
        raise RunFailed(f"left no record of its run: {str(error).removeprefix(f'{out}/')}") from error
    cells = [run["cell"] for run in found.runs]
    if cells != [cell]:
        raise RunFailed(f"ran {', '.join(cells)} instead of {cell}")
    return found
