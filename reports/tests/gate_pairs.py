"""Pairs of samples whose changes are given, and a gate that is fed with them."""

from recvbench_report.gate.sample import Pair, Sample

WORSE, LEVEL, BETTER = 1.2, 1.0, 0.8


def pair(ratio, base=100_000.0, keys=("cpu",)):
    return Pair(Sample(True, dict.fromkeys(keys, base)), Sample(True, dict.fromkeys(keys, base * ratio)))


def pairs(worse=0, level=0, better=0, **what):
    return [pair(r, **what) for r in [WORSE] * worse + [LEVEL] * level + [BETTER] * better]


def broken(side, reason="unsteady: it drifted", defects=()):
    good = Sample(True, {"cpu": 1.0})
    bad = Sample(False, {"cpu": 1.0}, (reason,), defects)
    return Pair(bad, good) if side == "base" else Pair(good, bad)


def feed(gate, of):
    """Up to the next look, then looks; `of` gives a cell's pairs in turn."""
    for cell in gate.open_cells:
        while cell in gate.open_cells and gate.missing(cell):
            gate.add(cell, next(of[cell]))
    return {cell.name: cell.verdict for cell in gate.look()}
