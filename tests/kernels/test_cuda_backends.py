"""The CUDA backends: compiled for a device, and run without one against the reference."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from cuda_compiler import runtime_compiler

from pystamps.kernel_checks.compare import compare
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps_kernels import KERNELS, DeviceMemoryError, KernelChoice, backends_of
from pystamps_kernels.device import gpu

WITH_CUDA = [kernel for kernel in KERNELS if "cuda" in backends_of(kernel)]
CUDA = KernelChoice("cuda")


def programs(kernel: str) -> dict:
    return import_module(f"pystamps_kernels.{kernel}.cuda").PROGRAMS


@pytest.mark.parametrize("kernel", WITH_CUDA)
def test_every_program_is_accepted_by_the_cuda_compiler(kernel):
    nvrtc = runtime_compiler()
    if nvrtc is None:
        pytest.skip("the CUDA runtime compiler is not installed")
    for program in programs(kernel).values():
        assert nvrtc(program.source(), gpu.OPTIONS).startswith(b"//"), kernel


@pytest.mark.parametrize("kernel", WITH_CUDA)
def test_the_cuda_backend_agrees_with_the_reference(kernel, cuda_arrays):
    wrong = [found for found in compare(kernel, "cuda") if not found.is_equal]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("kernel", WITH_CUDA)
def test_device_arrays_in_device_arrays_out(kernel, cuda_arrays):
    arguments = typical(kernel, 70, 9, seed=3)
    on_device = {
        name: cuda_arrays.asarray(value) if isinstance(value, np.ndarray) else value
        for name, value in arguments.items()
    }
    there = run_kernel(kernel, on_device, CUDA)
    assert all(gpu.is_on_device(value) for value in there)
    for found, expected in zip(there, run_kernel(kernel, arguments, CUDA), strict=True):
        np.testing.assert_array_equal(cuda_arrays.asnumpy(found), expected)


def test_blocks_become_smaller_when_the_device_runs_out_of_memory(cuda_stand_in, caplog):
    arguments = typical("stage2_weighted_phase", 1000, 8)
    expected = run_kernel("stage2_weighted_phase", arguments, KernelChoice("native"))
    cuda_stand_in.free = 8 * 8 * 300
    cuda_stand_in.cuda.runtime.memGetInfo = lambda: (1 << 30, 1 << 30)  # more than there is
    found = run_kernel("stage2_weighted_phase", arguments, CUDA)
    np.testing.assert_array_equal(found[0], expected[0])
    assert "device memory is short: going on with blocks of 250" in caplog.text


def test_a_device_without_room_for_one_row_is_refused(cuda_stand_in):
    cuda_stand_in.free = 16
    with pytest.raises(
        DeviceMemoryError, match=r"too little free memory .* kernels\.backend: native"
    ):
        run_kernel("stage2_weighted_phase", typical("stage2_weighted_phase", 10, 8), CUDA)
