"""How the tests run a command of the documentation: what its placeholders stand for, and what makes it short. Pure.

A command runs as it stands there, in a scratch folder (desk.py), but for this:
  paths          of this repository are given from its root, so that nothing is written to the checkout
  PLACEHOLDERS   stand for directories on the desk
  DIRECT         scripts/recvbench --native is the program that it starts: whether there is something to build was looked at before
  a rule         of RULES, the first that matches; its options replace those of the command, or are added to it
No rule, and the command fails its test; a rule that no command needs fails too.
"""

import re
from dataclasses import dataclass

PLACEHOLDERS = {"RUNDIR": "open-loop", "OTHER": "run", "BASE": "gated/base", "CANDIDATE": "gated/candidate", "DIR": "history", "NAME": "stored"}
FOLDERS = "engines|harness|out/build|reports|results|scripts"
DIRECT = (r"^scripts/recvbench --native (?!list)", "out/build/linux/harness/recvbench ")
# Files that a command promises by an option.
OUTPUTS = r"--(?:html|junit|markdown|json|out) (\S+\.\w+)"

PLUGIN = "out/build/linux/engines/tests/plugin/example/my_engine.so"
NATIVE, WINE = "out/build/linux/harness/recvbench", "out/build/mingw/harness/recvbench.exe"
MEASURED = (0, 13)  # so short a run, on a machine that does other things, need not be valid
SHORT = {"--duration": "250ms", "--warmup": "50ms", "--repeat": "1", "--out": "runs-{number}"}
SHORT_SEARCH = {"--warmup": "50ms", "--probe": "100ms", "--from": "8k", "--to": "16k", "--out": "runs-{number}"}
# One of a profile's scenarios, where the command names none.
ONE_SCENARIO = {"--scenario": "'*-5k*'"}
SCENARIO_GIVEN = r"--(?:scenario|rate|workload|connections|mode)\b"
# Programs that measure nothing (fake_recvbench.py) on both sides: a gate takes a hundred runs.
FAKE_GATE = {"--candidate": "same", "--noise": "noise.json", "--out": "gate-{number}"}


@dataclass(frozen=True)
class Rule:
    commands: str  # matches the begin of the command
    options: dict | None = None
    edits: tuple = ()  # (pattern, text)
    codes: tuple = (0,)
    measures: bool = False  # leaves a run directory in `--out`
    makes: tuple = ()  # files, beside those of OUTPUTS
    needs: tuple = ()  # what has to be built
    skip: str = ""  # why it cannot run in a test


