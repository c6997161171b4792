"""recvbench-report index DIR: one page that lists the measurements of a history directory."""

from __future__ import annotations

import argparse
from pathlib import Path

from recvbench_report.commands.failures import told
from recvbench_report.terminal import EXIT_OK, say, write_atomically


def add(subparsers) -> None:
    parser = subparsers.add_parser("index", help="write one page that lists the run directories of a directory")
    parser.add_argument("directory", type=Path, metavar="DIR", help="a directory of run directories")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: DIR/index.html")
    parser.set_defaults(run=run)


@told
def run(options: argparse.Namespace) -> int:
    from recvbench_report import history, index
    from recvbench_report.trend import series

    read = history.read(options.directory)
    for _, error in read.unusable:
        say(f"warning: not read: {error}")
    target = options.out or options.directory / "index.html"
    write_atomically(target, index.render(read, series.of_history(read.entries), target.parent))
    print(target)
    return EXIT_OK
