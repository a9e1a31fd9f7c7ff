"""One job of an audit: make the tree, run the stages, compare what they wrote."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.audit.comparison import Measurement, StageComparison
from pystamps.audit.contract import OracleContract
from pystamps.audit.golden import GoldenArtifact, GoldenTree, compact_artifacts, golden_tree
from pystamps.audit.jobs import AuditJob, AuditTrees
from pystamps.audit.manifest import AuditCase, AuditManifest, AuditRow
from pystamps.audit.trees import RUN, add_golden_before, copy_before, copy_prepared
from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.io.dataset import discover_dataset
from pystamps.io.stage_records import replayed_files
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.one_stage import StageDef
from pystamps.stage_table import stage_named


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """What a row has come to.

    Attributes
    ----------
    row : AuditRow
    measurements : tuple of Measurement
        All variables.
    error : str
        Why the stage could not be compared: it stopped, or one before it.
    """

    row: AuditRow
    measurements: tuple[Measurement, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class AuditBench:
    """What all jobs of an audit share.

    Attributes
    ----------
    trees : AuditTrees
    contract : OracleContract
    manifest : AuditManifest
    scratch : Path
        Folder for working trees.
    """

    trees: AuditTrees
    contract: OracleContract
    manifest: AuditManifest
    scratch: Path

    @property
    def compact(self) -> Path:
        """The compact tree."""
        return self.trees.checkout / self.manifest.compact_folder

    def prepared(self, case: AuditCase) -> Path:
        """Give the folder of the prepared data set of a case."""
        return self.trees.golden / case.dataset if self.trees.golden else self.compact

    def golden(self, case: AuditCase) -> Mapping[str, Sequence[GoldenArtifact]]:
        """Give the golden files of a case by stage."""
        if self.trees.golden is None:
            return compact_artifacts(self.compact)
        return self._golden_tree(case).artifacts()

    def finished(self, case: AuditCase) -> Path:
        """Give the root in which the data set of a case is run from its first stage on."""
        return self.scratch / case.dataset / RUN

    def run_job(self, job: AuditJob) -> list[MeasuredRow]:
        """Do a job; the tree of a whole data set stays for the jobs of its options."""
        if job.kind == "whole":
            root = copy_prepared(self.prepared(job.case), self.finished(job.case).parent)
            return self._measured(job, root)
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            make = self._isolated if job.kind == "isolated" else self._of_option
            return self._measured(job, make(job, Path(folder)))

    def _isolated(self, job: AuditJob, folder: Path) -> Path:
        """Make a tree as the original left it before the stage.

        What an option does not keep is that of its data set, where it is the same or not read.
        """
        case, stage = job.case, job.stages[0]
        root = copy_prepared(self.prepared(case), folder)
        if case.option:
            before = "" if case.second_pass else stage
            add_golden_before(root, self._golden_tree(case.of_dataset), before)
        add_golden_before(root, self._golden_tree(case), stage)
        return root

    def _of_option(self, job: AuditJob, folder: Path) -> Path:
        """Copy our tree of the data set as it was before the first stage that differs."""
        before = "" if job.case.second_pass else job.stages[0]
        return copy_before(self.finished(job.case), folder, before)

    def _measured(self, job: AuditJob, root: Path) -> list[MeasuredRow]:
        """Run the stages of a job; a stage that stops leaves it and those after it unmeasured."""
        wanted = {row.stage: row for row in job.rows}
        golden = self.golden(job.case)
        config = RunConfig.from_mapping(audit_settings(root, job.case))
        measured: list[MeasuredRow] = []
        for number, name in enumerate(job.stages):
            try:
                written = _run_on_targets(name, config, _options(job.case, name, root))
            except PystampsError as error:
                left = [wanted[later] for later in job.stages[number:] if later in wanted]
                return [*measured, *(MeasuredRow(row, error=f"{name}: {error}") for row in left)]
            if name in wanted:
                found = self._comparison(job.case, root).measurements(golden[name], written)
                measured.append(MeasuredRow(wanted[name], tuple(found)))
        return measured

    def _comparison(self, case: AuditCase, root: Path) -> StageComparison:
        parameters = effective_parameters(root, root, {})
        return StageComparison(
            root,
            self.contract,
            self.manifest.profile,
            case.is_reduced,
            parameters.lambda_,
            case.is_order_free,
        )

    def _golden_tree(self, case: AuditCase) -> GoldenTree:
        golden = self.trees.golden
        if golden is None:
            raise PystampsError(f"{case.name}: needs the golden trees, give their folder")
        return golden_tree(case, golden, self.contract)


def audit_settings(root: Path, case: AuditCase) -> dict[str, Any]:
    """Give the settings of a case: its parameters, and one thread, because jobs run in parallel."""
    return {
        "dataset": str(root),
        "stamps": dict(case.stamps),
        "compat": dict(case.compat),
        "kernels": {"native_threads": 1},
        "runtime": {"unwrap_workers": 1},
    }


def _options(case: AuditCase, stage: str, root: Path) -> dict[str, Any]:
    """Give what an entry point is told beside the configuration: files of the first pass."""
    if not case.second_pass or stage != "stage6_unwrap":
        return {}
    if effective_parameters(root, root, {}).small_baseline_flag:
        return {"scla": root / "scla_smooth_sb2.mat", "earlier": root / "phuw_sb2.mat"}
    return {"scla": root / "scla_smooth2.mat"}


def _run_on_targets(name: str, config: RunConfig, options: dict[str, Any]) -> list[str]:
    """Run a stage on every patch or on the root; give what it wrote, relative to the root.

    Raises
    ------
    PystampsError
        The stage stops, or some artifact is a copy of a reference and proves nothing.
    """
    stage = stage_named(name)
    dataset = discover_dataset(config.dataset)
    is_of_patch = stage.scope == "patch"
    targets = [p.directory for p in dataset.patches] if is_of_patch else [dataset.root]
    results = [StageDef(stage).run(target, config, **options) for target in targets]
    replayed = replayed_files(dataset.root)
    if replayed:
        raise PystampsError(f"{', '.join(replayed)} was copied from a reference, not computed")
    return [
        (result.directory / file).relative_to(dataset.root).as_posix()
        for result in results
        for file in result.written
    ]
