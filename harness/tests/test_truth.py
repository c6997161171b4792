"""What recvbench says of a receiver that lies in a known way: harness/tests/truth/README.md. Counts are exact whatever the
machine does. Times are computed; control runs beside them show whether this machine can resolve them at the moment, and a test that
finds it cannot is skipped by name. scripts/truth does all of it at length.
"""

import os
import re
import sys
from pathlib import Path

import pytest

from program import INVALID, OK, codes, records

sys.path.insert(0, str(Path(__file__).resolve().parent / "truth"))

import lies  # noqa: E402
import model  # noqa: E402
import slowed_generator  # noqa: E402
from bench import DISTURBED  # noqa: E402
from experiments.neighbour import hogs  # noqa: E402

US, MS = 1_000, 1_000_000


@pytest.fixture
def liar(program):
    """Runs the liar with settings; (result, records, what it did) by run."""
    if not (program.libraries / ("plugin_liar" + (".dll" if program.windows else ".so"))).exists():
        pytest.skip("plugin_liar is not built")
    library = program.path(program.libraries / ("plugin_liar" + (".dll" if program.windows else ".so")))

    def run(out, *arguments, generator=None, **settings):
        arguments = ["--warmup", "100ms", "--repeat", "1", *arguments]
        result = program.run(out, *arguments, engine=lies.spec(library, **settings), generator=generator)
        assert result.code in (OK, INVALID), result
        found, done = records(out), lies.confessions(result.stderr)
        assert len(found) == len(done) > 0, result
        assert not {"engine-failed", "generator-failed", "not-connected"} & set.union(*map(codes, found)), result
        return found, done

    return run


COUNTED = ["--duration", "400ms", "--connections", "2", "--rate", "1k", "--verify"]
BOTH = ["--protocol", "tcp,udp", *COUNTED]


def by_protocol(found, done):
    pairs = {record["scenario"]["protocol"]: (record, lie) for record, lie in zip(found, done)}
    assert set(pairs) == {"tcp", "udp"}
    return pairs["tcp"], pairs["udp"]


def detail(record, code, pattern):
    """The numbers in the detail of the reason that the pattern matches."""
    matches = [re.fullmatch(pattern, reason["detail"]) for reason in record["reasons"] if reason["code"] == code]
    (match,) = [match for match in matches if match]
    return tuple(map(int, match.groups()))


OUT_OF_SEQUENCE = r"out of sequence: (\d+) at the receiver \((\d+) came twice, (\d+) late\), 0 at the generator"


def test_an_honest_receiver_is_found_to_be_one(liar, tmp_path):
    for record, lie in zip(*liar(tmp_path / "out", *BOTH)):
        counts = record["counts"]
        assert counts["received"] == lie["received"] == lie["delivered"] > 0
        assert counts["corrupt"] == counts["out_of_sequence"] == counts["strangers"] == 0
        assert not codes(record) & {"lost", "corrupt", "connection-error", "clock"}, record["reasons"]
        if record["datagrams"]:
            assert record["datagrams"]["duplicated"] == record["datagrams"]["reordered"] == 0
            assert record["datagrams"]["lost"] == counts["sent"] - lie["received"]


def test_loss_is_counted(liar, tmp_path):
    (tcp, told), (udp, said) = by_protocol(*liar(tmp_path / "out", *BOTH, lose=20))
    counts = tcp["counts"]
    assert counts["sent"] == told["received"] and told["lost"] == counts["sent"] // 20 > 0
    assert counts["sent"] - counts["received"] == told["lost"]
    assert detail(tcp, "lost", r"sent (\d+), received (\d+)") == (counts["sent"], counts["received"])
    # What a gap leaves behind, but for a connection's last message; nothing came twice or late.
    late = detail(tcp, "corrupt", OUT_OF_SEQUENCE)
    assert told["lost"] - 2 <= late[0] <= told["lost"] and late[1:] == (0, 0)
    assert counts["corrupt"] == 0
    on_the_way = udp["counts"]["sent"] - said["received"]  # a busy machine's own
    assert said["lost"] == said["received"] // 20 > 0
    assert udp["datagrams"]["lost"] == said["lost"] + on_the_way
    assert (udp["datagrams"]["lost_at_socket"] or 0) <= on_the_way, "the engine lost them, not the socket"
    assert udp["datagrams"]["duplicated"] == udp["datagrams"]["reordered"] == udp["counts"]["corrupt"] == 0


def test_duplicates_are_counted(liar, tmp_path):
    (tcp, told), (udp, said) = by_protocol(*liar(tmp_path / "out", *BOTH, duplicate=20))
    assert told["duplicated"] == told["received"] // 20 > 0
    assert tcp["counts"]["sent"] == tcp["counts"]["received"] == told["received"], "once each"
    assert detail(tcp, "corrupt", OUT_OF_SEQUENCE) == (told["duplicated"], told["duplicated"], 0)
    assert tcp["counts"]["corrupt"] == 0 and "lost" not in codes(tcp)
    assert udp["datagrams"]["duplicated"] == said["duplicated"] == said["received"] // 20 > 0
    assert udp["counts"]["received"] == said["received"] and udp["datagrams"]["reordered"] == udp["counts"]["corrupt"] == 0


