"""Pages in a real browser: they draw, sort by click, follow the colour scheme, fit a narrow screen, fetch nothing, complain of nothing."""

import gate_documents
import make_run
import pytest
from recvbench_report import history, html, load
from recvbench_report.gate import page as comparison
from recvbench_report.trend import series

SORT = """
const table = document.querySelector("table.sortable");
const heads = [...table.tHead.rows[0].cells];
const column = heads.findIndex((head) => head.textContent.trim() === "%s");
const read = () => [...table.tBodies[0].rows].map((row) =>
  [row.cells[column].dataset.v, "unranked" in row.dataset, row.dataset.cell]);
const states = [];
for (let i = 0; i < 2; ++i) {
  heads[column].querySelector("button").click();
  states.push([heads[column].getAttribute("aria-sort"), read()]);
}
return states;
"""


@pytest.mark.parametrize("heading, key", [("p99", float), ("Engine", str), ("CPU per message", float)])
def test_sorts_by_click(show, report, heading, key):
    (up, ascending), (down, descending) = show(report).ask(SORT % heading)
    assert (up, down) == ("ascending", "descending")
    assert len(ascending) == len(descending) == 24
    for rows, reverse in ((ascending, False), (descending, True)):
        ranked = [key(value) for value, unranked, _ in rows if not unranked]
        assert len(ranked) == 17
        assert ranked == sorted(ranked, reverse=reverse)
        # Invalid, emulated and synthetic rows stay last both ways.
        assert [unranked for _, unranked, _ in rows] == [False] * 17 + [True] * 7


@pytest.mark.parametrize("key", ["Enter", " "])
def test_sorts_by_key(show, report, key):
    tab = show(report)
    tab.ask("""document.querySelector("table.sortable th:nth-child(6) button").focus();""")
    orders = []
    for _ in range(2):
        tab.press(key)
        orders.append(tab.ask("""
            const table = document.querySelector("table.sortable");
            return [document.activeElement.closest("th").getAttribute("aria-sort"), table.querySelectorAll("[aria-sort]").length,
                    [...table.tBodies[0].rows].filter((row) => !("unranked" in row.dataset)).map((row) => Number(row.cells[5].dataset.v))];
        """))  # fmt: skip
    (up, ups, ascending), (down, downs, descending) = orders
    assert (up, ups, down, downs) == ("ascending", 1, "descending", 1)
    assert ascending == sorted(ascending) and descending == sorted(ascending, reverse=True) and len(set(ascending)) > 5


LOOK = """
// Without what another percentile is shown instead of; how many are left is counted.
const plots = [...document.querySelectorAll(".plot svg")].filter((plot) => plot.getBoundingClientRect().width);
// The rectangle behind everything has the paper's colour.
const paper = (plot) => getComputedStyle(plot.querySelector("path")).fill;
return {
  plots: plots.map((plot) => Math.round(plot.getBoundingClientRect().width)),
  paper: [...new Set(plots.map(paper))],
  ink: [...new Set(plots.flatMap((plot) => [...plot.querySelectorAll("text")].map((text) => getComputedStyle(text).fill)))],
  ground: getComputedStyle(document.body).backgroundColor,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  width: document.documentElement.clientWidth,
};
"""
GROUND = {False: "rgb(245, 246, 248)", True: "rgb(15, 17, 21)"}
PAPER = {False: "rgb(255, 255, 255)", True: "rgb(23, 26, 31)"}
INK = {False: "rgb(27, 31, 36)", True: "rgb(232, 234, 237)"}


def look(tab, dark, plots):
    found = tab.ask(LOOK)
    assert tab.complaints() == [] and tab.requests() == []
    assert len(found["plots"]) == plots and all(width > 300 for width in found["plots"])
    if plots:
        assert found["paper"] == [PAPER[dark]] and INK[dark] in found["ink"] and INK[not dark] not in found["ink"]
    assert found["ground"] == GROUND[dark]
    # Wide tables and plots scroll inside their own boxes.
    assert found["overflow"] <= 0
    return found


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_draws_and_fits(show, report, width, dark):
    tab = show(report, width, dark)
    assert look(tab, dark, 16)["width"] == width
    # The scheme may change while the page is open.
    tab.emulate(dark=not dark)
    look(tab, not dark, 16)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """One engine with long labels, beside another; of each, a run is invalid."""
    engines = [f"completion-routine:threads={t},receives-in-flight={r},buffer=64KiB" for t in (1, 2) for r in (1, 16)] + ["iocp"]
    made = make_run.make(repeat=2, engines=engines, scenarios=["tcp-sink-64B-c8-10k"], messages=1500)
    for run, _ in made[:5]:
        make_run.invalidate(run, "clock", "-3 us")
    return html.render(load.load(make_run.write(tmp_path_factory.mktemp("swept") / "run", made)))


