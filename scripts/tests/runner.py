"""How these tests run a script of the folder above: no input, bounded, its output as text."""

import subprocess
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]


def run(script, *arguments, limit=60, **settings):
    return subprocess.run([SCRIPTS / script, *map(str, arguments)], capture_output=True, text=True, timeout=limit,
                          stdin=subprocess.DEVNULL, **settings)  # fmt: skip
