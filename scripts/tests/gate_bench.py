"""A folder with programs that measure nothing and a stored noise, in which the tests run whole gates."""

import functools
import json

import jsonschema
from runner import SCRIPTS, run

import fake_program
from paired import noise_file
from recvbench_report.gate.calibration import Noise

CELL = fake_program.CELL
OTHER = "select/tcp-sink-64B-c8-5k"
METRICS = ("cpu", "p50", "p99")

template = functools.cache(fake_program.template)


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.store(dict.fromkeys((CELL, OTHER), 0.005))

    def make(self, name, **about):
        """A program in the build directory of that name (fake_program.make)."""
        return fake_program.make(self.folder / name, template(), name=name, **about)

    def store(self, floors):
        """The noise floors by cell."""
        noise = {(cell, metric): Noise(16, 0.01, floor) for cell, floor in floors.items() for metric in METRICS}
        noise_file.write(self.folder / "noise.json", noise_file.conditions_of(template()["description"]), noise)

    def gate(self, *options, base="base", candidate="candidate", **settings):
        return run("gate", "--base", base, "--candidate", candidate, "--noise", "noise.json", "--out", "out", *options,
                   cwd=self.folder, **settings)  # fmt: skip

    @property
    def found(self):
        """gate.json."""
        document = json.loads((self.folder / "out/gate.json").read_text(encoding="utf-8"))
        schema = json.loads((SCRIPTS.parent / "results/schema/gate.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema).validate(document)
        return document

    def verdicts(self):
        return {cell["cell"]: cell["verdict"] for cell in self.found["cells"]}
