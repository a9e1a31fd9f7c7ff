"""Small made-up data sets for the tests of stage 7, stage 8 and the velocity."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps.model import Pixels
from pystamps.parameters import Parameters

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
