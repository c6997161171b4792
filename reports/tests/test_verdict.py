"""What the report concludes: never more than the runs carry, never from invalid, emulated or synthetic ones."""

import make_run
import page
import pytest
from recvbench_report import html, load, table, verdict


def directory(tmp_path, made, **changes):
    description = make_run.description(None, [run for run, _ in made])
    description.update(changes)
    return load.load(make_run.write(tmp_path / "run", made, description))


def findings(loaded):
    return {
        (s.name, m.key): f for s in loaded.scenarios for m in verdict.METRICS if isinstance(f := verdict.finding(s, m), verdict.Finding)
    }


def test_invalid_emulated_and_synthetic_never_stand(loaded):
    found = findings(loaded)
    # Throughput only where the rate was not given, p99 only where it was.
    assert len(found) == 2 + 1 + 3
    for (scenario, _), finding in found.items():
        told = f"{finding.leader} {finding.text}"
        # rio (emulated) and null (synthetic) have the best figures of all.
        assert "rio" not in told and "null" not in told
        assert ("select" in told) <= (scenario != "tcp-echo-64B-c64-20k")
    assert found["tcp-sink-4KiB-c8-max", "rate"].leader == "iocp"


def test_few_runs_give_no_ranking(tmp_path):
    loaded = directory(tmp_path, make_run.make(repeat=3, messages=1500, with_invalid=False))
    for finding in findings(loaded).values():
        assert not finding.decided
        assert "not a ranking: with 3 runs an engine nothing can be told apart (≥ 5 needed)" in finding.text


def test_enough_runs_tell_engines_apart(tmp_path):
    made = make_run.make(repeat=6, engines=["iocp", "select"], scenarios=["tcp-sink-64B-c8-10k"], messages=1500)
    for run, _ in made:
        run.update(valid=True, reasons=[])
    found = findings(directory(tmp_path, made))
    p99 = found["tcp-sink-64B-c8-10k", "p99"]
    assert (p99.leader, p99.decided, p99.text) == ("iocp", True, "best: every other engine is measurably behind")


def test_a_missing_figure_is_not_ranked(tmp_path):
    made = make_run.make(repeat=5, engines=["iocp", "select"], scenarios=["tcp-sink-64B-c8-10k"], messages=1500, with_invalid=False)
    made[0][0]["cost"]["cpu_ns_per_message"] = None
    lacking = made[0][0]["engine"]["name"]
    finding = findings(directory(tmp_path, made))["tcp-sink-64B-c8-10k", "cpu"]
    assert finding.leader != lacking and finding.text == "the only engine with a valid figure"


def test_verdicts(tmp_path, loaded):
    v = verdict.verdict(loaded)
    assert (v.level, v.headline) == ("partial", "Valid in part: 114 of 120 runs passed every self-check")
    assert v.points == ["Invalid runs: generator-bound (1), lost (5)."]


def test_all_valid(tmp_path):
    made = make_run.make(repeat=1, messages=1500, with_invalid=False)
    v = verdict.verdict(directory(tmp_path, made))
    assert (v.level, v.headline, v.points) == ("good", "Valid: all 24 runs passed every self-check", [])


def test_none_valid(tmp_path):
    made = make_run.make(repeat=1, messages=1500, with_invalid=False)
    for run, _ in made:
        make_run.invalidate(run, "clock", "-3 us")
    loaded = directory(tmp_path, made)
    v = verdict.verdict(loaded)
    assert (v.level, v.headline) == ("bad", "Not valid: none of 24 runs passed the self-checks")
    assert findings(loaded) == {}


def test_unfinished(tmp_path):
    made = make_run.make(repeat=1, messages=1500, with_invalid=False)
    plan = make_run.description(None, [run for run, _ in made])["plan"]
    v = verdict.verdict(directory(tmp_path, made[:10], plan=plan, status="interrupted", finished=None))
    assert v.level == "partial"
    never = [run["cell"] for run, _ in made[10:]]
    assert v.points[:2] == ["The measurement did not finish (status: interrupted).", "14 of 24 planned runs are missing."]
    assert v.points[2:] == [f"Never run: {', '.join(never[:6])}, 8 more."]


