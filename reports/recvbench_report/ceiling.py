"""Rates that are the generator's limit: lower bounds of what an engine takes. Pure.

A run says so itself (rates.generator_limited): its rate is four fifths or more of what the generator sends to a receiver
that only drains, as `recvbench doctor --calibrate` measured it.
"""

from __future__ import annotations

from recvbench_report import units

NOTE = "generator limit"


def limits(runs: list[dict]) -> bool:
    """Whether the rate of a cell with these valid runs is a lower bound: one run near the ceiling is enough."""
    return any(run["rates"]["generator_limited"] for run in runs)


def at_least(rate_per_s: float | None) -> str:
    return units.MISSING if rate_per_s is None else f"≥ {units.rate(rate_per_s)}"
