"""Run records -> samples, what may be compared with what, and how runs become pairs."""

import copy
import random

import make_run
import pytest
from recvbench_report.gate import comparable, pairing, records, sequential

OPEN, ECHO, MAX = make_run.SCENARIOS
UDP = "udp-sink-64B-c8-10k"


@pytest.fixture(scope="module")
def made():
    """One run a scenario."""
    names = [*make_run.SCENARIOS, *make_run.UDP_SCENARIOS]
    return {name: make_run.record(0, 0, "iocp", name, random.Random(1), messages=2000)[0] for name in names}


@pytest.fixture
def run(made):
    return lambda name=OPEN: copy.deepcopy(made[name])


def test_metrics_by_scenario(run):
    assert set(records.sample(run(OPEN)).figures) == {"cpu", "p50", "p99"}
    assert set(records.sample(run(ECHO)).figures) == {"cpu", "p50", "p99"}
    assert set(records.sample(run(MAX)).figures) == {"cpu", "throughput"}
    assert set(records.sample(run(UDP)).figures) == {"cpu", "p50", "p99", "loss"}
    assert set(records.sample(run("udp-sink-64B-c8-max")).figures) == {"cpu", "throughput"}


def test_figures_are_the_records(run):
    one = run(ECHO)
    figures = records.sample(one).figures
    assert figures["p50"] == one["latency"]["response"]["p50_ns"] and figures["p99"] == one["latency"]["response"]["p99_ns"]
    assert figures["cpu"] == one["cost"]["cpu_ns_per_message"]
    assert records.sample(run(MAX)).figures["throughput"] == run(MAX)["rates"]["received_per_s"]


def test_throughput_and_latency_of_a_closed_loop(run):
    one = run(ECHO)
    one["scenario"]["mode"] = "closed"
    assert set(records.sample(one).figures) == {"cpu", "throughput", "p50", "p99"}


def test_a_generator_limit_is_no_throughput(run):
    one = run(MAX)
    one["rates"]["generator_limited"] = True
    sample = records.sample(one)
    assert "throughput" not in sample.figures and "generator's limit" in sample.not_gated["throughput"]


@pytest.mark.parametrize("count, is_gated", [(99_999, False), (100_000, True)])
def test_p999_needs_a_hundred_samples_beyond_it(run, count, is_gated):
    one = run()
    one["latency"]["response"].update(count=count, p999_ns=1_000_000)
    sample = records.sample(one)
    assert ("p999" in sample.figures) == is_gated != ("p999" in sample.not_gated)


def test_p99_needs_ten(run):
    one = run()
    one["latency"]["response"].update(count=999, p99_ns=None)
    assert "fewer than 10 messages" in records.sample(one).not_gated["p99"]


def test_cpu_time_that_the_clock_cannot_resolve(run):
    one = run()
    one["cost"]["cpu_ns_per_message"] = None
    assert "CPU clock" in records.sample(one).not_gated["cpu"]


def test_loss_is_exact(run):
    one = run(UDP)
    make_run.lose(one, 0.01)
    assert records.sample(one).figures["loss"] == pytest.approx(0.01)


def test_a_valid_run_without_latency_lacks_it(run):
    one = run()
    one["latency"]["response"] = None
    assert records.sample(one).figures["p50"] is None


@pytest.mark.parametrize(
    "codes, defects",
    [
        (["lost"], 1),
        (["corrupt", "lost"], 2),
        (["engine-failed"], 1),
        (["unsteady"], 0),
        (["generator-bound"], 0),
        (["rate-not-met", "lost"], 0),  # overload leaves messages behind
        (["not-drained", "connection-error"], 0),
        (["interrupted", "lost"], 0),
    ],
)
def test_defects_are_not_overload(run, codes, defects):
    one = run()
    for code in codes:
        make_run.invalidate(one, code, "why")
    sample = records.sample(one)
    assert (sample.valid, len(sample.reasons), len(sample.defects)) == (False, len(codes), defects)
    assert sample.reasons[0] == f"{codes[0]}: why"


def fingerprint(**changes):
    description = make_run.description([], [])
    description["environment"]["fingerprint"].update(changes)
    return description


@pytest.mark.parametrize(
    "changes, line",
    [
        ({"cpu_model": "Other"}, "CPU model: Example CPU 3000 in the base, Other in the candidate"),
        ({"logical_cpus": 8}, "logical CPUs: 4 in the base, 8 in the candidate"),
        ({"wine_version": ""}, "Wine 8.0 and no Wine (Windows 10.0.19043)"),
        ({"wine_version": "9.1"}, "Wine 8.0 and Wine 9.1"),
        ({"flags": ""}, "compiler flags: -O2 -g -DNDEBUG in the base, none in the candidate"),
        ({"os": "Windows 11"}, "operating system: Windows 10.0.19043 in the base, Windows 11 in the candidate"),
    ],
)
def test_machines(changes, line):
    assert comparable.machines(fingerprint(), fingerprint(**changes)) == [line]
    assert comparable.machines(fingerprint(), fingerprint()) == []


