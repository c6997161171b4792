"""The report's controls in a real browser: highlight, filter, percentile; by mouse and by keyboard."""

import dataclasses

import hostile
import make_run
import pytest
from recvbench_report import html, load
from recvbench_report.plots import order

SCENARIOS = ["tcp-echo-64B-c64-20k", "tcp-sink-64B-c8-10k", "tcp-sink-4KiB-c8-max"]

STATE = """
const seen = (one) => one.getClientRects().length > 0;
const faint = (one) => Number(getComputedStyle(one).opacity) < 0.5;
const engine = (group) => [...group.classList].find((name) => /^e\\d+$/.test(name));
const rows = [...document.querySelectorAll("#summary tbody tr")];
const groups = [...document.querySelectorAll(".plot .e")].filter(seen);
const some = (list) => [...new Set(list)].sort();
return {
  rows: rows.filter(seen).map((row) => row.dataset.cell),
  faintRows: rows.filter(seen).filter(faint).length,
  clear: some(groups.filter((group) => !faint(group)).map(engine)),
  faint: some(groups.filter(faint).map(engine)),
  curves: [...document.querySelectorAll("#curves .plot")].map(seen),
  sections: [...document.querySelectorAll("section.plots")].filter(seen).map((section) => section.id),
  findings: [...document.querySelectorAll(".findings > tbody > tr:not(.evidence)")].filter(seen).length,
  pressed: [...document.querySelectorAll("[aria-pressed=true]")].map((chip) => chip.textContent),
  status: document.querySelector(".status").textContent,
  counts: [...document.querySelectorAll(".count")].map((count) => count.textContent),
  focus: document.activeElement.textContent,
};
"""
ALL = {f"e{i}" for i in range(8)}


def test_everything_is_shown_at_first(show, report):
    state = show(report).ask(STATE)
    assert len(state["rows"]) == 24 and state["faintRows"] == 0
    assert set(state["clear"]) == ALL and state["faint"] == []
    assert state["curves"] == [True] * 3 and state["findings"] == 3
    assert state["sections"] == ["curves", "cost", "heatmap", "response-service", "fairness", "order"]
    assert state["counts"] == ["8 of 8", "3 of 3"] and state["status"] == "" and state["pressed"] == []


def test_the_page_without_script_has_no_controls_and_all_data(report):
    written = report.partition("<body>")[2].partition("<script")[0]
    assert 'class="controls"' not in written and " hidden>" not in written and "checkbox" not in written


def test_pointing_at_a_row_or_a_plot_highlights_its_engine_everywhere(show, report):
    tab = show(report)
    for selector in ('#summary tr[data-cell^="iocp/"]', "#order1 .e5 text", '.chip[data-chip="5"]'):
        tab.point(selector)
        state = tab.ask(STATE)
        assert state["clear"] == ["e5"] and set(state["faint"]) == ALL - {"e5"}, selector
        assert len(state["rows"]) == 24 and state["faintRows"] == 21
        tab.point("h1")
        assert tab.ask(STATE)["faint"] == []
    assert tab.complaints() == []


def test_a_click_keeps_it_and_another_lets_go(show, report):
    tab = show(report)
    tab.point('#summary tr[data-cell^="iocp/"] td:nth-child(3)', click=True)
    tab.point("h1")
    state = tab.ask(STATE)
    assert state["clear"] == ["e5"] and state["pressed"] == ["iocp"]
    tab.point('.chip[data-chip="1"]', click=True)
    tab.point("h1")
    assert tab.ask(STATE)["pressed"] == ["select"]
    tab.point('.chip[data-chip="1"]', click=True)
    tab.point("h1")
    state = tab.ask(STATE)
    assert state["pressed"] == [] and state["faint"] == []


def test_highlight_by_keyboard(show, report):
    tab = show(report)
    tab.ask("document.querySelector('.chip').focus();")
    tab.press("Tab")
    state = tab.ask(STATE)
    assert state["focus"] == "select" and state["clear"] == ["e1"], "focus alone highlights"
    for key in ("Enter", " "):
        tab.press(key)
        assert tab.ask(STATE)["pressed"] == (["select"] if key == "Enter" else [])
    tab.press("Enter")
    tab.press("Tab")
    tab.ask("document.activeElement.blur();")
    state = tab.ask(STATE)
    assert state["pressed"] == ["select"] and state["clear"] == ["e1"], "kept while the focus is elsewhere"
    tab.press("Escape")
    assert tab.ask(STATE)["faint"] == []


FIND = """document.querySelector(".filter:nth-of-type(%d) summary").focus();"""


def test_filters_scenarios_by_keyboard(show, report):
    tab = show(report)
    tab.ask(FIND % 2)
    tab.press("Enter")
    tab.press("Tab")
    tab.type("tcp sink")
    tab.press("Tab")  # Only these
    tab.press(" ")
    state = tab.ask(STATE)
    assert len(state["rows"]) == 16 and all("sink" in cell for cell in state["rows"])
    assert state["curves"] == [False, True, True] and state["findings"] == 2
    assert state["counts"] == ["8 of 8", "2 of 3"] and state["status"].startswith("Filtered. ")
    hidden = tab.ask("return [...document.querySelectorAll('.plot .s0')].some((panel) => panel.getClientRects().length);")
    assert not hidden, "nor its panel in a plot of several"
    tab.press("Tab")  # All
    tab.press("Enter")
    assert len(tab.ask(STATE)["rows"]) == 24
    tab.press("Escape")
    assert tab.ask("return document.querySelectorAll('.filter[open]').length;") == 0
    assert tab.complaints() == []


