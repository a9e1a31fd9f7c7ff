"""Stage 4 of small baselines: the unit vector, what is fitted, blocks of arcs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.config import Compat
from pystamps.interferograms import Interferograms
from pystamps.parameters import default_parameters
from pystamps.stages.stage4_pair_noise import arc_noise_of_pairs
from pystamps.stages.stage4_weed import SelectedPixels, weed_pixels

BPERP = np.array([35.0, -60.0, 12.0, 80.0, -25.0, 50.0])
NOISY = 3
"""Pixel of the example whose phase is noise."""


@pytest.mark.golden
def test_the_noise_step_is_that_of_the_original(vectors: Path) -> None:
    vector = load_vector(vectors / "s4_edge_noise_SB.json")
    given, wanted = vector["inputs"], vector["outputs"]
    n, n_ifg = given["ph"].shape
    pairs = np.array([(k // 2, k // 2 + 1 + k % 2) for k in range(n_ifg)])  # nothing depends on it
    stack = Interferograms.small_baselines(
        pairs, day=given["day"].ravel(), bperp=given["bperp"].ravel(), reference_ix=0
    )
    pixels = SelectedPixels(
        line=np.arange(n), sample=np.arange(n), xy=given["xy"][:, 1:], coh_ps=np.ones(n),
        k_ps=given["K_ps2"].ravel(), c_ps=given["C_ps2"].ravel(), ph=given["ph"],
        interferograms=stack,
    )  # fmt: skip
    parameters = replace(
        default_parameters(small_baseline=True),
        weed_standard_dev=given["weed_standard_dev"].item(),
        weed_max_noise=given["weed_max_noise"].item(),
        drop_ifg_index=(int(given["drop_ifg_index"].item()),),
    )
    arcs = given["edges"].astype(np.int64) - 1
    found = weed_pixels(pixels, parameters, triangulate=lambda _: arcs).weeding
    np.testing.assert_array_equal(found.ifg_index + 1, wanted["ifg_index"].ravel())
    np.testing.assert_array_equal(found.ix_weed2, wanted["ix_weed2"].ravel())
    for name in ("ps_std", "ps_max"):
        values, golden = getattr(found, name), wanted[name].ravel()
        assert values.dtype == golden.dtype
        np.testing.assert_allclose(values, golden, rtol=0, atol=2e-6)


def example(k_of_pixels: np.ndarray, n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Give phasors with DEM errors and little noise, and arcs of every pixel with the next two."""
    random = np.random.default_rng(4)
    phase = np.outer(k_of_pixels, BPERP) + random.normal(0, 0.05, (n, BPERP.size))
    phase[NOISY] += random.uniform(-3, 3, BPERP.size)
    first = np.arange(n - 2)
    arcs = np.concatenate([np.column_stack([first, first + step]) for step in (1, 2)])
    return np.exp(1j * phase).astype(np.complex64), arcs


def test_a_dem_error_of_an_arc_leaves_no_noise_where_its_phase_is_fitted() -> None:
    w, arcs = example(np.random.default_rng(1).normal(0, 1.4e-2, 40))
    exact, _ = arc_noise_of_pairs(w, arcs, bperp=BPERP, is_fitted_to_phasors=False)
    as_stamps, _ = arc_noise_of_pairs(w, arcs, bperp=BPERP)
    others = np.arange(40) != NOISY
    assert exact[others].max() < 0.15 < exact[NOISY]
    # a multiple of the baselines that is taken off a phasor is no rotation of it
    assert as_stamps[others].max() > 5 * exact[others].max()


def test_the_block_size_changes_nothing_and_a_pixel_without_arcs_is_infinitely_noisy() -> None:
    w, arcs = example(np.zeros(40))
    whole = arc_noise_of_pairs(w, arcs, bperp=BPERP)
    parts = arc_noise_of_pairs(w, arcs, bperp=BPERP, memory_budget_mb=0)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-7)
    ps_std, ps_max = arc_noise_of_pairs(w, arcs[1:2], bperp=BPERP)
    assert np.isinf(ps_std[[0, 5]]).all() and np.isinf(ps_max[[0, 5]]).all()
    assert np.isfinite(ps_std[arcs[1]]).all()


def test_the_switch_reaches_the_weeding() -> None:
    w, _ = example(np.random.default_rng(1).normal(0, 1.4e-2, 40))
    random, pairs = np.random.default_rng(2), np.array([[k, k + 1] for k in range(BPERP.size)])
    stack = Interferograms.small_baselines(
        pairs, day=np.arange(1.0, BPERP.size + 2), bperp=BPERP, reference_ix=0
    )
    pixels = SelectedPixels(
        line=np.arange(40), sample=np.arange(40),
        xy=random.uniform(0, 900, (40, 2)).astype(np.float32), coh_ps=np.ones(40),
        k_ps=np.zeros(40), c_ps=np.zeros(40), ph=w, interferograms=stack,
    )  # fmt: skip
    parameters = replace(default_parameters(small_baseline=True), weed_standard_dev=0.3)
    as_stamps, meant = (
        weed_pixels(pixels, parameters, compat=Compat(arc_error_of_phasors=switch)).weeding
        for switch in (True, False)
    )
    assert np.count_nonzero(meant.ix_weed) > np.count_nonzero(as_stamps.ix_weed)
    assert not meant.ix_weed[NOISY]
