"""Stated uncertainty of fits: noise, atmosphere and planes of simulated series are found again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from pystamps.dates import datenum, yyyymmdd
from pystamps.errors import ParameterError
from pystamps.products.date_errors import ErrorGeometry
from pystamps.products.fit_uncertainty import (
    DateErrorSpread,
    bootstrap_spread,
    date_error_spread,
)
from pystamps.products.time_function_fit import (
    ResidualSpread,
    fit_design,
    fit_series,
    fitted_coefficient,
)
from pystamps.rows import Rows
from pystamps.stages.deramp import surface_terms

AT = 7
DAY = datenum(20170101) + 24.0 * np.arange(40)
NOISE_MM, ATMOSPHERE_MM, PLANE_MM_PER_KM, SCALE_KM = 2.0, 4.0, 0.5, 2.0
SCENES = range(5)


@dataclass
class Scene:
    """Points that do not move, and what disturbs them."""

    series: np.ndarray
    geometry: ErrorGeometry
    km: np.ndarray
    factor: np.ndarray
    size: np.ndarray


def still_scene(seed: int, *, reference: str = "circle", n_ps: int = 1200) -> Scene:
    """Simulate noise, atmosphere with a Gaussian covariance, and a plane of every date."""
    rng = np.random.default_rng(seed)
    km = rng.uniform(0, 20, (n_ps, 2))
    size = rng.uniform(0.5, 1.5, DAY.size)
    factor = rng.choice([0.5, 1.0, 2.0], n_ps)
    series = NOISE_MM * factor[:, None] * rng.normal(size=(n_ps, DAY.size))
    for date in range(DAY.size):
        waves, phase = rng.normal(0, 1 / SCALE_KM, (2, 80)), rng.uniform(0, 2 * np.pi, 80)
        field = np.cos(km @ waves + phase).sum(axis=1) * np.sqrt(2 / 80)
        series[:, date] += ATMOSPHERE_MM / np.sqrt(2) * size[date] * field
    series += (km - 10) @ rng.normal(0, PLANE_MM_PER_KM, (2, DAY.size))
    series -= series[:, [AT]]
    rows = np.arange(n_ps)
    if reference == "circle":
        rows = np.flatnonzero(np.hypot(*(km - 5).T) < 0.7)
    series -= series[rows].mean(axis=0)
    surface = surface_terms(km * 1000, degree=1)
    plane = np.linalg.lstsq(surface, series, rcond=None)[0]
    geometry = ErrorGeometry(np.array([12.0, 41.0]) + km / [84.0, 111.0], rows, surface, plane)
    return Scene(series.astype(np.float32), geometry, km, factor, size)


@pytest.fixture(scope="module")
def scenes():
    return [still_scene(seed) for seed in SCENES]


def spread_of(scene: Scene, functions: str = "linear + annual", bperp=None) -> DateErrorSpread:
    design = fit_design(DAY, functions, reference_column=AT)
    return date_error_spread(design, scene.series, scene.geometry, bperp=bperp)


def share_within(scene: Scene, fit, name: str, sigmas: float) -> float:
    outside = np.ones(len(scene.series), dtype=bool)
    if scene.geometry.reference_rows.size < outside.size:
        outside[scene.geometry.reference_rows] = False
    scaled = fit.coefficient(name) / fit.coefficient_std(name)
    return np.mean(np.abs(scaled[outside]) < sigmas)


def test_the_stated_uncertainty_covers_the_truth_as_often_as_it_says(scenes):
    """All points share the error of the reference area: only many scenes and coefficients tell."""
    design = fit_design(DAY, "linear + annual", reference_column=AT)
    covered = []
    for scene in scenes:
        fit = fit_series(design, scene.series, spread_of(scene))
        for name in ("velocity", "annual_sine", "annual_cosine"):
            covered.append([share_within(scene, fit, name, sigmas) for sigmas in (1, 2)])
    within_1, within_2 = np.mean(covered, axis=0)
    assert 0.58 < within_1 < 0.78
    assert 0.9 < within_2 <= 0.99


def test_the_scene_as_reference_is_covered_too():
    design = fit_design(DAY, "linear", reference_column=AT)
    covered = []
    for seed in SCENES:
        scene = still_scene(seed, reference="all")
        fit = fit_series(design, scene.series, spread_of(scene, "linear"))
        covered.append(share_within(scene, fit, "velocity", 1))
    assert 0.55 < np.mean(covered) < 0.8


def test_a_coefficient_alone_is_that_of_the_whole_fit(scenes):
    scene = scenes[0]
    design = fit_design(DAY, "linear + annual", reference_column=AT)
    fit = fit_series(design, scene.series, ResidualSpread(design))
    for name in design.model.names:
        alone = fitted_coefficient(design, scene.series, name)
        assert np.array_equal(alone, fit.coefficient(name))


def test_noise_and_atmosphere_of_the_dates_are_told_apart(scenes):
    for scene in scenes:
        errors = spread_of(scene).errors
        kept = np.delete(np.arange(DAY.size), AT)
        noise = NOISE_MM**2 * np.mean(scene.factor**2)
        assert errors.noise.mean() == pytest.approx(noise, rel=0.25)
        far = np.mean((ATMOSPHERE_MM * scene.size[kept]) ** 2)
        assert errors.atmosphere.mean() == pytest.approx(far, rel=0.5)
        assert np.argmax(errors.share) >= 2
        assert errors.share[0] < 0.25 < errors.share[1:].min()


def test_noisier_points_are_stated_as_less_sure(scenes):
    scene = scenes[0]
    spread = spread_of(scene)
    std = spread.local_std("velocity", ("constant", "velocity"))
    by_factor = [std[scene.factor == f].mean() for f in (0.5, 1.0, 2.0)]
    assert by_factor[0] < by_factor[1] < 0.9 * by_factor[2]


def test_planes_make_points_less_sure_the_farther_they_are_from_the_reference(scenes):
    for scene in scenes:
        std = spread_of(scene).plane_std("velocity", ("constant", "velocity"))
        away = np.hypot(*(scene.km - 5).T)
        assert std[away < 1].max() < std[away > 12].min()


def test_without_errors_nothing_is_uncertain():
    scene = still_scene(1, n_ps=300)
    still = Scene(0 * scene.series, scene.geometry, scene.km, scene.factor, scene.size)
    still.geometry.plane[:] = 0
    design = fit_design(DAY, "linear", reference_column=AT)
    fit = fit_series(design, still.series, spread_of(still, "linear"))
    assert not fit.coefficient_std("velocity").any()


def test_the_look_angle_error_makes_the_velocity_less_sure_where_baselines_follow_time(scenes):
    names = ("constant", "velocity")
    rng = np.random.default_rng(0)
    scattered = rng.normal(0, 60, DAY.size)
    drifting = 0.15 * (DAY - DAY[AT]) + rng.normal(0, 30, DAY.size)
    plain, free, tied = (
        spread_of(scenes[0], "linear", bperp).local_std("velocity", names).mean()
        for bperp in (None, scattered, drifting)
    )
    assert plain == pytest.approx(free, rel=0.1)
    assert tied > 1.5 * plain
    with pytest.raises(ParameterError, match="cannot be told from the other functions"):
        spread_of(scenes[0], "linear", 0.15 * (DAY - DAY[AT]))


def test_the_constant_has_the_noise_of_the_reference_image(scenes):
    scene = scenes[0]
    design = fit_design(DAY, "linear", reference_column=AT)
    full = fit_series(design, scene.series, spread_of(scene, "linear"))
    alone = fit_series(design, scene.series, ResidualSpread(design))
    assert full.coefficient_std("constant").mean() > 3 * alone.coefficient_std("constant").mean()


def test_series_of_a_file_are_read_in_blocks_with_the_same_result(scenes):
    scene = scenes[0]
    calls = []

    def give(rows: slice) -> np.ndarray:
        calls.append(rows.stop - rows.start)
        return scene.series[rows]

    lazy = Scene(
        Rows(scene.series.shape, np.float32, give), scene.geometry, scene.km, scene.factor,
        scene.size,
    )  # fmt: skip
    found, expected = spread_of(lazy).errors, spread_of(scene).errors
    np.testing.assert_array_equal(found.noise, expected.noise)
    np.testing.assert_array_equal(found.factor, expected.factor)
    assert calls


def test_pixels_that_lack_a_date_are_not_known_and_disturb_no_other(scenes):
    scene = scenes[0]
    series = scene.series.copy()
    series[5, 3] = np.nan
    holed = Scene(series, scene.geometry, scene.km, scene.factor, scene.size)
    design = fit_design(DAY, "linear", reference_column=AT)
    fit = fit_series(design, series, spread_of(holed, "linear"))
    whole = fit_series(design, scene.series, spread_of(scene, "linear"))
    assert np.isnan(fit.std[5]).all() and np.isnan(fit.coefficients[5]).all()
    others = np.delete(np.arange(len(series)), 5)
    np.testing.assert_allclose(fit.std[others], whole.std[others], rtol=0.05)


def test_resampled_dates_give_the_spread_of_the_fits_to_them_and_always_the_same():
    rng = np.random.default_rng(8)
    noise = rng.uniform(20, 60, DAY.size)
    design = fit_design(DAY, "linear + annual", reference_column=AT, ifg_std_deg=noise)
    series = rng.normal(size=(4, DAY.size)).cumsum(axis=1)
    spread = bootstrap_spread(design, n_draw=300)
    found = fit_series(design, series, spread).std
    again = fit_series(design, series, bootstrap_spread(design, n_draw=300)).std
    np.testing.assert_array_equal(found, again)
    fits = []
    for draw in spread.draws:
        root = np.sqrt(design.weights[draw])
        data = series[:, design.observed[draw]].T
        fits.append(np.linalg.lstsq(design.matrix[draw] * root[:, None], data * root[:, None])[0])
    np.testing.assert_allclose(found.T, np.std(fits, axis=0, ddof=1), rtol=1e-5)


def test_draws_that_do_not_determine_a_step_are_left_out_and_few_draws_are_refused():
    late = DAY[-4] - 1
    design = fit_design(DAY, f"linear + step@{yyyymmdd(late)}", reference_column=AT)
    spread = bootstrap_spread(design, n_draw=200)
    data = np.random.default_rng(2).normal(size=(3, DAY.size))
    assert np.isfinite(fit_series(design, data, spread).std).all()
    steps = " + ".join(f"step@{yyyymmdd(DAY[k] - 1)}" for k in (1, -2, -1))
    alone = fit_design(DAY, f"linear + {steps}", reference_column=AT)
    with pytest.raises(ParameterError, match=r"of 200 draws of the dates determine them"):
        bootstrap_spread(alone, n_draw=200)
