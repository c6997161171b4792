"""Numbers for people: three significant digits with a unit. None is "n/a", never 0."""

from __future__ import annotations

import re

MISSING = "n/a"
_TIMES = ((1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1, " ns"))
_SCALES = ((1e9, " G"), (1e6, " M"), (1e3, " k"), (1, ""))


def digits(value: float) -> str:
    """Three significant digits: 1.70, 12.3, 0.91, 1,230."""
    value = float(f"{value:.3g}")
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{decimals}f}" if abs(value) >= 0.1 else f"{value:.2g}"


def _scaled(value: float, scales, show) -> str:
    for scale, unit in scales:
        # Rounding first, so that 999.9 ns is "1.00 µs" and not "1,000 ns".
        if float(f"{abs(value):.3g}") >= scale:
            return show(value / scale) + unit
    return show(value / scales[-1][0]) + scales[-1][1]


def _trimmed(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}"


def time(value_ns: float | None) -> str:
    """12,345 -> "12.3 µs"."""
    if value_ns is None:
        return MISSING
    if value_ns == int(value_ns) and abs(value_ns) < 1000:
        return f"{int(value_ns)} ns"
    return _scaled(value_ns, _TIMES, digits)


def round_time(value_ns: float) -> str:
    """For settings and axes: 2e9 -> "2 s"."""
    return _scaled(value_ns, _TIMES, _trimmed)


def count(value: float | None) -> str:
    """12,345 -> "12.3 k"."""
    if value is None:
        return MISSING
    return _scaled(value, _SCALES, _trimmed if value == int(value) and abs(value) < 1000 else digits)


def rate(value_per_s: float | None) -> str:
    return MISSING if value_per_s is None else f"{count(value_per_s)}/s"


def round_rate(value_per_s: float) -> str:
    return _scaled(value_per_s, _SCALES, _trimmed) + "/s"


def share(value: float | None) -> str:
    """0.1234 -> "12.3 %". "0 %" is exactly none."""
    if value is None:
        return MISSING
    return "< 0.001 %" if 0 < value < 0.00001 else f"{_trimmed(value * 100)} %"


def size(value_bytes: float | None) -> str:
    if value_bytes is None:
        return MISSING
    for scale, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if value_bytes >= scale:
            return f"{_trimmed(value_bytes / scale)} {unit}"
    return f"{_trimmed(value_bytes)} B"


def span(show, low: float, high: float) -> str:
    """"77.8 – 88.7 µs": the unit once where both ends have the same; "" where they read the same."""
    low_text, high_text = show(low), show(high)
    if low_text == high_text:
        return ""
    number, _, unit = low_text.partition(" ")
    return f"{number if unit and high_text.endswith(' ' + unit) else low_text} – {high_text}"


def setting_value(text: str) -> int | None:
    """An engine's setting as a number: 64 of "64", 65,536 of "64KiB"; None for words ("system", "on")."""
    match = re.fullmatch(r"(\d{1,18})(|KiB|MiB|GiB)", text, re.ASCII)
    return int(match[1]) << {"": 0, "KiB": 10, "MiB": 20, "GiB": 30}[match[2]] if match else None
