"""A small table of points with known motion: what exports and choices are tried on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from click.testing import CliRunner
from unwrapped_examples import DAY, MASTER_IX, example_pixels

from pystamps.cli import main
from pystamps.dates import yyyymmdd
from pystamps.products.layers import layers_of
from pystamps.products.phase import PhaseParts
from pystamps.products.point_storage import write_point_table
from pystamps.products.point_table import PointTable, PointValues, point_table
from pystamps.products.velocity import mm_per_radian
from pystamps.progress import silent

WAVELENGTH = 0.0555
DATES = [f"D{yyyymmdd(day)}" for day in DAY]
YEARS = (DAY - DAY[MASTER_IX]) / 365.25


def example_velocity(n_ps: int = 30) -> np.ndarray:
    """Give the true velocities, mm/yr toward the satellite; their mean is 0."""
    velocity = np.linspace(-20, 10, n_ps)
    return velocity - velocity.mean()


def example_table(n_ps: int = 30, *, noise_rad: float = 0.0) -> PointTable:
    """Give a table of points that move with :func:`example_velocity`."""
    pixels = example_pixels(n_ps)
    used = pixels.interferograms.used(())
    years = (pixels.day - pixels.master_day) / 365.25
    phase = -example_velocity(n_ps)[:, None] * years / mm_per_radian(WAVELENGTH)
    dem = np.linspace(-0.01, 0.02, n_ps)
    scla = dem[:, None] * pixels.bperp
    scla[:, MASTER_IX] = 0
    of_reference = np.linspace(0, 1, n_ps)
    observed = phase + scla + of_reference[:, None]
    observed += np.random.default_rng(8).normal(0, noise_rad, observed.shape)
    observed[:, MASTER_IX] = 0
    parts = PhaseParts(pixels, observed.astype(np.float32), scla, of_reference, 0 * scla)
    coherence = np.linspace(0.5, 0.99, n_ps)
    coherence[2] = np.nan
    values = PointValues(
        pixels, coherence, np.linspace(0.05, 0.4, n_ps), np.linspace(100, 300, n_ps),
        np.full(n_ps, 0.6), dem,
    )  # fmt: skip
    return point_table(
        values, layers_of(parts, used, wavelength=WAVELENGTH), used,
        letters="dm", reference_rows=np.arange(n_ps), ifg_std_deg=None, wavelength=WAVELENGTH,
        slant_range_m=8.5e5, heading_deg=-12.0,
        about={"value_type": "v-d", "taken_off": "DEM error", "reference_area": "all points",
               "heading_deg": -12.0, "wavelength_m": WAVELENGTH,
               "comment": "positive toward the satellite"},
    )  # fmt: skip


def write_example(root: Path, n_ps: int = 30) -> Path:
    """Write the table as that of a data set; give the root."""
    (root / "products").mkdir(parents=True)
    write_point_table(root / "products" / "ps.h5", example_table(n_ps), silent)
    return root


def exported(tmp_path: Path, name: str, *options: str) -> Path:
    """Export the table from the command line; give the file."""
    root = tmp_path / "data"
    if not root.exists():
        write_example(root)
    target = tmp_path / name
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(target), *options])
    assert done.exit_code == 0, done.output
    return target
