"""What engines are called beside each other, and how many share a plot."""

import itertools

import pytest
from recvbench_report import labels
from recvbench_report.load import Cell


def cell(label, synthetic=False):
    engine = {"name": label.partition(":")[0], "emulated": False, "synthetic": synthetic}
    return Cell(f"{label}/s", label, [{"engine": engine, "valid": True}])


def cells(*all_):
    return [cell(label) for label in all_]


def test_settings():
    assert labels.settings(cell("iocp")) == []
    assert labels.settings(cell("iocp:batch=64,threads=2")) == ["batch=64", "threads=2"]
    # A name may hold what parts the settings of others.
    odd = Cell("c", "C:\\a,b.dll:threads=2", [{"engine": {"name": "C:\\a,b.dll"}}])
    assert labels.settings(odd) == ["threads=2"]
    renamed = Cell("c", "iocp-2", [{"engine": {"name": "iocp"}}])
    assert labels.settings(renamed) == []


@pytest.mark.parametrize("given, shared, short", [
    (["iocp", "rio"], "", ["iocp", "rio"]),
    (["iocp:threads=2", "rio:threads=2"], "", ["iocp:threads=2", "rio:threads=2"]),
    (["iocp:threads=2"], "", ["iocp:threads=2"]),
    (["iocp:threads=1", "iocp:threads=2"], "iocp", ["threads=1", "threads=2"]),
    (["iocp:threads=1,batch=8", "iocp:threads=2,batch=8"], "iocp:batch=8", ["threads=1", "threads=2"]),
    (["iocp", "iocp:threads=2"], "iocp", ["iocp", "threads=2"]),
    (["iocp:batch=8", "iocp:batch=8,threads=2"], "iocp:batch=8", ["iocp:batch=8", "threads=2"]),
])  # fmt: skip
def test_names_leave_out_what_all_share(given, shared, short):
    names = labels.names(cells(*given))
    assert (names.shared, [names.short[label] for label in given]) == (shared, short)
    assert len(set(names.short.values())) == len(given)


def test_the_synthetic_engine_shares_nothing():
    names = labels.names([*cells("iocp:threads=1", "iocp:threads=2"), cell("null", synthetic=True)])
    assert names == labels.Names("iocp", {"iocp:threads=1": "threads=1", "iocp:threads=2": "threads=2", "null": "null"})
    assert labels.names([cell("iocp:threads=1"), cell("null", synthetic=True)]).shared == ""


@pytest.mark.parametrize("text, width, lines", [
    ("iocp", 3, ["iocp"]),
    ("iocp:threads=1,batch=64", 40, ["iocp:threads=1,batch=64"]),
    ("iocp:threads=1,batch=64", 15, ["iocp:threads=1,", "batch=64"]),
    ("iocp:threads=1,batch=64", 9, ["iocp:", "threads=1,", "batch=64"]),
    ("C:\\x.dll:a=1", 8, ["C:\\x.dll:", "a=1"]),
    ("", 5, [""]),
])  # fmt: skip
def test_lines_break_after_commas(text, width, lines):
    assert labels.lines(text, width) == lines
    assert "".join(lines) == text


def test_listing():
    assert labels.listing(["a", "b"]) == "a, b"
    assert labels.listing(["a:x=1,y=2", "b"]) == "a:x=1,y=2; b"
    assert labels.listing(list("abcdefg")) == "a, b, c, d, e, f, g"
    assert labels.listing(list("abcdefgh")) == "a, b, c, d, e, f, 2 more"


def sweep(name, **axes):
    return [f"{name}:" + ",".join(f"{k}={v}" for k, v in zip(axes, values)) for values in itertools.product(*axes.values())]


def grouped(given, most=10):
    return [[c.label for c in group] for group in labels.groups(cells(*given), most)]


def test_what_fits_is_one_group():
    assert grouped([]) == []
    assert grouped(["a", "b"]) == [["a", "b"]]
    assert grouped(sweep("iocp", threads=range(10))) == [sweep("iocp", threads=range(10))]


def test_engines_stay_whole():
    given = ["blocking", "select", *sweep("iocp", t=range(4)), *sweep("rio", t=range(4)), "null"]
    assert grouped(given) == [["blocking", "select", *sweep("iocp", t=range(4))], [*sweep("rio", t=range(4)), "null"]]


def test_single_engines_are_shared_out_evenly():
    assert [len(group) for group in grouped([f"e{i}" for i in range(15)])] == [8, 7]


def test_a_large_sweep_is_parted_where_its_slower_setting_changes():
    many = sweep("iocp", threads=(1, 2, 4), batch=(1, 8, 64, 512))
    assert grouped(["select", *many, "rio"]) == [["select", "rio"], many[:4], many[4:8], many[8:]]
    pairs = sweep("iocp", threads=range(12), skip=("off", "on"))
    assert grouped(pairs) == [pairs[:8], pairs[8:16], pairs[16:]]
    deep = sweep("iocp", a=(1, 2), b=(1, 2), c=range(6))
    assert grouped(deep) == [deep[:6], deep[6:12], deep[12:18], deep[18:]]


@pytest.mark.parametrize("count", range(1, 60))
def test_no_group_is_too_large_and_none_is_lost(count):
    given = ["select", *sweep("iocp", threads=range(count)), "rio"]
    groups = grouped(given)
    assert sorted(label for group in groups for label in group) == sorted(given)
    assert all(0 < len(group) <= 10 for group in groups)


@pytest.mark.parametrize("names, common", [
    (["tcp-sink-64B-c8-10k"], "tcp-sink-64B-c8-10k"),
    (["tcp-sink-64B-c8-10k", "tcp-sink-64B-c64-10k"], "tcp-sink-64B-c*-10k"),
    (["tcp-sink-64B-c8-10k", "tcp-sink-64B-c8-20k"], "tcp-sink-64B-c8-*"),
    # A range has a hyphen of its own, and a mix of ranges has more.
    (["tcp-sink-64B-c8-10k", "tcp-sink-64-1024B-c8-10k"], "tcp-sink-*-c8-10k"),
    (["tcp-sink-64-1024B-c8-10k", "tcp-sink-9x64+100-1500B-c8-10k"], "tcp-sink-*-c8-10k"),
    (["tcp-sink-64-1024B-c8-10k", "tcp-sink-64-1024B-c64-10k"], "tcp-sink-64-1024B-c*-10k"),
    (["tcp-sink-1KiB-c8-max", "tcp-sink-64-1024B-c8-max", "tcp-sink-9x64+1500B-c8-max"], "tcp-sink-*-c8-max"),
    # A word more or less at the end.
    (["tcp-sink-64B-c8-10k", "tcp-sink-64B-c8-10k-idle1000"], "tcp-sink-64B-c8-10k-*"),
    (["tcp-sink-64B-c8-10k", "tcp-sink-64-1024B-c8-10k-poisson"], "tcp-sink-*"),
    (["tcp-sink-64B-c8-10k-v6", "tcp-sink-64B-c8-10k-idle10-v6"], "tcp-sink-64B-c8-10k-*-v6"),
    (["tcp-sink-64B-c8-ramp1k-10k", "tcp-sink-64B-c64-ramp1k-10k"], "tcp-sink-64B-c*-ramp1k-10k"),
    (["s"], "s"),
])  # fmt: skip
def test_what_names_of_scenarios_have_in_common(names, common):
    assert labels.any_of(names) == labels.any_of(names[::-1]) == common
