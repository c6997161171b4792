"""Reports on paper."""

import re
import shutil
import subprocess

import pytest

PDFTOTEXT = shutil.which("pdftotext")


@pytest.fixture
def printed(show, report):
    tab = show(report, dark=True)
    tab.point('.chip[data-chip="1"]', click=True)
    return tab.pdf()


def test_prints_pages(printed):
    assert printed.startswith(b"%PDF-") and printed.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 1


@pytest.mark.skipif(not PDFTOTEXT, reason="pdftotext is not installed")
def test_says_what_the_environment_is_not(printed, tmp_path):
    (tmp_path / "report.pdf").write_bytes(printed)
    done = subprocess.run([PDFTOTEXT, "-layout", "report.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True)
    text = " ".join(done.stdout.split())
    # The banner, 11 headings, and 16 plots, whose text is text: of those that differ in the percentile, one.
    assert text.count("Wine 8.0, not Windows") == 1 + 11 + 16
    assert "Valid in part: 114 of 120 runs" in text and "Which engine for what" in text and "What it cannot show" in text
    assert "Highlight" not in text and "8 of 8" not in text, "controls are for the screen"


def test_paper_is_light_and_has_all(show, report):
    tab = show(report, dark=True)
    tab.point('.chip[data-chip="1"]', click=True)
    tab.emulate(dark=True, media="print")
    found = tab.ask(
        """
        const look = (selector) => getComputedStyle(document.querySelector(selector));
        return {
          paper: look(".plot path").fill, ink: look("body").color,
          controls: look(".controls").display, banner: look(".environment").display,
          opacities: [...new Set([...document.querySelectorAll(".plot .e")].map((group) => getComputedStyle(group).opacity))],
          headings: [...document.querySelectorAll("section > h2")].filter((h) => h.textContent.includes("Wine 8.0, not Windows")).length,
        };
        """
    )
    assert found == {
        "paper": "rgb(255, 255, 255)", "ink": "rgb(0, 0, 0)", "controls": "none", "banner": "block", "opacities": ["1"], "headings": 11,
    }  # fmt: skip
