"""CUDA backends of the pixels of stages 7 and 8: many columns, and little memory."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.kernel_checks.compare import allowed, difference
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps_kernels import KernelChoice, registered

CUDA, PYTHON = KernelChoice("cuda"), KernelChoice("python")
SCLA, SPATIAL = "stage7_scla", "stage8_spatial_filter"


@pytest.mark.parametrize("m", [1, 33, 64, 129, 300])
@pytest.mark.parametrize("kernel", [SCLA, SPATIAL])
def test_any_number_of_columns(cuda_arrays, kernel, m):
    arguments = typical(kernel, 70, m)
    pairs = zip(
        run_kernel(kernel, arguments, CUDA), run_kernel(kernel, arguments, PYTHON), strict=True
    )
    for output, (found, expected) in zip(registered(kernel).outputs, pairs, strict=True):
        assert difference(found, expected) <= allowed(output, expected), output.name


@pytest.mark.parametrize(("kernel", "room"), [(SCLA, 6000), (SPATIAL, 40_000), (SPATIAL, 13_000)])
def test_the_same_bits_on_a_small_device(cuda_stand_in, kernel, room):
    arguments = typical(kernel, 600, 5)
    expected = run_kernel(kernel, arguments, CUDA)
    launches = len(cuda_stand_in.launches)
    cuda_stand_in.free = room
    for a, b in zip(run_kernel(kernel, arguments, CUDA), expected, strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(cuda_stand_in.launches) > 2 * launches


def test_values_are_sorted_on_the_device_where_they_fit(cuda_stand_in):
    arguments = typical(SPATIAL, 600, 5)
    (found,) = run_kernel(SPATIAL, arguments, CUDA)
    assert cuda_stand_in.downloads == [found.nbytes]
    assert cuda_stand_in.uploads[0] == arguments["values"].nbytes


def test_columns_without_weight_may_be_missing_everywhere(cuda_arrays):
    arguments = typical(SCLA, 300, 20)
    weights = arguments["weights"]
    weights.slope[[2, 18]] = weights.constant[[2, 18]] = 0
    arguments["ph"][:, [2, 18]] = np.nan
    k_ps, c_ps, _ = run_kernel(SCLA, arguments, CUDA)
    assert np.isfinite(k_ps).all()
    assert np.isfinite(c_ps).all()
