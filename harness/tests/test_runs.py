"""Real runs on real sockets: what they print, what they write, and that both can be relied on."""

import csv
import io
import json
import socket
from pathlib import Path

import pytest

from program import BUSY, INVALID, OK, USAGE, codes, description, plain, records

SHORT = ["--warmup", "100ms", "--duration", "400ms", "--repeat", "1", "--connections", "2"]


def test_every_engine_measures_sink_and_echo(program, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, "--workload", "sink,echo", "--rate", "2k", "--warmup", "200ms", "--duration", "1s", "--repeat",
                         "1", "--connections", "3", "--verify", "--format", "json", engine="all", limit=120)
    assert result.code in (OK, INVALID), result
    document = description(out)
    assert document["status"] == "complete"
    assert document["environment"]["label"] == (f"Wine {document['environment']['system']['wine_version']}, not Windows" if program.wine else "")
    found = records(out)
    assert [record["index"] for record in found] == [run["index"] for run in document["plan"]]
    windows = {"wsapoll", "event-select", "async-select", "overlapped-event", "completion-routine", "iocp", "threadpool-io",
               "socket-notifications", "afd-poll", "rio"}
    expected = {"asio", "blocking", "nonblocking-spin", "select"} | (windows if program.windows else {"poll", "epoll"})
    for workload in ("sink", "echo"):
        cells = {record["engine"]["name"]: record for record in found if record["scenario"]["workload"] == workload}
        assert expected <= set(cells)
        for name, record in cells.items():
            assert codes(record) <= BUSY, (name, record["reasons"])
            counts = record["counts"]
            assert counts["sent"] == counts["received"] > 0, (name, counts)
            assert counts["corrupt"] == counts["out_of_sequence"] == counts["strangers"] == 0, (name, counts)
            if workload == "echo":
                assert counts["echoed"] == counts["sent"], (name, counts)
            if record["engine"]["synthetic"]:
                continue
            assert record["latency"]["kind"] == {"sink": "one-way", "echo": "round-trip"}[workload]
            assert record["latency"]["response"]["count"] == counts["window_sent"], name
            assert record["latency"]["response"]["p50_ns"] >= record["latency"]["service"]["p50_ns"], name
    assert (result.code == OK) == all(record["valid"] for record in found)
    cells = json.loads(result.stdout)
    assert cells["cells"] if isinstance(cells, dict) else cells


def test_every_engine_that_takes_datagrams_measures_sink_and_echo(program, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, "--protocol", "udp", "--workload", "sink,echo", "--rate", "1k", "--warmup", "200ms", "--duration",
                         "500ms", "--repeat", "1", "--connections", "3", "--verify", "--format", "json", engine="*", limit=120)
    assert result.code in (OK, INVALID), result
    found = [record for record in records(out) if record["scenario"]["protocol"] == "udp"]
    windows = {"wsapoll", "overlapped-event", "completion-routine", "iocp"}
    expected = {"asio", "blocking", "select"} | (windows if program.windows else {"poll", "epoll"})
    for workload in ("sink", "echo"):
        assert expected <= {record["engine"]["name"] for record in found if record["scenario"]["workload"] == workload}
    for record in found:
        name, counts, datagrams = record["engine"]["name"], record["counts"], record["datagrams"]
        assert record["scenario"]["name"].startswith("udp-")
        assert codes(record) <= BUSY, (name, record["reasons"])
        assert counts["received"] > 0 and counts["corrupt"] == counts["strangers"] == 0, (name, counts)
        assert counts["sent"] == counts["received"] + datagrams["lost"], (name, counts, datagrams)
        assert datagrams["duplicated"] == datagrams["truncated"] == 0, (name, datagrams)
        if record["scenario"]["workload"] == "echo":
            assert counts["received"] == counts["echoed"] + datagrams["replies_lost"], (name, counts, datagrams)
    shown = {(cell["engine"], cell["scenario"]): cell["loss_share"] for cell in json.loads(result.stdout)["cells"]}
    for record in found:
        counts = record["counts"]
        arrived = counts["window_echoed" if record["scenario"]["workload"] == "echo" else "window_received"]
        lost = 1 - arrived / counts["window_sent"] if record["valid"] else None
        assert shown[record["engine"]["label"], record["scenario"]["name"]] == pytest.approx(lost), (counts, shown)


