"""The input of stage 1, whatever processor the stack was prepared from."""

from __future__ import annotations

from pathlib import Path

from pystamps.errors import ParameterError
from pystamps.io.constants import GAMMA_FAMILY
from pystamps.io.doris import read_doris_patch
from pystamps.io.isce import read_isce_patch
from pystamps.io.snap import read_snap_patch
from pystamps.raw_model import RawPatch


def read_raw_patch(patch: Path, processor: str, *, raw_root: Path | None = None) -> RawPatch:
    """Read a patch of a prepared stack.

    Parameters
    ----------
    patch : Path
    processor : str
        Value of ``insar_processor``.
    raw_root : Path, optional
        Folder of the raw export, for a SNAP or GAMMA data set that was moved.

    Raises
    ------
    ParameterError
        The processor is not known.
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    if processor in GAMMA_FAMILY:
        return read_snap_patch(patch, raw_root=raw_root)
    if processor == "doris":
        return read_doris_patch(patch)
    if processor == "isce":
        return read_isce_patch(patch)
    raise ParameterError(
        f"{patch}: stacks of {processor!r} cannot be read; insar_processor has to be doris, gamma, "
        "snap or isce"
    )
