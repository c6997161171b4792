"""Behind scripts/gate: two builds measured in interleaved pairs of runs, for recvbench_report.gate to decide on."""
