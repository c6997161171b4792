"""Medians of every cell over a history of measurements, and where they changed. Advice: nothing is decided on it.

  series        history -> series by machine, cell and metric, with their change points
  terminal      what `recvbench-report trend` prints
  document      the same as JSON
All of it is pure.
"""
