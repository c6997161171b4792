"""A generator that is stopped for a fifth of the time cannot keep its schedule."""

from rows import FAILED, OK, UNRESOLVED, Row
from slowed_generator import pausing

ABOUT = "a slowed generator is declared generator-bound"


def run(bench):
    arguments = ["--connections", "4", "--rate", "2k"]
    with pausing(bench.program, 0.005, 0.025) as slowed:
        results = bench.interleaved({"control": lambda: bench.run(bench.liar(), *arguments),
                                     "slowed": lambda: bench.run(bench.liar(), *arguments, generator=slowed)})
    declared = {name: sum("generator-bound" in one.codes for one in runs) for name, runs in results.items()}
    rows = [Row("generator", "stopped 5 ms in 25: declared generator-bound", f"{bench.rounds} runs", f"{declared['slowed']} runs", "",
                bench.rounds, OK if declared["slowed"] == bench.rounds else FAILED)]
    # A quiet machine's own generator keeps its schedule; on another the control says that it is no such machine.
    rows.append(Row("generator", "left alone: declared generator-bound", "0 runs", f"{declared['control']} runs", "", bench.rounds,
                    OK if declared["control"] == 0 else UNRESOLVED))
    return rows
