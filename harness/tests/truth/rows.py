"""The truth experiments' table: what was expected, what was measured, and whether that is a pass."""

from dataclasses import asdict, dataclass

OK, FAILED, UNRESOLVED = "ok", "FAILED", "not resolved"


@dataclass
class Row:
    experiment: str
    what: str
    expected: str
    measured: str
    bound: str  # how far they may be apart, noise included
    runs: int
    verdict: str


def judged(passed, disturbed):
    """A claim that does not hold on a machine that was busy with other work has not been refuted."""
    return OK if passed else UNRESOLVED if disturbed else FAILED


def verdict(difference, bound, resolution=0.0, most_resolution=float("inf"), disturbed=False):
    """Passes within bound + resolution, which is what the machine's noise allows to tell; where that is more than
    most_resolution there is nothing to judge by."""
    if resolution > most_resolution:
        return UNRESOLVED
    return judged(abs(difference) <= bound + resolution, disturbed)


def ns(value):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.4g} {unit}"
    return f"{value:.0f} ns"


def table(rows):
    titles = Row("experiment", "what", "expected", "measured", "allowed", "n", "verdict")
    lines = [[str(getattr(row, name)) for name in asdict(row)] for row in [titles, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in lines)
