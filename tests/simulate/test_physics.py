"""What is measured on simulated images equals what was asked for."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from simulated_scenes import images_of, phase_of, quiet

from pystamps.simulate import Bowl, TimeFunction
from pystamps.simulate.clutter import coherence_matrix, draw_clutter, mixing_matrices
from pystamps.simulate.fields import field_grid, power_law_field
from pystamps.simulate.scatterers import Footprint, Scatterers, footprint
from pystamps.simulate.settings import Background, Gap
from pystamps.simulate.stack import make_stack
from pystamps.simulate.times import acquisition_dates, time_factors


def _everywhere(amplitude_mm: float, time: TimeFunction | None = None) -> Bowl:
    return Bowl((0.5, 0.5), (1e7, 1e7), amplitude_mm, time or TimeFunction())


def test_the_phase_of_a_height_error_is_proportional_to_the_baseline():
    phase, stack = phase_of(quiet({"dem_error.uncorrelated_m": 3.0}))
    points = stack.scatterers
    assert points.line.size > 500
    baselines = np.stack(
        [b.perpendicular(stack.geometry)[points.line, points.sample] for b in stack.baselines]
    )
    slope = stack.geometry.phase_per_height[points.sample]
    residual = phase - slope * baselines * points.height_m
    # clutter 80 dB below the scatterers leaves 1e-4 rad
    assert np.abs(np.angle(np.exp(1j * residual))).max() < 1e-3
    # positive height, positive baseline: negative phase
    assert (slope < 0).all()
    # the slope over the baselines, fitted, gives the height back
    centred = stack.centre_baseline_m - stack.centre_baseline_m.mean()
    small = np.abs(slope * points.height_m * np.abs(stack.centre_baseline_m).max()) < 2
    fitted = centred @ phase[:, small] / (centred @ centred) / slope[small]
    assert np.corrcoef(fitted, points.height_m[small])[0, 1] > 0.999


def test_the_smooth_error_of_the_elevation_model_has_the_deviation_asked_for():
    stack = make_stack(quiet({"dem_error.correlated_m": 2.5}))
    assert stack.dem_error.std() == pytest.approx(2.5, rel=1e-4)
    steps = np.diff(stack.dem_error, axis=1)
    assert steps.std() < 0.4  # smooth: neighbours differ by far less


def test_motion_toward_the_satellite_gives_negative_phase_of_later_images():
    phase, stack = phase_of(quiet({"deformation": (_everywhere(6.0),)}))
    expected = -4 * np.pi / stack.geometry.wavelength_m * 6e-3 * stack.years
    assert np.abs(phase - expected[:, None]).max() < 2e-3
    assert expected[-1] < 0
    velocity = stack.block(0).places.velocity()
    assert np.allclose(velocity, 6.0, atol=1e-3)


def test_time_functions_begin_at_their_date_and_are_zero_at_the_reference_image():
    dates = (*(date(2018, 1, 1 + 10 * k) for k in range(3)), date(2018, 7, 2))
    exponential = time_factors(TimeFunction("exponential", date(2018, 1, 11), 50.0), dates, 0)
    assert exponential == pytest.approx([0, 0, 1 - np.exp(-0.2), 1 - np.exp(-172 / 50)])
    logarithmic = time_factors(TimeFunction("logarithmic", date(2018, 1, 11), 50.0), dates, 3)
    after = np.log1p(np.array([0, 0, 10, 172]) / 50)
    assert logarithmic == pytest.approx(after - after[3])
    step = time_factors(TimeFunction("step", date(2018, 1, 15)), dates, 0)
    assert step.tolist() == [0, 0, 1, 1]
    linear = time_factors(TimeFunction(), dates, 1)
    assert linear[2] == pytest.approx(10 / 365.25)
    seasonal = time_factors(TimeFunction("seasonal", date(2018, 1, 1)), dates, 0)
    assert seasonal[1] == pytest.approx(np.sin(2 * np.pi * 10 / 365.25))


def test_images_come_after_whole_cycles_and_never_in_a_gap():
    gap = Gap(date(2018, 5, 1), date(2018, 12, 31))
    scene = quiet({"acquisitions.gaps": (gap,), "acquisitions.interferograms": 30})
    dates = acquisition_dates(scene)
    assert len(dates) == 31
    steps = np.diff([day.toordinal() for day in dates])
    assert (steps % 12 == 0).all()
    assert (steps > 0).all()
    assert not any(gap.start <= day <= gap.end for day in dates)
    assert any(day > gap.end for day in dates)


def test_sensors_have_their_wavelength_and_descending_passes_look_the_other_way():
    lengths = {"sentinel-1": 0.0555, "ers": 0.0566, "terrasar-x": 0.0311}
    critical = {"sentinel-1": 6500, "ers": 1000, "terrasar-x": 7000}
    for sensor, wavelength in lengths.items():
        for orbit, sign in (("ascending", 1), ("descending", -1)):
            stack = make_stack(quiet({"view.sensor": sensor, "view.orbit": orbit}))
            geometry = stack.geometry
            assert geometry.wavelength_m == pytest.approx(wavelength, abs=1e-4)
            assert 15 < np.degrees(geometry.incidence).mean() < 50
            assert geometry.critical_baseline_m == pytest.approx(critical[sensor], rel=0.35)
            lon, lat = geometry.lonlat(np.array([0, 39])[:, None], np.array([0, 49])[None, :])
            assert np.sign(lat[1, 0] - lat[0, 0]) == sign  # flies north when ascending
            assert np.sign(lon[0, 1] - lon[0, 0]) == sign  # looks east when ascending
            east, _, up = geometry.line_of_sight
            assert (np.sign(east) == -sign).all()
            assert (up > 0.7).all()


def test_the_atmosphere_of_the_output_has_the_spectrum_and_strength_asked_for():
    exponent, size = 8.0 / 3.0, 256
    scene = quiet({
        "lines": size, "samples": size, "acquisitions.interferograms": 19,
        "view.azimuth_spacing_m": 50.0, "atmosphere.rms_rad": 1.3, "atmosphere.spread": 0.0,
        "atmosphere.exponent": exponent, "scatterers.density_per_km2": 0.0,
    })  # fmt: skip
    stack = make_stack(scene)
    places = stack.everything()
    window = np.outer(np.hanning(size), np.hanning(size))
    down, across = stack.geometry.spacing_m
    radius = np.hypot(np.fft.fftfreq(size, down)[:, None], np.fft.fftfreq(size, across)[None, :])
    power = np.zeros((size, size))
    for k in range(20):
        delay = places.atmosphere(k)
        assert delay.std() == pytest.approx(1.3, rel=1e-3)
        power += np.abs(np.fft.fft2(delay * window)) ** 2
    inside = (radius > 6 / (size * down)) & (radius < 0.25 / across)
    slope, _ = np.polyfit(np.log(radius[inside]), np.log(power[inside]), 1)
    # the scatter of the mean of 20 periodograms over 10 000 wavenumbers is below 0.01; leakage
    # of the taper accounts for the rest
    assert slope == pytest.approx(-exponent, abs=0.1)


def test_the_stratified_delay_follows_the_height():
    scene = quiet({"atmosphere.stratified_rad_per_km": 2.0})
    stack = make_stack(scene)
    places = stack.everything()
    for k in (0, 5):
        slope = np.polyfit(places.height.ravel() / 1000, places.atmosphere(k).ravel(), 1)[0]
        assert slope == pytest.approx(stack.delays.stratified[k], rel=1e-3)
    assert np.abs(stack.delays.stratified).max() > 0


def test_a_coarse_grid_keeps_the_spectrum_of_long_waves():
    grid = field_grid((1000, 1000), (20.0, 20.0), most_nodes=200 * 200)
    assert (grid.row_step, grid.column_step) == (5, 5)
    nodes = power_law_field(
        grid.shape, grid.spacing_m, 11 / 3, generator=np.random.default_rng(4)
    ).astype(np.float32)
    line, sample = np.arange(1000)[:, None], np.arange(1000)[None, :]
    field = grid.at(nodes, line, sample)
    assert np.array_equal(field[::5, ::5], nodes[:-1, :-1])
    # in blocks or at single places: the same values
    assert np.array_equal(grid.at(nodes, line[300:400], sample), field[300:400])
    rows, columns = np.array([0, 7, 999, 512]), np.array([3, 999, 999, 44])
    assert np.allclose(grid.at(nodes, rows, columns), field[rows, columns], atol=1e-6)


def test_clutter_is_circular_and_has_the_coherence_asked_for():
    settings = Background(memory_days=20.0, long_term_coherence=0.3)
    days = np.array([0.0, 10.0, 40.0, 45.0])
    baseline = np.array([0.0, 300.0, -200.0, 500.0])
    matrices = mixing_matrices(settings, days, baseline, 1000.0)
    classes = np.zeros(60_000, np.uint8)
    clutter = draw_clutter(np.random.default_rng(3), classes, matrices)
    measured = clutter @ clutter.conj().T / classes.size
    expected = coherence_matrix(days, baseline, memory=20.0, lasting=0.3, critical=1000.0)
    assert expected[0, 1] == pytest.approx((0.3 + 0.7 * np.exp(-0.5)) * 0.7)
    # 60 000 samples: the standard deviation of each entry is 0.004
    assert np.abs(measured - expected).max() < 0.02
    assert np.abs(clutter @ clutter.T / classes.size).max() < 0.02


def test_fields_keep_their_coherence_and_water_loses_it_and_is_dark():
    scene = quiet({
        "lines": 200, "samples": 200, "scatterers.density_per_km2": 200.0,
        "background.distributed_fraction": 0.4, "background.distributed_memory_days": 1e4,
        "background.distributed_long_term_coherence": 0.8, "background.memory_days": 1.0,
        "background.water_fraction": 0.2, "background.texture": 0.0,
        "background.geometric_decorrelation": False, "background.gain_spread": 0.0,
    })  # fmt: skip
    stack = make_stack(scene)
    images = images_of(stack)
    block = stack.block(0)
    is_ps, classes = block.ps_mask(), block.classes
    assert (classes == 2).mean() == pytest.approx(0.2, abs=0.02)
    assert (classes[classes < 2] == 1).mean() == pytest.approx(0.4, abs=0.03)
    assert not is_ps[classes == 2].any()
    power, coherence = {}, {}
    for kind in (0, 1, 2):
        a, b = (images[k][(classes == kind) & ~is_ps] for k in (0, 4))
        coherence[kind] = abs(np.vdot(a, b)) / np.sqrt(np.vdot(a, a) * np.vdot(b, b)).real
        power[kind] = np.mean(np.abs(a) ** 2)
    expected = 0.8 + 0.2 * np.exp(-(stack.dates[4] - stack.dates[0]).days / 1e4)
    assert coherence[1] == pytest.approx(expected, abs=0.01)
    assert coherence[0] < 0.05
    assert coherence[2] < 0.05
    assert 10 * np.log10(power[2] / power[0]) == pytest.approx(-16, abs=0.3)


def test_the_dispersion_of_scatterers_is_that_of_their_signal_to_clutter_ratio():
    scene = quiet({
        "lines": 150, "samples": 150, "acquisitions.interferograms": 39,
        "scatterers.signal_to_clutter_db": 15.0, "background.gain_spread": 0.0,
        "background.memory_days": 0.1,
    })  # fmt: skip
    stack = make_stack(scene)
    amplitude = np.abs(images_of(stack))[:, stack.scatterers.line, stack.scatterers.sample]
    dispersion = amplitude.std(axis=0) / amplitude.mean(axis=0)
    # a constant in complex noise: std / mean = sqrt(1 / (2 SCR)); 40 images bias it by 1 %
    assert dispersion.size > 5000
    assert np.sqrt(np.mean(dispersion**2)) == pytest.approx(np.sqrt(0.5 / 10**1.5), rel=0.05)
    others = np.ones((150, 150), np.bool_)
    others[stack.scatterers.line, stack.scatterers.sample] = False
    clutter = np.abs(images_of(stack))[:, others]
    rayleigh = clutter.std(axis=0) / clutter.mean(axis=0)
    assert np.median(rayleigh) == pytest.approx(0.52, abs=0.02)


def test_the_gain_of_images_spreads_as_asked():
    stack = make_stack(quiet({"acquisitions.interferograms": 400}))
    gains = np.array([stack.gain(k) for k in range(401)])
    assert gains.std() == pytest.approx(0.1, rel=0.1)
    assert gains.mean() == pytest.approx(1, abs=0.02)


def _one_scatterer(offset: tuple[float, float]) -> Scatterers:
    one = np.ones(1, np.float32)
    return Scatterers(
        np.array([5]), np.array([6]), one, one, 0 * one, 0 * one, np.array([offset], np.float32)
    )


def _spread(print_: Footprint, shape: tuple[int, int]) -> np.ndarray:
    image = np.zeros(shape[0] * shape[1], np.complex64)
    print_.add(image, np.ones(1, np.complex64))
    return image.reshape(shape)


def test_side_lobes_are_those_of_a_sinc_with_the_ratio_kept_at_the_scatterer():
    spread = _spread(footprint(_one_scatterer((0.3, -0.2)), (0, 12), 14, 4), (12, 14))
    assert spread[5, 6] == pytest.approx(1)
    expected = np.sinc(np.arange(-4, 5) - 0.3) / np.sinc(0.3)
    assert np.allclose(spread[1:10, 6], expected, atol=1e-6)
    assert not spread[5, 11:].any()
    centred = _spread(footprint(_one_scatterer((0.0, 0.0)), (0, 12), 14, 4), (12, 14))
    assert np.abs(np.delete(centred.ravel(), 5 * 14 + 6)).max() < 1e-6
    # a block below sees the part that reaches it
    below = _spread(footprint(_one_scatterer((0.3, -0.2)), (8, 12), 14, 4), (4, 14))
    assert np.array_equal(below, spread[8:])
