"""The options of scripts/gate. What it does not know is for `recvbench run`."""

import argparse
import textwrap
from pathlib import Path

from recvbench_report.commands.gate import add_output_options, bound, metric_list, outputs, refusal
from recvbench_report.gate import exits
from recvbench_report.gate.metrics import METRICS

from paired.failure import INTERRUPTED, USAGE, GateError
from paired.progress import STYLES

EPILOG = "\n".join(
    ["All other options are those of `recvbench run` (its --help), for both sides.",
     *textwrap.wrap(f"{exits.HELP}; {INTERRUPTED} interrupted: what was measured is in --out", 80)])  # fmt: skip

# What a gate says itself, and why an option of `recvbench run` has no place beside it.
NOT_FOR_RUNS = {
    "--repeat": "a gate runs as many pairs as it needs", "-r": "a gate runs as many pairs as it needs",
    "--format": "see --html, --junit and --markdown", "--dump-config": "give --config to the gate",
    "--quiet": "see --progress none", "-q": "see --progress none", "--verbose": "invalid pairs are always named",
    "-v": "invalid pairs are always named",
}  # fmt: skip


LEAST_PAIRS = 16


class Parser(argparse.ArgumentParser):
    """What is wrong with the options is a GateError."""

    def error(self, message):
        option, _, rest = message.removeprefix("argument ").partition(": ")
        told = rest if rest.startswith("--") else f"{option}: {rest}" if rest else option
        raise GateError(f"{told} (see scripts/{self.prog} --help)", USAGE)


def parser(description=None):
    made = Parser(prog="gate", description=description, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
                   allow_abbrev=False)
    sides = made.add_argument_group("what is compared")
    sides.add_argument("--native", action="store_true", help="revisions as Linux programs (default: Windows programs under Wine)")
    sides.add_argument("--base", metavar="X", help="a git revision, a checkout, a build directory or a recvbench program")
    sides.add_argument("--candidate", metavar="X", help="the same; default: this checkout as it is")
    sides.add_argument("--base-engine", metavar="FILE", action="append", default=[],
                       help="a plug-in for --engine of the base alone; without --base both sides are one program")
    sides.add_argument("--candidate-engine", metavar="FILE", action="append", default=[], help="its counterpart, of the same name")
    rules = made.add_argument_group("how it is decided")
    rules.add_argument("--slo", action="append", default=[], type=bound, metavar="'CELLS: p99<2ms'", help="also an absolute bound")
    rules.add_argument("--metric", type=metric_list, default=METRICS, metavar="LIST", dest="metrics",
                       help=f"only these of {','.join(metric.key for metric in METRICS)}, such as cpu,throughput (default all that a"
                       " cell has)")
    rules.add_argument("--seed", type=int, default=1, help="of the order of runs, and of arrivals at random (default 1)")
    noise = made.add_argument_group("this machine's noise")
    noise.add_argument("--calibrate", action="store_true", help="measure and store it, and gate nothing")
    noise.add_argument("--pairs", type=int, default=LEAST_PAIRS, help="of a calibration: base against base (default and least 16)")
    noise.add_argument("--noise", type=Path, metavar="FILE",
                       help="where it is stored (default runs/gate-noise-<machine and options>.json); measured first where there is none")
    output = made.add_argument_group("verdict and output")
    output.add_argument("--out", "-o", type=Path, metavar="DIR", help="runs of both sides and gate.json (default runs/gate-<UTC time>)")
    add_output_options(output)
    output.add_argument("--progress", choices=STYLES, default="auto", help="on stderr (default: by the terminal)")
    output.add_argument("--dry-run", action="store_true", help="print cells and total time, measure nothing")
    return made


def parse(words, description=None):
    """(options, those of `recvbench run`). GateError where they make no sense."""
    asked, for_runs = parser(description).parse_known_args(words)
    for word in for_runs:
        if why := NOT_FOR_RUNS.get(word.partition("=")[0]):
            raise GateError(f"{word}: not for a gate: {why}", USAGE)
    if asked.base is None and not asked.base_engine and not asked.calibrate:
        raise GateError("--base is missing: a git revision, a checkout, a build directory or a recvbench program", USAGE)
    if bool(asked.base_engine) != bool(asked.candidate_engine) and not asked.calibrate:
        raise GateError("--base-engine and --candidate-engine go together", USAGE)
    if asked.pairs < LEAST_PAIRS:
        raise GateError(f"--pairs {asked.pairs}: at least {LEAST_PAIRS}: with fewer the noise is not known", USAGE)
    if refused := refusal(outputs(asked), []):
        raise GateError(refused, USAGE)
    if not 0 <= asked.seed < 1 << 52:
        raise GateError(f"--seed {asked.seed}: from 0 to 2^52 - 1", USAGE)
    return asked, for_runs
