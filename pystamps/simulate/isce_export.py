"""Stack of ISCE2 as its script ``make_single_reference_stack_isce`` leaves it.

The stack processor writes ``merged/``; the folder of StaMPS, ``INSAR_<date>``, holds links into it,
interferograms, rasters made by ``imageMath.py`` with their descriptions, and texts without a
newline at the end. Version 2.4 renamed every file and key that said master or slave.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.simulate.export_layout import ExportLayout, Plane, StoredRaster
from pystamps.simulate.isce_descriptions import (
    Description,
    envi_header,
    gdal_vrt,
    isce_xml,
    raw_vrt,
)
from pystamps.simulate.stack import Stack

ISCE_FORMS = ("tops", "stripmap", "tops-2.3", "stripmap-2.3")
"""Stack processor, and the version where it is one before 2.4."""

_PLANES: dict[str, Plane] = {
    "lon.raw": "longitude", "lat.raw": "latitude", "dem.raw": "height",
    "inc_angle.raw": "incidence", "heading.raw": "heading",
    "e.raw": "east", "n.raw": "north", "u.raw": "up",
}  # fmt: skip
"""Rasters of INSAR_<date>, single precision."""

_GEOMETRY: dict[str, tuple[Plane, str, int]] = {
    "lat.rdr": ("latitude", "<f8", 1),
    "lon.rdr": ("longitude", "<f8", 1),
    "hgt.rdr": ("height", "<f8", 1),
    "los.rdr": ("incidence and azimuth", "<f4", 2),
}
"""Rasters of the stack processor."""

_GRID_M, _GRID_S = 7000.0, 1.0
"""Distance of the nodes of baseline grids in slant range and in time."""


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of one generation and one stack processor.

    Attributes
    ----------
    reference, secondary : str
    suffix : str
        Of the images and of the geometry of the stack processor.
    has_grids : bool
        Baselines come as grids; else as texts of pairs.
    is_recent : bool
    """

    reference: str
    secondary: str
    suffix: str
    has_grids: bool
    is_recent: bool

    @classmethod
    def of(cls, form: str) -> _Names:
        """Give the names of a form."""
        is_recent, is_tops = not form.endswith("2.3"), form.startswith("tops")
        words = ("reference", "secondary") if is_recent else ("master", "slave")
        return cls(*words, ".full" if is_tops else "", is_tops, is_recent)


def isce_layout(stack: Stack, root: Path, form: str = ISCE_FORMS[0]) -> ExportLayout:
    """Describe the stack of ISCE of a simulation below a folder."""
    names = _Names.of(form)
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    insar = root / f"INSAR_{days[stack.master]}"
    merged = root / "merged"
    images = tuple(
        StoredRaster(merged / "SLC" / day / f"{day}.slc{names.suffix}", "<c8") for day in days
    )
    pairs = {k: StoredRaster(insar / days[k] / "isce_minrefdem.int", "<c8")
             for k in stack.secondaries}  # fmt: skip
    size = (stack.scene.samples, stack.scene.lines)
    planes: dict[Plane, list[StoredRaster]] = {
        plane: [StoredRaster(insar / name, "<f4")] for name, plane in _PLANES.items()
    }
    geometry = []
    for name, (plane, dtype, bands) in _GEOMETRY.items():
        raster = StoredRaster(
            merged / f"geom_{names.reference}" / f"{name}{names.suffix}", dtype, bands
        )
        planes.setdefault(plane, []).append(raster)
        geometry.append(raster)
    texts = _descriptions_of_stack(images, geometry, size, names)
    texts |= _descriptions_of_insar(insar, pairs, size, names)
    links = _links(stack, insar, images, geometry, names)
    texts |= _images_described_again(stack, insar, images, size, names)
    texts |= _small_texts(stack, root, insar, names)
    grids, more = _baselines(stack, merged, insar, names)
    return ExportLayout(
        root=root,
        folder=insar,
        images=images,
        interferograms=pairs,
        planes={plane: tuple(rasters) for plane, rasters in planes.items()},
        texts=texts | more,
        links=links,
        grids=grids,
        kept_planes=("incidence",),
        has_topographic_phase=False,
    )


