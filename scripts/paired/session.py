"""The course of a gate: round after round of pairs, a decision at each look, until every cell is decided. Pure: what runs a pair,
shows progress and knows the time is handed in."""

from paired.order import Order


def run_rounds(order, cells_left, run_pair, add):
    """Runs a pair of each of cells_left() a round, until there is none; `add` takes each. False where run_pair gave up (None)."""
    number = 0
    while cells := cells_left():
        for turn in order.round(number, cells):
            if turn.cell not in cells_left():  # decided meanwhile, as a control cell is with the last of the others
                continue
            pair = run_pair(turn)
            if pair is None:
                return False
            add(turn, pair)
        number += 1
    return True


def run_gate(gate, rules, seed, run_pair, progress):
    """gate: recvbench_report.gate.sequential.Gate, nothing added yet. False where it was interrupted."""
    order = Order(gate.open_cells, rules.looks, seed)

    def cells_left():
        left = [cell for cell in gate.open_cells if gate.missing(cell)]
        if left or gate.finished:
            return left
        look = gate.next_look
        progress.look(look, gate.look())
        return gate.open_cells

    def add(turn, pair):
        gate.add(turn.cell, pair)
        progress.pair(turn, pair, left=left_of(gate, rules))

    return run_rounds(order, cells_left, run_pair, add)


def left_of(gate, rules):
    """Pairs to the next look, and to the last one if nothing is decided before it."""
    until_look = sum(gate.missing(cell) for cell in gate.open_cells)
    rest = 0 if gate.finished else len(gate.open_cells) * (rules.looks[-1] - gate.next_look)
    return until_look, until_look + rest


def run_calibration(cells, count, seed, run_pair, progress):
    """{cell: its pairs}, `count` of each; None where it was interrupted."""
    pairs = {cell: [] for cell in cells}

    def add(turn, pair):
        pairs[turn.cell].append(pair)
        left = sum(count - len(done) for done in pairs.values())
        progress.pair(turn, pair, left=(left, left))

    complete = run_rounds(Order(cells, [count], seed), lambda: [cell for cell in cells if len(pairs[cell]) < count], run_pair, add)
    return pairs if complete else None
