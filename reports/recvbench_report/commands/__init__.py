"""Commands of recvbench-report, one a module: add(subparsers) declares it, run(options) returns the exit code."""

from recvbench_report.commands import compare, gate

MODULES = (compare, gate)
