"""Reads HdrHistogram interval logs (V2 compressed histograms, log format 1.3).

Everything here is pure. Histograms combine by adding counts, never by averaging percentiles. The layout is that of
HdrHistogram: bucket 0 holds 2^m linear steps, every further bucket doubles the step and uses the upper half of them,
where 2^m is the smallest power of two not below 2 * 10^significant_figures.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass
from typing import Iterator

import numpy as np

# The low nibble of the second byte is the word size, 0x1 for variable-length counts.
_COOKIE = 0x1C849303 | 0x10
_COMPRESSED_COOKIE = 0x1C849304 | 0x10
_HEADER = struct.Struct(">iiiiqqd")
_LONGEST_RUN_OF_ZEROS = 1 << 24  # an hour in ns at 5 figures has 5 million counts: more is damage, not data


class HlogError(ValueError):
    """The text is not an HdrHistogram interval log, or is damaged."""


@dataclass(frozen=True)
class Histogram:
    """Counts by index. Values are in the unit that was recorded: ns in recvbench."""

    significant_figures: int
    lowest: int
    highest: int
    counts: np.ndarray  # int64; indices past its end count 0

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def _shape(self) -> tuple[int, int]:
        steps = 2 * 10**self.significant_figures
        magnitude = (steps - 1).bit_length()
        return self.lowest.bit_length() - 1, magnitude - 1

    def _step(self, index: int) -> tuple[int, int]:
        """The lowest value that counts at this index, and how many values do."""
        unit, half_magnitude = self._shape()
        half = 1 << half_magnitude
        bucket = (index >> half_magnitude) - 1
        step = (index & (half - 1)) + half
        if bucket < 0:
            bucket, step = 0, step - half
        return step << (bucket + unit), 1 << (bucket + unit)

    def highest_equivalent(self, index: int) -> int:
        """The largest value that counts at this index."""
        lowest, width = self._step(index)
        return lowest + width - 1

    def median_equivalent(self, index: int) -> int:
        """The value that stands for all that count at this index, as HdrHistogram's mean has it."""
        lowest, width = self._step(index)
        return lowest + width // 2

    @property
    def sub_buckets(self) -> int:
        return 2 << self._shape()[1]

    @property
    def buckets(self) -> int:
        """How many HdrHistogram needs up to `highest`: each doubles what fits into the one before."""
        fits, needed = self.sub_buckets << self._shape()[0], 1
        while fits <= self.highest:
            fits, needed = fits << 1, needed + 1
        return needed

    def values_at(self, fractions) -> list[int]:
        """The value at each fraction p in [0, 1]: the largest that counts where the ceil(p * n)-th sample does.

        As results/ and the Java and JavaScript libraries have it; HdrHistogram_c rounds p * n to the nearest instead. One
        ulp is taken off against 0.999 * 1000 > 999.
        """
        cumulative = np.cumsum(self.counts)
        n = int(cumulative[-1]) if len(cumulative) else 0
        if n == 0:
            raise ValueError("an empty histogram has no percentiles")
        exact = np.nextafter(np.asarray(fractions, dtype=float) * n, 0)
        ranks = np.clip(np.ceil(exact).astype(np.int64), 1, n)
        return [self.highest_equivalent(int(i)) for i in np.searchsorted(cumulative, ranks)]


def merge(histograms: list[Histogram]) -> Histogram:
    """One histogram with the counts of all. They must share a layout, as all of recvbench's do."""
    if not histograms:
        raise ValueError("nothing to merge")
    first = histograms[0]
    counts = np.zeros(max(len(h.counts) for h in histograms), dtype=np.int64)
    for histogram in histograms:
        if (histogram.significant_figures, histogram.lowest) != (first.significant_figures, first.lowest):
            raise HlogError("histograms of different resolution cannot be added")
        counts[: len(histogram.counts)] += histogram.counts
    return Histogram(first.significant_figures, first.lowest, first.highest, counts)


