"""Behind scripts/gate and scripts/baseline: two builds measured in interleaved pairs of runs, for recvbench_report.gate to decide on.

The way of a gate, a module each:
  arguments    its options; all others are those of `recvbench run`
  gate_run     from the options to the exit code
  sides        what --base and --candidate name
  checkout     a revision, checked out and built
  program      a side's recvbench: its plan, a run of one cell
  preparation  which cells are compared, trial runs, the machine's noise (noise_file: where that is stored)
  measuring    trial runs, noise and pairs in their order
  session      rounds of pairs until every cell is decided, in the order of `order`; pure
  pairs        a pair: both runs, and what the decision needs of them
  collection   gathers the runs into a run directory a side
  progress     what is said meanwhile; interrupts: Ctrl-C
  outcome      gate.json, and what is made of it
experiment is behind scripts/gate-experiment.
baseline_run is behind scripts/baseline: a calibration whose runs become a baseline.
"""
