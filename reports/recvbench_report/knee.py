"""The knee of a throughput-latency curve: where more throughput begins to cost more latency than it is worth. Pure.

It is the point of greatest power, throughput / latency: L. Kleinrock, "Power and Deterministic Rules of Thumb for
Probabilistic Problems in Computer Communications", ICC 1979. Of an M/M/1 queue it lies at half the capacity; of a receiver
whose latency is flat until it is full, at the last rate before the turn. Methods that look for the greatest curvature
(Kneedle, Satopaa et al. 2011) scale both axes to the range that was measured, and find another knee where the range is
another; power does not.
"""

from __future__ import annotations

# Power has to fall by so much behind its peak: less may be the scatter of runs, and then nothing turns.
LEAST_FALL = 0.2


def knee(points: list[tuple[float, float]]) -> int | None:
    """Index of the knee among (throughput, latency), in the order of the throughput. None where there is none inside: latency
    grows no faster than throughput up to the last point, or faster from the first one on."""
    if len(points) < 3 or any(rate <= 0 or latency <= 0 for rate, latency in points):
        return None
    power = [rate / latency for rate, latency in points]
    peak = power.index(max(power))
    return peak if 0 < peak < len(points) - 1 and power[-1] <= (1 - LEAST_FALL) * power[peak] else None
