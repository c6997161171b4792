"""A gate from its options to its exit code: what scripts/gate does."""

import shutil
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from recvbench_report.gate import exits, overall

from paired import outcome, preparation, sides
from paired.failure import INTERRUPTED, INVALID, USAGE, GateError
from paired.interrupts import Interrupts
from paired.measuring import RULES, Measuring, measure, noise_of, plural, trials
from paired.program import Program
from paired.progress import say, wait


def main(asked, run_options, root):
    base, candidate = programs(asked, run_options, root)
    cells = preparation.cells_of(base.ask_plan(), candidate.ask_plan())
    check_bounds(asked.slo, candidate.plan.cells)
    for note in dict.fromkeys(base.plan.notes + candidate.plan.notes):
        say(note)
    run_s = max(base.plan.run_s, candidate.plan.run_s)
    announce(base.side, candidate.side, cells, run_s, asked)
    if asked.dry_run:
        print("\n".join(cells.shared))
        return exits.OK
    folder = new_folder(asked.out)
    try:
        with Interrupts() as interrupts:
            measuring = Measuring(asked, folder, base, candidate, run_s, interrupts, ["scripts/gate", *sys.argv[1:]])
            return (calibrate if asked.calibrate else gate)(measuring, cells)
    finally:
        shutil.rmtree(folder / "running", ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def programs(asked, run_options, root):
    """[base, candidate], built; one program where only the plug-ins differ or the noise is measured."""
    candidate = sides.source(asked.candidate or str(root), "--candidate", root)
    base = sides.source(asked.base, "--base", root) if asked.base else candidate
    plugins = asked.candidate_engine
    if asked.calibrate:
        candidate, plugins = base, asked.base_engine
    first = sides.prepare("base", base, root, asked.native, asked.base_engine, say)
    if candidate == base:
        second = replace(first, name="candidate", engines=tuple(plugins))
    else:
        second = sides.prepare("candidate", candidate, root, asked.native, plugins, say)
    return [Program(side, run_options) for side in (first, second)]


def check_bounds(bounds, cells):
    """Before anything runs: a bound that is of no cell would be found to be one an hour later."""
    for bound in bounds:
        if not any(bound.matches(cell) for cell in cells):
            raise GateError(f"--slo {bound.text}: no cell matches; the first is {cells[0]}", USAGE)


def new_folder(out):
    folder = out or Path("runs") / f"gate-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise GateError(f"--out {folder}: is not empty", USAGE)
        (folder / "running").mkdir()
    except OSError as error:
        raise GateError(f"--out {folder}: {error.strerror}", USAGE) from error
    return folder


def announce(base, candidate, cells, run_s, asked):
    count, looks = len(cells.shared), RULES.looks
    say(f"base:      {base.about}{''.join(f', {engine}' for engine in base.engines)}")
    if asked.calibrate:
        say(f"{plural(count, 'cell')}, {asked.pairs} pairs base against base: about {wait((2 * asked.pairs + 2) * count * run_s)}")
        return
    say(f"candidate: {candidate.about}{''.join(f', {engine}' for engine in candidate.engines)}")
    if not count:
        return
    # A trial run of every cell on both sides, then pairs of all cells and of the control.
    least, most = (wait(2 * run_s * (count + (count + 1) * pairs)) for pairs in (looks[0], looks[-1]))
    say(f"{plural(count, 'cell')} and a control, {looks[0]} to {looks[-1]} pairs of each: {least} to {most}")


def check_noise(noise, trial, cells, metrics):
    """Shows what can be found here; refuses what is too noisy for that."""
    for line in outcome.sensitivity(preparation.sensitivity(noise, trial.levels, cells, metrics, RULES), RULES):
        say(line)
    if noisy := preparation.too_noisy(noise, cells, metrics):
        raise GateError(f"too noisy to be gated here (--metric chooses others): {'; '.join(noisy)}", INVALID)


def calibrate(measuring, cells):
    trial = trials(measuring, cells.shared)
    check_noise(noise_of(measuring, trial, cells.shared), trial, cells.shared, measuring.asked.metrics)
    return exits.OK


def gate(measuring, cells):
    """What comes of it is told in gate.json, unless it was interrupted before the first pair or asked for what makes no sense."""
    trial, measured, problems = None, None, {}
    try:
        trial = trials(measuring, cells.shared) if cells.shared else None
        chosen = [cell for cell in cells.shared if cell not in trial.incomparable]
        measured = measured_pairs(measuring, trial, chosen) if chosen else None
    except GateError as error:
        if error.code != INVALID:
            raise
        problems = {overall.INVALID: str(error)}
    found = outcome.build(measuring.asked, (measuring.base.side, measuring.candidate.side), trial, cells, measured, problems)
    code = outcome.write(measuring.asked, measuring.folder, found)
    return code if measured is None or measured.complete else INTERRUPTED


def measured_pairs(measuring, trial, cells):
    noise = noise_of(measuring, trial, cells)
    check_noise(noise, trial, cells, measuring.asked.metrics)
    return measure(measuring, cells, noise)
