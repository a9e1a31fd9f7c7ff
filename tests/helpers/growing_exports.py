"""Exports as they were before some images came, and those that hold new images alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
from raw_exports import EXPORTS, MASTER, SECONDARIES, images, small_baseline_export

from pystamps.processors.dates_in_names import dates_in

LAST, MIDDLE = max(SECONDARIES), "20190115"
"""Dates of secondary images: the last of the stack, and one after the reference image."""


def remove_dates(folder: Path, dates: Iterable[str]) -> Path:
    """Take the images of some dates, and all interferograms with them, out of an export."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if {*dates_in(path.name)} & {*dates} and path.exists():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    return folder


def keep_dates(folder: Path, dates: Iterable[str]) -> Path:
    """Leave the images of some dates in an export, and the interferograms among them."""
    found = {date for path in folder.rglob("*") for date in dates_in(path.name)}
    return remove_dates(folder, found - {*dates})


def _dated_pairs(stack: Path, *, interferogram: str, image: str) -> Path:
    """Add interferograms of successive images, the reference image among them."""
    found, folder = images(), stack / "SMALL_BASELINES"
    for pair in pairwise(sorted((MASTER, *SECONDARIES))):
        place = folder / "_".join(pair)
        place.mkdir(parents=True)
        for date in pair:
            found[date].astype("<c8").tofile(place / image.format(date=date))
        (found[pair[0]] * np.conj(found[pair[1]])).astype("<c8").tofile(place / interferogram)
    return folder


def _doris_pairs(root: Path) -> Path:
    names = {"interferogram": "cint.minrefdem.raw", "image": "{date}.filtrg.slc"}
    return _dated_pairs(EXPORTS["doris"](root), **names)


def _isce_pairs(root: Path) -> Path:
    names = {"interferogram": "isce_minrefdem.int", "image": "{date}.slc"}
    return _dated_pairs(EXPORTS["isce"](root), **names)


STACKS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    **{name: (name, make) for name, make in EXPORTS.items()},
    "pairs of snap": ("snap", small_baseline_export),
    "pairs of doris": ("doris", _doris_pairs),
    "pairs of isce": ("isce", _isce_pairs),
}
"""Name to processor and to the function that writes the export of all images."""


def root_of_export(folder: Path) -> Path:
    """Give the folder that holds all of an export."""
    return folder.parent if folder.name == "SMALL_BASELINES" else folder


def new_images_alone(whole: Path, target: Path, date: str) -> Path:
    """Give an export of the interferograms of one date alone, beside the reference image."""
    shutil.copytree(root_of_export(whole), target / root_of_export(whole).name)
    folder = target / root_of_export(whole).name
    if whole.name == "SMALL_BASELINES" or (whole / "SMALL_BASELINES").is_dir():
        before = max(d for d in (MASTER, *SECONDARIES) if d < date)
        keep_dates(folder, [MASTER, before, date])
    else:
        keep_dates(folder, [MASTER, date])
    return folder / whole.name if whole.name == "SMALL_BASELINES" else folder


def restricted_patch(patch: Path, ij: np.ndarray, *, order: str) -> dict[str, bytes]:
    """Give the candidate files of a patch for some of its pixels alone.

    Parameters
    ----------
    patch : Path
        Prepared with more candidates.
    ij : ndarray, (n, 2)
        Lines and samples in the order that is wanted.
    order : str
        Byte order of phases, positions and heights.
    """
    there = np.loadtxt(patch / "pscands.1.ij", ndmin=2)[:, 1:].astype(int)
    place = {tuple(pixel): row for row, pixel in enumerate(there.tolist())}
    rows = np.array([place[tuple(pixel)] for pixel in ij.tolist()])
    n = len(there)
    ph = np.fromfile(patch / "pscands.1.ph", f"{order}c8").reshape(-1, n)
    ll = np.fromfile(patch / "pscands.1.ll", f"{order}f4").reshape(n, 2)
    da = (patch / "pscands.1.da").read_bytes().splitlines(keepends=True)
    ints = np.fromfile(patch / "pscands.1.ij.int", ">i4").reshape(n, 2)
    lines = [f"{k} {i} {j}\n" for k, (i, j) in enumerate(ij.tolist(), start=1)]
    return {
        "pscands.1.ij": "".join(lines).encode(),
        "pscands.1.ij.int": ints[rows].tobytes(),
        "pscands.1.da": b"".join(da[row] for row in rows),
        "pscands.1.ll": ll[rows].tobytes(),
        "pscands.1.hgt": np.fromfile(patch / "pscands.1.hgt", f"{order}f4")[rows].tobytes(),
        "pscands.1.ph": ph[:, rows].tobytes(),
        "mean_amp.flt": (patch / "mean_amp.flt").read_bytes(),
    }
