"""What a receiver that is held up in a known way must be measured as: computed, not measured. Everything here is pure."""

import math
import statistics
from dataclasses import dataclass


def schedule(rate_per_s, count):
    """Intended times in ns of a constant load, from 0."""
    return [int(k * 1e9 / rate_per_s) for k in range(count)]


def lindley(arrivals_ns, services_ns):
    """Response times in ns of one server that serves in order of arrival: it begins with each message as soon as that has come
    and the one before is done (Lindley's recursion)."""
    responses, free = [], -math.inf
    for arrival, service in zip(arrivals_ns, services_ns, strict=True):
        free = max(arrival, free) + service
        responses.append(free - arrival)
    return responses


def stalled(rate_per_s, count, stall_at, stall_ns, service_ns=0, way_ns=0):
    """Response times of a receiver that stops once, for stall_ns, before message `stall_at` (from 0). service_ns: how long it is
    busy with each message; way_ns: what a message takes besides (system calls, wake-ups), which holds up no other."""
    services = [service_ns] * count
    services[stall_at] += stall_ns
    return [way_ns + response for response in lindley(schedule(rate_per_s, count), services)]


def percentile(values, fraction):
    """The ceil(fraction * n)-th smallest, as histograms answer it."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(math.nextafter(fraction * len(ordered), 0)) - 1)]


@dataclass(frozen=True)
class Median:
    """A median over repetitions, and the sign test's interval for it: None where there are too few for 95 %."""

    value: float
    low: float | None
    high: float | None
    runs: int

    def excludes(self, value):
        return self.low is not None and not self.low <= value <= self.high


def sign_test_rank(n, least_coverage=0.95):
    """The k of the narrowest pair of order statistics (x[k], x[n - 1 - k]) that covers the median; None where none does.
    harness/summary/sign_test.h in Python."""
    rank, below = None, 0
    for k in range((n - 1) // 2 + 1):
        below += math.comb(n, k)
        if 2 * k + 1 >= n or 1 - 2 * below / 2**n < least_coverage:
            break
        rank = k
    return rank


def median(samples):
    ordered = sorted(samples)
    rank = sign_test_rank(len(ordered))
    bounds = (None, None) if rank is None else (ordered[rank], ordered[-1 - rank])
    return Median(statistics.median(ordered), *bounds, len(ordered))


def differ(pairs):
    """The sign test's verdict at 5 % on pairs (a, b) of positive figures: the median of ln(b / a) is not 0."""
    return median([math.log(b / a) for a, b in pairs]).excludes(0)
