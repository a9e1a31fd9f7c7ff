"""Adversarial inputs of every kernel: sizes about the blocks of the code, NaN, zeros, ties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pystamps.kernel_checks.inputs import (
    WINDOW,
    Arguments,
    arc_models,
    gain,
    image,
    random_phasors,
    sparse_grid,
    typical,
)
from pystamps_kernels.stage0_amplitude_sums import PixelSums
from pystamps_kernels.stage3_cell_filter import CellFilterSettings

SIZES = (0, 1, 2, 15, 16, 17, 63, 64, 65, 257, 1025)
"""Numbers of pixels or arcs about the widths of lanes (8, 16, 64) and blocks (256, 1024)."""

FEW = (1, 2, 3)
"""Numbers of interferograms that leave little to estimate."""

Case = tuple[str, Arguments]
_SMALLEST = {"stage6_nearest_node": 1}
_FEWEST = {"stage4_edge_stats": 2, "stage7_least_absolute": 3, "stage7_simplex_l1": 3}
_SLOW = (
    *("stage2_clap_filter", "stage3_cell_filter", "stage6_annealed_series"),
    *("stage7_least_absolute", "stage7_simplex_l1", "accuracy_two_slopes"),
)
"""Kernels whose reference takes milliseconds per element."""


def cases(kernel: str) -> Iterator[Case]:
    """Give inputs on which the backends of a kernel are compared.

    Parameters
    ----------
    kernel : str

    Yields
    ------
    tuple of str and dict
        What is special about the input, and the arguments.
    """
    largest = 65 if kernel in _SLOW else max(SIZES)
    for n in SIZES:
        if _SMALLEST.get(kernel, 0) <= n <= largest:
            yield f"n = {n}", typical(kernel, n, 12, seed=n)
    for m in FEW:
        if m >= _FEWEST.get(kernel, 1):
            yield f"m = {m}", typical(kernel, 20, m, seed=m)
    yield "random", typical(kernel, largest, 31, seed=7)
    yield from _ODD[kernel]()


def _generator() -> np.random.Generator:
    return np.random.default_rng(2024)


def _uniform() -> Iterator[Case]:
    for seed in (0, 1, 2005, 2**32 - 1):
        yield f"seed {seed}", {"seed": seed, "count": 1000}


def _image() -> np.ndarray[Any, Any]:
    """Image with dark, overflowing, infinite and missing samples."""
    z = image(400, _generator())
    z[0, :6] = 0, 1e-5, np.nan, np.inf, 1e30, complex(0, np.nan)
    z[1] = 0
    return z


def _amplitudes() -> Iterator[Case]:
    for label, start in (("fresh sums", 0.0), ("running sums", 3.7)):
        sums = PixelSums.zeros(_image().shape)
        sums.total[:] = start
        yield f"odd samples, {label}", {"image": _image(), "constant": 1.3, "sums": sums}


def _differences() -> Iterator[Case]:
    z = _image()
    sums = PixelSums.zeros(z.shape)
    yield "odd samples", {"pair": (z, z[:, ::-1]), "constants": (1.3, 0.9), "sums": sums}
    yield "equal images", {"pair": (z, z), "constants": (1.0, 1.0), "sums": sums}


def _lines() -> Iterator[Case]:
    z = _image()
    z[~np.isfinite(z)] = 0  # an infinite sum has no digits to compare
    z[0, 4] = 0.001
    yield "dark samples, no mask", {"image": z}
    yield "all masked", {"image": z, "mask": np.ones(z.shape, np.uint8)}


def _clap() -> Iterator[Case]:
    base: Arguments = {"low_pass": gain(), "alpha": 1.0, "beta": 0.3}
    grid = sparse_grid(40 * 45, 3, _generator())
    broken = grid.copy()
    broken[4, 5, 1] = np.nan
    yield "NaN", base | {"grid": broken}
    yield "zeros", base | {"grid": grid * 0}
    yield "one cell", base | {"grid": np.where(np.arange(3) == 1, grid, 0) * (grid == grid[0, 0])}
    yield "alpha 0", base | {"grid": grid, "alpha": 0.0}
    yield "alpha 0.6, double", base | {"grid": grid.astype(np.complex128), "alpha": 0.6}
    for shape in ((24, 24), (31, 26), (32, 65)):  # as small as allowed, and no whole steps
        yield (
            f"{shape[0]} x {shape[1]} cells",
            base | {"grid": random_phasors((*shape, 2), _generator())},
        )


def _cells() -> Iterator[Case]:
    random = _generator()
    grid = sparse_grid(40 * 45, 3, random)
    corners = np.array([[0, 0], [0, grid.shape[1] - 1], [grid.shape[0] - 1, 0], [20, 20]])
    base: Arguments = {"cells": corners, "low_pass": gain(), "settings": CellFilterSettings()}
    broken = grid.copy()
    broken[20, 19, 1] = np.nan
    alone = np.zeros_like(grid)
    alone[20, 20] = 1 + 2j
    yield "NaN", base | {"ph_grid": broken}
    yield "zeros", base | {"ph_grid": grid * 0}
    yield "nothing but the cell itself", base | {"ph_grid": alone}
    yield "grid of one window", base | {
        "ph_grid": random_phasors((WINDOW, WINDOW, 2), random), "cells": corners[:1],
    }  # fmt: skip
    for reach, first in ((1, True), (2, False)):
        settings = CellFilterSettings(0.6, 0.2, reach, first)
        yield f"reach {reach}", base | {"ph_grid": grid, "settings": settings}


def _grid_sums() -> Iterator[Case]:
    some = typical("stage2_grid_accumulate", 300, 3)
    broken = some["ph_weight"].copy()
    broken[7, 1] = np.nan
    yield "NaN", some | {"ph_weight": broken}
    crowded = np.zeros(300, np.int64)
    by_cell = np.arange(300)
    yield "all in one cell", some | {"cell": crowded, "by_cell": by_cell}
    yield "all in the last cell", some | {
        "cell": crowded + some["shape"][0] * some["shape"][1] - 1, "by_cell": by_cell,
    }  # fmt: skip


def _histogram() -> Iterator[Case]:
    centres = np.array([0.0, 1.0, 3.0])
    odd = [np.nan, np.inf, -np.inf, 0.5, 2.0, np.nextafter(0.5, 1), 0.0, -0.0]
    yield "NaN, infinite, on the edges", {"values": np.array(odd), "centres": centres}
    yield "single values", {"values": np.array(odd, np.float32), "centres": centres}


def _searches() -> Iterator[Case]:
    some = typical("stage2_topofit", 200, 12)
    for label, change in (
        ("null values", _with_nulls), ("NaN", _with_nan), ("equal baselines", _equal),
        ("two baselines", _two_baselines), ("tied trials", _tied), ("all in double", _double),
        ("phase in double", _phase_in_double),
    ):  # fmt: skip
        yield label, change(some)
    yield "no trials", some | {"n_trial_wraps": 0.0}
    yield "many trials", some | {"n_trial_wraps": 6.3}


def _with_nulls(some: Arguments) -> Arguments:
    phase = some["phase"].copy()
    phase[3, 4] = phase[5, :] = phase[6, 1:] = 0
    phase[:, 7] = 0
    return some | {"phase": phase}


def _with_nan(some: Arguments) -> Arguments:
    phase = some["phase"].copy()
    phase[3, 4] = phase[17, :] = np.nan
    return some | {"phase": phase}


def _equal(some: Arguments) -> Arguments:
    bperp = some["bperp"].copy()
    bperp[:50] = 80
    bperp[50] = 0
    return some | {"bperp": bperp}


def _two_baselines(some: Arguments) -> Arguments:
    return some | {"bperp": np.where(some["bperp"] > 0, np.float32(100), np.float32(-60))}


def _tied(some: Arguments) -> Arguments:
    """Real phases: trials t and -t tie in every pixel, by symmetry and therefore exactly."""
    phase = np.where(_generator().random(some["phase"].shape) < 0.5, 1, -1).astype(np.complex64)
    return some | {"phase": phase}


def _double(some: Arguments) -> Arguments:
    return _phase_in_double(some) | {"bperp": some["bperp"].astype(np.float64)}


def _phase_in_double(some: Arguments) -> Arguments:
    return some | {"phase": some["phase"].astype(np.complex128)}


def _shared_searches() -> Iterator[Case]:
    for label, some in _searches():
        if label not in ("equal baselines", "two baselines"):
            yield label, some | {"bperp": some["bperp"][0]}
    some = typical("stage2_topofit_row_invariant", 40, 9)
    yield "equal baselines", some | {"bperp": np.full(9, 80, np.float32)}
    yield "two baselines", some | {"bperp": np.repeat(np.array([-60, 100], np.float32), [4, 5])}


def _coherences() -> Iterator[Case]:
    some = typical("stage2_topofit_coh_row_invariant", 200, 12)
    random = _generator()
    yield "double", some | {"bperp": some["bperp"].astype(np.float64)}
    yield "tied trials", some | {"turns": np.where(random.random((12, 200)) < 0.5, 0.0, 0.5)}
    yield "no trials", some | {"n_trial_wraps": 0.0}


def _weights() -> Iterator[Case]:
    some = typical("stage2_weighted_phase", 100, 5)
    k, ph = some["k_ps"].copy(), some["ph"].copy()
    k[3], ph[4, 1], ph[5] = np.nan, np.nan, 0
    yield "NaN and zeros", some | {"k_ps": k, "ph": ph}
    yield "double", some | {"bperp_mat": some["bperp_mat"].astype(np.float64)}


def _arcs() -> Iterator[Case]:
    some = typical("stage4_edge_stats", 200, 12)
    yield "equal baselines", some | {"bperp": np.zeros(12)}
    yield "equal phase", some | {"w": np.ones_like(some["w"])}
    yield "short window", some | {"time_win": 1.0}
    yield "an arc from a pixel to itself", some | {"edges": some["edges"] // 9 * 9}
    yield "noise computed twice", typical("stage4_edge_stats", 3000, 12) | {"noise_budget_mb": 0}
    yield "random phase", some | {"w": random_phasors(some["w"].shape, _generator())}


def _node_sums() -> Iterator[Case]:
    some = typical("stage6_grid_accumulate", 300, 3)
    ph = some["ph"].copy()
    ph[9, 2] = np.nan
    yield "NaN", some | {"ph": ph}
    yield "nodes without pixel", some | {"n_node": 5000}
    yield "all in one node", some | {"node": np.zeros(300, np.int64)}


def _nearest() -> Iterator[Case]:
    yield "one row", {"occupied": np.arange(40)[None, :] % 7 == 3}
    yield "one column", {"occupied": np.arange(40)[:, None] % 7 == 3}
    yield "ties in all directions", {"occupied": np.indices((33, 33)).sum(axis=0) % 8 == 0}
    yield "one node", {"occupied": np.arange(900).reshape(30, 30) == 455}


def _annealed() -> Iterator[Case]:
    some = typical("stage6_annealed_series", 3, 5)
    broken = some["dph"].copy()
    broken[1, 2] = np.nan
    yield "NaN", some | {"dph": broken}
    yield "no differences", some | {"dph": some["dph"] * 0}
    yield "costs beyond exponents", some | {"weight": some["weight"] * 1e5}
    uniform = some["uniform"].copy()
    uniform[0], uniform[1] = 0, np.nextafter(1, 0)
    yield "random numbers at their ends", some | {"uniform": uniform}


def _scla() -> Iterator[Case]:
    some = typical("stage7_scla", 200, 9)
    ph = some["ph"].copy()
    ph[3, 2] = np.nan
    yield "NaN", some | {"ph": ph}
    unused = np.arange(9) != 2
    weights = type(some["weights"])(
        some["weights"].slope * unused, some["weights"].constant * unused, some["weights"].reference
    )
    yield "NaN in an unused column", some | {"ph": ph, "weights": weights}
    yield (
        "double",
        {
            name: value.astype(np.float64) if name in ("ph", "bperp") else value
            for name, value in some.items()
        },
    )
    yield "slopes given", some | {"k_known": _generator().normal(0, 1e-3, 200)}


def _two_slopes() -> Iterator[Case]:
    some = typical("accuracy_two_slopes", 30, 12)
    phase = some["phase"].copy()
    phase[3, 4] = np.nan
    yield "NaN", some | {"phase": phase}
    yield "nothing but zeros", some | {"phase": np.zeros_like(phase)}
    yield "one baseline", some | {"columns": some["columns"] * np.array([1.0, 0.0])}
    yield "no slopes", some | {"limits": np.zeros(2)}


def _least_absolute() -> Iterator[Case]:
    some = typical("stage7_least_absolute", 30, 12)
    data = some["data"].copy()
    data[3, 4] = np.nan
    yield "NaN", some | {"data": data}
    yield "nothing but zeros", some | {"data": np.zeros_like(data)}
    exact = _generator().normal(0, 1, (30, 3)) @ some["design"].T
    yield "data without residual", some | {"data": exact}
    yield (
        "as many observations as unknowns",
        {
            "data": some["data"][:, :3],
            "design": np.linalg.qr(some["design"][:3])[0],
        },
    )


def _simplex() -> Iterator[Case]:
    some = typical("stage7_simplex_l1", 30, 12)
    data = some["data"].copy()
    data[3, 4] = np.nan
    yield "NaN", some | {"data": data}
    yield "start at zero", some | {"start": np.zeros_like(some["start"])}
    exact = some["start"] @ some["design"].T
    yield "data without residual", some | {"data": exact}


def _edge_noise() -> Iterator[Case]:
    some = typical("stage8_edge_noise", 300, 12)
    models = arc_models(12, _generator())
    for name in ("3D_QUICK", "3D_NO_DEF"):
        yield name, some | {"model": models[name]}
    ph = some["ph"].copy()
    ph[3, 4], ph[7] = 0, 0
    yield "nodes without phase", some | {"ph": ph}
    ph = some["ph"].copy()
    ph[5, 1] = np.nan
    yield "NaN", some | {"ph": ph}
    yield "an arc from a node to itself", some | {"nodes": some["nodes"] // 9 * 9}


def _spatial() -> Iterator[Case]:
    some = typical("stage8_spatial_filter", 300, 4)
    values = some["values"].copy()
    values[3, 1] = np.nan
    yield "NaN", some | {"values": values}
    yield "no neighbours", some | {"wavelength": 0.01}
    yield "all in one place", some | {"xy": np.full((300, 2), 7.0, np.float32)}
    yield "no source", some | {"is_source": np.zeros(300, np.bool_)}
    yield "some sources", some | {"is_source": np.arange(300) % 3 == 0}
    yield "all in one line", some | {"xy": some["xy"] * np.array([1, 0], np.float32)}


_ODD: dict[str, Callable[[], Iterator[Case]]] = {
    "accuracy_two_slopes": _two_slopes,
    "legacy_uniform": _uniform,
    "stage0_amplitude_sums": _amplitudes,
    "stage0_difference_sums": _differences,
    "stage0_line_sums": _lines,
    "stage2_clap_filter": _clap,
    "stage2_grid_accumulate": _grid_sums,
    "stage2_histogram": _histogram,
    "stage2_topofit": _searches,
    "stage2_topofit_row_invariant": _shared_searches,
    "stage2_topofit_coh_row_invariant": _coherences,
    "stage2_weighted_phase": _weights,
    "stage3_cell_filter": _cells,
    "stage4_edge_stats": _arcs,
    "stage6_grid_accumulate": _node_sums,
    "stage6_annealed_series": _annealed,
    "stage6_nearest_node": _nearest,
    "stage7_scla": _scla,
    "stage7_least_absolute": _least_absolute,
    "stage7_simplex_l1": _simplex,
    "stage8_edge_noise": _edge_noise,
    "stage8_spatial_filter": _spatial,
}
