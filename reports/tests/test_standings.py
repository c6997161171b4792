"""What stands behind "which engine for what", and what is said of many scenarios at once."""

import make_run
import page
import pytest
from recvbench_report import html, load, standings, verdict


def found(directory):
    return [(s, [(m, verdict.finding(s, m)) for m in verdict.METRICS]) for s in directory.scenarios]


def by_label(directory, scenario, key):
    s, findings = next((s, f) for s, f in found(directory) if s.name == scenario)
    at = [metric.key for metric, _ in findings].index(key)
    return {row.cell.label: (row, row.standings[at]) for row in standings.rows(s, findings)}


def test_every_engine_stands_somewhere(loaded):
    rows = by_label(loaded, "tcp-echo-64B-c64-20k", "p99")
    words = {label: standing.word for label, (_, standing) in rows.items()}
    finding = dict((m.key, f) for m, f in found(loaded)[0][1])["p99"]
    assert words.pop("select") == "not ranked: no valid run"
    assert (words.pop("rio"), words.pop("null")) == ("not ranked: emulated", "not ranked: synthetic")
    assert words.pop(finding.leader) in ("best", "best observed")
    assert words == {label: "level" for label in finding.level} | {label: "behind" for label in finding.behind} and len(words) == 4
    row, standing = rows["select"]
    assert (row.runs, row.reasons, standing.figure) == ("0 of 5 valid", ["lost"], "n/a")
    row, standing = rows["iocp"]
    assert row.runs == "5 of 5 valid" and standing.figure.endswith("µs") and " – " in standing.range


def test_what_was_not_compared_has_figures_and_no_standing(loaded):
    for label, (_, standing) in by_label(loaded, "tcp-sink-64B-c8-10k", "rate").items():
        assert standing.word == {"rio": "not ranked: emulated", "null": "not ranked: synthetic"}.get(label, "")
        assert standing.figure == "10.0 k/s"


def test_a_run_without_the_figure(tmp_path):
    made = make_run.make(repeat=5, engines=["iocp", "select"], scenarios=["tcp-sink-64B-c8-10k"], messages=1500, with_invalid=False)
    run = made[0][0]
    run["cost"]["cpu_ns_per_message"] = None
    directory = load.load(make_run.write(tmp_path / "run", made))
    _, standing = by_label(directory, "tcp-sink-64B-c8-10k", "cpu")[run["engine"]["name"]]
    assert (standing.figure, standing.word) == ("n/a", "not ranked: a run lacks the figure")


def test_who_is_never_ranked(loaded):
    never = standings.unranked(loaded.scenarios)
    assert never == ["rio (emulated)", "null (synthetic)", "select (no valid run under tcp-echo-64B-c64-20k)"]


def finding(leader, level=(), behind=(), decided=True):
    return verdict.Finding(leader, "", "", decided, level, behind)


def test_glance():
    """Counted by hand."""
    p99 = [finding("a", behind=("b", "c")), finding("a", level=("b",), behind=("c",)), finding("b", level=("a", "c"), decided=False),
           finding("c", decided=False), "no valid figure"]  # fmt: skip
    assert standings.glance([[(verdict.P99, one)] for one in p99]) == [
        (
            "p99 response time",
            "best or level: a in 3 (1 alone), b in 2, c in 1; best observed, with too few runs or engines to tell: c in 1; "
            "not compared in 1 of 5 scenarios",
        )
    ]
    assert standings.glance([[(verdict.RATE, "the rate was given")]] * 2) == [("throughput", "not compared in 2 of 2 scenarios")]
    same = [[(verdict.CPU, finding("a", behind=("b",)))]] * 2
    assert standings.glance(same) == [("CPU per message", "best or level: a in 2 (2 alone)")]


def test_page_says_it(report):
    root = page.parse(report)
    section = root.one("section", id="which")
    told = section.one("p", **{"class": "never"}).text
    assert "rio (emulated)" in told and "select (no valid run under tcp-echo-64B-c64-20k)" in told
    assert len(list(section.all("details"))) == 3
    for details in section.all("details"):
        assert len(list(details.one("tbody").all("tr"))) == 8


@pytest.mark.parametrize("engines, scenarios", [(2, 1), (20, 2), (5, 60)])
def test_few_and_many(tmp_path, monkeypatch, engines, scenarios):
    """Only what is above the plots is looked at: drawing 60 scenarios takes its time."""
    monkeypatch.setattr(make_run, "SCENARIOS", make_run.many_scenarios(scenarios))
    monkeypatch.setattr(html, "sections", lambda *_: [])
    made = make_run.make(1, make_run.many_engines(engines), tuple(make_run.SCENARIOS), messages=50)
    root = page.parse(html.render(load.load(make_run.write(tmp_path / "run", made))))
    section = root.one("section", id="which")
    assert len(list(section.all("details"))) == scenarios
    glance = [li.one("b").text for ul in section.all("ul", **{"class": "glance"}) for li in ul.all("li")]
    assert glance == ([metric.title for metric in verdict.METRICS] if scenarios == 60 else []), "few are at a glance as they are"
    # Many rows scroll in their own box, so that what follows stays in reach.
    assert ("tall" in next(section.all("div")).attributes["class"]) == (scenarios > 12)