def test_messages_of_several_lengths(program, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, *SHORT, "--protocol", "tcp,udp", "--workload", "sink,echo", "--rate", "1k", "--size", "64-1024,9x64+1500",
                         "--verify", engine="select")
    assert result.code in (OK, INVALID), result
    found = records(out)
    assert {(record["scenario"]["sizes"], record["scenario"]["size_bytes"]) for record in found} == {("64-1024B", 544), ("9x64+1500B", 207.6)}
    assert len(found) == 8
    for record in found:
        name, counts, scenario = record["cell"], record["counts"], record["scenario"]
        assert codes(record) <= BUSY, (name, record["reasons"])
        assert f"-{scenario['sizes']}-c2-1k" in name
        lost = record["datagrams"]["lost"] if record["datagrams"] else 0
        assert counts["sent"] == counts["received"] + lost and counts["received"] > 0, (name, counts)
        assert counts["corrupt"] == counts["out_of_sequence"] == 0, (name, counts)
        mean = counts["bytes_received"] / counts["received"]
        assert scenario["size_bytes"] * 0.5 < mean < scenario["size_bytes"] * 1.5, (name, mean)
    assert "64-1024B, 2 connections" in result.stdout


def test_connections_that_take_others_places(program, tmp_path):
    """Every engine serves them, closed by FIN and by RST, and every message and connection is accounted for."""
    out = tmp_path / "out"
    result = program.run(out, "--workload", "sink,echo", "--rate", "500", "--warmup", "100ms", "--duration", "500ms", "--repeat", "1",
                         "--connections", "2", "--messages-per-connection", "10", "--verify", engine="*", limit=150)
    assert result.code in (OK, INVALID), result
    reset = tmp_path / "reset"
    again = program.run(reset, "--workload", "echo", "--rate", "500", "--warmup", "100ms", "--duration", "500ms", "--repeat", "1",
                        "--connections", "2", "--messages-per-connection", "10", "--close", "abortive", engine="*", limit=150)
    assert again.code in (OK, INVALID), again
    found = [record for record in records(out) + records(reset) if not record["engine"]["synthetic"]]
    assert {record["scenario"]["close"] for record in found} == {"graceful", "abortive"}
    for record in found:
        name, counts, churn = record["cell"], record["counts"], record["churn"]
        assert codes(record) <= BUSY, (name, record["reasons"])
        assert record["scenario"]["messages_per_connection"] == 10 and "-500-m10" in name
        assert counts["sent"] == counts["received"] > 0, (name, counts)
        assert counts["corrupt"] == counts["out_of_sequence"] == counts["closed_with_error"] == counts["strangers"] == 0, (name, counts)
        assert churn["failed"] == 0 and 2 + counts["sent"] // 10 >= churn["opened"] >= counts["sent"] // 10, (name, churn, counts)
        assert churn["accept"]["count"] > 0 and churn["accept"]["min_ns"] > 0, (name, churn)
        assert churn["accepted_per_s"] == pytest.approx(churn["accept"]["count"] / 0.5), (name, churn)
    for directory in (out, reset):
        log = (directory / "latency.hlog").read_text(encoding="utf-8")
        for record in records(directory):
            assert (f"Tag=r{record['index']}.accept," in log) == bool(record["churn"]), record["cell"]


def test_idle_connections_are_served_beside_the_others(program, tmp_path):
    out = tmp_path / "out"
    idle = 300 if program.wine else 10000
    result = program.run(out, "--rate", "500", "--warmup", "100ms", "--duration", "500ms", "--repeat", "1", "--connections", "2",
                         "--idle", str(idle), "--workload", "echo", "--verify", limit=150)
    assert result.code in (OK, INVALID), result
    (record,) = records(out)
    counts = record["counts"]
    assert codes(record) <= BUSY, record["reasons"]
    assert record["scenario"]["name"] == f"tcp-echo-64B-c2-500-idle{idle}" and record["scenario"]["idle_connections"] == idle
    assert counts["sent"] == counts["received"] == counts["echoed"] > 0, counts
    assert counts["closed_with_error"] == counts["strangers"] == 0 and record["churn"] is None, counts


