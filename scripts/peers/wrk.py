"""wrk: HTTP requests over many connections, against the least that answers them (recvbench_peer_receiver http)."""

import re
import shutil

from peers import process

NAME, PACKAGE = "wrk", "wrk"


def available():
    return shutil.which("wrk") is not None


def parse(text):
    """Requests a second; PeerError where some failed."""
    failed = re.search(r"Socket errors: (.*)|Non-2xx or 3xx responses: (\d+)", text)
    match = re.search(r"^Requests/sec: +([0-9.]+)", text, re.MULTILINE)
    if failed or not match:
        raise process.PeerError(f"wrk: {failed[0] if failed else 'its output has no Requests/sec'}")
    return float(match[1])


def echo(responder, connections, seconds, cpus=None):
    port = process.free_port()
    with process.serving([responder, "http", str(port)], port, cpus):
        done = process.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}/"], cpus, limit_s=seconds + 60)
    return {"messages/s": parse(done.output)}
