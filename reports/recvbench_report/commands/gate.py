"""recvbench-report gate BASE CANDIDATE: did something get slower? The exit code says."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from recvbench_report.gate import exits
from recvbench_report.terminal import fail, show, write_atomically

BASE = "what `recvbench run --out` wrote; or a file: a stored baseline, or Google Benchmark's JSON"
INPUTS = ("run.json", "runs.jsonl", "latency.hlog", "search.json")


def add(subparsers) -> None:
    parser = subparsers.add_parser("gate", help="say by the exit code whether the candidate got slower", epilog=exits.HELP)
    parser.add_argument("base", type=Path, metavar="BASE", help=BASE)
    parser.add_argument("candidate", type=Path, metavar="CANDIDATE", help="the same of what is to be judged")
    parser.add_argument(
        "--baseline", action="store_true", help="BASE is the name of a stored baseline; auto: the one of the candidate's machine"
    )
    add_folder_option(parser)
    parser.add_argument(
        "--control", type=Path, metavar="RUNDIR", help="the base's build once more, measured beside it: is the machine quiet?"
    )
    parser.add_argument(
        "--slo", action="append", default=[], type=bound, metavar="'CELLS: BOUND'",
        help="an absolute bound on the candidate's median, such as 'iocp/*: p99<2ms'; may be repeated",
    )  # fmt: skip
    add_output_options(parser)
    parser.set_defaults(run=run)


def add_folder_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--baselines", type=Path, metavar="DIR", help="where baselines are (default: results/baselines)")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """What every gate has, whatever measures for it."""
    parser.add_argument(
        "--inconclusive", choices=("fail", "warn"), default="fail",
        help="warn: up to 10 %% of the cells may be neither shown worse nor shown level, if their medians are within the margins",
    )  # fmt: skip
    parser.add_argument("--allow-missing", action="store_true", help="cells that cannot be compared do not fail the gate")
    add_html_option(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write gate.json (results/schema/gate.schema.json)")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a summary for a job's page")
    parser.add_argument("--annotations", action="store_true", help="print GitHub annotations as well, at most 10")


def add_html_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained page with the table and a forest plot")


def bound(text: str):
    """For --slo."""
    from recvbench_report.gate import slo

    try:
        return slo.parse(text)
    except slo.BadSlo as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def metric_list(text: str) -> tuple:
    """For --metric: "cpu,throughput"."""
    from recvbench_report.gate.metrics import METRICS

    known = {metric.key: metric for metric in METRICS}
    for name in text.split(","):
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name}: one of {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(text.split(",")))


def run(options: argparse.Namespace) -> int:
    from recvbench_report.baselines import folder
    from recvbench_report.gate import overall, sides, stored
    from recvbench_report.load import InputError

    judged = overall.Options(options.inconclusive, options.allow_missing)
    others = (options.candidate, options.control, options.slo, judged)
    where = options.baselines or folder.DEFAULT
    try:
        given = inputs(options.base, options.candidate, options.control)
        if refused := refusal(outputs(options), [*given, *where.glob("*.json")]):
            return fail(refused, exits.USAGE)
        if options.baseline:
            name = str(options.base)
            document = stored.judge(None if name == folder.AUTO else folder.path_of(where, name), *others, folder=where)
        else:
            document = sides.judge(options.base, *others)
    except InputError as error:
        return fail(error, exits.USAGE)
    return report(document, options)


def outputs(options: argparse.Namespace) -> list[Path | None]:
    """What add_output_options lets be written."""
    return [options.html, options.json, options.junit, options.markdown]


def inputs(*given: Path | None) -> list[Path]:
    """What must not be replaced by an output."""
    directories = [one for one in given if one]
    return directories + [directory / name for directory in directories for name in INPUTS]


def refusal(targets: list[Path | None], inputs: list[Path]) -> str:
    """Why these outputs are not written, before anything is read; "" where they can be. `inputs`: what must not be replaced."""
    targets = [target for target in targets if target]
    for i, target in enumerate(targets):
        if target.is_symlink():
            return f"{target}: is a symbolic link; nothing was written"
        if not target.parent.is_dir():
            return f"{target}: no such directory: {target.parent}"
        if target.is_dir():
            return f"{target}: is a directory"
        if target.resolve() in [one.resolve() for one in inputs]:
            return f"{target}: is one of the files to be read"
        if target.resolve() in [one.resolve() for one in targets[:i]]:
            return f"{target}: is given for two outputs"
    return ""


def write_page(target: Path, document: dict) -> None:
    from recvbench_report.gate import page  # with matplotlib, which takes half a second to load

    write_atomically(target, page.render(document))


def report(document: dict, options: argparse.Namespace) -> int:
    """Writes what the options ask for, prints the table; returns the gate's exit code."""
    from recvbench_report.gate import annotations, document as gate_json, junit, markdown, text

    try:
        if options.json:
            write_atomically(options.json, gate_json.text(document))
        if options.junit:
            write_atomically(options.junit, junit.render(document))
        if options.markdown:
            write_atomically(options.markdown, markdown.render(document))
        if options.html:
            write_page(options.html, document)
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}", exits.USAGE)
    try:
        show(text.gate(document) + (annotations.render(document) if options.annotations else ""))
    except BrokenPipeError:
        # Whoever reads it has enough; the verdict stands. Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return fail(f"stdout: {error.strerror}", document["exit_code"] or exits.USAGE)
    return document["exit_code"]