def decode(text: str) -> Histogram:
    """A base64 V2 compressed histogram."""
    try:
        outer = base64.b64decode(text.encode("ascii"), validate=True)
        cookie, length = struct.unpack_from(">ii", outer)
        if cookie != _COMPRESSED_COOKIE:
            raise HlogError(f"not a V2 compressed histogram (cookie {cookie & 0xFFFFFFFF:#x})")
        if length != len(outer) - 8:
            raise HlogError(f"histogram of {len(outer) - 8} bytes says it has {length}")
        inner = zlib.decompress(outer[8:])
        cookie, length, _, figures, lowest, highest, _ = _HEADER.unpack_from(inner)
    except (binascii.Error, zlib.error, struct.error, UnicodeEncodeError) as error:
        raise HlogError(f"damaged histogram: {error}") from error
    if cookie != _COOKIE:
        raise HlogError(f"not a V2 histogram (cookie {cookie & 0xFFFFFFFF:#x})")
    payload = inner[_HEADER.size :]
    if length != len(payload) or not 0 <= figures <= 5 or lowest < 1:
        raise HlogError("damaged histogram header")
    return Histogram(figures, lowest, highest, _counts(payload))


def _counts(payload: bytes) -> np.ndarray:
    """Negative numbers are runs of zeros, others the count at the next index."""
    numbers = _numbers(payload)
    zeros = numbers < 0
    if (numbers < -_LONGEST_RUN_OF_ZEROS).any():
        raise HlogError("damaged histogram: an impossible run of zeros")
    ends = np.cumsum(np.where(zeros, -numbers, 1))
    if len(ends) and ends[-1] > _LONGEST_RUN_OF_ZEROS:
        raise HlogError("damaged histogram: impossibly long")
    counts = np.zeros(ends[-1] if len(ends) else 0, dtype=np.int64)
    counts[ends[~zeros] - 1] = numbers[~zeros]
    return counts


def _numbers(payload: bytes) -> np.ndarray:
    """ZigZag LEB128-64b9B: seven bits a byte, the ninth byte carries eight. All at once where none has nine bytes, as hardly any."""
    data = np.frombuffer(payload, dtype=np.uint8)
    last = np.flatnonzero(data < 0x80)
    lengths = np.diff(last, prepend=-1)
    if not len(last) or last[-1] != len(data) - 1 or lengths.max() > 8:
        return np.array(list(_one_by_one(payload)), dtype=np.int64)
    first = last - lengths + 1
    place = (np.arange(len(data)) - np.repeat(first, lengths)).astype(np.uint64)
    parts = (data & 0x7F).astype(np.uint64) << (place * np.uint64(7))
    value = np.add.reduceat(parts, first)
    return (value >> np.uint64(1)).astype(np.int64) ^ -(value & np.uint64(1)).astype(np.int64)


def _one_by_one(payload: bytes) -> Iterator[int]:
    position = 0
    while position < len(payload):
        value, position = _zigzag(payload, position)
        yield value


def _zigzag(payload: bytes, position: int) -> tuple[int, int]:
    value = 0
    for byte_number in range(9):
        if position >= len(payload):
            raise HlogError("damaged histogram: a count is cut off")
        byte = payload[position]
        position += 1
        if byte_number == 8:
            value |= byte << 56
            break
        value |= (byte & 0x7F) << (7 * byte_number)
        if byte < 0x80:
            break
    return (value >> 1) ^ -(value & 1), position


@dataclass(frozen=True)
class Interval:
    tag: str  # "r3.response"
    start_s: float  # after the log's StartTime
    length_s: float
    encoded: str


def parse_line(line: str) -> Interval | None:
    """One line of a log; None for comments, the legend and blank lines."""
    line = line.strip()
    if not line or line.startswith(("#", '"')):
        return None
    tag = ""
    if line.startswith("Tag="):
        tag, _, line = line[4:].partition(",")
    fields = line.split(",")
    if len(fields) != 4:
        raise HlogError(f"an interval has 4 fields, this line {len(fields)}")
    try:
        return Interval(tag, float(fields[0]), float(fields[1]), fields[3])
    except ValueError as error:
        raise HlogError(str(error)) from error
