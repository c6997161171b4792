"""A load generator that is stopped and continued in turn, as a machine with no time for it would: `write(path, ...)` makes a
program for --generator. It becomes the real generator; a process beside it pulls the strings and goes when that goes.
"""

import os
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path


def write(path, generator, stopped_s, every_s):
    """Makes `path` a program that is `generator`, stopped for stopped_s in every every_s."""
    path.write_text(
        "#!/usr/bin/python3\n"
        "import sys\n"
        "sys.dont_write_bytecode = True\n"
        f"sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})\n"
        "import slowed_generator\n"
        f"slowed_generator.main({str(generator)!r}, {stopped_s!r}, {every_s!r})\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def main(generator, stopped_s, every_s):
    slowed = os.getpid()
    if os.fork() != 0:
        os.execv(generator, [generator, *sys.argv[1:]])
    for descriptor in range(3):  # whoever reads the generator's output waits for its end, not for ours
        os.close(descriptor)
    while os.getppid() == slowed:
        time.sleep(every_s - stopped_s)
        if os.getppid() != slowed:
            return
        os.kill(slowed, signal.SIGSTOP)
        time.sleep(stopped_s)
        os.kill(slowed, signal.SIGCONT)


@contextmanager
def pausing(generator, stopped_s, every_s):
    """The same as a program that is there for as long as the context."""
    with tempfile.TemporaryDirectory() as folder:
        yield write(Path(folder) / "generator", generator, stopped_s, every_s)
