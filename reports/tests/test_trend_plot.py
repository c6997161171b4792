"""The trend in the report: what is drawn is the series of the report's own cells, with a ring at each change."""

import shutil

import drawn
import hostile
import make_history
import page
import pytest
from recvbench_report import cli, history, html, load
from recvbench_report.plots import trend
from recvbench_report.trend import series


def render(directory, nights):
    return page.parse(html.render(load.load(directory), series.of_history(history.read(nights, also=directory).entries)))


@pytest.fixture(scope="module")
def root(history_directory):
    return render(history_directory / "night-15", history_directory)


def test_section(root):
    section = root.one("section", id="trend")
    (plot,) = page.plots(section)
    alt = page.alt(plot)
    assert alt.startswith("Medians of 2 engines under tcp-sink-64B-c8-10k over 16 measurements. Changes: select, p99 response")
    assert "worse: +2" in alt and "from 2026-01-09 (night-08) on" in alt and "iocp" not in alt
    assert "cannot tell the machine's changes from the engine's" in section.one("dl").text
    assert any(a.attributes["href"] == "#trend" for a in root.one("nav").all("a"))


def test_no_history_no_section(history_directory):
    for trends in ([], series.of_history(history.read(history_directory).entries[:1])):
        root = page.parse(html.render(load.load(history_directory / "night-00"), trends))
        assert not list(root.all("section", id="trend"))


def test_label(history_directory):
    (plot,) = plots(history_directory)
    found = series.of_history(history.read(history_directory).entries)
    (change,) = (change for one in found for change in one.changes if one.metric.key == "p99")
    text = plot.svg.decode()
    assert "Wine 8.0, not Windows" in text and "tcp-sink-64B-c8-10k · p99 response time" in text and "CPU per message" in text
    # One change is drawn, with its share: that of the p99. The p50 has no panel.
    assert [one for one in drawn.texts(plot.svg) if one.endswith("%")] == [f"{change.share * 100:+.0f} %"]


def plots(directory, cells=None):
    found = series.of_history(history.read(directory).entries)
    looks = {one.key.cell: one.cell for one in found if cells is None or one.key.cell in cells}
    return trend.plots(found, looks, "Wine 8.0, not Windows")


def test_cells_that_the_report_has_not_are_left_out(history_directory):
    (plot,) = plots(history_directory, ["iocp/tcp-sink-64B-c8-10k"])
    assert plot.alt.startswith("Medians of 1 engine under") and "No change is shown." in plot.alt
    assert plots(history_directory, []) == []


def test_other_machines_are_left_out(tmp_path):
    make_history.write(tmp_path / "nights", 3)
    other = make_history.night(
        tmp_path / "other", 9, describe=lambda d: d["environment"]["fingerprint"].update(hash="f" * 16)
    )
    assert not list(render(other, tmp_path / "nights").all("section", id="trend"))


def test_the_report_s_own_runs_count_once(tmp_path, history_directory):
    entries = history.read(history_directory, also=history_directory / "night-15").entries
    assert len(entries) == 16
    outside = shutil.copytree(history_directory / "night-15", tmp_path / "night-15")
    assert len(history.read(history_directory, also=outside).entries) == 16
    make_history.night(tmp_path / "night-16", 16)
    assert [e.name for e in history.read(history_directory, also=tmp_path / "night-16").entries][-1] == "night-16"


def test_equal_input_gives_equal_bytes(history_directory):
    assert plots(history_directory) == plots(history_directory)


def test_command(tmp_path, capsys, history_directory):
    target = tmp_path / "r.html"
    assert cli.main(["html", str(history_directory / "night-15"), "--history", str(history_directory), "--out", str(target)]) == 0
    assert 'id="trend"' in target.read_text(encoding="utf-8")
    assert cli.main(["html", str(history_directory / "night-15"), "--history", str(tmp_path / "nowhere"), "--out", str(target)]) == 2
    assert "nowhere: no such directory" in capsys.readouterr().err


@pytest.mark.parametrize("name", hostile.NAMES)
def test_hostile_names(tmp_path, name):
    def change(run):
        if run["engine"]["name"] == "iocp":
            hostile.rename(run, name)

    for i in range(2):
        make_history.night(tmp_path / f"n{i}", i, change)
    root = render(tmp_path / "n1", tmp_path)
    (plot,) = page.plots(root.one("section", id="trend"))
    assert page.alt(plot).startswith("Medians of 2 engines")
    page.assert_asks_no_network(root)
