from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unwrapped_examples import (
    DAY,
    MASTER_IX,
    example_pixels,
    parameters_of_vector,
    pixels_of_vector,
)
from vector_files import load_vector

from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.parameters import Parameters
from pystamps.stages.network import delaunay_edges
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise
from pystamps_kernels import KernelChoice

BACKENDS = ["python", "native"]
CASES = ["default", "deramp_all", "drop2_deramp", "noscla"]
AS_ORIGINAL, CORRECTED = (
    Compat(),
    Compat(scn_full_list_master_position=False, scn_missing_phase_as_zero=False),
)
WIDE = Parameters(scn_wavelength=300.0)


def stack_of_vector(inputs):
    c_ps = inputs.get("scla2.C_ps_uw")
    return ScnInput(
        pixels_of_vector(inputs),
        inputs["ph_uw"],
        inputs.get("scla2.ph_scla"),
        None if c_ps is None else c_ps.ravel(),
        inputs.get("scla2.ph_ramp"),
    )


def made_up_stack(n_ps=30):
    rng = np.random.default_rng(8)
    ph_uw = rng.normal(0, 2, (n_ps, DAY.size)).astype(np.float32)
    ph_uw[:, MASTER_IX] = 0
    return ScnInput(example_pixels(n_ps), ph_uw)


@pytest.mark.golden
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CASES)
def test_vectors_of_the_original_are_reproduced(vectors, case, backend):
    vector = load_vector(vectors / f"s8_scn_{case}.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    found = filter_correlated_noise(
        stack_of_vector(inputs),
        parameters_of_vector(inputs),
        compat=AS_ORIGINAL,
        choice=KernelChoice(backend),
    )
    for name in ("ph_scn_slave", "ph_hpt", "ph_ramp"):
        values, golden = getattr(found, name), outputs[f"scn2.{name}"]
        assert (values.shape, values.dtype) == (golden.shape, golden.dtype)
        # tolerance of the vectors: the original adds in single precision
        np.testing.assert_allclose(values, golden, rtol=0, atol=2e-6, err_msg=name)


def test_filtering_pixels_equals_filtering_arcs_and_solving_for_pixels():
    stack, parameters = made_up_stack(), Parameters(scn_wavelength=1e-3)
    arcs = delaunay_edges(*stack.pixels.xy[:, 1:].T)
    incidence = np.eye(30)[arcs[:, 1]] - np.eye(30)[arcs[:, 0]]
    difference = incidence @ stack.ph_uw.astype(np.float64)
    weight = np.exp(-((DAY[:, None] - DAY) ** 2) / (2 * 365.0**2))
    weight[:, MASTER_IX] = 0
    high_pass = difference - difference @ (weight / weight.sum(axis=1, keepdims=True)).T
    solved = np.zeros((30, DAY.size))
    solved[1:] = np.linalg.lstsq(incidence[:, 1:], high_pass, rcond=None)[0]
    found = filter_correlated_noise(stack, parameters, compat=AS_ORIGINAL)
    np.testing.assert_allclose(found.ph_hpt, solved, rtol=0, atol=2e-6)


def test_the_reference_image_has_no_noise_and_the_first_pixel_is_the_origin():
    found = filter_correlated_noise(made_up_stack(), WIDE, compat=AS_ORIGINAL)
    assert not found.ph_scn_slave[:, MASTER_IX].any()
    assert not found.ph_scn_slave[0].any()
    assert found.ph_scn_slave[1:].any()


def test_a_steady_signal_is_no_noise_and_a_single_event_is():
    stack = made_up_stack()
    ph_uw = np.zeros_like(stack.ph_uw)
    ph_uw[:, [0, 1, 2, 4, 5, 6, 7]] = np.linspace(0, 3, 30, dtype=np.float32)[:, None]
    steady = filter_correlated_noise(
        replace(stack, ph_uw=ph_uw), replace(WIDE, scn_time_win=1e6), compat=AS_ORIGINAL
    )
    np.testing.assert_allclose(steady.ph_scn_slave, 0, atol=1e-6)
    ph_uw[:, 5] += 4 * (stack.pixels.xy[:, 2] > 0)
    event = filter_correlated_noise(
        replace(stack, ph_uw=ph_uw), replace(WIDE, scn_time_win=1e6), compat=AS_ORIGINAL
    )
    assert event.ph_scn_slave[-1, 5] > 2.5


