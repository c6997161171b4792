"""What is made of gate.json: every output says the verdict, holds every cell, and takes names as text."""

import re
from xml.etree import ElementTree

import gate_documents as made
import pytest
from gate_documents import build, pairs
from recvbench_report.gate import annotations, figures, junit, markdown, text


@pytest.fixture(scope="module")
def every():
    return made.every_verdict(notes=["a note"])


def suite(document):
    return ElementTree.fromstring(junit.render(document))


def outcome(case):
    return [child.tag for child in case]


def test_junit_of_every_verdict(every):
    cases = {case.get("name"): case for case in suite(every)}
    assert {name: outcome(cases[name]) for name in cases} == {
        "worse/a": ["failure"], "bad/a": ["error"], "other/a": ["error"], "gone/a": ["error"], "noisy/a": ["skipped"],
        "new/a": [], "better/a": [], "same/a": [], "iocp/a iocp/*: p99<2ms": ["failure"], "iocp/b iocp/*: p99<2ms": [],
        "the same build on both sides": [],
    }  # fmt: skip
    counts = {key: suite(every).get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "11", "failures": "2", "errors": "3", "skipped": "1"}
    assert "+20.0 %" in cases["worse/a"][0].get("message") and cases["bad/a"][0].text.startswith("10 of 10 pairs")


@pytest.mark.parametrize(
    "document, tag",
    [
        (build(problems={"NO BASELINE": "no baseline"}), "error"),
        (build(problems={"INVALID": "no run"}), "error"),
        (build({"a": pairs(1.0)}, {"c": pairs(1.04)}), "error"),
        (build({"a": made.noisy()}), "skipped"),
        (build(missing=made.document.Missing(new=["n"])), "error"),
    ],
)
def test_a_gate_that_fails_is_no_green_page(document, tag):
    assert document["exit_code"] and suite(document).findall(f"testcase/{tag}")


def test_junit_takes_names_as_text():
    document = build({made.HOSTILE: pairs(1.2)})
    (case,) = suite(document)
    assert case.get("name") == document["cells"][0]["cell"] and "<a href='x'>&\"" in case.get("name")


def test_markdown_says_the_verdict_first_and_every_cell(every):
    shown = markdown.render(every)
    assert shown.startswith("## Gate: REGRESSED")
    rows = [line for line in shown.splitlines() if line.startswith("| ")][1:]
    assert [row.split(" | ")[1] for row in rows] == ["worse/a", "bad/a", "other/a", "gone/a", "noisy/a", "new/a", "better/a", "same/a"]
    assert "a note" in shown and "MISSED" in shown


def test_markdown_takes_names_as_text():
    shown = markdown.render(build({made.HOSTILE: pairs(1.2)}))
    for line in shown.splitlines():
        if "href" in line:
            told = re.sub(r"&#\d+;", "", line).removeprefix("- ").strip("| ")
            assert not set("<>`*_[]\\@&") & set(told)
            assert line.count("|") in (0, 9)


def test_markdown_is_cut_between_lines():
    document = build({f"cell {i:04}": pairs(1.0) for i in range(300)})
    whole = markdown.render(document)
    cut = markdown.render(document, most_bytes=4000)
    assert len(cut.encode()) <= 4000 < len(whole.encode()) and cut.endswith("cut here: the rest is in gate.json\n")
    assert whole.startswith(cut[: cut.rindex("\n… cut")])
    assert markdown.MOST_BYTES < 1 << 20


def test_annotations_are_at_most_ten_and_the_worst_come_first(every):
    lines = annotations.render(every).splitlines()
    assert [re.match(r"::(\w+) title=(\w+)", line).groups() for line in lines] == [
        ("error", "REGRESSED"), ("error", "INVALID"), ("error", "INCOMPARABLE"), ("error", "GONE"), ("error", "MISSED"),
        ("warning", "INCONCLUSIVE"), ("notice", "IMPROVED"),
    ]  # fmt: skip
    many = annotations.render(build({f"c{i}": pairs(1.2) for i in range(12)})).splitlines()
    assert len(many) == 10 and many[-1].endswith("::3 more: see gate.json")
    assert len(annotations.render(build({f"c{i}": pairs(1.2) for i in range(10)})).splitlines()) == 10


def test_annotations_of_no_cell():
    assert annotations.render(build({"a": pairs(1.0)})) == ""
    assert annotations.render(build(problems={"NO BASELINE": "no baseline"})).startswith("::error title=Gate%3A NO BASELINE")


def test_annotations_take_names_as_text():
    (line,) = annotations.render(build({made.HOSTILE + ",a": pairs(1.2)})).splitlines()
    title, _, message = line.removeprefix("::error title=").partition("::")
    assert not set(":,\r\n") & set(title) and "%250A" in title and "%2C" in title
    assert "%" not in re.sub(r"%(25|0A|0D)", "", message)


def test_the_table_fits_80_columns(every):
    shown = text.gate(every)
    assert max(map(len, shown.splitlines())) <= 80
    for cell in every["cells"]:
        assert f"{cell['verdict']}  {cell['cell']}" in shown
    verdict = shown.splitlines().index("Gate: REGRESSED (exit code 10)")
    assert all(line.startswith("  ") for line in shown.splitlines()[verdict + 1 :])
    assert "MISSED  iocp/a" in shown and "note: a note" in shown and "Control: the same build on both sides" in shown


def test_widest_figures_fit():
    base = made.Sample(True, {"throughput": 999.4e6})
    wide = build({"c": [made.Pair(base, made.Sample(True, {"throughput": 888.8e6 * factor})) for factor in (0.1, 11) * 8]})
    rows = [line for line in text.gate(wide).splitlines() if line.startswith("throughput")]
    assert len(rows) == 1 and len(rows[0]) <= 80


def test_a_row_reads():
    (row,) = [line for line in text.gate(build({"a": pairs(1.2)})).splitlines() if line.startswith("cpu")]
    assert row.split() == ["cpu", "1.00", "ms", "1.20", "ms", "+20.0", "%", "[+20.0,", "+20.0", "%]", "5", "%", "REGRESSED"]


def test_compare_has_the_table_without_the_verdict(every):
    shown = text.compare(every)
    assert "Gate:" not in shown and "REGRESSED  worse/a" in shown and "note: a note" in shown


@pytest.mark.parametrize("change, told", [(0.117, "+11.7 %"), (-0.0014, "-0.14 %"), (1.5, "+150 %"), (0.0, "+0.00 %"), (None, "n/a")])
def test_changes(change, told):
    assert figures.signed({"kind": "ratio", "unit": "ns"}, change) == told


def test_loss_is_told_in_points():
    (cell,) = build({"a": [made.Pair(made.Sample(True, {"loss": 0.0}), made.Sample(True, {"loss": 0.02}))] * 10})["cells"]
    (metric,) = cell["metrics"]
    assert figures.sentence(metric) == "datagrams lost 0 % -> 2 %, +2.0 % [+2.0, +2.0 %], margin 0.1 %, 10 pairs"
