"""recvbench-report baseline update|list|show|diff: what a build needed on this machine, stored to compare later builds with."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path

from recvbench_report.commands.failures import told
from recvbench_report.commands.gate import add_folder_option, metric_list
from recvbench_report.gate import exits
from recvbench_report.terminal import fail, say, show

SIDE = "the name of a baseline, its file, or a run directory"


def add(subparsers) -> None:
    parser = subparsers.add_parser(
        "baseline", help="store what a build needs on this machine, list, show and compare what is stored",
        epilog="`recvbench-report gate --baseline` compares with one.",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    make = commands.add_parser(
        "update", help="make or replace a baseline from two series of runs of one build (scripts/baseline update measures them)",
        epilog="exit codes: 0 written; 2 wrong usage or unreadable input; 11 the two do not agree; 13 no valid measurement. "
        "Nothing is written but with 0.",
    )  # fmt: skip
    make.add_argument("first", type=Path, metavar="RUNDIR_A", help="what `recvbench run --out` wrote, 16 runs a cell or more, better 32")
    make.add_argument("second", type=Path, metavar="RUNDIR_B", help="the same build and options once more, best in turns with it")
    add_name_option(make)
    make.add_argument("--metric", type=metric_list, metavar="LIST", dest="metrics", help="store only these, such as cpu,throughput")
    make.set_defaults(run=update)
    every = commands.add_parser("list", help="names, machines, cells, age and build", epilog="exit codes: 0; 2 usage; 12 none there")
    every.set_defaults(run=_list)
    one = commands.add_parser("show", help="one as a table", epilog="exit codes: 0; 2 usage; 12 no such baseline")
    one.add_argument("name", metavar="NAME", help="of a baseline, or its file")
    one.set_defaults(run=_show)
    two = commands.add_parser(
        "diff", help="how figures and parameters differ, without a verdict", epilog="exit codes: 0; 2 usage; 12 no such baseline; 13 no run"
    )
    two.add_argument("before", metavar="BEFORE", help=SIDE)
    two.add_argument("after", metavar="AFTER", help=SIDE)
    two.set_defaults(run=_diff)
    for command in (make, every, one, two):
        add_folder_option(command)


def add_name_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="of the baseline (default: the fingerprint of machine and build)")


@told
def update(options: argparse.Namespace) -> int:
    """`options`: first, second, name, metrics and baselines; None for what is usual of the last three."""
    from recvbench_report.baselines import agreement, differences, folder, text
    from recvbench_report.gate.metrics import METRICS
    from recvbench_report.load import load

    paths = (options.first, options.second)
    sides = [load(path, streams=()) for path in paths]
    for path, side in zip(paths, sides):
        for warning in side.warnings:
            say(f"warning: {path}: {warning}")
    try:
        document = agreement.build(*sides, options.metrics or METRICS)
    except agreement.Refused as refused:
        return fail(f"no baseline was written: {refused}", refused.code)
    name = document["environment"]["fingerprint"]["hash"] if options.name is None else options.name
    path, old = folder.store(options.baselines or folder.DEFAULT, name, document)
    new = folder.Stored(path, document)
    if old:
        before, after = (differences.of_baseline(word, one.document) for word, one in (("old", old), ("new", new)))
        show(text.differences(differences.between(before, after), advice=""))
    else:
        show(text.shown(new))
    print(path)
    return exits.OK


@told
def _list(options: argparse.Namespace) -> int:
    from recvbench_report.baselines import document, folder, text

    directory = options.baselines or folder.DEFAULT
    found, unusable = folder.all_of(directory)
    for line in unusable:
        say(f"warning: not read: {line}")
    if not found:
        return fail(f"{directory}: no baseline; {document.HOW_TO_MAKE_ONE}", exits.NO_BASELINE)
    show(text.listed(found, datetime.now(timezone.utc).replace(tzinfo=None)))
    return exits.OK


@told
def _show(options: argparse.Namespace) -> int:
    from recvbench_report.baselines import text
    from recvbench_report.load import NoDirectory

    try:
        show(text.shown(_stored(options.name, options.baselines)))
    except NoDirectory as error:
        return fail(error, exits.NO_BASELINE)
    return exits.OK


@told
def _diff(options: argparse.Namespace) -> int:
    from recvbench_report.baselines import differences, text
    from recvbench_report.load import NoDirectory

    try:
        sides = [_side(one, options.baselines) for one in (options.before, options.after)]
    except NoDirectory as error:
        return fail(error, exits.NO_BASELINE)
    show(text.differences(differences.between(*sides)))
    return exits.OK


def _side(named: str, directory: Path | None):
    from recvbench_report.baselines import differences
    from recvbench_report.gate.sides import side_of
    from recvbench_report.load import load

    if Path(named).is_dir():
        runs = load(Path(named), streams=())
        return differences.of_runs(named, side_of(Path(named), runs).about, runs)
    stored = _stored(named, directory)
    return differences.of_baseline(stored.name, stored.document)


def _stored(named: str, directory: Path | None):
    from recvbench_report.baselines import document, folder

    path = Path(named)
    if path.is_file():
        return folder.Stored(path, document.read(path))
    return folder.named(directory or folder.DEFAULT, named)
