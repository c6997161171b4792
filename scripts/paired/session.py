"""The course of a gate: round after round of pairs, a decision at each look, until every cell is decided. Pure: what runs a pair,
shows progress and knows the time is handed in."""

from paired.order import Order


class TooManyInvalid(Exception):
    """This machine cannot be measured on now: one line."""


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
        decided = gate.look()
        progress.look(look, decided, of_control(gate, decided))
        return gate.open_cells

    def add(turn, pair):
        gate.add(turn.cell, pair)
        progress.pair(turn, pair, left=left_of(gate, rules))

    return run_rounds(order, cells_left, run_pair, add)


def of_control(gate, decided):
    """What a look says of the control cells where they alone go on, or went on until it; else ""."""
    if gate.control_alone:
        return "the control scatters, and goes on alone"
    if gate.finished and not decided:
        return "the control is not quiet" if gate.result().contaminated else "the control is quiet"
    return ""


def left_of(gate, rules):
    """Pairs to the next look, and to the last one if nothing is decided before it."""
    until_look = sum(gate.missing(cell) for cell in gate.open_cells)
    rest = 0 if gate.finished else len(gate.open_cells) * (rules.looks[-1] - gate.next_look)
    return until_look, until_look + rest


def run_calibration(cells, count, rules, seed, run_pair, progress):
    """{cell: its pairs}, `count` valid ones of each; None where it was interrupted. Throws TooManyInvalid as soon as a cell has as
    many invalid pairs as no gate bears."""
    pairs = {cell: [] for cell in cells}

    def lacking(cell):
        return count - sum(pair.valid for pair in pairs[cell])

    def add(turn, pair):
        taken = pairs[turn.cell]
        taken.append(pair)
        left = sum(map(lacking, cells))
        progress.pair(turn, pair, left=(left, left))
        if sum(not one.valid for one in taken) >= rules.invalid_pairs:
            raise TooManyInvalid(f"{rules.invalid_pairs} of {len(taken)} pairs of {turn.cell} are not valid")

    order = Order(cells, [count, count + rules.invalid_pairs - 1], seed)
    return pairs if run_rounds(order, lambda: [cell for cell in cells if lacking(cell)], run_pair, add) else None