@pytest.mark.parametrize("kind", ["writers", "readers"])
def test_slow_peers_are_counted_and_the_others_measured(program, tmp_path, kind):
    """Models that block for one connection may starve the others, and the run says so; no message is lost even then."""
    out = tmp_path / "out"
    engines = "blocking,iocp" if program.windows else "blocking,epoll"
    slow = {
        "writers": ["--slow-writers", "25%", "--write-pieces", "4:2ms", "--workload", "sink,echo"],
        "readers": ["--slow-readers", "1", "--read-pieces", "2kb:10ms", "--workload", "echo", "--size", "8kb"],
    }[kind]
    result = program.run(out, "--rate", "400", "--warmup", "100ms", "--duration", "1s", "--repeat", "1", "--connections", "4", *slow,
                         "--drain", "30s", "--verify", engine=engines, limit=180)
    assert result.code in (OK, INVALID), result
    found = records(out)
    assert {record["engine"]["name"] for record in found} == set(engines.split(","))
    for record in found:
        name, counts, scenario = record["cell"], record["counts"], record["scenario"]
        assert codes(record) <= BUSY, (name, record["reasons"])
        if kind == "writers":
            assert name.endswith("-c4-400-slowwriters1-4x2ms") and scenario["slow_readers"] is None
            assert scenario["slow_writers"] == {"connections": 1, "pieces": 4, "gap_ns": 2_000_000}
        else:
            assert name.endswith("-c4-400-slowreaders1-2KiB-10ms") and scenario["slow_writers"] is None
            assert scenario["slow_readers"] == {"connections": 1, "read_bytes": 2048, "gap_ns": 10_000_000}
        assert counts["sent"] == counts["received"] == pytest.approx(440, abs=2), (name, counts)
        assert counts["corrupt"] == counts["out_of_sequence"] == counts["closed_with_error"] == counts["dropped"] == 0, (name, counts)
        if scenario["workload"] == "echo":
            assert counts["echoed"] == counts["sent"], (name, counts)
        assert counts["window_slow"] == pytest.approx(100, abs=1), (name, counts)
        assert scenario["rate_per_s"] == 400 and record["rates"]["offered_per_s"] == 300
        response = record["latency"]["response"]
        assert response["count"] == counts["window_received"] - counts["window_slow"] and response["p50_ns"] > 0, (name, counts)
        assert record["generator"]["slip"]["count"] == response["count"], name
        assert record["fairness"]["connections"] == 3, "those that are not slow on purpose"


def expect_fairness(record, connections):
    """That its figures can be true together; whether the run was fair is the machine's affair."""
    fairness = record["fairness"]
    assert fairness["connections"] == connections
    assert 1 / connections <= fairness["jain_index"] + 1e-9 and fairness["jain_index"] <= 1
    if p99 := fairness["p99"]:
        assert 2 <= p99["connections"] <= connections and p99["worst_connection"] < connections
        assert p99["worst_ns"] >= p99["median_ns"] > 0
        assert p99["worst_over_median"] == pytest.approx(p99["worst_ns"] / p99["median_ns"])
        if p99["connections"] == connections:
            # Where each connection has 99 % below its own p99, all have below the worst one's; to half a bucket.
            assert p99["worst_ns"] * 1.07 + 64 >= record["latency"]["response"]["p99_ns"]
    return fairness


def test_connections_are_compared(native, tmp_path):
    out = tmp_path / "out"
    result = native.run(out, "--workload", "sink,echo", "--protocol", "tcp,udp", "--rate", "4k,max", "--warmup", "100ms", "--duration",
                        "1s", "--repeat", "1", "--connections", "3", engine="epoll")
    assert result.code in (OK, INVALID), result
    found = records(out)
    assert len(found) == 8
    for record in found:
        assert codes(record) <= BUSY, (record["cell"], record["reasons"])
        fairness = expect_fairness(record, 3)
        if record["scenario"]["protocol"] == "tcp" and record["scenario"]["mode"] == "open":
            assert fairness["jain_index"] == 1, "nothing was lost"
            assert fairness["p99"]["connections"] == 3, "1,333 messages each"


def test_an_uneven_load_is_no_unfair_receiver(native, tmp_path):
    trace = tmp_path / "trace.txt"
    trace.write_text("".join(f"{i}ms {0 if i % 10 else 1}\n" for i in range(502)), encoding="ascii")
    for workload in ("sink", "echo"):
        out = tmp_path / workload
        result = native.run(out, "--workload", workload, *SHORT, "--arrival", native.path(trace))
        assert result.code in (OK, INVALID), result
        (record,) = records(out)
        assert codes(record) <= BUSY, record["reasons"]
        assert expect_fairness(record, 2)["jain_index"] == 1


