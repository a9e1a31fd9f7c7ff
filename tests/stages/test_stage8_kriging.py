"""Stage 8 by kriging: helpers and whole runs of the original, and a field that is known."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares
from unwrapped_examples import example_pixels
from vector_files import load_vector

from pystamps.config import Compat
from pystamps.errors import ParameterError
from pystamps.model import CorrelatedNoise, Pixels
from pystamps.parameters import Parameters
from pystamps.stages.kriging import ordinary_kriging
from pystamps.stages.network import delaunay_edges
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise
from pystamps.stages.stage8_kriging import kriged_in_space, pixels_of_arcs
from pystamps.stages.variogram import empirical_variogram, fit_variograms, variograms_in_time

DATA = Path(__file__).parents[1] / "data"
KRIGING = Parameters(scn_kriging_flag=True)
COMPAT = Compat()


@pytest.fixture(scope="module")
def vector(vectors):
    case = load_vector(vectors / "s8_kriging.json")
    return case["inputs"], case["outputs"]


def kriged_at(places: Any, values: Any, target: Any, model: Any) -> float:
    """Krige one place with a row of StaMPS: range, nugget, sill of ``cv``."""
    between = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    to_target = np.hypot(*(places - target).T)
    return ordinary_kriging(
        between[None], to_target[None], values[None], sill=np.array([model[1, 2]]),
        nugget=np.array([model[0, 2]]), reach=np.array([model[1, 1]]),
    ).item()  # fmt: skip


@pytest.mark.golden
def test_the_empirical_variogram_is_that_of_the_original(vector):
    given, golden = vector
    places = np.column_stack([given["x"], given["y"]]).astype(np.float32)
    found = empirical_variogram(
        places, given["z"].ravel().astype(np.float32), largest=float(given["decor_dist"].item()),
        n_limit=int(given["Nlags"].item()),
    )  # fmt: skip
    np.testing.assert_array_equal(found[0], golden["emp_vario"][:, 0])
    np.testing.assert_allclose(found[1], golden["emp_vario"][:, 1], rtol=1e-6)
    np.testing.assert_allclose(found[2], golden["emp_vario"][:, 2], rtol=1e-12)


@pytest.mark.golden
def test_a_prediction_is_that_of_the_original(vector):
    given, golden = vector
    places = np.column_stack([given["x"], given["y"]])
    values, target = given["z"].ravel().astype(float), given["x0"].ravel()
    away = np.hypot(*(places - target).T)
    near = np.argsort(away, kind="stable")[:20]
    near = near[away[near] < 1200]
    found = kriged_at(places[near], values[near], target, given["cv"])
    assert found == pytest.approx(golden["sol_ok"].item(), rel=1e-9)


def test_a_curve_of_the_model_gives_its_parameters_back():
    centre = np.linspace(0.5, 17, 17)
    for reach, sill, nugget in ((3.0, 2.0, 0.4), (12.0, 0.7, 0.0), (1.0, 5.0, 1.0)):
        curve = sill * (1 - np.exp(-centre / reach)) + nugget
        fit = fit_variograms(curve[None], centre, largest=30.0)
        assert fit.reach[0] == pytest.approx(reach, rel=1e-6)
        assert fit.sill[0] == pytest.approx(sill, rel=1e-6)
        assert fit.nugget[0] == pytest.approx(nugget, abs=1e-6)


def test_no_descent_from_a_guess_finds_a_better_fit():
    rng = np.random.default_rng(4)
    centre = np.linspace(0.5, 17, 17)
    variance = (1 - np.exp(-centre / 5)) + 0.3 + rng.normal(0, 0.15, (12, 17))
    fit = fit_variograms(variance, centre, largest=30.0)

    def left(p: Any, row: Any) -> Any:
        return p[1] * (1 - np.exp(-centre / p[0])) + p[2] - row

    for number, row in enumerate(variance):
        ours = left((fit.reach[number], fit.sill[number], fit.nugget[number]), row)
        assert min(fit.sill[number], fit.nugget[number]) >= 0
        for start in (1.0, 5.0, 15.0):
            theirs = least_squares(left, (start, 1, 1), bounds=([0.06, 0, 0], [3000, 99, 99]),
                                   args=(row,))  # fmt: skip
            assert (ours**2).sum() <= 2 * theirs.cost * (1 + 1e-6)


def test_variograms_of_series_are_those_of_single_ones():
    rng = np.random.default_rng(2)
    years = np.sort(rng.uniform(0, 3, 25))
    values = rng.normal(0, 1, (3, 25)).astype(np.float32)
    found, centre = variograms_in_time(years, values.astype(float), largest=1.5, n_limit=25)
    places = np.column_stack([years, np.zeros(25)]).astype(np.float32)
    for row, series in zip(found, values, strict=True):
        _, variance, middle = empirical_variogram(places, series, largest=1.5, n_limit=25)
        np.testing.assert_allclose(row, variance, rtol=1e-5)
        np.testing.assert_array_equal(centre, middle)


def test_differences_along_arcs_give_the_pixels_back():
    pixels = example_pixels(40)
    edges = delaunay_edges(pixels.xy[:, 1], pixels.xy[:, 2])
    values = np.random.default_rng(3).normal(0, 1, (40, 4))
    found = pixels_of_arcs(edges, values[edges[:, 1]] - values[edges[:, 0]], 40)
    np.testing.assert_allclose(found, values - values[0], atol=1e-12)
    apart = edges[(edges != 7).all(axis=1)]  # a second pixel at one place has no arc
    found = pixels_of_arcs(apart, values[apart[:, 1]] - values[apart[:, 0]], 40)
    assert (found[7] == 0).all()


def pixels_at(xy: Any, day: Any, reference_ix: int) -> Pixels:
    number = np.arange(1.0, len(xy) + 1)[:, None]
    return Pixels(
        ij=np.hstack([number, number, number]), lonlat=np.hstack([number, number]) * 1e-3,
        xy=np.hstack([number, xy]).astype(np.float32), bperp=np.zeros(day.size), day=day,
        master_day=float(day[reference_ix]), master_ix=reference_ix, ll0=np.zeros(2),
    )  # fmt: skip


@pytest.mark.parametrize(("case", "tolerance"), [("few", 5e-3), ("many", 1e-4)])
def test_a_whole_run_equals_the_original_with_an_optimiser(case, tolerance, caplog):
    given = np.load(DATA / f"kriging_{case}.npz")
    pixels = pixels_at(given["xy"], given["day"], int(given["master_ix"]))
    stack = ScnInput(pixels, given["ph_uw"], given["ph_scla"], given["C_ps_uw"], np.zeros((0, 0)))
    with caplog.at_level(logging.INFO):
        found = filter_correlated_noise(stack, KRIGING, compat=COMPAT)
    has_fallen_back = "the low-pass of scn_time_win is taken" in caplog.text
    assert has_fallen_back == (case == "few")
    # the original solves in single precision; a variogram without sill has no best range (few)
    np.testing.assert_allclose(found.ph_hpt, given["ph_hpt"], rtol=0, atol=tolerance)
    noise, left = np.asarray(found.ph_scn_slave), np.asarray(found.ph_noise_res)
    np.testing.assert_allclose(noise, given["ph_scn_slave"], rtol=0, atol=tolerance)
    np.testing.assert_allclose(left, given["ph_noise_res"], rtol=0, atol=tolerance)
    np.testing.assert_allclose(found.std_ph_noise, given["std_ph_noise"], rtol=0, atol=tolerance)
    np.testing.assert_allclose(found.ph_ramp, given["ph_ramp"], rtol=0, atol=1e-5)
    assert (noise[:, pixels.master_ix] == 0).all()


def made_up_atmosphere(n_ps: int = 250, n: int = 24) -> tuple[ScnInput, Any]:
    """Motion, noise and an atmosphere of 4 km range; the last is given apart, rad."""
    rng = np.random.default_rng(6)
    xy = rng.uniform(0, 15000, (n_ps, 2))
    xy = xy[np.argsort(xy[:, 1])]
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    air = np.linalg.cholesky(np.exp(-apart / 4000) + 1e-9 * np.eye(n_ps)) @ rng.normal(
        0, 1, (n_ps, n)
    )
    reference_ix = n // 2
    air -= air[:, [reference_ix]]
    day = 737000.0 + 24 * np.arange(n)
    years = (day - day[reference_ix]) / 365.25
    phase = air + rng.normal(0, 2, (n_ps, 1)) * years + rng.normal(0, 0.4, (n_ps, n))
    phase[:, reference_ix] = 0
    stack = ScnInput(pixels_at(xy, day, reference_ix), phase.astype(np.float32))
    return stack, air


def left_over(found: CorrelatedNoise, air: Any) -> float:
    """Rms of what an estimate leaves of the atmosphere, relative to the first pixel."""
    difference = np.asarray(found.ph_scn_slave) - (air - air[0])
    difference -= difference.mean(axis=0)  # the first pixel has noise of its own
    return float(np.delete(difference, air.shape[1] // 2, axis=1).std())


def test_a_known_atmosphere_is_found_better_than_by_the_plain_filter():
    stack, air = made_up_atmosphere()
    kriged = left_over(filter_correlated_noise(stack, KRIGING, compat=COMPAT), air)
    plain = left_over(filter_correlated_noise(stack, Parameters(), compat=COMPAT), air)
    assert kriged < 0.85 * plain < 0.85 * (air - air[0]).std()


def test_pixels_without_phase_get_the_prediction_of_their_neighbours():
    stack, air = made_up_atmosphere(150)
    compat = Compat(scn_missing_phase_as_zero=False)
    whole = filter_correlated_noise(stack, KRIGING, compat=compat)
    stack.ph_uw[40, 3] = np.nan
    found = filter_correlated_noise(stack, KRIGING, compat=compat)
    assert np.isfinite(np.asarray(found.ph_scn_slave)).all()
    assert np.isnan(found.ph_hpt[40]).all()
    change = np.asarray(found.ph_scn_slave)[40] - np.asarray(whole.ph_scn_slave)[40]
    assert change.std() < 1.0 < air.std()


def test_too_few_images_or_pixels_are_refused():
    stack, _ = made_up_atmosphere(60, 4)
    with pytest.raises(ParameterError, match="4 images are used, expected 5 or more"):
        filter_correlated_noise(stack, KRIGING, compat=COMPAT)
    xy = np.array([[0, 0], [3000, 500]], np.float32)
    with pytest.raises(ParameterError, match="2 pixels with phase are too few for a variogram"):
        kriged_in_space(xy, np.zeros((2, 3), np.float32), np.arange(2))
