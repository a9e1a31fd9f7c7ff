"""``pystamps assess`` on small baselines: the truth belongs to images, and so do the results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from golden_truth import write_truth_of_golden_tree
from sb_small_examples import parts_of_images, write_finished_tree

from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat
from pystamps.products.assessment import assess_dataset
from pystamps.products.velocity import mm_per_radian, velocity_mm_per_year

pytestmark = pytest.mark.golden


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
