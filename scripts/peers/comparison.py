"""Runs a pair in turn and makes a row of each of its aims. The runs apart, pure."""

from dataclasses import dataclass

from model import median
from peers import process

ONE_A_MESSAGE = 0.9  # segments: acknowledgements come on top, so that less means that messages were packed


@dataclass
class Row:
    pair: str
    figure: str
    peer: str
    ours: float | None  # medians
    theirs: float | None
    ratio: float | None  # median of the rounds' ratios
    low: float | None  # sign test, at least 95 %
    high: float | None
    smallest: float | None
    largest: float | None
    rounds: int
    aim: str
    verdict: str
    note: str


def measured(run):
    """A side's figures, with the segments that the machine sent for each message."""
    before = process.tcp_segments_sent()
    found = run()
    if found.get("messages"):
        found["segments/message"] = (process.tcp_segments_sent() - before) / found["messages"]
    return found


def interleaved(pair, rounds, say):
    """{side: [figures of each round]}, the order turned round each time. A side that fails has no further turn."""
    sides = [pair.ours, *(peer for peer in pair.peers if not peer.missing)]
    results, failed = {one.name: [] for one in sides}, {}
    for number in range(rounds):
        for one in sides if number % 2 == 0 else reversed(sides):
            if one.name in failed:
                continue
            try:
                results[one.name].append(measured(one.run))
            except process.PeerError as error:
                failed[one.name] = str(error)
        say(f"{pair.name}: round {number + 1}/{rounds}")
    return results, failed


def segments_note(pair, name, runs):
    """What speaks against comparing these runs: packed messages that were meant to go alone."""
    values = [run["segments/message"] for run in runs if "segments/message" in run]
    if not pair.segments or not values:
        return ""
    middle = median(values).value
    wrong = pair.segments == "one a message" and middle < ONE_A_MESSAGE
    return f"{name}: {middle:.3g} segments a message" + (": PACKED" if wrong else "")


def judge(aim, value, wrong=False):
    """By the median; where that misses the aim and its interval does not, the runs do not decide it. value: a Median, or None."""
    if wrong:
        return "not comparable"
    if value is None:
        return "n/a"
    if aim.met(value.value):
        return "met"
    return "undecided" if value.low is not None and (aim.met(value.low) or aim.met(value.high)) else "not met"


def rows_of(pair, results, failed):
    """A row for each aim and each peer, those that are not there included."""
    rows = []
    mine = results[pair.ours.name]
    for aim in pair.aims:
        for peer in pair.peers:
            theirs = results.get(peer.name, [])
            why = peer.missing or failed.get(peer.name) or failed.get(pair.ours.name) or ""
            couples = [] if why else [(a.get(aim.figure), b.get(aim.figure)) for a, b in zip(mine, theirs)]
            ratios = [a / b for a, b in couples if a and b]
            middle = median(ratios) if ratios else None
            own = [run[aim.figure] for run in mine if run.get(aim.figure) is not None]
            notes = [why, *(segments_note(pair, name, runs) for name, runs in ((pair.ours.name, mine), (peer.name, theirs))),
                     invalid_note(mine)]
            ours, other = (median(values) if values else None for values in (own, [b for _, b in couples if b is not None]))
            rows.append(Row(pair.name, aim.figure, peer.name, ours and ours.value, other and other.value, middle and middle.value, middle and middle.low,
                            middle and middle.high, min(ratios, default=None), max(ratios, default=None), len(ratios), str(aim),
                            judge(aim, ours if aim.absolute else middle, any("PACKED" in note for note in notes)),
                            "; ".join(note for note in notes if note)))
    return best_of(pair, rows) if pair.best_peer else rows


def invalid_note(runs):
    """Which self-checks recvbench's own runs did not pass: a figure of these is no figure."""
    codes = sorted({run["invalid"] for run in runs if run.get("invalid")})
    return f"recvbench: {', '.join(codes)}" if codes else ""


def best_of(pair, rows):
    """Where the aim holds against the best peer only: the others are shown without a verdict."""
    for aim in pair.aims:
        there = [row for row in rows if row.figure == aim.figure and row.theirs is not None]
        best = max(there, key=lambda row: row.theirs, default=None)
        for row in there:
            if row is not best:
                row.verdict = "(not the best)"
    return rows


def number(value):
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value is not None and abs(value) >= size:
            return f"{value / size:.4g}{unit}"
    return "n/a" if value is None else f"{value:.4g}"


def table(rows):
    lines = [("pair", "figure", "peer", "ours", "theirs", "ratio", "95 %", "spread", "n", "aim", "verdict", "note")]
    for row in rows:
        interval = f"{row.low:.3f}..{row.high:.3f}" if row.low is not None else "n/a"
        spread = f"{row.smallest:.3f}..{row.largest:.3f}" if row.smallest is not None else "n/a"
        lines.append((row.pair, row.figure, row.peer, number(row.ours), number(row.theirs), "n/a" if row.ratio is None else f"{row.ratio:.3f}",
                      interval, spread, str(row.rounds), row.aim, row.verdict, row.note))
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)
