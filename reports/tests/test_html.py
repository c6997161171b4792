"""The report's structure and numbers, not its pixels."""

import base64
import gzip
import json
import re
import statistics
import xml.etree.ElementTree as ElementTree

import drawn
import make_run
import page
import pytest
from recvbench_report import html, load


@pytest.fixture(scope="module")
def root(report):
    return page.parse(report)


def render(tmp_path, made, change=lambda d: None):
    description = make_run.description(None, [run for run, _ in made])
    change(description)
    return html.render(load.load(make_run.write(tmp_path / "run", made, description)))


def test_equal_input_gives_equal_bytes(run_directory, report):
    assert html.render(load.load(run_directory)) == report


def test_size_of_a_large_measurement(tmp_path, monkeypatch):
    """8 engines, 6 scenarios, 5 rounds: half of what must stay below 5 MB."""
    scenarios = {f"tcp-sink-64B-c8-{k}k": ("sink", "open", 8, 64, 1000.0 * k, 1.0) for k in range(1, 7)}
    monkeypatch.setattr(make_run, "SCENARIOS", scenarios)
    made = make_run.make(scenarios=tuple(scenarios), messages=1200)
    assert len(made) == 240
    assert len(render(tmp_path, made).encode()) < 2_500_000


def test_asks_no_network_for_anything(root):
    page.assert_asks_no_network(root)


def test_wine_is_said_everywhere(root):
    label = "Wine 8.0, not Windows"
    assert label in root.one("title").text
    assert label in root.one("p", **{"class": "environment"}).text
    for id in ("which", "summary", "invalid", "environment"):
        assert label in next(root.one("section", id=id).all("h2")).text
    assert all(label in svg for svg in page.svgs(root))


def test_no_label_on_a_real_system(tmp_path):
    text = render(tmp_path, make_run.make(repeat=1, messages=300), lambda d: d["environment"].update(label=""))
    root = page.parse(text)
    assert "Wine 8" not in root.one("header").text and not list(root.all("p", **{"class": "environment"}))
    assert list(root.all("span", **{"class": "tag warn"})) == []


def test_banner(root):
    banner = root.one("section", id="verdict")
    assert banner.one("h1").text == "Valid in part: 114 of 120 runs passed every self-check"
    assert banner.one("code").text == "recvbench run --profile quick --seed 7"


@pytest.mark.parametrize("program", ["recvbench", "/usr/lib/x/recvbench", "Z:\\x y\\recvbench.exe"])
def test_command_names_no_folder(program):
    assert html._command([program, "run", "--out", "a b"]) == "recvbench run --out 'a b'"
    assert html._command([]) == ""


def test_table_numbers_are_the_records(root, loaded):
    runs = {}
    for run in loaded.runs:
        runs.setdefault(run["cell"], []).append(run)
    rows = list(root.one("section", id="summary").one("tbody").all("tr"))
    assert len(rows) == len(runs) == 24
    where = {
        "rate": lambda r: r["rates"]["received_per_s"],
        "p50": lambda r: r["latency"]["response"]["p50_ns"],
        "p99": lambda r: r["latency"]["response"]["p99_ns"],
        "max": lambda r: r["latency"]["response"]["max_ns"],
        "cpu": lambda r: r["cost"]["cpu_ns_per_message"],
    }
    for row in rows:
        cell = runs[row.attributes["data-cell"]]
        used = [r for r in cell if r["valid"]]
        for key, value in where.items():
            shown = row.one("td", data_key=key)
            if used:
                assert float(shown.attributes["data-v"]) == pytest.approx(statistics.median(value(r) for r in used), rel=1e-12)
            else:
                # What could not be measured is never shown as a number.
                assert (shown.text, shown.attributes["data-v"]) == ("n/a", "") and "title" not in shown.attributes
        # 2,000 messages have no p99.9.
        assert row.one("td", data_key="p999").text == "n/a" and row.one("td", data_key="p999").attributes["data-v"] == ""


def test_no_number_of_a_cell_without_a_valid_run(tmp_path):
    """Neither in the table nor in a plot's words, nor in what is said of it to who cannot see it. Rings alone are drawn."""
    made = make_run.make(repeat=2, engines=["rio", "null"], scenarios=["tcp-sink-64B-c8-10k"], messages=1500, with_invalid=False)
    for run, _ in made:
        make_run.invalidate(run, "clock", "-3 us")
    root = page.parse(render(tmp_path, made))
    row = root.one("section", id="summary").one("tr", data_cell="rio/tcp-sink-64B-c8-10k")
    # Both marks, so that it looks invalid and is called emulated too.
    assert row.attributes["class"] == "unranked emulated invalid"
    assert {td.text for td in row.all("td") if td.attributes.get("data-key") not in (None, "errors")} == {"n/a"}
    plots = page.plots(root)
    assert len(plots) == 5
    for plot in plots:
        told = page.alt(plot).replace("tcp-sink-64B-c8-10k", "").replace("p99 of 4 runs in order", "")
        assert not re.search(r"\d (ns|µs|ms)|at \d", told), told
    for svg in page.svgs(root):
        # Without the axes' ticks; the figures of rows and curves are in a text of their own size.
        assert {e.text for e, look in drawn.elements(svg, "text") if "8.5px" in look} <= {"invalid", "n/a"}
        assert "below" not in svg


