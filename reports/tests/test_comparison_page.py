"""The page of a gate: the verdict first, gate.json's numbers in the table, names as text, no network."""

import base64
import json
import xml.etree.ElementTree as ElementTree

import gate_documents as made
import hostile
import page
import pytest
from gate_documents import build, pairs
from recvbench_report.gate import figures
from recvbench_report.gate import page as comparison
from recvbench_report.gate.sample import Pair, Sample


@pytest.fixture(scope="module")
def every():
    return made.every_verdict(notes=["a note"], environment="Wine 8.0, not Windows")


@pytest.fixture(scope="module")
def text(every):
    return comparison.render(every)


@pytest.fixture(scope="module")
def root(text):
    return page.parse(text)


def table(root):
    return list(root.one("section", id="cells").one("table", **{"class": "summary sortable comparison"}).one("tbody").all("tr"))


def test_the_verdict_comes_first(root):
    banner = root.one("section", id="verdict")
    assert banner.attributes["class"] == "verdict bad"
    assert banner.one("h1").text == (
        "REGRESSED: of 8 cells 1 REGRESSED, 1 INVALID, 1 INCOMPARABLE, 1 GONE, 1 INCONCLUSIVE, 1 NEW, 1 IMPROVED, 1 PASS"
    )
    assert "a note" in banner.text and "regressed: worse/a" in banner.text and "exit code is 10" in banner.text


@pytest.mark.parametrize(
    "document, level, words",
    [
        (build({"a": pairs(1.0)}), "good", "PASS: of 1 cell 1 PASS"),
        (build({"a": made.noisy()}), "partial", "INCONCLUSIVE: of 1 cell 1 INCONCLUSIVE"),
        (build({"a": pairs(1.0)}, {"c": pairs(1.04)}), "partial", "INCONCLUSIVE: of 1 cell 1 INCONCLUSIVE"),
        (build(problems={"NO BASELINE": "no baseline: x"}), "bad", "NO BASELINE: no cell was compared"),
    ],
)
def test_banners(document, level, words):
    banner = page.parse(comparison.render(document)).one("section", id="verdict")
    assert (banner.attributes["class"], banner.one("h1").text) == (f"verdict {level}", words)
    assert all(line in banner.text for line in document["reasons"])


def test_wine_is_said_everywhere(root):
    label = "Wine 8.0, not Windows"
    assert label in root.one("title").text and label in root.one("p", **{"class": "environment"}).text
    assert label in next(root.one("section", id="cells").all("h2")).text
    assert "environment" not in comparison.render(build({"a": pairs(1.0)})).split("</style>")[1].split('<nav')[0]


def test_table_numbers_are_gate_json_s(root, every):
    rows = table(root)
    by_key = {(row.attributes["data-cell"], row.attributes.get("data-metric")): row for row in rows}
    assert len(by_key) == len(rows) == 8
    for cell in every["cells"]:
        if not cell["metrics"]:
            row = by_key[cell["cell"], None]
            assert [td.text for td in row.all("td")][2:8] == ["n/a"] * 6
            assert row.one("td", **{"class": "text why"}).text == "; ".join(cell["reasons"])
        for metric in cell["metrics"]:
            row = by_key[cell["cell"], metric["metric"]]
            assert next(row.all("td")).text == ("INVALID" if cell["cell"] == "bad/a" else metric["verdict"])
            for key in ("base", "candidate", "change", "margin"):
                shown = row.one("td", data_key=key)
                value = shown.attributes["data-v"]
                assert (float(value) if value else None) == metric[key], key
            ratio = row.one("td", data_key="ratio").attributes["data-v"]
            assert ratio == ("" if metric["change"] is None else repr(1 + metric["change"]))
            assert row.one("td", data_key="change").text == f"{figures.signed(metric, metric['change'])} {figures.interval(metric)}".strip()
            assert row.one("td", data_key="pairs").text == str(metric["pairs"])


def test_worst_first_and_with_what_it_stands_on(root):
    rows = table(root)
    words = [next(row.all("td")).text for row in rows]
    assert words == "REGRESSED INVALID INCOMPARABLE GONE INCONCLUSIVE NEW IMPROVED PASS".split()
    ranks = [next(row.all("td")).attributes["data-v"] for row in rows]
    assert ranks == sorted(ranks)
    why = dict(zip(words, (row.one("td", **{"class": "text why"}).text for row in rows)))
    assert why["REGRESSED"] == "worse by more than the margin: p = 0.00098"
    assert why["INVALID"].startswith("10 of 10 pairs are not valid") and why["GONE"] == "not in the candidate"
    assert why["INCONCLUSIVE"].startswith("neither is shown; the last look finds a change of ")
    glossary = [dt.text for dt in root.one("section", id="words").all("dt")]
    assert glossary == words


