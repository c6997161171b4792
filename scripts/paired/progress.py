"""What a gate says on stderr while it runs: a line that is written over on a terminal, a line for each pair elsewhere."""

import os
import shutil
import sys
import time

STYLES = ("auto", "bar", "plain", "none")


def say(text):
    print(text, file=sys.stderr, flush=True)


def wait(seconds):
    """As recvbench writes it: "12s", "3m 20s", "1h 05m"."""
    seconds = int(seconds + 0.5)
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"


def style_of(asked, stream=sys.stderr, environment=os.environ):
    if asked != "auto":
        return asked
    moving = stream.isatty() and "CI" not in environment and environment.get("TERM") != "dumb"
    return "bar" if moving else "plain"


class Progress:
    """looks: after how many pairs there is a decision; about: goes before each pair. The first pair begins now."""

    def __init__(self, looks, style, about="", stream=sys.stderr, now=time.monotonic):
        self._looks, self._style, self._about, self._stream, self._now = looks, style, about, stream, now
        self._began, self._done, self._open_line = now(), 0, False

    def pair(self, turn, pair, left):
        """left: pairs to the next look, and at most."""
        self._done += 1
        each_s = (self._now() - self._began) / self._done
        number = turn.number + 1
        look = next((look for look in self._looks if look >= number), number)
        soon, most = (wait(pairs * each_s) for pairs in left)
        last = look >= self._looks[-1]
        text = f"{self._about}pair {number}/{look} {turn.cell}: " + (f"{soon} left" if last else f"look in {soon}, at most {most} left")
        if not pair.valid:
            self.note(f"{self._about}pair {number} of {turn.cell} is not valid: {why_invalid(pair)}")
        if self._style == "bar":
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + text[:width].ljust(width))
            self._stream.flush()
            self._open_line = True
        elif self._style == "plain":
            print(text, file=self._stream, flush=True)

    def look(self, pairs, decided, control=""):
        """control: what is to be said of the control cells, "" for nothing."""
        words = [f"{cell.name} {cell.verdict}" for cell in decided] + ([control] if control else [])
        self.note(f"look at {pairs} pairs: {', '.join(words) or 'nothing decided yet'}")

    def note(self, text):
        if self._style == "none":
            return
        self.end_line()
        print(text, file=self._stream, flush=True)

    def end_line(self):
        if self._open_line:
            self._stream.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
            self._stream.flush()
            self._open_line = False


def why_invalid(pair):
    for side in ("base", "candidate"):
        if not getattr(pair, side).valid:
            return f"{side}: {'; '.join(getattr(pair, side).reasons) or 'no reason given'}"
    return ""
