"""How evenly datagrams are sent: by the kernel's time stamps at recvbench_peer_receiver."""

import json

from peers import process, sockperf

RATES = {1000: 0.99, 10_000: 0.98, 100_000: 0.97}  # the share of gaps within 10 % that we aim at


def parse(text):
    """The receiver's line: what else was written (by the generator that it starts) stands beside it."""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    if not found or found[-1]["datagrams"] < 2:
        raise process.PeerError("recvbench_peer_receiver: no datagrams came")
    return {"even share": found[-1]["even_share"]}


def ours(receiver, rate, size, seconds, cpu, load_cpu):
    command = [receiver, "gaps", "--rate", rate, "--seconds", seconds, "--size", size, "--cpu", cpu, "--load-cpu", load_cpu]
    return parse(process.run(command, limit_s=seconds + 60).output)


def sockperfs(receiver, rate, size, seconds, cpu, load_cpu):
    port = process.free_port()
    command = [receiver, "gaps", "--port", port, "--rate", rate, "--seconds", seconds, "--cpu", cpu]
    with process.serving(command, port, udp=True, ends_itself=True) as server:
        # What it sends while it warms up is skipped by the receiver, half a second's worth.
        sockperf.send_to(port, rate, size, seconds + 1, {load_cpu})
    return parse(server["output"])
