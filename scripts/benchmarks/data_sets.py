"""The data sets that stages are measured on: copies, or simulated ones of a size."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from pystamps.io.dataset import discover_dataset
from pystamps.progress import silent
from pystamps.simulate.scene import PRESETS, Scene, changed_scene
from pystamps.simulate.writer import WriteOptions, simulate_dataset

DEMO_CANDIDATES, TINY_CANDIDATES = 11_800, 5_000
"""What the ready-made scenes give without the overlap of patches, which matters less at scale."""

_PER_PATCH = 120_000


def copy_writable(source: Path, target: Path) -> None:
    """Copy a data set that may be read-only."""
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def count_candidates(root: Path) -> int:
    """Count the lines of the candidate lists."""
    lists = [patch.directory / "pscands.1.ij" for patch in discover_dataset(root).patches]
    return sum(path.read_bytes().count(b"\n") for path in lists)


def simulated(size: int, root: Path, *, interferograms: int, threads: int) -> Path:
    """Simulate a stack of about so many candidates."""
    patches = max(2, math.ceil(size / _PER_PATCH))
    scene = changed_scene(
        scene_of(size),
        {
            "acquisitions.interferograms": interferograms,
            "preparation.patches": (1, patches),
        },
    )
    options = WriteOptions(workers=threads, truth_cubes=False)
    simulate_dataset(root, scene, options=options, progress=silent)
    return root


def scene_of(size: int) -> Scene:
    """Give the demonstration with a larger area, or the tiny scene with fewer scatterers."""
    if size < TINY_CANDIDATES:
        tiny = PRESETS["tiny"]
        density = tiny.scatterers.density_per_km2 * size / TINY_CANDIDATES
        return changed_scene(tiny, {"scatterers.density_per_km2": density})
    demo, scale = PRESETS["demo"], math.sqrt(size / DEMO_CANDIDATES)
    return changed_scene(
        demo, {"lines": round(demo.lines * scale), "samples": round(demo.samples * scale)}
    )
