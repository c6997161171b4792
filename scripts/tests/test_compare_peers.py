"""scripts/compare-peers: what each peer's output says, by outputs that were recorded; ratios and verdicts by tables; refusals."""

import sys
from pathlib import Path

import pytest
from runner import SCRIPTS, run

sys.path[:0] = [str(SCRIPTS), str(SCRIPTS.parent / "harness/tests/truth")]

from peers import comparison, fio, gaps, iperf3, neper, ours, overhead, process, sockperf, wrk  # noqa: E402
from peers.pairs import Aim, Pair, Side, pairs  # noqa: E402

RECORDED = Path(__file__).parent / "peers"
PROGRAM = SCRIPTS.parent / "out/build/linux/harness/recvbench"


def recorded(name):
    return (RECORDED / name).read_text(encoding="utf-8")


def test_sockperf_ping_pong():
    found = sockperf.parse_latency(recorded("sockperf-pp.txt"))
    assert (found.p50_ns, found.p99_ns, found.mean_ns) == (3872, 8585, 11882)
    assert found.messages_per_s == pytest.approx(46160 / 0.549)


def test_sockperf_under_load_without_full_rtt():
    found = sockperf.parse_latency(recorded("sockperf-ul.txt"))
    assert found.p50_ns == 6222 and found.mean_ns == 9265


def test_sockperf_throughput():
    assert sockperf.parse_throughput(recorded("sockperf-tp.txt")) == sockperf.Throughput(585519, 584681)


def test_iperf3_and_fio():
    count, seconds = iperf3.parse(recorded("iperf3.json"))
    assert (count, seconds) == (311230464, 1.067387)
    assert fio.parse(recorded("fio.json")) == (1639841792, 1.001)


def test_wrk():
    assert wrk.parse(recorded("wrk.txt")) == 151517.52
    with pytest.raises(process.PeerError, match="Socket errors: connect 0, read 3"):
        wrk.parse("  Socket errors: connect 0, read 3, write 0, timeout 0\nRequests/sec:  10.00\n")


def test_neper():
    assert neper.parse("num_transactions=329605\nthroughput=33009.84\ncorrelation_coefficient=1.00\n") == 33009.84


@pytest.mark.parametrize("parse", [sockperf.parse_latency, sockperf.parse_throughput, wrk.parse, neper.parse, gaps.parse])
def test_output_without_the_figure(parse):
    with pytest.raises(process.PeerError):
        parse("something else\n")


def test_gaps_beside_other_output():
    assert gaps.parse('a note\n{"datagrams": 2000, "even_share": 0.991}\n') == {"even share": 0.991}


def test_segments_of_the_machine():
    assert process.snmp("Ip: A\nIp: 1\nTcp: InSegs OutSegs\nTcp: 5 7\n", "Tcp", "OutSegs") == 7


def test_a_run_record_in_the_peers_terms():
    record = {"rates": {"sent_per_s": 1000.0, "received_bytes_per_s": 64000.0}, "timing": {"duration_ns": 2_000_000_000},
              "latency": {"response": {"p50_ns": 5000}}, "cost": {"cpu_user_ns": 1_000_000, "cpu_kernel_ns": 3_000_000},
              "generator": {"cpu_ns": 8_000_000}, "counts": {"sent": 2500}, "reasons": [{"code": "lost"}, {"code": "clock"}]}
    assert ours.figures(record) == {"messages/s": 1000.0, "CPU ns/message": 4000.0, "bytes/s": 64000.0, "CPU ns/byte": 93.75,
                                    "p50 ns": 5000, "messages": 2500, "invalid": "lost; clock"}


def pair(**changes):
    theirs = Side("peer", lambda: {})
    return Pair(**{"name": "p", "about": "", "aims": [Aim("messages/s", at_least=1.0)], "ours": Side("ours", lambda: {}),
                   "peers": [theirs], **changes})


def rates(*values, **more):
    return [{"messages/s": value, **more} for value in values]


def test_the_ratio_is_the_median_of_the_rounds():
    (row,) = comparison.rows_of(pair(), {"ours": rates(10, 12, 14, 10, 30, 11), "peer": rates(10, 10, 10, 10, 10, 10)}, {})
    assert row.ratio == pytest.approx(1.15) and (row.low, row.high) == (1, 3) and row.rounds == 6 and row.verdict == "met"
    (row,) = comparison.rows_of(pair(), {"ours": rates(8, 9), "peer": rates(10, 10)}, {})
    assert row.verdict == "not met" and row.low is None


