"""CUDA backends of the arcs: long series, and little memory on the device."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.kernel_checks.compare import allowed, difference
from pystamps.kernel_checks.inputs import arc_models, run_kernel, typical
from pystamps_kernels import KernelChoice, registered

CUDA, PYTHON = KernelChoice("cuda"), KernelChoice("python")
EDGE_STATS, EDGE_NOISE = "stage4_edge_stats", "stage8_edge_noise"


def assert_agrees_with_the_reference(kernel, arguments):
    pairs = zip(
        run_kernel(kernel, arguments, CUDA), run_kernel(kernel, arguments, PYTHON), strict=True
    )
    for output, (found, expected) in zip(registered(kernel).outputs, pairs, strict=True):
        assert difference(found, expected) <= allowed(output, expected), output.name


def assert_same_bits(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("n_arc", "m"), [(40, 33), (30, 150), (9, 530)])
@pytest.mark.parametrize("kernel", [EDGE_STATS, EDGE_NOISE])
def test_series_longer_than_a_block_of_threads(cuda_arrays, kernel, n_arc, m):
    assert_agrees_with_the_reference(kernel, typical(kernel, n_arc, m))


def test_noise_of_arcs_has_the_same_bits_whatever_is_kept(cuda_stand_in):
    arguments = typical(EDGE_STATS, 1100, 12)
    everything = run_kernel(EDGE_STATS, arguments, CUDA)
    launches = len(cuda_stand_in.launches)
    nothing = run_kernel(EDGE_STATS, arguments | {"noise_budget_mb": 0}, CUDA)
    assert_same_bits(nothing, everything)
    assert len(cuda_stand_in.launches) - launches > launches  # the first pass ran again


@pytest.mark.parametrize("room", [90_000, 40_000, 25_000])
def test_noise_of_arcs_has_the_same_bits_on_a_small_device(cuda_stand_in, room):
    """All phasors fit and some noise; no phasors fit; no blocks of the first size fit."""
    arguments = typical(EDGE_STATS, 1100, 12)
    expected = run_kernel(EDGE_STATS, arguments, CUDA)
    cuda_stand_in.free = room
    assert_same_bits(run_kernel(EDGE_STATS, arguments, CUDA), expected)


@pytest.mark.parametrize("room", [100_000, 20_000])
def test_differences_of_arcs_have_the_same_bits_on_a_small_device(cuda_stand_in, room):
    """All nodes fit; they do not."""
    arguments = typical(EDGE_NOISE, 1100, 12)
    expected = run_kernel(EDGE_NOISE, arguments, CUDA)
    launches = len(cuda_stand_in.launches)
    cuda_stand_in.free = room
    assert_same_bits(run_kernel(EDGE_NOISE, arguments, CUDA), expected)
    assert len(cuda_stand_in.launches) > 2 * launches


@pytest.mark.parametrize("method", ["3D_QUICK", "3D_NO_DEF"])
def test_long_series_of_the_other_methods(cuda_arrays, method):
    arguments = typical(EDGE_NOISE, 30, 150)
    model = arc_models(150, np.random.default_rng(5))[method]
    assert_agrees_with_the_reference(EDGE_NOISE, arguments | {"model": model})
