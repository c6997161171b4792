"""Load generators that misbehave, one function each, and one that does not: they speak the control protocol of
loadgen/control.h as far as their kind of trouble needs. `write(path, behaviour)` makes a program of one.
"""

import json
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path

HEADER = struct.Struct("<4sBBHIIQQQ")  # loadgen/message.h
CHECK_ROTATIONS = (0, 13, 29, 7, 51)
GREETING = 1
LONGER_THAN_ANY_LIMIT_S = 60


def write(path, behaviour, **settings):
    """Makes `path` a program that behaves as the function of that name."""
    assert behaviour in globals()
    path.write_text(
        "#!/usr/bin/python3\n"
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})\n"
        "import fake_generator\n"
        f"fake_generator.main({behaviour!r}, {settings!r})\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def main(behaviour, settings):
    assert sys.argv[1] == "load"
    options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    host, port = options["--connect"].rsplit(":", 1)
    sys.dont_write_bytecode = True
    try:
        globals()[behaviour](Control((host, int(port)), options["--token"]), **settings)
    except (ConnectionError, TimeoutError) as error:
        sys.exit(f"fake generator: {error}" if settings.get("verbose") else 3)


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)


class Control:
    """The generator's end of the control connection."""

    def __init__(self, address, token):
        self.address = address
        self.token = token
        self.socket = socket.create_connection(address, timeout=LONGER_THAN_ANY_LIMIT_S)

    def send(self, kind, **body):
        text = json.dumps({"type": kind, **body}).encode()
        self.socket.sendall(struct.pack("<I", len(text)) + text)

    def hello(self, **changes):
        self.send("hello", **{"protocol": 1, "platform": "linux", "token": self.token, "version": "fake", **changes})

    def receive(self, kind):
        (length,) = struct.unpack("<I", self.exactly(4))
        message = json.loads(self.exactly(length))
        if message["type"] != kind:
            raise ConnectionError(f"{message} where {kind} was expected")
        return message

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise ConnectionError("the harness closed the control connection")
            data += more
        return data

    def wait_for_close(self):
        """Ends as a generator must: once the harness closes the connection."""
        while self.socket.recv(4096):
            pass


def header(connection, sequence, length, *, flags=0, intended_ns=0):
    fields = [b"RBM1", 3, flags, 0, length, connection, sequence, intended_ns, intended_ns]
    check = 0
    for word, left in zip(struct.unpack("<5Q", HEADER.pack(*fields)), CHECK_ROTATIONS):
        check ^= (word << left | word >> (64 - left)) & (2**64 - 1)
    fields[3] = (check ^ check >> 16 ^ check >> 32 ^ check >> 48) & 0xFFFF
    return HEADER.pack(*fields)


def size_of(plan):
    """Of every message: these generators know no others."""
    (part,) = plan["size_bytes"]
    assert part["least"] == part["most"]
    return part["least"]


def connect(plan):
    """Every connection of the plan, greeted."""
    connections = []
    for number in range(plan["connections"]):
        connection = socket.create_connection((plan["hosts"][0], plan["port"]), timeout=10)
        connection.sendall(header(number, plan["run_id"], HEADER.size, flags=GREETING, intended_ns=now_ns()))
        connections.append(connection)
    return connections


def start(control, plan):
    """Says when the window is, as the plan has it; its begin."""
    control.send("connected")
    control.receive("go")
    begin_ns = now_ns() + plan["warmup_ns"] + 20_000_000
    control.send("started", window_begin_ns=begin_ns, window_end_ns=begin_ns + plan["duration_ns"])
    return begin_ns


def result(**counts):
    names = ["sent", "window_due", "window_sent", "sent_during_window", "echoed", "window_echoed", "dropped", "send_failed", "duplicated",
             "reordered", "corrupt", "out_of_sequence", "connections_opened", "connections_failed", "connection_errors"]
    return {
        **dict.fromkeys(names, 0),
        **{"first_error": "", "cpu_ns": 0, "busiest_thread_share": 0, "mean_gap_ns": 0, "out_of_range": 0},
        **{"response": [], "service": [], "slip": [], "response_windows": [], "gaps": [], "connections": []},
        **counts,
    }


# Before the plan


def exits_at_once(control):
    sys.exit(7)


def never_says_hello(control):
    control.wait_for_close()


def says_another_token(control):
    control.hello(token="0")
    control.wait_for_close()


def says_hello_of_wrong_kinds(control):
    control.hello(token=[1], protocol={"1": 1})
    control.wait_for_close()


