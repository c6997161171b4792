"""What --base and --candidate name: a program, a build directory, a checkout or a git revision; and how its recvbench is started."""

import os
from dataclasses import dataclass
from pathlib import Path

from paired import checkout
from paired.failure import USAGE, GateError

EXPECTED = "recvbench program, build directory, checkout or git revision"


@dataclass(frozen=True)
class Source:
    """What a side is made of. Exactly one of program and commit or tree is set."""

    about: str  # for the user
    program: Path | None = None
    commit: str = ""  # of this repository, to be checked out and built
    tree: Path | None = None  # a checkout, to be built as it is


@dataclass(frozen=True)
class Side:
    """One side of the pairs, ready to be started."""

    name: str  # "base", "candidate"
    about: str
    program: Path
    command: tuple[str, ...]  # what runs the program
    generator: Path | None = None  # under Wine: the native one
    engines: tuple[str, ...] = ()  # of --engine, on this side only

    @property
    def under_wine(self):
        return self.program.suffix == ".exe" and not checkout.ON_WINDOWS

    def path(self, path):
        """A path of this machine as the program understands it."""
        return "Z:" + str(Path(path).absolute()).replace("/", "\\") if self.under_wine else str(path)


def is_program(path):
    return path.is_file() and (path.suffix == ".exe" if checkout.ON_WINDOWS else path.suffix == ".exe" or os.access(path, os.X_OK))


def source(text, option, root):
    """What the text means: what lies at that path, if it is one of ours, else a revision."""
    path = Path(text).absolute()
    if is_program(path):
        return Source(f"program {text}", program=path)
    for name in ("recvbench", "recvbench.exe"):
        if text and is_program(path / "harness" / name):
            return Source(f"build directory {text}", program=path / "harness" / name)
    if text and (path / "scripts/build-recvbench").is_file():
        return Source(f"checkout {text}", tree=path)
    commit = checkout.commit_of(root, text)
    if commit is None:
        raise GateError(f"{option} {text}: no {EXPECTED} of this repository", USAGE)
    return Source(text if commit.startswith(text) else f"{text} ({commit[:7]})", commit=commit)


def native_generator(program):
    """The Linux program of the same checkout, which generates the load for one under Wine."""
    tree = program.parents[4] if len(program.parents) > 4 else program.parent
    return tree / "out/build/linux/harness/recvbench"


def prepare(name, source_, root, native, engines=(), say=lambda text: None):
    """Checks out and builds where needed."""
    program, generator = source_.program, None
    if program is None:
        tree = source_.tree
        if tree is None:
            tree = checkout.check_out(root, source_.commit)
            checkout.share_dependencies(root, tree)
        log = root / f"out/gate/{source_.commit or name}.log"
        say(f"{name}: building {source_.about} (log: {log})")
        checkout.build(tree, native, log, f"{name} {source_.about}")
        program, generator = checkout.program_of(tree, native)
    if not program.is_file():
        raise GateError(f"{name} {source_.about}: {program} is missing", USAGE)
    wine = program.suffix == ".exe" and not checkout.ON_WINDOWS
    if wine and generator is None:
        generator = native_generator(program)
    # One Wine prefix, and so one Wine server, for both sides.
    command = (str(root / "scripts/wine-run"), str(program)) if wine else (str(program),)
    return Side(name, source_.about, program, command, generator, tuple(engines))