BENCH = {"codes": MEASURED, "measures": True, "makes": ("runs-{number}/report.html",)}
RULES = (
    Rule(r"scripts/test\b", skip="is what runs this"),
    Rule(r"scripts\\\w+\.cmd", skip="needs Windows"),
    # The harness.
    Rule(r"scripts/recvbench --native (list|run --help|run .*--(dry-run|dump-config))", needs=(NATIVE,)),
    Rule(r"scripts/bench --native$", SHORT | {"--engine": "blocking,epoll"}, **BENCH, needs=(NATIVE,)),
    Rule(r"scripts/bench --native", SHORT, **BENCH, needs=(NATIVE,)),
    Rule(r"scripts/bench .*--engine", SHORT | {"--connections": "2"}, **BENCH, needs=(NATIVE, WINE)),
    Rule(r"scripts/bench$", SHORT | {"--connections": "2", "--engine": "iocp"}, **BENCH, needs=(NATIVE, WINE)),
    Rule(r"scripts/recvbench --native (run|sweep) ", SHORT, codes=MEASURED, measures=True, needs=(NATIVE,)),
    Rule(r"scripts/recvbench --native search ", SHORT_SEARCH, codes=MEASURED, makes=("runs-{number}/search.json",), needs=(NATIVE,)),
    Rule(r"scripts/recvbench --native doctor .*--quick", codes=MEASURED, needs=(NATIVE,)),
    Rule(r"scripts/recvbench --native doctor", {"--pairs": "4", "--duration": "100ms"}, codes=MEASURED, needs=(NATIVE,)),
    # Gates.
    Rule(r"scripts/gate .*--calibrate", {"--noise": "calibrated.json", "--out": "gate-{number}"}, ((r"--base \S+", "--base base"),),
         makes=("calibrated.json",)),
    Rule(r"scripts/gate .*--base-engine", {"--dry-run": ""}, needs=(NATIVE,)),
    Rule(r"scripts/gate .*--base ", FAKE_GATE, ((r"--base \S+", "--base base"),)),
    Rule(r"scripts/ci/gate.sh ", {"--candidate": "same", "--noise": "noise.json"}, (("HEAD~1", "base"),),
         makes=("gate/gate.json", "gate/report.html", "gate/junit.xml", "gate/summary.md", "gate/table.txt")),
    Rule(r"scripts/baseline update ", {"--base": "base", "--noise": "noise.json", "--baselines": "made", "--out": "baseline-{number}"}),
    # What Wine does of Winsock's documents.
    Rule(r"cmake --preset mingw", skip="builds what scripts/test mingw builds"),
    Rule(r"scripts/wine-run out/build/mingw/\S+", {"--gtest_filter": "Buffers.*"}, ((" --gtest_filter ", " --gtest_filter="),),
         makes=("out/semantics.json",), needs=("out/build/mingw/engines/tests/winsock_semantics_tests.exe",)),
    Rule(r"scripts/semantics-table ", edits=((">engines/", ">"),), makes=("semantics.md",)),
    # The report.
    Rule(r"scripts/recvbench-report (gate --baseline|baseline)", {"--baselines": "baselines"}),
    Rule(r"scripts/recvbench-report html RUNDIR OTHER", makes=("both.html",)),
    Rule(r"scripts/recvbench-report html RUNDIR .*--also png,csv", makes=("open-loop/report.csv", "open-loop/report/curves-1.png")),
    Rule(r"scripts/recvbench-report html RUNDIR", makes=("open-loop/report.html",)),
    Rule(r"scripts/recvbench-report crossover RUNDIR", edits=(("RUNDIR", "run"),)),  # it has an axis and rounds enough
    Rule(r"scripts/recvbench-report index DIR", makes=("history/index.html",)),
    Rule(r"scripts/recvbench-report export RUNDIR --hdr", makes=("open-loop/hdr",)),
    Rule(r"scripts/recvbench-report "),
    Rule(r"tar -xzf reports/example/run.tar.gz", makes=("run/runs.jsonl",)),
    # Your own engine.
    Rule(r"cmake -S engines/example", makes=("build/my_engine.so",)),
    Rule(r"RECVBENCH_CONFORMANCE_PLUGIN=", {"--gtest_filter": "'*Deliver*'"}, ((r" --gtest_filter ", " --gtest_filter="),),
         needs=("out/build/linux/engines/tests/engine_conformance_tests",)),
    # Benchmarks of recvbench itself.
    Rule(r"out/build/linux/harness/benchmarks/recvbench_micro", {"--benchmark_min_time": "0.001"},
         ((r" --benchmark_min_time ", " --benchmark_min_time="),), needs=("out/build/linux/harness/benchmarks/recvbench_micro",)),
    Rule(r"scripts/overhead --native", {"--engine": "epoll", "--pairs": "6", "--duration": "100ms", "--warmup": "50ms"}, codes=MEASURED,
         needs=("out/build/linux/harness/benchmarks/recvbench_overhead",)),
    # Hours, other tools, or a machine that does nothing else: of these only that they start and know their options.
    Rule(r"scripts/(truth|gate-experiment|compare-peers)\b", {"--help": ""}),
)  # fmt: skip


def rule_of(text):
    return next((rule for rule in RULES if re.match(rule.commands, text)), None)


def as_run(text, rule, number, root):
    """The line for the shell. `number` keeps commands' outputs apart."""
    options = dict(rule.options or {})
    if rule.measures and not re.search(SCENARIO_GIVEN, " ".join([text, *options])):
        options |= ONE_SCENARIO
    for name, value in options.items():
        text = _with_option(text, name, value.format(number=number))
    for pattern, to in rule.edits:
        text = re.sub(pattern, to, text)
    text = re.sub(*DIRECT, text)
    for name, place in PLACEHOLDERS.items():
        text = re.sub(rf"\b{name}\b", place, text)
    return re.sub(rf"(?<![\w./-])(?=(?:{FOLDERS})/)", f"{root}/", text)


def needed(text, rule):
    """What has to be built, from the root."""
    return (*rule.needs, PLUGIN) if "my_engine.so" in text else rule.needs


def promised(line, rule, number):
    """Files that are there afterwards, of a line of as_run()."""
    return [*re.findall(OUTPUTS, line), *(name.format(number=number) for name in rule.makes)]


def _with_option(text, name, value):
    given = re.compile(rf"(?<=\s){name} ('[^']*'|\S+)")
    told = f"{name} {value}".strip()
    return given.sub(lambda _: told, text) if given.search(text) else f"{text} {told}"
