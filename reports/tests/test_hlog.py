"""The HdrHistogram reader: against vectors made by hand, by HdrHistogram_c, and by the tests' own encoder."""

import base64
import random
import struct
import zlib
from collections import Counter

import hdr_encoder
import numpy as np
import pytest
from recvbench_report import hlog

# Made by HdrHistogram_c 0.11 with 1 ns .. 3,600 s and 3 digits; so are the percentiles below.
FROM_C = (
    "HISTFAAAAcx4nD1RsYoVQRB8XdMz62NZlmU5jmMFkQvkcYnHJU4gIoJw4UXvS+4PTI3uAzQxMLzMzEAURMRIjARzOTAztapnzzfMTE91dW11"
    "v7svrubNJj3atF9ab2P4/OG715snf1YAX0a/MVz6Jbj8a8Z3x9mvj3fwEri2UnlErvK8ttuLJR/4wIJvStfAK/a+EFqKEnu/Muz1ZPX/sEbR"
    "4g8iXnxAT76QPU68R7y5TiK/ox4Rndw9NQbyemZrvAdyGp8Z7veGc+xIEjgwOkdHwgESMteC09jKLJ55z96yjJg/LsSDKf4gnKyZrKeBDT5H"
    "dvaK46iqwv2AKlm6aoCc2thxXrSmPLt0hEljLtl30vL7qztppVA4k5rLh3I9+aoybLkSb3O9xsBSnIZcOhzCSst2vIfAKWR+KgJ3VwaMPjHy"
    "bSgYJu+oKq0tPaqiizqjW/VOA9Y+irHovzG008KQ2u6jqU4SntxibGGXMaYgT+h8KiMLfCvzt5mMe/GtRD+cB+HMOaWQUi8SPYxuNQWLQjln"
    "oG+uvfc4ck17VNZX/zIWMwgfba1jkO4UWkkzZa0FJQcS/4a/eYybjJ+OZ/hheJXx2fAXtPvb8PYT8A8HsjpH"
)
# Only percentiles whose rank is the same rounded up (as here) and to the nearest (as there).
FROM_C_PERCENTILES = {
    0: 1, 50: 2047, 90: 2047, 99: 2047, 99.95: 58495, 99.99: 1456127, 99.998: 2603007, 100: 3601330077695,
}  # fmt: skip


def by_hand(payload: bytes, figures=3, cookie=0x1C849313, outer=0x1C849314) -> str:
    inner = struct.pack(">iiiiqqd", cookie, len(payload), 0, figures, 1, 3_600_000_000_000, 1.0) + payload
    body = zlib.compress(inner)
    return base64.b64encode(struct.pack(">ii", outer, len(body)) + body).decode()


def test_counts_made_by_hand():
    # Index 0: 0. Zeros up to index 4 (-4 in ZigZag: 7), count 1 (2), count 150 (300 = 0xAC 0x02), two zeros (3), count 3 (6).
    histogram = hlog.decode(by_hand(bytes([7, 2, 0xAC, 0x02, 3, 6])))
    assert histogram.counts.tolist() == [0, 0, 0, 0, 1, 150, 0, 0, 3]
    assert histogram.total == 154


@pytest.mark.parametrize("value", [0, 1, 63, 64, -1, -64, 8191, 2**35, 2**48, 2**55, 2**62, 2**63 - 1, -(2**63)])
def test_numbers_survive(value):
    encoded = hdr_encoder.zigzag(value)
    assert hlog._zigzag(encoded + b"\x55", 0) == (value, len(encoded))


def test_values_at_indices():
    histogram = hlog.Histogram(3, 1, 3_600_000_000_000, np.zeros(1, dtype=np.int64))
    # Linear below 2048; then steps of 2 from index 2048, of 4 from 3072.
    assert [histogram.highest_equivalent(i) for i in (0, 1, 2047, 2048, 2049, 3071, 3072)] == [0, 1, 2047, 2049, 2051, 4095, 4099]
    for value in (1, 2047, 2048, 5_000, 123_456_789, 3_599_999_999_999):
        top = histogram.highest_equivalent(hdr_encoder.index_of(value))
        assert value <= top <= value * 1.001


