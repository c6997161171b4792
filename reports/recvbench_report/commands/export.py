"""recvbench-report export RUNDIR: the results in other programs' formats."""

from __future__ import annotations

import argparse
from pathlib import Path

from recvbench_report.commands.failures import told
from recvbench_report.terminal import EXIT_NO_DATA, EXIT_OK, emit, fail, say, write_atomically

FORMATS = {
    "gbench": "Google Benchmark's JSON, for its compare.py and dashboards",
    "csv": "a row a run with every figure (RFC 4180; text that a spreadsheet would take for a formula begins with an apostrophe)",
    "json": "one document: the records and what is concluded from them (results/schema/export.schema.json)",
    "hdr": "HdrHistogram percentile distributions in microseconds, one .hgrm file a cell and stream, into a directory",
}


def add(subparsers) -> None:
    parser = subparsers.add_parser("export", help="write the results in another program's format")
    parser.add_argument("directory", type=Path, metavar="RUNDIR", help="what `recvbench run --out` wrote")
    formats = parser.add_mutually_exclusive_group(required=True)
    for name, what in FORMATS.items():
        formats.add_argument(f"--{name}", dest="format", action="store_const", const=name, help=what)
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: stdout; --hdr: a directory, RUNDIR/hdr by default")
    parser.set_defaults(run=run)


@told
def run(options: argparse.Namespace) -> int:
    from recvbench_report import exports
    from recvbench_report.load import STREAMS, load

    directory = load(options.directory, STREAMS if options.format == "hdr" else ())
    for warning in directory.warnings:
        say(f"warning: {warning}")
    if options.format == "hdr":
        return _distributions(directory, options.out or options.directory / "hdr")
    text = exports.TEXTS[options.format](directory)
    if options.out is None:
        emit(text)
    else:
        write_atomically(options.out, text)
        print(options.out)
    return EXIT_OK


def _distributions(directory, target: Path) -> int:
    from recvbench_report.exports import hgrm

    made, without = hgrm.distributions(directory)
    for line in without:
        say(f"warning: {line}")
    if not made:
        return fail("nothing to export: no valid run has a histogram", EXIT_NO_DATA)
    target.mkdir(exist_ok=True)
    for one in made:
        write_atomically(target / one.file_name, one.text)
        print(target / one.file_name)
    return EXIT_OK
