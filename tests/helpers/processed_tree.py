"""A small processed data set made by hand: what figures and the assessment read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps import model
from pystamps.dates import yyyymmdd
from pystamps.io.artifacts import artifact_name, write_artifact
from pystamps.io.mat import write_mat
from pystamps.simulate.truth import TruthHeader
from pystamps.simulate.truth_writing import truth_writer

WAVELENGTH = 0.0555
DAYS = 737061.0 + np.array([0.0, 24.0, 48.0, 96.0, 120.0, 480.0])
MASTER = 2
SIZE = (12, 15)
"""Lines and samples of the image."""


def write_processed_tree(
    root: Path, velocity_mm_yr: np.ndarray, line: np.ndarray, sample: np.ndarray
) -> None:
    """Write merged and patch artifacts of pixels that move with a constant velocity."""
    n_ps, n_ifg = line.size, DAYS.size
    years = (DAYS - DAYS[MASTER]) / 365.25
    rad_per_mm = -4 * np.pi / (WAVELENGTH * 1000)
    phase = rad_per_mm * velocity_mm_yr[:, None] * years
    slope = rad_per_mm * velocity_mm_yr / 365.25
    merged = (
        (_pixels(line, sample), 2),
        (model.MeanVelocity(np.stack([np.zeros(n_ps), slope]).astype(np.float32)), None),
        (model.Unwrapped(phase.astype(np.float32), np.zeros(n_ifg, np.float32)), 2),
        (model.CorrectedPhase(_phasor(phase), _phasor(phase)), 2),
        (model.InterferogramNoise(np.linspace(20, 50, n_ifg).astype(np.float32)), 2),
        (_selected_noise(n_ps, n_ifg), 2),
        (_look_angle_error(n_ps, n_ifg), 2),
    )
    for artifact, generation in merged:
        write_artifact(root / artifact_name(type(artifact), generation), artifact)
    write_mat(
        root / "parms.mat",
        {"lambda": WAVELENGTH, "heading": -12.0, "insar_processor": "snap",
         "small_baseline_flag": "n"},
    )  # fmt: skip
    (root / "patch.list").write_text("PATCH_1\n")
    patch = root / "PATCH_1"
    patch.mkdir()
    (patch / "pscands.1.ij").write_text("")
    (patch / "patch.in").write_text("1\n15\n1\n12\n")
    dispersion = model.AmplitudeDispersion(np.linspace(0.05, 0.4, n_ps))
    write_artifact(patch / artifact_name(type(dispersion), 1), dispersion)
    # of pm1 the figures read these two variables alone
    write_mat(
        patch / "pm1.mat",
        {"coh_ps": np.linspace(0.1, 0.99, n_ps)[:, None], "Nr": np.ones((1, 100))},
    )


def _pixels(line: np.ndarray, sample: np.ndarray) -> model.Pixels:
    n_ps = line.size
    number = np.arange(1.0, n_ps + 1)
    return model.Pixels(
        ij=np.column_stack([number, line, sample]).astype(np.float64).reshape(n_ps, 3),
        lonlat=np.column_stack([10 + sample / 1000, 45 + line / 1000]).reshape(n_ps, 2),
        xy=np.column_stack([number, sample * 80.0, line * 110.0])
        .astype(np.float32)
        .reshape(n_ps, 3),
        bperp=np.array([50.0, -30.0, 0.0, 10.0, 120.0, -80.0], np.float32),
        day=DAYS,
        master_day=float(DAYS[MASTER]),
        master_ix=MASTER,
        ll0=np.array([10.0, 45.0]),
        mean_incidence=0.6,
        mean_range=8.5e5,
    )


def _phasor(phase: np.ndarray) -> np.ndarray:
    return np.exp(1j * phase).astype(np.complex64)


def _selected_noise(n_ps: int, n_ifg: int) -> model.SelectedNoise:
    return model.SelectedNoise(
        ph_patch=np.ones((n_ps, n_ifg - 1), np.complex64),
        ph_res=np.zeros((n_ps, n_ifg - 1), np.float32),
        coh_ps=np.linspace(0.5, 0.99, n_ps),
        k_ps=np.full(n_ps, 0.001),
        c_ps=np.zeros(n_ps),
    )


def _look_angle_error(n_ps: int, n_ifg: int) -> model.LookAngleError:
    return model.LookAngleError(
        ph_scla=np.zeros((n_ps, n_ifg), np.float32),
        k_ps_uw=np.full(n_ps, 0.0005),
        c_ps_uw=np.zeros(n_ps, np.float32),
        ph_ramp=np.zeros((0, 0)),
        ifg_vcm=np.eye(n_ifg),
    )


def write_truth_of_tree(
    path: Path, n_images: int = DAYS.size, *, atmosphere: np.ndarray | None = None
) -> TruthHeader:
    """Write a truth in which pixels move with -20 + line + sample / 2 mm/yr.

    The look-angle error of the tree, 0.0005 rad/m everywhere, is 3 m above that of the truth;
    every second pixel of the image is a persistent scatterer. There is no atmosphere unless one is
    given, (images, lines, samples), rad.
    """
    line, sample = np.indices(SIZE)
    per_height = np.linspace(-4.5e-4, -4.0e-4, SIZE[1])
    velocity = (-20.0 + line + 0.5 * sample).astype(np.float32)
    header = TruthHeader(
        dates=np.array([int(yyyymmdd(day)) for day in DAYS[:n_images]]),
        master=int(yyyymmdd(DAYS[MASTER])),
        wavelength_m=WAVELENGTH,
        shape=SIZE,
        phase_per_height=per_height,
        look=np.full(SIZE[1], 0.6),
        azimuth_s=np.zeros(SIZE[0]),
        baseline=np.zeros(n_images),
        baseline_components=np.zeros((n_images, 4)),
        displacement_time=((DAYS - DAYS[MASTER]) / 365.25)[None, :n_images],
        atmosphere_nodes=np.zeros((n_images, *SIZE), np.float32)
        if atmosphere is None
        else atmosphere.astype(np.float32),
        node_steps=(1, 1),
        stratified=np.zeros(n_images),
        mean_height_m=0.0,
        ramp=np.zeros((n_images, 2)),
        settings="seed: 1\n",
    )
    planes = {
        "velocity": velocity,
        "displacement_pattern": velocity[None],
        "dem_error": np.broadcast_to(0.0005 / per_height - 3.0, SIZE).astype(np.float32),
        "ps_mask": (line + sample) % 2 == 0,
    }
    with truth_writer(path, header, cubes=False) as truth:
        truth.write((0, SIZE[0]), planes)
    return header
