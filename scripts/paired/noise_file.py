"""Where an A/A calibration is stored: a file for each machine, build and way of measuring, whose cells are added to it.

A calibration holds wherever these are the same; which cells are measured beside it does not matter.
"""

import hashlib
import json
import math
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from recvbench_report.gate.calibration import Noise
from recvbench_report.terminal import write_atomically

from paired.failure import USAGE, GateError

SCHEMA = {"name": "recvbench.gate-noise", "major": 1, "minor": 0}

# What of a run's configuration a cell's name says already, or says which cells there are.
NAMED = {"engines", "scenarios", "excluded", "axes", "repeat", "protocols", "ip_versions", "udp_sockets", "idle_connections",
         "messages_per_connection", "closes", "slow_writers", "write_pieces", "slow_readers", "read_pieces", "workloads", "connections",
         "sizes", "rates_per_s", "arrivals", "mode", "thinks_ns"}  # fmt: skip


def conditions_of(description):
    """Under which a calibration holds, of a run.json."""
    return {"fingerprint": description["environment"]["fingerprint"],
            "configuration": {key: value for key, value in description["configuration"].items() if key not in NAMED}}


def default_path(conditions, folder=Path("runs")):
    text = json.dumps(conditions, sort_keys=True, separators=(",", ":"))
    return folder / f"gate-noise-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"


def read(path, conditions):
    """{(cell, metric): Noise}, empty where there is no such file. GateError where it is of something else, or damaged."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise GateError(f"{path}: {error}", USAGE) from error
    try:
        if document["schema"]["name"] != SCHEMA["name"] or document["schema"]["major"] != SCHEMA["major"]:
            raise GateError(f"{path}: not a {SCHEMA['name']} {SCHEMA['major']} document", USAGE)
        if document["conditions"] != conditions:
            raise GateError(f"{path}: of another machine, build or way of measuring: give another --noise, or remove it", USAGE)
        found = {(cell, metric): Noise(int(one["pairs"]), float(one["sigma"]), float(one["floor"]))
                 for cell, metrics in document["cells"].items() for metric, one in metrics.items()}
        if not all(0 <= figure < math.inf for one in found.values() for figure in (one.pairs, one.sigma, one.floor)):
            raise ValueError("a figure is no number from 0 on")
        return found
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GateError(f"{path}: damaged ({error!r}): remove it, and the next gate calibrates again", USAGE) from error


def write(path, conditions, noise):
    cells = {}
    for (cell, metric), one in sorted(noise.items()):
        cells.setdefault(cell, {})[metric] = asdict(one)
    made = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"schema": SCHEMA, "made": made, "conditions": conditions, "cells": cells}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(document, indent=2) + "\n")
    except OSError as error:
        raise GateError(f"{path}: {error.strerror}", USAGE) from error
