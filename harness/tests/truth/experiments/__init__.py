"""One experiment a file: run(bench) gives its rows of the table, ABOUT says what it claims."""

from experiments import aa, counts, cpu, delay, generator, neighbour, queue, sockperf, stall

EXPERIMENTS = {"counts": counts, "cpu": cpu, "delay": delay, "queue": queue, "stall": stall, "generator": generator,
               "neighbour": neighbour, "sockperf": sockperf, "aa": aa}
BY_DEFAULT = [name for name in EXPERIMENTS if name != "aa"]
