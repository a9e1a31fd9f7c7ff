from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from delay_examples import terrain, train_delays

from pystamps.corrections.estimation_windows import (
    between_windows,
    mean_without_outliers,
    window_slopes,
    windows_over,
)
from pystamps.corrections.power_law_delays import PowerLaw, bands_that_fit, power_law_delays
from pystamps.corrections.spatial_bands import filtered_axes, filtered_bands, grid_around_pixels
from pystamps.errors import ParameterError

XY, HEIGHT = terrain(2500)
EVERY = np.ones(HEIGHT.size, np.bool_)
LAW = PowerLaw(10.0, 1.6, ((2000.0, 4000.0), (4000.0, 8000.0), (8000.0, 16000.0)), n_windows=6)
OF_TRAIN = replace(LAW, n_windows=2, cell_m=200.0)
BOTH = np.arange(2)


def size_that_varies() -> np.ndarray:
    return (8.0 + 4 * XY[:, 0] / XY[:, 0].max()) * 1e-6


def spread(values: np.ndarray) -> float:
    """Give the standard deviation beside a plane."""
    plane = np.column_stack([XY, np.ones(len(XY))])
    return float(np.std(values - plane @ np.linalg.lstsq(plane, values, rcond=None)[0]))


def of_train() -> tuple[np.ndarray, ...]:
    train = train_delays()
    return train["phase_rad"], train["height_m"], train["xy_m"]


def estimated(law: PowerLaw, columns: np.ndarray = BOTH) -> np.ndarray:
    everything = np.ones(400, np.bool_)
    return power_law_delays(*of_train(), law, is_used=everything, columns=columns).size


def test_the_grid_and_its_bands_are_those_of_train():
    train = train_delays()
    grid = grid_around_pixels(train["xy_m"] / 1000, 200.0)
    nodes = grid.nodes(LAW.of_height(train["height_m"]))
    # stored, and interpolated there, in single precision
    np.testing.assert_allclose(nodes, train["shape_nodes"], rtol=3e-7)


def test_bands_at_pixels_are_those_of_train_at_the_nodes_around():
    train = train_delays()
    grid = grid_around_pixels(train["xy_m"] / 1000, 200.0)
    found = filtered_bands(grid, LAW.of_height(train["height_m"]), LAW.bands_m)
    for band in range(3):
        golden = train["shape_bands"][:, :, band].astype(np.float64)
        # the grid of TRAIN is in single precision: 2.5e6 times its rounding, twice
        np.testing.assert_allclose(found[:, band], grid.pixels(golden), rtol=0, atol=0.3)


@pytest.mark.parametrize("band", [1, 2, 3])
def test_the_size_of_a_band_is_that_of_train(band):
    found = estimated(replace(OF_TRAIN, kept_band=band))
    golden = train_delays()["band_sizes"][:, :, band - 1]
    # TRAIN weighs windows by the spread of 4000 random samples of 100 pixels, which is known to a
    # few percent where few pixels decide, and interpolates at pixels over triangles of the nodes
    np.testing.assert_allclose(found, golden, rtol=0.016)


def test_a_plane_of_the_size_is_that_of_train():
    found = estimated(replace(OF_TRAIN, n_windows=0), np.array([0]))[:, 0]
    np.testing.assert_allclose(found, train_delays()["plane_size"], rtol=2e-4)


@pytest.mark.parametrize(
    ("values", "std", "mean", "std_of_mean"),
    [
        (
            [3.8101048373571809, 6.0111619102457023, 3.9650379757243264, 4.6538860942879943],
            [0.43796462709189138, 0.74422922529595192, 0.56995516654807932, 0.80392003859619443],
            *(3.9912725905862803, 0.31880351785663458),
        ),
        (
            [
                2.407501714200958,
                6.788120695640968,
                5.738875109162084,
                1.633608309959368,
                3.953322040750554,
            ],
            [
                0.825720304108054,
                0.265528859239813,
                0.213167991554874,
                1.03746908209646,
                0.459354014328008,
            ],
            *(2.1073853773206817, 0.64606975257203847),
        ),
        (
            [5.4889119188035007, 4.3368379802826098, 0.35596463822011737],
            [1.0009087709852282, 0.64462105605076059, 1.135586721704521],
            *(4.6745999797391713, 0.54195061347265328),
        ),
    ],
)
def test_outliers_among_the_bands_are_those_of_train(values, std, mean, std_of_mean):
    found = mean_without_outliers(np.array(values), np.array(std))
    np.testing.assert_allclose(found, (mean, std_of_mean), rtol=1e-12)


def test_of_two_bands_that_disagree_the_more_certain_one_is_kept():
    assert mean_without_outliers(np.array([1.0, 9.0]), np.array([0.2, 0.1])) == (9.0, 0.1)
    assert mean_without_outliers(np.array([9.0, 1.0]), np.array([0.1, 0.2])) == (9.0, 0.1)


def test_a_size_that_varies_over_the_scene_is_found_with_its_sign():
    truth = size_that_varies() * LAW.of_height(HEIGHT)
    noise = np.random.default_rng(4).normal(0, 0.3, (HEIGHT.size, 2))
    phase = (np.column_stack([truth, -0.5 * truth]) + 3 + noise).astype(np.float32)
    found = power_law_delays(phase, HEIGHT, XY, LAW, is_used=EVERY, columns=BOTH)
    for column, share in enumerate((1.0, -0.5)):
        left = found.delays[:, column] - share * truth
        assert spread(left) < 0.3 * abs(share) * spread(truth)
    np.testing.assert_allclose(found.size[:, 0], size_that_varies(), rtol=0.2)
    assert (found.agreement >= 90).all()


