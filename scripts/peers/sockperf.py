"""sockperf: its output, and its modes as we compare with them."""

import re
import shutil
from dataclasses import dataclass

from peers import process

NAME, PACKAGE = "sockperf", "sockperf"


def available():
    return shutil.which("sockperf") is not None


@dataclass(frozen=True)
class Latency:
    p50_ns: float
    p99_ns: float
    mean_ns: float
    messages_per_s: float  # answered


@dataclass(frozen=True)
class Throughput:
    messages: int
    messages_per_s: float


def plain(text):
    """Without the colours that it writes even into files."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _number(pattern, text):
    match = re.search(pattern, plain(text))
    if not match:
        raise process.PeerError(f"sockperf's output has no {pattern!r}")
    return float(match[1])


def parse_latency(text):
    """Of ping-pong and under-load: round trips with --full-rtt, else halves of them."""
    seconds = _number(r"\[Valid Duration\] RunTime=([0-9.]+) sec", text)
    answered = _number(r"\[Valid Duration\].*ReceivedMessages=(\d+)", text)
    return Latency(1000 * _number(r"percentile 50\.000 = +([0-9.]+)", text), 1000 * _number(r"percentile 99\.000 = +([0-9.]+)", text),
                   1000 * _number(r"avg-(?:rtt|latency)=([0-9.]+)", text), answered / seconds)


def parse_throughput(text):
    return Throughput(int(_number(r"Total of (\d+) messages sent", text)), _number(r"Message Rate is (\d+) \[msg/sec\]", text))


def client(mode, *arguments, size=64, seconds=1, protocol="tcp", server_cpus=None, client_cpus=None):
    """One run of a mode against a server of its own: (its output, the client's CPU ns, the server's)."""
    port = process.free_port()
    tcp = ["--tcp"] if protocol == "tcp" else []
    where = ["-i", "127.0.0.1", "-p", str(port)]
    with process.serving(["sockperf", "sr", *tcp, *where], port, server_cpus, udp=protocol == "udp") as server:
        done = process.run(["sockperf", mode, *tcp, *where, "-m", str(size), "-t", str(seconds), *arguments], client_cpus,
                           limit_s=seconds + 60)
    return done.output, done.cpu_ns, server.get("cpu_ns")


def send_to(port, rate_per_s, size, seconds, cpus=None):
    """UDP at a rate, to whoever receives there."""
    process.run(["sockperf", "tp", "-i", "127.0.0.1", "-p", str(port), "-m", str(size), "-t", str(seconds), f"--mps={rate_per_s}"], cpus,
                limit_s=seconds + 60)


def ping_pong(**settings):
    return parse_latency(client("pp", "--full-rtt", **settings)[0])


def under_load(rate_per_s, full_rtt=True, **settings):
    """Every message answered, at a constant rate."""
    arguments = [f"--mps={rate_per_s}", "--reply-every=1", *(["--full-rtt"] if full_rtt else [])]
    return parse_latency(client("ul", *arguments, **settings)[0])