def test_unranked_rows_are_marked(root):
    rows = root.one("section", id="summary").one("tbody").all("tr")
    unranked = {r.attributes["data-cell"] for r in rows if "data-unranked" in r.attributes}
    assert unranked == {f"{e}/{s}" for e in ("rio", "null") for s in make_run.SCENARIOS} | {"select/tcp-echo-64B-c64-20k"}


def test_invalid_runs_are_listed_with_remedy(root, loaded):
    by_reason = list(root.one("section", id="invalid").all("tbody"))
    assert [body.one("b").text for body in by_reason] == ["lost", "generator-bound"]
    assert [loaded.reasons[code].remedy in body.one("th").text for code, body in zip(("lost", "generator-bound"), by_reason)] == [True] * 2
    (lost,), (bound,) = ([tr for tr in body.all("tr") if list(tr.all("td"))] for body in by_reason)
    assert [td.text for td in bound.all("td")][:2] == ["iocp", "tcp-sink-64B-c8-10k"] and "912 us" in bound.text
    invalid = [run["index"] for run in loaded.runs if not run["valid"] and run["engine"]["name"] == "select"]
    assert [td.text for td in lost.all("td")][:3] == ["select", "tcp-echo-64B-c64-20k", ", ".join(map(str, invalid))]


def test_labels_of_variants(tmp_path):
    asked = [f"iocp:threads={t},batch={b}" for t in (1, 2) for b in (1, 64, 8)]
    made = make_run.make(repeat=1, engines=asked, scenarios=["tcp-sink-64B-c8-10k"], messages=1500)
    make_run.invalidate(made[0][0], "clock", "-3 us")
    text = render(tmp_path, made, lambda d: d.update(engines=asked, skipped=[{"engine": "rio:batch=1,threads=2", "reason": "no"}]))
    root = page.parse(text)
    cells = [td for td in root.one("section", id="summary").all("td") if td.attributes.get("class") == "text label"]
    # In the plan's order; a line may end after each part of a label and nowhere else in it.
    assert ["".join(s.text for s in td.one("b").all("span")) for td in cells] == asked
    assert [s.text for s in cells[0].all("span")][:3] == ["iocp:", "threads=1,", "batch=1"]
    assert "<span>iocp:</span><wbr><span>threads=1,</span><wbr><span>batch=1</span>" in text
    # Sorted by the engine's name, then as they stand.
    keys = [td.attributes["data-v"] for td in cells]
    assert keys == sorted(keys) and len(set(keys)) == 6
    environment = root.one("section", id="environment")
    settings = {tr.one("th").text: tr.one("td").text for tr in environment.all("tr")}
    assert settings["Fingerprint"] == "2414395686065035"
    assert settings["Warnings"] == "power-plan: Balanced: the frequency follows the load"
    assert settings["iocp"] == "WSARecv + GetQueuedCompletionStatus; threads=1|2, buffer=64KiB, batch=1|64|8"
    assert settings["rio: batch=1, threads=2"] == "no"
    assert "label" in [dt.text for dt in root.one("section", id="glossary").all("dt")]


def test_size_of_a_large_sweep(tmp_path, monkeypatch):
    """24 variants, 6 scenarios, 5 rounds."""
    scenarios = {f"tcp-sink-64B-c8-{k}k": ("sink", "open", 8, 64, 1000.0 * k, 1.0) for k in range(1, 7)}
    monkeypatch.setattr(make_run, "SCENARIOS", scenarios)
    asked = [f"iocp:threads={t},batch={b}" for t in (1, 2, 4, 8) for b in (1, 2, 8, 16, 64, 512)]
    made = make_run.make(engines=asked, scenarios=tuple(scenarios), messages=1200)
    assert len(made) == 720
    assert len(render(tmp_path, made, lambda d: d.update(engines=asked)).encode()) < 5_000_000


def test_every_plot_has_a_note_and_words_for_who_cannot_see_it(root):
    sections = [s for s in root.all("section") if s.attributes.get("class") == "plots"]
    assert [len(page.plots(s)) for s in sections] == [3, 3, 4, 3, 3, 1]
    for section in sections:
        assert [dt.text for dt in section.all("dt")] == ["What it shows", "How to read it", "What it cannot show"]
        assert all(len(dd.text) > 60 for dd in section.all("dd"))
        for plot in page.plots(section):
            assert re.search(r"\d (µs|ms)|\d\.\d\d", page.alt(plot))


def test_svgs_are_well_formed_and_dateless(root):
    for svg in page.svgs(root):
        ElementTree.fromstring(svg)
        assert "<dc:date>" not in svg and "Matplotlib" not in svg


