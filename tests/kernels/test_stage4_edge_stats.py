"""Arc noise of stage 4: unit vectors of the original, truth, and equality of the backends."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage4_edge_stats import SMALLEST_VARIANCE, stage4_edge_stats

BACKEND = pytest.mark.parametrize("choice", [KernelChoice("python"), KernelChoice("native")])


def network(n_ps=60, n_image=12, *, noise=0.3, seed=1):
    rng = np.random.default_rng(seed)
    w = np.exp(1j * rng.normal(0, noise, (n_ps, n_image))).astype(np.complex64)
    edges = np.unique(np.sort(rng.integers(0, n_ps, (3 * n_ps, 2)), axis=1), axis=0)
    geometry = {
        "bperp": rng.normal(0, 80, n_image),
        "day": np.cumsum(rng.integers(6, 40, n_image)).astype(float),
        "time_win": 730.0,
    }
    return w, edges[edges[:, 0] < edges[:, 1]], geometry


@BACKEND
@pytest.mark.golden
@pytest.mark.parametrize("case", ["A", "B"])
def test_equals_the_original(vectors, choice, case):
    vector = load_vector(vectors / f"s4_edge_noise_{case}.json")
    given, wanted = vector["inputs"], vector["outputs"]
    bperp = given["bperp"].ravel()
    w = given["ph"] * np.exp(-1j * np.outer(given["K_ps2"], bperp))
    w /= np.abs(w)
    w[:, int(given["master_ix"].item()) - 1] = np.exp(1j * given["C_ps2"].ravel())
    used = wanted["ifg_index"].ravel().astype(int) - 1
    found = stage4_edge_stats(
        w[:, used],
        given["edges"].astype(int) - 1,
        bperp=bperp[used],
        day=given["day"].ravel()[used],
        time_win=given["weed_time_win"].item(),
        choice=choice,
    )
    # tolerance of the vector: the original works in single precision
    np.testing.assert_allclose(found.ps_std, wanted["ps_std"].ravel(), atol=2e-6)
    np.testing.assert_allclose(found.ps_max, wanted["ps_max"].ravel(), atol=2e-6)


@pytest.mark.parametrize("n_image", [2, 3, 17])
@pytest.mark.parametrize("noise", [0.3, 5.0])
def test_native_equals_the_reference(n_image, noise):
    w, edges, geometry = network(n_image=n_image, noise=noise)
    wanted = stage4_edge_stats(w, edges, **geometry, choice=KernelChoice("python"))
    found = stage4_edge_stats(w, edges, **geometry)
    for name in ("edge_std", "edge_max", "ps_std", "ps_max", "ifg_var"):
        # both in double, results rounded to single
        np.testing.assert_allclose(
            getattr(found, name), getattr(wanted, name), rtol=1e-6, atol=2e-7
        )


def test_threads_and_memory_budget_do_not_change_the_result():
    w, edges, geometry = network(n_ps=3000, n_image=9)
    one = stage4_edge_stats(w, edges, **geometry, choice=KernelChoice("native", threads=1))
    for threads, budget in ((2, 1000), (1, 0), (2, 0.1)):
        choice = KernelChoice("native", threads=threads)
        other = stage4_edge_stats(w, edges, **geometry, noise_budget_mb=budget, choice=choice)
        for name in ("edge_std", "edge_max", "ps_std", "ps_max", "ifg_var"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


@BACKEND
def test_steady_motion_and_dem_error_are_no_noise(choice):
    n_ps, n_image = 20, 15
    rng = np.random.default_rng(3)
    day, bperp = 24.0 * np.arange(n_image), 60.0 * (-1) ** np.arange(n_image)
    phase = np.outer(rng.normal(0, 0.002, n_ps), day) + np.outer(rng.normal(0, 1e-3, n_ps), bperp)
    edges = np.column_stack([np.arange(n_ps - 1), np.arange(1, n_ps)])
    w = np.exp(1j * phase).astype(np.complex64)
    found = stage4_edge_stats(w, edges, bperp=bperp, day=day, time_win=730, choice=choice)
    assert np.all(found.edge_max < 0.02)


@BACKEND
def test_a_noisy_pixel_is_seen_in_all_its_arcs_and_a_good_one_by_its_best(choice):
    w, _, geometry = network(n_ps=4, n_image=20, noise=0.01)
    w[3] = np.exp(1j * np.random.default_rng(7).uniform(-np.pi, np.pi, 20))
    edges = np.array([[0, 1], [0, 3], [1, 2], [2, 3]])
    found = stage4_edge_stats(w, edges, **geometry, choice=choice)
    assert np.all(found.ps_std[:3] < 0.05)
    assert found.ps_std[3] > 1


@BACKEND
def test_one_arc_without_noise_gets_a_finite_weight(choice):
    w = np.ones((2, 5), np.complex64)
    _, _, geometry = network(n_image=5)
    found = stage4_edge_stats(w, np.array([[0, 1]]), **geometry, choice=choice)
    assert np.all(found.ifg_var == SMALLEST_VARIANCE)
    assert np.allclose(found.ps_max, 0, atol=1e-6)


@BACKEND
@pytest.mark.parametrize("n_ps", [0, 1, 3])
def test_pixels_without_arcs_have_infinite_noise(choice, n_ps):
    _, _, geometry = network(n_image=5)
    w = np.ones((n_ps, 5), np.complex64)
    found = stage4_edge_stats(w, np.zeros((0, 2), int), **geometry, choice=choice)
    assert found.edge_std.shape == (0,)
    assert np.all(np.isposinf(found.ps_std)) and np.all(np.isposinf(found.ps_max))
    assert found.ps_std.shape == (n_ps,)


@BACKEND
def test_no_baseline_at_all_leaves_the_noise_alone(choice):
    w, edges, geometry = network()
    found = stage4_edge_stats(w, edges, **(geometry | {"bperp": np.zeros(12)}), choice=choice)
    assert np.all(np.isfinite(found.edge_std))


@BACKEND
def test_a_window_shorter_than_the_intervals_leaves_no_noise(choice):
    w, edges, geometry = network()
    found = stage4_edge_stats(w, edges, **(geometry | {"time_win": 0.01}), choice=choice)
    assert np.all(found.edge_max < 1e-6)


def test_wrong_arrays_are_refused():
    w, edges, geometry = network()
    with pytest.raises(ValueError, match="n_edge, 2"):
        stage4_edge_stats(w, edges[:, :1], **geometry)
    with pytest.raises(ValueError, match="one per image"):
        stage4_edge_stats(w[:, 1:], edges, **geometry)
    with pytest.raises(ValueError, match="pixels 0 to 59"):
        stage4_edge_stats(w, edges + 59, **geometry)
    with pytest.raises(ValueError, match="finite"):
        stage4_edge_stats(np.where(np.arange(12) == 3, np.nan, w), edges, **geometry)
    with pytest.raises(ValueError, match="two images"):
        stage4_edge_stats(w[:, :1], edges, **geometry)
    with pytest.raises(ValueError, match="positive"):
        stage4_edge_stats(w, edges, **(geometry | {"time_win": 0.0}))