def test_very_narrow_time_windows_do_not_underflow():
    found = filter_correlated_noise(
        made_up_stack(), replace(WIDE, scn_time_win=0.1), compat=AS_ORIGINAL
    )
    assert np.isfinite(found.ph_scn_slave).all()
    np.testing.assert_allclose(np.delete(found.ph_hpt, MASTER_IX, axis=1), 0, atol=1e-6)


def test_a_drop_before_the_reference_image_moves_the_column_left_out_only_as_in_the_original():
    parameters = replace(WIDE, drop_ifg_index=(2,))
    stack = replace(made_up_stack(), c_ps_uw=np.linspace(0, 5, 30))
    quirk = filter_correlated_noise(stack, parameters, compat=AS_ORIGINAL)
    right = filter_correlated_noise(stack, parameters, compat=CORRECTED)
    assert np.abs(quirk.ph_scn_slave - right.ph_scn_slave).max() > 0.1
    moved = replace(
        stack,
        ph_uw=np.delete(stack.ph_uw, 1, axis=1),
        pixels=example_pixels(day=np.delete(DAY, 1), master_ix=2),
    )
    alone = filter_correlated_noise(moved, WIDE, compat=AS_ORIGINAL)
    np.testing.assert_allclose(
        np.delete(right.ph_scn_slave, 1, axis=1), alone.ph_scn_slave, atol=1e-12
    )


def test_the_position_is_corrected_where_the_original_stops():
    stack = made_up_stack()
    last = replace(stack.pixels, master_ix=7, master_day=float(DAY[7]))
    parameters = replace(WIDE, drop_ifg_index=(2,))
    found = filter_correlated_noise(replace(stack, pixels=last), parameters, compat=AS_ORIGINAL)
    right = filter_correlated_noise(replace(stack, pixels=last), parameters, compat=CORRECTED)
    np.testing.assert_array_equal(found.ph_scn_slave, right.ph_scn_slave)


def test_the_last_column_is_left_out_where_the_original_still_finds_it():
    stack = made_up_stack()
    last_but_one = replace(stack.pixels, master_ix=6, master_day=float(DAY[6]))
    stack = replace(stack, pixels=last_but_one, c_ps_uw=np.linspace(0, 5, 30))
    parameters = replace(WIDE, drop_ifg_index=(2,))
    quirk = filter_correlated_noise(stack, parameters, compat=AS_ORIGINAL)
    right = filter_correlated_noise(stack, parameters, compat=CORRECTED)
    assert np.abs(quirk.ph_scn_slave - right.ph_scn_slave).max() > 0.1


def test_missing_phase_counts_as_zero_only_as_in_the_original():
    stack = made_up_stack()
    stack.ph_uw[[0, 9]] = np.nan
    zero = filter_correlated_noise(stack, WIDE, compat=AS_ORIGINAL)
    assert np.isfinite(zero.ph_scn_slave).all()
    left_out = filter_correlated_noise(stack, WIDE, compat=CORRECTED)
    assert np.isnan(left_out.ph_hpt[[0, 9]]).all()
    others = np.delete(np.arange(30), [0, 9])
    alone = ScnInput(replace(stack.pixels, xy=stack.pixels.xy[others]), stack.ph_uw[others])
    expected = filter_correlated_noise(alone, WIDE, compat=CORRECTED)
    np.testing.assert_allclose(left_out.ph_scn_slave[others], expected.ph_scn_slave, atol=1e-12)


