"""Stage 6 of small baselines on directories: truth, networks apart, second pass, nothing left."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from stage6_trees import DAY, MASTER_IX, made_up_phase, write_tree

from pystamps.config import Compat, RunConfig
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.model import (
    ClosedPixels,
    ClosureLoops,
    PairInversion,
    SmoothedPairLookAngleError,
    Unwrapped,
    UnwrappedPairs,
)
from pystamps.pipeline.entry.stage6 import stage6_unwrap

TWO_PI = 2 * np.pi
PAIRS = np.array([[i, j] for i in range(DAY.size) for j in (i + 1, i + 2) if j < DAY.size])


def pair_tree(tmp_path, *, pairs=PAIRS, n_ps=900, **parameters):
    """Write a data set of small baselines; give its root and the true phase of the images."""
    pixels, of_images = made_up_phase(n_ps=n_ps)
    bperp = (pixels.bperp[pairs[:, 1]] - pixels.bperp[pairs[:, 0]]).astype(np.float64)
    pixels = replace(pixels, pairs=pairs.astype(np.int64), bperp=bperp)
    ph_rc = np.exp(1j * (of_images[:, pairs[:, 1]] - of_images[:, pairs[:, 0]]))
    root = write_tree(
        tmp_path / "SMALL_BASELINES", pixels, ph_rc,
        parameters={"small_baseline_flag": "y", "unwrap_method": "3D_QUICK"} | parameters,
    )  # fmt: skip
    return root, of_images


def run(root, *, compat=None, **options):
    return stage6_unwrap(root, RunConfig(dataset=root, compat=compat or Compat()), **options)


def in_step(found, truth):
    """Differences without the median of every column."""
    off = np.asarray(found, np.float64) - truth
    return off - np.median(off, axis=0)


@pytest.mark.parametrize("method", ["3D_QUICK", "3D", "3D_NO_DEF", "2D"])
def test_images_have_their_true_phase(tmp_path, method):
    root, of_images = pair_tree(tmp_path, unwrap_method=method)
    result = run(root)
    images = read_artifact(Unwrapped, root / "phuw2.mat")
    assert np.abs(in_step(images.ph_uw, of_images)).max() < 0.6
    assert (np.asarray(images.ph_uw)[:, MASTER_IX] == 0).all()
    assert images.msd is None
    np.testing.assert_array_equal(images.unwrap_ifg_index_sm, np.arange(DAY.size))
    assert result.counts["images"] == DAY.size
    inversion = read_artifact(PairInversion, root / "phuw_sb_res2.mat")
    pairs = read_artifact(UnwrappedPairs, root / "phuw_sb2.mat")
    residual = in_step(pairs.ph_uw, np.asarray(inversion.ph_res))
    assert np.abs(residual).max() < 0.6


def test_a_dropped_interferogram_is_zero_and_the_images_stay(tmp_path):
    root, of_images = pair_tree(tmp_path, drop_ifg_index=[2.0])
    run(root)
    assert not np.asarray(read_artifact(UnwrappedPairs, root / "phuw_sb2.mat").ph_uw)[:, 1].any()
    images = read_artifact(Unwrapped, root / "phuw2.mat")
    assert np.abs(in_step(images.ph_uw, of_images)).max() < 0.6


def test_a_network_apart_is_refused_before_anything_is_unwrapped(tmp_path, monkeypatch):
    monkeypatch.setattr("pystamps.pipeline.entry.stage6.unwrap_interferograms", None)
    pairs = np.array([[0, 1], [1, 2], [3, 4], [4, 5], [5, 6], [6, 7], [7, 8]])
    root, _ = pair_tree(tmp_path, pairs=pairs, n_ps=60)
    with pytest.raises(ParameterError, match="no used interferograms connect the images 2015"):
        run(root)
    assert not (root / "phuw2.mat").exists()


def test_one_reference_pixel_is_its_phase_or_as_in_the_original_one_number(tmp_path):
    root, _ = pair_tree(tmp_path, ref_x=[0.0, 1.0], ref_y=[0.0, 1.0])
    pixels = read_artifact(type(made_up_phase(n_ps=3)[0]), root / "ps2.mat")
    xy = pixels.xy.copy()
    xy[400, 1:] = 0.5
    write_artifact(root / "ps2.mat", replace(pixels, xy=xy))
    found = {}
    for switch in (False, True):
        run(root, compat=Compat(one_reference_pixel_over_interferograms=switch))
        found[switch] = np.asarray(read_artifact(Unwrapped, root / "phuw2.mat").ph_uw)
    assert np.abs(found[False][400]).max() < 0.3
    level = found[True] - found[False]
    np.testing.assert_allclose(level, level[:1].repeat(len(level), axis=0), rtol=0, atol=1e-4)
    assert np.abs(level).max() > 0.1


def second_pass(root, **options):
    n_ps = len(read_artifact(UnwrappedPairs, root / "phuw_sb2.mat").ph_uw)
    k_ps, none = np.full(n_ps, 2e-3), np.zeros((0, 0))
    scla = root / "scla_smooth_sb2.mat"
    ph_scla = np.zeros((n_ps, len(PAIRS)), np.float32)
    write_artifact(scla, SmoothedPairLookAngleError(k_ps, 0 * k_ps, ph_scla, none))
    run(root, scla=scla, **options)
    return np.asarray(read_artifact(UnwrappedPairs, root / "phuw_sb2.mat").ph_uw)


def test_a_second_pass_takes_the_look_angle_error_off_and_adds_it_back(tmp_path):
    root, of_images = pair_tree(tmp_path)
    run(root)
    found = second_pass(root)
    truth = of_images[:, PAIRS[:, 1]] - of_images[:, PAIRS[:, 0]]
    assert np.abs(in_step(found, truth)).max() < 0.6


def test_a_first_pass_holds_nothing_and_a_second_one_asks_for_what(tmp_path, caplog):
    root, _ = pair_tree(tmp_path, unwrap_hold_good_values="y", n_ps=400)
    with caplog.at_level(logging.INFO):
        run(root)
    assert "first pass, nothing is held" in caplog.text
    # what the second one will hold
    assert read_artifact(ClosedPixels, root / "phuw_good2.mat").good_pixels.mean() > 0.99
    with pytest.raises(ParameterError, match="--earlier"):
        second_pass(root)


def test_held_phase_stays_where_loops_close_and_wrong_cycles_go(tmp_path):
    root, of_images = pair_tree(tmp_path, unwrap_hold_good_values="y")
    run(root)
    first = read_artifact(UnwrappedPairs, root / "phuw_sb2.mat")
    ph_uw = np.asarray(first.ph_uw).copy()
    ph_uw[100:130, 3] += np.float32(TWO_PI)
    earlier = root / "earlier.mat"
    write_artifact(earlier, replace(first, ph_uw=ph_uw))
    found = second_pass(root, earlier=earlier)
    loops = read_artifact(ClosureLoops, root / "phuw_loops2.mat").intfg_loops
    closed = read_artifact(ClosedPixels, root / "phuw_good2.mat").good_pixels
    assert len(loops) == 7
    assert not closed[100:130, 3].any()
    assert closed.mean() > 0.9
    truth = of_images[:, PAIRS[:, 1]] - of_images[:, PAIRS[:, 0]]
    assert np.abs(in_step(found, truth)).max() < 0.6
    same = in_step(found, ph_uw)[closed]
    np.testing.assert_allclose(same, 0, rtol=0, atol=2e-5)


def test_earlier_phase_of_other_pixels_is_refused(tmp_path):
    root, _ = pair_tree(tmp_path, unwrap_hold_good_values="y", n_ps=400)
    run(root)
    first = read_artifact(UnwrappedPairs, root / "phuw_sb2.mat")
    write_artifact(root / "earlier.mat", replace(first, ph_uw=np.asarray(first.ph_uw)[1:]))
    with pytest.raises(ArtifactError, match=r"earlier\.mat: ph_uw has shape"):
        second_pass(root, earlier=root / "earlier.mat")


def test_without_pixels_all_files_are_there_and_empty(tmp_path):
    pixels, _ = made_up_phase(n_ps=3)
    none = replace(
        pixels, ij=np.zeros((0, 3)), lonlat=np.zeros((0, 2)), xy=np.zeros((0, 3), np.float32),
        pairs=PAIRS, bperp=np.arange(len(PAIRS), dtype=np.float64),
    )  # fmt: skip
    root = write_tree(
        tmp_path / "D", none, np.zeros((0, len(PAIRS))),
        parameters={"small_baseline_flag": "y", "unwrap_hold_good_values": "y"},
    )  # fmt: skip
    assert run(root).is_empty
    assert read_artifact(UnwrappedPairs, root / "phuw_sb2.mat").ph_uw.shape == (0, len(PAIRS))
    assert read_artifact(Unwrapped, root / "phuw2.mat").ph_uw.shape == (0, DAY.size)
    assert (root / "phuw_good2.mat").is_file()
