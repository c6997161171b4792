"""Several run directories as one: of the same machine and build, so that their cells may stand beside each other. Pure.

A cell that several of them measured has the runs of all, if engine, scenario and times are the same to the last setting. What
differs is refused in one line: a report never mixes what cannot be compared.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from recvbench_report.load import InputError, RunDirectory


def join(named: list[tuple[Path, RunDirectory]]) -> RunDirectory:
    """In the order in which they began, whatever the order given. Runs are numbered anew, and rounds: those of two directories
    were not made together."""
    named = sorted(named, key=lambda one: (one[1].description["started"], str(one[0])))
    if len(named) == 1:
        return named[0][1]
    _check(named)
    runs: list[dict] = []
    histograms, stretches, plan, warnings = {}, {}, [], []
    for path, directory in named:
        number = {run["index"]: len(runs) + i for i, run in enumerate(directory.runs)}
        rounds = max((run["round"] for run in runs), default=-1) + 1
        runs += [run | {"index": number[run["index"]], "round": run["round"] + rounds} for run in directory.runs]
        histograms |= {_renamed(tag, number): one for tag, one in directory.histograms.items()}
        stretches |= {_renamed(tag, number): one for tag, one in directory.stretches.items()}
        plan += directory.description["plan"]
        warnings += [f"{path.name}: {warning}" for warning in directory.warnings]
    text = "".join(json.dumps(run, ensure_ascii=False, separators=(",", ":")) + "\n" for run in runs).encode("utf-8", "replace")
    first = named[0][1]
    return replace(
        first, runs=runs, description=_description([d.description for _, d in named], plan), runs_text=text, histograms=histograms,
        stretches=stretches, warnings=warnings, others=[d.description for _, d in named[1:]],
    )  # fmt: skip


def _renamed(tag: str, number: dict[int, int]) -> str:
    index, _, stream = tag[1:].partition(".")
    return f"r{number[int(index)]}.{stream}"


def _description(descriptions: list[dict], plan: list[dict]) -> dict:
    """What holds for all of them; what does not is that of the first."""
    unfinished = next((d for d in descriptions if d["status"] != "complete"), descriptions[0])
    engines = list(dict.fromkeys(engine for d in descriptions for engine in d["engines"]))
    skipped = {s["engine"]: s for d in descriptions for s in d["skipped"] if s["engine"] not in engines}
    warnings = {w["code"]: w for d in descriptions for w in d["environment"].get("warnings", [])}
    first = descriptions[0]
    return first | {
        "engines": engines,
        "plan": [one | {"index": index} for index, one in enumerate(plan)],
        "skipped": list(skipped.values()),
        "environment": first["environment"] | {"warnings": list(warnings.values())},
        "status": unfinished["status"],
        "error": unfinished["error"],
        "runs_valid": sum(d["runs_valid"] for d in descriptions),
        "runs_total": sum(d["runs_total"] for d in descriptions),
    }


def _check(named: list[tuple[Path, RunDirectory]]) -> None:
    first_path, first = named[0]
    seen: dict[bytes, Path] = {}
    cells: dict[str, tuple[Path, dict]] = {}
    scenarios: dict[str, tuple[Path, dict]] = {}
    for path, directory in named:
        if directory.runs_text in seen:
            raise InputError(f"{path}: holds the same runs as {seen[directory.runs_text]}")
        seen[directory.runs_text] = path
        if directory.search:
            raise InputError(f"{path}: a search's runs were chosen one by the other; report on it by itself")
        if told := difference(_machine(first.description), _machine(directory.description)):
            raise InputError(f"{first_path} and {path} are not of the same machine and build: {told}")
        for run in directory.runs:
            _agree(cells, run["cell"], path, run["engine"], f"cell {run['cell']}")
            asked = run["scenario"] | {"timing": {key: run["timing"][key] for key in ("warmup_ns", "duration_ns")}}
            _agree(scenarios, run["scenario"]["name"], path, asked, f"scenario {run['scenario']['name']}")


def _machine(description: dict) -> dict:
    environment = description["environment"]
    return {"fingerprint": environment["fingerprint"], "build": environment["build"], "label": environment["label"]}


def _agree(known: dict[str, tuple[Path, dict]], name: str, path: Path, own: dict, what: str) -> None:
    """Within one directory they may differ: then it is as it was measured, and the report of it alone shows it so."""
    where, other = known.setdefault(name, (path, own))
    if where != path and (told := difference(other, own)):
        raise InputError(f"{where} and {path} measured {what} differently: {told}")


def difference(a: object, b: object, name: str = "") -> str:
    """The first member that differs, with both values: "sizes 64B, 128B"; "" where none does."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in [*a, *(key for key in b if key not in a)]:
            if told := difference(a.get(key), b.get(key), f"{name}.{key}".lstrip(".")):
                return told
        return ""
    return "" if a == b else f"{name} is {json.dumps(a, ensure_ascii=False)} and {json.dumps(b, ensure_ascii=False)}"
