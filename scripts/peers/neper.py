"""neper's tcp_rr: round trips over many connections. Not in Debian: https://github.com/google/neper"""

import re
import shutil

from peers import process

NAME, PACKAGE = "neper tcp_rr", None


def available():
    return shutil.which("tcp_rr") is not None


def parse(text):
    """Transactions a second, of its lines name=value."""
    match = re.search(r"^throughput=([0-9.]+)", text, re.MULTILINE)
    if not match:
        raise process.PeerError("tcp_rr's output has no throughput")
    return float(match[1])


def echo(connections, size, seconds, cpus=None):
    """Without delay on either side: with it, it would measure delayed acknowledgements."""
    control, data = process.free_port(), process.free_port()
    ports = ["-C", str(control), "-P", str(data), "-F", str(connections), "-Q", str(size), "-R", str(size), "-l", str(seconds), "--no-delay"]
    with process.serving(["tcp_rr", *ports], control, cpus):
        return {"messages/s": parse(process.run(["tcp_rr", "-c", "-H", "127.0.0.1", *ports], cpus, limit_s=seconds + 60).output)}
