"""Data sets for the tests of stage 6: from unit vectors, and made up with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import write_mat
from pystamps.model import (
    Baselines,
    CorrectedPhase,
    Pixels,
    SelectedNoise,
    SpaceTime,
    UnwrapArcs,
    UnwrapGrid,
)
from pystamps.pipeline.space_time import SCRATCH
from pystamps.stages.stage6_costs import arc_statistics, interferogram_costs

DAY = 736000.0 + np.array([0.0, 24, 48, 84, 120, 132, 180, 216, 240])
MASTER_IX = 4
BPERP = np.array([40.0, -85, 120, 15, 0, -60, 95, -130, 70], dtype=np.float32)
PARAMETERS = {
    "small_baseline_flag": "n",
    "lambda": 0.0555,
    "unwrap_grid_size": 200.0,
    "unwrap_gold_n_win": 8.0,
}


def write_tree(root: Path, pixels: Pixels, ph_rc: Any, **more: Any) -> Path:
    """Write the inputs of stage 6; ``more``: k_ps, ph_patch, bperp_mat, parameters."""
    root.mkdir(parents=True, exist_ok=True)
    interferograms = pixels.interferograms
    n_ps, n_used = pixels.n_ps, interferograms.n_observed
    write_mat(root / "parms.mat", PARAMETERS | more.get("parameters", {}))
    write_artifact(root / "ps2.mat", pixels)
    ph_rc = ph_rc.astype(np.complex64)
    write_artifact(root / "rc2.mat", CorrectedPhase(ph_rc, ph_rc))
    observed = interferograms.observed_bperp
    bperp_mat = more.get("bperp_mat", np.repeat(observed[None], n_ps, axis=0))
    write_artifact(root / "bp2.mat", Baselines(bperp_mat))
    k_ps = more.get("k_ps", np.zeros(n_ps)).astype(np.float64)
    ph_patch = more.get("ph_patch", np.ones((n_ps, n_used))).astype(np.complex64)
    noise = SelectedNoise(ph_patch, np.zeros((n_ps, n_used), np.float32), k_ps, k_ps, 0 * k_ps)
    write_artifact(root / "pm2.mat", noise)
    return root


def tree_of_vector(root: Path, inputs: dict[str, Any]) -> Path:
    """Write the inputs of a vector of the whole chain."""
    parameters = {name: value for name, value in inputs["params"].items() if value != []}
    n_ps = len(inputs["xy"])
    pixels = Pixels(
        ij=np.zeros((n_ps, 3)),
        lonlat=np.zeros((n_ps, 2)),
        xy=inputs["xy"],
        bperp=inputs["bperp"].ravel(),
        day=inputs["day"].ravel(),
        master_day=float(inputs["master_day"].item()),
        master_ix=int(inputs["master_ix"].item()) - 1,
        ll0=np.zeros(2),
        mean_incidence=float(inputs["mean_incidence"].item()),
        pairs=inputs["ifgday_ix"].astype(np.int64) - 1 if "ifgday_ix" in inputs else None,
    )
    more = {"k_ps": inputs["K_ps"].ravel(), "bperp_mat": inputs["bperp_mat"]}
    if "pm2.ph_patch" in inputs:
        more["ph_patch"] = inputs["pm2.ph_patch"]
    write_tree(root, pixels, inputs["ph_rc"], parameters=parameters, **more)
    for file in ("scla_smooth2", "scla_smooth_sb2"):
        scla = {n.split(".")[1]: inputs[n] for n in inputs if n.startswith(f"{file}.")}
        if scla:
            defaults = {"ph_scla": np.zeros((n_ps, pixels.n_ifg)), "C_ps_uw": np.zeros((n_ps, 1))}
            write_mat(root / f"{file}.mat", defaults | {"ph_ramp": np.zeros((0, 0))} | scla)
    if "phuw_sb2.ph_uw_before" in inputs:
        before = {"ph_uw": inputs["phuw_sb2.ph_uw_before"], "msd": np.zeros((pixels.n_ifg, 1))}
        write_mat(root / "phuw_sb2.mat", before)
    delays = {n.partition(".")[2]: values for n, values in inputs.items() if n.startswith("tca2.")}
    if delays:
        write_mat(root / "tca2.mat", delays)
    return root


def costs_of_tree(root: Path) -> list[Any]:
    """Give the cost file of every interferogram, computed from the artifacts of stage 6."""
    grid = read_artifact(UnwrapGrid, root / "uw_grid.mat")
    arcs = read_artifact(UnwrapArcs, root / "uw_interp.mat")
    space_time = read_artifact(SpaceTime, root / SCRATCH / "space_time.mat")
    return cost_files(grid, arcs, space_time)


def cost_files(grid: UnwrapGrid, arcs: UnwrapArcs, space_time: SpaceTime) -> list[Any]:
    """Give the cost file of every interferogram as one stream of 16-bit numbers."""
    statistics = arc_statistics(space_time, arcs, grid)
    costs = [interferogram_costs(statistics, k) for k in range(grid.ph.shape[1])]
    return [np.concatenate([c.rows.ravel(), c.columns.ravel()]) for c in costs]


def made_up_phase(*, n_ps: int = 900, noise: float = 0.05) -> tuple[Pixels, Any]:
    """Give pixels on 3 km x 3 km and the true phase: a bowl that deepens with time."""
    rng = np.random.default_rng(606)
    xy = rng.uniform(0, 3000, (n_ps, 2))
    xy = xy[np.argsort(xy[:, 1])]
    years = (DAY - DAY[MASTER_IX]) / 365.25
    bowl = np.exp(-((xy[:, 0] - 1500) ** 2 + (xy[:, 1] - 1500) ** 2) / (2 * 800.0**2))
    truth = 25 * bowl[:, None] * years + rng.normal(0, noise, (n_ps, DAY.size))
    truth[:, MASTER_IX] = 0
    number = np.arange(1.0, n_ps + 1)
    pixels = Pixels(
        ij=np.column_stack([number, np.zeros((n_ps, 2))]),
        lonlat=np.zeros((n_ps, 2)),
        xy=np.column_stack([number, xy]).astype(np.float32),
        bperp=BPERP,
        day=DAY,
        master_day=float(DAY[MASTER_IX]),
        master_ix=MASTER_IX,
        ll0=np.zeros(2),
        mean_incidence=0.6,
    )
    return pixels, truth
