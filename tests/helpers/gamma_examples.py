"""Candidates for the tests of stages 2 and 3: from the unit vectors, and made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from vector_files import load_vector

from pystamps.model import Interferograms, PhaseNoise
from pystamps.parameters import Parameters
from pystamps.stages.stage2_gamma import GammaInput, mean_incidence
from pystamps.stages.stage3_select import RatedCandidates, Stability

PARAMETERS = replace(Parameters(), lambda_=0.0562)


def vector_candidates(path: Path) -> tuple[GammaInput, dict[str, Any]]:
    """Candidates and golden results of a case of stage 2."""
    case = load_vector(path)
    given, bperp = case["inputs"], case["inputs"]["ps.bperp"].ravel()
    if "ps.ifgday_ix" in given:
        day = 737000.0 + 12 * np.arange(given["ps.n_image"].item())
        pairs = given["ps.ifgday_ix"].astype(np.int64) - 1
        stack = Interferograms.small_baselines(pairs, day=day, bperp=bperp, reference_ix=0)
        ph = given["ph"]
    else:
        master = int(given["ps.master_ix"].item()) - 1
        stack = made_up_interferograms(np.delete(bperp, master), master)
        ph = np.delete(given["ph"], master, axis=1)
    candidates = GammaInput(
        xy=given["ps.xy"][:, 1:],
        ph=ph,
        bperp_mat=given["bperp_mat"],
        d_a=given["D_A"].ravel(),
        incidence=mean_incidence(None, given["la"].ravel()),
        interferograms=stack,
    )
    return candidates, case["outputs"]


def made_up_candidates(
    n: int = 1200, m: int = 12, *, noise: float = 0.8, seed: int = 7
) -> GammaInput:
    """Candidates on 2 km x 2 km with smooth phase, look-angle errors and noise of two kinds."""
    generator = np.random.default_rng(seed)
    xy = generator.uniform(0, 2000, (n, 2)).astype(np.float32)
    bperp = generator.uniform(-150, 150, m)
    bperp_mat = (bperp + generator.uniform(-1, 1, (n, m))).astype(np.float32)
    k = generator.uniform(-0.01, 0.01, n)
    slope = generator.uniform(-2e-3, 2e-3, (2, m))
    sigma = np.where(np.arange(n) % 2 == 0, noise, 4.0)
    phase = xy @ slope + k[:, None] * bperp_mat + generator.standard_normal((n, m)) * sigma[:, None]
    amplitude = generator.uniform(0.5, 2, (n, m))
    return GammaInput(
        xy=xy,
        ph=(amplitude * np.exp(1j * phase)).astype(np.complex64),
        bperp_mat=bperp_mat,
        d_a=generator.uniform(0.1, 0.4, n),
        incidence=0.6,
        interferograms=made_up_interferograms(bperp, 4),
    )


def made_up_interferograms(bperp: Any, reference_ix: int) -> Interferograms:
    """A single-master stack with given baselines of the secondary images."""
    day = 737000.0 + 12 * np.arange(bperp.size + 1)
    return Interferograms.single_master(day, np.insert(bperp, reference_ix, 0), reference_ix)


def rated(candidates: GammaInput, noise: PhaseNoise) -> RatedCandidates:
    """Candidates with the result of stage 2."""
    names = ("k_ps", "c_ps", "coh_ps", "grid_ij", "low_pass", "n_trial_wraps", "nr")
    names += ("ph_grid", "ph_patch", "ph_res")
    return RatedCandidates(
        xy=candidates.xy,
        ph=candidates.ph,
        bperp_mat=candidates.bperp_mat,
        d_a=candidates.d_a,
        interferograms=candidates.interferograms,
        stability=Stability(**{name: getattr(noise, name) for name in names}),
    )
