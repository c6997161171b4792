"""What `recvbench-report html` takes for 1,000 runs, against its limits: python3 reports/benchmarks/html_report.py

Makes a synthetic run directory (20 engines, 10 scenarios, 5 repetitions), runs the command as a user does, twice, and prints the
faster one's time and the file's size beside the limits. Exit code 1 where one is exceeded or the two files differ.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPORTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPORTS / "tests"), str(REPORTS)]

import make_run  # noqa: E402

LIMIT_S, LIMIT_BYTES = 10.0, 5_000_000


def scenarios(count: int) -> dict[str, tuple]:
    """Those of the tests, then in turn more connections and higher rates, so that the plots of both are drawn."""
    found = dict(list(make_run.SCENARIOS.items())[:count])
    for i in range(count - len(found)):
        step = i // 2
        if i % 2 == 0:
            found[f"tcp-echo-64B-c{2**step}-5k"] = ("echo", "open", 2**step, 64, 5000.0, 1.5 + 0.1 * step)
        else:
            found[f"tcp-sink-64B-c8-{20 * (step + 1)}k"] = ("sink", "open", 8, 64, 20_000.0 * (step + 1), 1.1 + 0.1 * step)
    return found


def engines(count: int) -> tuple[str, ...]:
    """The known ones, then variants of them."""
    names = list(make_run.ENGINES)
    return tuple(names[i % len(names)] + (f":batch={2 ** (i // len(names))}" if i >= len(names) else "") for i in range(count))


def write(directory: Path, of_engines: int, of_scenarios: int, repeat: int, messages: int, seconds: int) -> Path:
    own = scenarios(of_scenarios)
    make_run.SCENARIOS.update(own)
    made = make_run.make(repeat=repeat, engines=engines(of_engines), scenarios=tuple(own), messages=messages)
    return make_run.write(directory, made, seconds=seconds)


def rendered(directory: Path, out: Path) -> float:
    begin = time.perf_counter()
    command = [sys.executable, "-m", "recvbench_report", "html", str(directory), "--out", str(out)]
    subprocess.run(command, cwd=REPORTS, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("engines", 20), ("scenarios", 10), ("repeat", 5), ("messages", 6000), ("seconds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"default: {default}")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the run directory and the report are left; default: nowhere")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        place = options.keep or Path(temporary)
        shape = options.engines, options.scenarios, options.repeat
        directory = write(place / "run", *shape, options.messages, options.seconds)
        outs = [place / "first.html", place / "second.html"]
        took_s = min(rendered(directory, out) for out in outs)
        size = outs[0].stat().st_size
        same = outs[0].read_bytes() == outs[1].read_bytes()
    print("{} engines x {} scenarios x {} runs = {:,} runs".format(*shape, shape[0] * shape[1] * shape[2]))
    print(f"time {took_s:5.2f} s       limit {LIMIT_S:.0f} s")
    print(f"size {size / 1e6:5.2f} MB      limit {LIMIT_BYTES / 1e6:.0f} MB")
    print(f"the same bytes again: {'yes' if same else 'no'}")
    return 0 if took_s <= LIMIT_S and size <= LIMIT_BYTES and same else 1


if __name__ == "__main__":
    sys.exit(main())
