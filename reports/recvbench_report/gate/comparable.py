"""May two sides be compared? Every difference that forbids it is named in words. Pure."""

from __future__ import annotations

import json
from typing import Iterable

from recvbench_report import units

# Of environment.fingerprint, in the order in which differences are told.
MACHINE = {
    "cpu_model": "CPU model",
    "logical_cpus": "logical CPUs",
    "os": "operating system",
    "transport": "transport",
    "compiler": "compiler",
    "flags": "compiler flags",
    "build_type": "build type",
}

# Of a run record: what was asked of it, by the path to it.
PARAMETERS = {
    "engine.emulated": "emulated",
    "engine.synthetic": "synthetic",
    "engine.platform": "engine's platform",
    "engine.settings.threads": "threads",
    "engine.settings.buffer_bytes": "buffer",
    "engine.settings.receives_in_flight": "receives in flight",
    "engine.settings.cpus": "engine's CPUs",
    "timing.warmup_ns": "warm-up",
    "timing.duration_ns": "measured window",
    "generator.platform": "generator's platform",
    "generator.threads": "generator's threads",
    "generator.cpus": "generator's CPUs",
    "latency.kind": "latency",
}


def machines(base: dict, candidate: dict) -> list[str]:
    """Of two run.json: what forbids to compare anything; [] where nothing does."""
    one, other = base["environment"]["fingerprint"], candidate["environment"]["fingerprint"]
    lines = []
    if one["wine_version"] != other["wine_version"]:
        lines.append(f"{_wine(one)} and {_wine(other)}")
    return lines + [_differs(what, one[key], other[key]) for key, what in MACHINE.items() if one[key] != other[key]]


def _wine(fingerprint: dict) -> str:
    return f"Wine {fingerprint['wine_version']}" if fingerprint["wine_version"] else f"no Wine ({fingerprint['os']})"


def cells(base: Iterable[dict], candidate: Iterable[dict]) -> list[str]:
    """Of the runs of one cell on both sides: which parameters differ, between the sides or within one."""
    before, after = _parameters(list(base)), _parameters(list(candidate))
    lines = []
    for what in before:
        # What only one side knows is new in the program, not asked for differently.
        if what in after:
            lines += _compared(what, before[what], after[what])
    return lines


def parameters(run: dict) -> dict:
    """What cells() looks at of a valid run, in the shape of its record: what is kept of it to be compared with later ones."""
    kept: dict = {"scenario": run["scenario"]}
    for path in (*PARAMETERS, "engine.settings.declared"):
        *folders, last = path.split(".")
        value, place = run, kept
        for key in folders:
            value, place = value[key], place.setdefault(key, {})
        place[last] = value[last]
    return kept


def _compared(what: str, before: dict[str, str], after: dict[str, str]) -> list[str]:
    for side, values in (("base", before), ("candidate", after)):
        if len(values) > 1:
            return [f"{what}: differs between runs of the {side}: {' and '.join(values.values())}"]
    if before.keys() == after.keys():
        return []
    (one,), (other,) = before.items(), after.items()
    # Rounded for people, they may read the same.
    return [_differs(what, one[1], other[1]) if one[1] != other[1] else _differs(what, one[0], other[0])]


def _parameters(runs: list[dict]) -> dict[str, dict[str, str]]:
    """By what it is: every value that occurs, as JSON, and in words. A run that failed does not know all of its own; what
    was asked for it does."""
    found: dict[str, dict[str, str]] = {}
    known = [run for run in runs if run["valid"]]
    for run in known or runs:
        for what, key, value in (*_asked(run), *(_effective(run) if known else ())):
            found.setdefault(what, {})[json.dumps(value, sort_keys=True)] = _words(key, value)
    return found


def _asked(run: dict):
    for key, value in run["scenario"].items():
        yield f"scenario's {key.replace('_', ' ')}", key, value


def _effective(run: dict):
    for path, what in PARAMETERS.items():
        value = run
        for key in path.split("."):
            value = value[key]
        yield what, path, value
    for key, value in run["engine"]["settings"]["declared"].items():
        yield f"engine's {key}", key, value


def _words(key: str, value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "none"
    if isinstance(value, int | float):
        return units.round_time(value) if key.endswith("_ns") else units.size(value) if key.endswith("_bytes") else f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value)


def _differs(what: str, base: object, candidate: object) -> str:
    return f"{what}: {base or 'none'} in the base, {candidate or 'none'} in the candidate"
