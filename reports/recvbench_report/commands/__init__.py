"""Commands of recvbench-report, one a module: add(subparsers) declares it, run(options) returns the exit code."""

from recvbench_report.commands import baseline, compare, export, gate, html, index, trend

MODULES = (html, compare, gate, baseline, trend, index, export)
