"""How a command ends that cannot read its input or write its output: one line on stderr, and the exit code for it."""

from __future__ import annotations

import argparse
import functools
from typing import Callable

from recvbench_report.terminal import EXIT_NO_DATA, EXIT_USAGE, fail

Run = Callable[[argparse.Namespace], int]


def told(run: Run) -> Run:
    @functools.wraps(run)
    def guarded(options: argparse.Namespace) -> int:
        from recvbench_report.load import InputError, NoRuns

        try:
            return run(options)
        except NoRuns as error:
            return fail(error, EXIT_NO_DATA)
        except InputError as error:
            return fail(error, EXIT_USAGE)
        except OSError as error:
            return fail(f"{error.filename or 'stdout'}: {error.strerror}", EXIT_USAGE)

    return guarded
