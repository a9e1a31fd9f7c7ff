"""Merged pixels of a simulated stack whose only phase is delay, and its delays as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps import model
from pystamps.arrays import Float64
from pystamps.dates import datenum
from pystamps.io.artifacts import write_artifact
from pystamps.io.mat import write_mat
from pystamps.simulate import PRESETS, changed_scene
from pystamps.simulate.gacos_export import write_gacos_folder
from pystamps.simulate.stack import Stack, make_stack

PIXELS = 300
SCENE = {
    "acquisitions.interferograms": 5,
    "atmosphere.rms_rad": 3.0,
    "atmosphere.stratified_rad_per_km": 8.0,
}


@dataclass(frozen=True)
class DelayedTree:
    """A data set in which stage 6 has ended, on a scene without noise and motion.

    Attributes
    ----------
    root, gacos : Path
    stack : Stack
    phase : float64, (n_ps, n_image), true phase of the delay of each image, rad
    pixels : Pixels
    incidence : float64, (n_ps,)
    """

    root: Path
    gacos: Path
    stack: Stack
    phase: Float64
    pixels: model.Pixels
    incidence: Float64

    @property
    def dates(self) -> list[str]:
        return [f"{date:%Y%m%d}" for date in self.stack.dates]

    @property
    def truth(self) -> Float64:
        """True phase of the interferograms, rad: (n_ps, n_ifg)."""
        return self.phase @ self.pixels.interferograms.design().T


def delayed_tree(folder: Path, *, pairs: list[tuple[int, int]] | None = None) -> DelayedTree:
    """Write the tree; with pairs (0-based images) it is one of small baselines."""
    stack = make_stack(changed_scene(PRESETS["tiny"], SCENE))
    rng, scene = np.random.default_rng(7), stack.scene
    line, sample = (
        rng.uniform(0, scene.lines - 1, PIXELS),
        rng.uniform(0, scene.samples - 1, PIXELS),
    )
    lon, lat = stack.geometry.lonlat(line, sample)
    height = stack.heights.at(line, sample).astype(np.float64)
    phase = np.stack(
        [_delay_phase(stack, k, line, sample, height) for k in range(len(stack.dates))]
    )
    day = np.array([datenum(f"{date:%Y%m%d}") for date in stack.dates])
    reference, baselines = stack.master, stack.centre_baseline_m.astype(np.float32)
    images = None if pairs is None else np.array(pairs)
    bperp = baselines if images is None else baselines[images[:, 1]] - baselines[images[:, 0]]
    pixels = model.Pixels(
        ij=np.column_stack([np.arange(1, PIXELS + 1), line, sample]),
        lonlat=np.column_stack([lon, lat]),
        xy=np.column_stack([np.arange(1, PIXELS + 1), sample * 10, line * 10]).astype(np.float32),
        bperp=bperp, day=day, master_day=day[reference], master_ix=reference,
        ll0=np.array([lon.mean(), lat.mean()]), pairs=images,
    )  # fmt: skip
    columns = np.arange(stack.geometry.incidence.size)
    incidence = np.interp(sample, columns, stack.geometry.incidence)
    look = np.interp(sample, columns, stack.geometry.look)
    tree = DelayedTree(folder / "run", folder / "gacos", stack, phase.T, pixels, incidence)
    tree.root.mkdir(parents=True)
    _write(tree, height, look)
    write_gacos_folder(stack, tree.gacos)
    return tree


def _delay_phase(stack: Stack, image: int, line: Float64, sample: Float64, height: Float64):
    turbulent = stack.grid.at(stack.delays.turbulent[image], line, sample).astype(np.float64)
    above = (height - stack.heights.mean_m) / 1000
    return turbulent + stack.delays.stratified[image] * above


def _write(tree: DelayedTree, height: Float64, look: Float64) -> None:
    is_small = tree.pixels.pairs is not None
    write_artifact(tree.root / "ps2.mat", tree.pixels)
    write_artifact(tree.root / "hgt2.mat", model.Height(height))
    angle = look if is_small else tree.incidence  # as stage 1 keeps them
    write_artifact(tree.root / "la2.mat", model.LookAngle(angle))
    write_mat(
        tree.root / "parms.mat",
        {"lambda": tree.stack.geometry.wavelength_m, "heading": -12.0, "insar_processor": "snap",
         "small_baseline_flag": "y" if is_small else "n"},
    )  # fmt: skip
    ph_uw = tree.truth.astype(np.float32)
    noise = np.zeros(ph_uw.shape[1], np.float32)
    if is_small:
        write_artifact(tree.root / "phuw_sb2.mat", model.UnwrappedPairs(ph_uw, noise))
    else:
        write_artifact(tree.root / "phuw2.mat", model.Unwrapped(ph_uw, noise))