def test_raw_data_is_inside(root, run_directory):
    uri = root.one("a", download="runs.jsonl.gz").attributes["href"]
    assert gzip.decompress(base64.b64decode(uri.split(",")[1])) == (run_directory / "runs.jsonl").read_bytes()


HOSTILE = [
    "<script>alert(1)</script>", "</title></style></script><img src=x onerror=alert(1)>", "\"' onmouseover='alert(1)", "a$b^c_{d}$",
    "{{ 7 * 7 }}", "&lt;b&gt;", "\x00\x1b[31m\u202e", "x" * 3000, "名前",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(tmp_path, name):
    made = make_run.make(repeat=2, engines=["iocp", "select"], scenarios=["tcp-sink-64B-c8-10k"], messages=1500)
    for run, _ in made:
        if run["engine"]["name"] == "iocp":
            run["engine"].update(name=name, api=name)
            run["cell"] = f"{name}/{run['scenario']['name']}"
        run["scenario"]["name"] = name
    make_run.invalidate(made[0][0], "unheard-of", name)
    made[1][0]["warnings"].append({"code": "unheard-of", "detail": name})

    def change(d):
        d["command"].append(name)
        d["skipped"] = [{"engine": name, "reason": name}]
        d["environment"]["label"] = name
        d["environment"]["system"].update(os=name, cpu_model=name)

    text = render(tmp_path, made, change)
    root = page.parse(text)  # also: every element is closed where it should be
    page.assert_asks_no_network(root)  # also: the one script that runs is the page's own
    assert len(list(root.all("style"))) == 1 + len(page.plots(root))
    assert "alert" not in "".join(style.text for style in root.all("style"))
    (data,) = page.scripts(root)[1]
    printable = "".join(c if c.isprintable() else "\ufffd" for c in name)
    contents = json.loads("".join(data.children))
    assert printable in [engine["label"] for engine in contents["engines"]] + contents["scenarios"]
    assert not [e for e in root.all() if any(a.startswith("on") for a in e.attributes)]
    assert not list(root.all("img"))
    assert "49" not in root.one("title").text
    shown = [e.text for e in root.one("section", id="environment").all("th")]
    assert " ".join("".join(c if c.isprintable() else "\ufffd" for c in name).split()) in shown
    for svg in page.svgs(root):
        inside = list(ElementTree.fromstring(svg).iter())
        assert {e.tag for e in inside}.isdisjoint(["script", "img"]) and not [e for e in inside if any(a.startswith("on") for a in e.attrib)]


def test_runs_without_latency_or_cpu(tmp_path):
    made = make_run.make(repeat=2, engines=["iocp", "null"], scenarios=["tcp-sink-64B-c8-10k"], messages=300)
    for run, streams in made:
        run["latency"] = {"kind": "none", "response": None, "service": None}
        run["cost"].update(cpu_ns_per_message=None, voluntary_switches=None, involuntary_switches=None)
        run["generator"]["slip"] = None
        run["fairness"] = None
        run["calls"].update(receive_calls=0, completions_per_wakeup_mean=None)
        run["rates"] = dict.fromkeys(run["rates"]) | {"generator_limited": False}
        streams.clear()
    text = render(tmp_path, made)
    root = page.parse(text)
    assert page.plots(root) == []
    assert text.count("Nothing to draw") == 4
    row = root.one("section", id="summary").one("tr", data_cell="iocp/tcp-sink-64B-c8-10k")
    assert {td.text for td in row.all("td") if td.attributes.get("data-key") not in (None, "errors")} == {"n/a"}


def test_slow_peers_are_said(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    for run, _ in made:
        run["scenario"]["slow_writers"] = {"connections": 2, "pieces": 4, "gap_ns": 1_000_000}
        run["scenario"]["slow_readers"] = {"connections": 1, "read_bytes": 1024, "gap_ns": 10_000_000}
    text = render(tmp_path, made)
    assert "8 connections, 2 of them (not measured) slow to write: in 4 pieces, 1 ms apart" in text
    assert "1 of them (not measured) slow to read: 1 KiB every 10 ms" in text


def test_a_single_run(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=["tcp-sink-64B-c8-10k"], messages=5)
    root = page.parse(render(tmp_path, made))
    assert root.one("section", id="verdict").one("h1").text == "Valid: the only run passed every self-check"
    assert json.loads(gzip.decompress(base64.b64decode(root.one("a", download="runs.jsonl.gz").attributes["href"].split(",")[1])))


def test_runs_without_a_generator_name_none(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp", "null"], scenarios=["tcp-sink-64B-c8-10k"], messages=50)
    for run, _ in made:
        if run["engine"]["synthetic"]:
            run["generator"].update(platform="", version="")
    facts = {tr.one("th").text: tr.one("td").text for tr in page.parse(render(tmp_path, made)).one("section", id="environment").all("tr")}
    assert facts["Generator"] == "linux 0.1.0"
