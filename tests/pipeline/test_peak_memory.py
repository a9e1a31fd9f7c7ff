"""Peak memory of stages on the merged pixels, against the artifacts that they read and write."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from unwrapped_examples import example_pixels

from pystamps.io.artifacts import artifact_name, write_artifact
from pystamps.io.mat import write_mat
from pystamps.model import Baselines, Unwrapped

N_PS, N_IFG = 150_000, 40
LIMIT = 1.5
PROGRAM = """
import resource, sys
from pathlib import Path
import numba, scipy.io, scipy.spatial
from pystamps.config import KernelSettings, RunConfig
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.pipeline.entry.stage7 import stage7_calc_scla

def peak_kb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

idle, root = peak_kb(), Path(sys.argv[2])
run = {"stage7": stage7_calc_scla, "velocity": product_mean_velocity}[sys.argv[1]]
run(root, RunConfig(root, kernels=KernelSettings("python")))
print((peak_kb() - idle) / 1024)
"""


@pytest.fixture(scope="module")
def large_tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("large")
    random = np.random.default_rng(3)
    day = 737000.0 + 12 * np.arange(N_IFG)
    pixels = replace(
        example_pixels(N_PS, day=day), bperp=random.normal(0, 80, N_IFG).astype(np.float32)
    )
    write_mat(root / "parms.mat", {"small_baseline_flag": "n", "lambda": 0.056, "heading": -12.0})
    write_artifact(root / "ps2.mat", pixels)
    ph_uw = random.normal(0, 3, (N_PS, N_IFG)).astype(np.float32)
    write_artifact(root / "phuw2.mat", Unwrapped(ph_uw, np.zeros(N_IFG, dtype=np.float32)))
    bperp_mat = random.normal(0, 80, (N_PS, N_IFG - 1)).astype(np.float32)
    write_artifact(root / artifact_name(Baselines, 2), Baselines(bperp_mat))
    return root


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory as Linux gives it")
@pytest.mark.parametrize(
    ("stage", "files"),
    [
        ("stage7", ["ps2", "phuw2", "bp2", "scla2", "scla_smooth2"]),
        ("velocity", ["ps2", "phuw2", "scla2", "mean_v"]),
    ],
)
def test_peak_memory_is_below_one_and_a_half_times_the_artifacts(large_tree, stage, files):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, stage, str(large_tree)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    artifacts = sum((large_tree / f"{name}.mat").stat().st_size for name in files) / 2**20
    assert float(done.stdout) < LIMIT * artifacts, f"{done.stdout} MB for {artifacts:.0f} MB"