def test_what_is_not_compared_has_no_fairness(native, tmp_path):
    common = ["--workload", "sink,echo", "--rate", "1k", "--warmup", "50ms", "--duration", "200ms", "--repeat", "1"]
    for name, options in {"one": ["--connections", "1"], "churn": ["--connections", "3", "--messages-per-connection", "20"]}.items():
        out = tmp_path / name
        result = native.run(out, *common, *options, engine="epoll,null")
        assert result.code in (OK, INVALID), result
        assert [record["fairness"] for record in records(out)] == [None] * len(records(out)) != []
    out = tmp_path / "idle"
    result = native.run(out, *common, "--connections", "2", "--idle", "10")
    assert result.code in (OK, INVALID), result
    assert [record["fairness"]["connections"] for record in records(out)] == [2, 2]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_every_arrival_is_sent_as_it_falls_due(program, tmp_path, protocol):
    trace = tmp_path / "trace.txt"
    trace.write_text("".join(f"{i}ms {i % 2}\n" for i in range(502)), encoding="ascii")
    asked = {  # what falls due in the 100 ms of warm-up and the 400 ms of the window
        "1k": ["--rate", "500/connection"],
        "1k-poisson": ["--arrival", "poisson", "--rate", "1k"],
        "1k-burst20": ["--arrival", "burst:20:20ms"],
        "ramp500-1.5k": ["--arrival", "ramp:500:1500"],
        "step500-0-1k": ["--arrival", "step:500:0:1k"],
        "replay-trace": ["--arrival", program.path(trace)],
    }
    due = {"1k": 500, "1k-burst20": 500, "ramp500-1.5k": 450, "step500-0-1k": 250, "replay-trace": 500}
    for name, options in asked.items():
        out = tmp_path / name
        result = program.run(out, "--protocol", protocol, "--workload", "echo", "--verify", *SHORT, *options, engine="select")
        assert result.code in (OK, INVALID), result
        (record,) = records(out)
        scenario, counts = record["scenario"], record["counts"]
        assert codes(record) <= BUSY, (name, record["reasons"])
        assert (scenario["name"], scenario["mode"]) == (f"{protocol}-echo-64B-c2-{name}", "open")
        assert scenario["arrival"] == ("constant" if name == "1k" else name.removeprefix("1k-"))
        assert counts["sent"] == counts["echoed"] > 0 and counts["corrupt"] == counts["dropped"] == 0, (name, counts)
        if name in due:
            assert counts["sent"] == pytest.approx(due[name], abs=2), (name, counts)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_closed_loop_waits_for_replies_and_thinks(program, tmp_path, protocol):
    out = tmp_path / "out"
    result = program.run(out, "--protocol", protocol, "--mode", "closed", "--think", "0,50ms", "--verify", *SHORT, engine="select")
    assert result.code in (OK, INVALID), result
    found = {record["scenario"]["think_ns"]: record for record in records(out)}
    assert set(found) == {0, 50_000_000}
    for think_ns, record in found.items():
        scenario, counts = record["scenario"], record["counts"]
        assert codes(record) <= BUSY, record["reasons"]
        assert scenario["name"] == f"{protocol}-echo-64B-c2-closed" + ("-think50ms" if think_ns else "")
        assert (scenario["mode"], scenario["rate_per_s"], scenario["arrival"]) == ("closed", None, None)
        assert counts["sent"] == counts["echoed"] > 0, counts
        assert record["latency"]["kind"] == "round-trip"
    # 500 ms hold 10 pauses on each of 2 connections, and a message before the first.
    assert found[50_000_000]["counts"]["sent"] <= 22 < found[0]["counts"]["sent"]
    assert found[0]["generator"]["slip"] is None


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as tried:
            tried.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
