"""Text files of the data set root: lists, sizes, thresholds, and ``parms.mat``."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from pystamps.io.mat import read_mat, write_mat
from pystamps.parameters import default_parameters
from pystamps.parameters.files import write_back_parameters
from pystamps.prep.patches import PatchArea
from pystamps.processors.export import Export

_FOLDERS_UP = 2
"""An export counts as near when its relative path climbs at most so far."""

_CONSTANTS_OF_STACK = ("lambda", "heading", "platform", "slc_osf")


def recorded_path(path: Path, root: Path, style: str) -> str:
    """Give the path of a file of the export as the text files of a data set have it.

    Parameters
    ----------
    path, root : Path
        File of the export, and the data set; absolute.
    style : str
        absolute, relative, or auto: relative when the export lies in the data set, beside it
        or a folder higher, so that both can be moved together.
    """
    relative = os.path.relpath(path, root)
    is_near = Path(relative).parts.count(os.pardir) <= _FOLDERS_UP
    if style == "relative" or (style == "auto" and is_near):
        return relative
    return str(path)


def constant_texts(
    export: Export, patches: Sequence[PatchArea], *, root: Path, style: str
) -> dict[str, str]:
    """Give the text files that follow from the headers alone, by name."""

    def name(path: Path) -> str:
        return recorded_path(path, root, style)

    width = f"{export.size[0]}\n"
    interferograms = [f"{name(raster.path)}\n" for raster in export.interferograms]
    longitude, latitude = name(export.longitude.path), name(export.latitude.path)
    texts = {
        "processor.txt": f"{export.processor}\n",
        "width.txt": width,
        "len.txt": f"{export.size[1]}\n",
        "calamp.in": "".join(f"{name(image.path)}\n" for image in export.images),
        "pscphase.in": width + "".join(interferograms),
        "pscdem.in": f"{width}{name(export.height.path)}\n",
        "psclonlat.in": f"{width}{longitude}\n{latitude}\n",
        "patch.list": "".join(f"{patch.name}\n" for patch in patches),
    }
    if export.par is not None:
        texts["rsc.txt"] = f"{name(export.par.path)}\n"
    return texts | dict(export.texts)


def calibration_texts(
    export: Export, constants: Sequence[float], threshold: float, *, root: Path, style: str
) -> dict[str, str]:
    """Give ``calamp.out`` and ``selpsc.in`` (small baselines: ``selsbc.in``)."""
    calibrated = "".join(
        f"{recorded_path(image.path, root, style)} {constant:g}\n"
        for image, constant in zip(export.images, constants, strict=True)
    )
    selection = "selsbc.in" if export.is_small_baseline else "selpsc.in"
    head = f"{threshold:g}\n{export.size[0]}\n"
    return {"calamp.out": calibrated, selection: head + calibrated}


def write_parameters(folder: Path, export: Export, *, before: Path | None = None) -> None:
    """Write ``parms.mat``: the initial set of StaMPS, or an earlier file with its settings kept.

    Parameters
    ----------
    folder : Path
    export : Export
    before : Path, optional
        ``parms.mat`` of the data set that is prepared again. Wavelength, heading, platform and
        oversampling are taken from the new headers.
    """
    flag = "y" if export.is_small_baseline else "n"
    if before is not None and before.is_file():
        found = read_mat(before)
        if found.get("small_baseline_flag", "n") == flag:
            kept = {k: v for k, v in found.items() if k not in _CONSTANTS_OF_STACK}
            write_mat(folder / "parms.mat", kept | {"insar_processor": export.processor})
            return
    initial = default_parameters(small_baseline=export.is_small_baseline)
    write_back_parameters(folder, dataclasses.replace(initial, insar_processor=export.processor))
