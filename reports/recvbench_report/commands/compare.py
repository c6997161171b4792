"""recvbench-report compare BASE CANDIDATE: what changed between two run directories, for people to read."""

from __future__ import annotations

import argparse
from pathlib import Path

from recvbench_report.commands.gate import BASE, add_html_option, inputs, refusal, write_page
from recvbench_report.gate import exits
from recvbench_report.terminal import fail, show


def add(subparsers) -> None:
    parser = subparsers.add_parser(
        "compare",
        help="show every metric of two run directories beside each other, with the gate's word for it",
        epilog="exit codes: 0 compared; 2 wrong usage or unreadable input; 12 nothing is comparable; 13 no measurement",
    )
    parser.add_argument("base", type=Path, metavar="BASE", help=BASE)
    parser.add_argument("candidate", type=Path, metavar="CANDIDATE", help="the same of what is to be compared with it")
    add_html_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from recvbench_report.gate import sides, text
    from recvbench_report.load import InputError

    if refused := refusal([options.html], inputs(options.base, options.candidate)):
        return fail(refused, exits.USAGE)
    try:
        document = sides.judge(options.base, options.candidate)
        compared = any(cell["pairs"] for cell in document["cells"])
        if not document["cells"]:
            return fail(document["reasons"][0], document["exit_code"])
        if options.html:
            write_page(options.html, document)
        show(text.compare(document))
    except InputError as error:
        return fail(error, exits.USAGE)
    except OSError as error:
        return fail(f"{error.filename or 'stdout'}: {error.strerror}", exits.USAGE)
    return exits.OK if compared else exits.NO_BASELINE
