"""The data that plots draw, and the table of styles."""

import itertools
import re

import drawn
import make_run
import numpy as np
import pytest
from hdr_encoder import encode
from matplotlib.markers import MarkerStyle
from recvbench_report import hlog, load, style
from recvbench_report.load import Cell
from recvbench_report.plots import common, cost, curves, order, rows

# The engines of this release and of those to come; a new one needs its own line in the table.
KNOWN = (
    "blocking select wsapoll poll epoll overlapped-event completion-routine iocp rio null event-select async-select "
    "nonblocking-spin threadpool-io socket-notifications afd-poll io_uring asio"
).split()


def test_every_engine_has_a_look_of_its_own():
    assert sorted(style.ENGINES) == sorted(KNOWN)
    looks = [(s.colour, str(s.dash), s.marker) for s in style.ENGINES.values()]
    assert len(set(looks)) == len(looks)
    # Within one platform no two lines look alike even without markers.
    for platform in (
        "blocking select wsapoll overlapped-event completion-routine iocp rio null event-select async-select nonblocking-spin "
        "threadpool-io socket-notifications afd-poll asio",
        "blocking nonblocking-spin select poll epoll io_uring asio null",
    ):
        lines = [(style.ENGINES[n].colour, str(style.ENGINES[n].dash)) for n in platform.split()]
        assert len(set(lines)) == len(lines)


def test_the_first_seven_differ_in_colour_alone():
    seven = "blocking select wsapoll overlapped-event completion-routine iocp rio".split()
    assert len({style.ENGINES[n].colour for n in seven}) == 7


def variants(name, count):
    return [(name, f"{name}:threads={i}") for i in range(count)]


def test_an_engine_looks_as_the_table_says_whatever_else_is_there():
    looks = style.looks([("iocp", "iocp:threads=2"), *variants("select", 3), ("null", "null")])
    assert looks["iocp:threads=2"] == style.ENGINES["iocp"]
    assert looks["select:threads=0"] == style.ENGINES["select"]
    assert looks["null"] == style.ENGINES["null"]


@pytest.mark.parametrize("engines", [
    [*variants("iocp", 12), *variants("select", 6), *variants("event-select", 6), ("mine", "mine"), ("yours", "yours")],
    [*variants("iocp", 24), ("null", "null")],
    [*variants("mine", 12), *variants("yours", 12)],
    [(name, name) for name in KNOWN] + variants("rio", 24),
    variants("iocp", 200),
])  # fmt: skip
def test_no_two_variants_look_alike(engines):
    looks = style.looks(engines)
    assert len(set(looks.values())) == len(engines)
    # Nor as an engine of another name that is not even there.
    for name, label in engines:
        assert looks[label] not in [look for other, look in style.ENGINES.items() if other != name]


def test_up_to_a_dozen_are_told_apart_by_colour_and_marker():
    """As plots without lines show them."""
    for engines in ([*variants("iocp", 12), *variants("select", 4)], variants("epoll", 24)):
        looks = style.looks(engines).values()
        assert len({(look.colour, look.shade, look.marker) for look in looks}) == len(engines)


def test_variants_keep_their_engines_colour_beside_other_engines():
    looks = style.looks([*variants("iocp", 6), *variants("rio", 2)])
    assert {look.colour for label, look in looks.items() if label.startswith("iocp")} == {style.BLUE}
    assert {look.colour for label, look in looks.items() if label.startswith("rio")} == {style.GREEN}


def test_variants_of_one_engine_differ_in_colour_where_it_is_alone():
    looks = style.looks([*variants("iocp", 7), ("null", "null")])
    assert len({look.colour for label, look in looks.items() if label != "null"}) == 7
    assert looks["null"].colour == style.GREY


def test_every_marker_can_be_hollow():
    assert all(MarkerStyle(marker).is_filled() for marker in (*style.MARKERS, *(s.marker for s in style.ENGINES.values())))


def test_unknown_engines_are_stable_and_pass_for_no_other():
    assert style.looks([("mine", "mine")]) == style.looks([("iocp", "iocp"), ("mine", "mine")][1:])
    looks = style.looks([(f"engine{i}", f"engine{i}") for i in range(50)])
    assert len(set(looks.values())) == 50 and {look.colour for look in looks.values()} == {style.GREY}


