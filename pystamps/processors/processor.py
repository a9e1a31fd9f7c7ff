"""The record of a processor: everything that depends on who made the stack.

Every job asks the record for names and files, so that it is light: its functions are imported when
they are called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pystamps.processors.constants import DatasetConstants
    from pystamps.processors.export import Export
    from pystamps.processors.patch_model import Acquisitions, RawPatch
    from pystamps.processors.rasters import ByteOrder


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the preparation writes.

    Attributes
    ----------
    name : str
        Or pattern.
    meaning : str
    is_needed : bool
        Whether stage 1 needs it.
    other_name : str
        File that takes its place where it is not there.
    """

    name: str
    meaning: str
    is_needed: bool = True
    other_name: str = ""


SLANT_RANGE_ORDER: ByteOrder = ">"
DATED_ORDER: ByteOrder = "<"
"""Byte order of exports and candidate files: of SNAP and GAMMA; of Doris and ISCE."""

COMMON_FILES = (
    InputFile("parms.mat", "StaMPS parameters"),
    InputFile("patch.list", "names of the patches; else PATCH_*", is_needed=False),
    InputFile("processor.txt", "program that made the stack; else doris", is_needed=False),
)
"""Files of the data set root, whatever the processor."""
DATED_FILES = (
    *COMMON_FILES,
    InputFile("width.txt", "range samples of the image"),
    InputFile("len.txt", "azimuth lines of the image"),
    InputFile("master_day.1.in", "date of the reference image", other_name="reference_day.1.in"),
    InputFile(
        "reference_day.1.in", "the same, as ISCE calls it since version 2.4", is_needed=False
    ),
    InputFile("day.1.in", "dates of the other images"),
    InputFile("bperp.1.in", "nominal baselines"),
    InputFile("heading.1.in", "satellite heading"),
    InputFile("lambda.1.in", "radar wavelength"),
    InputFile("calamp.out", "mean amplitudes; else 1", is_needed=False),
)
"""Files of a data set whose dates stand in text files (Doris, ISCE)."""

SLANT_RANGE_FILES = (
    *COMMON_FILES,
    InputFile("rsc.txt", "path of the parameter file of the reference image"),
    InputFile("pscphase.in", "paths of the interferograms"),
)
"""Files of a data set whose geometry stands in parameter files of the export (SNAP, GAMMA)."""

SLANT_RANGE_CONSTANTS = ("lambda", "heading", "platform")


@dataclass(frozen=True, slots=True)
class Processor:
    """What one interferometric processor writes, and how it is read.

    Attributes
    ----------
    name : str
    summary : str
        One line for the command line.
    byte_order : str
        Of the rasters of the export and of the candidate files: ">" or "<".
    angle : str
        Base name of the angle artifact: la (look angle) or inc (incidence angle).
    angle_file : str
        File of the data set from which stage 1 takes the angle; empty = it follows from the header.
    constants : tuple of str
        StaMPS parameters that its loader takes from headers or text files.
    input_files : tuple of InputFile
        Files of the data set root that stage 1 reads.
    dates_in : str
        The one of ``input_files`` that says the dates of the images.
    has_par_files : bool
        Geometry and baselines come from GAMMA parameter files of the export (``.par``, ``.base``).
    candidate_files : tuple of str
        Endings of the files pscands.1.* that stage 1 needs.
    has_double_candidates : bool
        Positions and heights of the candidates are in double precision, in files of their own.
    la_is_incidence : bool
        What its loader keeps as look angle (``la``) is the angle of incidence, as in StaMPS.
    are_ranges_rough : bool
        Its exporter always writes spacing and ranges of the headers roughly.
    recognises : callable
        Tells whether a folder looks like an export of this processor.
    scan : callable
        Looks through an export: folder, date of the reference image ("" = taken from the export).
    read_constants : callable
        Reads the constants of a data set: root, folder of the export of a data set that moved.
    read_acquisitions : callable
        Reads the dates of a data set: patch, whether it holds small baselines.
    read_patch : callable
        Reads the input of stage 1: patch, folder of the export of a data set that moved, whether
        it holds small baselines, whether a sample of the candidates is enough.
    """

    name: str
    summary: str
    byte_order: ByteOrder
    constants: tuple[str, ...]
    input_files: tuple[InputFile, ...]
    dates_in: str
    recognises: Callable[[Path], bool]
    scan: Callable[[Path, str], Export]
    read_constants: Callable[[Path, Path | None], DatasetConstants]
    read_acquisitions: Callable[[Path, bool], Acquisitions]
    read_patch: Callable[[Path, Path | None, bool, bool], RawPatch]
    angle: Literal["la", "inc"] = "la"
    angle_file: str = ""
    has_par_files: bool = False
    candidate_files: tuple[str, ...] = ("ij", "ll", "ph")
    has_double_candidates: bool = False
    la_is_incidence: bool = False
    are_ranges_rough: bool = False


def imported_on_call(reference: str) -> Callable[..., Any]:
    """Give a function that imports ``module:function`` when it is called, and calls it."""
    module, name = reference.split(":")

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    return call
