"""The documentation keeps its word: every command of its pages runs (shortened.py says how), what they link and name is there."""

import json
import os
import sys

import desk as desks
import documented
import plot_notes
import pytest
import shortened
from documented import ROOT

sys.path.append(str(ROOT / "harness/tests"))

from program import BUSY  # noqa: E402

PAGES = documented.pages()
COMMANDS = {}  # the first place of each
for one in (command for page in PAGES for command in documented.commands(page)):
    COMMANDS.setdefault(one.text, one)
LIMIT = 240  # seconds, of a machine that is busy with other work


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return desks.lay(tmp_path_factory.mktemp("desk"))


def named(page):
    return page.relative_to(ROOT).as_posix()


def test_the_pages_are_found():
    assert {"README.md", "engines/README.md", "harness/README.md", "reports/README.md"} <= set(map(named, PAGES))
    assert "scripts/test" in COMMANDS, "the test command"


def test_every_rule_is_needed():
    used = [shortened.rule_of(text) for text in COMMANDS]
    assert [rule.commands for rule in shortened.RULES if rule not in used] == []


@pytest.mark.skipif(os.name == "nt", reason="the commands are a POSIX shell's")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=[f"{one.page}:{one.line}" for one in COMMANDS.values()])
def test_command(command, desk):
    rule = shortened.rule_of(command.text)
    assert rule, f"{command.page}:{command.line}: no rule of shortened.py says how a test runs: {command.text}"
    if rule.skip:
        pytest.skip(f"{command.text}: {rule.skip}")
    for need in shortened.needed(command.text, rule):
        if not (ROOT / need).exists():
            pytest.skip(f"{command.text}: {need} is not built")
    number = list(COMMANDS).index(command.text)
    line = shortened.as_run(command.text, rule, number, ROOT)
    promised = [desk / name for name in shortened.promised(line, rule, number)]
    began = {path: path.stat().st_ctime_ns for path in promised if path.exists()}
    done = desks.shell(line, desk, environment(), LIMIT)
    assert done.returncode in rule.codes, (line, done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, (line, done.stderr)
    for path in promised:
        assert path.exists() and path.stat().st_ctime_ns != began.get(path), (line, path.name)
    if rule.measures:
        assert_measured(desk / f"runs-{number}", done)


def environment():
    """Without what would make a CI's own job page out of it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}


def assert_measured(directory, done):
    """All that was planned was run, and only a busy machine spoilt any of it: with 13 some cell has no valid run, and with 0 each has."""
    runs = [json.loads(line) for line in (directory / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    planned = json.loads((directory / "run.json").read_text(encoding="utf-8"))["plan"]
    assert runs and len(runs) == len(planned)
    assert {reason["code"] for run in runs for reason in run["reasons"]} <= BUSY, done.stderr
    cells = {run["cell"] for run in runs}
    assert (done.returncode == 0) == (cells == {run["cell"] for run in runs if run["valid"]})


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    for target, anchor in documented.links(page):
        there = (page.parent / target) if target else page
        assert there.exists(), target
        assert not anchor or anchor in documented.anchors(there), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_paths_that_are_named_exist(page):
    assert [word for word in documented.named_paths(page) if not documented.exists(word, page)] == []


def test_what_is_read_of_a_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A `b` & c\n\n    one 'a # b'  # why\n    two\n\ntext\n    not code\n\n```\nthree\n```\n\n```text\noutput\n```\n"
                    "[x](y.md#z) `engines/none.h` `1k/connection` `out/x.h` `none.py`\n", encoding="utf-8")
    (tmp_path / "engines").mkdir()
    assert [(one.line, one.text) for one in documented.commands(page, tmp_path)] == [(3, "one 'a # b'"), (4, "two"), (10, "three")]
    assert documented.links(page) == [("y.md", "z")] and documented.anchors(page) == {"a-b--c"}
    assert documented.named_paths(page, tmp_path) == ["engines/none.h", "none.py"]


def test_options_are_replaced_or_added():
    rule = shortened.Rule("x", {"--repeat": "1", "--out": "o-{number}"}, measures=True)
    made = shortened.as_run("scripts/x --repeat 6 --engine ./build/e.so,'y' -- RUNDIR", rule, 3, "/r")
    assert made == "/r/scripts/x --repeat 1 --engine ./build/e.so,'y' -- open-loop --out o-3 --scenario '*-5k*'"


def test_every_reason_is_told():
    text = (ROOT / "harness/README.md").read_text(encoding="utf-8")
    reasons = json.loads((ROOT / "results/schema/reasons.json").read_text(encoding="utf-8"))
    assert [one["code"] for one in reasons if f"`{one['code']}`" not in text] == []


def test_every_plot_is_explained_as_in_the_report():
    text = plot_notes.PAGE.read_text(encoding="utf-8")
    assert plot_notes.BEGIN in text and len(plot_notes.modules()) >= 9
    assert plot_notes.with_section(text) == text, "/usr/bin/python3 scripts/tests/plot_notes.py writes it anew"


@pytest.mark.skipif(not (ROOT / shortened.NATIVE).exists(), reason=f"{shortened.NATIVE} is not built")
def test_every_engine_has_a_row(tmp_path):
    table = (ROOT / "engines/README.md").read_text(encoding="utf-8")
    listed = json.loads(desks.shell(f"{ROOT / shortened.NATIVE} list --json", tmp_path, environment(), LIMIT).stdout)
    assert len(listed) > 10
    assert [engine["name"] for engine in listed if f"\n| `{engine['name']}` |" not in table] == []