def test_what_failed_is_named(tmp_path):
    made = make_run.make(repeat=1, messages=1500, with_invalid=False)
    v = verdict.verdict(directory(tmp_path, made, status="failed", error="write(runs/a/runs.jsonl): No space left on device"))
    assert v.points == ["The measurement did not finish (status: failed: write(runs/a/runs.jsonl): No space left on device)."]


def limited(tmp_path, engines, at_ceiling):
    made = make_run.make(repeat=6, engines=engines, scenarios=["tcp-sink-4KiB-c8-max"], messages=1500, with_invalid=False)
    for run, _ in made:
        if run["engine"]["name"] in at_ceiling:
            run["generator"]["ceiling_per_s"] = run["rates"]["received_per_s"] * 1.1
            run["rates"]["generator_limited"] = True
    return directory(tmp_path, made)


def test_who_is_at_the_generators_limit_is_not_ranked_by_throughput(tmp_path):
    found = limited(tmp_path, ["iocp", "select"], {"iocp"})
    (scenario,) = found.scenarios
    told = verdict.finding(scenario, verdict.RATE)
    assert isinstance(told, str) and told.startswith("not ranked: iocp ≥ ") and told.endswith("/s (generator limit)"), told
    assert isinstance(verdict.finding(scenario, verdict.CPU), verdict.Finding), "other figures are the engine's own"
    rows = {row.cell.label: row for row in table.rows(found.scenarios)}
    assert (rows["iocp"].limited, rows["select"].limited) == (True, False)
    shown = {label: dict((column.key, value.text) for column, value in row.values)["rate"] for label, row in rows.items()}
    assert shown["iocp"].startswith("≥ ") and "≥" not in shown["select"]
    text = page.parse(html.render(found)).one("section", id="summary").text
    assert text.count("generator limit") == 1 and shown["iocp"] in text


def test_without_a_ceiling_rates_are_ranked(tmp_path):
    (scenario,) = limited(tmp_path, ["iocp", "select"], set()).scenarios
    assert verdict.finding(scenario, verdict.RATE).leader == "iocp"


def test_table_takes_valid_runs_only_and_counts_all_errors(loaded):
    rows = {(r.cell.label, r.scenario): r for r in table.rows(loaded.scenarios)}
    assert len(rows) == 24
    iocp = rows["iocp", "tcp-sink-64B-c8-10k"]
    assert (iocp.valid, iocp.total, iocp.marks, iocp.reasons) == (4, 5, [], ["generator-bound"])
    select = rows["select", "tcp-echo-64B-c64-20k"]
    assert (select.valid, select.marks, select.errors) == (0, ["invalid"], 5 * 13)
    assert rows["rio", "tcp-sink-64B-c8-10k"].marks == ["emulated"]
    assert rows["null", "tcp-sink-64B-c8-10k"].marks == ["synthetic"]


@pytest.mark.parametrize("workload, counts, expected", [
    ("sink", {}, 0),
    ("sink", {"sent": 103, "received": 100}, 3),
    ("sink", {"echoed": 0}, 0),
    ("echo", {"sent": 100, "received": 100, "echoed": 90}, 10),
    ("sink", {"received": 101}, 0),  # more than sent is told by its own counters
    ("sink", {"dropped": 1, "corrupt": 2, "out_of_sequence": 4, "closed_with_error": 8, "strangers": 16}, 15),
])  # fmt: skip
def test_errors(workload, counts, expected):
    base = {"sent": 100, "received": 100, "echoed": 100, "dropped": 0, "corrupt": 0, "out_of_sequence": 0, "closed_with_error": 0}
    assert table.errors({"scenario": {"workload": workload}, "datagrams": None, "counts": base | counts}) == expected
