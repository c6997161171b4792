"""The page over a history directory: rows, links, nothing from files but as text."""

import re
import shutil

import hostile
import make_history
import make_run
import page
import pytest
from recvbench_report import cli, history, index
from recvbench_report.trend import series


def written(capsys, directory, *more):
    code = cli.main(["index", str(directory), *map(str, more)])
    out, err = capsys.readouterr()
    assert code == 0
    target = out.strip()
    return page.parse(open(target, encoding="utf-8").read()), err


def rows(root):
    return list(next(root.one("section", id="measurements").all("tbody")).all("tr"))


@pytest.fixture
def nights(history_directory, tmp_path):
    return shutil.copytree(history_directory, tmp_path / "nights")


def test_rows_the_latest_first(capsys, nights):
    (nights / "night-03" / "report.html").write_text("x")
    root, err = written(capsys, nights)
    assert err == "" and root.one("h1").text == "16 measurements, the latest of 2026-01-16T02:00:00Z"
    assert [row.one("th").text for row in rows(root)] == [f"2026-01-{day:02}T02:00:00Z" for day in range(16, 0, -1)]
    links = [a.attributes["href"] for row in rows(root) for a in row.all("a")]
    assert links == ["./night-03/report.html"]
    with_report, without = rows(root)[12], rows(root)[0]
    assert "night-03" in with_report.text and "no report.html" not in with_report.text and "no report.html in it yet" in without.text
    assert "Wine 8.0, not Windows" in without.text and "Example CPU 3000" in without.text and "1910f60" in without.text
    assert "Valid: all 4 runs passed every self-check" in without.text and "2 engines, 1 scenario" in without.text


def test_changes_are_told(capsys, nights):
    root, _ = written(capsys, nights)
    changes = list(root.one("section", id="changes").all("tr"))
    assert [row.one("th").text for row in changes] == ["select/tcp-sink-64B-c8-10k"] * 2
    assert "from 2026-01-09 (night-08) on" in changes[0].text and "Example CPU 3000" in changes[0].text


def test_validity_is_said(capsys, tmp_path):
    make_history.night(tmp_path / "a", 0, lambda run: make_run.invalidate(run, "clock", ""))
    make_history.night(tmp_path / "b", 1, describe=lambda d: d.update(status="interrupted"))
    root, _ = written(capsys, tmp_path)
    assert "did not finish (status: interrupted)" in rows(root)[0].text
    assert "Not valid: none of 4 runs" in rows(root)[1].text and rows(root)[1].one("span", **{"class": "tag bad"}).text == "bad"
    assert "No change is shown in 3 series." not in root.text and "No change is shown in 6 series." in root.text


def test_links_lead_from_where_the_page_lies(capsys, nights, tmp_path):
    (nights / "night-00" / "report.html").write_text("x")
    (tmp_path / "pages").mkdir()
    root, _ = written(capsys, nights, "--out", tmp_path / "pages" / "all.html")
    (link,) = (a.attributes["href"] for a in root.all("a"))
    assert link == "./../nights/night-00/report.html" and (tmp_path / "pages" / link).is_file()


def test_equal_input_gives_equal_bytes(nights):
    pages = [index.render(h := history.read(nights), series.of_history(h.entries), nights) for _ in range(2)]
    assert pages[0] == pages[1]


def test_asks_no_network_for_anything(capsys, nights):
    root, _ = written(capsys, nights)
    for element in root.all():
        for name in {"src", "srcset", "href", "action", "data", "poster"} & element.attributes.keys():
            assert element.tag == "a" and element.attributes[name].startswith("./")
    own = "".join(e.text for e in [*root.all("style"), *root.all("script")])
    assert not re.search(r"url\(|@import|https?://", own)
    assert root.one("meta", http_equiv="Content-Security-Policy").attributes["content"].startswith("default-src 'none'")


@pytest.mark.parametrize("name", [*hostile.NAMES, "javascript:alert(1)", "a%2e%2e b#c?d"])
def test_hostile_names(capsys, tmp_path, name):
    """Of an engine, an environment and, where the system allows it, of a directory."""
    directory = re.sub(r'[/\\]' if "/" in name or "\\" in name else r"\x00", "_", name)
    try:
        (tmp_path / directory).mkdir()
    except OSError:
        directory = "plain"  # Windows allows few of them

    def describe(description):
        description["environment"] |= {"label": name}
        description["environment"]["fingerprint"] |= {"cpu_model": name}
        description["tool"] |= {"git_revision": name}
        description |= {"status": "failed", "error": name}

    def change(run):
        if run["engine"]["name"] == "iocp":
            hostile.rename(run, name)

    make_history.night(tmp_path / directory, 0, change, describe)
    (tmp_path / directory / "report.html").write_text("x")
    root, _ = written(capsys, tmp_path)
    assert len(list(root.all("script"))) == 1 and "alert(1)" not in root.one("script").text
    assert len(rows(root)) == 1
    (link,) = root.all("a")
    assert link.attributes["href"].startswith("./") and not re.search(r"[\s<>\"'#?\\]", link.attributes["href"])
    assert all(c.isprintable() or c in "\n" for c in open(tmp_path / "index.html", encoding="utf-8").read())


def test_damaged_entries_are_listed(capsys, tmp_path):
    make_history.write(tmp_path, 2)
    (tmp_path / "night-01" / "runs.jsonl").write_text("{<b>nonsense\n")
    root, err = written(capsys, tmp_path)
    assert err.count("\n") == 1 and len(rows(root)) == 1
    (problem,) = (row.text for row in root.one("section", id="measurements").one("table", **{"class": "facts"}).all("tr"))
    assert "night-01" in problem and "runs.jsonl:1: not JSON" in problem


def test_no_data_is_never_green(capsys, tmp_path):
    assert cli.main(["index", str(tmp_path / "nowhere")]) == 2
    assert cli.main(["index", str(tmp_path)]) == 13
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err.count("\n") == 2
