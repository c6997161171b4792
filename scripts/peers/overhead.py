"""What the harness costs an engine: recvbench_overhead's own pairs (scripts/overhead), as rows of the same table."""

import json

from model import Median
from peers import process
from peers.comparison import Row, judge
from peers.pairs import Aim

NAME = "harness"
AIMS = [Aim("messages/s", at_least=0.98), Aim("CPU ns/message", at_most=1.02)]
KEYS = {"messages/s": "messages_per_s", "CPU ns/message": "cpu_ns_per_message"}
LEAST_PAIRS = 6


def rows_of(document):
    """Of recvbench_overhead --json; pure."""
    rows = []
    for model in document["models"]:
        ratios = [[pair["engine"], pair["bare"]] for pair in model["pairs"] if not pair["engine"]["invalid"] and not pair["bare"]["invalid"]]
        for aim in AIMS:
            key, found = KEYS[aim.figure], model[KEYS[aim.figure]]
            if found is None:
                rows.append(Row(NAME, aim.figure, f"bare {model['engine']} loop", *[None] * 7, 0, str(aim), "n/a", "no valid pair"))
                continue
            each = [engine[key] / bare[key] for engine, bare in ratios if engine[key] and bare[key]]
            rows.append(Row(NAME, aim.figure, f"bare {model['engine']} loop", found["engine_median"], found["bare_median"], found["ratio"],
                            found["low"], found["high"], min(each), max(each), found["pairs"], str(aim),
                            judge(aim, Median(found["ratio"], found["low"], found["high"], found["pairs"])), ""))
    return rows


def measure(program, rounds, seconds, cpu):
    command = [program, "--json", "--pairs", max(rounds, LEAST_PAIRS), "--duration", f"{seconds}s", "--pin", cpu]
    text = process.run(command, limit_s=600, allowed=(0, 13)).output
    return rows_of(json.loads(text[text.index("{"):]))
