"""Preparation of a data set from a raw export (stage 0)."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.config import RawExport
from pystamps.config.yaml_values import yaml_value
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.findings import Finding, raise_first_error
from pystamps.io.bounded_text import json_record
from pystamps.io.dataset import PREPARATION_RECORD
from pystamps.io.user_paths import path_of_user
from pystamps.prep.blocks import Workforce
from pystamps.prep.calibration import calibrate
from pystamps.prep.extraction import extract_phases
from pystamps.prep.masks import filter_of_preparation, masks_of_preparation
from pystamps.prep.patches import PatchArea, divide, number_pair, patch_counts
from pystamps.prep.rate import byte_reporter
from pystamps.prep.selection import SelectionCounts, SelectionRule, write_candidates
from pystamps.prep.staging import (
    Existing,
    is_ready,
    mark_complete,
    only_preparation_of,
    publish_prepared,
    refuse_existing,
    staging_folder,
)
from pystamps.prep.text_files import calibration_texts, constant_texts, write_parameters
from pystamps.processors.contents import content_findings
from pystamps.processors.export import Export
from pystamps.processors.scan import file_findings, find_export
from pystamps_kernels import AUTO, KernelChoice

log = logging.getLogger(__name__)

_MEGABYTE = 1e6
_LINES_PER_BLOCK = 2
"""Lines of every sampled block: the look at the values takes a hundredth of the preparation."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What will be prepared: follows from the settings and the headers of the export.

    Attributes
    ----------
    raw : RawExport
    export : Export
    patches : tuple of PatchArea
    threshold : float
    """

    raw: RawExport
    export: Export
    patches: tuple[PatchArea, ...]
    threshold: float

    def texts(self, root: Path) -> dict[str, str]:
        """Give the text files of the root that follow from the headers."""
        return constant_texts(self.export, self.patches, root=root, style=self.raw.paths)

    @property
    def patch_files(self) -> tuple[str, ...]:
        """Names of the files that every patch will have."""
        zeros = () if self.export.is_small_baseline else ("pscands.1.ij0",)
        suffixes = ("ij", "ij.int", "da", "ll", "hgt", "ph")
        candidates = tuple(f"pscands.1.{suffix}" for suffix in suffixes)
        return ("patch.in", "patch_noover.in", "mean_amp.flt", *candidates, *zeros)

    def fingerprint(self, root: Path) -> str:
        """Give a text that changes with every setting and every input file."""
        rasters = [
            (str(r.path), r.path.stat().st_size, r.path.stat().st_mtime_ns)
            for r in (*self.export.rasters, *masks_of_preparation(self.raw, self.export))
        ]
        bounds = [dataclasses.asdict(patch) for patch in self.patches]
        content = [yaml_value(self.raw), rasters, bounds, self.texts(root)]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PreparationSummary:
    """What a preparation did.

    Attributes
    ----------
    root : Path
    processor : str
    is_small_baseline : bool
    samples, lines : int
    images, interferograms : int
    patches : dict
        Candidates by patch name; those in an overlap count once per patch.
    candidates : int
        Different pixels among them.
    dropped_invalid, dropped_outside : int
        Pixels below the threshold without position or height, and outside the area of interest.
    megabytes : float
        Read from the export.
    seconds : float
    notes : tuple of str
    """

    root: Path
    processor: str
    is_small_baseline: bool
    samples: int
    lines: int
    images: int
    interferograms: int
    patches: dict[str, int]
    candidates: int
    dropped_invalid: int
    dropped_outside: int
    megabytes: float
    seconds: float
    notes: tuple[str, ...]


def plan_preparation(raw: RawExport, *, memory_budget_mb: int) -> Preparation:
    """Find the export and divide its image into patches; reads headers only.

    Parameters
    ----------
    raw : RawExport
    memory_budget_mb : int
        For ``patches: auto``.

    Raises
    ------
    PystampsError
        The export or a setting is wrong.
    """
    if raw.export is None:
        raise ParameterError("dataset.raw.export: is not set; give the folder of the raw export")
    export = find_export(raw.processor, raw.export, master=raw.master)
    counts = patch_counts(
        raw.patches,
        size=export.size,
        n_interferogram=len(export.interferograms),
        memory_budget_mb=memory_budget_mb,
    )
    overlap = number_pair(raw.overlap, name="overlap")
    patches = divide(export.size, counts, overlap=overlap, extend_edge=not raw.is_remainder_dropped)
    return Preparation(raw, export, patches, raw.threshold or export.default_threshold)


def prepare_dataset(
    root: Path,
    raw: RawExport,
    *,
    workforce: Workforce | None = None,
    existing: Existing = "refuse",
    choice: KernelChoice = AUTO,
    finish: Callable[[Path, PreparationSummary], None] = lambda *_: None,
) -> PreparationSummary:
    """Prepare a data set: candidates of all patches, text files and ``parms.mat``.

    Parameters
    ----------
    root : Path
        Root of the data set; for ISCE and Doris it may be the folder of the stack itself.
    raw : RawExport
    workforce : Workforce, optional
        Threads and memory.
    existing : str
        refuse, replace or keep results; see :data:`pystamps.prep.staging.Existing`.
    choice : KernelChoice
    finish : callable
        Writes more into the folder that becomes the data set; is given it and the summary.

    Returns
    -------
    PreparationSummary

    Raises
    ------
    PystampsError
        The export is incomplete or inconsistent, a setting is wrong, or the root holds a data
        set; the data set is then as it was before.

    Notes
    -----
    StaMPS scripts ``mt_prep_snap``, ``mt_prep_gamma``, ``mt_prep``, ``mt_prep_isce``.
    """
    workforce = Workforce() if workforce is None else workforce
    plan = plan_preparation(raw, memory_budget_mb=workforce.memory_budget_mb)
    log_findings(plan.export.findings)
    root = _writable_root(root)
    raise_first_error(file_findings(plan.export))
    fingerprint = plan.fingerprint(root)
    with only_preparation_of(root):
        if is_ready(root, fingerprint):
            log.info("%s: finishing an interrupted preparation", root)
            publish_prepared(root, existing)
            return _read_summary(root)
        if existing == "refuse":
            refuse_existing(root)
        refuse_contents(plan.export)
        with staging_folder(root) as folder:
            summary = _prepare(folder, root, plan, workforce=workforce, choice=choice)
            finish(folder, summary)
            mark_complete(folder, fingerprint)
        publish_prepared(root, existing)
    return summary


def _prepare(
    folder: Path, root: Path, plan: Preparation, *, workforce: Workforce, choice: KernelChoice
) -> PreparationSummary:
    """Write the whole data set into a folder."""
    export, raw = plan.export, plan.raw
    pixels = filter_of_preparation(raw, export)
    image_bytes = sum(image.n_bytes for image in export.images)
    total = 2 * image_bytes + sum(raster.n_bytes for raster in export.interferograms)
    with byte_reporter("preparation", total) as progress:
        constants = calibrate(
            export.images, pixels, workforce=workforce, progress=progress, choice=choice
        )
        rule = SelectionRule(
            constants, plan.threshold, pixels, raw.are_zero_amplitudes_kept, choice
        )
        counts = write_candidates(
            export, plan.patches, rule, root=folder, workforce=workforce, progress=progress
        )
        extract_phases(
            export, plan.patches, counts.rows, root=folder, workforce=workforce, progress=progress
        )
    texts = plan.texts(root) | calibration_texts(
        export, constants, plan.threshold, root=root, style=raw.paths
    )
    for name, text in texts.items():
        (folder / name).write_text(text)
    link_rasters(folder, root, export)
    write_parameters(folder, export, before=root / "parms.mat")
    summary = _summary(root, plan, counts, progress.bytes, progress.seconds)
    _write_record(folder, plan, summary)
    _warn(summary)
    return summary


def refuse_contents(export: Export) -> None:
    """Refuse rasters whose values cannot be right, before all of them are read."""
    with np.errstate(all="ignore"):
        found = list(content_findings(export, lines_per_block=_LINES_PER_BLOCK))
    raise_first_error(found)
    log_findings(found)


def log_findings(findings: Iterable[Finding]) -> None:
    """Say what does not stop the work."""
    for finding in findings:
        level = logging.WARNING if finding.severity == "warning" else logging.INFO
        log.log(level, "%s", finding.message)


def link_rasters(folder: Path, root: Path, export: Export) -> None:
    """Put links to the rasters that stage 1 needs beside the data set."""
    for name, target in export.links.items():
        if target.parent.resolve() != root:
            (folder / name).symlink_to(os.path.relpath(target, root))


def _writable_root(root: Path) -> Path:
    root = path_of_user(root).resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(f"{root}: cannot be made ({error.strerror}); give a folder") from None
    if not os.access(root, os.W_OK | os.X_OK):
        raise DatasetError(f"{root}: is not writable; give another folder")
    return root


def _summary(
    root: Path, plan: Preparation, counts: SelectionCounts, n_bytes: int, seconds: float
) -> PreparationSummary:
    export = plan.export
    found = [int(rows[-1]) for rows in counts.rows]
    return PreparationSummary(
        root=root,
        processor=export.processor,
        is_small_baseline=export.is_small_baseline,
        samples=export.size[0],
        lines=export.size[1],
        images=len(export.images),
        interferograms=len(export.interferograms),
        patches={patch.name: n for patch, n in zip(plan.patches, found, strict=True)},
        candidates=counts.different,
        dropped_invalid=counts.invalid,
        dropped_outside=counts.outside,
        megabytes=n_bytes / _MEGABYTE,
        seconds=seconds,
        notes=export.notes,
    )


def _write_record(folder: Path, plan: Preparation, summary: PreparationSummary) -> None:
    """Keep what the data set was prepared from, for people and for the workflow."""
    path = folder / PREPARATION_RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "settings": yaml_value(plan.raw),
        "threshold": plan.threshold,
        "patches": [patch.name for patch in plan.patches],
        "summary": yaml_value(summary),
    }
    path.write_text(json.dumps(record, indent=2) + "\n")


def _read_summary(folder: Path) -> PreparationSummary:
    path = folder / PREPARATION_RECORD
    try:
        found = json_record(path)["summary"]
        found["root"], found["notes"] = Path(found["root"]), tuple(found["notes"])
        return PreparationSummary(**found)
    except (KeyError, TypeError) as error:
        raise ArtifactError(
            f"{path}: is no record of a preparation; delete {folder} and prepare again"
        ) from error


def _warn(summary: PreparationSummary) -> None:
    if summary.dropped_invalid:
        log.warning(
            "%d candidates dropped: position or height is NaN, infinite or (0, 0)",
            summary.dropped_invalid,
        )
    if not summary.candidates:
        log.warning("no candidate was found; check threshold, mask and area")
