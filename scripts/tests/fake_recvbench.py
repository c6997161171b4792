"""A recvbench for the tests of scripts/gate: it knows --dry-run and runs of one cell, measures nothing and writes what a run directory
holds, by a template that fake_program.py makes. FAKE, a JSON object beside the program, says how it behaves:
  cost       CPU time and response times are multiplied by it
  noise      by about what share they differ from run to run
  bias       what the second program that runs a pair is slower by: a machine that is no ground for comparisons
  cells      which there are
  threads    what the record says of the engine's setting
  fail       {"how": "exit"|"signal"|"hang"|"garbage"|"interrupted"|"invalid", "cell": only this one, "from": of its runs, from 0}
"""

import json
import os
import sys
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return json.load(file)


def write(out, name, text):
    with open(os.path.join(out, name), "w", encoding="utf-8") as file:
        file.write(text)


FAKE = read("fake.json")


def normal(text):
    """Of the standard normal distribution, about; the same for the same text."""
    return sum(zlib.crc32(f"{text} {i}".encode()) / 2**32 for i in range(12)) - 6


def values_of(*names):
    words = sys.argv[2:]
    found = [words[i + 1] for i, word in enumerate(words[:-1]) if word in names]
    return found + [word.partition("=")[2] for word in words if word.partition("=")[0] in names and "=" in word]


def selected():
    def wanted(cell):
        engine = cell.partition("/")[0]
        asked = [name for text in values_of("--engine", "-e") for name in text.split(",")]
        return (not asked or engine in asked) and cell not in values_of("--exclude")

    cells = [cell for cell in FAKE["cells"] if wanted(cell)]
    if not cells:
        sys.exit(usage("--engine: no such engine"))
    return cells


def usage(text):
    print("recvbench: " + text, file=sys.stderr)
    return 2


def plan(cells):
    rounds = int(values_of("--repeat")[-1])
    print(f"{rounds * len(cells)} runs (1 engine, 1 scenario, {rounds} rounds), about {round(rounds * len(cells) * 1.1)}s")
    for index, (number, cell) in enumerate((number, cell) for number in range(rounds) for cell in cells):
        print(f"{index:4}  round {number}  {cell}")
    print("skipped rio: not here", file=sys.stderr)


def due(fail, cell):
    """Whether this run is to fail."""
    if not fail or fail.get("cell", cell) != cell:
        return False
    counter = os.path.join(HERE, "runs")
    with open(counter, "a", encoding="ascii") as file:
        file.write("x")
    return os.path.getsize(counter) > fail.get("from", 0)


def run(cell):
    out, seed = values_of("--out")[-1], values_of("--seed")[-1]
    fail = FAKE["fail"]
    how = fail["how"] if due(fail, cell) else None
    if how == "exit":
        print("recvbench: out of luck", file=sys.stderr)
        return 1
    if how == "signal":
        os.kill(os.getpid(), 11)
    if how == "hang":
        os.execvp("sleep", ["sleep", "600"])
    if how == "interrupted":  # as Ctrl-C would be while this runs
        os.kill(os.getppid(), 2)
    os.mkdir(out)
    template = read("template.json")
    record, description = template["record"], template["description"]
    engine, scenario = cell.split("/")
    record["cell"], record["engine"]["name"], record["engine"]["label"], record["scenario"]["name"] = cell, engine, engine, scenario
    record["timing"]["started_unix_ns"] = time.time_ns()
    record["engine"]["settings"]["threads"] = FAKE["threads"]
    role = os.path.basename(out)
    factor = FAKE["cost"] * (1 + FAKE["noise"] * normal(f"{FAKE['name']} {cell} {seed} {role}")) * (FAKE["bias"] if role == "second" else 1)
    for kind in ("response", "service"):
        summary = record["latency"][kind]
        for key in ("mean_ns", "p50_ns", "p90_ns", "p99_ns", "max_ns"):
            summary[key] = round(summary[key] * factor)
    record["cost"]["cpu_ns_per_message"] *= factor
    if how == "invalid":
        record["valid"], record["reasons"] = False, [{"code": "generator-bound", "detail": "p99 slip 912 us, allowed 50 us"}]
    description["engines"] = [engine]
    description["environment"]["fingerprint"].update(FAKE["fingerprint"])
    write(out, "runs.jsonl", "{" if how == "garbage" else json.dumps(record) + "\n")
    write(out, "run.json", json.dumps(description))
    write(out, "latency.hlog", template["log"])
    return 0 if record["valid"] else 13


def main():
    if sys.argv[1:2] != ["run"]:
        return usage("only run")
    if unknown := [word for word in sys.argv[2:] if word.startswith("--nonsense")]:
        return usage(f"The following argument was not expected: {unknown[0]}")
    cells = selected()
    if "--dry-run" in sys.argv:
        return plan(cells)
    return run(*cells)


sys.exit(main())