def test_agrees_with_the_c_library():
    histogram = hlog.decode(FROM_C)
    assert histogram.total == 70503
    assert histogram.values_at([p / 100 for p in FROM_C_PERCENTILES]) == list(FROM_C_PERCENTILES.values())


def test_round_trip():
    random_ = random.Random(3)
    values = Counter(int(random_.lognormvariate(11, 2)) + 1 for _ in range(5000))
    histogram = hlog.decode(hdr_encoder.encode(values))
    expected = Counter()
    for value, count in values.items():
        expected[hdr_encoder.index_of(value)] += count
    assert {i: int(c) for i, c in enumerate(histogram.counts) if c} == dict(expected)


def test_percentiles_of_the_merged_are_those_of_all_samples():
    fast, slow = Counter({1000: 990, 1500: 10}), Counter({1000: 10, 2000: 990})
    merged = hlog.merge([hlog.decode(hdr_encoder.encode(values)) for values in (fast, slow)])
    assert merged.total == 2000
    # 1,000 samples at 1000, 10 at 1500, 990 at 2000.
    assert merged.values_at([0.25, 0.5, 0.505, 0.506, 0.99]) == [1000, 1000, 1500, 2000, 2000]


def test_merging_needs_one_resolution():
    with pytest.raises(hlog.HlogError, match="resolution"):
        hlog.merge([hlog.decode(by_hand(b"\x02")), hlog.decode(by_hand(b"\x02", figures=2))])
    with pytest.raises(ValueError):
        hlog.merge([])


def test_ranks_round_up():
    # 7 samples: p90 is the 7th (6.3 rounded up); 1,000 samples: p99.9 the 999th, whatever 0.999 * 1000 is in binary.
    assert hlog.decode(hdr_encoder.encode({v: 1 for v in range(1, 8)})).values_at([0.9]) == [7]
    thousand = hlog.decode(hdr_encoder.encode({v: 1 for v in range(1, 1001)}))
    assert thousand.values_at([0, 0.001, 0.5, 0.99, 0.999, 1]) == [1, 1, 500, 990, 999, 1000]


def test_an_empty_histogram_has_no_percentile():
    with pytest.raises(ValueError, match="empty"):
        hlog.decode(by_hand(b"")).values_at([0.5])


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "damaged"),
        ("????", "damaged"),
        ("€", "damaged"),
        (by_hand(b"\x02", outer=0x1C849302), "not a V2 compressed"),
        (by_hand(b"\x02", cookie=0x1C849301), "not a V2 histogram"),
        (by_hand(b"\x80"), "cut off"),
        (by_hand(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "run of zeros"),
        (by_hand(b"\x02", figures=9), "header"),
        (base64.b64encode(base64.b64decode(by_hand(b"\x02"))[:-3]).decode(), "says it has"),
        (base64.b64encode(struct.pack(">ii", 0x1C849314, 4) + b"abcd").decode(), "damaged"),
    ],
)
def test_damage_is_named(text, message):
    with pytest.raises(hlog.HlogError, match=message):
        hlog.decode(text)


def test_lines():
    assert hlog.parse_line("#[StartTime: 1 (seconds since epoch)]\n") is None
    assert hlog.parse_line('"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"') is None
    assert hlog.parse_line("") is None
    assert hlog.parse_line("Tag=r3.response,2.500,1.000,0.125,HIST") == hlog.Interval("r3.response", 2.5, 1.0, "HIST")
    assert hlog.parse_line("0.000,1.000,0.125,HIST").tag == ""
    for line in ("Tag=r3.response,2.5,1.0", "Tag=r3.response,x,1.0,2,HIST"):
        with pytest.raises(hlog.HlogError):
            hlog.parse_line(line)
