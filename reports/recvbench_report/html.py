"""Puts a run directory's report together: one HTML file that needs nothing else and asks no network for anything."""

from __future__ import annotations

import base64
import gzip
import hashlib
import shlex
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import jinja2
from markupsafe import Markup

from recvbench_report import crossover, details, labels, loss, standings, style, table, units, verdict
from recvbench_report.load import RunDirectory
from recvbench_report.plots import (
    cost, curves, fairness, heatmap, latency_curve, order, response_service, scaling, setting, svg, timeline, trend,
)  # fmt: skip
from recvbench_report.plots import crossover as crossover_plots
from recvbench_report.plots.common import Plot, draw_all
from recvbench_report.trend.series import Key, Series

TEMPLATES = Path(__file__).parent / "templates"
_FEW = 3  # scenarios that are seen at a glance
SCRIPTS = ("sort.js", "scroll.js", "explore.js")

GLOSSARY = (
    ("engine", "one way of receiving: a receive model with its settings"),
    (
        "label",
        "what an engine is called here: iocp is the engine as it is, iocp:batch=64,threads=2 the same engine with these settings "
        "asked for. Each label is measured, shown and ranked by itself. The settings of all are listed under Environment",
    ),
    ("scenario", "what is asked of an engine: protocol, workload, connections, message size, rate"),
    ("run", "one engine under one scenario once, freshly started. A run is one sample; its messages are not"),
    ("response time", "done − intended send time: a stalled receiver cannot hide in it"),
    ("service time", "done − actual send time"),
    ("one-way, round-trip", "sink: from sender to receiver on one host's clock; echo: until the reply is back at the generator"),
    ("slip", "actual − intended send time: the generator's own lateness"),
    (
        "interval",
        "where a run's own p99 lies with 95 % probability, by the spread between its seconds; given only for runs of 20 s or more with "
        "at least 100 messages beyond. Engines are compared by runs, never by it",
    ),
    ("p99", "99 of 100 messages were done within this time; given only where at least 10 messages lie beyond"),
    (
        "loss",
        "UDP promises no delivery: the share of the window's datagrams that never arrived, or in echo were never answered, in the run "
        f"that lost most. Latency is of the others. An engine that loses more than {units.share(loss.MOST)} is not called best "
        "while another loses less",
    ),
    (
        "generator limit",
        "≥ X: a rate of four fifths or more of what the generator sends to a receiver that only drains (doctor --calibrate) is a lower "
        "bound of what the engine takes, and never ranked",
    ),
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
    told: list[crossover.Result] = ()  # what is said above the plots


def environment() -> jinja2.Environment:
    """Whatever a template shows is escaped, and names break no line and hide no direction."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, finalize=_printable,
    )  # fmt: skip
    made.filters["inline"] = _inline
    made.filters["breakable"] = _breakable
    made.globals["crossover"] = crossover
    made.globals["asset"] = lambda name: Markup((TEMPLATES / name).read_text("utf-8"))
    made.globals["colours"] = Markup(style.sheet())
    script = "".join((TEMPLATES / name).read_text("utf-8") for name in SCRIPTS)
    made.globals["script"] = Markup(script)
    made.globals["script_hash"] = "sha256-" + _base64(hashlib.sha256(script.encode()).digest())
    return made


def render(directory: RunDirectory, trends: list[Series] = (), drawn: list[Section] | None = None) -> str:
    """`trends`: series of the measurements before this one, which is the last of them; those of this report's cells are drawn.
    `drawn`: what `sections` made of the same, where it has been called already."""
    scenarios = directory.scenarios
    measured = _measured(scenarios)
    findings = [(s, [(m, verdict.finding(s, m)) for m in verdict.METRICS]) for s in measured]
    return environment().get_template("report.html.j2").render(
        label=directory.label,
        verdict=verdict.verdict(directory),
        command=" && ".join(_command(d["command"]) for d in [directory.description, *directory.others]),
        description=directory.description | {"seed": _seeds(directory)},
        findings=[(s, found, standings.rows(s, found)) for s, found in findings],
        glance=standings.glance([found for _, found in findings]) if len(findings) > _FEW else [],
        unranked=standings.unranked(measured),
        contents=_contents(scenarios),
        place={s.name: s.position for s in scenarios},
        search=_search(directory),
        slo=directory.search["slo"] if directory.search else None,
        shortened=bool(directory.search and directory.search["shortened_probe_ns"]),
        facts=_facts(directory),
        engine_lines=_engine_lines(directory),
        scenario_lines=[(s.name, _scenario_line(s)) for s in scenarios],
        details=details.table(scenarios),
        columns=table.columns(scenarios),
        rows=table.rows(scenarios),
        sections=sections(directory, trends) if drawn is None else drawn,
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


def _breakable(text: str) -> Markup:
    """Engine labels, alone or in a sentence, with the places where a line may end: nowhere else inside one."""
    words = [[Markup("<span>{}</span>").format(piece) for piece in labels.pieces(word)] for word in _printable(text).split(" ")]
    return Markup(" ").join(Markup("<wbr>").join(word) for word in words)


def _command(arguments: list[str]) -> str:
    """Without the folders of the program, which are this machine's. PureWindowsPath knows both kinds of separator."""
    return shlex.join([PureWindowsPath(argument).stem for argument in arguments[:1]] + arguments[1:])


def _seeds(directory: RunDirectory) -> str:
    return ", ".join(dict.fromkeys(str(d["seed"]) for d in [directory.description, *directory.others]))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _inline(plot: Plot, id: str) -> Markup:
    colours = {colour: f"var({name})" for colour, (name, _) in style.variables().items()}
    return Markup(svg.inline(plot.svg, id, _printable(plot.alt), colours))


_ALWAYS = ("curves", "cost", "response-service", "order")  # others are left out where they have nothing to show: nothing is missed


def sections(directory: RunDirectory, trends: list[Series] = ()) -> list[Section]:
    """All plots of a report, in its order. `trends` as of `render`."""
    label, runs, scenarios = directory.label, directory.runs, _measured(directory.scenarios)
    # Thin lines get coarser as there are more of them: so a large report stays below 5 MB.
    points = max(10, min(curves.RUN_POINTS, curves.RUN_POINTS * 240 // len(runs)))
    cells = {Key.of(directory, cell): cell for s in scenarios for cell in s.cells}
    trends = [one for one in trends if one.key in cells]
    swept = crossover.results(directory)
    drawn = [
        ("curves", curves, [p for s in scenarios for p in curves.plots(s, directory.histograms, label, points)]),
        ("latency-curve", latency_curve, latency_curve.plots(directory.scenarios, label, directory.search)),
        ("setting", setting, [p for s in scenarios for p in setting.plots(s, label)]),
        ("scaling", scaling, scaling.plots(scenarios, label)),
        ("crossover", crossover_plots, crossover_plots.plots(swept, label)),
        ("cost", cost, cost.plots(scenarios, label)),
        ("heatmap", heatmap, heatmap.plots(scenarios, label)),
        ("response-service", response_service, response_service.plots(scenarios, label)),
        ("fairness", fairness, fairness.plots(scenarios, label)),
        ("timeline", timeline, [p for s in scenarios for p in timeline.plots(s, directory.stretches, label)]),
        ("order", order, [order.plot(runs, scenarios, label)]),
        ("trend", trend, trend.plots(trends, {key.cell: cell for key, cell in cells.items()}, label)),
    ]
    made = [Section(id, module.TITLE, [p for p in plots if p], module.NOTE, swept if id == "crossover" else ()) for id, module, plots in drawn]
    draw_all([plot for section in made for plot in section.plots])
    return [one for one in made if one.plots or one.told or (scenarios and one.id in _ALWAYS)]


def _measured(scenarios) -> list:
    """Without those that are a search's probes alone: each was measured to choose the next, not to compare engines."""
    return [s for s in scenarios if any(run.get("probe") is None for cell in s.cells for run in cell.runs)]


def _contents(scenarios) -> dict:
    """What the page can be filtered by: engines and scenarios in the order of their positions."""
    cells = sorted({cell.label: cell for s in scenarios for cell in s.cells}.values(), key=lambda cell: cell.position)
    names = [cell.label + (f" ({cell.kind})" if cell.kind else "") for cell in cells]
    engines = [{"label": _printable(name), "colour": style.css(cell.look)} for name, cell in zip(names, cells)]
    return {"engines": engines, "scenarios": [_printable(s.name) for s in scenarios]}


def _search(directory: RunDirectory) -> list[dict]:
    """A row for each engine of a search."""
    search = directory.search
    if search is None:
        return []
    positions = {cell.label: cell.position for s in directory.scenarios for cell in s.cells}
    rows = []
    for cell in search["cells"]:
        at_least = "" if cell["verdict"] == "found" else "≥ "
        rows.append({
            "position": positions.get(cell["engine"]),
            "engine": cell["engine"] + (" (emulated)" if cell["emulated"] else ""),
            "scenario": cell["scenario"],
            "rate": at_least + units.rate(cell["rate_per_s"]) if cell["rate_per_s"] else "none",
            "latency": units.time(cell["latency_ns"]),
            "failed": units.rate(cell["failed_per_s"]),
            "probes": len(cell["probes"]),
            "verdict": cell["verdict"],
            "detail": cell["detail"],
        })  # fmt: skip
    return rows


def _facts(directory: RunDirectory) -> list[tuple[str, str]]:
    """The environment table."""
    d = directory.description
    system, build, clock = (d["environment"][key] for key in ("system", "build", "clock"))
    excludes = sorted({name for run in directory.runs for name in run["cost"]["excludes"]})
    with_server = any(run["cost"]["wineserver_cpu_ns"] is not None for run in directory.runs)
    included = "the Wine server's CPU time, which does a part of every receive; all of it, whomever it served" if with_server else ""
    # A synthetic engine has no generator.
    generators = sorted({f"{r['generator']['platform']} {r['generator']['version']}".strip() for r in directory.runs} - {""})
    seconds = sorted({(run["timing"]["warmup_ns"], run["timing"]["duration_ns"]) for run in directory.runs})
    facts = [
        ("Measured", "; ".join(f"{one['started']} to {one['finished'] or '(not finished)'}" for one in [d, *directory.others])),
        ("System", system["os"]),
        ("Wine", system["wine_version"]),
        ("CPU", f"{system['cpu_model']}, {system['logical_cpus']} logical CPUs, {system['architecture']}"),
        ("Memory", units.size(system["memory_bytes"])),
        ("recvbench", f"{build['version']} {build['git_revision']}".strip()),
        ("Build", f"{build['target']}, {build['compiler']}, {build['build_type']}"),
        ("Fingerprint", d["environment"]["fingerprint"]["hash"]),
        ("Warnings", "; ".join(f"{w['code']}: {w['measured']}: {w['text']}" for w in d["environment"].get("warnings", []))),
        ("Generator", ", ".join(generators)),
        ("Clock", f"{clock['name']}, resolution {units.round_time(clock['resolution_ns'])}"),
        ("A run", "; ".join(f"{units.round_time(w)} warm-up, {units.round_time(t)} measured" for w, t in seconds)),
        ("Order", f"interleaved rounds, shuffled with seed {_seeds(directory)}"),
        ("CPU figures include", included),
        ("CPU figures leave out", ", ".join(excludes)),
    ]
    return [(name, value) for name, value in facts if value]


def _scenario_line(scenario) -> str:
    s = scenario.about
    load = "as fast as possible"
    if s["mode"] == "closed":
        pause = f", {units.round_time(s['think_ns'])} after the last" if s["think_ns"] else ""
        load = f"a closed loop: each connection sends its next message when the last one is answered{pause}"
    elif s["mode"] == "open":
        how = "at fixed intervals" if s["arrival"] == "constant" else f"falling due as {s['arrival']}"
        load = f"{units.round_rate(s['rate_per_s'])} {how}"
    connections = "1 connection" if s["connections"] == 1 else f"{s['connections']:,} connections"
    if s["idle_connections"]:
        connections += f" and {s['idle_connections']:,} idle"
    if slow := s["slow_writers"]:
        gap = units.round_time(slow["gap_ns"])
        connections += f", {slow['connections']:,} of them (not measured) slow to write: in {slow['pieces']} pieces, {gap} apart"
    if slow := s["slow_readers"]:
        gap = units.round_time(slow["gap_ns"])
        connections += f", {slow['connections']:,} of them (not measured) slow to read: {units.size(slow['read_bytes'])} every {gap}"
    if s["messages_per_connection"]:
        connections += f", each of {s['messages_per_connection']:,} messages" + (" and reset" if s["close"] == "abortive" else "")
    batch = f", {s['messages_per_send']} messages a send" if s["messages_per_send"] > 1 else ""
    mean = units.size(s["size_bytes"])
    messages = f"messages of {s['sizes']}, {mean} on average" if set(s["sizes"]) & set("-+") else f"{mean} messages"
    return f"{s['protocol'].upper()} {s['workload']}, {connections}, {messages}, {load}{batch}"


def _engine_lines(directory: RunDirectory) -> list[tuple[str, str]]:
    """Each engine's settings as they were measured, every value once: "threads=1|2, buffer=64KiB"."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    apis: dict[str, str] = {}
    for cell in sorted((cell for s in directory.scenarios for cell in s.cells), key=lambda cell: cell.position):
        engine = cell.engine
        apis[engine["name"]] = engine["api"]
        own = found.setdefault(engine["name"], {})
        for name, value in engine["settings"]["declared"].items():
            own.setdefault(name, {})[value] = None
    settings = {name: ", ".join(f"{one}={'|'.join(values)}" for one, values in own.items()) for name, own in found.items()}
    return [(name, apis[name] + (f"; {text}" if text else "")) for name, text in settings.items()]


def _problems(directory: RunDirectory) -> list[dict]:
    """Why runs are invalid and what to do about it: by reason, then by cell, since repetitions often fail alike."""
    problems: dict[str, dict] = {}
    for scenario in directory.scenarios:
        for cell in scenario.cells:
            for run in cell.runs:
                for reason in run["reasons"] or ([] if run["valid"] else [{"code": "?", "detail": "no reason was recorded"}]):
                    known = directory.reasons.get(reason["code"])
                    problem = problems.setdefault(reason["code"], {"code": reason["code"], "known": known, "cells": {}})
                    told = problem["cells"].setdefault(cell.name, {"cell": cell, "scenario": scenario.name, "runs": [], "details": []})
                    told["runs"] += [run["index"]] if run["index"] not in told["runs"] else []
                    told["details"] += [reason["detail"]] if reason["detail"] not in told["details"] else []
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
