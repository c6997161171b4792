"""What is compared with what, and what we aim at: each pair is one workload, our side of it and those who have the same."""

from dataclasses import dataclass
from typing import Callable

from peers import fio, gaps, iperf3, neper, ours, sockperf, wrk

SIZE, BULK = 64, 65536


@dataclass(frozen=True)
class Aim:
    figure: str
    at_least: float | None = None  # of ours / theirs or, where it is absolute, of ours
    at_most: float | None = None
    absolute: bool = False

    def met(self, value):
        return value >= self.at_least if self.at_least is not None else value <= self.at_most

    def __str__(self):
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"


@dataclass(frozen=True)
class Side:
    name: str
    run: Callable[[], dict]  # its figures
    missing: str = ""  # why it is not there


@dataclass(frozen=True)
class Pair:
    name: str
    about: str
    aims: list[Aim]
    ours: Side
    peers: list[Side]
    segments: str = ""  # "one a message", "packed": what both sides must do; empty = not looked at
    best_peer: bool = False  # the aim holds against the best of them, else against each


def side(peer, run, name=None):
    if peer.available():
        missing = ""
    else:
        missing = f"{peer.NAME} not found" + (f": apt-get install {peer.PACKAGE}" if peer.PACKAGE else "")
    return Side(name or peer.NAME, run, missing)


def throughput(seconds, cpu, *arguments, **settings):
    """sockperf's client as fast as it can; its CPU time by what it sent."""
    output, cpu_ns, _ = sockperf.client("tp", *arguments, size=SIZE, seconds=seconds, server_cpus={cpu}, client_cpus={cpu}, **settings)
    found = sockperf.parse_throughput(output)
    return {"messages/s": found.messages_per_s, "CPU ns/message": cpu_ns / found.messages, "messages": found.messages}


def ping_pong(seconds, cpu):
    return {"p50 ns": sockperf.ping_pong(size=SIZE, seconds=seconds, server_cpus={cpu}, client_cpus={cpu}).p50_ns}


def pairs(program, receiver, seconds, cpu, other_cpu):
    def mine(engine, *arguments):
        return Side(engine, lambda: ours.run(program, engine, "--rate", "max", *arguments, seconds=seconds, cpu=cpu))

    one = ["--connections", "1"]
    return [
        Pair("round-trip", "64 bytes, TCP, one under way: median", [Aim("p50 ns", at_most=1.0)],
             mine("blocking", "--workload", "echo", "--in-flight", "1", *one), [side(sockperf, lambda: ping_pong(seconds, cpu), "sockperf pp")]),
        Pair("echo64", "64 bytes, TCP, 64 connections, one under way each", [Aim("messages/s", at_least=1.19)],
             mine("epoll", "--workload", "echo", "--in-flight", "1", "--connections", "64"),
             [side(neper, lambda: neper.echo(64, SIZE, seconds, {cpu})), side(wrk, lambda: wrk.echo(receiver, 64, seconds, {cpu}))]),
        Pair("one-message", "64 bytes, TCP, every message its own segment; CPU of the sender",
             [Aim("messages/s", at_least=1.0), Aim("CPU ns/message", at_most=1.0)], mine("blocking", *one),
             [side(sockperf, lambda: throughput(seconds, cpu, "--tcp-avoid-nodelay"), "sockperf tp --tcp-avoid-nodelay")],
             segments="one a message"),
        Pair("packed", "64 bytes, TCP, as the sender packs them", [Aim("messages/s", at_least=5.0)],
             mine("blocking", "--messages-per-send", "64", *one),
             [side(sockperf, lambda: throughput(seconds, cpu), "sockperf tp"),
              side(iperf3, lambda: iperf3.stream(SIZE, seconds, {cpu}), "iperf3 -l 64")], segments="packed", best_peer=True),
        Pair("udp", "64 bytes, UDP, sent", [Aim("messages/s", at_least=1.2)], mine("blocking", "--protocol", "udp", *one),
             [side(sockperf, lambda: throughput(seconds, cpu, protocol="udp"), "sockperf tp UDP")]),
        Pair("bulk", "64 KiB, TCP; CPU of both ends", [Aim("bytes/s", at_least=1.05), Aim("CPU ns/byte", at_most=0.95)],
             mine("blocking", "--size", "64kb", *one),
             [side(iperf3, lambda: iperf3.stream(BULK, seconds, {cpu}), "iperf3 -l 64K"),
              side(fio, lambda: fio.stream(BULK, seconds, {cpu}), "fio net 64k")]),
        *(Pair(f"gaps-{rate // 1000}k", f"64 bytes, UDP, {rate}/s: share of gaps within 10 %, by the kernel's time stamps",
               [Aim("even share", at_least=least, absolute=True)],
               Side("generator", lambda rate=rate: gaps.ours(receiver, rate, SIZE, seconds, other_cpu, cpu)),
               [side(sockperf, lambda rate=rate: gaps.sockperfs(receiver, rate, SIZE, seconds, other_cpu, cpu), "sockperf UDP")])
          for rate, least in gaps.RATES.items()),
    ]
