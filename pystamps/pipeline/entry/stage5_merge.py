"""Entry point of the second half of stage 5: merging the patches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float32
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, NothingLeftError
from pystamps.io.artifacts import artifact_name, read_variable, sizes_of
from pystamps.model import (
    Baselines,
    CorrectedPhase,
    Height,
    Incidence,
    InterferogramNoise,
    Interferograms,
    LookAngle,
    Phase,
    Pixels,
    SelectedNoise,
)
from pystamps.parameters.checks import require_finite
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.patch_inputs import PatchToMerge, read_patches
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult
from pystamps.stages.far_pixels import refuse_far_pixels
from pystamps.stages.stage5_ifg_std import interferogram_noise
from pystamps.stages.stage5_merge import (
    MergePlan,
    PatchPart,
    Rule,
    merge_plan,
    merged_pixels,
    owned_pixels,
    unit_modulus,
)
from pystamps.stages.stage5_resample import (
    check_finite,
    pixel_quality,
    resampled_pixels,
)

_ANGLES_AND_HEIGHT = ((Height, "hgt"), (LookAngle, "la"), (Incidence, "inc"))
_MADE_FOR_PLOTS = ("mean_amp.flt", "amp_mean.mat")


def stage5_merge_and_ifgstd(root: Path, config: RunConfig) -> StageResult:
    """Merge the patches and estimate the noise of each interferogram.

    Writes ``ps2``, ``ph2``, ``pm2``, ``rc2``, ``bp2`` and ``ifgstd2`` of the data set; ``hgt2``,
    ``la2`` and ``inc2`` where the patches have them; ``psver`` becomes 2. Patches without pixels
    are skipped. Where the root is the only patch (StaMPS: no PATCH directories), its pixels stay
    as they are and ``ifgstd2`` alone is written.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig

    Returns
    -------
    StageResult

    Raises
    ------
    NothingLeftError
        No patch has a pixel.
    PystampsError
        The patches do not belong together, or files are missing.

    Notes
    -----
    StaMPS routines ``ps_merge_patches`` and ``ps_calc_ifg_std``. Files that StaMPS deletes here
    are reported; ``phuw2`` full of zeros and empty ``inc2`` are not written.
    """
    with stage_job("stage5_merge", root, config, generation=SELECTED) as job:
        if job.is_one_patch:
            _write_noise(job)
        else:
            _merge_patches(job, config)
    return job.result


def _write_noise(job: StageJob) -> None:
    """Write the noise of the interferograms: nothing is merged where the root is the only patch."""
    pixels = job.read(Pixels, SELECTED)
    if not pixels.n_ps:
        raise NothingLeftError(
            f"{job.root}: no pixels are left; loosen the selection (stage 3) or the weeding "
            "(stage 4)"
        )
    sizes = job.sizes(pixels, SELECTED)
    phase = job.read(Phase, SELECTED, by_rows=["ph"], sizes=sizes)
    noise = job.read(SelectedNoise, SELECTED, by_rows=["ph_patch"], sizes=sizes)
    baselines = job.read(Baselines, SELECTED, by_rows=["bperp_mat"], sizes=sizes)
    ifg_std_deg = interferogram_noise(
        phase.ph,
        noise.ph_patch,
        k_ps=noise.k_ps,
        c_ps=noise.c_ps,
        bperp_mat=baselines.bperp_mat,
        interferograms=pixels.interferograms,
    )
    job.write(InterferogramNoise(ifg_std_deg), SELECTED)
    job.counts = {"pixels": pixels.n_ps}


def _merge_patches(job: StageJob, config: RunConfig) -> None:
    """Write the pixels of all patches together, and the noise of the interferograms."""
    require_finite(job.parameters, "heading")
    inputs = read_patches(job.directory)
    patches = inputs.patches
    optional = [
        (kind, name)
        for kind, name in _ANGLES_AND_HEIGHT
        if _is_in_all(patches, artifact_name(kind, SELECTED))
    ]
    merge = _Merge(job, patches, _plan(job, patches))
    pixels = merged_pixels(
        merge.plan,
        [patch.pixels for patch in patches],
        last=inputs.last,
        of_last_patch=config.compat.merged_metadata_of_last_patch,
    )
    refuse_far_pixels(pixels, job.path(Pixels, SELECTED))  # patches of different scenes
    job.write(pixels, SELECTED)
    ifg_std_deg = _merge_phase(merge, pixels.interferograms)
    _merge_corrected(merge)
    for kind, name in optional:
        job.write(kind(merge.variable(kind, name)), SELECTED)
    job.write(InterferogramNoise(ifg_std_deg), SELECTED)
    job.counts = {
        "patches": len(patches),
        "in_patches": sum(patch.pixels.n_ps for patch in patches),
        "pixels": pixels.n_ps,
    }
    job.details = "; ".join(_remarks(job.directory, inputs.empty))


@dataclass(frozen=True, slots=True)
class _Merge:
    """The plan of the merge, and the patches to carry it out on."""

    job: StageJob
    patches: Sequence[PatchToMerge]
    plan: MergePlan

    def variable(self, kind: type, name: str, rule: Rule = "mean") -> Any:
        """Merge one variable; beside it, it is in memory of one patch at a time."""
        merged: Any = None
        for number, patch in enumerate(self.patches):
            values = _read_rows(patch, kind, name)
            if self.job.parameters.merge_resample_size > 0:
                check_finite(patch.name, name, values, patch.in_bounds)
            contribution = self.plan.contribution(number, values, rule=rule)
            if merged is None:
                shape = (self.plan.n_ps, *contribution.shape[1:])
                merged = np.empty(shape, dtype=contribution.dtype)
            merged[self.plan.targets[number]] = contribution
        return merged


def _plan(job: StageJob, patches: Sequence[PatchToMerge]) -> MergePlan:
    """Decide what each patch contributes."""
    size = job.parameters.merge_resample_size
    if size > 0:
        parts: Sequence[PatchPart] = [_resampled(job, patch, size=size) for patch in patches]
    else:
        parts = owned_pixels([patch.for_merge() for patch in patches])
    return merge_plan(parts, job.parameters.heading)


def _resampled(job: StageJob, patch: PatchToMerge, *, size: float) -> PatchPart:
    """Group the pixels of one patch by the cells of the grid of the merge."""
    ph_res = _read_rows(patch, SelectedNoise, "ph_res")
    c_ps = _read_rows(patch, SelectedNoise, "c_ps")
    known = {"ph_res": ph_res, "c_ps": c_ps, "lonlat": patch.pixels.lonlat}
    for name, values in known.items():
        check_finite(patch.name, name, values, patch.in_bounds)
    return resampled_pixels(
        patch.for_merge(),
        pixel_quality(
            ph_res, c_ps, is_small_baseline=not patch.pixels.interferograms.has_null_column
        ),
        size=size,
        standard_dev=job.parameters.merge_standard_dev,
        origin_one_metre=job.config.compat.merge_grid_origin_one_metre,
    )


def _merge_phase(merge: _Merge, interferograms: Interferograms) -> Float32:
    """Write ph2, bp2 and pm2, and give the noise of the interferograms, which needs all three."""
    write = merge.job.write
    ph = merge.variable(Phase, "ph", "phase")
    write(Phase(ph), SELECTED)
    bperp_mat = merge.variable(Baselines, "bperp_mat").astype(np.float32, copy=False)
    write(Baselines(bperp_mat), SELECTED)
    noise = SelectedNoise(
        ph_patch=merge.variable(SelectedNoise, "ph_patch", "phase"),
        ph_res=merge.variable(SelectedNoise, "ph_res", "phase"),
        coh_ps=merge.plan.coh_ps,
        k_ps=merge.variable(SelectedNoise, "k_ps"),
        c_ps=merge.variable(SelectedNoise, "c_ps"),
    )
    write(noise, SELECTED)
    return interferogram_noise(
        ph,
        noise.ph_patch,
        k_ps=noise.k_ps,
        c_ps=noise.c_ps,
        bperp_mat=bperp_mat,
        interferograms=interferograms,
    )


def _merge_corrected(merge: _Merge) -> None:
    """Write rc2, with unit modulus."""
    ph_rc = unit_modulus(merge.variable(CorrectedPhase, "ph_rc", "phase"))
    ph_reref = np.zeros((0, 0), np.complex64)  # StaMPS' [] with small baselines
    if merge.patches[0].pixels.interferograms.has_null_column:
        ph_reref = merge.variable(CorrectedPhase, "ph_reref", "phase")
    merge.job.write(CorrectedPhase(ph_rc, ph_reref), SELECTED)


def _read_rows(patch: PatchToMerge, kind: type, name: str) -> Any:
    """Read an array of a patch that has one row per pixel."""
    sizes = sizes_of(patch.pixels, patch.directory / artifact_name(Pixels, SELECTED))
    return read_variable(kind, name, patch.directory / artifact_name(kind, SELECTED), sizes)


def _is_in_all(patches: Sequence[PatchToMerge], file_name: str) -> bool:
    """Tell whether all patches have an optional file.

    Raises
    ------
    ArtifactError
        Some have it and some do not.
    """
    missing = [p.name for p in patches if not (p.directory / file_name).is_file()]
    if missing and len(missing) < len(patches):
        raise ArtifactError(
            f"{file_name} is missing in {', '.join(missing)}, but other patches have it; "
            "run stage1_load and stage5_correct of these patches again"
        )
    return not missing


def _remarks(root: Path, empty: Sequence[str]) -> Iterator[str]:
    """Say what people should know about the result."""
    if empty:
        yield f"without pixels: {', '.join(empty)}"
    for name in _MADE_FOR_PLOTS:
        if (root / name).is_file():
            yield f"{name} is of an earlier run (StaMPS would delete it)"
