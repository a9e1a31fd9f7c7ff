"""A pixel thousands of kilometres away ends every stage by name, before memory is asked for."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from unwrapped_examples import example_pixels

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import write_artifact
from pystamps.io.mat import write_mat
from pystamps.model import Pixels
from pystamps.stage_table import STAGES, Stage
from pystamps.stages.far_pixels import LARGEST_GRID, refuse_far_pixels, refuse_vast_grid
from pystamps.stages.filter_grid import filter_grid, low_pass_gain
from pystamps.stages.stage6_grid import cells_of_pixels

READERS = [stage for stage in STAGES if any("ps1.mat" in n or "ps2.mat" in n for n in stage.inputs)]
"""Every stage and product that reads positions."""


def damaged(pixels: Pixels, kind: str) -> Pixels:
    """Give pixels whose number 8 has one wrong number."""
    name, column, value = {
        "x": ("xy", 1, 5e6),
        "y": ("xy", 2, -3e7),
        "longitude": ("lonlat", 0, -168.0),
        "latitude": ("lonlat", 1, -41.0),
    }[kind]
    values = getattr(pixels, name).copy()
    values[7, column] = value
    return replace(pixels, **{name: values})


def tree_with(root: Path, pixels: Pixels) -> Path:
    """Write what a stage reads first; everything else is missing."""
    (root / "PATCH_1").mkdir(parents=True)
    (root / "patch.list").write_text("PATCH_1\n")
    write_mat(root / "parms.mat", {"small_baseline_flag": "n", "lambda": 0.0555, "heading": 190.0})
    for name in ("ps2.mat", "PATCH_1/ps1.mat", "PATCH_1/ps2.mat"):
        write_artifact(root / name, pixels)
    return root


@pytest.mark.parametrize("kind", ["x", "y", "longitude", "latitude"])
@pytest.mark.parametrize("stage", READERS, ids=lambda stage: stage.name)
def test_a_stage_names_the_pixel_the_file_and_what_to_do(tmp_path: Path, stage: Stage, kind: str):
    root = tree_with(tmp_path / "data", damaged(example_pixels(), kind))
    directory = root / "PATCH_1" if stage.scope == "patch" else root
    before = sorted(root.rglob("*.mat"))
    tracemalloc.start()
    with pytest.raises(ArtifactError) as error:
        stage.load()(directory, RunConfig(dataset=root))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    message = str(error.value)
    assert "mat: pixel 8 of 30 lies " in message and "km from the middle of the others" in message
    assert "Correct pscands.1.ll" in message and "\n" not in message
    assert peak < 100e6
    assert sorted(root.rglob("*.mat")) == before


def test_every_stage_from_2_on_is_asked():
    assert {stage.step for stage in READERS} == set(range(2, 9))
    assert len(READERS) == len(STAGES) - 1


def test_pixels_of_a_large_scene_are_no_far_ones():
    pixels = example_pixels()
    wide = np.linspace(-9e5, 9e5, 30).astype(np.float32)
    xy = np.column_stack([pixels.xy[:, 0], wide, 0 * wide]).astype(np.float32)
    lonlat = np.column_stack([np.linspace(175, 193, 30), np.full(30, 20.0)])
    lonlat[lonlat[:, 0] > 180, 0] -= 360  # on both sides of the 180th meridian
    refuse_far_pixels(replace(pixels, xy=xy, lonlat=lonlat), Path("ps2.mat"))
    missing = pixels.lonlat.copy()
    missing[3] = np.nan
    refuse_far_pixels(replace(pixels, lonlat=missing), Path("ps2.mat"))
    none = example_pixels(30)
    nothing = {name: getattr(none, name)[:0] for name in ("ij", "lonlat", "xy")}
    refuse_far_pixels(replace(none, **nothing), Path("ps2.mat"))


def test_several_far_pixels_are_counted_and_the_farthest_is_named():
    pixels = damaged(damaged(example_pixels(), "y"), "longitude")
    pixels.xy[9, 1] = 4e6
    with pytest.raises(ArtifactError, match=r"ps2.mat: pixel 8 .* \(2 such pixels\)"):
        refuse_far_pixels(pixels, Path("ps2.mat"))


def test_grids_have_an_upper_bound_before_memory_is_asked_for():
    xy = np.array([[0, 0], [9e5, 9e5], [5, 5]], dtype=np.float32)
    three = np.column_stack([np.arange(3), xy]).astype(np.float32)
    tracemalloc.start()
    with pytest.raises(ParameterError, match=r"filter_grid_size: .* choose 55 m or more"):
        filter_grid(xy, 10.0)
    with pytest.raises(ParameterError, match="unwrap_grid_size: cells of 10 m"):
        cells_of_pixels(three, 10.0)
    with pytest.raises(ParameterError, match="unwrap_grid_size=0"):
        cells_of_pixels(three + np.float32(1), 0)
    with pytest.raises(ParameterError, match=r"clap_win=100000000: .* at most 4096"):
        low_pass_gain(clap_win=10**8, grid_size=50.0, wavelength=800.0)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()
    refuse_vast_grid((2**14, LARGEST_GRID // 2**14), parameter="filter_grid_size", cell_m=1)
