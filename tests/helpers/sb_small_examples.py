"""Results of the original for ``sb_small``, as the products take them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from trees import SHARED, copy_writable

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_artifact, read_variable
from pystamps.model import (
    CorrelatedNoise,
    LookAngleError,
    PairInversion,
    PairLookAngleError,
    Pixels,
    Unwrapped,
    UnwrappedPairs,
)
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.pipeline.entry.points import product_points
from pystamps.products.phase import PhaseParts

PARAMETERS = Parameters(small_baseline_flag=True)
STAGES = SHARED / "data" / "sb_small" / "stages"


@cache
def parts_of_images() -> PhaseParts:
    scla = read_artifact(LookAngleError, STAGES / "stage7" / "scla2.mat")
    phase = read_artifact(Unwrapped, STAGES / "stage6" / "phuw2.mat")
    return PhaseParts(
        pixels=read_artifact(Pixels, STAGES / "stage5" / "ps2.mat"),
        ph_uw=phase.ph_uw,
        ph_scla=scla.ph_scla,
        c_ps_uw=scla.c_ps_uw,
        ph_scn=read_variable(CorrelatedNoise, "ph_scn_slave", STAGES / "stage8" / "scn2.mat"),
        images=phase.unwrap_ifg_index_sm,
        covariance=read_variable(PairInversion, "sm_cov", STAGES / "stage6" / "phuw_sb_res2.mat"),
    )


@cache
def parts_of_pairs() -> PhaseParts:
    scla = read_artifact(PairLookAngleError, STAGES / "stage7" / "scla_sb2.mat")
    return PhaseParts(
        pixels=read_artifact(Pixels, STAGES / "stage5" / "ps2.mat"),
        ph_uw=read_variable(UnwrappedPairs, "ph_uw", STAGES / "stage6" / "phuw_sb2.mat"),
        ph_scla=scla.ph_scla,
        c_ps_uw=scla.c_ps_uw,
        covariance=read_variable(PairInversion, "sb_cov", STAGES / "stage6" / "phuw_sb_res2.mat"),
    )


def write_finished_tree(folder: Path) -> Path:
    """Copy the results of all stages of the original, and make the products; give the root."""
    root, golden = folder / "run", SHARED / "data" / "sb_small"
    for part in ("run", "raw"):
        copy_writable(golden / part, folder / part)
    for stage in range(1, 9):
        results = golden / "stages" / f"stage{stage}"
        copy_writable(results, root)
        for name in (results / "DELETED_MAT.txt").read_text().split():
            (root / name).unlink(missing_ok=True)
    product_points(root, RunConfig(root))
    product_mean_velocity(root, RunConfig(root))
    return root
