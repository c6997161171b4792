import pytest
from recvbench_report import units


@pytest.mark.parametrize(
    "ns, text",
    [
        (None, "n/a"), (0, "0 ns"), (7, "7 ns"), (50.44, "50.4 ns"), (999, "999 ns"), (999.9, "1.00 µs"), (1000, "1.00 µs"),
        (12_345, "12.3 µs"), (999_999, "1.00 ms"), (71_234_567, "71.2 ms"), (3_600e9, "3,600 s"), (0.05, "0.05 ns"),
    ],
)  # fmt: skip
def test_times(ns, text):
    assert units.time(ns) == text


@pytest.mark.parametrize(
    "value, text", [(None, "n/a"), (0, "0"), (17, "17"), (0.914, "0.91"), (0.0123, "0.012"), (1234, "1.23 k"), (44.8e6, "44.8 M")]
)
def test_counts(value, text):
    assert units.count(value) == text


def test_round_figures_lose_their_zeros():
    assert [units.round_time(t) for t in (2e9, 100, 1500, 2e6)] == ["2 s", "100 ns", "1.5 µs", "2 ms"]
    assert units.round_rate(10_000) == "10 k/s"
    assert [units.size(s) for s in (64, 4096, 8 << 30, None)] == ["64 B", "4 KiB", "8 GiB", "n/a"]


@pytest.mark.parametrize("share, text", [
    (None, "n/a"), (0, "0 %"), (1e-9, "< 0.001 %"), (1 / 99_999, "0.001 %"), (0.001, "0.1 %"), (0.0123456, "1.23 %"), (1, "100 %"),
])  # fmt: skip
def test_shares(share, text):
    assert units.share(share) == text


def test_spans_name_the_unit_once():
    assert units.span(units.time, 77_800, 88_700) == "77.8 – 88.7 µs"
    assert units.span(units.time, 902_000, 1_080_000) == "902 µs – 1.08 ms"
    assert units.span(units.time, 10_001, 10_002) == ""
    assert units.span(units.count, 3, 17) == "3 – 17"


@pytest.mark.parametrize("text, value", [
    ("64", 64), ("0", 0), ("512", 512), ("64KiB", 65536), ("3MiB", 3 << 20), ("1GiB", 1 << 30), ("system", None), ("on", None), ("", None),
    ("-1", None), ("1.5", None), ("KiB", None), ("64 KiB", None), ("64\n", None), ("9" * 30, None),
])  # fmt: skip
def test_settings_as_numbers(text, value):
    assert units.setting_value(text) == value
