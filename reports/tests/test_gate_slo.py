"""Absolute bounds."""

import random

import make_run
import pytest
from recvbench_report.gate import slo


@pytest.mark.parametrize(
    "text, cells, percentile, limit_ns",
    [
        ("iocp/*: p99<2ms", "iocp/*", "p99", 2_000_000),
        ("*:p50<1", "*", "p50", 1_000_000_000),
        ("iocp:batch=64/tcp-*: p999 < 1.5MS", "iocp:batch=64/tcp-*", "p999", 1_500_000),
        ("*: p90<800us", "*", "p90", 800_000),
        ("*: p90<30m", "*", "p90", 1_800_000_000_000),
    ],
)
def test_bounds(text, cells, percentile, limit_ns):
    parsed = slo.parse(text)
    assert (parsed.text, parsed.cells, parsed.percentile, parsed.limit_ns) == (text, cells, percentile, limit_ns)


@pytest.mark.parametrize(
    "text",
    ["", "p99<2ms", "iocp/*", "iocp/*:", ":p99<2ms", "*: p98<2ms", "*: p99>2ms", "*: p99<0", "*: p99<31m", "*: p99<2", "*: p99<-1ms",
     "*: p99<2parsecs", "*: p99<nan", "*: p99<1.2.3ms", "*: p99<1e999s", "*: p99<2ms extra"],
)  # fmt: skip
def test_what_is_no_bound(text):
    if text == "*: p99<2":
        assert slo.parse(text).limit_ns == 2_000_000_000  # seconds, as everywhere
        return
    with pytest.raises(slo.BadSlo, match="must be a pattern of cells"):
        slo.parse(text)


def test_brackets_are_no_pattern():
    assert slo.parse("a[1]*: p50<1s").matches("a[1]/b") and not slo.parse("a[1]*: p50<1s").matches("a1/b")
    assert not slo.parse("IOCP/*: p50<1s").matches("iocp/x")


def runs(p50s, scenario="tcp-sink-64B-c8-10k"):
    made = [make_run.record(i, i, "iocp", scenario, random.Random(i), messages=100)[0] for i in range(len(p50s))]
    for one, p50 in zip(made, p50s):
        one["latency"]["response"]["p50_ns"] = p50
    return made


def check(text, cells):
    return [(c.cell, c.verdict) for c in slo.check(slo.parse(text), cells)]


def test_the_median_of_valid_runs_is_held_to_it():
    assert check("*: p50<2us", {"a": runs([1000, 1900, 9000])}) == [("a", "PASS")]
    assert check("*: p50<2us", {"a": runs([1000, 2000, 9000])}) == [("a", "PASS")]
    assert check("*: p50<2us", {"a": runs([1000, 2001, 9000])}) == [("a", "MISSED")]
    assert check("a: p50<2us", {"a": runs([1]), "b": runs([9999])}) == [("a", "PASS")]


def test_what_was_not_measured_is_not_met():
    assert check("c*: p50<1s", {"a": runs([1])}) == [("c*", "INVALID")]
    assert check("*: p999<1s", {"a": runs([1])}) == [("a", "INVALID")]
    bad = runs([1] * 10)
    make_run.invalidate(bad[0], "unsteady", "")
    assert check("*: p50<1s", {"a": bad}) == [("a", "PASS")]
    make_run.invalidate(bad[1], "unsteady", "")
    assert check("*: p50<1s", {"a": bad}) == [("a", "INVALID")]


def test_what_was_lost_would_have_been_slow():
    lossy = runs([1], "udp-sink-64B-c8-10k")
    make_run.lose(lossy[0], 0.01)
    assert check("*: p50<1s", {"a": lossy}) == [("a", "MISSED")]
