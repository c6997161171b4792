"""Writes what recvbench_report.hlog reads: an encoder independent of it, from HdrHistogram's published layout."""

from __future__ import annotations

import base64
import struct
import zlib

FIGURES, LOWEST, HIGHEST = 3, 1, 3_600_000_000_000
SUB_BUCKETS = 2048  # smallest power of two not below 2 * 10^3


def index_of(value: int) -> int:
    bucket = max(value.bit_length() - SUB_BUCKETS.bit_length() + 1, 0)
    return bucket * SUB_BUCKETS // 2 + (value >> bucket)


def zigzag(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    for _ in range(8):
        if value < 0x80:
            out.append(value)
            return bytes(out)
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(value_counts: dict[int, int]) -> str:
    """{value in ns: count} -> base64 V2 compressed histogram."""
    counts: dict[int, int] = {}
    for value, count in value_counts.items():
        counts[index_of(value)] = counts.get(index_of(value), 0) + count
    payload, at = bytearray(), 0
    for index in sorted(counts):
        if index > at:
            payload += zigzag(at - index)
        payload += zigzag(counts[index])
        at = index + 1
    inner = struct.pack(">iiiiqqd", 0x1C849313, len(payload), 0, FIGURES, LOWEST, HIGHEST, 1.0) + payload
    body = zlib.compress(inner)
    return base64.b64encode(struct.pack(">ii", 0x1C849314, len(body)) + body).decode()
