"""Makes a synthetic run directory: python3 reports/tests/make_run.py DIR [--engines 20] [--scenarios 60]

Numbers are invented, seeded, and consistent: the summaries in the records are those of the histograms in the log.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import sys
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import hdr_encoder  # noqa: E402
from recvbench_report import style  # noqa: E402

START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z

# name: (api, median of response ns, CPU ns per message, tail)
ENGINES = {
    "blocking": ("recv", 38_000, 4_100, 1.1),
    "select": ("select", 92_000, 6_900, 0.9),
    "wsapoll": ("WSAPoll", 81_000, 6_100, 0.9),
    "overlapped-event": ("WSARecv + WSAWaitForMultipleEvents", 58_000, 5_200, 0.8),
    "completion-routine": ("WSARecv + APC", 52_000, 4_700, 0.7),
    "iocp": ("WSARecv + GetQueuedCompletionStatus", 41_000, 3_600, 0.5),
    "rio": ("RIOReceive", 36_000, 2_400, 0.5),
    "null": ("none", 700, 45, 0.3),
}
SCENARIOS = {
    "tcp-sink-64B-c8-10k": ("sink", "open", 8, 64, 10_000.0, 1.0),
    "tcp-echo-64B-c64-20k": ("echo", "open", 64, 64, 20_000.0, 2.1),
    "tcp-sink-4KiB-c8-max": ("sink", "max", 8, 4096, None, 9.0),
}
UDP_SCENARIOS = {
    "udp-sink-64B-c8-10k": ("sink", "open", 8, 64, 10_000.0, 1.0),
    "udp-echo-64B-c64-20k": ("echo", "open", 64, 64, 20_000.0, 2.1),
    "udp-sink-64B-c8-max": ("sink", "max", 8, 64, None, 9.0),
}


def many_engines(count):
    """Labels: all that there are, then variants of one; the last is the synthetic one."""
    known = [name for name in style.ENGINES if name != "null"] + [f"iocp:threads={n}" for n in range(2, count)]
    return [*known[: count - 1], "null"]


def many_scenarios(count):
    """As SCENARIOS; up to 60."""
    combinations = itertools.product(("tcp", "udp"), ("sink", "echo"), (1, 8, 64), (1, 2, 5, 10, 20))
    return {
        f"{protocol}-{workload}-64B-c{connections}-{rate}k": (workload, "open", connections, 64, rate * 1000.0, 1 + connections / 50)
        for protocol, workload, connections, rate in itertools.islice(combinations, count)
    }


def sample(random_, median, tail, n):
    """A log-normal body with a heavy end."""
    values = Counter()
    for _ in range(n):
        value = median * math.exp(random_.gauss(0, 0.25))
        if random_.random() < 0.012:
            value *= math.exp(random_.expovariate(1 / tail))
        values[max(int(value), 1)] += 1
    return values


def summary(values: Counter, highest_equivalent=lambda v: v):
    """As results/ makes it: percentiles of the histogram, empty where fewer than 10 samples lie beyond."""
    n = sum(values.values())
    ordered = sorted(values.elements())

    def at(p):
        return highest_equivalent(ordered[max(math.ceil(p * n - 1e-6), 1) - 1])

    def deep(p):
        return at(p) if n * (1 - p) >= 10 - 1e-9 else None

    return {
        "count": n, "min_ns": ordered[0], "mean_ns": sum(ordered) / n, "p50_ns": at(0.5), "p90_ns": at(0.9),
        "p99_ns": deep(0.99), "p999_ns": deep(0.999), "p9999_ns": deep(0.9999), "max_ns": highest_equivalent(ordered[-1]),
        "p50_ci_ns": None, "p99_ci_ns": [deep(0.98) or at(0.9), highest_equivalent(ordered[-1])] if n >= 2000 else None, "p999_ci_ns": None,
    }  # fmt: skip


def _bucket_top(value: int) -> int:
    bucket = max(value.bit_length() - 11, 0)
    return ((value >> bucket) << bucket) + (1 << bucket) - 1


def record(index, round_, engine, scenario, random_, messages=6000):
    """One run, valid, with its streams {"response": Counter ...}. `engine` is a label: "iocp:batch=64"."""
    name, _, settings = engine.partition(":")
    settings = dict(one.split("=") for one in settings.split(",") if one)
    api, median, cpu, tail = ENGINES.get(name, ("?", 50_000, 5_000, 0.8))
    threads = int(settings.get("threads", 1))
    median, cpu = median * threads**-0.4, cpu * threads**0.1
    workload, mode, connections, size, rate, factor = (SCENARIOS | UDP_SCENARIOS)[scenario]
    shift = math.exp(random_.gauss(0, 0.05))
    response = sample(random_, median * factor * shift, tail, messages)
    service = Counter({max(int(v * 0.97), 1): n for v, n in response.items()})
    slip = sample(random_, 900, 0.5, messages) if mode == "open" else None
    seconds = 2
    per_s = rate or 2e9 / (cpu * shift)
    window = int(per_s * seconds)
    cpu_ns = cpu * factor**0.2 * shift
    run = {
        "schema": {"name": "recvbench.run", "major": 1, "minor": 0},
        "index": index,
        "round": round_,
        "cell": f"{engine}/{scenario}",
        "probe": None,
        "engine": {
            "name": name, "label": engine, "api": api, "platform": "windows", "emulated": name == "rio", "synthetic": name == "null",
            "settings": {
                "threads": threads, "buffer_bytes": 65536, "receives_in_flight": 1, "socket_receive_buffer_bytes": None, "cpus": [],
                "declared": {"threads": "1", "buffer": "64KiB"} | settings if name != "null" else {},
            },
        },
        "scenario": {
            "name": scenario, "protocol": scenario.partition("-")[0], "ip": "v4", "udp_sockets": 1, "workload": workload,
            "mode": mode, "arrival": "constant" if mode == "open" else None, "think_ns": 0 if mode == "closed" else None, "slow_writers": None, "slow_readers": None, "connections": connections, "size_bytes": size, "sizes": f"{size}B", "idle_connections": 0, "messages_per_connection": 0, "close": "graceful", "rate_per_s": rate, "messages_per_send": 1,
        },
        "timing": {
            "started_unix_ns": START_NS + index * 4_000_000_000, "warmup_ns": 1_000_000_000,
            "duration_ns": seconds * 1_000_000_000,
        },
        "valid": True,
        "reasons": [],
        "warnings": [
            {"code": "cpu-incomplete", "detail": "wineserver"},
            {"code": "short-warmup", "detail": "1 s, recommended 5 s"},
        ],
        "counts": {
            "sent": window * 2, "received": window * 2, "echoed": window * 2 if workload == "echo" else 0,
            "window_sent": window, "window_received": window, "window_echoed": window if workload == "echo" else 0, "bytes_received": window * 2 * size, "dropped": 0, "corrupt": 0,
            "out_of_sequence": 0, "closed_with_error": 0, "strangers": 0, "window_slow": 0,
        },
        "datagrams": None,
        "churn": None,
        "rates": {
            "offered_per_s": rate, "sent_per_s": per_s, "received_per_s": per_s, "received_bytes_per_s": per_s * size,
            "generator_limited": False,
        },
        "latency": {
            "kind": "round-trip" if workload == "echo" else "one-way", "response": summary(response, _bucket_top),
            "service": summary(service, _bucket_top),
        },
        "steadiness": {
            "windows": 80, "throughput": None, "p99": None,
            "latency": {
                "settled_ns": 0, "halves": {"share": 0.01, "noise_share": 0.05}, "trend": {"share": 0.01, "noise_share": 0.05},
            },
        },
        "fairness": {
            "connections": connections, "jain_index": 1.0 if rate else 0.98,
            "p99": {"connections": connections, "median_ns": 40_000, "worst_ns": 50_000, "worst_connection": 3, "worst_over_median": 1.25},
        } if name != "null" and connections > 1 else None,
        "generator": {
            "platform": "linux", "version": "0.1.0", "threads": 2, "slip": slip and summary(slip, _bucket_top),
            "cpu_ns": 400_000_000, "busiest_thread_share": 0.31 if rate else 0.99, "cpus": [], "ceiling_per_s": None,
        },
        "cost": {
            "cpu_user_ns": int(cpu_ns * window * 0.4), "cpu_kernel_ns": int(cpu_ns * window * 0.6),
            "cpu_ns_per_message": cpu_ns, "excludes": ["wineserver"], "wineserver_cpu_ns": None, "cycles": None, "resident_bytes_per_connection": 4096.0, "nonpaged_pool_bytes": None, "voluntary_switches": int(window * 0.9),
            "involuntary_switches": int(window * 0.01), "resident_bytes": 30_000_000, "peak_resident_bytes": 31_000_000,
        },
        "calls": {
            "receive_calls": window * 2, "wait_calls": window, "wakeups": window, "completions": window * 2,
            "completions_per_wakeup_min": 1, "completions_per_wakeup_mean": 2.0, "completions_per_wakeup_max": 8,
        },
    }  # fmt: skip
    if run["scenario"]["protocol"] == "udp":
        lose(run, 0)
    streams = {"response": response, "service": service}
    if slip:
        streams["slip"] = slip
    return run, streams


def invalidate(run, code, detail):
    run["valid"] = False
    run["reasons"].append({"code": code, "detail": detail})


def lose(run, share):
    """Makes it a run over UDP that lost this share of its datagrams: of those received or, in echo, of the replies."""
    counts = run["counts"]
    lost = {key: round(counts[key] * share) for key in ("sent", "window_sent")}
    run["datagrams"] = dict.fromkeys(
        ("lost", "lost_at_socket", "truncated", "send_failed", "duplicated", "reordered", "replies_lost"), 0
    )
    if run["scenario"]["workload"] == "echo":
        counts["echoed"] -= lost["sent"]
        counts["window_echoed"] -= lost["window_sent"]
        run["datagrams"]["replies_lost"] = lost["sent"]
    else:
        counts["received"] -= lost["sent"]
        counts["window_received"] -= lost["window_sent"]
        run["datagrams"].update(lost=lost["sent"], lost_at_socket=lost["sent"])


def log_lines(index, streams, seconds=2):
    """Intervals of one second: the samples dealt out in turn."""
    for name, values in streams.items():
        elements = list(values.elements())
        for second in range(seconds):
            part = Counter(elements[second::seconds])
            yield f"Tag=r{index}.{name},{index * (seconds + 2) + second:.3f},1.000,{max(part) / 1e6:.3f},{hdr_encoder.encode(part)}"


def description(engines, runs, wine="8.0"):
    return {
        "schema": {"name": "recvbench.results", "major": 1, "minor": 0},
        "tool": {"name": "recvbench", "version": "0.1.0", "git_revision": "1910f60"},
        "environment": {
            "system": {
                "platform": "windows", "os": "Windows 10.0.19043", "wine_version": wine,
                "cpu_model": "Example CPU 3000", "logical_cpus": 4, "memory_bytes": 8 << 30, "architecture": "x86_64",
            },
            "build": {
                "version": "0.1.0", "git_revision": "1910f60", "compiler": "GNU 12.2.0", "build_type": "RelWithDebInfo",
                "flags": "-O2 -g -DNDEBUG", "sanitizers": "", "target": "Windows x86_64",
            },
            "clock": {"name": "QueryPerformanceCounter", "resolution_ns": 100},
            "fingerprint": {
                "cpu_model": "Example CPU 3000", "logical_cpus": 4, "os": "Windows 10.0.19043", "wine_version": wine,
                "transport": "loopback", "compiler": "GNU 12.2.0", "flags": "-O2 -g -DNDEBUG", "build_type": "RelWithDebInfo",
                "hash": "2414395686065035",
            },
            "warnings": [{
                "code": "power-plan", "severity": "warning", "measured": "Balanced", "text": "the frequency follows the load",
                "fix": "powercfg /setactive SCHEME_MIN",
            }],
            "label": f"Wine {wine}, not Windows" if wine else "",
        },
        "command": ["recvbench", "run", "--profile", "quick", "--seed", "7"],
        "configuration": {"profile": "quick", "repeat": 5},
        "seed": 7,
        "plan": [
            {"index": r["index"], "round": r["round"], "cell": r["cell"], "engine": r["engine"]["label"],
             "scenario": r["scenario"]["name"]} for r in runs
        ],
        "engines": engines or list(dict.fromkeys(r["engine"]["label"] for r in runs)),
        "skipped": [{"engine": "epoll", "reason": "Linux only"}],
        "started": "2026-01-01T00:00:00Z",
        "finished": "2026-01-01T00:10:00Z",
        "status": "complete",
        "error": None,
        "generator_ceiling": None,
        "runs_valid": sum(r["valid"] for r in runs),
        "runs_total": len(runs),
    }  # fmt: skip


def write(directory: Path, runs_and_streams, description_=None, seconds=2) -> Path:
    """`seconds`: how many the log has of each run."""
    directory.mkdir(parents=True, exist_ok=True)
    runs = [run for run, _ in runs_and_streams]
    (directory / "runs.jsonl").write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8", newline="\n")
    (directory / "run.json").write_text(json.dumps(description_ or description(None, runs), indent=1), encoding="utf-8", newline="\n")
    lines = ["#[Histogram log format version 1.3]", f"#[StartTime: {START_NS / 1e9:.3f} (seconds since epoch)]",
             '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"']  # fmt: skip
    lines += [line for run, streams in runs_and_streams for line in log_lines(run["index"], streams, seconds)]
    (directory / "latency.hlog").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return directory


def make(repeat=5, engines=tuple(ENGINES), scenarios=tuple(SCENARIOS), messages=6000, seed=1, with_invalid=True):
    """[(run, streams)]: interleaved rounds. With invalid runs: every select run of the echo scenario, one run of iocp."""
    random_ = random.Random(seed)
    made = []
    for round_ in range(repeat):
        cells = [(e, s) for s in scenarios for e in engines]
        random_.shuffle(cells)
        for engine, scenario in cells:
            run, streams = record(len(made), round_, engine, scenario, random_, messages)
            if with_invalid and engine == "select" and scenario.startswith("tcp-echo"):
                run["counts"]["echoed"] -= 13
                invalidate(run, "lost", f"sent {run['counts']['sent']}, echoed {run['counts']['echoed']}")
            if with_invalid and engine == "iocp" and scenario.startswith("tcp-sink-64B") and round_ == 1:
                invalidate(run, "generator-bound", "p99 slip 912 us, allowed 50 us")
            made.append((run, streams))
    return made


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--engines", type=int)
    parser.add_argument("--scenarios", type=int)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--messages", type=int, default=6000)
    parser.add_argument("--all-valid", action="store_true")
    options = parser.parse_args()
    if options.scenarios:
        SCENARIOS = many_scenarios(options.scenarios)
    chosen = many_engines(options.engines) if options.engines else tuple(ENGINES)
    made = make(options.repeat, chosen, tuple(SCENARIOS), options.messages, with_invalid=not options.all_valid)
    print(write(options.directory, made))
