"""CUDA backends of the arcs: long series, and little memory on the device."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.kernel_checks.compare import allowed, difference
from pystamps.kernel_checks.inputs import run, typical
from pystamps_kernels import KernelChoice, registered

CUDA, PYTHON = KernelChoice("cuda"), KernelChoice("python")
EDGE_STATS = "stage4_edge_stats"


def assert_agrees_with_the_reference(kernel, arguments):
    pairs = zip(run(kernel, arguments, CUDA), run(kernel, arguments, PYTHON), strict=True)
    for output, (found, expected) in zip(registered(kernel).outputs, pairs, strict=True):
        assert difference(found, expected) <= allowed(output, expected), output.name


def assert_same_bits(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("n_arc", "m"), [(40, 33), (30, 150), (9, 530)])
def test_series_longer_than_a_block_of_threads(cuda_arrays, n_arc, m):
    assert_agrees_with_the_reference(EDGE_STATS, typical(EDGE_STATS, n_arc, m))


def test_noise_of_arcs_has_the_same_bits_whatever_is_kept(cuda_stand_in):
    arguments = typical(EDGE_STATS, 1100, 12)
    everything = run(EDGE_STATS, arguments, CUDA)
    launches = len(cuda_stand_in.launches)
    nothing = run(EDGE_STATS, arguments | {"noise_budget_mb": 0}, CUDA)
    assert_same_bits(nothing, everything)
    assert len(cuda_stand_in.launches) - launches > launches  # the first pass ran again


@pytest.mark.parametrize("room", [90_000, 40_000, 25_000])
def test_noise_of_arcs_has_the_same_bits_on_a_small_device(cuda_stand_in, room):
    """All phasors fit and some noise; no phasors fit; no blocks of the first size fit."""
    arguments = typical(EDGE_STATS, 1100, 12)
    expected = run(EDGE_STATS, arguments, CUDA)
    cuda_stand_in.free = room
    assert_same_bits(run(EDGE_STATS, arguments, CUDA), expected)
