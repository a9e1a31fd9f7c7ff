"""The work of an audit in pieces that run side by side: which tree, which stages, which rows."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pystamps.audit.manifest import AuditCase, AuditManifest, AuditRow
from pystamps.errors import DatasetError, ParameterError
from pystamps.stage_table import stage_named


@dataclass(frozen=True, slots=True)
class AuditJob:
    """Stages that run one after the other on one tree.

    Attributes
    ----------
    case : AuditCase
    rows : tuple of AuditRow
        Those that it decides, in the order of the work; other stages only run.
    stages : tuple of str
    kind : str
        whole: a data set from its first stage on, whose tree stays for the options; option: the
        stages that an option changes, after those of the data set; isolated: one stage on golden
        inputs.
    """

    case: AuditCase
    rows: tuple[AuditRow, ...]
    stages: tuple[str, ...]
    kind: str

    @property
    def label(self) -> str:
        """What it is, for people."""
        what = self.stages[0] if self.kind == "isolated" else "chained"
        return f"{self.case.name} {what}"

    @property
    def work(self) -> float:
        """About how long it takes, in any unit: for the order and the time that is left."""
        costs = (stage_named(name).cost.microseconds for name in self.stages)
        return _FIXED_WORK + sum(costs) * self.case.samples


_FIXED_WORK = 5e6


@dataclass(frozen=True, slots=True)
class AuditTrees:
    """Where golden results lie.

    Attributes
    ----------
    golden : Path or None
        Folder of the golden trees; None: the compact tree stands for them.
    checkout : Path
        Holds the compact tree where the manifest says.
    """

    golden: Path | None
    checkout: Path


NO_GOLDEN_RESULTS = "its golden results are not among the golden trees"
COMPACT_CONTENTS = "contents.json"
"""Says what the compact tree keeps."""
VARIANTS = "variants"
"""Folder of the golden results of options, among the golden trees."""


def golden_trees_beside(checkout: Path) -> AuditTrees:
    """Give the trees of a checkout: the golden ones beside it where they are, and the compact."""
    shared = Path(os.environ.get("PYSTAMPS_SHARED", checkout.parent / "shared"))
    golden = shared / "data"
    return AuditTrees(golden if golden.is_dir() else None, checkout)


def check_trees(manifest: AuditManifest, trees: AuditTrees) -> None:
    """Refuse trees with which nothing could be compared.

    Raises
    ------
    DatasetError
        The golden folder holds nothing that the manifest names, or there is no compact tree.
    """
    if trees.golden is None:
        compact = trees.checkout / manifest.compact_folder
        if not (compact / COMPACT_CONTENTS).is_file():
            raise DatasetError(
                f"{compact}: no compact golden tree, which only a checkout has; "
                "give the folder of the golden trees, --golden"
            )
    elif not any((trees.golden / case.folder).is_dir() for case in manifest.cases):
        names = ", ".join(case.folder for case in manifest.cases[:3])
        raise DatasetError(
            f"{trees.golden}: holds no golden results; expected {names}, ... below it"
        )


def unlisted_variants(manifest: AuditManifest, golden: Path) -> list[str]:
    """Give the folders of golden options that the manifest does not name."""
    known = {case.folder for case in manifest.cases}
    folders = sorted(path for path in (golden / VARIANTS).glob("*") if path.is_dir())
    names = (f"{VARIANTS}/{path.name}" for path in folders)
    return [name for name in names if name not in known]


def chosen_cases(manifest: AuditManifest, patterns: Collection[str]) -> list[AuditCase]:
    """Give the cases whose names match some pattern; all without any.

    Raises
    ------
    ParameterError
        A pattern matches none.
    """
    for pattern in patterns:
        if not any(fnmatchcase(case.name, pattern) for case in manifest.cases):
            known = ", ".join(case.name for case in manifest.cases)
            raise ParameterError(
                f"{pattern}: matches no data set or option of the audit; there are {known}"
            )
    wanted = patterns or ("*",)
    return [case for case in manifest.cases if any(fnmatchcase(case.name, item) for item in wanted)]


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """What is run, and why the rest is not.

    Attributes
    ----------
    jobs : tuple of AuditJob
        Those of data sets first, because options wait for them.
    not_run : tuple of (AuditRow, str)
        With the reason.
    """

    jobs: tuple[AuditJob, ...]
    not_run: tuple[tuple[AuditRow, str], ...]


def planned_audit(
    manifest: AuditManifest, trees: AuditTrees, chosen: Collection[AuditCase]
) -> AuditPlan:
    """Plan the jobs of some cases; a data set runs also where only its options are chosen.

    Parameters
    ----------
    manifest : AuditManifest
    trees : AuditTrees
    chosen : collection of AuditCase
    """
    jobs: list[AuditJob] = []
    not_run: list[tuple[AuditRow, str]] = []
    for case in chosen:
        rows = case.all_rows()
        reasons = {row: _why_not_run(case, row, manifest, trees) for row in rows}
        not_run += [(row, reason) for row, reason in reasons.items() if reason]
        jobs += _jobs_of_case(case, [row for row in rows if not reasons[row]])
    missing = {job.case.dataset for job in jobs if job.kind == "option"}
    missing -= {job.case.name for job in jobs if job.kind == "whole"}
    jobs += [_whole(manifest.case_named(name), ()) for name in sorted(missing)]
    jobs.sort(key=lambda job: (job.kind != "whole", -job.work))
    return AuditPlan(tuple(jobs), tuple(not_run))


def _why_not_run(case: AuditCase, row: AuditRow, manifest: AuditManifest, trees: AuditTrees) -> str:
    """Say why a row is not run; "" where it is."""
    if case.not_run:
        return case.not_run
    if trees.golden is not None and not (trees.golden / case.folder).is_dir():
        return NO_GOLDEN_RESULTS
    if trees.golden is None:
        if case.name != manifest.compact_dataset:
            return "the golden trees are absent"
        if row.mode == "isolated":
            return "the golden trees are absent; the compact tree keeps no complete inputs"
        if stage_named(row.stage).is_product:
            return "the golden trees are absent; the compact tree keeps no products"
    if row.mode == "chained" and case.not_chained:
        return case.not_chained
    if row.mode == "isolated" and row.stage not in case.isolated_stages:
        return case.not_isolated
    return ""


def _jobs_of_case(case: AuditCase, rows: Sequence[AuditRow]) -> list[AuditJob]:
    """Give the jobs that decide some rows of a case."""
    jobs = [
        AuditJob(case, (row,), (row.stage,), "isolated") for row in rows if row.mode == "isolated"
    ]
    chained = tuple(row for row in rows if row.mode == "chained")
    if chained and case.option:
        jobs.append(AuditJob(case, chained, tuple(case.chained_stages()), "option"))
    elif chained:
        jobs.append(_whole(case, chained))
    return jobs


def _whole(case: AuditCase, rows: tuple[AuditRow, ...]) -> AuditJob:
    """Give the job that runs a data set from its first stage on."""
    return AuditJob(case, rows, tuple(case.chained_stages()), "whole")
