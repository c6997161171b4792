"""gate.json as JUnit XML: REGRESSED is a failure, what could not be judged an error, INCONCLUSIVE skipped. Pure."""

from __future__ import annotations

from xml.etree import ElementTree

from recvbench_report.gate import figures

_RESULTS = {
    "REGRESSED": "failure",
    "MISSED": "failure",
    "INVALID": "error",
    "GONE": "error",
    "INCOMPARABLE": "error",
    "NO BASELINE": "error",
    "INCONCLUSIVE": "skipped",
    "UNDECIDED": "skipped",
}


def render(document: dict) -> str:
    suite = ElementTree.Element("testsuite", name="recvbench gate")
    for cell in document["cells"]:
        lines = figures.summary(cell)
        is_allowed = cell["verdict"] in ("GONE", "INCOMPARABLE") and document["rules"]["allow_missing"]
        _case(suite, "cell", cell["cell"], "skipped" if is_allowed else _RESULTS.get(cell["verdict"]), cell["verdict"], lines)
    for one in document["slo"]:
        _case(suite, "slo", f"{one['cell']} {one['slo']}", _RESULTS.get(one["verdict"]), one["verdict"], [one["text"]])
    if document["control"] is not None:
        result = "error" if document["contaminated"] else None
        _case(suite, "control", "the same build on both sides", result, "INCONCLUSIVE", document["contaminated"])
    # What fails the gate and is no single case's must not read as a green page.
    if document["exit_code"] and not suite.findall("testcase/failure") and not suite.findall("testcase/error"):
        result = _RESULTS.get(document["verdict"], "error")
        _case(suite, "gate", "verdict", result, document["verdict"], document["reasons"])
    for name, path in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{path}"))))
    suite.set("tests", str(len(suite)))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _case(suite, group: str, name: str, result: str | None, verdict: str, lines: list[str]) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=f"recvbench.gate.{group}", name=name)
    if result:
        found = ElementTree.SubElement(case, result, message=f"{verdict}: {lines[0]}" if lines else verdict)
        if result != "skipped":
            found.set("type", verdict)
        found.text = "\n".join(lines)
