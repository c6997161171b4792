"""semantics-table: its rows, its refusals, and that the committed table is what the tests see now."""

import json

import pytest
from runner import SCRIPTS, run

ROOT = SCRIPTS.parent
COMMITTED = ROOT / "engines" / "semantics.md"
SOURCES = ROOT / "engines" / "tests" / "semantics"
PROGRAM = ROOT / "out" / "build" / "mingw" / "engines" / "tests" / "winsock_semantics_tests.exe"


def case(name="Peeks", line=1, file="../engines/tests/semantics/peek_flags.cpp", **properties):
    recorded = {"document": "WSARecv", "sentence": "some sentence", "documented": "1 byte", "windows": "1 byte",
                "system": "Wine 8.0", "observed": "1 byte"}  # fmt: skip
    return {"name": name, "file": file, "line": line, **recorded, **properties}


def without(test, *names):
    return {name: value for name, value in test.items() if name not in names}


def convert(tmp_path, *tests):
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"testsuites": [{"name": "Flags", "testsuite": list(tests)}]}), encoding="utf-8")
    return run("semantics-table", path)


def rows_of(text):
    return [line for line in text.splitlines() if "| Flags." in line]


def row_of(tmp_path, test):
    done = convert(tmp_path, test)
    assert done.returncode == 0, done.stderr
    (row,) = rows_of(done.stdout)
    return row


def test_same_outcome(tmp_path):
    assert row_of(tmp_path, case()) == "| WSARecv: some sentence | `1 byte` | the same | Flags.Peeks |"


def test_other_outcome_is_bold(tmp_path):
    assert "| `1 byte` | **`0 bytes`** |" in row_of(tmp_path, case(observed="0 bytes"))


def test_windows_against_its_document(tmp_path):
    row = row_of(tmp_path, case(windows="2 bytes", observed="2 bytes"))
    assert "| `2 bytes` (the document: `1 byte`) | the same |" in row


def test_not_observed(tmp_path):
    seen, unseen = case(), without(case(name="Unseen", line=2), "observed", "system")
    done = convert(tmp_path, seen, unseen)
    assert rows_of(done.stdout)[1].endswith("| `1 byte` | not observed | Flags.Unseen |")
    assert "and 1 could not be observed" in " ".join(done.stdout.split())


def test_text_that_would_be_markdown(tmp_path):
    row = row_of(tmp_path, case(sentence="*bold* | [a]", observed="ab|`cd", windows="", documented=""))
    assert row == r"| WSARecv: \*bold\* \| \[a] | (nothing) | **``ab\|`cd``** | Flags.Peeks |"


def test_order_is_that_of_the_sources(tmp_path):
    first, second = case(name="First", line=9), case(name="Second", line=10)
    other = case(name="Other", file=r"C:\engines\tests\semantics\buffers.cpp", line=50)
    one, another = convert(tmp_path, second, other, first), convert(tmp_path, other, first, second)
    assert one.stdout == another.stdout
    titles = [line for line in one.stdout.splitlines() if line.startswith("## ")]
    assert titles == ["## Buffers", "## Peek flags"]
    assert [row.split("Flags.")[1] for row in rows_of(one.stdout)] == ["Other |", "First |", "Second |"]


def test_tests_without_a_sentence_are_no_rows(tmp_path):
    done = convert(tmp_path, case(), {"name": "Helper", "file": "x.cpp", "line": 1})
    assert len(rows_of(done.stdout)) == 1


def test_introduction_counts_and_names_the_system(tmp_path):
    done = convert(tmp_path, case(), case(name="B", line=2, observed="x"), case(name="C", line=3, documented="y"))
    assert "Of 3 rows Wine 8.0 does the same in 2, something else (bold) in 1; Windows is known to contradict its " \
        "document in 1." in " ".join(done.stdout.split())  # fmt: skip
    assert "scripts/semantics-table out/semantics.json >engines/semantics.md" in done.stdout


REFUSED = {
    "a failed test": ([case(failures=[{"failure": "..."}])], "Flags.Peeks failed"),
    "two systems": ([case(), case(name="B", system="Wine 9.0")], "tells of 2 systems: Wine 8.0, Wine 9.0"),
    "nothing observed": ([without(case(), "observed", "system")], "tells of 0 systems"),
    "no promise": ([{"name": "Helper", "file": "x.cpp", "line": 1}], "no test in it recorded a sentence"),
    "a promise cut short": ([without(case(), "documented")], "not GoogleTest's JSON of the semantics tests"),
}


@pytest.mark.parametrize("tests, reason", REFUSED.values(), ids=REFUSED)
def test_refused_reports(tmp_path, tests, reason):
    done = convert(tmp_path, *tests)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"semantics-table: {tmp_path}/report.json: {reason}\n"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"testsuites": 7}', '{"testsuites": [{"name": "x"}]}', "\udcff"])
def test_refused_files(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run("semantics-table", path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(f"semantics-table: {path}: not ")


@pytest.mark.parametrize("arguments", [(), ("a.json", "b.json")])
def test_refused_arguments(arguments):
    done = run("semantics-table", *arguments)
    assert (done.returncode, done.stderr) == (2, "semantics-table: one argument: GoogleTest's JSON output\n")


def test_refused_absent_file(tmp_path):
    done = run("semantics-table", tmp_path / "absent.json")
    assert (done.returncode, done.stderr) == (2, f"semantics-table: {tmp_path}/absent.json: No such file or directory\n")


@pytest.fixture
def report(tmp_path):
    """What the Windows program records now, under Wine."""
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM.relative_to(ROOT)} is not built: scripts/test mingw builds it")
    if any(source.stat().st_mtime > PROGRAM.stat().st_mtime for source in SOURCES.iterdir()):
        pytest.skip(f"{PROGRAM.relative_to(ROOT)} is older than its sources: scripts/test mingw builds it")
    done = run("wine-run", PROGRAM, "--gtest_output=json:report.json", limit=150, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
    return tmp_path / "report.json"


def test_committed_table_is_what_the_tests_see(report):
    done = run("semantics-table", report)
    assert done.returncode == 0, done.stderr
    unseen = [row for row in done.stdout.splitlines() if "| not observed |" in row]
    if unseen:
        pytest.skip(f"this machine cannot show {len(unseen)} rows, the first: {unseen[0]}")
    assert done.stdout == COMMITTED.read_text(encoding="utf-8"), f"made anew by the commands in {COMMITTED}"