def set_(path, value):
    def change(one):
        *keys, last = path.split(".")
        for key in keys:
            one = one[key]
        one[last] = value

    return change


@pytest.mark.parametrize(
    "change, line",
    [
        (set_("engine.emulated", True), "emulated: no in the base, yes in the candidate"),
        (set_("timing.duration_ns", 3_000_000_000), "measured window: 2 s in the base, 3 s in the candidate"),
        (set_("timing.duration_ns", 2_000_000_001), "measured window: 2000000000 in the base, 2000000001 in the candidate"),
        (set_("engine.settings.threads", 2), "threads: 1 in the base, 2 in the candidate"),
        (set_("engine.settings.declared.threads", "2"), "engine's threads: 1 in the base, 2 in the candidate"),
        (set_("scenario.rate_per_s", 20_000.0), "scenario's rate per s: 10,000.0 in the base, 20,000.0 in the candidate"),
        (set_("scenario.idle_connections", 9), "scenario's idle connections: 0 in the base, 9 in the candidate"),
        (set_("generator.threads", 3), "generator's threads: 2 in the base, 3 in the candidate"),
        (set_("generator.cpus", [1]), "generator's CPUs: none in the base, [1] in the candidate"),
    ],
)
def test_parameters(run, change, line):
    other = run()
    change(other)
    assert comparable.cells([run()], [other]) == [line]


def test_parameters_that_change_within_a_side(run):
    other = run()
    other["timing"]["duration_ns"] = 5_000_000_000
    assert comparable.cells([run(), other], [run()]) == ["measured window: differs between runs of the base: 2 s and 5 s"]


def test_a_setting_that_only_one_side_has_is_no_difference(run):
    newer = run()
    newer["engine"]["settings"]["declared"]["spin"] = "off"
    assert comparable.cells([run()], [newer]) == []


def test_runs_that_failed_early_do_not_know_their_parameters(run):
    failed = run()
    make_run.invalidate(failed, "engine-failed", "")
    failed["engine"]["settings"]["threads"] = 0
    assert comparable.cells([run()], [failed]) == [] == comparable.cells([run()], [failed, run()])


def series(run, rounds, begin=0, step=2):
    found = []
    for i in rounds:
        one = run()
        one.update(index=i, round=i)
        one["timing"]["started_unix_ns"] = begin + i * step
        found.append(one)
    return found


def test_pairs_are_runs_of_one_round(run):
    base, candidate = series(run, range(4)), series(run, [1, 2, 3, 5], begin=1)
    candidate[0]["cost"]["cpu_ns_per_message"] = 1.0
    found = pairing.pair(base, candidate[::-1], [])
    (cell,) = found.cells
    assert [p.candidate.figures["cpu"] for p in found.cells[cell]][0] == 1.0 and len(found.cells[cell]) == 3
    assert found.unpaired == {cell: 2} and found.apart == []


def test_what_was_not_measured_in_turns_is_told(run):
    assert len(pairing.pair(series(run, range(4)), series(run, range(4), begin=100), []).apart) == 1


def test_cells_of_one_side(run):
    base, candidate = series(run, range(2)), series(run, range(2))
    for one in candidate:
        one["cell"] = "other/cell"
    found = pairing.pair(base, candidate, [])
    assert (found.new, found.gone, found.cells) == (["other/cell"], [base[0]["cell"]], {})


def test_nothing_is_paired_across_machines(run):
    found = pairing.pair(series(run, range(2)), series(run, range(2)), ["Wine 8.0 and Wine 9.1"])
    assert found.cells == {} and list(found.incomparable.values()) == [["Wine 8.0 and Wine 9.1"]]


def test_two_runs_of_a_round(run):
    with pytest.raises(pairing.DuplicateRun, match="candidate: iocp/.* has two runs of round 0"):
        pairing.pair(series(run, [0]), series(run, [0, 0]), [])


def test_records_are_decided(run):
    """From records to a verdict: the candidate's CPU time is a fifth more."""
    base, candidate = series(run, range(10)), series(run, range(10), begin=1)
    for one in candidate:
        one["cost"]["cpu_ns_per_message"] *= 1.2
    (cell,) = sequential.decide(pairing.pair(base, candidate, []).cells).cells
    assert {t.metric.key: t.verdict for t in cell.tests} == {"cpu": "REGRESSED", "p50": "PASS", "p99": "PASS"}
