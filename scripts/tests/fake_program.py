"""Makes programs that behave like recvbench without measuring (fake_recvbench.py)."""

import json
import random
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "reports/tests"), str(HERE.parents[1] / "reports"), str(HERE.parent)]

import make_run  # noqa: E402

CELL = "epoll/tcp-sink-64B-c8-5k"


def template():
    """One run, valid, as recvbench would write it."""
    record, streams = make_run.record(0, 0, "epoll", "tcp-sink-64B-c8-10k", random.Random(1), messages=12_000)
    return {"record": record, "description": make_run.description(None, [record], wine=""),
            "log": "#[Histogram log format version 1.3]\n#[StartTime: 1767225600.000 (seconds since epoch)]\n"
                   + "".join(line + "\n" for line in make_run.log_lines(0, streams))}


def make(folder, template_, name="base", cost=1.0, noise=0.01, bias=1.0, cells=(CELL,), threads=1, fail=None, fingerprint=None):
    """A program in its build directory, which `folder` becomes."""
    home = Path(folder) / "harness"
    home.mkdir(parents=True)
    (home / "template.json").write_text(json.dumps(template_), encoding="utf-8")
    fake = {"name": name, "cost": cost, "noise": noise, "bias": bias, "cells": list(cells), "threads": threads,
            "fail": fail, "fingerprint": fingerprint or {}}
    (home / "fake.json").write_text(json.dumps(fake), encoding="utf-8")
    shutil.copy(HERE / "fake_recvbench.py", home / "fake_recvbench.py")
    program = home / "recvbench"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -IS "{home}/fake_recvbench.py" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return Path(folder)
