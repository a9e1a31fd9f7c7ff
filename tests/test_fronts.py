"""`pystamps.kernels` and `pystamps.pipeline.ported`: the code of today under earlier names."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prepared_stacks import STACKS

import pystamps.kernels
from pystamps.config import RunConfig
from pystamps.io.mat import read_mat
from pystamps.kernel_checks.inputs import run_kernel, typical
from pystamps.pipeline import ported
from pystamps_kernels import KERNELS, BackendUnavailableError, KernelChoice

ENTRY_POINTS = (
    *("stage1_load_initial", "stage2_estimate_gamma", "stage3_select_ps", "stage4_weed_ps"),
    *("stage5_correct_and_promote", "stage5_merge_and_ifgstd", "stage6_unwrap"),
    *("stage7_calc_scla", "stage8_filter_scn"),
)
FRONTS = (
    *("stage2_topofit", "stage2_topofit_row_invariant", "stage2_topofit_coh_row_invariant"),
    *("stage2_grid_accumulate", "stage2_histogram", "stage4_edge_stats", "stage7_scla"),
    "stage8_edge_noise",
)


def front(kernel: str) -> Any:
    return getattr(pystamps.kernels, f"run_{kernel}_kernel")


def test_the_names_of_earlier_versions_import() -> None:
    assert set(ported.__all__) == set(ENTRY_POINTS) == set(dir(ported))
    assert set(FRONTS) <= set(KERNELS)
    assert set(pystamps.kernels.__all__) == {
        "BackendUnavailableError", *(f"run_{name}_kernel" for name in FRONTS)
    }  # fmt: skip
    assert pystamps.kernels.BackendUnavailableError is BackendUnavailableError
    with pytest.raises(AttributeError, match="stage9"):
        ported.stage9  # noqa: B018


def in_a_row(result: Any) -> list[Any]:
    """Give the arrays of a result, whatever holds them."""
    if isinstance(result, np.ndarray):
        return [result]
    return [getattr(result, name) for name in getattr(result, "__slots__", ())] or list(result)


@pytest.mark.parametrize("kernel", FRONTS)
def test_a_front_gives_what_its_kernel_gives(kernel: str) -> None:
    run, named = front(kernel), typical(kernel, 400)
    order = [name for name in signature(run).parameters if name in named]
    in_order = [named[name] for name in order]
    assert len(in_order) == len(named), "a typical argument that is no parameter"
    for backend in ("python", "native"):
        config = RunConfig.from_mapping({"kernels": {"backend": backend}})
        expected = run_kernel(kernel, named, KernelChoice(backend))
        ways = [run(**named, config=config)]
        if order == list(signature(run).parameters)[: len(order)]:
            ways.append(run(*in_order, config=config))
        for found in ways:
            for one, other in zip(in_a_row(found), expected, strict=True):
                np.testing.assert_array_equal(one, other)
    assert len(in_a_row(run(**named))) == len(expected)  # without a configuration: auto


def test_a_front_refuses_what_a_function_would_refuse() -> None:
    run = front("stage2_histogram")
    assert run.__name__ == "run_stage2_histogram_kernel"
    values, centres = typical("stage2_histogram", 10).values()
    with pytest.raises(TypeError, match="takes 2 arguments: values, centres"):
        run(values, centres, 3)
    with pytest.raises(TypeError, match="values"):
        run(values, values=values)
    with pytest.raises(TypeError, match="unexpected"):
        run(values, centres, fast=True)


def test_a_backend_that_cannot_run_is_refused_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    from pystamps_kernels.device import gpu

    monkeypatch.setattr(gpu, "device_problem", lambda: "no CUDA device")
    config = RunConfig.from_mapping({"kernels": {"backend": "cuda"}})
    with pytest.raises(pystamps.kernels.BackendUnavailableError, match="no CUDA device"):
        front("stage2_topofit")(**typical("stage2_topofit", 10), config=config)


def test_an_entry_point_runs_without_a_configuration(tmp_path: Path) -> None:
    patch = STACKS["doris"](tmp_path)
    result = ported.stage1_load_initial(str(patch))
    assert result.counts["candidates"] == read_mat(patch / "ps1.mat")["n_ps"]
    newer = RunConfig.from_mapping({"runtime": {"mat_version": "7.3"}})
    ported.stage1_load_initial(patch, newer)
    assert (patch / "ps1.mat").read_bytes()[:10] == b"MATLAB 7.3"
