"""Gathers directories of one run each into one run directory, as if `recvbench run` had made it: for recvbench-report.

Runs are numbered in their order; the round of a run is its pair. What was gathered is on disk when add() returns.
"""

import json
import re
from datetime import datetime, timezone
from pathlib import Path

from recvbench_report.terminal import write_atomically

START = re.compile(r"^#\[StartTime: ([0-9.]+) ")


class Collection:
    def __init__(self, directory, command):
        self._directory = Path(directory)
        self._command = list(command)
        self._description = None  # run.json
        self._log_start_s = None
        self.records = []

    def add(self, run, log, round_):
        """`run`: a load.RunDirectory of one run; `log`: its latency.hlog. Its record, as it is gathered."""
        index = len(self.records)
        record = {**run.runs[0], "index": index, "round": round_}
        description = run.description
        if self._description is None:
            self._directory.mkdir(parents=True)
            self._description = self._begun(description)
        header, lines = self._log_of(log, index)
        if not self.records:
            _append(self._directory / "latency.hlog", header)
        _append(self._directory / "latency.hlog", lines)
        _append(self._directory / "runs.jsonl", json.dumps(record, separators=(",", ":")) + "\n")
        self.records.append(record)
        self._describe(record, description)
        return record

    def finish(self, complete):
        if self._description is not None:
            self._description["status"] = "complete" if complete else "interrupted"
            self._description["finished"] = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._write()

    def _begun(self, first):
        configuration = dict(first["configuration"], excluded=[])  # all but the run's own cell were excluded from each run
        return dict(first, command=self._command, configuration=configuration, engines=[], plan=[], status="running", finished=None)

    def _describe(self, record, description):
        known = self._description
        known["engines"] += [label for label in description["engines"] if label == record["engine"]["label"] and label not in known["engines"]]
        known["plan"].append({"index": record["index"], "round": record["round"], "cell": record["cell"],
                              "engine": record["engine"]["label"], "scenario": record["scenario"]["name"]})
        known["configuration"]["repeat"] = 1 + max(one["round"] for one in known["plan"])
        known["runs_total"], known["runs_valid"] = len(self.records), sum(one["valid"] for one in self.records)
        known["generator_ceiling"] = known["generator_ceiling"] or description["generator_ceiling"]
        self._write()

    def _log_of(self, path, index):
        """(header, lines) of a log: its run renumbered, its times from this directory's begin."""
        header, lines, shift_s = [], [], 0.0
        for line in path.read_text(encoding="utf-8").splitlines():
            if start := START.match(line):
                if self._log_start_s is None:
                    self._log_start_s = float(start[1])
                shift_s = float(start[1]) - self._log_start_s
            if not line.startswith("Tag=r0."):
                header.append(line + "\n")
                continue
            tag, at, rest = line.split(",", 2)
            lines.append(f"Tag=r{index}.{tag.removeprefix('Tag=r0.')},{float(at) + shift_s:.3f},{rest}\n")
        return "".join(header), "".join(lines)

    def _write(self):
        write_atomically(self._directory / "run.json", json.dumps(self._description, indent=2) + "\n")


def _append(path, text):
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        file.write(text)
