"""The report in a real browser: it draws, sorts by click, follows the colour scheme, fits a narrow screen, fetches nothing.

A probe script is appended to a copy of the page; what it finds is left in the document and read from Chromium's --dump-dom.
"""

import json
import os
import re
import shutil
import subprocess
from html import unescape

import gate_documents
import make_run
import pytest
from recvbench_report import history, html, index, load
from recvbench_report.gate import page as comparison
from recvbench_report.trend import series

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr"
).split()
DARK = "--blink-settings=preferredColorScheme=0"

PROBE = """
<script>
addEventListener("load", async () => {
  const found = await (async () => { %s })().catch((error) => ({ error: String(error) }));
  const out = document.createElement("pre");
  out.id = "probe";
  out.textContent = JSON.stringify(found);
  document.body.append(out);
});
</script>
"""


@pytest.fixture
def probe(report, tmp_path):
    """What a script finds in a page; probe.console: what the browser complained of meanwhile."""

    def run(script, *options, page=report):
        file = tmp_path / "page.html"
        before, end, after = page.rpartition("</body>")
        file.write_text(before + PROBE % script + end + after, encoding="utf-8")
        done = subprocess.run(
            [CHROMIUM, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", *options, "--virtual-time-budget=5000", "--dump-dom",
             file.as_uri()],
            capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
        run.console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        result = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
        assert result, f"chromium exited {done.returncode}: {done.stderr[-500:]}"
        found = json.loads(unescape(result[1]))
        assert not (isinstance(found, dict) and "error" in found), found
        return found

    return run


SORT = """
const table = document.querySelector("table.summary");
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
def test_sorts_by_click(probe, heading, key):
    (up, ascending), (down, descending) = probe(SORT % heading)
    assert (up, down) == ("ascending", "descending")
    assert len(ascending) == len(descending) == 24
    for rows, reverse in ((ascending, False), (descending, True)):
        ranked = [key(value) for value, unranked, _ in rows if not unranked]
        assert len(ranked) == 17
        assert ranked == sorted(ranked, reverse=reverse)
        # Invalid, emulated and synthetic rows stay last both ways.
        assert [unranked for _, unranked, _ in rows] == [False] * 17 + [True] * 7


LOOK = """
await Promise.all([...document.images].map((image) => image.decode()));
return {
  images: [...document.images].map((image) => [image.naturalWidth, image.clientWidth]),
  dark: [...document.querySelectorAll("picture")].map((p) => p.querySelector("img").currentSrc === p.querySelector("source").srcset),
  ground: getComputedStyle(document.body).backgroundColor,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  width: document.documentElement.clientWidth,
  fetched: performance.getEntriesByType("resource").map((r) => r.name).filter((name) => !name.startsWith("data:")),
};
"""


@pytest.mark.parametrize("width", [1280, 500])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_draws_and_fits(probe, width, dark):
    found = probe(LOOK, f"--window-size={width},900", *([DARK] if dark else []))
    assert found["width"] == width
    assert len(found["images"]) == 6 and all(natural > 300 and shown > 300 for natural, shown in found["images"])
    assert found["dark"] == [dark] * 6
    assert found["ground"] == ("rgb(15, 17, 21)" if dark else "rgb(245, 246, 248)")
    # Wide tables and plots scroll inside their own boxes.
    assert found["overflow"] <= 0
    assert found["fetched"] == []


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """One engine with long labels, beside another; of each, a run is invalid."""
    engines = [f"completion-routine:threads={t},receives-in-flight={r},buffer=64KiB" for t in (1, 2) for r in (1, 16)] + ["iocp"]
    made = make_run.make(repeat=2, engines=engines, scenarios=["tcp-sink-64B-c8-10k"], messages=1500)
    for run, _ in made[:5]:
        make_run.invalidate(run, "clock", "-3 us")
    return html.render(load.load(make_run.write(tmp_path_factory.mktemp("swept") / "run", made)))


def framed(page):
    """Chromium's window is never narrower than 500, so the page is looked at through a frame of 400."""
    inside = page.replace("&", "&amp;").replace('"', "&quot;")
    return f'<!doctype html><body><iframe style="width:400px;height:900px;border:0" srcdoc="{inside}"></iframe></body>'


FRAME = """
const frame = document.querySelector("iframe").contentDocument;
const label = (cell) => [cell.clientWidth, ...[...cell.querySelectorAll("span:not(.tag)")].map((s) => s.getClientRects().length)];
return {
  width: frame.documentElement.clientWidth,
  overflow: frame.documentElement.scrollWidth - frame.documentElement.clientWidth,
  labels: [...frame.querySelectorAll(".summary td.label")].map(label),
};
"""


def test_phone_width(probe, report):
    found = probe(FRAME, "--allow-file-access-from-files", page=framed(report))
    assert (found["width"], found["overflow"]) == (400, 0)


def test_long_labels_on_a_phone(probe, swept):
    found = probe(FRAME, "--allow-file-access-from-files", page=framed(swept))
    assert (found["width"], found["overflow"]) == (400, 0)
    assert len(found["labels"]) == 5 + 4, "of all cells in the summary, of those with a valid run in what stands behind it"
    for width, *parts in found["labels"]:
        # Broken between the parts of the label, never inside one.
        assert width < 260 and set(parts) == {1}


def test_network_is_closed(probe):
    """The page's own policy: even a script in it could not fetch or load anything."""
    found = probe(
        """
        const blocked = [];
        addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
        await fetch("http://127.0.0.1:9/").catch(() => 0);
        const image = new Image();
        await new Promise((done) => { image.onerror = done; image.src = "http://127.0.0.1:9/x.png"; });
        await new Promise((done) => setTimeout(done, 50));
        return blocked.sort();
        """
    )
    assert found == ["connect-src", "img-src"]
    assert len(probe.console) >= 2, "so the tests that want none would see them"


def test_raw_data_unpacks_in_the_browser(probe):
    found = probe(
        """
        const bytes = Uint8Array.from(atob(document.querySelector("a[download]").href.split(",")[1]), (c) => c.charCodeAt(0));
        const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
        return text.trim().split("\\n").map((line) => JSON.parse(line).index);
        """
    )
    assert found == list(range(120))


@pytest.fixture(scope="module")
def listing(history_directory):
    read = history.read(history_directory)
    return index.render(read, series.of_history(read.entries), history_directory)


def test_index_sorts_by_click(probe, listing):
    (up, ascending), (down, descending) = probe(SORT % "Began", page=listing)
    assert (up, down) == ("ascending", "descending") and len(ascending) == 16
    assert [began for began, *_ in ascending] == sorted(began for began, *_ in ascending) == [began for began, *_ in descending][::-1]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_index_fits(probe, listing, dark):
    found = probe(LOOK, "--window-size=500,900", *([DARK] if dark else []), page=listing)
    assert (found["width"], found["images"], found["fetched"]) == (500, [], [])
    assert found["ground"] == ("rgb(15, 17, 21)" if dark else "rgb(245, 246, 248)")
    assert found["overflow"] <= 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_trend_is_drawn(probe, history_directory, dark):
    page = html.render(load.load(history_directory / "night-15"), series.of_history(history.read(history_directory).entries))
    found = probe(LOOK, "--window-size=1280,900", *([DARK] if dark else []), page=page)
    # The usual plots of one scenario, and the trend.
    assert len(found["images"]) == 5 and all(natural > 300 and shown > 300 for natural, shown in found["images"])
    assert found["dark"] == [dark] * 5 and found["overflow"] <= 0 and found["fetched"] == []


@pytest.fixture(scope="module")
def compared():
    return comparison.render(gate_documents.every_verdict(environment="Wine 8.0, not Windows", notes=["a note"]))


@pytest.mark.parametrize("width", [1280, 500])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_comparison_draws_and_fits(probe, compared, width, dark):
    found = probe(LOOK, f"--window-size={width},900", *([DARK] if dark else []), page=compared)
    assert probe.console == []
    assert found["width"] == width and found["overflow"] <= 0 and found["fetched"] == []
    assert len(found["images"]) == 1 and all(natural > 300 and shown > 300 for natural, shown in found["images"])
    assert found["dark"] == [dark] and found["ground"] == ("rgb(15, 17, 21)" if dark else "rgb(245, 246, 248)")


def test_comparison_on_a_phone(probe, compared):
    found = probe(FRAME, "--allow-file-access-from-files", page=framed(compared))
    assert (found["width"], found["overflow"]) == (400, 0)


@pytest.mark.parametrize("heading, key", [("Verdict", str), ("Change", float), ("Cell", str)])
def test_comparison_sorts_by_click(probe, compared, heading, key):
    (up, ascending), (down, descending) = probe(SORT % heading, page=compared)
    assert probe.console == []
    assert (up, down) == ("ascending", "descending") and len(ascending) == len(descending) == 8
    for rows, reverse in ((ascending, False), (descending, True)):
        values = [value for value, *_ in rows if value]
        assert [key(value) for value in values] == sorted(map(key, values), reverse=reverse)
        assert [value for value, *_ in rows][len(values) :] == [""] * (8 - len(values)), "what has no figure stays last"
