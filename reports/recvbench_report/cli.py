"""recvbench-report: the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from recvbench_report import commands
from recvbench_report.terminal import EXIT_NO_DATA, EXIT_OK, EXIT_USAGE, fail, say, show


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    return options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recvbench-report",
        description="Reports from recvbench's run directories.",
        epilog="exit codes: 0 ok, 2 wrong usage or unreadable input, 13 no measurement to report on; of gate, compare and baseline also 10 to 12",
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in commands.MODULES:
        module.add(subparsers)
    crossover = subparsers.add_parser("crossover", help="say where one engine overtakes another along an axis that was swept")
    crossover.add_argument("directory", type=Path, metavar="RUNDIR", help="what `recvbench run --out` or `sweep` wrote")
    crossover.add_argument("--axis", metavar="NAME", help="only this one: connections, size, rate or an engine's setting")
    crossover.add_argument("--metric", choices=("p99", "p50", "rate", "cpu"), help="only this one")
    crossover.set_defaults(run=_crossover)
    return parser


def _crossover(options: argparse.Namespace) -> int:
    from recvbench_report import crossover
    from recvbench_report.load import InputError, NoRuns, load

    try:
        directory = load(options.directory)
    except NoRuns as error:
        return fail(error, EXIT_NO_DATA)
    except InputError as error:
        return fail(error, EXIT_USAGE)
    for warning in directory.warnings:
        say(f"warning: {warning}")
    text = crossover.text(directory, options.axis, options.metric)
    if not text:
        asked = "".join(f" {name} {value}" for name, value in (("--axis", options.axis), ("--metric", options.metric)) if value)
        return fail(
            f"{options.directory}: nothing to compare{asked}: two engines are needed, and two values of connections, size, rate or a setting",
            EXIT_NO_DATA,
        )
    show(text)
    return EXIT_OK
