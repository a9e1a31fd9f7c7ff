"""Raw exports with one defect each: what tests of the doctor and of the preparation share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from raw_exports import LENGTH, MASTER, SECONDARIES, WIDTH, XML

FIRST, SECOND = SECONDARIES[:2]
Damage = Callable[[Path], object]


def pair(root: Path, date: str = FIRST) -> Path:
    return root / "diff0" / f"{MASTER}_{date}.diff"


def image(root: Path, date: str = FIRST) -> Path:
    return root / "rslc" / f"{date}.rslc"


def header(root: Path, date: str = MASTER) -> Path:
    return root / "rslc" / f"{date}.rslc.par"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def swap_bytes(path: Path) -> None:
    np.fromfile(path, "u4").byteswap().tofile(path)


def fill(path: Path, value: float, *, part: float = 1.0) -> None:
    values = np.fromfile(path, ">f4")
    values[: int(part * values.size)] = value
    values.tofile(path)


def cut(path: Path, n_bytes: int = 8) -> None:
    path.write_bytes(path.read_bytes()[:-n_bytes])


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def rename_reference(root: Path) -> None:
    for path in sorted((root / "diff0").glob(f"{MASTER}_201901*")):
        path.rename(path.with_name(path.name.replace(MASTER, "20180702")))


def link_to_nothing(root: Path) -> None:
    image(root).unlink()
    image(root).symlink_to("/nowhere/20180115.rslc")


SNAP: dict[str, tuple[Damage, str]] = {
    "image cut off": (lambda r: cut(image(r)), "raster-size"),
    "interferogram cut off": (lambda r: cut(pair(r)), "raster-size"),
    "longitudes of another subset": (
        lambda r: cut(r / "geo" / f"{MASTER}.lon", 4 * WIDTH), "raster-size"),
    "image in the other byte order": (lambda r: swap_bytes(image(r)), "byte-order"),
    "interferogram in the other byte order": (lambda r: swap_bytes(pair(r)), "byte-order"),
    "latitudes in the other byte order": (
        lambda r: swap_bytes(r / "geo" / f"{MASTER}.lat"), "byte-order"),
    "heights in the other byte order": (
        lambda r: swap_bytes(r / "geo" / "elevation_dem.rdc"), "byte-order"),
    "image of zeros": (lambda r: fill(image(r), 0), "raster-zero"),
    "interferogram of zeros": (lambda r: fill(pair(r), 0), "raster-zero"),
    "writing of an image interrupted": (
        lambda r: fill(image(r), 0, part=0.5), "raster-partly-zero"),
    "interferogram of not-a-numbers": (lambda r: fill(pair(r), np.nan), "raster-nan"),
    "geocoding with gaps": (
        lambda r: fill(r / "geo" / f"{MASTER}.lon", np.nan, part=0.2), "raster-nan"),
    "positions of zero": (
        lambda r: fill(r / "geo" / f"{MASTER}.lat", 0, part=0.2), "positions-zero"),
    "latitude everywhere the same": (
        lambda r: fill(r / "geo" / f"{MASTER}.lat", 40.8), "positions-wrong"),
    "latitudes in metres": (
        lambda r: fill(r / "geo" / f"{MASTER}.lat", 4.5e6, part=0.5), "positions-wrong"),
    "no-data heights": (
        lambda r: fill(r / "geo" / "elevation_dem.rdc", -32768, part=0.2), "heights-wrong"),
    "image a thousand times brighter": (
        lambda r: (np.fromfile(image(r), ">f4") * 1000).astype(">f4").tofile(image(r)),
        "amplitude-implausible"),
    "one interferogram copied over another": (
        lambda r: shutil.copy(pair(r), pair(r, SECOND)), "rasters-equal"),
    "no longitudes": (lambda r: (r / "geo" / f"{MASTER}.lon").unlink(), "geometry-missing"),
    "no heights": (
        lambda r: (r / "geo" / "elevation_dem.rdc").unlink(), "geometry-missing"),
    "two rasters of heights": (
        lambda r: shutil.copy(r / "geo" / "elevation_dem.rdc", r / "geo" / "old_dem.rdc"),
        "geometry-ambiguous"),
    "parameter file missing": (lambda r: header(r, FIRST).unlink(), "header-missing"),
    "baseline file missing": (
        lambda r: pair(r).with_suffix(".base").unlink(), "baseline-missing"),
    "image without interferogram": (
        lambda r: [pair(r).unlink(), pair(r).with_suffix(".base").unlink()],
        "interferogram-missing"),
    "baseline file without interferogram": (
        lambda r: pair(r).unlink(), "interferogram-missing"),
    "interferogram without image": (
        lambda r: [image(r).unlink(), header(r, FIRST).unlink()], "image-missing"),
    "reference image missing": (
        lambda r: [image(r, MASTER).unlink(), header(r).unlink()], "image-missing"),
    "folder of images empty": (lambda r: empty(r / "rslc"), "no-images"),
    "folder of interferograms empty": (lambda r: empty(r / "diff0"), "no-interferograms"),
    "two folders of images": (
        lambda r: shutil.copytree(r / "rslc", r / "slc"), "several-image-folders"),
    "image twice": (
        lambda r: shutil.copy(image(r), image(r).with_suffix(".slc")), "duplicate-date"),
    "two reference images": (rename_reference, "several-masters"),
    "geometry of another reference": (
        lambda r: [p.rename(p.with_name(p.name.replace(MASTER, "20180713")))
                   for p in sorted((r / "geo").glob(f"{MASTER}.*"))], "master-differs"),
    "interferogram of the reference with itself": (
        lambda r: [shutil.copy(pair(r).with_suffix(s), pair(r, MASTER).with_suffix(s))
                   for s in (".diff", ".base")], "null-interferogram"),
    "name without date": (
        lambda r: pair(r).rename(r / "diff0" / "first.diff"), "name-without-date"),
    "impossible date": (
        lambda r: image(r).rename(image(r, "20181399")), "name-without-date"),
    "few interferograms": (
        lambda r: [p.unlink() for date in SECONDARIES[4:]
                   for p in (pair(r, date), pair(r, date).with_suffix(".base"),
                             image(r, date), header(r, date))], "few-interferograms"),
    "range spacing without decimals": (
        lambda r: replace(header(r), "30.759838", "30"), "integer-range-spacing"),
    "near range as centre range": (
        lambda r: replace(header(r), "845907.4152", "845000.0000"),
        "near-range-is-centre-range"),
    "Earth radius of a rough formula": (
        lambda r: replace(header(r), "6370000.0", "6391000.0"), "earth-radius-rough"),
    "no heading": (lambda r: replace(header(r), "heading:", "course:"), "header-value"),
    "range that is not a number": (
        lambda r: replace(header(r), "845000.0000", "nan"), "header-value"),
    "frequency in GHz": (
        lambda r: replace(header(r), "5.4050005e+09", "5.405"), "header-impossible"),
    "range in km": (
        lambda r: replace(header(r), "845000.0000", "845.0"), "header-impossible"),
    "no size": (
        lambda r: [replace(p, f"range_samples:      {WIDTH}", "range_samples:   many")
                   for p in sorted((r / "rslc").glob("*.par"))], "size-unknown"),
    "image of another subset": (
        lambda r: replace(header(r, FIRST), f"azimuth_lines:      {LENGTH}",
                          f"azimuth_lines:      {LENGTH - 1}"), "image-size-differs"),
    "images as real numbers": (
        lambda r: replace(header(r, FIRST), "FCOMPLEX", "FLOAT"), "image-format"),
    "size twice": (
        lambda r: replace(header(r), "range_samples:", "dem_range_samples: 7\nrange_samples:"),
        "header-repeated-key"),
    "parameter file of another image": (
        lambda r: shutil.copy(header(r, SECOND), header(r, FIRST)), "header-date-differs"),
    "baseline file without numbers": (
        lambda r: pair(r).with_suffix(".base").write_text("initial_baseline(TCN): a b c\n"),
        "header-value"),
    "baseline zero": (
        lambda r: pair(r).with_suffix(".base").write_text(
            "initial_baseline(TCN): 0 0 0\ninitial_baseline_rate: 0 0 0\n"), "baseline-zero"),
    "all baselines equal": (
        lambda r: [shutil.copy(pair(r).with_suffix(".base"), pair(r, d).with_suffix(".base"))
                   for d in SECONDARIES[1:]], "baselines-equal"),
    "gap of years": (
        lambda r: [p.rename(p.with_name(p.name.replace("20190715", "20220715")))
                   for p in sorted(r.rglob("*20190715*"))], "long-gap"),
    "Windows line ends": (
        lambda r: header(r).write_bytes(header(r).read_bytes().replace(b"\n", b"\r\n")),
        "windows-text"),
    "parameter file in UTF-16": (
        lambda r: header(r, FIRST).write_text(header(r, FIRST).read_text(), encoding="utf-16"),
        "text-encoding"),
    "link to nothing": (link_to_nothing, "broken-link"),
    "scene of a few cells": (
        lambda r: [(np.fromfile(p, ">f4") * 0.01 + 40).astype(">f4").tofile(p)
                   for p in sorted((r / "geo").glob(f"{MASTER}.l*"))], "scene-too-small"),
    "nothing but speckle": (
        lambda r: [np.random.default_rng(k).normal(size=2 * WIDTH * LENGTH).astype(">f4")
                   .tofile(p) for k, p in enumerate(sorted((r / "rslc").glob("*.rslc")))],
        "few-candidates"),
    "raster is a folder": (
        lambda r: [pair(r).unlink(), pair(r).mkdir()], "interferogram-missing"),
    "wrong folder": (lambda r: shutil.rmtree(r / "rslc") or shutil.rmtree(r / "diff0"),
                     "not-recognised"),
}  # fmt: skip

DORIS: dict[str, tuple[Damage, str]] = {
    "interferogram missing": (
        lambda r: (r / FIRST / "cint.minrefdem.raw").unlink(), "interferogram-missing"),
    "image missing": (lambda r: (r / FIRST / "slave_res.slc").unlink(), "image-missing"),
    "reference image missing": (lambda r: (r / f"{MASTER}_crop.slc").unlink(), "image-missing"),
    "folder of a date empty": (lambda r: empty(r / FIRST), "interferogram-missing"),
    "image cut off": (lambda r: cut(r / FIRST / "slave_res.slc"), "raster-size"),
    "big-endian heights": (lambda r: swap_bytes(r / "dem_radar_i.raw"), "byte-order"),
    "no heights": (lambda r: (r / "dem_radar_i.raw").unlink(), "geometry-missing"),
    "no master.res": (lambda r: (r / "master.res").unlink(), "header-missing"),
    "no log with the baseline": (
        lambda r: (r / FIRST / "interferogram.out").unlink(), "baseline-missing"),
    "width is no number": (lambda r: (r / "width.txt").write_text("wide\n"), "file-unreadable"),
    "size not known": (
        lambda r: [(r / "width.txt").unlink(), (r / "master.res").write_text("Radar\n")],
        "size-unknown"),
    "folder of another reference": (
        lambda r: (r / "master_day.1.in").write_text("20180713\n"), "master-differs"),
    "baseline log without baseline": (
        lambda r: (r / FIRST / "interferogram.out").write_text("\n"), "preparation-refuses"),
}  # fmt: skip

ISCE: dict[str, tuple[Damage, str]] = {
    "interferogram missing": (
        lambda r: (r / FIRST / "isce_minrefdem.int").unlink(), "interferogram-missing"),
    "image missing": (lambda r: (r / FIRST / "secondary.slc").unlink(), "image-missing"),
    "reference image missing": (
        lambda r: (r / "reference" / "reference.slc").unlink(), "image-missing"),
    "no baseline": (lambda r: (r / FIRST / "baseline").unlink(), "baseline-missing"),
    "no description": (lambda r: (r / "lon.raw.xml").unlink(), "header-missing"),
    "description is not XML": (
        lambda r: (r / "lon.raw.xml").write_text("<imageFile>"), "file-unreadable"),
    "descriptions of different sizes": (
        lambda r: replace(r / "lat.raw.xml", f"<value>{WIDTH}<", f"<value>{WIDTH + 1}<"),
        "size-unknown"),
    "no latitudes": (lambda r: (r / "lat.raw").unlink(), "geometry-missing"),
    "interferogram cut off": (
        lambda r: cut(r / FIRST / "isce_minrefdem.int"), "raster-size"),
    "no wavelength": (lambda r: (r / "input_file").unlink(), "preparation-refuses"),
}  # fmt: skip

MORE_SNAP: dict[str, tuple[Damage, str]] = {
    "only two images, one interferogram": (
        lambda r: [p.unlink() for date in SECONDARIES[1:]
                   for p in (pair(r, date), pair(r, date).with_suffix(".base"),
                             image(r, date), header(r, date))], "few-interferograms"),
    "image of the reference alone": (
        lambda r: [p.unlink() for date in SECONDARIES for p in (image(r, date), header(r, date))],
        "no-images"),
    "a few positions in metres": (
        lambda r: fill(r / "geo" / f"{MASTER}.lat", 4.5e6, part=0.02), "positions-wrong"),
    "most longitudes not geocoded": (
        lambda r: fill(r / "geo" / f"{MASTER}.lon", np.nan, part=0.8), "raster-nan"),
    "no longitude is a number": (
        lambda r: fill(r / "geo" / f"{MASTER}.lon", np.nan), "raster-nan"),
    "amplitudes of no image": (
        lambda r: (np.fromfile(image(r), ">f4") * 1e13).astype(">f4").tofile(image(r)),
        "amplitude-implausible"),
    "baseline file is a folder": (
        lambda r: [pair(r).with_suffix(".base").unlink(), pair(r).with_suffix(".base").mkdir()],
        "file-unreadable"),
    "baseline rate missing": (
        lambda r: pair(r).with_suffix(".base").write_text("initial_baseline(TCN): 0 1 2\n"),
        "header-value"),
    "pulse repetition zero": (lambda r: replace(header(r), "130.769231", "0"), "header-impossible"),
    "spacing cut off to nothing": (
        lambda r: replace(header(r), "30.759838", "0"), "integer-range-spacing"),
    "hidden files beside all": (lambda r: hide_files_beside(r), ""),
    "folders and endings in capitals": (lambda r: write_in_capitals(r), ""),
    "one folder in two spellings": (
        lambda r: shutil.copytree(r / "rslc", r / "RSLC"), "several-image-folders"),
    "all headers of one product": (
        lambda r: [shutil.copy(header(r), header(r, date)) for date in SECONDARIES], ""),
    "only the reference has a header": (
        lambda r: [header(r, date).unlink() for date in SECONDARIES], "header-missing"),
    "header of the reference missing": (lambda r: header(r).unlink(), "header-missing"),
    "header is a link to nothing": (
        lambda r: [header(r, FIRST).unlink(), header(r, FIRST).symlink_to("/nowhere/x.par")],
        "broken-link"),
    "baseline file is a link to nothing": (
        lambda r: [pair(r).with_suffix(".base").unlink(),
                   pair(r).with_suffix(".base").symlink_to("/nowhere/x.base")], "broken-link"),
    "baseline is no number": (lambda r: write_baseline(r, "NaN"), "header-value"),
    "baseline stands for no value": (lambda r: write_baseline(r, "99999.0"), "header-impossible"),
    "baseline as Fortran writes it": (lambda r: write_baseline(r, "-4.2D+01"), ""),
    "heading stands for no value": (
        lambda r: replace(header(r), "-12.6231", "-9999"), "header-impossible"),
    "longitudes and latitudes exchanged": (lambda r: exchange_positions(r), "positions-wrong"),
    "longitudes are the latitudes": (
        lambda r: shutil.copy(r / "geo" / f"{MASTER}.lat", r / "geo" / f"{MASTER}.lon"),
        "positions-wrong"),
    "descriptions of ENVI that say the same": (lambda r: describe_all(r), ""),
    "an image described with another size": (
        lambda r: envi_header(image(r), WIDTH - 1, 6, 1), "description-differs"),
    "an image described as real numbers": (
        lambda r: envi_header(image(r), WIDTH, 4, 1), "description-differs"),
    "an image described with two bands": (
        lambda r: envi_header(image(r), WIDTH, 6, 1, bands=2), "description-differs"),
    "little-endian longitudes with a header that says so": (
        lambda r: [swap_bytes(r / "geo" / f"{MASTER}.lon"),
                   envi_header(r / "geo" / f"{MASTER}.lon", WIDTH, 4, 0)], ""),
    "little-endian interferogram with a header that says so": (
        lambda r: [swap_bytes(pair(r)), envi_header(pair(r), WIDTH, 6, 0)], ""),
    "big-endian image with a header that says little": (
        lambda r: envi_header(image(r), WIDTH, 6, 0), "byte-order"),
    "latitudes in double precision": (lambda r: write_as_double(r), ""),
    "geometry of another scene": (lambda r: move_east(r, 0.5), "positions-wrong"),
    "longitudes from 0 to 360, header from -180": (
        lambda r: [move_east(r, 315.755),
                   replace_all_headers(r, "14.2450", "-30.0000")], ""),
    "pulse repetition stands for no value": (
        lambda r: replace(header(r), "130.769231", "99999"), "header-impossible"),
}  # fmt: skip


def envi_header(path: Path, width: int, kind: int, order: int, *, bands: int = 1) -> None:
    """Write a header of ENVI beside a raster: data type 4 float, 5 double, 6 complex."""
    path.with_name(f"{path.name}.hdr").write_text(
        f"ENVI\nsamples = {width}\nlines   = {LENGTH}\nbands   = {bands}\nheader offset = 0\n"
        f"data type = {kind}\ninterleave = bsq\nbyte order = {order}\n"
    )


def describe_all(root: Path) -> None:
    for path in sorted([*root.glob("rslc/*.rslc"), *root.glob("diff0/*.diff")]):
        envi_header(path, WIDTH, 6, 1)
    for path in sorted(root.glob("geo/*")):
        envi_header(path, WIDTH, 4, 1)


def write_as_double(root: Path) -> None:
    path = root / "geo" / f"{MASTER}.lat"
    np.fromfile(path, ">f4").astype(">f8").tofile(path)
    envi_header(path, WIDTH, 5, 1)


def exchange_positions(root: Path) -> None:
    lon, lat = (root / "geo" / f"{MASTER}.{ending}" for ending in ("lon", "lat"))
    kept = lon.read_bytes()
    lon.write_bytes(lat.read_bytes())
    lat.write_bytes(kept)


def move_east(root: Path, degrees: float) -> None:
    path = root / "geo" / f"{MASTER}.lon"
    (np.fromfile(path, ">f4").astype(float) + degrees).astype(">f4").tofile(path)


def replace_all_headers(root: Path, old: str, new: str) -> None:
    for path in sorted((root / "rslc").glob("*.par")):
        replace(path, old, new)


def write_baseline(root: Path, cross: str, date: str = SECOND) -> None:
    """Write the baseline file of a date with another number across the track."""
    text = f"initial_baseline(TCN): 0.0 {cross} -11.7 m m m\ninitial_baseline_rate: 0 0.01 -0.03\n"
    pair(root, date).with_suffix(".base").write_text(text)


def hide_files_beside(root: Path) -> None:
    """Put the files that systems and editors leave behind beside all files of an export."""
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        path.with_name(f"._{path.name}").write_bytes(bytes(82))
        path.with_name(f"{path.name}~").write_bytes(b"old")
    for folder in [root, *(p for p in sorted(root.iterdir()) if p.is_dir())]:
        for name in (".DS_Store", "Thumbs.db", ".nfs000000000012", "desktop.ini"):
            (folder / name).write_bytes(b"\0")
        (folder / ".ipynb_checkpoints").mkdir()


def write_in_capitals(root: Path) -> None:
    """Rename folders and endings as a file system without upper and lower case may give them."""
    for path in [*root.glob("rslc/*"), *root.glob("diff0/*"), *root.glob("geo/*")]:
        stem, _, ending = path.name.partition(".")
        path.rename(path.with_name(f"{stem}.{ending.upper()}"))
    for name in ("rslc", "diff0", "geo"):
        (root / name).rename(root / name.upper())


def write_as_float(root: Path) -> None:
    """Store one of the int16 images as complex float: a stack may hold both."""
    values = np.fromfile(image(root), ">i2").astype(">f4")
    values.tofile(image(root))
    replace(header(root, FIRST), "SCOMPLEX", "FCOMPLEX")


GAMMA: dict[str, tuple[Damage, str]] = {
    "one float image among int16 ones": (write_as_float, ""),
    "no image format": (lambda r: replace(header(r, FIRST), "SCOMPLEX", ""), "image-format"),
    "format of another image": (
        lambda r: replace(header(r, FIRST), "SCOMPLEX", "FCOMPLEX"), "raster-size"),
    "no latitudes": (lambda r: (r / "geo" / f"{MASTER}.lat").unlink(), "geometry-missing"),
    "int16 in the other byte order": (
        lambda r: np.fromfile(image(r), "u2").byteswap().tofile(image(r)), "byte-order"),
}  # fmt: skip


def first_pair(root: Path) -> Path:
    """Give the folder of the first pair of a small-baseline export."""
    return sorted((root / "SMALL_BASELINES").iterdir())[0]


SMALL: dict[str, tuple[Damage, str]] = {
    "image missing": (
        lambda r: sorted(first_pair(r).glob("*.rslc"))[0].unlink(), "pair-folder-wrong"),
    "image of another date": (
        lambda r: sorted(first_pair(r).glob("*.rslc"))[0].rename(first_pair(r) / "20170101.rslc"),
        "pair-folder-wrong"),
    "no interferogram": (
        lambda r: next(first_pair(r).glob("*.diff")).unlink(), "pair-folder-wrong"),
    "no baseline": (lambda r: next(first_pair(r).glob("*.base")).unlink(), "baseline-missing"),
    "folder without pair": (
        lambda r: (r / "SMALL_BASELINES" / "logs").mkdir(), "name-without-date"),
    "no folders": (lambda r: [shutil.rmtree(p) for p in (r / "SMALL_BASELINES").iterdir()],
                   "no-interferograms"),
    "longitudes without date": (
        lambda r: (r / "geo" / f"{MASTER}.lon").rename(r / "geo" / "scene.lon"), "master-unknown"),
    "geometry of an image that is not there": (
        lambda r: [p.rename(p.with_name(p.name.replace(MASTER, "20180713")))
                   for p in sorted((r / "geo").glob(f"{MASTER}.*"))], "master-not-found"),
}  # fmt: skip


def section(name: str, line: int, pixel: int, lines: int, pixels: int, more: str = "") -> str:
    """Give a section of a result file of Doris."""
    return (
        f"*_Start_{name}:\t\t\tstep\n{more}"
        f"First_line (w.r.t. original_master): \t\t\t{line}\n"
        f"Last_line (w.r.t. original_master): \t\t\t{line + lines - 1}\n"
        f"First_pixel (w.r.t. original_master): \t\t\t{pixel}\n"
        f"Last_pixel (w.r.t. original_master): \t\t\t{pixel + pixels - 1}\n"
        f"* End_{name}:_NORMAL\n"
    )


def write_other_windows(root: Path) -> None:
    """Add sections of later steps, and one of a crop that was not finished; no width.txt."""
    path = root / "master.res"
    unfinished = section("crop", 1, 1, 7, 7).replace("* End_crop:_NORMAL\n", "")
    text = path.read_text() + "* End_crop:_NORMAL\n" + section("sim_amplitude", 1, 1, 27445, 18238)
    path.write_text(text + unfinished)
    (root / "width.txt").unlink()
    (root / "len.txt").unlink()


def oversample(root: Path) -> None:
    """Make the images oversampled ones of a crop of half their sides."""
    (root / "width.txt").unlink()
    (root / "len.txt").unlink()
    (root / f"{MASTER}_crop.slc").rename(root / f"{MASTER}_crop_ovs.slc")
    factors = "Multilookfactor_azimuth_direction:  0.5\nMultilookfactor_range_direction:  0.5\n"
    old = "#First_line (w.r.t. original_image):  101\n"
    crop = section("crop", 101, 201, LENGTH // 2, WIDTH // 2,
                   "Data_output_format:  complex_short\n")  # fmt: skip
    ovs = section("oversample", 1, 1, LENGTH, WIDTH, f"{old}{factors}")
    (root / "master.res").write_text(f"Radar_wavelength (m):   0.0554657595\n{crop}{ovs}")


def resample_as_int16(root: Path) -> None:
    path = root / FIRST / "slave_res.slc"
    np.rint(np.fromfile(path, "<f4")).astype("<i2").tofile(path)
    said = "Data_output_format: \t\t\t\tcomplex_short\n"
    (root / FIRST / "slave.res").write_text(section("resample", 1, 1, LENGTH, WIDTH, said))


def write_frame(root: Path) -> None:
    """Say where the frame is of which the reference image is a part."""
    path = root / "master.res"
    frame = ("*_Start_readfiles:\nScene_centre_latitude:  41.2\nScene_centre_longitude: 13.9\n"
             "* End_readfiles:_NORMAL\n")  # fmt: skip
    path.write_text(frame + path.read_text())


def write_nodes(root: Path, angle: str = "20.5", baseline: str = "30.0") -> None:
    """Write angles and baselines on nodes for all dates; one number of each is given."""
    (root / "look_angle.1.in").write_text(f"{angle}\n" + "20.5\n" * 4999)
    for date in SECONDARIES:
        (root / f"bperp_{date}.1.in").write_text("30.0\n" * 4999 + f"{baseline}\n")


def among_the_others(root: Path) -> None:
    """Put the reference image among the others, as a folder of its own."""
    shutil.copytree(root / FIRST, root / MASTER)


def write_description(path: Path, kind: str, *, order: str = "l") -> None:
    """Write the description of ISCE beside a raster."""
    text = XML.format(width=WIDTH, length=LENGTH).replace("FLOAT", kind)
    more = f'  <property name="byte_order"><value>{order}</value></property>\n</imageFile>'
    path.with_name(f"{path.name}.xml").write_text(text.replace("</imageFile>", more))


def write_vrt(path: Path, kind: str, order: str) -> None:
    path.with_name(f"{path.name}.vrt").write_text(
        f'<VRTDataset rasterXSize="{WIDTH}" rasterYSize="{LENGTH}">'
        f'<VRTRasterBand band="1" dataType="{kind}" subClass="VRTRawRasterBand">'
        f'<SourceFilename relativeToVRT="1">{path.name}</SourceFilename>'
        f"<ByteOrder>{order}</ByteOrder><ImageOffset>0</ImageOffset></VRTRasterBand></VRTDataset>"
    )


def write_earlier_names(root: Path) -> None:
    """Give the files of an ISCE stack the names of versions before 2.4."""
    (root / "reference" / "reference.slc").rename(root / "reference" / "master.slc")
    (root / "reference").rename(root / "master")
    for date in SECONDARIES:
        (root / date / "secondary.slc").rename(root / date / "slave.slc")


def write_raster(
    path: Path, width: int = WIDTH, length: int = LENGTH, *, gap: float = 0.0, part: float = 0.1
) -> None:
    """Write a raster of ISCE with its description; the first lines may be a gap."""
    values = np.full((length, width), 35.0, "<f4")
    if gap:
        values[: int(part * length)] = gap
    values.tofile(path)
    path.with_name(f"{path.name}.xml").write_text(XML.format(width=width, length=length))


MORE_DORIS: dict[str, tuple[Damage, str]] = {
    "reference image among the others": (among_the_others, "null-interferogram"),
    "baselines of other dates": (lambda r: (r / "bperp.1.in").write_text("1\n2\n"), "line-count"),
    "a baseline is not a number": (
        lambda r: (r / "bperp.1.in").write_text("nan\n" * len(SECONDARIES)), "text-value"),
    "heading is a word": (lambda r: (r / "heading.1.in").write_text("north\n"), "text-value"),
    "oversampling is a word": (
        lambda r: (r / "slc_osfactor.1.in").write_text("twice\n"), "text-value"),
    "nodes of one date only": (
        lambda r: (r / f"bperp_{FIRST}.1.in").write_text("1\n" * 5000), "line-count"),
    "too few nodes": (
        lambda r: (r / "look_angle.1.in").write_text("1\n" * 4999), "line-count"),
    "two reference images": (
        lambda r: shutil.copy(r / f"{MASTER}_crop.slc", r / "20180713_crop.slc"),
        "several-masters"),
    "folder of no day": (lambda r: (r / FIRST).rename(r / "20181399"), "name-without-date"),
    "no dates": (lambda r: [shutil.rmtree(r / d) for d in SECONDARIES], "no-interferograms"),
    "hidden files beside all": (lambda r: hide_files_beside(r), ""),
    "size from the crop, whatever other sections say": (lambda r: write_other_windows(r), ""),
    "oversampled images": (lambda r: oversample(r), ""),
    "windows of another size": (
        lambda r: replace(r / "master.res", f"{100 + LENGTH}", f"{101 + LENGTH}"), "size-unknown"),
    "resampled to another window": (
        lambda r: (r / FIRST / "slave.res").write_text(
            section("resample", 1, 1, LENGTH - 1, WIDTH)),
        "image-size-differs"),
    "one image resampled to int16": (lambda r: resample_as_int16(r), ""),
    "baselines in the files of version 5": (
        lambda r: [(r / d / "interferogram.out").rename(r / d / "ifgs.res") for d in SECONDARIES],
        ""),
    "longitudes and latitudes exchanged": (
        lambda r: [(r / "lon.raw").rename(r / "x"), (r / "lat.raw").rename(r / "lon.raw"),
                   (r / "x").rename(r / "lat.raw"), write_frame(r)], "positions-wrong"),
    "angle on a node is no number": (lambda r: write_nodes(r, angle="nan"), "text-value"),
    "baseline on a node stands for no value": (
        lambda r: write_nodes(r, baseline="-9999"), "text-value"),
    "nodes as Fortran writes them": (lambda r: write_nodes(r, "2.05D+01", "3.0D+01"), ""),
    "heading stands for no value": (
        lambda r: (r / "heading.1.in").write_text("99999\n"), "text-value"),
    "wavelength zero": (lambda r: (r / "lambda.1.in").write_text("0\n"), "text-value"),
    "log of a baseline is a link to nothing": (
        lambda r: [(r / FIRST / "interferogram.out").unlink(),
                   (r / FIRST / "interferogram.out").symlink_to("/nowhere/x.out")], "broken-link"),
    "interferogram is a link to nothing": (
        lambda r: [(r / FIRST / "cint.minrefdem.raw").unlink(),
                   (r / FIRST / "cint.minrefdem.raw").symlink_to("/nowhere/cint")], "broken-link"),
}  # fmt: skip

MORE_ISCE: dict[str, tuple[Damage, str]] = {
    "reference image among the others": (among_the_others, "null-interferogram"),
    "a baseline is not a number": (
        lambda r: (r / FIRST / "baseline").write_text(f"{FIRST} nan\n"), "text-value"),
    "angles of another size": (
        lambda r: write_raster(r / "inc_angle.raw", WIDTH - 1), "file-unreadable"),
    "angles without description": (
        lambda r: [write_raster(r / "inc_angle.raw"), (r / "inc_angle.raw.xml").unlink()],
        "file-unreadable"),
    "baselines per pixel of one date only": (
        lambda r: write_raster(r / f"baselineGRID_{FIRST}"), "line-count"),
    "heading raster cut off": (lambda r: cut(r / "heading.raw"), "file-unreadable"),
    "heading nowhere": (
        lambda r: np.full((LENGTH, WIDTH), -270, "<f4").tofile(r / "heading.raw"),
        "preparation-refuses"),
    "mask not there": (
        lambda r: (r / "input_file").write_text("lambda 0.0554\nmaskfile sea.msk\n"),
        "mask-missing"),
    "mask of another size": (
        lambda r: [(r / "input_file").write_text("lambda 0.0554\nmaskfile sea.msk\n"),
                   (r / "sea.msk").write_bytes(bytes(7))], "raster-size"),
    "reference date is a word": (
        lambda r: (r / "master_day.1.in").write_text("summer\n"), "master-differs"),
    "reference image is a link to nothing": (
        lambda r: [(r / "reference" / "reference.slc").unlink(),
                   (r / "reference" / "reference.slc").symlink_to("/nowhere/merged.slc")],
        "broken-link"),
    "hidden files beside all": (lambda r: hide_files_beside(r), ""),
    "date of the reference under its new name": (
        lambda r: (r / "reference_day.1.in").write_text(f"{MASTER}\n"), ""),
    "two dates of the reference": (
        lambda r: [(r / "master_day.1.in").write_text(f"{FIRST}\n"),
                   (r / "reference_day.1.in").write_text(f"{MASTER}\n")], "both-names"),
    "two reference images under two names": (
        lambda r: [(r / "master").mkdir(),
                   shutil.copy(r / FIRST / "secondary.slc", r / "master" / "master.slc")],
        "both-names"),
    "reference image linked under both names": (
        lambda r: [(r / "master").mkdir(),
                   (r / "master" / "master.slc").symlink_to(r / "reference" / "reference.slc")],
        ""),
    "two images of a date under two names": (
        lambda r: shutil.copy(r / SECOND / "secondary.slc", r / FIRST / "slave.slc"),
        "both-names"),
    "all under the earlier names": (lambda r: write_earlier_names(r), ""),
    "folders in capitals": (
        lambda r: [(r / "reference" / "reference.slc").rename(r / "reference" / "REFERENCE.slc"),
                   (r / "reference").rename(r / "Reference")], ""),
    "an image described as its scripts do": (
        lambda r: write_description(r / FIRST / "secondary.slc", "CFLOAT"), ""),
    "an image described with another type": (
        lambda r: write_description(r / FIRST / "secondary.slc", "FLOAT"), "description-differs"),
    "descriptions that contradict each other": (
        lambda r: [write_description(r / FIRST / "secondary.slc", "CFLOAT"),
                   envi_header(r / FIRST / "secondary.slc", WIDTH, 6, 1)], "description-differs"),
    "big-endian image with a description that says so": (
        lambda r: [swap_bytes(r / FIRST / "secondary.slc"),
                   write_description(r / FIRST / "secondary.slc", "CFLOAT", order="b")], ""),
    "big-endian interferogram with a virtual raster that says so": (
        lambda r: [swap_bytes(r / FIRST / "isce_minrefdem.int"),
                   write_vrt(r / FIRST / "isce_minrefdem.int", "CFloat32", "MSB")], ""),
    "angles with gaps": (
        lambda r: write_raster(r / "inc_angle.raw", gap=np.nan), "raster-gaps"),
    "angles with gaps of a marker": (
        lambda r: write_raster(r / "inc_angle.raw", gap=-9999), "raster-gaps"),
    "no angle at all": (
        lambda r: write_raster(r / "inc_angle.raw", gap=np.nan, part=1.0), "raster-gaps"),
    "baselines per pixel with gaps": (
        lambda r: [write_raster(r / f"baselineGRID_{d}", gap=99999) for d in SECONDARIES],
        "raster-gaps"),
    "a date without baselines per pixel": (
        lambda r: [write_raster(r / f"baselineGRID_{d}", gap=np.nan, part=float(d == FIRST))
                   for d in SECONDARIES], "raster-gaps"),
    "a baseline stands for no value": (
        lambda r: (r / FIRST / "baseline").write_text(f"{FIRST} -9999.00 \n"), "text-value"),
    "baselines ready, sources gone": (
        lambda r: [(r / "bperp.1.in").write_text("1\n2\n" * 7),
                   *((r / d / "baseline").unlink() for d in SECONDARIES)], ""),
}  # fmt: skip