def speaks_another_version(control):
    control.hello(protocol=99)
    control.wait_for_close()


def says_no_protocol(control):
    control.hello(protocol=None)
    control.wait_for_close()


def sends_garbage(control):
    control.socket.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    control.wait_for_close()


# After hello


def goes_silent(control):
    control.hello()
    control.receive("plan")
    control.wait_for_close()


def fails(control):
    control.hello()
    control.receive("plan")
    control.send("failed", reason="the dog\nate it")
    control.wait_for_close()


def announces_too_much(control):
    control.hello()
    control.receive("plan")
    control.socket.sendall(struct.pack("<I", 0xFFFFFFFF))
    control.wait_for_close()


def nests_deeply(control):
    control.hello()
    control.receive("plan")
    text = b'{"type":"connected","x":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"
    control.socket.sendall(struct.pack("<I", len(text)) + text)
    control.wait_for_close()


def sends_no_json(control):
    control.hello()
    control.receive("plan")
    control.socket.sendall(struct.pack("<I", 4) + b"\xff\xfe{[")
    control.wait_for_close()


def claims_to_be_connected(control):
    control.hello()
    control.receive("plan")
    control.send("connected")
    control.wait_for_close()


# After go


def vanishes_after_go(control):
    control.hello()
    connect(control.receive("plan"))
    control.send("connected")
    control.receive("go")
    os.kill(os.getpid(), signal.SIGKILL)


def is_killed_in_mid_run(control):
    control.hello()
    plan = control.receive("plan")
    connections = connect(plan)
    start(control, plan)
    connections[0].sendall(header(0, 0, size_of(plan), intended_ns=now_ns())[:20])
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGKILL)


def goes_silent_in_mid_run(control):
    control.hello()
    plan = control.receive("plan")
    connections = connect(plan)
    start(control, plan)
    control.wait_for_close()
    assert connections


def measures_in_another_year(control):
    control.hello()
    plan = control.receive("plan")
    connections = connect(plan)
    control.send("connected")
    control.receive("go")
    begin_ns = now_ns() + 365 * 86_400 * 10**9
    control.send("started", window_begin_ns=begin_ns, window_end_ns=begin_ns + plan["duration_ns"])
    control.wait_for_close()
    assert connections


def reports_nonsense(control):
    control.hello()
    plan = control.receive("plan")
    connections = connect(plan)
    start(control, plan)
    control.send("result", **result(sent=-1, response="none"))
    control.wait_for_close()
    assert connections


def reports_broken_histograms(control):
    control.hello()
    plan = control.receive("plan")
    connections = connect(plan)
    start(control, plan)
    control.send("result", **result(slip=[{"interval": 0, "hdr": "HISTFAAAAAAAAA=="}]))
    control.wait_for_close()
    assert connections


# What does its work


def works(control, messages=1200, strangers=(), ending=b"", lie=0):
    """Sends `messages` inside the window, over all connections. `strangers` connect to the data port and send those bytes
    (hexadecimal); "" stays open and says nothing. `ending`: hexadecimal bytes that the first connection sends at last.
    `lie`: how many more messages it reports than it sent.
    """
    control.hello()
    plan = control.receive("plan")
    visitors = []
    for text in strangers:
        visitors.append(socket.create_connection((plan["hosts"][0], plan["port"]), timeout=10))
        visitors[-1].sendall(bytes.fromhex(text))
    connections = connect(plan)
    begin_ns = start(control, plan)
    while now_ns() < begin_ns:
        time.sleep(0.001)
    payload = size_of(plan) - HEADER.size
    for k in range(messages):
        number, sequence = k % len(connections), k // len(connections)
        message = header(number, sequence, size_of(plan), intended_ns=now_ns())
        connections[number].sendall(message + bytes(payload))
    if ending:
        connections[0].sendall(bytes.fromhex(ending))
    for connection in connections:
        connection.close()
    left_ns = begin_ns + plan["duration_ns"] - now_ns()
    time.sleep(max(0, left_ns) / 1e9)
    control.send("result", **result(sent=messages + lie, window_sent=messages + lie, sent_during_window=messages))
    control.receive("bye")


def comes_after_strangers(control):
    """Others find the control port first: one that leaves at once, one with garbage, and one that says nothing."""
    control.socket.close()
    garbage, silent = (socket.create_connection(control.address, timeout=10) for _ in range(2))
    garbage.sendall(b"\xff" * 64)
    works(Control(control.address, control.token))
    assert silent
