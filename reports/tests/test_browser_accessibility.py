"""axe-core finds nothing to complain of in any page, light or dark."""

import os
from pathlib import Path

import gate_documents
import make_run
import pytest
from recvbench_report import html, load
from recvbench_report.gate import page as comparison

ROOT = Path(__file__).resolve().parents[2]
AXE = Path(os.environ.get("RECVBENCH_NODE_MODULES") or ROOT / "out" / "deps" / "node" / "node_modules") / "axe-core" / "axe.min.js"

pytestmark = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: scripts/test-node-modules")

RUN = """
const found = await axe.run();
return {
  violations: found.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target} ${node.failureSummary}`)),
  passes: found.passes.map((one) => one.id),
};
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Of every kind of engine and run, and few of each: axe looks at every element."""
    made = make_run.make(2, ["iocp", "select", "rio", "null"], list(make_run.SCENARIOS)[:2], 1200)
    return html.render(load.load(make_run.write(tmp_path_factory.mktemp("axe") / "run", made)))


@pytest.fixture(scope="module")
def pages(report, listing):
    compared = comparison.render(gate_documents.every_verdict(environment="Wine 8.0, not Windows", notes=["a note"]))
    return {"report": report, "comparison": compared, "index": listing}


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["report", "comparison", "index"])
def test_no_violations(show, pages, name, width):
    tab = show(pages[name], width)
    tab.ask(AXE.read_text("utf-8"))
    for dark in (False, True):
        tab.emulate(dark=dark)
        if name == "report":
            tab.ask("for (const one of document.querySelectorAll('details')) one.open = true;")
        found = tab.ask(RUN)
        assert found["violations"] == []
        # It did look.
        assert {"color-contrast", "document-title", "html-has-lang"} <= set(found["passes"])
    assert tab.complaints() == []
