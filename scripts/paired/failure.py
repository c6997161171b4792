"""How a gate ends where there is nothing to decide on."""


class GateError(Exception):
    """One line for the user, and the exit code that goes with it."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


USAGE, INVALID, INTERRUPTED = 2, 13, 130
