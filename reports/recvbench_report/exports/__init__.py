"""Results in other programs' formats, one a module. All of it is pure: load.RunDirectory in, text out."""

from recvbench_report.exports import csv_rows, document, google_benchmark

TEXTS = {"gbench": google_benchmark.text, "csv": csv_rows.text, "json": document.text}
