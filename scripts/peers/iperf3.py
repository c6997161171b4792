"""iperf3: bulk, and small writes that the system packs into large segments."""

import json
import shutil

from peers import process

NAME, PACKAGE = "iperf3", "iperf3"


def available():
    return shutil.which("iperf3") is not None


def parse(text):
    """(bytes received, seconds) of `iperf3 -J`."""
    document = json.loads(text)
    if "error" in document:
        raise process.PeerError(f"iperf3: {document['error']}")
    received = document["end"]["sum_received"]
    return received["bytes"], received["seconds"]


def stream(size, seconds, cpus=None):
    """One TCP stream of writes of `size` bytes: bytes/s, and the CPU time of both ends for each byte."""
    port = process.free_port()
    with process.serving(["iperf3", "-s", "-1", "-p", str(port)], port, cpus) as server:
        done = process.run(["iperf3", "-c", "127.0.0.1", "-p", str(port), "-t", str(seconds), "-l", str(size), "-J"], cpus,
                           limit_s=seconds + 60)
    count, lasted = parse(done.output)
    return {"bytes/s": count / lasted, "CPU ns/byte": (done.cpu_ns + server["cpu_ns"]) / count, "messages/s": count / size / lasted,
            "messages": count / size}
