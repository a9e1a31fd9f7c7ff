"""Small made-up data sets for the tests of stage 7, stage 8 and the velocity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.io.artifacts import read_artifact, read_variable, write_artifact
from pystamps.io.mat import write_mat
from pystamps.model import Baselines, CorrelatedNoise, LookAngleError, Pixels, Unwrapped
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts

MASTER_IX = 3
DAY = 737000.0 + np.array([0.0, 24.0, 36.0, 60.0, 96.0, 108.0, 156.0, 168.0])
BPERP = np.array([-40.0, 110.0, -75.0, 0.0, 62.0, -130.0, 28.0, 90.0], dtype=np.float32)


def example_pixels(n_ps: int = 30, *, day: Any = DAY, master_ix: int = MASTER_IX) -> Pixels:
    """Give pixels scattered over 3 km x 3 km, sorted by y as stage 1 sorts them."""
    rng = np.random.default_rng(7)
    xy = rng.uniform(-1500, 1500, (n_ps, 2)).round(3)
    xy = xy[np.argsort(xy[:, 1])]
    number = np.arange(1.0, n_ps + 1)
    return Pixels(
        ij=np.column_stack([number, np.zeros((n_ps, 2))]),
        lonlat=np.column_stack([12 + xy[:, 0] / 84000, 41 + xy[:, 1] / 111000]),
        xy=np.column_stack([number, xy]).astype(np.float32),
        bperp=BPERP[: len(day)],
        day=np.asarray(day, dtype=np.float64),
        master_day=float(day[master_ix]),
        master_ix=master_ix,
        ll0=np.array([12.0, 41.0]),
    )


def example_bperp(n_ps: int = 30) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Give baselines that differ a little between pixels; 0 at the reference image."""
    scale = np.linspace(0.98, 1.02, n_ps, dtype=np.float32)
    return scale[:, None] * BPERP


def pixels_of_vector(inputs: dict[str, Any]) -> Pixels:
    """Give the pixels of a unit vector."""
    xy, day = inputs["xy"], inputs["day"].ravel()
    if "master_day" in inputs:
        master_day = float(inputs["master_day"].item())
    else:
        master_day = float(day[int(inputs["master_ix"].item()) - 1])
    return Pixels(
        ij=np.zeros((len(xy), 3)),
        lonlat=inputs.get("lonlat", np.zeros((len(xy), 2))),
        xy=xy,
        bperp=np.zeros(day.size),
        day=day,
        master_day=master_day,
        master_ix=int(np.searchsorted(day, master_day)),
        ll0=np.zeros(2),
    )


def parameters_of_vector(inputs: dict[str, Any]) -> Parameters:
    """Give the parameters of a unit vector ('y'/'n' and texts of infinity converted)."""
    known = {
        name: inputs["params"][name] for name in inputs["params"] if hasattr(Parameters(), name)
    }
    for name, value in known.items():
        if value in ("y", "n"):
            known[name] = value == "y"
        elif isinstance(value, list):
            known[name] = tuple(float(v) if isinstance(v, str) else v for v in value)
        elif value in ("inf", "-inf"):
            known[name] = float(value)
    return Parameters(**known)


def parts_of_tiny(shared_data: Path) -> PhaseParts:
    """Give the unwrapped phase of ``tiny`` and its parts as the original left them."""
    stages = shared_data / "tiny" / "stages"
    scla = read_artifact(LookAngleError, stages / "stage7" / "scla2.mat")
    return PhaseParts(
        pixels=read_artifact(Pixels, stages / "stage5" / "ps2.mat"),
        ph_uw=read_variable(Unwrapped, "ph_uw", stages / "stage6" / "phuw2.mat"),
        ph_scla=scla.ph_scla,
        c_ps_uw=scla.c_ps_uw,
        ph_scn=read_variable(CorrelatedNoise, "ph_scn_slave", stages / "stage8" / "scn2.mat"),
    )


def make_root(root: Path, n_ps: int = 30) -> Path:
    """Write the inputs of stage 7 for a made-up data set."""
    rng = np.random.default_rng(4)
    ph_uw = rng.normal(0, 2, (n_ps, DAY.size)).astype(np.float32)
    ph_uw[:, MASTER_IX] = 0
    root.mkdir(exist_ok=True)
    bperp_mat = rng.normal(0, 90, (n_ps, DAY.size - 1)).astype(np.float32)
    write_mat(root / "parms.mat", {"small_baseline_flag": "n", "insar_processor": "snap"})
    write_artifact(root / "ps2.mat", example_pixels(n_ps))
    write_artifact(root / "bp2.mat", Baselines(bperp_mat))
    write_artifact(root / "phuw2.mat", Unwrapped(ph_uw, np.zeros(DAY.size, dtype=np.float32)))
    return root
