"""Which backend runs: as set, or for ``auto`` by device and size of the work."""

from __future__ import annotations

import pytest

from pystamps_kernels import BackendUnavailableError, KernelChoice, resident
from pystamps_kernels.choice import _say, automatic_backend, implementation
from pystamps_kernels.device import gpu

KERNEL = "stage2_weighted_phase"
CPU_ONLY = "stage7_simplex_l1"


@pytest.fixture
def no_device(monkeypatch):
    monkeypatch.setattr(gpu, "device_problem", lambda: "this machine has no CUDA device")


def test_auto_takes_the_device_for_work_that_is_large_enough(cuda_stand_in):
    assert automatic_backend(KERNEL, 1 << 24)[0] == "cuda"
    assert automatic_backend(KERNEL, 1000) == ("native", "too little work for a device")
    assert automatic_backend(CPU_ONLY, 1 << 24) == ("native", "no CUDA version")


def test_auto_without_a_device_says_why_it_takes_the_processor(no_device, caplog):
    caplog.set_level("INFO")
    _say.cache_clear()
    assert automatic_backend(KERNEL, 1 << 24)[0] == "native"
    implementation(KERNEL, KernelChoice(), size=1 << 24)
    assert "kernels: native (this machine has no CUDA device), threads:" in caplog.text


def test_cuda_asked_for_without_a_device_is_refused(no_device):
    with pytest.raises(
        BackendUnavailableError,
        match=rf"{KERNEL}: backend 'cuda' cannot run: this machine .* auto or native",
    ):
        implementation(KERNEL, KernelChoice("cuda"), size=10)


def test_cuda_for_all_means_all_that_have_a_cuda_version(cuda_stand_in, caplog):
    caplog.set_level("INFO")
    _say.cache_clear()
    choice = KernelChoice("cuda")
    assert (choice.backend_of(KERNEL), choice.backend_of(CPU_ONLY)) == ("cuda", "native")
    implementation(CPU_ONLY, choice)
    assert "kernels: native (no CUDA version), threads:" in caplog.text


def test_cuda_by_name_for_a_kernel_without_cuda_version_is_refused(cuda_stand_in):
    with pytest.raises(BackendUnavailableError, match=f"{CPU_ONLY} has no backend 'cuda'"):
        implementation(CPU_ONLY, KernelChoice("auto", {CPU_ONLY: "cuda"}))


def test_an_override_outranks_the_backend_of_all(cuda_stand_in):
    choice = KernelChoice("cuda", {CPU_ONLY: "native"})
    assert choice.backend_of(CPU_ONLY) == "native"
    assert choice.backend_of(KERNEL, 10) == "cuda"


def test_arrays_stay_on_the_device_only_if_all_kernels_of_the_stage_run_there(cuda_stand_in):
    large, small = 1 << 24, 1000
    assert resident(KernelChoice(), (KERNEL,), large, 1 << 20)
    assert not resident(KernelChoice(), (KERNEL,), small, 1 << 20)
    assert not resident(KernelChoice(), (KERNEL, CPU_ONLY), large, 1 << 20)
    assert not resident(KernelChoice("cuda", {KERNEL: "native"}), (KERNEL,), large, 1 << 20)


def test_kernels_of_arrays_that_stay_on_the_device_run_there_whatever_the_size(cuda_stand_in):
    choice = KernelChoice(overrides={CPU_ONLY: "native"}).on_device((KERNEL,))
    assert choice.backend_of(KERNEL, 1) == "cuda"
    assert choice.backend_of(CPU_ONLY) == "native"


def test_arrays_larger_than_the_memory_of_the_device_stay_on_the_host(cuda_stand_in):
    cuda_stand_in.free = 1 << 20
    assert not resident(KernelChoice("cuda"), (KERNEL,), 1 << 24, 1 << 20)


def test_looking_for_a_device_without_cupy_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(gpu, "find_spec", lambda _: None)
    gpu.device_problem.cache_clear()
    try:
        assert "pip install 'pystamps-flow[cuda12]'" in (gpu.device_problem() or "")
    finally:
        gpu.device_problem.cache_clear()
