from __future__ import annotations

import numpy as np
import pytest
from unwrapped_examples import MASTER_IX, example_pixels, parts_of_tiny

from pystamps.errors import ArtifactError, ParameterError, UnsupportedError
from pystamps.io.artifacts import read_artifact, read_variable
from pystamps.io.mat import read_mat
from pystamps.model import CorrelatedNoise, LookAngleError
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts, corrected_phase, parse_value_type
from pystamps.products.velocity import relative_to_area
from pystamps.stages.reference_area import reference_pixels


@pytest.mark.golden
@pytest.mark.parametrize("value_type", ["u", "u-d", "u-m", "u-dm", "u-o", "u-do", "u-s"])
def test_values_shown_by_the_original_are_reproduced(shared_data, value_type):
    parts = parts_of_tiny(shared_data)
    golden = read_mat(shared_data / "tiny" / "products" / f"ps_plot_{value_type}.mat")["ph_disp"]
    phase = corrected_phase(parts, parse_value_type(value_type, kinds="u")[1])
    shown = relative_to_area(phase, reference_pixels(parts.pixels, Parameters()))
    assert shown.dtype == golden.dtype
    # means of 3133 pixels and planes are in single precision there; phases reach 30 rad
    np.testing.assert_allclose(shown, golden, rtol=0, atol=2e-5)


@pytest.mark.golden
@pytest.mark.parametrize("letter", ["d", "m", "s"])
def test_the_parts_themselves_are_shown_as_by_the_original(shared_data, letter):
    stages = shared_data / "tiny" / "stages"
    scla = read_artifact(LookAngleError, stages / "stage7" / "scla2.mat")
    noise = read_variable(CorrelatedNoise, "ph_scn_slave", stages / "stage8" / "scn2.mat")
    values = {"d": scla.k_ps_uw[:, None], "m": scla.c_ps_uw[:, None], "s": noise}[letter]
    golden = read_mat(shared_data / "tiny" / "products" / f"ps_plot_{letter}.mat")["ph_disp"]
    shown = relative_to_area(values, np.arange(len(values)))
    np.testing.assert_allclose(shown, golden, rtol=0, atol=2e-6)


def test_letters_may_come_in_any_order():
    assert parse_value_type("v-od", kinds="v") == parse_value_type("v-do", kinds="v") == ("v", "do")
    assert parse_value_type("u", kinds="uv") == ("u", "")


@pytest.mark.parametrize("value_type", ["", "x", "v-q", "v-dd", "u-d", "vdo", "uv"])
def test_unknown_value_types_are_refused_with_the_known_ones(value_type):
    with pytest.raises(ParameterError, match="d = look-angle"):
        parse_value_type(value_type, kinds="v")


def test_parts_of_later_versions_are_refused_by_name():
    with pytest.raises(UnsupportedError, match="ionosphere"):
        parse_value_type("v-di", kinds="v")


@pytest.mark.parametrize("value_type", ["u-dma", "u-as", "u-asdm"])
def test_the_troposphere_is_not_taken_off_twice(value_type):
    with pytest.raises(ParameterError, match=r"troposphere off twice: .* holds .*; leave out a or"):
        parse_value_type(value_type, kinds="u")


def test_the_tropospheric_phase_is_taken_off_and_asked_for_where_it_is_not_known():
    ph_uw = np.ones((30, 8), dtype=np.float32)
    parts = PhaseParts(example_pixels(), ph_uw, ph_tropo=np.full((30, 8), 0.25))
    corrected = corrected_phase(parts, "a")
    assert not corrected[:, MASTER_IX].any()
    np.testing.assert_array_equal(np.delete(corrected, MASTER_IX, axis=1), 0.75)
    with pytest.raises(ArtifactError, match=r"tca2\.mat: no tropospheric phase is known"):
        corrected_phase(PhaseParts(example_pixels(), ph_uw), "a")


def test_a_part_that_does_not_exist_names_its_stage():
    parts = PhaseParts(example_pixels(), np.zeros((30, 8), dtype=np.float32))
    with pytest.raises(ArtifactError, match=r"scla2\.mat: file is missing; run stage 7"):
        corrected_phase(parts, "d")
    with pytest.raises(ArtifactError, match=r"scn2\.mat: file is missing; run stage 8"):
        corrected_phase(parts, "s")


def test_the_reference_image_is_zero_without_its_contribution():
    ph_uw = np.ones((30, 8), dtype=np.float32)
    ph_uw[:, MASTER_IX] = 0
    parts = PhaseParts(example_pixels(), ph_uw, c_ps_uw=np.full(30, 0.25))
    corrected = corrected_phase(parts, "m")
    assert not corrected[:, MASTER_IX].any()
    np.testing.assert_array_equal(np.delete(corrected, MASTER_IX, axis=1), 0.75)
    assert ph_uw[0, 0] == 1  # the input is not changed
