"""What is settled before the first pair: which cells both sides have, whether they may be compared, and how noisy this machine is."""

import shutil
from dataclasses import dataclass

from recvbench_report.gate import calibration, comparable
from recvbench_report.gate.metrics import METRICS
from recvbench_report.gate.records import sample

from paired import noise_file
from paired.failure import INVALID, GateError
from paired.program import RunFailed


@dataclass(frozen=True)
class Cells:
    shared: list[str]  # to be compared
    new: list[str]  # the candidate's alone
    gone: list[str]  # the base's alone


def cells_of(base, candidate):
    """Of two plans."""
    return Cells([cell for cell in base.cells if cell in candidate.cells],
                 [cell for cell in candidate.cells if cell not in base.cells],
                 [cell for cell in base.cells if cell not in candidate.cells])


def trial(program, cell, seed, folder, limit_s, abort):
    """One run that does not count, a load.RunDirectory. Tried twice: a program that Wine does not start is no finding."""
    for attempt in (1, 2):
        try:
            return program.run(cell, seed, folder, limit_s, abort)
        except RunFailed as error:
            if abort() or attempt == 2:
                raise GateError(f"{program.side.name}: {cell}: {program.side.program} {error}", INVALID) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Trials:
    """One run of every cell on both sides."""

    descriptions: dict  # run.json by side: "base", "candidate"
    incomparable: dict[str, list[str]]  # by cell: why
    levels: dict[str, dict]  # by cell: the base's figures by metric, to know about how large they are


def compared(base, candidate):
    """Trials of {cell: RunDirectory} of either side, the same cells."""
    one, other = (next(iter(side.values())).description for side in (base, candidate))
    machines = comparable.machines(one, other)
    differences = {cell: machines or comparable.cells(base[cell].runs, candidate[cell].runs) for cell in base}
    levels = {cell: sample(found.runs[0]).figures for cell, found in base.items()}
    return Trials({"base": one, "candidate": other}, {cell: why for cell, why in differences.items() if why}, levels)


def calibrated(pairs):
    """{(cell, metric): Noise} of A/A pairs by cell. GateError where there are too few valid ones."""
    try:
        return calibration.calibrate(pairs, METRICS)
    except calibration.TooFewPairs as error:
        raise GateError(f"the calibration failed: {error}", INVALID) from error


def too_noisy(noise, cells, metrics):
    """What cannot be gated on this machine, a line each."""
    return [f"{cell}: {metric.title}: noise floor {noise[cell, metric.key].floor:.1%} is more than {calibration.MOST_NOISE} times"
            f" {metric.min_effect:.1%}"
            for cell in cells for metric in metrics
            if (cell, metric.key) in noise and calibration.too_noisy(metric, noise[cell, metric.key].floor)]


def stored_noise(path, conditions, cells):
    """({(cell, metric): Noise} of all that is stored, cells without any)."""
    known = noise_file.read(path, conditions)
    measured = {cell for cell, _ in known}
    return known, [cell for cell in cells if cell not in measured]


def sensitivity(noise, levels, cells, metrics, rules):
    """Rows (cell, metric's title, noise floor, least effect found at the first look, and at the last) for people. levels: {cell:
    {metric: about how large it is on the base}}."""
    gated = [(cell, metric, noise[cell, metric.key]) for cell in cells for metric in metrics
             if (cell, metric.key) in noise and levels[cell].get(metric.key)]
    rows = []
    for cell, metric, one in gated:
        margin = metric.margin(levels[cell][metric.key], max(metric.min_effect, one.floor))
        least = [calibration.detectable(metric, one.sigma, pairs, margin, len(gated), len(rules.looks), rules.alpha)
                 for pairs in (rules.looks[0], rules.looks[-1])]
        rows.append((cell, metric.title, f"{one.floor:.1%}", *(f"{effect:.1%}" for effect in least)))
    return rows