def test_reordering_is_counted(liar, tmp_path):
    (tcp, told), (udp, said) = by_protocol(*liar(tmp_path / "out", *BOTH, reorder=20))
    assert told["reordered"] > 0 and said["reordered"] > 0
    assert tcp["counts"]["sent"] == tcp["counts"]["received"] == told["delivered"]
    # One before its turn, one after it.
    assert detail(tcp, "corrupt", OUT_OF_SEQUENCE) == (2 * told["reordered"], 0, told["reordered"])
    assert tcp["counts"]["corrupt"] == 0 and "lost" not in codes(tcp)
    assert udp["datagrams"]["reordered"] == said["reordered"]
    assert udp["datagrams"]["duplicated"] == udp["counts"]["corrupt"] == 0


@pytest.mark.parametrize("where", [0, 9, 30], ids=lambda at: f"header-byte-{at}")
def test_one_byte_of_a_header(liar, tmp_path, where):
    (tcp, told), (udp, said) = by_protocol(*liar(tmp_path / "out", *BOTH, corrupt=20, corrupt_at=where))
    # A stream's next message begins nowhere once a header is wrong: it ends there, with the first one of each connection.
    assert 0 < told["corrupted"] <= 2
    assert detail(tcp, "corrupt", r"(\d+) at the receiver, 0 at the generator") == (told["corrupted"],)
    assert tcp["reasons"][0]["code"] == "corrupt", "what else went wrong follows from it"
    assert udp["counts"]["corrupt"] == said["corrupted"] == said["received"] // 20 > 0
    assert detail(udp, "corrupt", r"(\d+) at the receiver, 0 at the generator") == (said["corrupted"],)
    assert udp["counts"]["strangers"] == udp["datagrams"]["duplicated"] == udp["datagrams"]["reordered"] == 0
    assert udp["counts"]["received"] == said["received"] - said["corrupted"]


@pytest.mark.parametrize("where", [40, 63], ids=["first", "last"])
def test_one_byte_of_a_payload(liar, tmp_path, where):
    for record, lie in zip(*liar(tmp_path / "out", *BOTH, corrupt=20, corrupt_at=where)):
        assert record["counts"]["corrupt"] == lie["corrupted"] == lie["received"] // 20 > 0
        assert detail(record, "corrupt", r"(\d+) at the receiver, 0 at the generator") == (lie["corrupted"],)
        assert record["counts"]["out_of_sequence"] == record["counts"]["strangers"] == 0
        assert "lost" not in codes(record)


def test_an_echo_that_was_spoilt_is_found_at_both_ends(liar, tmp_path):
    ((record,), (lie,)) = liar(tmp_path / "out", *COUNTED, "--workload", "echo", corrupt=20, corrupt_at=50)
    assert detail(record, "corrupt", r"(\d+) at the receiver, (\d+) at the generator") == (lie["corrupted"], lie["corrupted"])


# Times. One connection: a single queue, served in order.

RATE, STALL_NS = 2000, 200 * MS
STALL_AT = 1300  # 0.1 s of warm-up, then 0.55 s into the window
TIMED = ["--connections", "1", "--rate", str(RATE), "--duration", "2s"]


def test_a_stall_is_seen_by_response_time_as_computed(liar, tmp_path):
    ((control,), _) = liar(tmp_path / "control", *TIMED)
    ((record,), (lie,)) = liar(tmp_path / "out", *TIMED, stall_ms=200, stall_at=STALL_AT)
    histogram = lies.histograms(tmp_path / "out")["r0.response"]
    warmup, count = RATE // 10, 2 * RATE
    way_ns = control["latency"]["response"]["p50_ns"]
    computed = model.stalled(RATE, warmup + count, STALL_AT - 1, STALL_NS, way_ns=way_ns)[warmup:]
    assert lie["stalled_ns"] >= STALL_NS
    # Whatever the machine does, nobody is served before the stall is over.
    for fraction in (0.96, 0.97, 0.98, 0.99, 0.999):
        (measured,) = histogram.values_at([fraction])
        assert measured > 0.998 * (model.percentile(computed, fraction) - way_ns), fraction
    ((after,), _) = liar(tmp_path / "after", *TIMED)
    late_ns = max(run["latency"]["response"]["p99_ns"] for run in (control, after))
    if late_ns > MS:
        pytest.skip(f"this machine is busy: p99 {late_ns / MS:.1f} ms without a stall")
    for fraction in (0.5, 0.96, 0.97, 0.98, 0.99, 0.999):
        (measured,) = histogram.values_at([fraction])
        expected = model.percentile(computed, fraction)
        assert abs(measured - expected) <= max(0.02 * expected, MS), (fraction, measured, expected)


