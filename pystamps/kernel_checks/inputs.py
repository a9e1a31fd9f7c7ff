"""Random inputs of every kernel, like those of a stage, for checks and benchmarks."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.interferograms import Interferograms
from pystamps.stages.filter_grid import low_pass_gain
from pystamps.stages.stage6_network import connected_images
from pystamps.stages.stage6_time import TimeSettings, arc_model
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage0_amplitude_sums import PixelSums
from pystamps_kernels.stage3_cell_filter import CellFilterSettings
from pystamps_kernels.stage6_annealed_series import N_UNIFORM_OF_RUN
from pystamps_kernels.stage7_scla import SclaWeights
from pystamps_kernels.stage8_edge_noise import ArcModel

Arguments = dict[str, Any]

TRIAL_WRAPS = 0.5
WINDOW = 32
MATRIX_SIDE = 1000
_CHANGING = ("stage0_amplitude_sums", "stage0_difference_sums")


def run_kernel(kernel: str, arguments: Arguments, choice: KernelChoice) -> tuple[Array, ...]:
    """Call a kernel and give its results in the order of the registry.

    Parameters
    ----------
    kernel : str
    arguments : dict
        By name; not changed, also by kernels that add to arrays of their caller.
    choice : KernelChoice

    Returns
    -------
    tuple of ndarray
    """
    function = getattr(import_module(f"pystamps_kernels.{kernel}"), kernel)
    if kernel in _CHANGING:
        arguments = arguments | {"sums": copy.deepcopy(arguments["sums"])}
    result = function(**arguments, choice=choice)
    if result is None:
        result = arguments["sums"]
    if dataclasses.is_dataclass(result):
        return tuple(getattr(result, item.name) for item in dataclasses.fields(result))
    return tuple(result) if isinstance(result, tuple) else (result,)


def typical(kernel: str, n: int, m: int = 30, *, seed: int = 0) -> Arguments:
    """Give random arguments of a kernel.

    Parameters
    ----------
    kernel : str
    n : int
        Pixels, arcs or cells; for filters of whole grids, cells of the grid.
    m : int
        Interferograms or images.
    seed : int

    Returns
    -------
    dict
    """
    return _BUILDERS[kernel](n, m, np.random.default_rng([seed, n, m]))


Builder = Callable[[int, int, np.random.Generator], Arguments]


def random_phasors(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Random phasors of unit modulus, single."""
    return np.asarray(np.exp(2j * np.pi * random.random(shape)), dtype=np.complex64)


def _baselines(m: int, random: np.random.Generator) -> Array:
    return random.normal(0, 100, m)


def _legacy_uniform(n: int, m: int, random: np.random.Generator) -> Arguments:
    return {"seed": int(random.integers(2**32)), "count": n * m}


