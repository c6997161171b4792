"""A baseline from its options to its exit code: what scripts/baseline does.

Measuring it is calibrating a gate: pairs of runs with the same build on both sides. Of the two series that this leaves in run
directories recvbench-report makes the baseline, or says why they do not agree.
"""

import argparse
import textwrap
from datetime import datetime, timezone
from pathlib import Path

from recvbench_report.baselines import folder
from recvbench_report.commands import baseline
from recvbench_report.commands.gate import add_folder_option
from recvbench_report.gate import exits
from recvbench_report.load import InputError

from paired import gate_run
from paired.arguments import Parser, parse
from paired.failure import INTERRUPTED, USAGE, GateError

PAIRS = 32  # of which each test needs 23 within its margin (recvbench_report/baselines/agreement.py)
EPILOG = "\n".join(textwrap.wrap(
    "Other options: --native, --base, --base-engine, --metric, --pairs, --seed, --noise, --out, --progress and --dry-run as in"
    f" scripts/gate --help, with {PAIRS} pairs by default; all others are those of `recvbench run`. Exit codes: 0 written; 2 usage;"
    f" 11 the two series do not agree; 13 nothing valid was measured; {INTERRUPTED} interrupted. Nothing is stored but with 0.", 80))  # fmt: skip


def main(words, description, root):
    asked, rest = parser(description).parse_known_args(words)
    measured, for_runs = parse(["--calibrate", "--pairs", str(PAIRS), *rest])
    if asked.name is not None:
        check_name(asked)
    measured.out = measured.out or Path("runs") / f"baseline-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"
    code = gate_run.main(measured, for_runs, root)
    if code != exits.OK or measured.dry_run:
        return code
    series = measured.out / "calibration"
    return baseline.update(argparse.Namespace(first=series / "first", second=series / "second", name=asked.name,
                                              metrics=measured.metrics, baselines=asked.baselines))  # fmt: skip


def check_name(asked):
    """Before anything runs: what must not be replaced would be found an hour later."""
    try:
        folder.replaced(asked.baselines or folder.DEFAULT, asked.name)
    except InputError as error:
        raise GateError(str(error), USAGE) from error


def parser(description):
    made = Parser(prog="baseline", description=description, epilog=EPILOG, allow_abbrev=False,
                  formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    made.add_argument("command", choices=["update"], help="the one that measures")
    baseline.add_name_option(made)
    add_folder_option(made)
    return made
