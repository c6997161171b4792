"""recvbench-report html RUNDIR...: one self-contained page of one run directory or of several."""

from __future__ import annotations

import argparse
import errno
import gc
from pathlib import Path

from recvbench_report.commands.failures import told
from recvbench_report.terminal import EXIT_OK, EXIT_USAGE, fail, say, write_atomically

ALSO = ("png", "csv")
SEVERAL = (
    "Several run directories become one report if they are of the same machine and build. What two of them both measured must be the same "
    "to the last setting (engine; scenario with warm-up and duration): then a cell has the runs of all, numbered anew in the order in "
    "which the directories began. Else one line says what differs, and nothing is written. Runs of different directories were not "
    "interleaved: what changed between them stands in the order of runs."
)


def add(subparsers) -> None:
    parser = subparsers.add_parser("html", help="write one self-contained report.html", epilog=SEVERAL)
    parser.add_argument("directories", type=Path, nargs="+", metavar="RUNDIR", help="what `recvbench run --out` wrote")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: RUNDIR/report.html; needed with several run directories")
    parser.add_argument("--history", type=Path, metavar="DIR", help="a directory of earlier run directories: adds the trend of each cell")
    parser.add_argument(
        "--also", type=_formats, default=(), metavar="LIST",
        help="beside report.html: png writes every plot to report/SECTION-N.png (light colours), csv every run to report.csv",
    )  # fmt: skip
    parser.set_defaults(run=run)


def _formats(text: str) -> tuple[str, ...]:
    names = text.split(",")
    if unknown := [name for name in names if name not in ALSO]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(ALSO)}")
    return tuple(dict.fromkeys(names))


@told
def run(options: argparse.Namespace) -> int:
    # matplotlib takes half a second to load: not before --help and usage errors.
    from recvbench_report import html, together
    from recvbench_report.load import load
    from recvbench_report.trend import series

    several = len(options.directories) > 1
    if several and not options.out:
        return fail("several run directories have no place of their own for the report: say --out FILE", EXIT_USAGE)
    if several and options.history:
        return fail("--history goes with one run directory, whose earlier measurements it holds", EXIT_USAGE)
    target = options.out or options.directories[0] / "report.html"
    if options.also and not target.suffix:
        return fail(f"--also needs a name that ends in .html for the report, not {target}", EXIT_USAGE)
    directory = together.join([(path, load(path)) for path in options.directories])
    for warning in directory.warnings:
        say(f"warning: {warning}")
    # What was read stays to the end: to look through it for garbage again and again takes a sixth of the time.
    gc.freeze()
    gc.set_threshold(50_000)
    trends = series.of_history(_history(options).entries) if options.history else []
    drawn = html.sections(directory, trends)
    page = html.render(directory, trends, drawn)
    write_atomically(target, page)
    print(target)
    if "csv" in options.also:
        _csv(directory, target.with_suffix(".csv"))
    if "png" in options.also:
        _pngs(drawn, target.with_suffix(""))
    return EXIT_OK


def _history(options: argparse.Namespace):
    from recvbench_report import history

    read = history.read(options.history, also=options.directories[0])
    for _, error in read.unusable:
        say(f"warning: not in the trend: {error}")
    return read


def _csv(directory, target: Path) -> None:
    from recvbench_report.exports import csv_rows

    write_atomically(target, csv_rows.text(directory))
    print(target)


def _pngs(sections, folder: Path) -> None:
    if folder.is_symlink():
        raise OSError(errno.ELOOP, "is a symbolic link; nothing was written", str(folder))
    folder.mkdir(exist_ok=True)
    for section in sections:
        for number, plot in enumerate(section.plots, start=1):
            file = folder / f"{section.id}-{number}.png"
            write_atomically(file, plot.png())
            print(file)
