"""Programs run on given CPUs, with the CPU time that they used; the system's count of TCP segments."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MOST_SECONDS = 120  # every run takes seconds: what lasts so long hangs
LISTENING = "0A"  # /proc/net/tcp's state


class PeerError(Exception):
    """A program did not do its part: one line."""


@dataclass(frozen=True)
class Finished:
    output: str  # both streams
    seconds: float
    cpu_ns: int  # user and kernel, of the program and the children that it has waited for


def _start(command, cpus, output):
    def place():
        os.sched_setaffinity(0, cpus)

    return subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                            preexec_fn=place if cpus else None)


def _wait(process, limit_s):
    """(status, cpu_ns). Like wait(), but with what the program has used."""
    give_up = time.monotonic() + limit_s
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, round((usage.ru_utime + usage.ru_stime) * 1e9)
        if time.monotonic() > give_up:
            os.kill(process.pid, signal.SIGKILL)
            os.wait4(process.pid, 0)
            process.returncode = -signal.SIGKILL
            raise PeerError(f"{process.args[0]} was still running after {limit_s:.0f} s")
        time.sleep(0.005)


def run(command, cpus=None, limit_s=MOST_SECONDS, allowed=(0,)):
    """A program from its begin to its end; PeerError where it fails."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        began = time.monotonic()
        process = _start(command, cpus, output)
        status, cpu_ns = _wait(process, limit_s)
        seconds = time.monotonic() - began
        output.seek(0)
        text = output.read()
    if status not in allowed:
        last = (text.strip().splitlines() or ["without a word"])[-1]
        raise PeerError(f"{command[0]} ended with {status}: {last}")
    return Finished(text, seconds, cpu_ns)


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def _is_bound(port, table, state):
    lines = Path("/proc/net/" + table).read_text(encoding="ascii").splitlines()[1:]
    return any(int(line.split()[1].rpartition(":")[2], 16) == port and state in (None, line.split()[3]) for line in lines)


@contextlib.contextmanager
def serving(command, port, cpus=None, udp=False, ends_itself=False):
    """A server for as long as the context, once it listens on the port; yields a dict that has "cpu_ns" and "output" afterwards.
    It is ended at the context's end, unless it ends itself once its client has gone."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = _start(command, cpus, output)
        used = {}
        try:
            give_up = time.monotonic() + 10
            while not (_is_bound(port, "udp", None) if udp else _is_bound(port, "tcp", LISTENING)
                       or _is_bound(port, "tcp6", LISTENING)):
                if process.poll() is not None or time.monotonic() > give_up:
                    output.seek(0)
                    raise PeerError(f"{command[0]} does not listen: {(output.read().strip().splitlines() or ['silent'])[-1]}")
                time.sleep(0.01)
            yield used
        finally:
            if process.returncode is None:
                if not ends_itself:
                    os.kill(process.pid, signal.SIGTERM)  # Popen's own would wait for one that has ended, and lose its CPU time
                with contextlib.suppress(PeerError):
                    used["cpu_ns"] = _wait(process, 30 if ends_itself else 5)[1]
            output.seek(0)
            used["output"] = output.read()


def snmp(text, group, name):
    """One number of /proc/net/snmp."""
    lines = [line.split() for line in text.splitlines() if line.startswith(group + ":")]
    names, values = lines
    return int(values[names.index(name)])


def tcp_segments_sent():
    """By this whole machine, pure acknowledgements included."""
    return snmp(Path("/proc/net/snmp").read_text(encoding="ascii"), "Tcp", "OutSegs")
