"""Small prepared data sets (input of stage 1) of every processor, written by the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.io.mat import write_mat

MASTER = "20180401"
SLAVES = ("20180101", "20180301", "20180501")
WIDTH, LENGTH = 60, 90

PAR = """Gamma Interferometric SAR Processor (ISP) - Image Parameter File
sensor:                 S1A IW
heading:               -12.6000   degrees
radar_frequency:        5.4050005e+09   Hz
range_samples:          60
azimuth_lines:          90
range_pixel_spacing:    2.329562   m
near_range_slc:         859450.0   m
center_range_slc:       859520.0   m
sar_to_earth_center:    7071759.0   m
earth_radius_below_sensor: 6375524.0   m
prf:                    1717.128973   Hz
"""
BASE = """initial_baseline(TCN):   0.0   {c}   -11.7   m m m
initial_baseline_rate:   0.0   0.01   -0.03   m/s m/s m/s
"""
XML = """<imageFile>
  <component name="coordinate1"><property name="size"><value>7</value></property></component>
  <property name="width"><value>{width}</value></property>
  <property name="length"><value>{length}</value></property>
  <property name="scheme"><value>BIL</value></property>
  <property name="number_bands"><value>1</value></property>
  <property name="data_type"><value>FLOAT</value></property>
</imageFile>
"""

GSAR_XML = """<gsar>
  <interferogram><baseline>{bperp}</baseline><trackAngle>-168.3</trackAngle>
  <radarFreq>5331004416</radarFreq><platform>ENVISAT</platform></interferogram>
