"""Tiny raw exports of every processor, written by the tests: valid until a test breaks them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

MASTER = "20180701"
SECONDARIES = tuple(f"20{year}{month:02d}15" for year in (18, 19) for month in range(1, 8))
WIDTH, LENGTH = 60, 50

PAR = f"""Gamma Interferometric SAR Processor (ISP) - Image Parameter File

title:      {{date}}
sensor:     S1A IW IW2 VV
date:       {{year}} {{month}} {{day}} 23 40 11.0
range_samples:      {WIDTH}
azimuth_lines:      {LENGTH}
image_format:       FCOMPLEX
center_latitude:    40.8330 degrees
center_longitude:   14.2450 degrees
heading:            -12.6231 degrees
range_pixel_spacing:   30.759838 m
near_range_slc:     845000.0000 m
center_range_slc:   845907.4152 m
far_range_slc:      846814.8304 m
radar_frequency:    5.4050005e+09 Hz
prf:                130.769231 Hz
sar_to_earth_center:       7069000.0 m
earth_radius_below_sensor: 6370000.0 m
"""
BASE = """initial_baseline(TCN):   0.0   {cross}   -11.7   m m m
initial_baseline_rate:   0.0   0.01   -0.03   m/s m/s m/s
"""
XML = """<imageFile>
  <property name="width"><value>{width}</value></property>
  <property name="length"><value>{length}</value></property>
  <property name="scheme"><value>BIL</value></property>
  <property name="number_bands"><value>1</value></property>
  <property name="data_type"><value>FLOAT</value></property>
</imageFile>
"""
MASTER_RES = f"""Radar_wavelength (m):   0.0554657595
*_Start_crop:   master step01
Data_output_file:  {MASTER}_crop.slc
First_line (w.r.t. original_master):  101
Last_line (w.r.t. original_master):   {100 + LENGTH}
First_pixel (w.r.t. original_master): 201
Last_pixel (w.r.t. original_master):  {200 + WIDTH}
"""


def images() -> dict[str, np.ndarray]:
    """Give the images by date: half of the pixels are stable, the others are speckle."""
    rng = np.random.default_rng(11)
    is_stable = rng.uniform(size=(LENGTH, WIDTH)) < 0.5
    found = {}
    for date in (MASTER, *SECONDARIES):
        speckle = rng.normal(size=(LENGTH, WIDTH)) + 1j * rng.normal(size=(LENGTH, WIDTH))
        phase = np.exp(1j * rng.uniform(-np.pi, np.pi, (LENGTH, WIDTH)))
        values = np.where(is_stable, 40 * phase + 3 * speckle, 20 * speckle)
        found[date] = values.astype(np.complex64)
    return found


def baseline_m(k: int) -> float:
    """Give the baseline of a secondary image: those of an orbit that drifts through its tube."""
    return 20.0 * (5 * k % len(SECONDARIES)) - 100.0


def geometry() -> dict[str, np.ndarray]:
    """Give longitude, latitude and height: about seven by seven kilometres and a slope."""
    line, sample = np.mgrid[0:LENGTH, 0:WIDTH]
    return {
        "lon": 14.2 + sample * 1.5e-3,
        "lat": 40.8 + line * 1.35e-3,
        "dem": 100.0 + 2.0 * sample + line,
    }


def snap_export(root: Path) -> Path:
    """Write an export as SNAP does."""
    _gamma_family(root)
    (root / "geo" / "dem.rdc").rename(root / "geo" / "elevation_dem.rdc")
    return root


def gamma_export(root: Path) -> Path:
    """Write an export as GAMMA's programs do: complex int16 images."""
    _gamma_family(root)
    for path in sorted((root / "rslc").glob("*.rslc")):
        values = np.fromfile(path, ">f4")
        np.rint(values).astype(">i2").tofile(path)
        header = path.with_name(f"{path.name}.par")
        header.write_text(header.read_text().replace("FCOMPLEX", "SCOMPLEX"))
    (root / "geo" / "dem.rdc").rename(root / "geo" / f"{MASTER}_dem.rdc")
    return root


