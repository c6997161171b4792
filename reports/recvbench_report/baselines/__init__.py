"""Stored baselines: what a build needed on one machine, kept in git to compare later builds with.

The way of the data, a module each:
  agreement    two series of runs of one build -> a baseline, or why they do not agree
  document     the file of a baseline: its text, how it is read, what the gate needs of it
  folder       where baselines are stored: names, the one of a machine, writing
  differences  what moved from one baseline or run directory to another
  text         what `recvbench-report baseline` prints
The gate against one is in gate/stored.py. Everything but folder and the reading is pure.
"""
