"""recvbench-report trend DIR: how the medians of a history of measurements went, and where they changed."""

from __future__ import annotations

import argparse
from pathlib import Path

from recvbench_report.commands.failures import told
from recvbench_report.terminal import EXIT_NO_DATA, EXIT_OK, emit, fail, say, show


def add(subparsers) -> None:
    parser = subparsers.add_parser("trend", help="show medians over a history of run directories, and where they changed (advice only)")
    parser.add_argument("directory", type=Path, metavar="DIR", help="a directory of run directories")
    parser.add_argument("--json", action="store_true", help="results/schema/trend.schema.json instead of a table")
    parser.set_defaults(run=run)


@told
def run(options: argparse.Namespace) -> int:
    from recvbench_report import history
    from recvbench_report.trend import document, series, terminal

    read = history.read(options.directory)
    for _, error in read.unusable:
        say(f"warning: not used: {error}")
    found = series.of_history(read.entries)
    if not found:
        return fail(f"{options.directory}: no valid run has a figure to follow", EXIT_NO_DATA)
    if options.json:
        emit(document.text(read, found))
    else:
        show(terminal.text(read, found))
    return EXIT_OK
