"""Small scenes for tests of the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.simulate import Scene, changed_scene
from pystamps.simulate.stack import Stack, make_stack

QUIET = changed_scene(
    Scene(),
    {
        "lines": 40,
        "samples": 50,
        "acquisitions.interferograms": 12,
        "preparation.overlap": (5, 5),
        "atmosphere.rms_rad": 0.0,
        "atmosphere.stratified_rad_per_km": 0.0,
        "atmosphere.ramp_rad": 0.0,
        "scatterers.phase_noise_rad": 0.0,
        "scatterers.density_per_km2": 700.0,
        "scatterers.clustering": 0.0,
        "scatterers.signal_to_clutter_db": 80.0,
        "scatterers.signal_to_clutter_std_db": 0.0,
        "deformation": (),
        "dem_error.uncorrelated_m": 0.0,
        "dem_error.correlated_m": 0.0,
    },
)
"""Nothing but bright scatterers: what a test switches on is all there is."""


def quiet(changes: Mapping[str, Any]) -> Scene:
    """Give the quiet scene with something switched on."""
    return changed_scene(QUIET, changes)


def images_of(stack: Stack) -> np.ndarray:
    """Give all images without topographic phase: (images, lines, samples)."""
    shape = (len(stack.dates), stack.scene.lines, stack.scene.samples)
    images = np.empty(shape, np.complex64)
    for number, span in enumerate(stack.spans):
        for k, image in stack.block(number).images():
            images[k, span[0] : span[1]] = image
    return images


def phase_of(scene: Scene) -> tuple[np.ndarray, Stack]:
    """Give the interferometric phase (images, scatterers) at the scatterers, and the stack."""
    stack = make_stack(scene)
    images = images_of(stack)[:, stack.scatterers.line, stack.scatterers.sample]
    return np.angle(images[stack.master] * np.conj(images)), stack


def file_contents(root: Path) -> dict[str, bytes]:
    """Give the contents of all files but those that hold the time of writing."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.suffix not in (".mat", ".h5")
    }