def _beside(raster: Path, extension: str) -> Path:
    return raster.with_name(f"{raster.name}.{extension}")


def _descriptions_of_stack(
    images: tuple[StoredRaster, ...], geometry: list[StoredRaster], size: tuple[int, int],
    names: _Names,
) -> dict[Path, str]:  # fmt: skip
    """Give the descriptions that the stack processor writes; images have that of ENVI too."""
    texts = {}
    for raster in (*images, *geometry):
        is_image = raster.dtype == "<c8"
        kind = "CFLOAT" if is_image else "DOUBLE" if raster.dtype == "<f8" else "FLOAT"
        scheme = "BIP" if is_image else "BIL"
        found = Description(raster.path, kind, size, scheme, raster.n_numbers, names.is_recent)
        texts[_beside(raster.path, "xml")] = isce_xml(found)
        texts[_beside(raster.path, "vrt")] = raw_vrt(found)
        if is_image:
            texts[_beside(raster.path, "hdr")] = envi_header(found)
    return texts


def _descriptions_of_insar(
    insar: Path, pairs: dict[int, StoredRaster], size: tuple[int, int], names: _Names
) -> dict[Path, str]:
    """Give the descriptions of interferograms and of the rasters of StaMPS."""
    texts = {}
    rasters = [Description(r.path, "CFLOAT", size, "BIP", 1, names.is_recent)
               for r in pairs.values()]  # fmt: skip
    rasters += [Description(insar / n, "FLOAT", size, "BIL", 1, names.is_recent) for n in _PLANES]
    for found in rasters:
        texts[_beside(found.path, "xml")] = isce_xml(found)
        is_heading = found.path.name == "heading.raw"
        texts[_beside(found.path, "vrt")] = (
            gdal_vrt(found, nodata="-2.700000000000000E+02") if is_heading else raw_vrt(found)
        )
    return texts


def _places(stack: Stack, insar: Path, names: _Names) -> Iterator[tuple[int, Path]]:
    """Give the folder with the links to each image."""
    for k, day in enumerate(stack.dates):
        own = insar / f"{day:%Y%m%d}" / "coreg_fine"
        yield k, insar / names.reference if k == stack.master else own


def _links(
    stack: Stack, insar: Path, images: tuple[StoredRaster, ...], geometry: list[StoredRaster],
    names: _Names,
) -> dict[Path, str]:  # fmt: skip
    """Give the links into the stack; their targets are absolute."""
    links = {}
    reference = str(images[stack.master].path)
    for k, folder in _places(stack, insar, names):
        image = images[k].path
        links[folder / image.name] = str(image)
        links[folder / f"{image.name}.hdr"] = f"{image}.hdr"
        if k == stack.master:
            links[folder / f"{names.reference}.slc"] = str(image)
            continue
        links[folder / "coreg.slc"] = str(image)
        links[folder.parent / f"{names.secondary}.slc"] = str(image)
        links[folder.parent / f"{names.reference}.slc"] = reference
    for raster in geometry:
        for extension in ("", ".xml", ".vrt"):
            name = f"{raster.path.name}{extension}"
            links[insar / names.reference / "geom" / name] = str(raster.path.with_name(name))
    return links


def _images_described_again(
    stack: Stack, insar: Path, images: tuple[StoredRaster, ...], size: tuple[int, int],
    names: _Names,
) -> dict[Path, str]:  # fmt: skip
    """Give the descriptions that GDAL makes anew beside the links to images."""
    texts = {}
    for k, folder in _places(stack, insar, names):
        link = folder / images[k].path.name
        found = Description(link, "CFLOAT", size, "BIP", 1, names.is_recent)
        texts[_beside(link, "xml")] = isce_xml(found, mode="READ")
        texts[_beside(link, "vrt")] = gdal_vrt(found)
    return texts


