"""The section "Plots" of reports/README.md, which says of each plot what the report itself says below it.

/usr/bin/python3 scripts/tests/plot_notes.py writes it anew, where a plot's note has changed.
"""

import importlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "reports/README.md"
PLOTS = ROOT / "reports/recvbench_report/plots"
BEGIN, END = "<!-- plots: from reports/recvbench_report/plots, by scripts/tests/plot_notes.py -->", "<!-- end of plots -->"
# As the report has them; others come after.
ORDER = ("heatmap", "curves", "latency_curve", "crossover", "scaling", "setting", "cost", "response_service", "timeline", "order",
         "fairness", "trend", "forest")  # fmt: skip


def modules():
    sys.path.insert(0, str(ROOT / "reports"))
    names = sorted((path.stem for path in PLOTS.glob("*.py") if path.stem != "__init__"), key=lambda name: (_place(name), name))
    found = [importlib.import_module(f"recvbench_report.plots.{name}") for name in names]
    return [module for module in found if hasattr(module, "NOTE")]


def section():
    parts = []
    for module in modules():
        note = module.NOTE
        parts.append(f"### {module.TITLE}\n\n*Shows.* {note['shows']}\n\n*Read.* {note['read']}\n\n*Cannot show.* {note['cannot']}\n")
    return f"{BEGIN}\n\n" + "\n".join(parts) + f"\n{END}"


def with_section(text):
    return re.sub(rf"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: section(), text, flags=re.DOTALL)


def _place(name):
    return ORDER.index(name) if name in ORDER else len(ORDER)


if __name__ == "__main__":
    PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