def test_planes_count_as_noise_when_asked_for():
    stack = made_up_stack()
    plane = 1e-3 * stack.pixels.xy[:, 1]
    ph_uw = np.zeros_like(stack.ph_uw)
    ph_uw[:, [0, 1, 2, 4, 5, 6, 7]] = plane[:, None]
    stack = replace(stack, ph_uw=ph_uw)
    without = filter_correlated_noise(stack, Parameters(), compat=AS_ORIGINAL)
    with_planes = filter_correlated_noise(
        stack, Parameters(scn_deramp_ifg="all"), compat=AS_ORIGINAL
    )
    some = filter_correlated_noise(
        stack, Parameters(scn_deramp_ifg=(1, 2), drop_ifg_index=(2,)), compat=AS_ORIGINAL
    )
    assert np.abs(np.delete(without.ph_hpt, MASTER_IX, axis=1)).max() < 1e-5
    np.testing.assert_allclose(with_planes.ph_ramp[:, 0], plane, atol=1e-6)
    assert with_planes.ph_ramp.shape == (30, 8)
    assert some.ph_ramp.shape == (30, 1)


@pytest.mark.parametrize("n_ps", [0, 1, 2])
@pytest.mark.parametrize("compat", [AS_ORIGINAL, CORRECTED])
def test_few_pixels_are_filtered(n_ps, compat):
    parameters = WIDE if n_ps else replace(WIDE, scn_deramp_ifg="all")
    found = filter_correlated_noise(made_up_stack(n_ps), parameters, compat=compat)
    assert found.ph_scn_slave.shape == (n_ps, 8)
    assert np.isfinite(found.ph_scn_slave).all()


@pytest.mark.parametrize("n_ps", [1, 2, 3])
def test_a_plane_that_takes_everything_is_refused(n_ps):
    parameters = replace(WIDE, scn_deramp_ifg="all")
    with pytest.raises(ParameterError, match=f"stage 8.*: {n_ps} pixels for the 3 terms"):
        filter_correlated_noise(made_up_stack(n_ps), parameters, compat=AS_ORIGINAL)
    alone = replace(parameters, scn_deramp_ifg=())
    filter_correlated_noise(made_up_stack(n_ps), alone, compat=AS_ORIGINAL)
    filter_correlated_noise(made_up_stack(4), parameters, compat=AS_ORIGINAL)


def test_planes_through_pixels_on_a_line_are_refused():
    stack = made_up_stack()
    xy = stack.pixels.xy.copy()
    xy[:, 1] = 2 * xy[:, 2]
    on_a_line = replace(stack, pixels=replace(stack.pixels, xy=xy))
    with pytest.raises(ParameterError, match="almost on a line: condition number"):
        filter_correlated_noise(on_a_line, replace(WIDE, scn_deramp_ifg=(2,)), compat=AS_ORIGINAL)
    filter_correlated_noise(on_a_line, WIDE, compat=AS_ORIGINAL)


def test_a_data_set_without_any_phase_stays_without():
    stack = made_up_stack(3)
    stack.ph_uw[:] = np.nan
    found = filter_correlated_noise(stack, WIDE, compat=CORRECTED)
    assert np.isnan(np.delete(found.ph_scn_slave, MASTER_IX, axis=1)).all()


def test_the_backend_and_the_number_of_threads_do_not_change_the_result():
    plain, one, two = (
        filter_correlated_noise(made_up_stack(), WIDE, compat=AS_ORIGINAL, choice=choice)
        for choice in (
            KernelChoice("python"),
            KernelChoice("native", threads=1),
            KernelChoice("native", threads=2),
        )
    )
    np.testing.assert_array_equal(one.ph_scn_slave, two.ph_scn_slave)
    np.testing.assert_allclose(plain.ph_scn_slave, one.ph_scn_slave, rtol=0, atol=1e-12)


def test_impossible_requests_are_refused():
    stack = made_up_stack()
    with pytest.raises(ParameterError, match="leaves 1 interferograms"):
        filter_correlated_noise(
            stack, Parameters(drop_ifg_index=(1, 2, 3, 5, 6, 7)), compat=AS_ORIGINAL
        )
    stack.ph_uw[2, 2] = np.inf
    with pytest.raises(ArtifactError, match="infinite phase"):
        filter_correlated_noise(stack, Parameters(), compat=AS_ORIGINAL)