def test_filters_engines(show, report):
    tab = show(report)
    tab.ask(FIND % 1)
    tab.press(" ")
    tab.press("Tab", 4)  # past the field and the buttons, to the first box
    tab.press(" ")
    state = tab.ask(STATE)
    assert len(state["rows"]) == 21 and not any(cell.startswith("blocking/") for cell in state["rows"])
    assert set(state["clear"]) == ALL - {"e0"} and state["counts"] == ["7 of 8", "3 of 3"]
    # Nobody is left: no plot has anything to show but its frame.
    tab.ask("""for (const box of document.querySelectorAll(".filter:nth-of-type(1) input[type=checkbox]")) if (box.checked) box.click();""")
    state = tab.ask(STATE)
    assert state["rows"] == state["sections"] == state["clear"] == [] and state["findings"] == 3


@pytest.fixture(scope="module")
def with_alternatives(loaded):
    """A report with a section that has a plot for p50, p99 and p999, and one that has p50 alone."""
    drawn = order.plot(loaded.runs, loaded.scenarios, "")
    made = [
        html.Section(id, id, [dataclasses.replace(drawn, percentile=name) for name in names], order.NOTE)
        for id, names in (("a", ["p50", "p99", "p999"]), ("b", ["p50"]))
    ]
    return html.render(loaded, drawn=made)


PERCENTILE = """
const plots = [...document.querySelectorAll("section.plots .plot")];
return [document.querySelector(".tools input[type=radio]:checked").value,
        plots.filter((plot) => plot.checkVisibility()).map((plot) => plot.closest("section").id + plot.dataset.percentile)];
"""


def test_percentile_of_the_whole_page(show, with_alternatives):
    tab = show(with_alternatives)
    # What lacks the percentile asked for keeps what it has.
    assert tab.ask(PERCENTILE) == ["p99", ["ap99", "bp50"]]
    tab.ask("document.querySelector('.tools input[type=radio]:checked').focus();")
    tab.press("ArrowRight")
    assert tab.ask(PERCENTILE) == ["p999", ["ap999", "bp50"]]
    tab.press("ArrowLeft", 2)
    assert tab.ask(PERCENTILE) == ["p50", ["ap50", "bp50"]]
    assert tab.complaints() == []


def test_nothing_is_stored(show, report):
    tab = show(report)
    tab.point('.chip[data-chip="1"]', click=True)
    assert tab.ask("return [localStorage.length, sessionStorage.length, document.cookie, location.hash];") == [0, 0, "", ""]


def test_evidence_is_one_click_below(show, report):
    tab = show(report)
    tab.point(".evidence summary", click=True)
    rows = tab.ask(
        """
        const open = document.querySelector(".evidence details[open]");
        return [...open.querySelectorAll(":scope tbody tr")].map((row) => [...row.cells].map((cell) => cell.innerText.split("\\n")));
        """
    )
    told = {name[0]: [runs, p99] for name, runs, p99, *_ in rows}
    assert len(told) == 8
    assert told["select"] == [["0 of 5 valid", "lost"], ["n/a", "not ranked: no valid run"]]
    assert told["rio"][1][1] == "not ranked: emulated" and told["null"][1][1] == "not ranked: synthetic"


NAMES = [
    *hostile.NAMES, "</script><script>document.title = 'ran'</script>", "]]><img src=x onerror=\"document.title = 'ran'\">", "__proto__",
]  # fmt: skip


def test_hostile_names_are_text(show, tmp_path):
    made = make_run.make(repeat=2, engines=[f"e{i}" for i in range(len(NAMES))], scenarios=["tcp-sink-64B-c8-10k"], messages=1200)
    for run, _ in made:
        hostile.rename(run, NAMES[int(run["engine"]["name"][1:])])
    other = make_run.make(repeat=2, engines=["iocp"], scenarios=["tcp-sink-4KiB-c8-max"], messages=1200)
    for i, (run, _) in enumerate(other):
        run.update(index=len(made) + i)
        run["scenario"]["name"] = NAMES[-2]
        run["cell"] = f"iocp/{NAMES[-2]}"
    description = make_run.description(None, [run for run, _ in made + other])
    tab = show(html.render(load.load(make_run.write(tmp_path / "run", made + other, description))))
    chips, scenarios, title, images = tab.ask(
        """
        return [[...document.querySelectorAll(".chip")].map((chip) => chip.textContent),
                [...document.querySelectorAll(".filter:nth-of-type(2) li")].map((item) => item.textContent.trim()),
                document.title, document.images.length];
        """
    )
    assert sorted(chips) == sorted(["iocp", *("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in name) for name in NAMES)])
    assert NAMES[-2] in scenarios and len(scenarios) == 2
    assert title != "ran" and images == 0 and tab.complaints() == [] and tab.requests() == []
