"""Every number of the summary table is the result file's: read from the page, computed again from runs.jsonl."""

import json
import math
import re
import statistics

import page
import pytest


def response(key):
    return lambda r: r["latency"]["response"][key]


def switches(r):
    return 1000 * (r["cost"]["voluntary_switches"] + r["cost"]["involuntary_switches"]) / r["counts"]["window_received"]


# By the column's key. Written from the schema, not from table.py.
FIGURES = {
    "rate": lambda r: r["rates"]["received_per_s"],
    "p50": response("p50_ns"),
    "p99": response("p99_ns"),
    "p999": response("p999_ns"),
    "max": response("max_ns"),
    "cpu": lambda r: r["cost"]["cpu_ns_per_message"],
    "switches": switches,
    "slip": lambda r: r["generator"]["slip"] and r["generator"]["slip"]["p99_ns"],
}
UNITS = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9, "": 1, "/s": 1, "k/s": 1e3, "M/s": 1e6, "G/s": 1e9, "k": 1e3, "M": 1e6}


def number(text):
    match = re.fullmatch(r"([\d,.]+) ?(\D*)", text)
    return float(match[1].replace(",", "")) * UNITS[match[2].strip()]


def errors(r):
    c = r["counts"]
    back = c["echoed"] if r["scenario"]["workload"] == "echo" else c["received"]
    return max(c["sent"] - back, 0) + c["dropped"] + c["corrupt"] + c["out_of_sequence"] + c["closed_with_error"]


@pytest.fixture(scope="module")
def table(report):
    rows = page.parse(report).one("section", id="summary").one("tbody").all("tr")
    return {row.attributes["data-cell"]: row for row in rows}


@pytest.fixture(scope="module")
def cells(run_directory):
    found = {}
    for line in (run_directory / "runs.jsonl").read_text().splitlines():
        run = json.loads(line)
        found.setdefault(run["cell"], []).append(run)
    return found


def test_a_row_for_every_cell_and_a_column_for_every_figure(table, cells):
    assert sorted(table) == sorted(cells)
    for row in table.values():
        assert {td.attributes["data-key"] for td in row.all("td") if "data-key" in td.attributes} == {*FIGURES, "errors"}


def test_figures(table, cells):
    compared = 0
    for name, row in table.items():
        for key, figure in FIGURES.items():
            values = [figure(run) for run in cells[name] if run["valid"]]
            shown = row.one("td", data_key=key)
            if not values or None in values:
                assert (shown.text, shown.attributes["data-v"]) == ("n/a", ""), (name, key)
                continue
            median = statistics.median(values)
            assert math.isclose(float(shown.attributes["data-v"]), median, rel_tol=1e-12), (name, key)
            # As it is read: three digits, and the range of the runs below.
            main, *rest = [child if isinstance(child, str) else child.text for child in shown.children]
            assert number(main.strip()) == pytest.approx(median, rel=0.0051), (name, key)
            if rest:
                low, high = (part.strip() for part in rest[0].split("–"))
                unit = re.search(r"\D*$", high)[0]
                assert number(low if re.search(r"[^\d,.]", low) else low + unit) == pytest.approx(min(values), rel=0.0051)
                assert number(high) == pytest.approx(max(values), rel=0.0051)
            compared += 1
    assert compared > 100


def test_counts(table, cells):
    for name, row in table.items():
        runs = cells[name]
        valid = sum(run["valid"] for run in runs)
        wanted = str(valid) if valid == len(runs) else f"{valid} of {len(runs)}"
        assert [td.text for td in row.all("td")][1] == wanted
        assert row.one("td", data_key="errors").text == str(sum(map(errors, runs)))
