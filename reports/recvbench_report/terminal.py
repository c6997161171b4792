"""What all commands share towards the terminal and the disk: exit codes, lines on stderr, files that are whole or not there."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path

# The same numbers as recvbench's.
EXIT_OK = 0
EXIT_USAGE = 2  # wrong arguments, or input that cannot be read
EXIT_NO_DATA = 13  # no data is never green


def say(text: object) -> None:
    """One line on stderr, whatever the text holds."""
    print("recvbench-report: " + " ".join(str(text).split()), file=sys.stderr)


def fail(error: object, code: int) -> int:
    say(error)
    return code


def show(text: str) -> None:
    """For people, on stdout; what the terminal's encoding lacks is replaced."""
    sys.stdout.reconfigure(errors="replace")
    print(text, end="", flush=True)


def emit(text: str) -> None:
    """For programs, on stdout: UTF-8, line ends as they are in the text."""
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    print(text, end="", flush=True)  # a full disk or a closed pipe is the caller's error, not one at exit


def write_atomically(target: Path, content: str | bytes) -> None:
    """A reader sees the old file or the new one. A symbolic link is neither followed nor replaced."""
    if target.is_symlink():
        raise OSError(errno.ELOOP, "is a symbolic link; nothing was written", str(target))
    try:
        handle, temporary = tempfile.mkstemp(prefix=target.name, suffix=".tmp", dir=target.parent)
    except OSError as error:
        # By the name that was asked for, not that of a file nobody knows of.
        raise OSError(error.errno, error.strerror, str(target)) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.chmod(temporary, 0o644)  # mkstemp's files are for their owner alone
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
