"""Datagrams that were lost are seen wherever engines are ranked, and who loses them is not called best over who does not."""

import re
from pathlib import Path

import make_run
import page
import pytest
from recvbench_report import html, load, loss, table, verdict

SINK, ECHO, MAX = make_run.UDP_SCENARIOS
ENGINES = ["iocp", "select", "wsapoll", "blocking"]


def directory(tmp_path, losses, scenarios=(SINK,), invalid=lambda run: False):
    """`losses`: {engine: the share that each run over UDP lost, or one of each round}."""
    made = make_run.make(repeat=6, engines=ENGINES, scenarios=scenarios, messages=1500, with_invalid=False)
    for run, _ in made:
        lost = losses.get(run["engine"]["label"], 0)
        if run["datagrams"]:
            make_run.lose(run, lost if isinstance(lost, (int, float)) else lost[run["round"]])
        if invalid(run):
            make_run.invalidate(run, "rate-not-met", "")
    return load.load(make_run.write(tmp_path / "run", [(run, {}) for run, _ in made]))  # no curves are looked at


def finding(loaded, metric=verdict.P99):
    return verdict.finding(loaded.scenarios[0], metric)


@pytest.mark.parametrize("workload, sent, received, echoed, expected", [
    ("sink", 1000, 1000, 0, 0), ("sink", 1000, 990, 0, 0.01), ("sink", 1000, 1001, 0, 0), ("sink", 0, 0, 0, None),
    ("echo", 1000, 1000, 980, 0.02), ("echo", 1000, 990, 980, 0.02), ("echo", 1000, 1000, 1000, 0),
])  # fmt: skip
def test_share_of_the_windows_datagrams(workload, sent, received, echoed, expected):
    counts = {"window_sent": sent, "window_received": received, "window_echoed": echoed}
    run = {"scenario": {"workload": workload}, "counts": counts, "datagrams": {}}
    assert loss.share(run) == expected
    assert loss.share(run | {"datagrams": None}) is None, "TCP loses nothing"


def test_the_bound_is_that_of_the_terminals_table():
    header = Path(__file__).parents[2] / "harness" / "summary" / "summary.h"
    assert float(re.search(r"most_loss_share = ([0-9.]+);", header.read_text("utf-8"))[1]) == loss.MOST


def test_who_loses_is_not_called_best(tmp_path):
    # Ahead by the figure, and with loss within the bound still.
    assert finding(directory(tmp_path / "within", {"blocking": 0.001})).leader == "blocking"
    found = finding(directory(tmp_path / "beyond", {"blocking": 0.0012}))
    assert found.leader == "iocp"
    assert found.text.endswith(". Ranked after, for losing more than 0.1 % of the datagrams: blocking (0.12 %)")


def test_one_run_that_loses_is_enough(tmp_path):
    found = finding(directory(tmp_path, {"blocking": [0, 0, 0, 0.009, 0, 0]}))
    assert found.leader == "iocp" and "blocking (0.9 %)" in found.text


def test_of_several_that_lose_each_is_named(tmp_path):
    losses = {"iocp": 0.01, "blocking": 0.002, "wsapoll": 0.003}
    found = finding(directory(tmp_path, losses))
    assert (found.leader, found.decided) == ("select", False)
    assert found.text == (
        "the only engine with a valid figure that does not lose too much. Ranked after, for losing more than 0.1 % of the "
        "datagrams: blocking (0.2 %), wsapoll (0.3 %), iocp (1 %)"
    )


def test_where_all_lose_it_is_said(tmp_path):
    found = finding(directory(tmp_path, {engine: 0.3 for engine in ENGINES}, scenarios=[MAX]), verdict.RATE)
    assert found.leader == "iocp"
    text, _, told = found.text.partition(". All lose more than 0.1 % of the datagrams: ")
    assert text == "best: every other engine is measurably behind"
    assert sorted(told.split(", ")) == [f"{engine} (30 %)" for engine in sorted(ENGINES)]


def test_every_metric_follows_it(tmp_path):
    loaded = directory(tmp_path, {"iocp": 0.005})
    for metric in (verdict.P99, verdict.CPU):
        found = finding(loaded, metric)
        assert found.leader != "iocp" and "iocp (0.5 %)" in found.text


def test_table_numbers_are_the_records(tmp_path):
    losses = {"iocp": [0.002, 0.009, 0.002, 0, 0, 0], "select": 0.0004, "blocking": [0.5, 0, 0, 0, 0, 0]}
    scenarios = (SINK, ECHO, "tcp-sink-64B-c8-10k")
    loaded = directory(tmp_path, losses, scenarios, invalid=lambda run: (loss.share(run) or 0) > 0.1)
    root = page.parse(html.render(loaded))
    rows = list(root.one("section", id="summary").one("tbody").all("tr"))
    assert len(rows) == 12
    for row in rows:
        runs = [run for run in loaded.runs if run["cell"] == row.attributes["data-cell"] and run["valid"]]
        shown = row.one("td", data_key="loss")
        if runs[0]["scenario"]["protocol"] == "tcp":
            assert (shown.text, shown.attributes["data-v"]) == ("n/a", "")
            continue
        counts = [run["counts"] for run in runs]
        arrived = "window_echoed" if runs[0]["scenario"]["workload"] == "echo" else "window_received"
        worst = max(1 - c[arrived] / c["window_sent"] for c in counts)
        assert float(shown.attributes["data-v"]) == pytest.approx(worst, abs=1e-12)
        lossy = worst > 0.001
        assert lossy == row.attributes["data-cell"].startswith("iocp")
        assert (shown.attributes.get("class") == "bad") == lossy
        assert [tag.text for tag in row.all("span") if "tag" in (tag.attributes.get("class") or "")] == ["lossy"] * lossy
        assert shown.text.startswith("0.9 %" if lossy else "0.04 %" if "select" in row.attributes["data-cell"] else "0 %")


def test_no_column_where_nothing_is_over_udp(loaded, report):
    assert table.columns(loaded.scenarios) == table.COLUMNS
    assert 'data-key="loss"' not in report


def test_what_was_not_sent_is_an_error(tmp_path):
    made = make_run.make(repeat=1, engines=["iocp"], scenarios=[SINK], messages=1500)
    run = made[0][0]
    make_run.lose(run, 0.001)
    run["datagrams"]["send_failed"] = 7
    assert table.errors(run) == run["counts"]["sent"] - run["counts"]["received"] + 7
