"""The regression gate: did a change make something slower?

The way of the data, a module each:
  records      run record -> Sample              (what a run contributes)
  sample       Sample, Pair                      (what the decision knows of a run; not only recvbench makes them)
  metrics      what is gated, and from which effect on
  comparable   may two sides be compared at all
  pairing      two run directories -> pairs by cell
  benchmark_files  the same of two files of Google Benchmark's, with its machine and cells
  evidence     pairs of one metric -> counts, exact p values, median ratio
  calibration  what the machine's noise leaves to be seen
  cell         what is known of a cell: its pairs, its tests, their verdicts
  control      what the same build on both sides says against the machine
  sequential   the decision, look by look
  sides        two run directories -> a gate's document; stored: with a baseline, benchmark_files: with Google Benchmark's files
  document     gate.json, and with it everything that is shown: table, junit, markdown, annotations
  exits        exit codes
Everything but pairing, document's writer and commands is pure.
"""
