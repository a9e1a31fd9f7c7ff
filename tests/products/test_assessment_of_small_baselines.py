"""``pystamps assess`` on small baselines: the truth belongs to images, and so do the results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sb_small_examples import parts_of_images, write_finished_tree

from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat
from pystamps.products.assessment import assess_dataset
from pystamps.products.velocity import mm_per_radian, velocity_mm_per_year
from pystamps.simulate.truth import TruthHeader
from pystamps.simulate.truth_writing import truth_writer

pytestmark = pytest.mark.golden


def write_truth_of_golden_tree(path: Path, golden: Path) -> tuple[np.ndarray, np.ndarray]:
    """Write the motion that the golden set was simulated from; give displacement and velocity.

    Atmosphere, orbits and DEM errors are left 0: what is told about them here is nothing.
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
        ramp=np.zeros((dates.size, 2)), settings="seed: 606\n",
    )  # fmt: skip
    planes = {"velocity": velocity, "displacement_pattern": -away, "ps_mask": known["ps_mask"]}
    with truth_writer(path, header, cubes=False) as truth:
        truth.write((0, shape[0]), planes)
    return np.einsum("st,sij->ijt", time, -away), velocity


def test_velocity_and_displacement_of_the_images_are_compared_with_the_truth(
    shared_data: Path, tmp_path: Path
):
    root = write_finished_tree(tmp_path)
    displacement, velocity = write_truth_of_golden_tree(root / "truth.h5", shared_data / "sb_small")
    found = assess_dataset(root, root / "truth.h5")
    parts = parts_of_images()
    line, sample = np.rint(parts.pixels.ij[:, 1:]).astype(int).T
    wavelength = float(read_mat(root / "parms.mat")["lambda"].item())
    estimated = velocity_mm_per_year(read_mat(root / "mean_v.mat")["m"], wavelength)
    error = estimated - velocity[line, sample]
    assert found.velocity.count == error.size == 4258
    assert found.velocity.bias == pytest.approx(error.mean(), abs=1e-3)
    assert found.velocity.rms == pytest.approx(error.std(), abs=1e-3)
    assert found.velocity_of_scatterers.correlation > 0.6  # 12 images of half a year
    images = np.asarray(parts.ph_uw) - np.asarray(parts.ph_scla) - parts.c_ps_uw[:, None]
    images = (images - np.asarray(parts.ph_scn)) * -mm_per_radian(wavelength)
    images[:, parts.pixels.interferograms.reference_ix] = 0
    is_ps = np.load(shared_data / "sb_small" / "truth.npz")["ps_mask"][line, sample]
    left = (images - displacement[line, sample])[is_ps]
    plane = np.column_stack([np.ones(len(left)), parts.pixels.xy[is_ps, 1:]])
    left = left - plane @ np.linalg.lstsq(plane, left, rcond=None)[0]
    np.testing.assert_allclose(found.series.rms_mm, left.std(axis=0), atol=1e-4)
    assert 1 < found.series.median_rms_mm < 4


def test_a_truth_of_another_program_is_refused(shared_data: Path, tmp_path: Path):
    root = write_finished_tree(tmp_path)
    golden = shared_data / "sb_small" / "truth.npz"
    with pytest.raises(ArtifactError, match=r"truth\.npz: cannot be read as HDF5"):
        assess_dataset(root, golden)
