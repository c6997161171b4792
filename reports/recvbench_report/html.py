"""Puts a run directory's report together: one HTML file that needs nothing else and asks no network for anything."""

from __future__ import annotations

import base64
import gzip
import shlex
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import jinja2
from markupsafe import Markup

from recvbench_report import table, units, verdict
from recvbench_report.load import RunDirectory
from recvbench_report.plots import cpu, curves, order, response_service

TEMPLATES = Path(__file__).parent / "templates"

GLOSSARY = (
    ("engine", "one way of receiving: a receive model with its settings"),
    ("scenario", "what is asked of an engine: protocol, workload, connections, message size, rate"),
    ("run", "one engine under one scenario once, freshly started. A run is one sample; its messages are not"),
    ("response time", "done − intended send time: a stalled receiver cannot hide in it"),
    ("service time", "done − actual send time"),
    ("one-way, round-trip", "sink: from sender to receiver on one host's clock; echo: until the reply is back at the generator"),
    ("slip", "actual − intended send time: the generator's own lateness"),
    ("p99", "99 of 100 messages were done within this time; given only where at least 10 messages lie beyond"),
    ("valid", "every self-check passed. An invalid run is shown and never ranked, averaged or dropped"),
    ("emulated", "the engine's code ran on a stand-in for the system's interface: shown, never ranked"),
    ("synthetic", "no socket is involved: the null engine measures the harness itself"),
    ("level", "an exact rank-sum test over runs (5 %, Holm over engines) does not tell the two apart; not a proof that they are equal"),
)


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    plots: list
    note: dict


def render(directory: RunDirectory) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_printable,
    )  # fmt: skip
    environment.filters["data_uri"] = _data_uri
    environment.globals["asset"] = lambda name: Markup((TEMPLATES / name).read_text("utf-8"))
    scenarios = directory.scenarios
    return environment.get_template("report.html.j2").render(
        label=directory.label,
        verdict=verdict.verdict(directory),
        command=_command(directory.description["command"]),
        description=directory.description,
        findings=[(s, [(m, verdict.finding(s, m)) for m in verdict.METRICS]) for s in scenarios],
        facts=_facts(directory),
        scenario_lines=[(s.name, _scenario_line(s)) for s in scenarios],
        columns=table.COLUMNS,
        rows=table.rows(scenarios),
        sections=_sections(directory),
        problems=_problems(directory),
        remarks=_remarks(directory),
        skipped=directory.description["skipped"],
        glossary=GLOSSARY,
        runs_gz=_base64(gzip.compress(directory.runs_text, 9, mtime=0)),
        runs_total=len(directory.runs),
    )


def _printable(value: object) -> object:
    """Names come from files: control characters and direction overrides would break or disguise the page."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in value)


def _command(arguments: list[str]) -> str:
    """Without the folders of the program, which are this machine's. PureWindowsPath knows both kinds of separator."""
    return shlex.join([PureWindowsPath(argument).stem for argument in arguments[:1]] + arguments[1:])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _data_uri(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + _base64(svg)


def _sections(directory: RunDirectory) -> list[Section]:
    label, scenarios = directory.label, directory.scenarios
    sections = [
        ("curves", curves, [curves.plot(s, directory.histograms, label) for s in scenarios]),
        ("cpu", cpu, [cpu.plot(scenarios, label)]),
        ("response-service", response_service, [response_service.plot(scenarios, label)]),
        ("order", order, [order.plot(directory.runs, scenarios, label)]),
    ]
    return [Section(id, module.TITLE, [p for p in plots if p], module.NOTE) for id, module, plots in sections]


def _facts(directory: RunDirectory) -> list[tuple[str, str]]:
    """The environment table."""
    d = directory.description
    system, build, clock = (d["environment"][key] for key in ("system", "build", "clock"))
    excludes = sorted({name for run in directory.runs for name in run["cost"]["excludes"]})
    generators = sorted({f"{r['generator']['platform']} {r['generator']['version']}".strip() for r in directory.runs})
    seconds = sorted({(run["timing"]["warmup_ns"], run["timing"]["duration_ns"]) for run in directory.runs})
    facts = [
        ("Measured", f"{d['started']} to {d['finished'] or '(not finished)'}"),
        ("System", system["os"]),
        ("Wine", system["wine_version"]),
        ("CPU", f"{system['cpu_model']}, {system['logical_cpus']} logical CPUs, {system['architecture']}"),
        ("Memory", units.size(system["memory_bytes"])),
        ("recvbench", f"{build['version']} {build['git_revision']}".strip()),
        ("Build", f"{build['target']}, {build['compiler']}, {build['build_type']}"),
        ("Generator", ", ".join(generators)),
        ("Clock", f"{clock['name']}, resolution {units.round_time(clock['resolution_ns'])}"),
        ("A run", "; ".join(f"{units.round_time(w)} warm-up, {units.round_time(t)} measured" for w, t in seconds)),
        ("Order", f"interleaved rounds, shuffled with seed {d['seed']}"),
        ("CPU figures leave out", ", ".join(excludes)),
    ]
    return [(name, value) for name, value in facts if value]


def _scenario_line(scenario) -> str:
    s = scenario.about
    load = f"{units.round_rate(s['rate_per_s'])} at fixed intervals" if s["rate_per_s"] is not None else "as fast as possible"
    connections = "1 connection" if s["connections"] == 1 else f"{s['connections']:,} connections"
    batch = f", {s['messages_per_send']} messages a send" if s["messages_per_send"] > 1 else ""
    return f"{s['protocol'].upper()} {s['workload']}, {connections}, {units.size(s['size_bytes'])} messages, {load}{batch}"


def _problems(directory: RunDirectory) -> list[dict]:
    """Why runs are invalid and what to do about it: by cell and reason, since repetitions often fail alike."""
    problems: dict[tuple[str, str], dict] = {}
    for run in directory.runs:
        for reason in run["reasons"] or ([] if run["valid"] else [{"code": "?", "detail": "no reason was recorded"}]):
            problem = problems.setdefault(
                (run["cell"], reason["code"]),
                {"run": run, "code": reason["code"], "known": directory.reasons.get(reason["code"]), "details": [], "runs": []},
            )
            problem["runs"].append(run["index"])
            if reason["detail"] not in problem["details"]:
                problem["details"].append(reason["detail"])
    return list(problems.values())


def _remarks(directory: RunDirectory) -> list[dict]:
    """Warnings by code: most hold for all runs alike, so each is said once, with one run's detail and the number of runs."""
    remarks: dict[str, dict] = {}
    for run in directory.runs:
        for warning in run["warnings"]:
            known = directory.reasons.get(warning["code"])
            remark = remarks.setdefault(warning["code"], {"code": warning["code"], "known": known, "details": [], "runs": set()})
            remark["runs"].add(run["index"])
            if warning["detail"] not in remark["details"]:
                remark["details"].append(warning["detail"])
    return list(remarks.values())