def contrast(a: str, b: str) -> float:
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", style.THEMES, ids=lambda t: t.name)
def test_colours_stand_out_from_the_paper(theme):
    assert contrast(theme.ink, theme.paper) >= 7 and contrast(theme.muted, theme.paper) >= 4.5
    # Lines are 2 pt wide, marked and labelled in ink, so 2 : 1 is enough for them (orange on white has 2.2).
    for look in [*style.ENGINES.values(), *style.looks(variants("iocp", 24)).values()]:
        assert contrast(theme.colour(look), theme.paper) >= 2


def test_curve_ends_where_ten_samples_lie_beyond():
    histogram = hlog.decode(encode({100: 900, 200: 90, 1000: 10}))
    c = curves.curve(histogram)
    assert c.x[0] == 1 and c.x[-1] == pytest.approx(100)  # n / 10: p = 99 %
    assert c.y[0] == 100
    assert c.y[np.searchsorted(c.x, 20)] == 200  # p95
    assert 1000 not in c.y
    assert curves.curve(hlog.decode(encode({100: 9}))) is None
    assert curves.curve(hlog.decode(encode({100: 10}))).x.tolist() == [1.0]


@pytest.mark.parametrize("x, text", [(1, "0 %"), (2, "50 %"), (10, "90 %"), (100, "99 %"), (1000, "99.9 %"), (10_000, "99.99 %")])
def test_percent(x, text):
    assert curves.percent(x) == text


def test_merged_curve_takes_valid_runs_only(loaded):
    engines = {e.cell.label: e for e in curves.engines(loaded.scenarios[0], loaded.histograms)}
    assert list(engines) == [c.label for c in loaded.scenarios[0].cells]
    assert engines["select"].merged is None
    assert [valid for valid, _ in engines["select"].runs] == [False] * 5
    assert engines["iocp"].merged.x[-1] == pytest.approx(5 * 2000 / curves.MIN_BEYOND)
    sink = {e.cell.label: e for e in curves.engines(loaded.scenarios[1], loaded.histograms)}
    assert sink["iocp"].merged.x[-1] == pytest.approx(4 * 2000 / curves.MIN_BEYOND)
    assert sorted(valid for valid, _ in sink["iocp"].runs) == [False, True, True, True, True]


def test_order_divides_by_the_cells_median(loaded):
    points = order.points(loaded.scenarios)
    assert [p.index for p in points] == list(range(120))
    blocking = [p.ratio for p in points if p.cell.label == "blocking"]
    # Three cells of five runs each: the middle run of each is 1.
    assert sum(r == 1 for r in blocking) >= 3
    assert [p.index for p in points if not p.valid] == [r["index"] for r in loaded.runs if not r["valid"]]


def test_hollow_marks_are_invalid_runs(loaded):
    """In the drawing itself: rings are filled with the paper's colour."""
    groups = drawn.elements(order.plot(loaded.runs, loaded.scenarios, "").svg, "g")
    ring = f"fill: {style.LIGHT.paper.lower()}; stroke: "
    assert sum(len(g.findall(drawn.SVG + "use")) for g, look in groups if look.startswith(ring)) == 6


@pytest.mark.parametrize(
    "wanted, gap, placed",
    [
        ([], 1, []),
        ([0.0, 5.0], 1, [0, 5]),
        ([0.0, 0.0], 1, [-0.5, 0.5]),
        ([0.0, 0.0, 0.0], 1, [-1, 0, 1]),
        ([0.0, 0.2, 5.0], 1, [-0.4, 0.6, 5]),
        # The second pile grows into the first: all four share one.
        ([0.0, 1.0, 1.0, 1.0], 1, [-0.75, 0.25, 1.25, 2.25]),
    ],
)
def test_labels_are_spread_apart(wanted, gap, placed):
    assert common.spread_apart(wanted, gap) == pytest.approx(placed)


def test_labels_keep_order_and_distance():
    random_ = np.random.default_rng(5)
    for _ in range(100):
        wanted = sorted(random_.uniform(0, 1, 12))
        placed = common.spread_apart(wanted, 0.07)
        assert all(b - a >= 0.07 - 1e-9 for a, b in itertools.pairwise(placed))