def test_both_versions_of_ip(program, tmp_path):
    out = tmp_path / "out"
    engines = "select,iocp:accept=accept|acceptex,rio" if program.windows else "select,epoll"
    result = program.run(out, "--ip", "v4,v6,dual", "--protocol", "tcp,udp", "--workload", "echo", "--rate", "500", "--warmup",
                         "50ms", "--duration", "250ms", "--repeat", "1", "--connections", "3", "--verify", engine=engines, limit=90)
    assert result.code in (OK, INVALID), result
    seen = {}
    for record in records(out):
        counts, scenario = record["counts"], record["scenario"]
        assert codes(record) <= {"generator-bound", "rate-not-met", "cpu-too-short", "too-few-samples"}, record["reasons"]
        assert counts["sent"] == counts["received"] == counts["echoed"] > 0, (record["cell"], counts)
        assert counts["corrupt"] == counts["strangers"] == 0, (record["cell"], counts)
        assert scenario["name"].removesuffix("-" + scenario["ip"]) == f"{scenario['protocol']}-echo-64B-c3-500"
        seen.setdefault(record["engine"]["label"], set()).add((scenario["protocol"], scenario["ip"]))
    every = {(protocol, version) for protocol in ("tcp", "udp") for version in ("v4", "v6", "dual")}
    streams = {pair for pair in every if pair[0] == "tcp"}  # who accepts is a question of streams
    assert seen.pop("iocp:accept=acceptex", streams) == streams
    assert seen and all(found == every for found in seen.values()), seen


def test_sockets_of_one_port(program, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, "--protocol", "udp", "--udp-sockets", "2", "--workload", "sink,echo", "--rate", "1k", "--warmup", "50ms",
                         "--duration", "400ms", "--repeat", "1", "--connections", "16", "--verify", engine="select:threads=2")
    if program.wine:  # which does not know it: nothing else in its place
        assert result.code == USAGE, result
        assert result.complaint().startswith("--udp-sockets 2: not available here: WSAIoctl(SIO_CPU_AFFINITY=0): WSAEOPNOTSUPP")
        return
    assert result.code in (OK, INVALID), result
    found = records(out)
    assert {record["scenario"]["name"] for record in found} == {f"udp-{work}-64B-c16-1k-s2" for work in ("sink", "echo")}
    for record in found:
        counts, datagrams = record["counts"], record["datagrams"]
        assert record["scenario"]["udp_sockets"] == 2
        assert counts["received"] > 0 and counts["corrupt"] == counts["strangers"] == 0, counts
        assert counts["sent"] == counts["received"] + datagrams["lost"], (counts, datagrams)
        assert datagrams["duplicated"] == datagrams["truncated"] == datagrams["reordered"] == 0, datagrams
        assert datagrams["lost"] >= (datagrams["lost_at_socket"] or 0), datagrams
        if not program.windows:
            assert datagrams["lost_at_socket"] is not None


def test_datagrams_past_the_engines_buffer_are_truncated_and_said(program, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, "--protocol", "udp", *SHORT, "--rate", "1k", "--size", "200", "--buffer", "100", engine="select")
    assert result.code == INVALID, result
    (record,) = records(out)
    assert record["counts"]["received"] == 0
    assert record["datagrams"]["truncated"] > 0 and record["datagrams"]["truncated"] <= record["datagrams"]["lost"]
    assert any(warning["code"] == "datagrams-lost" for warning in record["warnings"]), record["warnings"]


def test_settings_that_could_not_be_had_over_udp_are_said(program, tmp_path):
    """One socket has work for one thread, and a system's bound on socket buffers is kept without a word from it."""
    out = tmp_path / "out"
    result = program.run(out, "--protocol", "udp", *SHORT, "--rate", "1k", "--threads", "2", engine="select:so-rcvbuf=system|16kb|1gb")
    assert result.code in (OK, INVALID), result
    bound = Path("/proc/sys/net/core/rmem_max")
    granted = {}
    for record in records(out):
        label, warnings = record["engine"]["label"], {warning["code"]: warning["detail"] for warning in record["warnings"]}
        assert warnings["threads-past-sockets"] == "2 threads, 1 socket", warnings
        granted[label.rpartition("=")[2]] = record["engine"]["settings"]["socket_receive_buffer_bytes"]
        assert ("socket-buffer-smaller" in warnings) == (label.endswith("1GiB") and not program.windows and int(bound.read_text()) < 1 << 30)
    if program.wine:  # it answers what it was asked, whatever its host granted
        assert granted == {"system": None, "16KiB": None, "1GiB": None}
    elif not program.windows:
        assert granted["16KiB"] == 16384 and granted["1GiB"] == min(int(bound.read_text()), 1 << 30) and granted["system"] > 0
        assert "smaller SO_RCVBUF" in result.stdout
    assert "more receive threads than UDP sockets" in result.stdout


