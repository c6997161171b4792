"""Sides of a gate: run directories whose runs hardly scatter, to be measured in turns with each other."""

import random

import make_run

OPEN, _, MAX = make_run.SCENARIOS
CELLS = (("iocp", OPEN), ("select", OPEN), ("iocp", MAX))


def runs(rounds=10, begin=0, cpu=1.0, cells=CELLS):
    """A side, in turns with another that begins at 1: its first cell's CPU time times `cpu`. Hardly any scatter."""
    found = []
    for round_ in range(rounds):
        for i, (engine, scenario) in enumerate(cells):
            run, _ = make_run.record(len(found), round_, engine, scenario, random.Random(i), messages=1500)
            run["cost"]["cpu_ns_per_message"] *= random.Random(round_).uniform(0.999, 1.001) * (cpu if i == 0 else 1)
            run["timing"]["started_unix_ns"] += begin
            found.append(run)
    return found


def write(directory, made, **changes):
    description = make_run.description(None, made)
    description.update(changes)
    return make_run.write(directory, [(run, {}) for run in made], description)