def test_a_ramp_changes_little_where_a_line_over_the_whole_scene_is_misled():
    truth = 2.5e-6 * LAW.of_height(HEIGHT + 0.03 * XY[:, 0])
    phase = (truth + 4e-4 * XY[:, 0])[:, None]
    height = HEIGHT + 0.03 * XY[:, 0]
    found = power_law_delays(phase, height, XY, LAW, is_used=EVERY, columns=BOTH[:1])
    np.testing.assert_allclose(found.size, 2.5e-6, rtol=0.12)


def test_motion_that_follows_the_terrain_misleads_unless_it_is_left_out():
    truth = 2.5e-6 * LAW.of_height(HEIGHT)
    moving = np.hypot(*(XY - [10_000, 8_000]).T) < 5_000
    phase = (truth + np.where(moving, -0.006 * (HEIGHT - 700), 0.0))[:, None]
    misled = power_law_delays(phase, HEIGHT, XY, LAW, is_used=EVERY, columns=BOTH[:1])
    right = power_law_delays(phase, HEIGHT, XY, LAW, is_used=~moving, columns=BOTH[:1])
    errors = [np.abs(found.size[:, 0] / 2.5e-6 - 1) for found in (misled, right)]
    assert errors[0].max() > 0.3
    assert errors[1].max() < 0.03


def test_pixels_without_phase_have_no_delay_and_columns_that_are_not_asked_for_neither():
    phase = np.repeat(2.5e-6 * LAW.of_height(HEIGHT)[:, None], 2, axis=1)
    phase[:40, 0] = np.nan
    found = power_law_delays(phase, HEIGHT, XY, LAW, is_used=EVERY, columns=BOTH[:1])
    np.testing.assert_array_equal(np.isnan(found.delays[:, 0]), np.isnan(phase[:, 0]))
    assert np.isnan(found.delays[:, 1]).all()
    np.testing.assert_allclose(found.size[40:, 0], 2.5e-6, rtol=0.02)


def test_a_height_above_h0_and_windows_without_pixels_are_refused():
    phase = np.zeros((HEIGHT.size, 2))
    with pytest.raises(ParameterError, match=r"h0_km: 1 km is not above.*at 1\d\d\d m"):
        power_law_delays(phase, HEIGHT, XY, replace(LAW, h0_km=1.0), is_used=EVERY, columns=BOTH)
    few = np.arange(HEIGHT.size) < 30
    with pytest.raises(ParameterError, match=r"windows over 30 pixels.*none holds 50"):
        power_law_delays(phase, HEIGHT, XY, LAW, is_used=few, columns=BOTH)


def test_windows_overlap_by_half_and_lie_over_the_edges_too():
    windows = windows_over(XY / 1000, n_windows=4, overlap_percent=50, is_used=EVERY, fewest=1)
    np.testing.assert_allclose(
        np.unique(windows.centres[:, 0].round(9))[[0, -1]], [0, 20], atol=0.1
    )
    counts = np.bincount(np.concatenate(windows.rows), minlength=HEIGHT.size)
    assert (counts == 4).mean() > 0.99  # two along each axis
    assert counts.min() >= 2  # a pixel on the outer edge is in the window over it


def test_a_pixel_takes_the_value_of_the_near_and_certain_windows():
    windows = windows_over(XY / 1000, n_windows=4, overlap_percent=50, is_used=EVERY, fewest=1)
    values = windows.centres[:, :1].copy()
    std = np.ones_like(values)
    even = between_windows(XY / 1000, windows, values, std)[:, 0]
    assert np.corrcoef(even, XY[:, 0])[0, 1] > 0.99
    std[windows.centres[:, 0] > 10] = 1000
    assert between_windows(XY / 1000, windows, values, std).mean() < even.mean() - 2
    values[0] = np.nan
    assert np.isfinite(between_windows(XY / 1000, windows, values, std)).all()


def test_the_spread_of_slopes_is_that_of_samples_drawn_with_replacement():
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, 300)
    y = 2 * x + rng.normal(0, 1, 300) * np.abs(x)  # noise that grows: not that of propagation
    windows = windows_over(XY[:300] / 1000, n_windows=1, overlap_percent=0, is_used=EVERY[:300],
                           fewest=1)  # fmt: skip
    whole = replace(windows, rows=(np.arange(300),))
    std = window_slopes(x[:, None], y[:, None], whole)[1][0, 0]
    drawn = rng.integers(0, 300, (4000, 300))
    slopes = [np.polyfit(x[ix], y[ix], 1)[0] for ix in drawn]
    assert std == pytest.approx(np.std(slopes), rel=0.08)


def test_bands_that_are_too_long_for_one_axis_are_filtered_along_the_other():
    narrow = XY * [0.2, 1.0] / 1000  # 4 km by 16 km
    grid = grid_around_pixels(narrow, 250.0)
    assert filtered_axes(grid, LAW.bands_m) == [(True, True), (True, True), (True, False)]
    wide = grid_around_pixels(narrow[:, ::-1], 250.0)
    assert filtered_axes(wide, LAW.bands_m) == [(True, True), (True, True), (False, True)]


def test_bands_are_the_octaves_that_fit_into_the_scene():
    assert bands_that_fit(9.0) == ((2000, 4000), (4000, 8000), (8000, 16000))
    assert bands_that_fit(1.0) == ()
    assert len(bands_that_fit(100.0)) == 6
