"""The one look through a raw export: the preparation raises its first error, the doctor lists all.

The plan of a run needs headers and text files only; a preparation asks for the sizes of the rasters
too, and then for their values (:mod:`.contents`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from pystamps.errors import DatasetError, ParameterError
from pystamps.findings import Finding, raise_first_error, value_or_finding
from pystamps.io.user_paths import path_of_user
from pystamps.processors import PROCESSORS
from pystamps.processors.date_checks import check_dates, check_master
from pystamps.processors.descriptions import with_descriptions
from pystamps.processors.export import Export
from pystamps.processors.export_codes import NO_IMAGES
from pystamps.processors.processor import Processor
from pystamps.processors.rasters import Raster, size_findings
from pystamps.processors.text_checks import text_files


def recognise_processor(folder: Path) -> Processor | None:
    """Give the processor whose export a folder looks like, or None.

    The folders of Doris and ISCE may hold one that looks like images of GAMMA, hence the order.
    """
    asked = reversed([PROCESSORS[name] for name in PROCESSORS])
    return next((processor for processor in asked if processor.recognises(folder)), None)


def scan_export(processor: str, folder: Path, *, master: str = "") -> Export:
    """Look through headers and text files of a raw export; its findings say what is wrong.

    Parameters
    ----------
    processor : str
    folder : Path
        SNAP, GAMMA: the folder with ``rslc`` and ``diff0``, or with ``SMALL_BASELINES``.
        ISCE, Doris: ``INSAR_<date>``, or its ``SMALL_BASELINES`` for small baselines.
    master : str
        Date of the reference image (YYYYMMDD), where the export leaves a choice.

    Raises
    ------
    PystampsError
        There is no such processor or folder.
    """
    if processor not in PROCESSORS:
        raise ParameterError(f"processor {processor!r} is none of {', '.join(PROCESSORS)}")
    folder = path_of_user(folder).resolve()
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such directory; give the folder of the raw export")
    export = value_or_finding(folder, PROCESSORS[processor].scan, folder, master)
    if isinstance(export, Finding):
        return Export(processor, folder, findings=(export,))
    export = with_descriptions(export)
    return dataclasses.replace(export, findings=(*export.findings, *_common_findings(export)))


def find_export(processor: str, folder: Path, *, master: str = "") -> Export:
    """Look through a raw export that is to be prepared; parameters as :func:`scan_export`.

    Raises
    ------
    PystampsError
        The first error among the findings.
    """
    export = scan_export(processor, folder, master=master)
    raise_first_error(export.findings)
    return export


def _common_findings(export: Export) -> Iterator[Finding]:
    """Check what does not depend on the layout: number of images, dates, reference image."""
    if export.interferograms and len(export.images) < 2:
        yield NO_IMAGES.at(export.folder, f"{len(export.images)} in all", expected="2 or more")
    yield from check_dates(export)
    yield from check_master(export)


def file_findings(export: Export) -> Iterator[Finding]:
    """Report rasters that are missing or do not have the size of the image, and odd text files."""
    yield from text_files(raster.companion for raster in export.rasters if raster.companion)
    if export.has_size:
        for raster in export.rasters:
            yield from size_findings(raster)
        if export.mask is not None:
            yield from size_findings(Raster(export.mask, export.size, "byte", "<", "mask"))