LABELS = """
const label = (cell) => [cell.clientWidth, ...[...cell.querySelectorAll("span:not(.tag)")].map((s) => s.getClientRects().length)];
return [...document.querySelectorAll(".summary td.label")].map(label);
"""


def test_long_labels_on_a_phone(show, swept):
    tab = show(swept, 400)
    assert tab.ask(LOOK)["overflow"] <= 0
    labels = tab.ask(LABELS)
    assert len(labels) == 5 + 4, "of all cells in the summary, of those with a valid run in what stands behind it"
    for width, *parts in labels:
        # Broken between the parts of the label, never inside one.
        assert width < 260 and set(parts) == {1}


def test_network_is_closed(show, report):
    """The page's own policy: even a script in it could not fetch or load anything, and no other script runs."""
    tab = show(report)
    found = tab.ask(
        """
        const blocked = [];
        addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
        await fetch("http://127.0.0.1:9/").catch(() => 0);
        const image = new Image();
        await new Promise((done) => { image.onerror = done; image.src = "http://127.0.0.1:9/x.png"; });
        const script = document.createElement("script");
        script.textContent = "document.title = 'ran'";
        document.body.append(script);
        document.body.setAttribute("onclick", "document.title = 'ran'");
        document.body.click();
        await new Promise((done) => setTimeout(done, 50));
        return [blocked.sort(), document.title === "ran"];
        """
    )
    assert found == [["connect-src", "img-src", "script-src-attr", "script-src-elem"], False]
    assert len(tab.complaints()) >= 4, "so the tests that want none would see them"


def test_raw_data_unpacks_in_the_browser(show, report):
    found = show(report).ask(
        """
        const bytes = Uint8Array.from(atob(document.querySelector("a[download]").href.split(",")[1]), (c) => c.charCodeAt(0));
        const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
        return text.trim().split("\\n").map((line) => JSON.parse(line).index);
        """
    )
    assert found == list(range(120))


def test_index_sorts_by_click(show, listing):
    tab = show(listing)
    (up, ascending), (down, descending) = tab.ask(SORT % "Began")
    assert tab.complaints() == []
    assert (up, down) == ("ascending", "descending") and len(ascending) == 16
    assert [began for began, *_ in ascending] == sorted(began for began, *_ in ascending) == [began for began, *_ in descending][::-1]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_index_fits(show, listing, dark):
    assert look(show(listing, 500, dark), dark, 0)["width"] == 500


def test_trend_is_drawn(show, history_directory):
    page = html.render(load.load(history_directory / "night-15"), series.of_history(history.read(history_directory).entries))
    # The usual plots of one scenario, and the trend.
    look(show(page, dark=True), True, 8)


@pytest.fixture(scope="module")
def compared():
    return comparison.render(gate_documents.every_verdict(environment="Wine 8.0, not Windows", notes=["a note"]))


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_comparison_draws_and_fits(show, compared, width, dark):
    assert look(show(compared, width, dark), dark, 1)["width"] == width


@pytest.mark.parametrize("heading, key", [("Verdict", str), ("Change", float), ("Cell", str)])
def test_comparison_sorts_by_click(show, compared, heading, key):
    tab = show(compared)
    (up, ascending), (down, descending) = tab.ask(SORT % heading)
    assert tab.complaints() == []
    assert (up, down) == ("ascending", "descending") and len(ascending) == len(descending) == 8
    for rows, reverse in ((ascending, False), (descending, True)):
        values = [value for value, *_ in rows if value]
        assert [key(value) for value in values] == sorted(map(key, values), reverse=reverse)
        assert [value for value, *_ in rows][len(values) :] == [""] * (8 - len(values)), "what has no figure stays last"
