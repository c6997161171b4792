"""fio's net engine: bulk over TCP."""

import json
import shutil

from peers import process

NAME, PACKAGE = "fio", "fio"


def available():
    return shutil.which("fio") is not None


def parse(text):
    """(bytes written, seconds) of `fio --output-format=json`, which may begin with notes."""
    job = json.loads(text[text.index("{"):])["jobs"][0]
    if job["error"]:
        raise process.PeerError(f"fio: error {job['error']}")
    return job["write"]["io_bytes"], job["write"]["runtime"] / 1000


def stream(size, seconds, cpus=None):
    """As iperf3.stream."""
    port = process.free_port()
    common = ["fio", "--name=peer", "--ioengine=net", "--protocol=tcp", f"--port={port}", f"--bs={size}", "--size=1t", "--time_based",
              "--thread", "--output-format=json"]
    with process.serving([*common, "--listen", "--rw=read", f"--runtime={seconds + 5}"], port, cpus) as server:
        done = process.run([*common, "--hostname=127.0.0.1", "--rw=write", f"--runtime={seconds}"], cpus, limit_s=seconds + 60)
    count, lasted = parse(done.output)
    return {"bytes/s": count / lasted, "CPU ns/byte": (done.cpu_ns + server["cpu_ns"]) / count}