def test_maximum_rate_and_the_null_engine(program, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, *SHORT, "--rate", "max", engine="null,select")
    assert result.code in (OK, INVALID), result
    for record in records(out):
        assert codes(record) <= BUSY, record["reasons"]
        assert record["counts"]["sent"] == record["counts"]["received"] > 1000
        assert record["scenario"]["mode"] == "max"


def test_settings_are_measured_and_recorded(program, tmp_path):
    out = tmp_path / "out"
    result = program.run(out, *SHORT, "--rate", "1k", "--buffer", "4kb", engine="select:threads=1|2,so-rcvbuf=64kb")
    assert result.code in (OK, INVALID), result
    found = {record["engine"]["label"]: record for record in records(out)}
    assert set(found) == {f"select:threads={threads},so-rcvbuf=64KiB" for threads in (1, 2)}
    for threads in (1, 2):
        record = found[f"select:threads={threads},so-rcvbuf=64KiB"]
        assert record["cell"] == record["engine"]["label"] + "/" + record["scenario"]["name"]
        assert record["engine"]["name"] == "select" and record["engine"]["settings"]["threads"] == threads
        declared = record["engine"]["settings"]["declared"]
        assert record["engine"]["settings"]["socket_receive_buffer_bytes"] == (None if program.wine else 65536)
        assert declared["threads"] == str(threads) and declared["so-rcvbuf"] == "64KiB" and declared["buffer"] == "4KiB"
        assert record["counts"]["received"] == record["counts"]["sent"] > 0
    assert set(found) < set(result.stdout.split())


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_formats(program, tmp_path, form):
    result = program.run(tmp_path / "out", *SHORT, "--rate", "max", "--format", form, engine="null")
    assert result.code == OK, result
    assert plain(result.stdout)
    if form == "json":
        assert json.loads(result.stdout)
    elif form == "csv":
        header, *rows = csv.reader(io.StringIO(result.stdout))
        assert "engine" in header and len(rows) == 1 and len(rows[0]) == len(header)
    else:
        assert "null" in result.stdout
        if form == "table":
            assert max(map(len, result.stdout.splitlines())) <= 80
            assert not any(line != line.rstrip() for line in result.stdout.splitlines()), "spaces at line ends"


def test_progress_without_a_terminal(program, tmp_path):
    result = program.run(tmp_path / "out", *SHORT[:4], "--connections", "2", "--rate", "max", "--repeat", "2", engine="null")
    assert result.code == OK, result
    lines = result.stderr.splitlines()
    assert plain(result.stderr), "no cursor movement in a log"
    assert lines[0].startswith("2 runs (1 engine, 1 scenario, 2 rounds), about ")
    shown = [line for line in lines if line.startswith("[")]
    assert [line.split()[0] for line in shown] == ["[1/2]", "[2/2]"]
    assert "ETA" in shown[0] and "ETA" not in shown[1]
    assert lines[-1].startswith("results: ")


def test_quiet_leaves_only_data(program, tmp_path):
    result = program.run(tmp_path / "out", *SHORT, "--rate", "max", "-q", engine="null")
    assert result.code == OK and result.stderr == "", result
    assert "null" in result.stdout


def test_the_same_seed_gives_the_same_order(program):
    def order(seed):
        plan = program("run", "--dry-run", "--engine", "select,blocking,null", "--rate", "1k,2k", "--repeat", "3", "--seed", seed)
        assert plan.code == OK, plan
        return plan.stdout

    assert order(7) == order(7)
    assert len({order(seed) for seed in (1, 2, 3)}) > 1


def test_an_overloaded_receiver_is_not_shown_as_a_number(program, tmp_path):
    """A rate that no machine delivers: the run says so and has no valid cell."""
    result = program.run(tmp_path / "out", *SHORT, "--rate", "1g")
    assert result.code == INVALID, result
    (record,) = records(tmp_path / "out")
    assert not record["valid"]
    assert codes(record) & {"rate-not-met", "generator-bound"}, record["reasons"]
    assert "INVALID" in result.stdout