@pytest.mark.parametrize("values, verdict", [([11] * 6, "met"), ([9] * 6, "not met"), ([8, 9, 9, 9, 9, 12], "undecided"),
                                             ([9, 9], "not met"), ([12, 12, 12, 12, 12, 8], "met")])
def test_noise_decides_nothing(values, verdict):
    (row,) = comparison.rows_of(pair(), {"ours": rates(*values), "peer": rates(*[10] * len(values))}, {})
    assert row.verdict == verdict


def test_packed_messages_are_not_taken_for_speed():
    compared = pair(segments="one a message")
    results = {"ours": rates(10, 10, **{"segments/message": 1.5}), "peer": rates(90, 90, **{"segments/message": 0.01})}
    (row,) = comparison.rows_of(compared, results, {})
    assert row.verdict == "not comparable" and "peer: 0.01 segments a message: PACKED" in row.note


def test_the_best_peer_decides():
    two = pair(best_peer=True, peers=[Side("slow", lambda: {}), Side("fast", lambda: {})])
    rows = comparison.rows_of(two, {"ours": rates(20, 20), "slow": rates(10, 10), "fast": rates(25, 25)}, {})
    assert {row.peer: row.verdict for row in rows} == {"slow": "(not the best)", "fast": "not met"}


def test_who_is_missing_is_named():
    (row,) = comparison.rows_of(pair(peers=[Side("peer", lambda: {}, "peer not found: apt-get install peer")]), {"ours": rates(1)}, {})
    assert row.ratio is None and row.verdict == "n/a" and row.note == "peer not found: apt-get install peer"
    assert "peer not found" in comparison.table([row])


def test_one_that_fails_has_no_further_turn():
    calls = []

    def fails():
        calls.append("peer")
        raise process.PeerError("peer ended with 1: no")

    compared = pair(ours=Side("ours", lambda: {"messages/s": 1.0}), peers=[Side("peer", fails)])
    results, failed = comparison.interleaved(compared, 3, lambda text: None)
    assert calls == ["peer"] and len(results["ours"]) == 3
    (row,) = comparison.rows_of(compared, results, failed)
    assert row.verdict == "n/a" and row.note == "peer ended with 1: no"


def test_an_absolute_aim_looks_at_ours_alone():
    even = pair(aims=[Aim("even share", at_least=0.99, absolute=True)])
    (row,) = comparison.rows_of(even, {"ours": [{"even share": 0.995}], "peer": [{"even share": 1.0}]}, {})
    assert row.verdict == "met" and row.ratio == 0.995


def test_what_the_harness_costs():
    side = {"messages_per_s": 100.0, "cpu_ns_per_message": 1010.0, "invalid": ""}
    bare = {"messages_per_s": 101.0, "cpu_ns_per_message": 1000.0, "invalid": ""}
    summary = {"pairs": 6, "ratio": 0.99, "low": 0.98, "high": 1.0, "engine_median": 100.0, "bare_median": 101.0}
    document = {"models": [{"engine": "epoll", "messages_per_s": summary, "cpu_ns_per_message": None,
                            "pairs": [{"engine": side, "bare": bare}] * 6}]}
    rate, cpu = overhead.rows_of(document)
    assert rate.verdict == "met" and rate.peer == "bare epoll loop" and rate.smallest == pytest.approx(100 / 101)
    assert cpu.verdict == "n/a"


def test_every_aim_is_in_the_table():
    names = [one.name for one in pairs(None, None, 1, 0, 0)]
    assert names == ["round-trip", "echo64", "one-message", "packed", "udp", "bulk", "gaps-1k", "gaps-10k", "gaps-100k"]


@pytest.mark.parametrize("arguments, words", [(["nonsense"], "nonsense: one of harness, round-trip"), (["--cpu", "9999"], "one of"),
                                              (["--rounds", "0"], "--rounds 0: at least 1")])
def test_refusals(arguments, words):
    done = run("compare-peers", *arguments)
    assert done.returncode == 2 and words in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["round-trip", "one-message", "bulk", "gaps-1k"])
def test_a_pair_from_end_to_end(name):
    if not (PROGRAM.parent / "benchmarks/recvbench_peer_receiver").exists():
        pytest.skip("recvbench_peer_receiver is not built")
    done = run("compare-peers", name, "--rounds", "1", "--seconds", "1", "--program", PROGRAM, limit=120)
    assert done.returncode in (0, 1, 13), (done.stdout, done.stderr)
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["pair", "figure", "peer"] and lines[1].startswith(name)
    missing = [line for line in lines if "not found" in line]
    assert missing or " n/a  n/a  1 " not in done.stdout or "TCP congestion control" in lines[-1]
