"""Ctrl-C and termination: the first lets the run in flight end, a second breaks it off."""

import signal

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


class Interrupts:
    """Counts them as long as the context lasts."""

    def __init__(self):
        self._count = 0

    def __enter__(self):
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, *_):
        self._count += 1

    def stop(self):
        """No further run."""
        return self._count > 0

    def abort(self):
        """Nor the end of this one."""
        return self._count > 1
