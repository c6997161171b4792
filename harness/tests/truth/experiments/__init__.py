"""One experiment a file: run(bench) gives its rows of the table, ABOUT says what it claims."""

from experiments import aa, counts, cpu, delay, generator, neighbour, sockperf, stall

EXPERIMENTS = {"counts": counts, "cpu": cpu, "delay": delay, "stall": stall, "generator": generator, "neighbour": neighbour,
               "sockperf": sockperf, "aa": aa}
BY_DEFAULT = [name for name in EXPERIMENTS if name != "aa"]
