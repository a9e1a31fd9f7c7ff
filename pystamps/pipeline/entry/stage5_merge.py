"""Entry point of the second half of stage 5: merging the patches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Float32
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, NothingLeftError
from pystamps.io.artifacts import artifact_name
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
from pystamps.pipeline.entry.merged_columns import MergedColumns, read_rows_of_patch
from pystamps.pipeline.entry.patch_inputs import PatchToMerge, read_patches
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.kept_variables import keeps_needed_only
from pystamps.pipeline.types import StageResult
from pystamps.rows import LaterColumns
from pystamps.stages.far_pixels import refuse_far_pixels
from pystamps.stages.stage5_ifg_std import (
    interferogram_noise,
    noise_of_squares,
    squares_of_columns,
)
from pystamps.stages.stage5_merge import (
    MergePlan,
    PatchPart,
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
    as they are and ``ifgstd2`` alone is written. With storage.keep: needed there is no ``ph2``, and
    ``ph_reref`` of ``rc2`` is empty: no stage reads them.

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
    merge = MergedColumns(job, patches, _plan(job, patches))
    pixels = merged_pixels(
        merge.plan,
        [patch.pixels for patch in patches],
        last=inputs.last,
        of_last_patch=config.compat.merged_metadata_of_last_patch,
    )
    refuse_far_pixels(pixels, job.path(Pixels, SELECTED))  # patches of different scenes
    job.write(pixels, SELECTED)
    ifg_std_deg = _merge_phase(merge, pixels.interferograms)
    _merge_corrected(merge, pixels.interferograms)
    for kind, name in optional:
        job.write(kind(merge.vector(kind, name)), SELECTED)
    job.write(InterferogramNoise(ifg_std_deg), SELECTED)
    job.counts = {
        "patches": len(patches),
        "in_patches": sum(patch.pixels.n_ps for patch in patches),
        "pixels": pixels.n_ps,
    }
    job.details = "; ".join(_remarks(job.directory, inputs.empty))


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
    ph_res = read_rows_of_patch(patch, SelectedNoise, "ph_res")
    c_ps = read_rows_of_patch(patch, SelectedNoise, "c_ps")
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


def _merge_phase(merge: MergedColumns, interferograms: Interferograms) -> Float32:
    """Write bp2 and pm2, and ph2 where all is kept; give the noise of the interferograms."""
    write, n_ps = merge.job.write, merge.plan.n_ps
    n_ifg, n_used = interferograms.n_ifg, interferograms.n_observed
    k_ps, c_ps = merge.vector(SelectedNoise, "k_ps"), merge.vector(SelectedNoise, "c_ps")
    if not keeps_needed_only(merge.job.config):
        write(Phase(merge.later(Phase, "ph", n_ifg, "phase")), SELECTED)
    write(Baselines(LaterColumns((n_ps, n_used), np.float32)), SELECTED)
    noise = SelectedNoise(
        ph_patch=merge.later(SelectedNoise, "ph_patch", n_used, "phase"),
        ph_res=merge.later(SelectedNoise, "ph_res", n_used, "phase"),
        coh_ps=merge.plan.coh_ps,
        k_ps=k_ps,
        c_ps=c_ps,
    )
    write(noise, SELECTED)
    merge.fill(SelectedNoise, "ph_res", n_used, "phase")
    c_of_all = c_ps if interferograms.has_null_column else None
    square = np.zeros(n_ifg)
    for block in merge.blocks(n_ifg, bytes_per_row=64):
        ph, ph_patch, bperp_mat = _filled_phase(merge, interferograms, block)
        square[block] = squares_of_columns(
            ph,
            ph_patch,
            k_ps=k_ps,
            c_ps=c_of_all,
            bperp_mat=bperp_mat,
            interferograms=interferograms.of_columns(np.arange(block.start, block.stop)),
        )
    return noise_of_squares(square, n_ps)


def _filled_phase(
    merge: MergedColumns, interferograms: Interferograms, block: slice
) -> tuple[Array, Array, Array]:
    """Merge some columns of phase, filtered phase and baselines into their files; give them."""
    before = np.concatenate([[0], np.cumsum(~interferograms.is_null)])  # columns of the others
    used = slice(int(before[block.start]), int(before[block.stop]))
    ph = merge.columns(Phase, "ph", block, "phase")
    if not keeps_needed_only(merge.job.config):
        merge.job.fill(Phase, "ph", SELECTED, block.start, ph)
    bperp_mat = merge.columns(Baselines, "bperp_mat", used, "mean").astype(np.float32, copy=False)
    merge.job.fill(Baselines, "bperp_mat", SELECTED, used.start, bperp_mat)
    ph_patch = merge.columns(SelectedNoise, "ph_patch", used, "phase")
    merge.job.fill(SelectedNoise, "ph_patch", SELECTED, used.start, ph_patch)
    return ph, ph_patch, bperp_mat


def _merge_corrected(merge: MergedColumns, interferograms: Interferograms) -> None:
    """Write rc2, with unit modulus."""
    n_ifg = interferograms.n_ifg
    ph_rc = merge.later(CorrectedPhase, "ph_rc", n_ifg, "phase")
    if not interferograms.has_null_column or keeps_needed_only(merge.job.config):
        none = np.zeros((0, 0), np.complex64)  # StaMPS' [] with small baselines
        merge.job.write(CorrectedPhase(ph_rc, none), SELECTED)
    else:
        ph_reref = merge.later(CorrectedPhase, "ph_reref", n_ifg, "phase")
        merge.job.write(CorrectedPhase(ph_rc, ph_reref), SELECTED)
        merge.fill(CorrectedPhase, "ph_reref", n_ifg, "phase")
    merge.fill(CorrectedPhase, "ph_rc", n_ifg, "phase", change=unit_modulus)


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
