"""The truth of golden small baselines as the simulator writes its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.simulate.truth import TruthHeader
from pystamps.simulate.truth_writing import truth_writer


def write_truth_of_golden_tree(path: Path, golden: Path) -> tuple[np.ndarray, np.ndarray]:
    """Write the motion that the golden set was simulated from; give displacement and velocity.

    Of DEM errors the part that neighbours share; atmosphere and orbits are left 0: what is told
    about them is nothing.
    """
    known = np.load(golden / "truth.npz")
    shape, dates = known["v_away_mm_yr"].shape, known["ymd"].astype(int)
    years, reference = known["day_from_master"] / 365.25, int(known["master_ix0"])
    time = np.stack([years, known["f_seasonal"], known["f_transient"][0]])
    time -= time[:, [reference]]
    away = np.stack([known["v_away_mm_yr"], known["seasonal_mm"], known["transient_mm"][0]])
    velocity = np.einsum("s,sij->ij", np.polyfit(years, time.T, 1)[0], -away)
    header = TruthHeader(
        dates=dates, master=int(dates[reference]), wavelength_m=float(known["lam"]), shape=shape,
        phase_per_height=known["h2K"], look=known["look"], azimuth_s=np.zeros(shape[0]),
        baseline=known["bperp_nominal"], baseline_components=np.zeros((dates.size, 4)),
        displacement_time=time, atmosphere_nodes=np.zeros((dates.size, *shape), np.float32),
        node_steps=(1, 1), stratified=np.zeros(dates.size), mean_height_m=0.0,
        ramp=np.zeros((dates.size, 2)), settings="see truth.npz\n",
    )  # fmt: skip
    planes = {"velocity": velocity, "displacement_pattern": -away, "ps_mask": known["ps_mask"]}
    planes["dem_error"] = known["dem_err_corr_m"]
    with truth_writer(path, header, cubes=False) as truth:
        truth.write((0, shape[0]), planes)
    return np.einsum("st,sij->ijt", time, -away), velocity