</gsar>
"""


def write_candidates(patch: Path, n: int, *, byte_order: str, n_interferogram: int = 3) -> None:
    """Write ``pscands.1.*`` of one patch; contents depend on nothing but the sizes."""
    patch.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    line, sample = rng.integers(0, LENGTH, n), rng.integers(0, WIDTH, n)
    np.savetxt(patch / "pscands.1.ij", np.column_stack([np.arange(n) + 1, line, sample]), "%d")
    np.savetxt(patch / "pscands.1.da", rng.uniform(0.1, 0.4, n), "%g")
    lonlat = np.array([14.2, 40.8]) + np.column_stack([sample * 3e-5, line * 1e-4])
    lonlat.astype(f"{byte_order}f4").tofile(patch / "pscands.1.ll")
    rng.uniform(0, 500, n).astype(f"{byte_order}f4").tofile(patch / "pscands.1.hgt")
    ph = rng.normal(size=(n_interferogram, n)) + 1j * rng.normal(size=(n_interferogram, n))
    ph.astype(f"{byte_order}c8").tofile(patch / "pscands.1.ph")


def snap_stack(folder: Path, n: int = 40) -> Path:
    """Write ``run/`` and ``raw/`` of a SNAP stack; give ``run/PATCH_1``."""
    root, raw = folder / "run", folder / "raw"
    write_candidates(root / "PATCH_1", n, byte_order=">")
    for name in ("rslc", "diff0"):
        (raw / name).mkdir(parents=True)
    (raw / "rslc" / f"{MASTER}.rslc.par").write_text(PAR)
    pairs = [f"{MASTER}_{slave}" for slave in SLAVES]
    for k, pair in enumerate(pairs):
        (raw / "diff0" / f"{pair}.base").write_text(BASE.format(c=10.0 * (k + 1)))
    _write_common(root, "snap")
    (root / "rsc.txt").write_text(f"../raw/rslc/{MASTER}.rslc.par\n")
    paths = "".join(f"../raw/diff0/{pair}.diff\n" for pair in pairs)
    (root / "pscphase.in").write_text(f"{WIDTH}\n{paths}")
    return root / "PATCH_1"


def doris_stack(folder: Path, n: int = 40) -> Path:
    """Write ``run/`` of a Doris stack; give ``run/PATCH_1``."""
    root = folder / "run"
    write_candidates(root / "PATCH_1", n, byte_order="<")
    _write_common(root, "doris")
    _write_dates(root)
    (root / "slc_osfactor.1.in").write_text("1\n")
    grid = np.column_stack([np.linspace(30, 40, 2500), np.linspace(31, 41, 2500)]).ravel()
    for name in ("look_angle", *(f"bperp_{slave}" for slave in SLAVES)):
        np.savetxt(root / f"{name}.1.in", grid, "%.6f")
    lines = [f"{MASTER}_crop.slc 42.5", *(f"{slave}/slave_res.slc 40.5" for slave in SLAVES)]
    (root / "calamp.out").write_text("\n".join(lines) + "\n")
    return root / "PATCH_1"


def isce_stack(folder: Path, n: int = 40) -> Path:
    """Write ``run/`` of an ISCE stack; give ``run/PATCH_1``."""
    root = folder / "run"
    write_candidates(root / "PATCH_1", n, byte_order="<")
    _write_common(root, "isce")
    _write_dates(root)
    for name in ("inc_angle.raw", *(f"baselineGRID_{slave}" for slave in SLAVES)):
        write_raster(root / name, np.full((LENGTH, WIDTH), 35.0))
    lines = ["reference/reference.slc 42.5", *(f"{slave}/secondary.slc 40.5" for slave in SLAVES)]
    (root / "calamp.out").write_text("\n".join(lines) + "\n")
    return root / "PATCH_1"


def gsar_stack(folder: Path, n: int = 40, *, is_reversed: bool = False) -> Path:
    """Write ``run/`` and ``raw/`` of a GSAR stack; give ``run/PATCH_1``.

    With ``is_reversed`` the reference image is the second of every interferogram.
    """
    root, raw = folder / "run", folder / "raw"
    patch = root / "PATCH_1"
    write_candidates(patch, n, byte_order="<")
    raw.mkdir()
    lonlat = np.fromfile(patch / "pscands.1.ll", "<f4").reshape(n, 2) + np.float64(1e-9)
    (patch / "pscands.1.ll").unlink()
    heights = np.fromfile(patch / "pscands.1.hgt", "<f4").astype("<f8")
    columns = {"lon": lonlat[:, 0], "lat": lonlat[:, 1], "inc": 34 + np.arange(n) / n}
    for name, values in (columns | {"hgt": heights}).items():
        values.astype("<f8").tofile(patch / f"pscands.1.{name}")
    names = []
    for k, date in enumerate(SLAVES):
        first, second = (date, MASTER) if is_reversed else (MASTER, date)
        names.append(f"../raw/insar_{first}_161803_{second}_161759.gsar")
        description = GSAR_XML.format(bperp=10.5 * (k + 1) - 25)
        (root / f"{names[-1]}.xml").write_text(description)
    _write_common(root, "gsar")
    (root / "pscphase.in").write_text("\n".join([str(WIDTH), *names]) + "\n")
    return patch


def write_raster(path: Path, values: np.ndarray) -> None:
    """Write a raster of ISCE with its description."""
    values.astype("<f4").tofile(path)
    description = XML.format(width=values.shape[1], length=values.shape[0])
    path.with_name(f"{path.name}.xml").write_text(description)


def _write_common(root: Path, processor: str) -> None:
    (root / "processor.txt").write_text(f"{processor}\n")
    (root / "patch.list").write_text("PATCH_1\n")
    (root / "width.txt").write_text(f"{WIDTH}\n")
    (root / "len.txt").write_text(f"{LENGTH}\n")
    flags = {"small_baseline_flag": "n", "insar_processor": processor}
    write_mat(root / "parms.mat", flags)


def _write_dates(root: Path) -> None:
    (root / "master_day.1.in").write_text(f"{MASTER}\n")
    (root / "day.1.in").write_text("\n".join(SLAVES) + "\n")
    (root / "bperp.1.in").write_text("10.5\n-20.5\n30.5\n")
    (root / "heading.1.in").write_text("-12.6\n")
    (root / "lambda.1.in").write_text("0.0554657595\n")


STACKS = {"snap": snap_stack, "doris": doris_stack, "isce": isce_stack}
