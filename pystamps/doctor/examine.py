"""Examine a raw export or a prepared data set: which checks run, and what they found."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from pystamps.config import RunConfig
from pystamps.doctor import (
    checks_contents,
    checks_dates,
    checks_fits,
    checks_installation,
    checks_lists,
    checks_machine,
    checks_network,
    checks_parameters,
    checks_patches,
    checks_positions,
    checks_records,
    checks_scene,
    checks_stack,
    checks_times,
    listed_stack,
)
from pystamps.doctor.prepared import Prepared, take_stock_prepared
from pystamps.doctor.scene_extents import cells_of_unwrapping, scene_extents
from pystamps.errors import DatasetError, PystampsError
from pystamps.findings import (
    READ_ERRORS,
    SEVERITIES,
    Code,
    Finding,
    Severity,
    unreadable,
    value_or_finding,
)
from pystamps.io.dataset import looks_prepared
from pystamps.io.folder_entries import entries_like, visible_entries
from pystamps.parameters import FIELD_NAMES, Parameters
from pystamps.parameters.overrides import (
    parse_overrides,
)
from pystamps.processors.contents import content_findings
from pystamps.processors.export import Export
from pystamps.processors.scan import file_findings, recognise_processor, scan_export
from pystamps.processors.text_checks import paths_of
from pystamps.stage_table import mode_of

_Kind = Literal["raw export", "data set", "unknown"]
What = Literal["auto", "export", "dataset"]
Target = TypeVar("Target")

NOT_RECOGNISED = Code(
    "not-recognised",
    "error",
    "the folder is neither a raw export nor a prepared data set",
    "Expected rslc/ and diff0/ (SNAP, GAMMA), SMALL_BASELINES/, folders YYYYMMDD with "
    "slave_res.slc (Doris) or secondary.slc (ISCE), or patch.list and PATCH_*/ (data set).",
    "give the folder that holds these",
)
SMALL_BASELINE_EXPORT = Code(
    "small-baseline-export",
    "info",
    "the export is one of small baselines",
    "Pairs of images instead of one reference image; it is prepared with "
    "amplitude-difference dispersion.",
)
STACK = Code(
    "stack",
    "info",
    "what was examined",
    "Processor, number of images and interferograms, size of the image.",
)
STAGE1_REFUSES = Code(
    "stage1-refuses",
    "error",
    "stage 1 would not load a patch",
    "The message is that of stage 1 itself; no other check had found the reason.",
    "see the message",
)

_EXPORT_QUICK: tuple[Callable[[Export], Iterable[Finding]], ...] = (
    checks_dates.check_number_of_interferograms,
    checks_dates.check_header_dates,
    checks_fits.check_export_fits,
    checks_network.check_network_of_export,
)
_EXPORT_FULL = (
    content_findings,
    checks_stack.check_sampling,
    checks_stack.check_candidates,
)
_SETTINGS: tuple[Callable[[Prepared], Iterable[Finding]], ...] = (
    checks_positions.check_far_candidates,
    checks_scene.check_windows,
    checks_scene.check_reference_area,
    checks_parameters.check_relations,
    checks_parameters.check_lists_of_interferograms,
    checks_network.check_network,
    checks_parameters.check_heights,
    checks_fits.check_fits,
    checks_times.check_times,
    checks_records.check_stage_records,
    checks_records.check_passes,
)
"""Settings against each other and the stack; they need no file of the stages that are to run."""

_NOT_OF_FILES = {
    code.name
    for code in (
        checks_stack.SCENE_SMALL,
        checks_scene.GRID_TOO_LARGE,
        checks_scene.REFERENCE_EMPTY,
        checks_parameters.PARAMETERS_CONTRADICT,
        checks_parameters.DROP_LIST_WRONG,
    )
}
"""Errors of settings, which say nothing about whether stage 1 can load the patches."""

_PREPARED_QUICK: tuple[Callable[[Prepared], Iterable[Finding]], ...] = (
    checks_lists.check_texts,
    checks_lists.check_lists,
    checks_lists.check_prepared_dates,
    checks_lists.check_calibration,
    checks_lists.check_prepared_sizes,
    checks_lists.check_raw_texts,
    checks_lists.check_numbers,
    checks_patches.check_bounds,
    checks_patches.check_candidate_files,
    checks_patches.check_candidate_numbers,
    *_SETTINGS,
)
_PREPARED_FULL = (
    checks_patches.check_candidate_lines,
    checks_patches.check_results,
    checks_lists.check_nodes,
    checks_lists.check_rasters_beside,
    checks_lists.check_prepared_sampling,
    checks_contents.check_contents,
    checks_contents.check_place,
    checks_fits.check_planes,
    checks_records.check_origins,
)
ALL_STEPS = range(1, 9)


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was found.

    Attributes
    ----------
    root : Path
    kind : str
    processor : str
        snap, gamma, doris, isce; empty when not recognised.
    findings : tuple of Finding
        Errors first.
    """

    root: Path
    kind: _Kind
    processor: str
    findings: tuple[Finding, ...]

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Give the findings of one severity."""
        return tuple(f for f in self.findings if f.severity == severity)

    @property
    def can_succeed(self) -> bool:
        """Whether nothing was found that stops a run."""
        return not self.of("error")


def examine(
    root: Path,
    config: RunConfig | None = None,
    *,
    quick: bool = False,
    what: What = "auto",
    steps: range = ALL_STEPS,
    processor: str = "",
    master: str = "",
) -> Examination:
    """Examine a raw export or a prepared data set; reads little, writes nothing.

    Parameters
    ----------
    root : Path
    config : RunConfig, optional
        Parameters, raw folder and programs of the run that is meant.
    quick : bool
        Headers, text files and sizes only.
    what : str
        auto, export or dataset; Doris and ISCE have both in one folder.
    steps : range
        Stages that are to run.
    processor, master : str
        Who made an export, and the date of its reference image; empty = taken from the export.

    Raises
    ------
    DatasetError
        There is no such directory.
    """
    root = Path(os.path.normpath(Path(root).absolute()))
    if not root.is_dir():
        raise DatasetError(f"{root}: no such directory; give a raw export or a data set")
    config = config or RunConfig(dataset=root)
    try:
        if what != "export" and (what == "dataset" or looks_prepared(root)):
            return _examine_prepared(root, config, quick=quick, steps=steps)
        if not processor:
            root = _inner(root)
            known = recognise_processor(root)
            processor = "" if known is None else known.name
        return _examine_export(root, config, processor=processor, master=master, quick=quick)
    except READ_ERRORS as error:
        return _examination(root, "unknown", "", [unreadable(root, error)])


def examine_settings(root: Path, config: RunConfig) -> Examination:
    """Examine a data set of which it is not known which stages will run: its settings alone.

    Parameters
    ----------
    root : Path
    config : RunConfig
    """
    prepared = take_stock_prepared(root, config, ALL_STEPS)
    found = _run(_SETTINGS, prepared, root)
    return _examination(root, "data set", prepared.processor, found)


def _inner(root: Path) -> Path:
    """Give the only INSAR_<date> folder of a project folder, else the folder itself."""
    inner = [path for path in entries_like(root, "INSAR_*") if path.is_dir()]
    if len(inner) == 1 and recognise_processor(root) is None:
        return inner[0]
    return root


def _examine_export(
    root: Path, config: RunConfig, *, processor: str, master: str, quick: bool
) -> Examination:
    if not processor:
        names = ", ".join(path.name for path in visible_entries(root)[:8]) or "an empty folder"
        return _examination(root, "unknown", "", [NOT_RECOGNISED.at(root, names)])
    export = scan_export(processor, root, master=master)
    findings = [*checks_installation.check_installation(), *export.findings]
    findings += [*file_findings(export), *_stack(export)]
    findings += _run(_EXPORT_QUICK if quick else (*_EXPORT_QUICK, *_EXPORT_FULL), export, root)
    findings += paths_of(root, [str(raster.path) for raster in export.rasters])
    if not quick:
        extent = partial(checks_stack.check_extent, parameters=_parameters_of(config))
        findings += _run((extent,), export, root)
        findings += checks_machine.check_programs(config.tools)
    return _examination(export.folder, "raw export", processor, findings)


def _parameters_of(config: RunConfig) -> Parameters:
    """Give the defaults with what the configuration changes; parms.mat does not exist yet."""
    values = parse_overrides(config.stamps)
    fields = {FIELD_NAMES[name]: value for name, value in values.items() if value is not None}
    return dataclasses.replace(Parameters(), **fields)  # type: ignore[arg-type]


def _stack(export: Export) -> Iterator[Finding]:
    width, length = export.size
    size = f"{width} x {length} pixels" if export.has_size else "unknown size"
    master = f", reference image {export.master}" if export.master else ""
    yield STACK.at(
        export.folder,
        f"{export.processor} export, {len(export.images)} images, {len(export.interferograms)} "
        f"interferograms, {size}{master}",
    )
    if export.is_small_baseline:
        yield SMALL_BASELINE_EXPORT.at(export.folder, f"{len(export.interferograms)} pairs")


def _examine_prepared(root: Path, config: RunConfig, *, quick: bool, steps: range) -> Examination:
    prepared = take_stock_prepared(root, config, steps)
    findings = [*checks_installation.check_installation(), *prepared.findings]
    size = f"{prepared.width} x {prepared.length} pixels" if prepared.width else "unknown size"
    findings.append(
        STACK.at(
            root,
            f"{prepared.processor} data set, {len(prepared.patches)} patches, {size}",
        )
    )
    findings += _run(_PREPARED_QUICK if quick else (*_PREPARED_QUICK, *_PREPARED_FULL), prepared,
                     root)  # fmt: skip
    findings += checks_machine.check_rights([root, *(p.directory for p in prepared.patches)])
    findings += checks_machine.check_links(root, [p.directory.name for p in prepared.patches])
    if not quick:
        findings += _run((_prepared_resources,), prepared, root)
        findings += checks_machine.check_programs(config.tools)
        errors = {finding.code for finding in findings if finding.severity == "error"}
        if errors <= _NOT_OF_FILES:  # else the reason is known
            findings += _refused_by_stage1(prepared)
    return _examination(root, "data set", prepared.processor, findings)


def _prepared_resources(prepared: Prepared) -> Iterator[Finding]:
    counts = [checks_patches.candidate_count(patch) for patch in prepared.patches]
    dates = listed_stack.acquisitions(prepared)
    if sum(counts) and dates is not None and not isinstance(dates, Finding):
        patches = f"{len(counts)} patches (those where patches overlap counted in each)"
        yield checks_stack.EXPECTED_CANDIDATES.at(
            prepared.root,
            f"{sum(counts)} in {patches if len(counts) > 1 else '1 patch'}, at most "
            f"{max(counts)} in one",
        )
        extent = scene_extents(prepared).whole
        yield from checks_machine.check_resources(
            prepared.root,
            largest_patch=max(counts),
            candidates=sum(counts),
            interferograms=dates.block.size,
            mode=mode_of(is_small_baseline=prepared.settings.small_baseline_flag),
            cells=None if extent is None else cells_of_unwrapping(extent, prepared.settings),
        )


def _refused_by_stage1(prepared: Prepared) -> Iterator[Finding]:
    """Ask the readers of stage 1 themselves, so that both agree."""
    from pystamps.processors import read_raw_patch
    from pystamps.processors.phase_checks import check_before_loading

    for patch in prepared.to_load:
        try:
            raw = read_raw_patch(
                patch.directory,
                prepared.processor,
                is_small_baseline=prepared.settings.small_baseline_flag,
                raw_root=prepared.config.runtime.raw_root,
            )
            kept = prepared.config.compat.wild_positions_kept
            check_before_loading(patch.directory, raw, wild_positions_kept=kept)
        except PystampsError as error:
            where, _, rest = str(error).partition(": ")
            yield STAGE1_REFUSES.at(where, rest or str(error), action="")


def _run(
    checks: Sequence[Callable[[Target], Iterable[Finding]]], target: Target, root: Path
) -> list[Finding]:
    """Run checks; one that stumbles over a broken file gives a finding instead."""
    findings: list[Finding] = []
    for check in checks:
        with np.errstate(all="ignore"):
            found = value_or_finding(root, lambda check=check: list(check(target)))
        findings += [found] if isinstance(found, Finding) else found
    return findings


def _examination(
    root: Path, kind: _Kind, processor: str, findings: Iterable[Finding]
) -> Examination:
    """Sort the findings, drop doubles, and name files relative to the root."""
    unique = dict.fromkeys(dataclasses.replace(f, file=_relative(f.file, root)) for f in findings)
    order = {severity: k for k, severity in enumerate(SEVERITIES)}
    ranked = sorted(unique, key=lambda finding: order[finding.severity])
    return Examination(root, kind, processor, tuple(ranked))


def _relative(file: str, root: Path) -> str:
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(root):
        return str(path.relative_to(root))
    return file