def _gamma_family(root: Path) -> None:
    for name in ("rslc", "diff0", "geo"):
        (root / name).mkdir(parents=True)
    found = images()
    for date, values in found.items():
        path = root / "rslc" / f"{date}.rslc"
        values.astype(">c8").tofile(path)
        text = PAR.format(date=date, year=date[:4], month=date[4:6], day=date[6:])
        path.with_name(f"{path.name}.par").write_text(text)
    for k, date in enumerate(SECONDARIES):
        path = root / "diff0" / f"{MASTER}_{date}.diff"
        (found[MASTER] * np.conj(found[date])).astype(">c8").tofile(path)
        path.with_suffix(".base").write_text(BASE.format(cross=baseline_m(k)))
    for name, values in geometry().items():
        target = "dem.rdc" if name == "dem" else f"{MASTER}.{name}"
        values.astype(">f4").tofile(root / "geo" / target)


def doris_export(parent: Path) -> Path:
    """Write ``INSAR_<date>`` as Doris and the scripts of StaMPS leave it."""
    root = parent / f"INSAR_{MASTER}"
    _date_folders(root, image="slave_res.slc", pair="cint.minrefdem.raw")
    images()[MASTER].astype("<c8").tofile(root / f"{MASTER}_crop.slc")
    for k, date in enumerate(SECONDARIES):
        text = f"Bperp [m]:  {baseline_m(k):.4f}\n"
        (root / date / "interferogram.out").write_text(text)
    for name, target in (("lon", "lon.raw"), ("lat", "lat.raw"), ("dem", "dem_radar_i.raw")):
        geometry()[name].astype("<f4").tofile(root / target)
    (root / "master.res").write_text(MASTER_RES)
    (root / f"{MASTER}.slc.rsc").write_text(f"HEADING -12.6231000\nWIDTH {WIDTH}\n")
    (root / "width.txt").write_text(f"{WIDTH}\n")
    (root / "len.txt").write_text(f"{LENGTH}\n")
    return root


def isce_export(parent: Path) -> Path:
    """Write ``INSAR_<date>`` as the StaMPS scripts of ISCE leave it."""
    root = parent / f"INSAR_{MASTER}"
    _date_folders(root, image="secondary.slc", pair="isce_minrefdem.int")
    (root / "reference").mkdir()
    images()[MASTER].astype("<c8").tofile(root / "reference" / "reference.slc")
    for k, date in enumerate(SECONDARIES):
        (root / date / "baseline").write_text(f"{date} {baseline_m(k):.2f}\n")
    rasters = geometry() | {"heading": np.full((LENGTH, WIDTH), -12.6)}
    for name, values in rasters.items():
        values.astype("<f4").tofile(root / f"{name}.raw")
        (root / f"{name}.raw.xml").write_text(XML.format(width=WIDTH, length=LENGTH))
    (root / "input_file").write_text("lambda 0.0554657595\n")
    return root


def _date_folders(root: Path, *, image: str, pair: str) -> None:
    found = images()
    for date in SECONDARIES:
        (root / date).mkdir(parents=True)
        found[date].astype("<c8").tofile(root / date / image)
        (found[MASTER] * np.conj(found[date])).astype("<c8").tofile(root / date / pair)


def small_baseline_export(root: Path) -> Path:
    """Write pairs in the layout of SNAP and GAMMA."""
    snap_export(root)
    dates = sorted((MASTER, *SECONDARIES))
    for first, second in pairwise(dates):
        folder = root / "SMALL_BASELINES" / f"{first}_{second}"
        folder.mkdir(parents=True)
        for date in (first, second):
            for name in (f"{date}.rslc", f"{date}.rslc.par"):
                (folder / name).write_bytes((root / "rslc" / name).read_bytes())
        pair = [np.fromfile(folder / f"{date}.rslc", ">c8") for date in (first, second)]
        (pair[0] * np.conj(pair[1])).astype(">c8").tofile(folder / f"{first}_{second}.diff")
        (folder / f"{first}_{second}.base").write_text(BASE.format(cross=10.0 * int(first[4:6])))
    for name in ("rslc", "diff0"):
        for path in (root / name).iterdir():
            path.unlink()
        (root / name).rmdir()
    return root


def pairs_of(root: Path, names: tuple[str, str], image: str) -> Path:
    """Turn a Doris or ISCE stack into one of successive pairs; the single-master part stays."""
    folder = root / "SMALL_BASELINES"
    found = images()
    for first, second in pairwise(SECONDARIES):
        pair = folder / f"{first}_{second}"
        pair.mkdir(parents=True)
        for date in (first, second):
            found[date].astype("<c8").tofile(pair / image.format(date=date))
        (found[first] * np.conj(found[second])).astype("<c8").tofile(pair / names[1])
    return folder


EXPORTS: dict[str, Callable[[Path], Path]] = {
    "snap": snap_export,
    "gamma": gamma_export,
    "doris": doris_export,
    "isce": isce_export,
}
