"""Stack of Doris as the scripts of StaMPS (version 4) or of its Sentinel-1 interface (5) leave it.

``INSAR_<date>`` holds the cropped reference image with its result file, the heading in a file of
ROI_PAC, geometry without any description, and one folder per date with images, interferograms,
result files and logs. Nothing says the size but the sections of ``master.res``; the step that
geocodes leaves the width alone in ``width.txt``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.processors.doris_patch import N_NODE
from pystamps.simulate.doris_logs import coarse_log
from pystamps.simulate.doris_sections import (
    FIRST_LINE,
    FIRST_PIXEL,
    doris_windows,
    master_result,
    pair_result,
    parallel_baseline_m,
    slave_result,
)
from pystamps.simulate.export_layout import ExportLayout, StoredRaster
from pystamps.simulate.stack import Stack

DORIS_FORMS = ("4", "4-short", "4-oversampled", "5")
"""Version; with images of ROI_PAC, with a reference image of 16-bit integers, oversampled twice."""

_HEIGHTS_M = (0.0, 1000.0)


def doris_layout(stack: Stack, root: Path, form: str = DORIS_FORMS[0]) -> ExportLayout:
    """Describe the stack of Doris of a simulation below a folder.

    Raises
    ------
    ParameterError
        An oversampled image with an odd number of samples or lines.
    """
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    master, is_five = days[stack.master], form == "5"
    insar = root / f"INSAR_{master}"
    is_short, is_ovs = form in ("4-short", "5"), form == "4-oversampled"
    crop = insar / f"{master}_crop{'_ovs' if is_ovs else ''}.slc"
    images = [StoredRaster(insar / day / "slave_res.slc", "<c8") for day in days]
    images[stack.master] = StoredRaster(crop, "<i2" if is_short else "<c8", 1 + is_short)
    pairs = {k: StoredRaster(insar / days[k] / "cint.minrefdem.raw", "<c8")
             for k in stack.secondaries}  # fmt: skip
    heights = [StoredRaster(insar / "dem_radar_i.raw", "<f4")]
    links = {}
    if is_five:
        links = {insar / days[k] / "dem_radar.raw": "../dem_radar_i.raw" for k in pairs}
    else:
        heights.append(StoredRaster(insar / days[min(pairs)] / "dem_radar.raw", "<f4"))
        links = {insar / days[k] / "SLC": f"../../SLC/{days[k]}" for k in pairs}
        links[root / "SLC" / master / crop.name] = f"../../INSAR_{master}/{crop.name}"
    return ExportLayout(
        root=root,
        folder=insar,
        images=tuple(images),
        interferograms=pairs,
        planes={
            "longitude": (StoredRaster(insar / "lon.raw", "<f4"),),
            "latitude": (StoredRaster(insar / "lat.raw", "<f4"),),
            "height": tuple(heights),
        },
        texts=_texts_5(stack, root, insar) if is_five else _texts_4(stack, root, insar, form),
        links=links,
    )


def _texts_4(stack: Stack, root: Path, insar: Path, form: str) -> dict[Path, str]:
    """Give the texts of the scripts of StaMPS."""
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    master = days[stack.master]
    windows = doris_windows(stack, form)
    result = master_result(stack, insar, windows, form)
    texts = {
        insar / "master.res": result,
        root / "SLC" / master / "master.res": result,
        insar / "dem.dorisin": _dem_cards(stack, root),
        insar / "timing.dorisin": _dem_cards(stack, root).replace("CRD_", "SAM_"),
        insar / "looks.txt": "4\n",
        insar / "ar.txt": "5\n",
        insar / "width.txt": f"{stack.scene.samples}\n",
        insar / "slcs.list": "".join(f"{days[k]}\n" for k in stack.secondaries),
        insar / f"{master}.slc.rsc": _heading_text(stack, is_alone=form == "4-short"),
    }
    for k in stack.secondaries:
        folder = insar / days[k]
        texts[folder / "master.res"] = result
        texts[folder / "slave.res"] = slave_result(stack, k, windows, form)
        texts[root / "SLC" / days[k] / "slave.res"] = slave_result(stack, k, windows, form)
        pair = pair_result(stack, k, windows, form)
        texts[folder / "coreg.out"] = pair.split("*_Start_interfero")[0]
        texts[folder / "interferogram.out"] = pair
        texts[folder / "step_coarse.log"] = coarse_log(_node_rows(stack, k))
    return texts


def _texts_5(stack: Stack, root: Path, insar: Path) -> dict[Path, str]:
    """Give the texts of Doris 5 and of the scripts that prepare its stacks for StaMPS."""
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    windows = doris_windows(stack, "5")
    result = master_result(stack, insar, windows, "5")
    others = "".join(f"{days[k]}\n" for k in stack.secondaries)
    lines, samples = stack.scene.lines, stack.scene.samples
    angles = _node_rows(stack, stack.secondaries[0])[:, 5]
    texts = {
        root / "master_date.txt": f"{days[stack.master]}\n",
        root / "slave_dates.txt": others,
        root / "datafolder.txt": f"{root / 'stack'}/\n",
        insar / "master.res": result,
        insar / "ifgs.res": pair_result(stack, stack.secondaries[0], windows, "5"),
        insar / "image.slc.rsc": f"HEADING   {stack.geometry.heading_deg % 360:.9f}\n",
        insar / "dem.dorisin": _dem_cards(stack, root),
        insar / "looks.txt": "20\n",
        insar / "ar.txt": "0.25\n",
        insar / "slcs.list": others,
        insar / "width.txt": f"{samples}\n",
        insar / "len.txt": f"{lines}\n",
        insar / "cropparams.txt":
            f"line_0\t1\nline_1\t{lines}\npixel_0\t1\npixel_1\t{samples}\n",
        insar / "look_angle.1.in": "".join(f"{angle:6.4f}\n" for angle in angles),
    }  # fmt: skip
    for k in stack.secondaries:
        folder = insar / days[k]
        values = _node_rows(stack, k)[:, 4]
        texts[insar / f"bperp_{days[k]}.1.in"] = "".join(f"{value:6.4f}\n" for value in values)
        texts[folder / "master.res"] = result
        texts[folder / "slave.res"] = slave_result(stack, k, windows, "5")
        texts[folder / "ifgs.res"] = pair_result(stack, k, windows, "5")
    return texts


def _node_rows(stack: Stack, image: int) -> Float64:
    """Give line, pixel, height, both baselines and look angle of every node: (nodes, 6)."""
    scene, geometry = stack.scene, stack.geometry
    share = np.arange(N_NODE) / (N_NODE - 1)
    seconds = (share * scene.lines - (scene.lines / 2 - 0.5)) / geometry.prf_hz
    slant = geometry.near_range_m + share * scene.samples * geometry.range_spacing_m
    look = np.stack([_look_angle(stack, slant, height) for height in _HEIGHTS_M], axis=-1)[None]
    second = seconds[:, None, None]
    shape = (N_NODE, N_NODE, len(_HEIGHTS_M))
    columns = (
        (FIRST_LINE + share * scene.lines)[:, None, None],
        (FIRST_PIXEL + share * scene.samples)[None, :, None],
        np.array(_HEIGHTS_M),
        parallel_baseline_m(stack, image, second, look),
        stack.baselines[image].at(second, look),
        np.degrees(look),
    )
    return np.stack([np.broadcast_to(values, shape).ravel() for values in columns], axis=1)


def _look_angle(stack: Stack, slant_m: Float64, height_m: float) -> Float64:
    orbit = stack.geometry.sar_to_earth_centre_m
    ground = stack.geometry.earth_radius_m + height_m
    cosine = (orbit**2 + slant_m**2 - ground**2) / (2 * orbit * slant_m)
    return np.asarray(np.arccos(cosine))


def _heading_text(stack: Stack, *, is_alone: bool) -> str:
    """Give the parameter file of ROI_PAC, of which only the heading may be left."""
    heading = stack.geometry.heading_deg
    if is_alone:
        return f"HEADING   {heading % 360:.7f}\n"
    rows = (
        ("WIDTH", f"{stack.scene.samples}"), ("FILE_LENGTH", f"{stack.scene.lines}"),
        ("XMIN", "0"), ("XMAX", f"{stack.scene.samples - 1}"), ("YMIN", "0"),
        ("WAVELENGTH", f"{stack.geometry.wavelength_m:.10f}"), ("HEADING", f"{heading:.13f}"),
        ("PRF", f"{stack.geometry.prf_hz:.6f}"),
    )  # fmt: skip
    return "".join(f"{key:<40} {value}\n" for key, value in rows)


def _dem_cards(stack: Stack, root: Path) -> str:
    """Give the cards of the elevation model, with comments behind two slashes."""
    longitude, latitude = stack.geometry.centre_lonlat
    return (
        "c ___ step comprefdem ___\n# CRD_METHOD      trilinear\nCRD_INCLUDE_FE  OFF\n"
        "CRD_OUT_FILE    refdem_1l.raw\nCRD_OUT_DEM_LP  dem_radar.raw\n"
        "CRD_IN_FORMAT   real4\n"
        f"CRD_IN_DEM      {root / 'DEM' / 'srtm.flt'}\n"
        "CRD_IN_SIZE     3601 3601               // rows cols\n"
        "CRD_IN_DELTA    0.000277777777777778    // in degrees       \n"
        f"CRD_IN_UL       {latitude + 0.5:.5f} {longitude - 0.5:.5f}     // lat and lon of upper "
        "left\nCRD_IN_NODATA   -9999\nSTOP\n"
    )
