"""Plans that are foreseen against those of Snakemake, and what may happen to a finished tree."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path

from pystamps.io.bounded_text import json_record
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.result_sets import snakemake_record_path
from pystamps.pipeline.decision import causes_of_snakemake
from pystamps.pipeline.foreseen import foreseen_causes
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import StageTarget
from pystamps.pipeline.types import Cause

LARGE = 1_100_000
"""Bytes of a file that Snakemake does not read."""


def metadata_of(root: Path, name: str, folder: str = "metadata") -> Path:
    (root / ".snakemake" / folder).mkdir(exist_ok=True)
    return snakemake_record_path(root / ".snakemake" / folder, name)


def record_changed(root: Path, name: str, **values: object) -> None:
    path = metadata_of(root, name)
    if path.is_file():
        path.write_text(json.dumps(json_record(path) | values))


class Chance:
    """What may happen to the files and records of one stage on one target."""

    def __init__(self, root: Path, draw: random.Random) -> None:
        self.root = root
        self.draw = draw

    def delete(self, target: StageTarget) -> None:
        self._output(target).unlink(missing_ok=True)

    def delete_all(self, target: StageTarget) -> None:
        for name in target.outputs:
            (self.root / name).unlink(missing_ok=True)

    def touch_input(self, target: StageTarget) -> None:
        self._input(target).touch()

    def touch_output(self, target: StageTarget) -> None:
        path = self._output(target)
        if path.is_file():
            later = path.stat().st_mtime + self.draw.uniform(-30, 30)
            os.utime(path, (later, later))

    def age_output(self, target: StageTarget) -> None:
        if self._output(target).is_file():
            os.utime(self._output(target), (1_600_000_000, 1_600_000_000))

    def change_input(self, target: StageTarget) -> None:
        path = self._input(target)
        if path.suffix == ".mat" and path.is_file():
            path.write_bytes(path.read_bytes() + b" ")

    def make_input_large(self, target: StageTarget) -> None:
        path = self._input(target)
        if path.suffix == ".mat" and path.is_file():
            path.write_bytes(bytes(LARGE))

    def link_input(self, target: StageTarget) -> None:
        path = self._input(target)
        if "pscands" in path.name and path.is_file() and not path.is_symlink():
            kept = path.with_name(f"kept_{path.name}")
            path.rename(kept)
            path.symlink_to(kept.name)
            at = self.draw.choice([1_600_000_000, kept.stat().st_mtime + 1])
            os.utime(path, (at, at), follow_symlinks=False)

    def drop_record(self, target: StageTarget) -> None:
        metadata_of(self.root, self._name(target)).unlink(missing_ok=True)

    def damage_record(self, target: StageTarget) -> None:
        path = metadata_of(self.root, self._name(target))
        path.write_text('{"rule": "stage2_ga')

    def old_record(self, target: StageTarget) -> None:
        record_changed(self.root, self._name(target), record_format_version=5, params=["{}"])

    def other_settings(self, target: StageTarget) -> None:
        values = [None, [], ["{'small_baseline_flag': 'True'}"], ["1", "2"]]
        record_changed(self.root, self._name(target), params=self.draw.choice(values))

    def other_inputs(self, target: StageTarget) -> None:
        values = [None, [], sorted([*target.inputs, "more"]), sorted(target.inputs)]
        record_changed(self.root, self._name(target), input=self.draw.choice(values))

    def other_checksums(self, target: StageTarget) -> None:
        name = self.draw.choice(target.inputs)
        values = [None, {}, {name: "sha256:0"}, {name: None}, {name: "0" * 64}]
        record_changed(self.root, self._name(target), input_checksums=self.draw.choice(values))

    def mark_unfinished(self, target: StageTarget) -> None:
        path = metadata_of(self.root, self._name(target), "incomplete")
        path.write_text('{"external_jobid": null}')

    def lose_benchmark(self, target: StageTarget) -> None:
        self._benchmark(target).unlink(missing_ok=True)

    def age_benchmark(self, target: StageTarget) -> None:
        if self._benchmark(target).is_file():
            os.utime(self._benchmark(target), (1_600_000_000, 1_600_000_000))

    def change_parameter(self, target: StageTarget) -> None:
        path = self.root / target.patch / "localparms.mat"
        known = read_mat(path) if path.is_file() else {}
        name, value = self.draw.choice([("gamma_change_convergence", 0.01), ("weed_time_win", 300)])
        write_mat(path, known | {name: float(value)})

    def _name(self, target: StageTarget) -> str:
        return self.draw.choice(target.outputs)

    def _output(self, target: StageTarget) -> Path:
        return self.root / self._name(target)

    def _input(self, target: StageTarget) -> Path:
        there = [name for name in target.inputs if (self.root / name).is_file()]
        return self.root / self.draw.choice(there) if there else self.root / "touched.txt"

    def _benchmark(self, target: StageTarget) -> Path:
        return self.root / "benchmarks" / target.patch / f"{target.stage}.tsv"


def assert_foreseen(
    plan: WorkflowPlan, targets: Sequence[StageTarget], allowed_rules: Sequence[str] = ()
) -> dict[StageTarget, Cause]:
    """Compare what is foreseen with Snakemake: jobs, and every cause of each."""
    found = foreseen_causes(plan.root, targets, settings=plan.settings)
    assert found is not None
    expected = causes_of_snakemake(plan, targets, allowed_rules=allowed_rules)
    differing = [t for t in targets if found.get(t) != expected.get(t)]
    assert not differing, [(t.label, found.get(t), expected.get(t)) for t in differing[:3]]
    return found
