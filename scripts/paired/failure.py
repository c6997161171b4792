"""How a gate ends where there is nothing to decide on."""

import sys


class GateError(Exception):
    """One line for the user, and the exit code that goes with it."""

    def __init__(self, text, code):
        super().__init__(text)
        self.code = code


USAGE, INVALID, INTERRUPTED = 2, 13, 130


def ended(script, main):
    """The exit code of main(), or of what ended it, with one line that says so."""
    try:
        return main()
    except GateError as error:
        print(f"{script}: {' '.join(str(error).split())}", file=sys.stderr)
        return error.code
    except OSError as error:  # a full disk, say
        print(f"{script}: {error.filename or 'writing'}: {error.strerror}", file=sys.stderr)
        return INVALID
    except KeyboardInterrupt:  # while something was built: no measurement is lost
        return INTERRUPTED