def test_metrics_are_sorted_by_their_own_verdict():
    both = [Pair(Sample(True, {"cpu": 1e3, "p50": 1e6}), Sample(True, {"cpu": 1.3e3, "p50": 1e6}))] * 10
    rows = table(page.parse(comparison.render(build({"x": both, "y": pairs(1.25)}))))
    found = [(row.attributes["data-cell"], row.attributes["data-metric"], next(row.all("td")).text) for row in rows]
    assert found == [("x", "cpu", "REGRESSED"), ("y", "cpu", "REGRESSED"), ("x", "p50", "PASS")]


def test_control_is_apart(root, every):
    (row,) = root.one("section", id="cells").one("table", **{"class": "summary control"}).one("tbody").all("tr")
    assert row.one("th").text == "same/a (A/A)"
    assert not any("(A/A)" in row.attributes["data-cell"] for row in table(root))
    contaminated = build({"a": pairs(1.0)}, {"c": pairs(1.04)})
    shown = page.parse(comparison.render(contaminated)).one("section", id="cells").text
    assert "nothing is concluded" in shown and contaminated["contaminated"][0] in shown


def test_bounds(root):
    shown = [(row.one("th").text, row.one("td").text) for row in root.one("section", id="bounds").all("tr")]
    assert [word for word, _ in shown] == ["MISSED", "PASS"] and "allowed 2.00 ms" in shown[0][1]


def test_what_is_not_gated_is_said():
    thin = [Pair(*[Sample(True, {"cpu": 1e3}, not_gated={"p99": "too few messages"})] * 2)] * 10
    shown = page.parse(comparison.render(build({"a": thin, "b": thin}))).one("section", id="cells").text
    assert "too few messages" in shown and "p99: a, b" in shown


def test_sides():
    sides = [{"name": n, "about": f"recvbench 0.1.0 ({n})", "build": "GNU 12.2.0", "machine": f"CPU {n}"} for n in ("main", "change")]
    document = build({"a": pairs(1.0)}) | dict(zip(("base", "candidate"), sides))
    rows = [[c.text for c in row.children if not isinstance(c, str)]
            for row in page.parse(comparison.render(document)).one("section", id="sides").one("tbody").all("tr")]  # fmt: skip
    assert rows == [
        ["Side", "main", "change"], ["Program", "recvbench 0.1.0 (main)", "recvbench 0.1.0 (change)"],
        ["Build", "GNU 12.2.0", "GNU 12.2.0"], ["Machine", "CPU main", "CPU change"],
    ]  # fmt: skip


def test_plot_has_a_note_and_words_for_who_cannot_see_it(root):
    section = root.one("section", id="changes")
    assert [dt.text for dt in section.all("dt")] == ["What it shows", "How to read it", "What it cannot show"]
    (plot,) = page.plots(section)
    assert "worse/a: REGRESSED, +20.0 % [+20.0, +20.0 %], margin 5 %" in page.alt(plot)


def test_gate_json_is_inside(root, every):
    uri = root.one("a", download="gate.json").attributes["href"]
    assert json.loads(base64.b64decode(uri.split(",")[1])) == every


def test_equal_input_gives_equal_bytes(every, text):
    assert comparison.render(json.loads(json.dumps(every))) == text


def test_asks_no_network_for_anything(root):
    page.assert_asks_no_network(root)


@pytest.mark.parametrize("name", [*hostile.NAMES, made.HOSTILE, "{{ 7 * 7 }}", "a$b^c_{d}$", "x" * 3000])
def test_hostile_names(name):
    document = build(
        {f"{name}/s": pairs(1.2), "b": made.invalid()}, missing=made.document.Missing([f"{name}/n"], [], {f"{name}/i": [name]}),
        notes=[name], environment=name,
    )  # fmt: skip
    document["base"] = document["candidate"] = dict.fromkeys(("name", "about", "build", "machine"), document["notes"][0])
    root = page.parse(comparison.render(document))
    page.assert_asks_no_network(root)  # also: the one script is the page's own
    assert len(list(root.all("style"))) == 1 + len(page.plots(root))
    assert not [e for e in root.all() if any(a.startswith("on") for a in e.attributes)]
    assert {row.attributes["data-cell"] for row in table(root)} == {cell["cell"] for cell in document["cells"]}
    for svg in page.svgs(root):
        ElementTree.fromstring(svg)
        assert "<script" not in svg


def test_size_of_sixty_cells():
    keys = ("throughput", "cpu", "p50", "p99", "p999")
    sample = Sample(True, dict.fromkeys(keys, 1e6))
    names = [f"completion-routine:threads={i},receives-in-flight=16/tcp-sink-64B-c8-10k" for i in range(60)]
    document = build(dict.fromkeys(names, [Pair(sample, sample)] * 10))
    text = comparison.render(document)
    assert len(table(page.parse(text))) == 300 and len(text.encode()) < 5_000_000
