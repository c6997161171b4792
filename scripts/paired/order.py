"""In which order a gate runs its pairs. Pure: the same seed gives the same order.

Every round has one pair of each cell that is still undecided, cells shuffled, so that drift of the machine falls on all alike.
Which side of a pair goes first is drawn so that between two looks each goes first equally often: whatever the first run of a pair
leaves behind (caches, frequency) then falls on both sides, however early the gate ends.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """One pair to run."""

    number: int  # of the cell's pairs, from 0
    cell: str
    base_first: bool
    seed: int  # of both runs of the pair: arrivals at random are the same on both sides, and others in the next pair


def balanced(count, draw):
    """`count` booleans, half of them True (of an odd number, one more or less) in an order that is drawn."""
    sides = [i % 2 == 0 for i in range(count)] if draw.random() < 0.5 else [i % 2 == 1 for i in range(count)]
    draw.shuffle(sides)
    return sides


class Order:
    """looks: after how many pairs there is a decision, ascending; the last one is the most pairs of a cell."""

    def __init__(self, cells, looks, seed):
        if not looks or list(looks) != sorted(set(looks)) or looks[0] < 1:
            raise ValueError(f"looks {looks}: ascending numbers of pairs from 1")
        self._seed = seed
        blocks = [end - begin for begin, end in zip([0, *looks], looks)]
        self._base_first = {}
        for cell in cells:
            draw = random.Random(f"{seed} sides {cell}")
            self._base_first[cell] = [first for block in blocks for first in balanced(block, draw)]

    def round(self, number, cells):
        """The pairs of round `number` (from 0) of those cells."""
        shuffled = list(cells)
        random.Random(f"{self._seed} round {number}").shuffle(shuffled)
        return [Turn(number, cell, self._base_first[cell][number], self._seed + number) for cell in shuffled]
