"""Layouts of raw exports, one module per processor; all give an :class:`Export`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from pystamps.errors import DatasetError, ParameterError
from pystamps.prep.export import Export

PROCESSORS = ("snap", "gamma", "isce", "doris")


def find_export(processor: str, folder: Path, *, master: str = "") -> Export:
    """Find images, interferograms, geometry and headers of a raw export; reads headers only.

    Parameters
    ----------
    processor : str
        snap, gamma, isce or doris.
    folder : Path
        SNAP, GAMMA: the folder with ``rslc`` and ``diff0``, or with ``SMALL_BASELINES``.
        ISCE, Doris: ``INSAR_<date>``, or its ``SMALL_BASELINES`` for small baselines.
    master : str
        Date of the reference image (YYYYMMDD), where the export leaves a choice.

    Raises
    ------
    PystampsError
        The folder is no such export, files are missing, or the reference date is unknown.
    """
    if processor not in PROCESSORS:
        raise ParameterError(f"processor {processor!r} is none of {', '.join(PROCESSORS)}")
    folder = Path(folder).expanduser().resolve()
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such directory; give the folder of the raw export")
    find = import_module(f"pystamps.prep.layouts.{processor}").find
    export: Export = find(folder, master)
    return export
