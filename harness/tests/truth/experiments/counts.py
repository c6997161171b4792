"""Messages that were lost, came twice, late or changed: what recvbench counted against what the liar did."""

import re

from rows import FAILED, OK, Row

ABOUT = "injected loss, duplicates, reordering and changed bytes are found, counted and attributed exactly"

EVERY = 20
FAULTS = {
    "none": {},
    "lose": {"lose": EVERY},
    "duplicate": {"duplicate": EVERY},
    "reorder": {"reorder": EVERY},
    "change a payload byte": {"corrupt": EVERY, "corrupt_at": 50},
    "change the magic": {"corrupt": EVERY, "corrupt_at": 0},
    "change the length": {"corrupt": EVERY, "corrupt_at": 9},
    "change the sequence": {"corrupt": EVERY, "corrupt_at": 16},
    "change a send time": {"corrupt": EVERY, "corrupt_at": 30},
}
KINDS = ("lost", "duplicated", "reordered", "corrupted")


def found(run):
    """What recvbench says, in the liar's terms."""
    counts, datagrams, lie = run.record["counts"], run.record["datagrams"], run.lie
    if datagrams:
        # What never came as far as the liar is the system's loss; what was changed or is missing is not whole.
        lost = datagrams["lost"] - counts["corrupt"] - (counts["sent"] - lie["received"])
        return {"lost": lost, "duplicated": datagrams["duplicated"], "reordered": datagrams["reordered"], "corrupted": counts["corrupt"]}
    twice, late = 0, 0
    for reason in run.record["reasons"]:
        if match := re.search(r"\((\d+) came twice, (\d+) late\)", reason["detail"]):
            twice, late = map(int, match.groups())
    # A stream ends at its first unreadable header: what the liar had in hand after it was not delivered.
    undelivered = lie["corrupted"] if "connection-error" in run.codes else 0
    return {"lost": lie["received"] - undelivered - counts["received"], "duplicated": twice, "reordered": late,
            "corrupted": counts["corrupt"]}


def attributed(run):
    """The reason codes that each kind must carry, and must not carry without cause. Over UDP loss and disorder are warnings."""
    lie = run.lie
    if run.record["datagrams"]:
        warnings = {warning["code"] for warning in run.record["warnings"]}
        return (("corrupt" in run.codes) == (lie["corrupted"] > 0)
                and ("datagrams-disordered" in warnings) == (lie["duplicated"] + lie["reordered"] > 0)
                and (lie["lost"] == 0 or "datagrams-lost" in warnings))
    out_of_turn = lie["lost"] + lie["duplicated"] + lie["reordered"] + lie["corrupted"] > 0
    return ("corrupt" in run.codes) == out_of_turn and (lie["lost"] == 0 or "lost" in run.codes)


def run(bench):
    cells = {}
    for fault, settings in FAULTS.items():
        for protocol in ("tcp", "udp"):
            cells[fault, protocol] = lambda s=settings, p=protocol: bench.run(
                bench.liar(**s), "--protocol", p, "--connections", "2", "--rate", "1k", "--verify", duration_s=0.5)
    rows = []
    for (fault, protocol), runs in bench.interleaved(cells).items():
        told = {kind: sum(one.lie[kind] for one in runs) for kind in KINDS}
        said = {kind: sum(found(one)[kind] for one in runs) for kind in KINDS}
        exact = all(found(one) == {kind: one.lie[kind] for kind in KINDS} and attributed(one) for one in runs)
        text = [", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind]) or "nothing" for counts in (told, said)]
        rows.append(Row("counts", f"{protocol}: {fault}", *text, "exact", len(runs), OK if exact else FAILED))
    return rows
