"""Expected differences and noise of arcs: golden values, truth, and equality of the backends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_artifact
from pystamps.model import Interferograms, Pixels, SpaceTime, UnwrapArcs, UnwrapGrid
from pystamps.pipeline.job import stage_job
from pystamps.pipeline.space_time import settings_of
from pystamps.stages.stage6_network import connected_images
from pystamps.stages.stage6_time import TimeSettings, arc_model
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage8_edge_noise import stage8_edge_noise

PYTHON, NATIVE = KernelChoice("python"), KernelChoice("native")
BACKEND = pytest.mark.parametrize("choice", [PYTHON, NATIVE])
METHODS = ("3D_FULL", "3D_QUICK", "3D_NO_DEF")
DAY = np.array([-300.0, -210, -160, -90, -30, 0, 40, 110, 150, 240, 300])
MASTER = 5
BPERP = np.array([-80.0, 130, 25, -140, 60, -20, 95, -65, 150, 10], dtype=np.float32)


def observed(day, bperp, master):
    stack = Interferograms.single_master(day, np.insert(bperp, master, 0), master)
    return stack.of_columns(stack.observed)


def settings(**changes):
    base = TimeSettings("3D_FULL", observed(DAY, BPERP, MASTER), 730.0, True, 1.5)
    return replace(base, **changes)


def model_of(**changes):
    chosen = settings(**changes)
    return arc_model(chosen.method, connected_images(chosen.interferograms), chosen)


def random_network(n_node=80, n_edge=300, *, noise=0.4):
    rng = np.random.default_rng(8)
    phase = np.cumsum(rng.normal(0, noise, (n_node, BPERP.size)), axis=1)
    nodes = np.sort(rng.integers(0, n_node, (n_edge, 2)), axis=1)
    nodes = nodes[nodes[:, 0] < nodes[:, 1]]
    return (rng.uniform(1, 5, (n_node, 1)) * np.exp(1j * phase)).astype(np.complex64), nodes


@pytest.mark.parametrize("look_angle", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_backends_agree(method, look_angle):
    ph, nodes = random_network()
    model = model_of(method=method, look_angle=look_angle)
    python = stage8_edge_noise(ph, nodes, model, choice=PYTHON)
    native = stage8_edge_noise(ph, nodes, model, choice=NATIVE)
    for found, expected in zip(native, python, strict=True):
        # some roundings of single precision at phases of a few rad
        np.testing.assert_allclose(found, expected, rtol=0, atol=5e-6)
        assert found.dtype == expected.dtype == np.float32
    if method == "3D_FULL":
        assert np.isnan(native[1][:, 0]).any()
        assert np.isfinite(native[1][:, 0]).any()


@pytest.mark.parametrize("n_edge", [1, 127, 128, 129, 257, 400])
def test_an_arc_does_not_depend_on_those_beside_it(n_edge):
    """Blocks that are not full, and the same arc at other places of a block."""
    ph, nodes = random_network()
    nodes = np.resize(nodes, (n_edge, 2))
    together = stage8_edge_noise(ph, nodes, model_of(), choice=NATIVE)
    for e in (0, n_edge // 2, n_edge - 1):
        alone = stage8_edge_noise(ph, nodes[e : e + 1], model_of(), choice=NATIVE)
        for all_of_them, one in zip(together, alone, strict=True):
            np.testing.assert_array_equal(all_of_them[e], one[0])


def test_the_number_of_threads_does_not_matter():
    ph, nodes = random_network(n_edge=2000)
    one, two = (
        stage8_edge_noise(ph, nodes, model_of(), choice=KernelChoice("native", threads=n))
        for n in (1, 2)
    )
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


@BACKEND
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("slope", [0.02, -0.011, 0.0])
def test_a_look_angle_error_is_found_and_kept_in_the_expected_difference(choice, method, slope):
    phase = np.stack([np.zeros(BPERP.size), slope * BPERP])
    ph = np.exp(1j * phase).astype(np.complex64)
    model = model_of(method=method)
    expected, noise, k = stage8_edge_noise(ph, np.array([[0, 1]]), model, choice=choice)
    # The fit takes the mean phase for the offset, so a little slope stays: here up to 0.2 rad.
    np.testing.assert_allclose(k, slope, atol=1e-3)
    np.testing.assert_allclose(expected[0], slope * BPERP, atol=1e-5)
    assert np.abs(noise).max() < 0.2


@BACKEND
def test_steady_motion_of_many_cycles_is_followed_in_time(choice):
    years = np.delete(DAY, MASTER) / 365.25
    phase = np.stack([np.zeros(years.size), 9 * years])
    ph = np.exp(1j * phase).astype(np.complex64)
    model = model_of(look_angle=False, time_win=90.0)
    expected, noise, _ = stage8_edge_noise(ph, np.array([[0, 1]]), model, choice=choice)
    np.testing.assert_allclose(expected[0], 9 * years, atol=0.02)
    assert np.abs(expected).max() > 2 * np.pi
    assert np.abs(noise).max() < 0.8  # gaps of 70 days against a window of 90


@BACKEND
def test_a_node_without_phase_gives_no_statistics(choice):
    ph, nodes = random_network()
    ph[nodes[0, 0], 2] = 0
    expected, noise, k = stage8_edge_noise(ph, nodes, model_of(), choice=choice)
    assert np.isnan(noise[0, 2])
    assert np.isnan(expected[0, 2])
    assert k[0] == 0


@BACKEND
@pytest.mark.parametrize("method", METHODS)
def test_no_arcs_give_no_rows(choice, method):
    ph, _ = random_network()
    nothing = np.zeros((0, 2), dtype=np.int64)
    expected, noise, k = stage8_edge_noise(ph, nothing, model_of(method=method), choice=choice)
    assert expected.shape == noise.shape == (0, BPERP.size)
    assert k.shape == (0,)


@BACKEND
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_ifg", [1, 2])
def test_one_or_two_interferograms_have_no_noise_in_time(choice, method, n_ifg):
    stack = observed(np.array([-24.0, 0, 36]), BPERP[:2], 1).of_columns(np.arange(n_ifg))
    model = model_of(method=method, interferograms=stack)
    ph = np.exp(1j * np.array([[0.0, 0.0], [0.4, -0.3]]))[:, :n_ifg].astype(np.complex64)
    expected, noise, _ = stage8_edge_noise(ph, np.array([[0, 1]]), model, choice=choice)
    np.testing.assert_allclose(expected[0], [0.4, -0.3][:n_ifg], atol=1e-6)
    if method == "3D_FULL":
        np.testing.assert_allclose(noise, 0, atol=1e-6)


def test_images_without_interferogram_are_left_out_and_the_others_renumbered():
    stack = Interferograms.single_master(DAY + 5000, np.insert(BPERP, MASTER, 0), MASTER)
    network = connected_images(stack.of_columns(np.array([1, 3, 7])))
    assert network.pairs.tolist() == [[2, 0], [2, 1], [2, 3]] and network.reference_ix == 2
    assert network.day.tolist() == [DAY[1], DAY[3], 0, DAY[7]]
    assert network.design().tolist() == [[1, 0, -1, 0], [0, 1, -1, 0], [0, 0, -1, 1]]


def test_equal_baselines_leave_nothing_to_search():
    assert model_of(interferograms=observed(DAY, np.zeros_like(BPERP), MASTER)).search is None


@pytest.mark.parametrize(
    ("ph", "nodes"),
    [((4, 3), [[0, 1]]), ((4, 10), [[0, 4]]), ((4, 10), [[-1, 2]]), ((4, 10), [0, 1])],
)
def test_arrays_that_do_not_fit_are_refused(ph, nodes):
    with pytest.raises(ValueError, match=r"nodes|fit"):
        stage8_edge_noise(np.ones(ph, dtype=np.complex64), np.array(nodes), model_of())


@pytest.mark.golden
class TestGoldenTiny:
    """Stage-isolated: golden grid and arcs in, golden expected differences out."""

    def found(self, shared_data, tree_before, method, look_angle, choice):
        stage6 = shared_data / "tiny" / "stages" / "stage6"
        grid = read_artifact(UnwrapGrid, stage6 / "uw_grid.mat")
        arcs = read_artifact(UnwrapArcs, stage6 / "uw_interp.mat")
        root = tree_before("tiny", 6)
        with stage_job("stage6_unwrap", root, RunConfig(dataset=root)) as job:
            chosen = replace(
                settings_of(job, job.read(Pixels, 2)), method=method, look_angle=look_angle
            )
        model = arc_model(method, connected_images(chosen.interferograms), chosen)
        return stage8_edge_noise(grid.ph, arcs.edgs[:, 1:], model, choice=choice)

    @pytest.mark.parametrize(
        ("folder", "method", "look_angle"),
        [
            ("tiny/stages", "3D_FULL", True),
            ("variants/tiny__la_error_n", "3D_FULL", False),
            ("variants/tiny__unwrap_3D_NO_DEF", "3D_NO_DEF", True),
            ("variants/tiny__unwrap_2D", "3D_NO_DEF", True),
        ],
    )
    @BACKEND
    def test_equals_the_original(
        self, shared_data, tree_before, folder, method, look_angle, choice
    ):
        golden = read_artifact(SpaceTime, shared_data / folder / "stage6" / "uw_space_time.mat")
        expected, noise, _ = self.found(shared_data, tree_before, method, look_angle, choice)
        # Sines and angles of single precision are rounded otherwise than by the C library, which
        # Octave uses, in up to half of the values: some last places at a few rad. The costs,
        # whole numbers, are compared exactly in the tests of stage 6.
        np.testing.assert_allclose(expected, golden.dph_space_uw, rtol=0, atol=1e-6)
        if golden.dph_noise.size:
            np.testing.assert_allclose(noise, golden.dph_noise, rtol=0, atol=1e-6)
