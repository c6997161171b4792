"""Datagrams that were sent and never arrived: over UDP, latency is only that of the rest. Pure."""

from __future__ import annotations

# What loses more is ranked after what does not: what is lost has no latency, and where a share s of all is lost and was the
# slowest, the p99 of the rest is only the p(99 (1 - s)) of all. The bound is a tenth of the 1 % that a p99 speaks of; the
# table of `recvbench run` has the same (most_loss_share in harness/summary/summary.h).
MOST = 0.001


def share(run: dict) -> float | None:
    """Of the datagrams that the measured window was to bring: those not received or, in echo, not answered. None over TCP."""
    counts = run["counts"]
    if run["datagrams"] is None or not counts["window_sent"]:
        return None
    arrived = counts["window_echoed" if run["scenario"]["workload"] == "echo" else "window_received"]
    return max(counts["window_sent"] - arrived, 0) / counts["window_sent"]


def worst(runs: list[dict]) -> float | None:
    """Of the run that lost most, not the middle one: a run's loss is exact, and flatters that run's latency."""
    return max((lost for lost in map(share, runs) if lost is not None), default=None)


def too_much(runs: list[dict]) -> bool:
    return (worst(runs) or 0) > MOST
