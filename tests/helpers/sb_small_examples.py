"""Results of the original for ``sb_small``, as the products take them."""

from __future__ import annotations

from functools import cache

from trees import SHARED

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
