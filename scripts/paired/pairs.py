"""Runs pairs: both sides back to back, what they wrote gathered, and what the decision needs of them handed on."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from recvbench_report.gate.records import sample
from recvbench_report.gate.sample import Pair, Sample

from paired.collection import Collection
from paired.program import Program, RunFailed


def run_limit_s(run_s):
    """How long a run may take that is expected to take run_s: what lasts longer hangs."""
    return 60 + 3 * run_s


@dataclass
class Series:
    """One side of some pairs: which program runs them, and where their runs are gathered."""

    program: Program
    runs: Collection


class PairRunner:
    """directory: where a run in flight writes; it is gone afterwards."""

    def __init__(self, base, candidate, directory, limit_s, interrupts):
        self._series = (base, candidate)
        self._directory = Path(directory)
        self._limit_s = limit_s
        self._interrupts = interrupts

    def __call__(self, turn):
        """The Pair; None where an interrupt left it incomplete."""
        samples = {}
        for side in (0, 1) if turn.base_first else (1, 0):
            if self._interrupts.stop():
                return None
            samples[side] = self._run(side, turn)
        return None if self._interrupts.abort() else Pair(samples[0], samples[1])

    def _run(self, side, turn):
        series = self._series[side]
        out = self._directory / ("first", "second")[side]
        try:
            found = series.program.run(turn.cell, turn.seed, out, self._limit_s, self._interrupts.abort)
            return sample(series.runs.add(found, out / "latency.hlog", turn.number))
        except RunFailed as error:
            return Sample(False, {}, (f"run-failed: {error}",))
        finally:
            shutil.rmtree(out, ignore_errors=True)