def image(n: int, random: np.random.Generator) -> Array:
    """Complex image of n samples, as square as it can be."""
    lines = max(1, int(n**0.5))
    shape = (lines, -(-n // lines))
    z = random.standard_normal((2, *shape))
    return np.asarray(z[0] + 1j * z[1], dtype=np.complex64)


def _amplitude_sums(n: int, m: int, random: np.random.Generator) -> Arguments:
    z = image(n, random)
    return {"image": z, "constant": 1.3, "sums": PixelSums.zeros(z.shape)}


def _difference_sums(n: int, m: int, random: np.random.Generator) -> Arguments:
    pair = image(n, random), image(n, random)
    return {"pair": pair, "constants": (1.3, 0.9), "sums": PixelSums.zeros(pair[0].shape)}


def _line_sums(n: int, m: int, random: np.random.Generator) -> Arguments:
    z = image(n, random)
    return {"image": z, "mask": (random.random(z.shape) < 0.1).astype(np.uint8)}


def sparse_grid(n: int, m: int, random: np.random.Generator) -> Array:
    """Grid of about n cells, one in three occupied."""
    side = max(WINDOW, int(n**0.5))
    grid = random_phasors((side, max(WINDOW, -(-n // side)), m), random)
    grid *= random.exponential(3, grid.shape[:2])[..., None].astype(np.float32)
    grid[random.random(grid.shape[:2]) > 0.33] = 0
    return grid


def gain() -> Array:
    """Low-pass part of the phase filter with the parameters of the original."""
    return low_pass_gain(clap_win=WINDOW, grid_size=50.0, wavelength=800.0)


def _clap_filter(n: int, m: int, random: np.random.Generator) -> Arguments:
    return {"grid": sparse_grid(n, m, random), "low_pass": gain(), "alpha": 1.0, "beta": 0.3}


def _cell_filter(n: int, m: int, random: np.random.Generator) -> Arguments:
    grid = sparse_grid(4 * n, m, random)
    cells = np.argwhere(grid[..., 0] != 0)[:n] if m else np.zeros((n, 2), np.int64)
    settings = CellFilterSettings()
    return {"ph_grid": grid, "cells": cells, "low_pass": gain(), "settings": settings}


def _grid_accumulate(n: int, m: int, random: np.random.Generator) -> Arguments:
    side = max(1, int((n / 5) ** 0.5))  # about five candidates in a cell
    cell = random.integers(0, side * side, n)
    weighted = random_phasors((n, m), random) * random.random((n, 1), np.float32)
    by_cell = np.argsort(cell, kind="stable")
    return {"ph_weight": weighted, "cell": cell, "shape": (side, side), "by_cell": by_cell}


def _histogram(n: int, m: int, random: np.random.Generator) -> Arguments:
    return {"values": random.random(n), "centres": np.arange(0.005, 1, 0.01)}


def _topofit(n: int, m: int, random: np.random.Generator) -> Arguments:
    bperp = _baselines(m, random) + random.uniform(-2, 2, (n, m))
    slope = random.normal(0, 5e-3, (n, 1))
    noise = random.normal(0, random.random((n, 1)) * 2.5, (n, m))
    phase = np.exp(1j * (slope * bperp + noise)).astype(np.complex64)
    return {"phase": phase, "bperp": bperp.astype(np.float32), "n_trial_wraps": TRIAL_WRAPS}


def _topofit_row_invariant(n: int, m: int, random: np.random.Generator) -> Arguments:
    bperp = _baselines(m, random)
    phase = np.exp(1j * (random.normal(0, 5e-3, (n, 1)) * bperp + random.normal(0, 1, (n, m))))
    return {
        "phase": phase.astype(np.complex64),
        "bperp": bperp.astype(np.float32),
        "n_trial_wraps": TRIAL_WRAPS,
    }


def _topofit_coherence(n: int, m: int, random: np.random.Generator) -> Arguments:
    bperp = _baselines(m, random).astype(np.float32)
    return {"turns": random.random((m, n)), "bperp": bperp, "n_trial_wraps": TRIAL_WRAPS}


def _weighted_phase(n: int, m: int, random: np.random.Generator) -> Arguments:
    bperp = _baselines(m, random) + random.uniform(-2, 2, (n, m))
    return {
        "ph": random_phasors((n, m), random),
        "bperp_mat": bperp.astype(np.float32),
        "k_ps": random.normal(0, 5e-3, n),
        "weighting": random.random(n),
    }


def network(n: int, random: np.random.Generator) -> tuple[int, Array]:
    """Arcs between near neighbours, three per pixel: number of pixels and (n, 2) rows."""
    n_pixel = max(2, n // 3)
    a = np.sort(random.integers(0, n_pixel - 1, n))
    b = np.minimum(a + random.integers(1, 200, n), n_pixel - 1)
    return n_pixel, np.column_stack([a, b]).astype(np.int64)


def _edge_stats(n: int, m: int, random: np.random.Generator) -> Arguments:
    n_pixel, edges = network(n, random)
    w = np.exp(1j * random.normal(0, 0.4, (n_pixel, m))).astype(np.complex64)
    day = np.cumsum(random.integers(6, 40, m)).astype(np.float64)
    return {
        "w": w, "edges": edges, "bperp": _baselines(m, random), "day": day, "time_win": 730.0,
    }  # fmt: skip


def _unwrap_accumulate(n: int, m: int, random: np.random.Generator) -> Arguments:
    n_node = max(1, n // 10)
    node = random.integers(0, n_node, n).astype(np.int64)
    return {"ph": random_phasors((n, m), random), "node": node, "n_node": n_node}


def _nearest_node(n: int, m: int, random: np.random.Generator) -> Arguments:
    side = max(1, int(n**0.5))
    occupied = random.random((side, -(-n // side))) < 0.2
    occupied[side // 2, 0] = True
    return {"occupied": occupied}


def _annealed(n: int, m: int, random: np.random.Generator) -> Arguments:
    n_image = m // 2 + 2
    first = random.integers(0, n_image - 1, m)
    return {
        "dph": random.uniform(-np.pi, np.pi, (n, m)),
        "pairs": np.column_stack([first, random.integers(first + 1, n_image)]),
        "weight": np.triu(random.normal(0, 1, (m, m))),
        "x": np.linspace(0, n_image - 1, n_image) ** 1.1,
        "uniform": random.random((n, 2 * N_UNIFORM_OF_RUN)),
    }


def _scla(n: int, m: int, random: np.random.Generator) -> Arguments:
    weights = SclaWeights(
        random.normal(0, 1e-3, m), random.normal(0, 0.2, m), random.normal(0, 1, m)
    )
    bperp = (_baselines(m, random) + random.uniform(-2, 2, (n, m))).astype(np.float32)
    ph = random.normal(0, 3, (n, m)).astype(np.float32)
    return {"ph": ph, "bperp": bperp, "weights": weights}


def _least_absolute(n: int, m: int, random: np.random.Generator) -> Arguments:
    given = _simplex(n, m, random)
    return {"data": given["data"], "design": np.linalg.qr(given["design"])[0]}


def _two_slopes(n: int, m: int, random: np.random.Generator) -> Arguments:
    # of one extent whatever the number of rows: it decides how many slopes are tried
    baselines = random.permutation(np.linspace(-150, 150, m))
    columns = np.column_stack([np.linspace(-1, 1, m), baselines])
    slopes = random.normal(0, 1, (n, 2)) * np.array([5.0, 0.01])
    phase = slopes @ columns.T + random.normal(0, 0.5, (n, m))
    return {"phase": phase, "columns": columns, "limits": np.array([20.0, 0.03])}


def _simplex(n: int, m: int, random: np.random.Generator) -> Arguments:
    design = np.column_stack([np.ones(m), random.normal(0, 1, m), random.normal(0, 1, m)])
    data = random.normal(0, 1, (n, m))
    return {"data": data, "design": design, "start": data @ np.linalg.pinv(design).T}


def arc_models(m: int, random: np.random.Generator) -> dict[str, ArcModel]:
    """Models of the arcs' time series, by method."""
    day = np.cumsum(random.integers(6, 40, m + 1)).astype(np.float64)
    master = m // 2
    bperp = _baselines(m, random).astype(np.float32)
    stack = Interferograms.single_master(day, np.zeros(m + 1, np.float32), master)
    observed = dataclasses.replace(stack.of_columns(stack.observed), bperp=bperp)
    settings = TimeSettings("3D_FULL", observed, 730.0, True, TRIAL_WRAPS)
    images = connected_images(observed)
    return {
        name: arc_model(name, images, settings) for name in ("3D_FULL", "3D_QUICK", "3D_NO_DEF")
    }


def _edge_noise(n: int, m: int, random: np.random.Generator) -> Arguments:
    n_node, nodes = network(n, random)
    phase = np.cumsum(random.normal(0, 0.3, (n_node, m)), axis=1)
    ph = (random.uniform(1, 5, (n_node, 1)) * np.exp(1j * phase)).astype(np.complex64)
    return {"ph": ph, "nodes": nodes, "model": arc_models(m, random)["3D_FULL"]}


def _spatial_filter(n: int, m: int, random: np.random.Generator) -> Arguments:
    side = 50.0 * n**0.5  # 400 pixels per square kilometre, 200 in reach
    xy = random.uniform(0, side, (n, 2)).astype(np.float32)
    values = random.normal(0, 1, (n, m)).astype(np.float32)
    return {"xy": xy, "values": values, "wavelength": 100.0}


_BUILDERS: dict[str, Builder] = {
    "legacy_uniform": _legacy_uniform,
    "stage0_amplitude_sums": _amplitude_sums,
    "stage0_difference_sums": _difference_sums,
    "stage0_line_sums": _line_sums,
    "stage2_clap_filter": _clap_filter,
    "stage2_grid_accumulate": _grid_accumulate,
    "stage2_histogram": _histogram,
    "stage2_topofit": _topofit,
    "stage2_topofit_row_invariant": _topofit_row_invariant,
    "stage2_topofit_coh_row_invariant": _topofit_coherence,
    "stage2_weighted_phase": _weighted_phase,
    "stage3_cell_filter": _cell_filter,
    "stage4_edge_stats": _edge_stats,
    "stage6_grid_accumulate": _unwrap_accumulate,
    "stage6_nearest_node": _nearest_node,
    "stage6_annealed_series": _annealed,
    "stage7_scla": _scla,
    "accuracy_two_slopes": _two_slopes,
    "stage7_least_absolute": _least_absolute,
    "stage7_simplex_l1": _simplex,
    "stage8_edge_noise": _edge_noise,
    "stage8_spatial_filter": _spatial_filter,
}
