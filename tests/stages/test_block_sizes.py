"""Sizes of blocks are really used, and no result depends on them: not by a bit."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from unwrapped_examples import DAY, MASTER_IX, example_bperp, example_pixels

from pystamps.interferograms import Interferograms
from pystamps.model import UnwrapArcs, UnwrapGrid
from pystamps.parameters import Parameters
from pystamps.rows import Rows
from pystamps.stages import stage6_grid, stage6_time, stage7_scla
from pystamps.stages.stage6_time import TimeSettings, arcs_at_a_time, expected_differences
from pystamps.stages.stage7_scla import SclaInput, estimate_look_angle_error
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage8_spatial_filter import FilterByRows, stage8_spatial_filter

BACKENDS = pytest.mark.parametrize("backend", ["python", "native"])
N_PS, N_NODE, N_ARC = 233, 90, 317
SIZES = (1, 7, 64, 232, 100_000)


class Counted:
    """A function whose calls are counted, with the length of one of its arguments."""

    def __init__(self, function: Any, *, argument: int) -> None:
        self.function, self.argument = function, argument
        self.lengths: list[int] = []

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.lengths.append(len(arguments[self.argument]))
        return self.function(*arguments, **named)


def noisy_stack(dtype: Any) -> SclaInput:
    rng = np.random.default_rng(5)
    pixels = example_pixels(N_PS)
    bperp = example_bperp(N_PS).astype(dtype)
    ph_uw = 0.03 * bperp + rng.normal(0, 0.7, bperp.shape) + 0.01 * (DAY - DAY[MASTER_IX])
    ph_uw[:, MASTER_IX] = 0
    return SclaInput(pixels, ph_uw.astype(np.float32), bperp, None)


@BACKENDS
@pytest.mark.parametrize("method", ["L2", "L1"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stage_7_works_on_so_many_pixels_and_the_result_is_the_same(
    backend: str, method: str, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, parameters = noisy_stack(dtype), Parameters(scla_method=method)
    counted = Counted(stage7_scla.stage7_scla, argument=0)
    monkeypatch.setattr(stage7_scla, "stage7_scla", counted)

    def estimated(chunk_ps: int) -> Any:
        counted.lengths.clear()
        choice = KernelChoice(backend)
        return estimate_look_angle_error(stack, parameters, chunk_ps=chunk_ps, choice=choice)

    expected = estimated(0)
    assert counted.lengths == [N_PS]
    for size in SIZES if method == "L2" else SIZES[1:3]:
        found = estimated(size)
        assert max(counted.lengths) == min(size, N_PS)
        assert len(counted.lengths) == -(-N_PS // size)
        for item in dataclasses.fields(found):
            one, other = getattr(found, item.name), getattr(expected, item.name)
            np.testing.assert_array_equal(np.asarray(one), np.asarray(other), item.name)


def network() -> tuple[UnwrapGrid, UnwrapArcs]:
    """Give nodes whose phase wanders in time, and arcs between them."""
    rng = np.random.default_rng(9)
    phase = np.cumsum(rng.normal(0, 0.5, (N_NODE, DAY.size - 1)), axis=1)
    nodes = np.sort(rng.integers(0, N_NODE, (N_ARC, 2)), axis=1)
    nodes[nodes[:, 0] == nodes[:, 1]] = (0, 1)
    edges = np.column_stack([np.arange(N_ARC), nodes])
    nothing = np.zeros((0, 0), np.float32)
    ph = np.exp(1j * phase).astype(np.complex64)
    grid = _made(UnwrapGrid, ph=ph, ph_uw_predef=nothing)
    return grid, _made(UnwrapArcs, edgs=edges)


def _made(kind: Any, **known: Any) -> Any:
    """Give an artifact of which only some fields are read."""
    names = (item.name for item in dataclasses.fields(kind))
    return kind(**{name: known.get(name) for name in names})


@BACKENDS
@pytest.mark.parametrize("method", ["3D_FULL", "3D_QUICK", "3D_NO_DEF"])
def test_arcs_are_treated_so_many_at_a_time_and_the_result_is_the_same(
    backend: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, arcs = network()
    bperp = example_bperp(1)[0]
    stack = Interferograms.single_master(DAY, bperp, MASTER_IX)
    settings = TimeSettings(method, stack.of_columns(stack.observed), 730.0, True, 1.5)
    counted = Counted(stage6_time.stage8_edge_noise, argument=1)
    monkeypatch.setattr(stage6_time, "stage8_edge_noise", counted)

    def differences(chunk_edges: int) -> Any:
        counted.lengths.clear()
        choice = KernelChoice(backend)
        return expected_differences(grid, arcs, settings, chunk_edges=chunk_edges, choice=choice)

    expected, slopes = differences(0)
    assert counted.lengths == [N_ARC]
    assert (slopes != 0).any() and np.isfinite(expected.dph_space_uw).any()
    for size in (1, 8, 33, 316, 317, 100_000):
        found, k = differences(size)
        assert max(counted.lengths) == min(size, N_ARC)
        assert len(counted.lengths) == -(-N_ARC // size)
        np.testing.assert_array_equal(k, slopes)
        np.testing.assert_array_equal(found.dph_space_uw, expected.dph_space_uw)
        np.testing.assert_array_equal(found.dph_noise, expected.dph_noise)


def test_without_a_size_of_blocks_the_memory_budget_decides() -> None:
    assert arcs_at_a_time(500, n_ifg=20, memory_budget_mb=100) == 500
    few = arcs_at_a_time(0, n_ifg=20, memory_budget_mb=100)
    assert few * 20 * 160 <= 100 * 10**6 < (few + 1) * 20 * 160
    assert arcs_at_a_time(0, n_ifg=10**9, memory_budget_mb=1) == 1


@BACKENDS
def test_phases_that_come_in_blocks_have_the_sums_of_all_at_once(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(8)
    ph = np.exp(1j * rng.normal(0, 2, (N_PS, 7))).astype(np.complex64)
    node, choice = rng.integers(0, N_NODE, N_PS), KernelChoice(backend)
    whole = stage6_grid.sums_of_nodes(ph, node, N_NODE, choice=choice)
    rows = Rows(ph.shape, ph.dtype, lambda block: ph[block])
    for size in SIZES:
        monkeypatch.setattr(stage6_grid, "_ROWS", size)
        found = stage6_grid.sums_of_nodes(rows, node, N_NODE, choice=choice)
        assert found.tobytes() == whole.tobytes()


@BACKENDS
@pytest.mark.parametrize("n_without", [0, 40])
def test_the_filter_in_space_gives_bands_of_pixels_as_it_gives_all(
    backend: str, n_without: int
) -> None:
    rng = np.random.default_rng(9)
    xy, values = rng.uniform(0, 5000, (N_PS, 2)), rng.normal(0, 1, (N_PS, 5)).astype(np.float32)
    is_source, choice = rng.permutation(N_PS) >= n_without, KernelChoice(backend)
    xy = xy[np.argsort(xy[:, 1])].astype(np.float32)
    given = {"wavelength": 90.0, "is_source": is_source, "choice": choice}
    whole = stage8_spatial_filter(xy, values, **given)
    by_rows = FilterByRows(xy, **given)
    for size in SIZES:
        bands = [slice(first, first + size) for first in range(0, N_PS, size)]
        found = np.concatenate([by_rows.of_rows(values, rows) for rows in bands])
        if backend == "native":
            assert found.tobytes() == whole.tobytes()
        else:  # a product of matrices, whose last bit depends on their sizes
            np.testing.assert_allclose(found, whole, rtol=0, atol=1e-13)
