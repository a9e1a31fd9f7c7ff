"""Displacement as a sum of layers: the value types of the original, from one implementation."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from unwrapped_examples import MASTER_IX, example_pixels, parts_of_tiny

from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat
from pystamps.products.layers import layers_of, reference_series, referenced
from pystamps.products.phase import PhaseParts, corrected_phase
from pystamps.products.velocity import mm_per_radian

WAVELENGTH = 0.055465759531382094
TYPES_OF_GOLDEN = ["u", "u-d", "u-m", "u-dm", "u-o", "u-do", "u-s"]
LETTERS = ["".join(c) for n in range(5) for c in combinations("dmos", n)]

# Each of up to four single-precision layers of up to 30 rad (130 mm) is rounded by 2**-24 of it
# once as a phase and once as a length.
MM_TOLERANCE = 8 * 130 * 2.0**-24 * 2


def all_used(parts):
    return parts.pixels.interferograms.used(())


def example_parts(n_ps=40):
    pixels = example_pixels(n_ps)
    rng = np.random.default_rng(3)
    ph_uw, ph_scla, ph_scn = (rng.normal(0, 5, (n_ps, pixels.n_ifg)) for _ in range(3))
    for phase in (ph_uw, ph_scla, ph_scn):
        phase[:, MASTER_IX] = 0
    ph_uw = ph_uw.astype(np.float32)
    return PhaseParts(pixels, ph_uw, ph_scla, rng.normal(0, 1, n_ps), ph_scn)


@pytest.mark.golden
@pytest.mark.parametrize("value_type", TYPES_OF_GOLDEN)
def test_series_equal_the_phases_of_the_original(shared_data, value_type):
    parts = parts_of_tiny(shared_data)
    golden = read_mat(shared_data / "tiny" / "products" / f"ps_plot_{value_type}.mat")
    columns = golden["ifg_list"].ravel().astype(int) - 1
    layers = layers_of(parts, all_used(parts), wavelength=WAVELENGTH)
    series = layers.series(value_type.partition("-")[2])
    shown = np.asarray(referenced(series, reference_series(series, np.arange(layers.n_point))))
    expected = -mm_per_radian(WAVELENGTH) * golden["ph_disp"]
    null = columns == parts.pixels.master_ix
    np.testing.assert_allclose(
        shown[:, columns][:, ~null], expected[:, ~null], rtol=0, atol=MM_TOLERANCE
    )
    assert not shown[:, parts.pixels.master_ix].any()


@pytest.mark.parametrize("letters", LETTERS)
def test_every_type_is_the_observed_layer_minus_the_others(letters):
    parts = example_parts()
    layers = layers_of(parts, all_used(parts), wavelength=WAVELENGTH)
    phase = corrected_phase(parts, letters)
    phase[:, MASTER_IX] = 0
    np.testing.assert_allclose(
        np.asarray(layers.series(letters)), -mm_per_radian(WAVELENGTH) * phase,
        rtol=0, atol=MM_TOLERANCE,
    )  # fmt: skip


def test_dropped_dates_are_left_out_and_the_reference_image_is_zero():
    parts = example_parts()
    used = parts.pixels.interferograms.used((1, 6))
    layers = layers_of(parts, used, wavelength=WAVELENGTH)
    assert layers.day.tolist() == np.delete(parts.pixels.day, [0, 5]).tolist()
    assert layers.day[layers.reference_column] == parts.pixels.master_day
    assert not np.asarray(layers.series("dmos"))[:, layers.reference_column].any()


def test_planes_are_fitted_to_the_points_that_have_all_parts():
    parts = example_parts()
    holes = parts.ph_uw.copy()
    holes[5, 0] = np.nan
    layers = layers_of(replace(parts, ph_uw=holes), all_used(parts), wavelength=WAVELENGTH)
    kept = np.delete(np.arange(40), 5)
    rest = replace(
        parts, pixels=replace(parts.pixels, xy=parts.pixels.xy[kept], ij=parts.pixels.ij[kept]),
        ph_uw=parts.ph_uw[kept], ph_scla=parts.ph_scla[kept], c_ps_uw=parts.c_ps_uw[kept],
        ph_scn=parts.ph_scn[kept],
    )  # fmt: skip
    alone = layers_of(rest, all_used(rest), wavelength=WAVELENGTH)
    np.testing.assert_allclose(
        np.asarray(layers.series("dos"))[kept], np.asarray(alone.series("dos")), atol=MM_TOLERANCE
    )
    assert np.isnan(np.asarray(layers.series("o"))[5, 0])


def test_a_part_that_no_stage_has_estimated_is_named():
    parts = replace(example_parts(), ph_scn=None)
    layers = layers_of(parts, all_used(parts), wavelength=WAVELENGTH)
    with pytest.raises(ArtifactError, match=r"letter s.*run stage 8 first"):
        layers.series("ds")


def test_a_reference_area_without_values_is_refused():
    parts = example_parts()
    series = np.asarray(layers_of(parts, all_used(parts), wavelength=WAVELENGTH).series(""))
    series[3, 2] = np.nan
    with pytest.raises(ArtifactError, match="none of its 1 pixels has a value at date 3"):
        reference_series(series, np.array([3]))
