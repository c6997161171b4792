"""A revision of this repository as a program: checked out beside the build trees and built by its own scripts.

A checkout that is there already is taken where it is whole, and built again, which takes a moment where nothing changed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from paired.failure import INVALID, GateError

ON_WINDOWS = os.name == "nt"


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, encoding="utf-8", errors="replace",
                          stdin=subprocess.DEVNULL)


def commit_of(root, revision):
    """The full hash of what a revision names; None where it names none."""
    if revision.startswith("-"):
        return None
    found = git(root, "rev-parse", "--verify", "--quiet", revision + "^{commit}")
    return found.stdout.strip() if found.returncode == 0 else None


def _is_whole(folder, commit):
    head, changed = git(folder, "rev-parse", "HEAD"), git(folder, "status", "--porcelain", "--untracked-files=no")
    # A folder that is no checkout lies inside this one, whose answers these would then be.
    return (folder / ".git").exists() and head.stdout.strip() == commit and changed.returncode == 0 and not changed.stdout


def check_out(root, commit):
    """The folder with that commit's files."""
    folder = root / "out/gate" / commit
    if _is_whole(folder, commit):
        return folder
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # --force: one that was deleted by hand is still registered.
    made = git(root, "worktree", "add", "--force", "--detach", folder, commit)
    if made.returncode != 0:
        raise GateError(f"git worktree add {folder}: {last_line(made.stderr)}", INVALID)
    return folder


def share_dependencies(root, folder):
    """Takes over what this checkout's set-up has fetched, where the other's would fetch the same: builds then need no network."""
    ours, theirs = root / "scripts/setup", folder / "scripts/setup"
    target = folder / "out/deps"
    if target.exists() or not (root / "out/deps").is_dir() or not theirs.is_file() or ours.read_bytes() != theirs.read_bytes():
        return
    target.parent.mkdir(exist_ok=True)
    unfinished = target.with_name("deps.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(root / "out/deps", unfinished, symlinks=True)
    unfinished.rename(target)


def build_commands(folder, native):
    """What builds a checkout. On Windows in the environment that scripts/gate.cmd has prepared."""
    if ON_WINDOWS:
        return [["cmake", "--preset", "windows-msvc"], ["cmake", "--build", "--preset", "windows-msvc", "--target", "recvbench"]]
    return [[str(folder / "scripts/build-recvbench"), *(["--native"] if native else [])]]


def build(folder, native, log, about):
    """Brings a checkout's programs up to date. `about` names it in the message where that fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w", encoding="utf-8") as output:
        for command in build_commands(folder, native):
            try:
                status = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT).returncode
            except OSError as error:
                raise GateError(f"{about}: {command[0]}: {error.strerror}", INVALID) from error
            if status != 0:
                print("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]), file=sys.stderr)
                raise GateError(f"{about}: the build failed, see {log}", INVALID)


def program_of(tree, native):
    """Where a checkout's build puts the program that is measured, and the native one that generates the load under Wine."""
    if ON_WINDOWS:
        return tree / "out/build/windows-msvc/harness/recvbench.exe", None
    linux = tree / "out/build/linux/harness/recvbench"
    return (linux, None) if native else (tree / "out/build/mingw/harness/recvbench.exe", linux)


def last_line(text):
    return (text.strip().splitlines() or ["without a word"])[-1]


def repository(path):
    """The checkout that a script of it stands in."""
    return Path(path).resolve().parents[1]
