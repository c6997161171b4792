"""The measurements of a gate in their order: trial runs, the machine's noise, the pairs."""

from dataclasses import dataclass, replace
from pathlib import Path

from recvbench_report.gate import sequential

from paired import noise_file, preparation, session
from paired.collection import Collection
from paired.failure import INTERRUPTED, INVALID, USAGE, GateError
from paired.interrupts import Interrupts
from paired.pairs import PairRunner, Series, run_limit_s
from paired.program import Program
from paired.progress import Progress, say, style_of, wait

RULES = sequential.Rules()
CONTROL = " (A/A)"  # behind the name of the cell that is run with the base on both sides


def plural(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


@dataclass
class Measuring:
    """What all runs of a gate have in common."""

    asked: object  # the options
    folder: Path  # --out
    base: Program
    candidate: Program
    run_s: float  # about how long a run takes
    interrupts: Interrupts
    command: list[str]

    def series(self, program, name):
        return Series(program, Collection(self.folder / name, self.command))

    def runner(self, base, candidate):
        return PairRunner(base, candidate, self.folder / "running", run_limit_s(self.run_s), self.interrupts)

    def progress(self, looks, about=""):
        return Progress(looks, style_of(self.asked.progress), about)


def trials(measuring, cells):
    """A run of every cell on both sides that does not count: whether it works, and whether the sides may be compared."""
    found = {}
    for program in (measuring.base, measuring.candidate):
        of_side = found[program.side.name] = {}
        for cell in cells:
            if measuring.interrupts.stop():
                raise GateError("interrupted before the first pair", INTERRUPTED)
            of_side[cell] = preparation.trial(program, cell, measuring.asked.seed, measuring.folder / "running/trial",
                                              run_limit_s(measuring.run_s), measuring.interrupts.abort)
    return preparation.compared(found["base"], found["candidate"])


def noise_of(measuring, trial, cells):
    """{(cell, metric): Noise} of these cells: stored, or measured now and stored."""
    conditions = noise_file.conditions_of(trial.descriptions["base"])
    path = measuring.asked.noise or noise_file.default_path(conditions)
    known, lacking = preparation.stored_noise(path, conditions, cells)
    if measuring.asked.calibrate:
        lacking = cells
    if not lacking:
        say(f"noise of this machine: {path}")
        return known
    pairs = measuring.asked.pairs
    if not measuring.asked.calibrate:
        say(f"noise of this machine: not in {path}, so first {pairs} pairs base against base of"
            f" {plural(len(lacking), 'cell')}: {wait(2 * pairs * len(lacking) * measuring.run_s)} more")
    first, second = (measuring.series(measuring.base, f"calibration/{name}") for name in ("first", "second"))
    progress = measuring.progress([pairs], "noise, ")
    found = None
    try:
        found = session.run_calibration(lacking, pairs, RULES, measuring.asked.seed, measuring.runner(first, second), progress)
    except session.TooManyInvalid as error:
        raise GateError(f"the calibration failed: {error}", INVALID) from error
    finally:
        progress.end_line()
        for one in (first, second):
            one.runs.finish(found is not None)
    if found is None:
        raise GateError("interrupted while calibrating: nothing was compared, and nothing is stored", INTERRUPTED)
    known.update(preparation.calibrated(found))
    noise_file.write(path, conditions, known)
    say(f"noise of this machine: measured, {path}")
    return known


@dataclass
class Measured:
    result: sequential.Result
    candidate_records: list[dict]
    complete: bool  # False: interrupted
    control: str  # which cell that was


def measure(measuring, cells, noise):
    """All pairs, until each cell is decided or the gate is interrupted."""
    control = cells[measuring.asked.seed % len(cells)]
    known = dict(noise) | {(control + CONTROL, key): one for (cell, key), one in noise.items() if cell == control}
    try:
        decision = sequential.Gate(cells, [control + CONTROL], measuring.asked.metrics, known, RULES)
    except sequential.CannotDecide as error:
        raise GateError(str(error), USAGE) from error
    base = measuring.series(measuring.base, "base")
    candidate = measuring.series(measuring.candidate, "candidate")
    first, second = (measuring.series(measuring.base, f"control/{name}") for name in ("first", "second"))
    run_gated, run_control = measuring.runner(base, candidate), measuring.runner(first, second)

    def run_pair(turn):
        if turn.cell == control + CONTROL:
            return run_control(replace(turn, cell=control))
        return run_gated(turn)

    progress = measuring.progress(RULES.looks)
    complete = session.run_gate(decision, RULES, measuring.asked.seed, run_pair, progress)
    progress.end_line()
    for one in (base, candidate, first, second):
        one.runs.finish(complete)
    return Measured(decision.result(), candidate.runs.records, complete, control)
