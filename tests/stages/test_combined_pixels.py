"""PS and small-baseline pixels of one scene as one set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.errors import ArtifactError
from pystamps.interferograms import Interferograms
from pystamps.model import Pixels
from pystamps.stages.combined_pixels import (
    MatchedPixels,
    coherence_in_pairs,
    combined_phase,
    combined_pixels,
    combined_rows,
    image_phase,
    in_pairs,
    match_pixels,
    phasors_in_pairs,
    require_same_images,
    signal_to_noise,
)


class Combined(NamedTuple):
    """A combination: both sets, what was matched, what came out."""

    images: Interferograms
    pairs: Interferograms
    matched: MatchedPixels
    pixels: Pixels
    order: Any


def pixels_of(inputs: dict[str, Any], name: str, n_image: int) -> Pixels:
    """Give the pixels of one set of the vector."""
    n_ps, n_ifg = int(inputs[f"{name}.n_ps"].item()), int(inputs[f"{name}.n_ifg"].item())
    reference = int(inputs[f"{name}.master_ix"].item()) - 1
    return Pixels(
        ij=inputs[f"{name}.ij"], lonlat=inputs[f"{name}.lonlat"],
        xy=np.zeros((n_ps, 3), np.float32), bperp=np.zeros(n_ifg, np.float32),
        day=736000.0 + 12 * np.arange(n_image), master_day=736000.0 + 12 * reference,
        master_ix=reference, ll0=np.array([12.0, 45.0]),
    )  # fmt: skip


def combine(inputs: dict[str, Any]) -> Combined:
    n_image = int(inputs["ps.n_ifg"].item())
    ps, sb = pixels_of(inputs, "ps", n_image), pixels_of(inputs, "sb", n_image)
    pairs = Interferograms.small_baselines(
        inputs["sb.ifgday_ix"].astype(np.int64) - 1,
        day=sb.day, bperp=sb.bperp, reference_ix=sb.master_ix,
    )  # fmt: skip
    residual = image_phase(inputs["ps.ph_res"], ps.interferograms, inputs["ps.C_ps"].ravel())
    coherence = coherence_in_pairs(residual, pairs)
    matched = match_pixels(ps, sb, coherence, inputs["sb.coh_ps"].ravel().astype(np.float64))
    pixels, order = combined_pixels(ps, sb, matched, float(inputs["heading"]))
    return Combined(ps.interferograms, pairs, matched, pixels, order)


@pytest.mark.golden
def test_the_combination_is_that_of_the_original(vectors: Path) -> None:
    vector = load_vector(vectors / "ps_sb_merge.json")
    inputs, expected, at = vector["inputs"], vector["outputs"], float(vector["tolerance"])
    images, pairs, matched, pixels, order = combine(inputs)
    for name, found in (
        ("psu_ix", matched.ps_only),
        ("psnu_ix", matched.ps_shared),
        ("sbnu_ix", matched.sb_shared),
    ):
        np.testing.assert_array_equal(found + 1, expected[f"merge2.{name}"].ravel(), err_msg=name)
    assert matched.n_same_place == 1
    for name, found in (
        ("psu_coh", matched.ps_only_coherence),
        ("psnu_coh", matched.ps_shared_coherence),
        ("sbnu_coh", matched.sb_shared_coherence),
    ):
        np.testing.assert_allclose(found, expected[f"merge2.{name}"].ravel(), rtol=0, atol=at)
    np.testing.assert_array_equal(pairs.design(), expected["merge2.G"])
    np.testing.assert_array_equal(pixels.ij, expected["ij"])
    np.testing.assert_array_equal(pixels.lonlat, expected["lonlat"])
    np.testing.assert_allclose(pixels.xy, expected["xy"], rtol=0, atol=1.1e-3)  # 1 mm: rounding
    ones = np.ones(len(inputs["ps.ph_rc"]), np.complex64)
    patch = np.angle(image_phase(inputs["ps.ph_patch"], images, ones))
    for name, phase in (("ph_patch", patch), ("ph_rc", np.angle(inputs["ps.ph_rc"]))):
        found = combined_phase(phasors_in_pairs(phase, pairs), inputs[f"sb.{name}"], matched, order)
        assert found.dtype == np.complex64
        np.testing.assert_allclose(found, expected[name], rtol=0, atol=at)
    zeros = np.zeros(len(inputs["ps.bperp_mat"]), np.float32)
    bperp = in_pairs(image_phase(inputs["ps.bperp_mat"], images, zeros), pairs)
    bperp = combined_rows(bperp, inputs["sb.bperp_mat"], matched, order)
    np.testing.assert_allclose(bperp, expected["bperp_mat"], rtol=0, atol=1e-4)


def scene(n: int = 6) -> dict[str, Any]:
    """Two sets of n pixels at the same places; all coherent."""
    random = np.random.default_rng(4)
    pairs = np.array([[1, 2], [2, 3], [1, 3]], dtype=np.float64)
    line = np.arange(n, dtype=np.float64)
    ij = np.column_stack([line + 1, line, 3 + line % 2])
    return {
        "ps.ij": ij, "sb.ij": ij.copy(), "sb.ifgday_ix": pairs, "heading": -12.0,
        "ps.lonlat": np.column_stack([12 + line / 1000, 45 + line % 3 / 1000]),
        "sb.lonlat": np.column_stack([12 + line / 1000, 45 + line % 3 / 1000]),
        **{f"{s}.n_ps": np.array([n]) for s in ("ps", "sb")},
        "ps.n_ifg": np.array([3]), "sb.n_ifg": np.array([3]),
        "ps.master_ix": np.array([2]), "sb.master_ix": np.array([2]),
        "ps.ph_res": random.normal(0, 0.1, (n, 2)).astype(np.float32),
        "ps.C_ps": np.zeros(n, np.float32), "sb.coh_ps": np.full(n, 0.9),
    }  # fmt: skip


def test_sets_with_the_same_pixels_give_these_pixels() -> None:
    found = combine(scene())
    assert found.matched.ps_only.size == 0 and found.pixels.n_ps == 6
    np.testing.assert_array_equal(found.matched.ps_shared, found.matched.sb_shared)
    assert found.pixels.xy[:, 0].tolist() == [1, 2, 3, 4, 5, 6]


def test_a_ps_pixel_less_coherent_than_every_other_is_left_out_and_counted() -> None:
    inputs = scene()
    inputs["ps.ij"][2:5, 1] += 100
    inputs["ps.lonlat"][2:4, 0] += 1  # the fifth pixel keeps the position of a pixel of the set
    inputs["ps.ph_res"][3] = [2.0, -2.0]
    matched = combine(inputs).matched
    assert (matched.ps_only.tolist(), matched.n_incoherent, matched.n_same_place) == ([2], 1, 1)


def test_of_two_pixels_at_one_place_the_last_counts() -> None:
    inputs = scene()
    inputs["sb.ij"][4, 1:] = inputs["sb.ij"][1, 1:]
    matched = combine(inputs).matched
    assert matched.sb_shared[matched.ps_shared.tolist().index(1)] == 4
    assert 4 not in matched.ps_shared


def test_phase_of_images_becomes_phase_of_interferograms_with_its_sign() -> None:
    phase = np.array([[0.1, 0.0, 0.4]], np.float32)
    pairs = combine(scene()).pairs
    found = np.angle(phasors_in_pairs(phase, pairs))
    np.testing.assert_allclose(found, [[-0.1, 0.4, 0.3]], atol=1e-6)
    np.testing.assert_allclose(found, phase @ pairs.design().T, atol=1e-6)


def test_shared_phase_follows_the_more_coherent_set_and_has_modulus_one() -> None:
    one, half_pi = np.complex64(1), np.complex64(1j)
    matched = MatchedPixels(
        np.array([], np.int64), np.array([0, 1, 2]), np.array([0, 1, 2]),
        np.array([], np.float32), np.float32([0.999, 0.1, 1.0]), np.array([0.1, 0.999, 0.5]), 0, 0,
    )  # fmt: skip
    ps, sb = np.full((3, 2), half_pi), np.full((3, 2), one)
    found = combined_phase(ps, sb, matched, np.arange(3))
    np.testing.assert_allclose(np.abs(found), 1, atol=1e-6)
    np.testing.assert_allclose(np.angle(found[0]), np.pi / 2, atol=1e-3)
    np.testing.assert_allclose(np.angle(found[1]), 0, atol=1e-3)
    np.testing.assert_allclose(np.angle(found[2]), np.pi / 2, atol=1e-3)  # coherence 1: no NaN


def test_a_pixel_that_no_set_sees_keeps_the_phase_of_its_interferogram() -> None:
    matched = MatchedPixels(
        np.array([], np.int64), np.array([0]), np.array([0]),
        np.array([], np.float32), np.float32([0]), np.array([0.0]), 0, 0,
    )  # fmt: skip
    sb = np.array([[np.exp(0.3j)]], np.complex64)
    np.testing.assert_allclose(combined_phase(-sb, sb, matched, np.array([0])), sb)
    assert signal_to_noise(np.array([0.0, 0.5])).tolist() == [0, pytest.approx(1 / 3)]


def test_sets_of_other_images_are_refused() -> None:
    inputs = scene()
    ps, sb = pixels_of(inputs, "ps", 3), pixels_of(inputs, "sb", 3)
    require_same_images(ps, sb)
    sb.day[2] += 12
    with pytest.raises(ArtifactError, match="2 of which are in one set only"):
        require_same_images(ps, sb)
