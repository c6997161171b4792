"""recvbench itself, in the same terms as its peers: one run, and its figures."""

import json
import tempfile
from pathlib import Path

from peers import process


def figures(record):
    """Of a run record: rates of its window, CPU time by what was sent or received in it, the median round trip."""
    rates, latency, seconds = record["rates"], record["latency"]["response"], record["timing"]["duration_ns"] / 1e9
    sent, received = rates["sent_per_s"] * seconds, rates["received_bytes_per_s"] * seconds
    receiver_ns = record["cost"]["cpu_user_ns"] + record["cost"]["cpu_kernel_ns"]
    return {
        "messages/s": rates["sent_per_s"],
        "CPU ns/message": record["generator"]["cpu_ns"] / sent,
        "bytes/s": rates["received_bytes_per_s"],
        "CPU ns/byte": (receiver_ns + record["generator"]["cpu_ns"]) / received,
        "p50 ns": latency["p50_ns"] if latency else None,
        "messages": record["counts"]["sent"],
        "invalid": "; ".join(reason["code"] for reason in record["reasons"]),
    }


def run(program, engine, *arguments, seconds, cpu):
    """Receiver and generator on one CPU."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        process.run([program, "run", "-q", "--engine", engine, "--out", out, "--repeat", "1", "--warmup", "500ms", "--duration", f"{seconds}s",
                     "--cpus", cpu, "--load-cpus", cpu, *arguments], {cpu}, limit_s=seconds + 60, allowed=(0, 13))
        (record,) = [json.loads(line) for line in (out / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    if record["rates"]["sent_per_s"] in (None, 0):
        raise process.PeerError("recvbench: " + "; ".join(f"{reason['code']}: {reason['detail']}" for reason in record["reasons"]))
    return figures(record)
