"""A second unwrapping by a model of arcs, on directories: a steep bowl, a jump, noise."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stage6_trees import write_tree

from pystamps.config import RunConfig
from pystamps.config.accuracy_settings import Accuracy
from pystamps.io.artifacts import read_artifact
from pystamps.io.stage_records import stage_warnings
from pystamps.model import AccuratePhase, ArcCycles, Pixels, Unwrapped
from pystamps.pipeline.entry.accurate_phase import product_accurate_phase
from pystamps.pipeline.entry.arc_cycles import product_arc_cycles
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.space_time import SCRATCH

TWO_PI = 2 * np.pi
RNG = np.random.default_rng(8)
N_PS, N_IMAGE, REFERENCE = 1500, 25, 12
DAY = 736000.0 + 24 * np.arange(N_IMAGE)
YEARS = (DAY - DAY[REFERENCE]) / 365.25
BPERP = np.where(np.arange(N_IMAGE) == REFERENCE, 0, RNG.normal(0, 120, N_IMAGE)).astype(np.float32)
XY = np.column_stack([np.arange(1, N_PS + 1), RNG.uniform(0, 2400, (N_PS, 2))]).astype(np.float32)
PAIRS = np.array([[i, j] for i in range(N_IMAGE) for j in (i + 1, i + 8) if j < N_IMAGE])
ARCS = Accuracy(unwrap_model="arcs")
_RAD_PER_MM = 4 * np.pi / 55.5


def true_phase(mm_per_year: float, time: np.ndarray = YEARS, noise: float = 0.4) -> np.ndarray:
    """Phase of a bowl of 150 m in radius, heights and smooth atmosphere, (n_ps, n_image)."""
    distance = np.hypot(*(XY[:, 1:] - 1200).T)
    bowl = mm_per_year * _RAD_PER_MM * np.exp(-(distance**2) / (2 * 150**2))
    height = RNG.normal(0, 2e-3, N_PS)
    smooth = np.sin(XY[:, 1:2] / 1500) * RNG.normal(0, 1, N_IMAGE)
    phase = bowl[:, None] * time + height[:, None] * BPERP + smooth
    phase += RNG.normal(0, noise, phase.shape)
    return phase - phase[:, [REFERENCE]]


def tree(root: Path, phase: np.ndarray, *, is_paired: bool = False) -> Path:
    """Write a data set of that phase, and unwrap it as StaMPS does."""
    pixels = Pixels(
        ij=np.zeros((N_PS, 3)), lonlat=np.zeros((N_PS, 2)), xy=XY, bperp=BPERP, day=DAY,
        master_day=DAY[REFERENCE], master_ix=REFERENCE, ll0=np.zeros(2), mean_incidence=0.6,
    )  # fmt: skip
    parameters = {"unwrap_gold_n_win": 8.0}
    if is_paired:
        bperp = (BPERP[PAIRS[:, 1]] - BPERP[PAIRS[:, 0]]).astype(np.float64)
        pixels = replace(pixels, pairs=PAIRS.astype(np.int64), bperp=bperp)
        phase = phase[:, PAIRS[:, 1]] - phase[:, PAIRS[:, 0]]
        parameters |= {"small_baseline_flag": "y", "unwrap_method": "3D_QUICK"}
    write_tree(root, pixels, np.exp(1j * phase), parameters=parameters)
    stage6_unwrap(root, config(root))
    return root


def config(root: Path) -> RunConfig:
    return RunConfig(dataset=root, accuracy=ARCS)


def share_in_wrong_cycle(phase: np.ndarray, truth: np.ndarray) -> float:
    cycles = np.rint((phase - truth) / TWO_PI)
    cycles -= np.rint(np.median(cycles, axis=0))
    return np.count_nonzero(cycles) / cycles.size


def unwrapped(root: Path) -> tuple[np.ndarray, np.ndarray]:
    """Give the phase of the images of stage 6, and that of the accuracy modes."""
    product_arc_cycles(root, config(root))
    product_accurate_phase(root, config(root))
    own = read_artifact(AccuratePhase, root / "accurate_uw.mat")
    return np.asarray(read_artifact(Unwrapped, root / "phuw2.mat").ph_uw), np.asarray(own.ph_uw)


@pytest.mark.parametrize(
    ("is_paired", "deepest_mm"),
    [(False, 70), (True, 100)],
    ids=["one reference", "small baselines"],
)
def test_wrong_cycles_of_a_bowl_too_steep_for_the_grid_are_put_right(
    tmp_path: Path, is_paired: bool, deepest_mm: float
) -> None:
    truth = true_phase(-deepest_mm)
    root = tree(tmp_path / "data", truth, is_paired=is_paired)
    kept = {path: path.read_bytes() for path in root.glob("*.mat")}
    before, after = unwrapped(root)
    assert share_in_wrong_cycle(before, truth) > 0.005
    assert share_in_wrong_cycle(after, truth) < 0.1 * share_in_wrong_cycle(before, truth)
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert not (root / SCRATCH / "arc_cycles").exists()
    model = read_artifact(ArcCycles, root / "accurate_arcs.mat")
    deepest = np.hypot(*(XY[:, 1:] - 1200).T) < 40
    assert 0.7 < np.mean(model.v[deepest]) / deepest_mm < 1.1


def test_a_jump_that_no_velocity_explains_does_no_harm(tmp_path: Path) -> None:
    truth = true_phase(-45, np.where(YEARS > 0.2, 1.0, 0.0))
    before, after = unwrapped(tree(tmp_path / "data", truth))
    assert share_in_wrong_cycle(after, truth) <= share_in_wrong_cycle(before, truth) + 2e-4


def test_a_seasonal_bowl_is_told_and_no_cycle_of_it_becomes_worse(tmp_path: Path) -> None:
    truth = true_phase(60, np.sin(TWO_PI * YEARS))
    root = tree(tmp_path / "data", truth)
    before, after = unwrapped(root)
    assert share_in_wrong_cycle(before, truth) > 0.02
    assert share_in_wrong_cycle(after, truth) <= share_in_wrong_cycle(before, truth)
    (warning,) = stage_warnings(root)
    assert "the motion is not steady in places" in warning.text


def test_noise_switches_the_model_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = tree(tmp_path / "data", true_phase(0, noise=3.0))
    with caplog.at_level(logging.WARNING):
        product_arc_cycles(root, config(root))
    assert "accuracy.unwrap_model: arcs changes nothing here" in caplog.text
    (warning,) = stage_warnings(root)
    assert warning.stage == "product_arc_cycles" and "changes nothing here" in warning.text
    assert not np.asarray(read_artifact(ArcCycles, root / "accurate_arcs.mat").cycles).any()
