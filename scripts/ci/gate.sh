#!/usr/bin/env bash
# A gate as a job of any CI runs it: scripts/ci/gate.sh BASE [OPTIONS of scripts/gate and of `recvbench run`]
#   scripts/ci/gate.sh HEAD~1 --native --engine epoll --rate 5k --duration 1s
# Leaves gate/ (runs of both sides, gate.json, report.html, junit.xml, summary.md, table.txt) in the current directory; on GitHub also
# annotations and the job's summary. The exit code is the gate's: 0 pass, 10 regression, 11 to 13 nothing decided.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
(($#)) || { echo "ci/gate.sh: BASE is missing: a git revision, a checkout, a build directory or a recvbench program" >&2; exit 2; }
base=$1
shift
options=(--base "$base" --out gate/runs --json gate/gate.json --junit gate/junit.xml --markdown gate/summary.md --html gate/report.html)
[[ -z ${GITHUB_ACTIONS:-} ]] || options+=(--annotations)
mkdir -p gate
status=0
# pipefail: the gate's exit code counts, not tee's.
"$root/scripts/gate" "${options[@]}" "$@" | tee gate/table.txt || status=$?
[[ -z ${GITHUB_STEP_SUMMARY:-} || ! -s gate/summary.md ]] || cat gate/summary.md >>"$GITHUB_STEP_SUMMARY"
exit "$status"