def _small_texts(stack: Stack, root: Path, insar: Path, names: _Names) -> dict[Path, str]:
    """Give settings, sizes, wavelength and heading; sizes have no newline."""
    day = f"{stack.dates[stack.master]:%Y%m%d}"
    wavelength = f"{stack.geometry.wavelength_m:.8f}"
    merged = root / "merged"
    rows = [
        ("source_data", "slc_stack"),
        ("slc_stack_path", f"{merged / 'SLC'}"),
        (f"slc_stack_{names.reference}", day),
        ("slc_stack_geom_path", f"{merged / f'geom_{names.reference}'}"),
        ("slc_stack_baseline_path", f"{merged / 'baselines'}"),
        ("range_looks", "4"),
        ("aspect_ratio", "1"),
        ("lambda", wavelength),
    ]
    if names.suffix:
        rows += [("slc_suffix", names.suffix), ("geom_suffix", names.suffix)]
    settings = "".join(f"{key}\t{value}\n" for key, value in rows)
    heading = float(np.float32(stack.geometry.heading_deg))
    others = [f"{stack.dates[k]:%Y%m%d}" for k in stack.secondaries]
    return {
        root / f"input_file_{day}": settings,
        insar / "input_file": settings,
        insar / "lambda.1.in": f"{wavelength}\n",
        insar / "heading.1.in": f"{heading!r}\n",
        insar / "width.txt": f"{stack.scene.samples}",
        insar / "len.txt": f"{stack.scene.lines}",
        insar / "slcs.list": "".join(f"{other}\n" for other in others),
    }


def _baselines(
    stack: Stack, merged: Path, insar: Path, names: _Names
) -> tuple[dict[Path, bytes], dict[Path, str]]:
    """Give grids of baselines, and texts about them."""
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    values = [baseline_grid(stack, k) for k in range(len(days))]
    rows = {day: f"{day} {grid.mean():.2f} \n" for day, grid in zip(days, values, strict=True)}
    texts = {
        insar / (names.reference if k == stack.master else day) / "baseline": rows[day]
        for k, day in enumerate(days)
    }
    overview = "baseline_overview_new" if names.has_grids else "baseline_overview"
    texts[insar / overview] = "".join(rows.values())
    if not names.has_grids:
        master = days[stack.master]
        for k in stack.secondaries:
            name = f"{master}_{days[k]}.txt"
            texts[merged / "baselines" / name] = f"perp (average): {values[k].mean()}\n"
        return {}, texts
    grids: dict[Path, bytes] = {}
    for k, day in enumerate(days):
        paths = [merged / "baselines" / day / day]
        if k != stack.master:
            paths.append(insar / f"baselineGRID_{day}")
        for path in paths:
            grids[path] = values[k].astype("<f4").tobytes()
            size = (values[k].shape[1], values[k].shape[0])
            found = Description(path, "FLOAT", size, "BIP", 1, names.is_recent)
            texts[_beside(path, "xml")] = isce_xml(found)
            texts[_beside(path, "vrt")] = raw_vrt(found)
    return grids, texts


def baseline_grid(stack: Stack, image: int) -> Float64:
    """Give the perpendicular baseline of an image on the nodes of ISCE's grid: (rows, columns), m.

    The nodes reach from the first to the last line and sample, at least two each way.
    """
    geometry, scene = stack.geometry, stack.scene
    across = math.ceil((geometry.slant_range_m[-1] - geometry.slant_range_m[0]) / _GRID_M)
    along = math.ceil((geometry.azimuth_s[-1] - geometry.azimuth_s[0]) / _GRID_S)
    rows = np.linspace(0, scene.lines - 1, max(2, along))
    columns = np.linspace(0, scene.samples - 1, max(2, across))
    seconds = np.interp(rows, np.arange(scene.lines), geometry.azimuth_s)
    look = np.interp(columns, np.arange(scene.samples), geometry.look)
    return stack.baselines[image].at(seconds[:, None], look)