def test_a_closed_loop_hides_a_stall(liar, tmp_path):
    """It waits with the receiver, and one message a connection is late: why open loop is the default, and the closed loop has a
    name of its own."""
    ((record,), _) = liar(tmp_path / "out", "--workload", "echo", "--rate", "max", "--in-flight", "1", "--connections", "1",
                          "--duration", "2s", stall_ms=200, stall_after_ms=600)
    found = lies.histograms(tmp_path / "out")
    for kind in ("response", "service"):
        late = lies.count_from(found[f"r0.{kind}"], 199 * MS)
        assert 1 <= late <= 3, (kind, late)  # a very busy machine may stall it once or twice more
    assert record["scenario"]["mode"] == "max"


def test_a_generator_that_stands_still_is_declared_and_service_time_hides_it(native, liar, tmp_path):
    generator = slowed_generator.write(tmp_path / "generator", native.command[-1], stopped_s=0.2, every_s=0.8)
    ((record,), _) = liar(tmp_path / "out", *TIMED, generator=generator)
    assert "generator-bound" in codes(record), record["reasons"]
    found = lies.histograms(tmp_path / "out")
    # At least two stops in the window; half of the messages due in each of them wait 100 ms and more.
    assert lies.count_from(found["r0.response"], 100 * MS) >= 2 * 0.9 * 0.1 * RATE
    # All of these were sent late and handled at once: but for what a stop caught between its time stamp and its send.
    hidden, shown = (lies.count_from(found[f"r0.{kind}"], 100 * MS) for kind in ("service", "response"))
    if hidden > min(3 * 64, shown / 2):
        ((control,), _) = liar(tmp_path / "control", *TIMED)
        late_ns = control["latency"]["response"]["p99_ns"]
        if late_ns > MS:
            pytest.skip(f"this machine is busy: it holds up the receiver too, p99 {late_ns / MS:.1f} ms with a generator that goes on")
    assert hidden <= min(3 * 64, shown / 2), (hidden, shown)


def test_a_neighbour_on_the_same_cpu_is_declared_or_harmless(native, liar, tmp_path):
    cpu = min(os.sched_getaffinity(0))
    arguments = ["--connections", "1", "--rate", str(RATE), "--duration", "1s", "--cpus", cpu, "--load-cpus", cpu]
    ((control,), _) = liar(tmp_path / "control", *arguments)
    with hogs(3, {cpu}):
        ((record,), _) = liar(tmp_path / "out", *arguments)
    if record["valid"]:
        before, beside = (run["latency"]["response"] for run in (control, record))
        assert beside["p50_ns"] < 2 * before["p50_ns"] and beside["p99_ns"] < 2 * before["p99_ns"] + 100 * US
    else:
        assert codes(record) & DISTURBED, record["reasons"]


def test_a_delay_for_each_message_is_added_to_each(liar, tmp_path):
    arguments = ["--connections", "1", "--rate", "100", "--duration", "2s"]
    ((before,), _) = liar(tmp_path / "before", *arguments)
    ((record,), (lie,)) = liar(tmp_path / "out", *arguments, delay_us=500)
    ((after,), _) = liar(tmp_path / "after", *arguments)
    assert lie["delayed_ns"] >= 500 * US * lie["received"]
    assert record["latency"]["response"]["min_ns"] >= 0.998 * 500 * US, "no message is handled earlier"
    medians = [run["latency"]["response"]["p50_ns"] for run in (before, after)]
    spread = abs(medians[0] - medians[1])
    held_up = lie["delayed_ns"] / lie["received"] - 500 * US
    if max(spread, held_up) > 50 * US:
        pytest.skip(f"this machine is busy: two runs without a delay differ by {spread / US:.0f} us in p50, and the receiver itself "
                    f"was held up by {held_up / US:.0f} us a message")
    added = record["latency"]["response"]["p50_ns"] - sum(medians) / 2
    assert abs(added - 500 * US) <= spread + 50 * US, (added, medians)


def test_cpu_time_that_is_burnt_is_found(native, liar, tmp_path):
    arguments = ["--connections", "1", "--rate", "500", "--duration", "1s"]
    burn_ns, differences, costs = 800 * US, [], []
    for pair in range(3):
        ((control,), _) = liar(tmp_path / f"control{pair}", *arguments)
        ((record,), (lie,)) = liar(tmp_path / f"out{pair}", *arguments, burn_ns=burn_ns)
        cost = [run["cost"]["cpu_user_ns"] + run["cost"]["cpu_kernel_ns"] for run in (control, record)]
        costs.append(cost[0] / control["counts"]["window_received"])
        # By the rate: a busy machine's backlog moves messages past the window's end, not CPU time into it.
        assert lie["burnt_ns"] / lie["received"] >= burn_ns
        differences.append(record["cost"]["cpu_ns_per_message"] - costs[-1])
    if max(costs) - min(costs) > 0.03 * burn_ns:
        pytest.skip(f"this machine is busy: runs without a burn differ by {(max(costs) - min(costs)) / US:.0f} us a message")
    expected = lie["burnt_ns"] / lie["received"]
    assert sorted(differences)[1] == pytest.approx(expected, rel=0.05), (differences, expected)
