"""Runs recvbench for the truth experiments: one process a run, interleaved, with the receiver and the generator where the caller
wants them."""

import json
import random
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import lies

MOST_SECONDS = 120  # a run takes seconds: what lasts so long hangs


class RunError(Exception):
    """recvbench could not be run at all: one line."""


@dataclass
class Run:
    record: dict
    lie: dict | None  # what the liar did; None of another engine
    histograms: dict  # "response", "service"

    @property
    def codes(self):
        return {reason["code"] for reason in self.record["reasons"]}

    def at(self, kind, fraction):
        return self.histograms[kind].values_at([fraction])[0]


@dataclass
class Bench:
    program: Path
    plugin: Path  # the liar
    placement: list[str] = field(default_factory=list)  # --cpus, --load-cpus
    warmup_s: float = 0.5
    duration_s: float = 2.0
    rounds: int = 8
    seed: int = 1

    def liar(self, **settings):
        return lies.spec(self.plugin, **settings)

    def run(self, engine, *arguments, generator=None, placement=None, duration_s=None):
        """One run, valid or not: an experiment wants the figures of spoilt ones."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            command = [self.program, "run", "--engine", engine, "--out", out, "--repeat", "1", "--warmup",
                       f"{round(self.warmup_s * 1000)}ms", "--duration", f"{round((duration_s or self.duration_s) * 1000)}ms",
                       *(self.placement if placement is None else placement), *arguments]
            if generator:
                command += ["--generator", generator]
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=MOST_SECONDS)
            if done.returncode not in (0, 13) or not (out / "runs.jsonl").exists():
                raise RunError(f"recvbench ended with {done.returncode}: {(done.stderr.splitlines() or ['silent'])[-1]}")
            (record,) = [json.loads(line) for line in (out / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
            told = lies.confessions(done.stderr)
            found = {tag.partition(".")[2]: histogram for tag, histogram in lies.histograms(out).items()}
            return Run(record, told[0] if told else None, found)

    def interleaved(self, cells, say=lambda text: print(text, file=sys.stderr)):
        """{name: [result of each round]} of cells {name: function}: every round runs all of them, in an order drawn by the seed."""
        draw = random.Random(self.seed)
        results = {name: [] for name in cells}
        for number in range(1, self.rounds + 1):
            order = list(cells)
            draw.shuffle(order)
            for name in order:
                results[name].append(cells[name]())
            say(f"  round {number}/{self.rounds}")
        return results


# What recvbench says of a run on a machine that had no time for it.
DISTURBED = {"generator-bound", "rate-not-met", "late-start", "unsteady"}


def disturbed(runs):
    """More than a quarter of these runs, in which nothing was injected that could be the cause, were declared not to be what was
    asked for: what they show is the machine's."""
    return sum(bool(DISTURBED & run.codes) for run in runs) > len(runs) / 4


def noise(differences):
    """What two series of the same kind still differ by: twice the standard error of their median difference
    (1.2533 sigma / sqrt(n), sigma from the median absolute deviation)."""
    middle = statistics.median(differences)
    sigma = 1.4826 * statistics.median(abs(d - middle) for d in differences)
    return 2 * 1.2533 * sigma / len(differences) ** 0.5