def test_margins_hold_all_positive_values():
    low, high = common.margins([5.0, 50.0, 0.0])
    assert 0 < low < 5 and high > 50
    assert common.margins([]) == (1, 10)
    low, high = common.margins([7.0])
    assert high / low > 2


def test_null_does_not_stretch_the_scale(loaded):
    iocp, null = (next(c for c in loaded.scenarios[0].cells if c.label == name) for name in ("iocp", "null"))
    low, high = common.limits([(iocp, 1000.0), (iocp, 5000.0), (null, 3.0)])
    assert 500 < low < 1000 and high > 5000
    low, high = common.limits([(iocp, 1000.0), (null, 300.0), (null, 90_000.0)])
    assert low < 300 and high > 90_000
    low, high = common.limits([(null, 3.0)])
    assert low < 3 < high


def test_labels_say_what_a_cell_is():
    def label(**run):
        return common.cell_label(Cell("c", "rio", [{"engine": {"emulated": False, "synthetic": False}, "valid": True} | run]))

    emulated = {"emulated": True, "synthetic": False}
    assert label() == "rio"
    assert label(valid=False) == "rio (invalid)"
    assert label(engine=emulated) == "rio (emulated)"
    assert label(engine=emulated, valid=False) == "rio (emulated, invalid)"


def test_rows_are_all_labels_with_synthetic_ones_last(loaded):
    shared = rows.of(loaded.scenarios[0])
    assert list(shared.at) == list(make_run.ENGINES) and shared.names[-1] == "null"
    assert shared.shared == ""


def swept(tmp_path, engines, **options):
    made = make_run.make(repeat=2, engines=engines, scenarios=["tcp-sink-64B-c8-10k"], messages=1200, **options)
    return load.load(make_run.write(tmp_path / "run", made, make_run.description(engines, [run for run, _ in made])))


SWEEP = [f"iocp:threads={t},batch={b}" for t in (1, 2, 4) for b in (512, 8, 1, 64)]


def test_rows_of_one_engine_leave_its_name_out(tmp_path):
    loaded = swept(tmp_path, [*SWEEP, "null"])
    shared = rows.of(loaded.scenarios[0])
    assert shared.shared == "iocp"
    assert shared.names == [label.removeprefix("iocp:") for label in SWEEP] + ["null"]
    assert {"tcp-sink-64B-c8-10k · iocp", "threads=4,batch=64"} <= set(drawn.texts(cost.plots(loaded.scenarios, "")[0].svg))


def test_long_names_are_broken_at_commas(tmp_path):
    engines = ["iocp:threads=1,batch=512,buffer=64KiB,so-rcvbuf=system", "select"]
    shared = rows.of(swept(tmp_path, engines).scenarios[0])
    assert shared.names == ["select", "iocp:threads=1,batch=512,\nbuffer=64KiB,so-rcvbuf=system"]
    assert shared.lines == 2 and rows.height(shared) > rows.height(rows.Rows(shared.at, ["a", "b"], ""))


def test_many_engines_have_several_plots_of_curves_on_one_scale(tmp_path):
    loaded = swept(tmp_path, [*SWEEP, "select"])
    plots = curves.plots(loaded.scenarios[0], loaded.histograms, "")
    titles = ["", " · iocp:threads=1", " · iocp:threads=2", " · iocp:threads=4"]
    assert [p.title for p in plots] == ["tcp-sink-64B-c8-10k" + more for more in titles]
    ticks = {tuple(text for text in drawn.texts(p.svg) if re.fullmatch(r"[\d.]+ [µm]s", text)) for p in plots}
    assert len(ticks) == 1 and len(ticks.pop()) > 2
    # The alternative text names every engine in full, wherever it is drawn.
    assert sorted(label for p in plots for label in re.findall(r"[;:] (\S+) \d", p.alt)) == sorted([*SWEEP, "select"])


def test_order_of_runs_names_every_variant(tmp_path):
    loaded = swept(tmp_path, SWEEP)
    texts = drawn.texts(order.plot(loaded.runs, loaded.scenarios, "").svg)
    assert [text for text in texts if text.startswith("threads=")] == [label.removeprefix("iocp:") for label in SWEEP]


def test_text_that_xml_cannot_carry_is_replaced():
    assert common.plain("a\x00b\x1b") == "a�b�"
    assert common.plain("x" * 100, 10) == "x" * 9 + "…"
