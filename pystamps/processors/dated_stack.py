"""What prepared stacks of Doris and ISCE have in common: text files of dates and of the image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pystamps.arrays import Float64
from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.io.text_numbers import find_near
from pystamps.processors.acquisitions import (
    check_inside,
    read_acquisitions,
    read_amplitude_constants,
    read_baselines,
    read_image_size,
)
from pystamps.processors.candidate_sample import read_candidate_sample
from pystamps.processors.candidates import read_candidates
from pystamps.processors.patch_model import Acquisitions, Candidates
from pystamps.processors.rasters import ByteOrder


@dataclass(frozen=True, slots=True)
class DatedStack:
    """Candidates of a patch, dates, and what the text files say about the stack.

    Attributes
    ----------
    candidates : Candidates
    acquisitions : Acquisitions
    width, length : int, range samples and azimuth lines of the image
    bperp : float64, (n_secondary,), nominal baseline in m, date order
    calconst : float64, (n_secondary,), mean amplitudes, date order; None with small baselines,
        whose phases lose their amplitudes
    """

    candidates: Candidates
    acquisitions: Acquisitions
    width: int
    length: int
    bperp: Float64
    calconst: Float64 | None


def read_dated_stack(
    patch: Path, *, byte_order: ByteOrder, is_small_baseline: bool, is_sampled: bool = False
) -> DatedStack:
    """Read what Doris and ISCE stacks have in common.

    Parameters
    ----------
    patch : Path
        Files are looked for here, then in the data set above.
    byte_order : str
        Of the candidate files.
    is_small_baseline : bool
    is_sampled : bool
        Look at a sample of the candidates only.

    Raises
    ------
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    acquisitions = read_acquisitions(patch, is_small_baseline)
    read = read_candidate_sample if is_sampled else read_candidates
    candidates = read(patch, byte_order=byte_order, n_interferogram=acquisitions.block.size)
    width, length = read_image_size(patch)
    check_inside(patch / "pscands.1.ij", candidates.ij, width=width, length=length)
    return DatedStack(
        candidates=candidates,
        acquisitions=acquisitions,
        width=width,
        length=length,
        bperp=read_baselines(patch, acquisitions),
        calconst=None if is_small_baseline else read_amplitude_constants(patch, acquisitions),
    )


def files_of_images(patch: Path, acquisitions: Acquisitions, pattern: str) -> list[Path] | None:
    """Find the file of every secondary image, or give None when there is none at all.

    Parameters
    ----------
    patch : Path
    acquisitions : Acquisitions
    pattern : str
        File name with ``{date}``.

    Raises
    ------
    ArtifactError
        Only some of the images have one.
    """
    names = [pattern.format(date=yyyymmdd(day)) for day in acquisitions.day]
    paths = [find_near(patch, name) for name in names]
    found = [path for path in paths if path is not None]
    if not found:
        return None
    if len(found) != len(names):
        missing = names[paths.index(None)]
        raise ArtifactError(
            f"{patch.parent / missing}: file is missing, but {len(found)} of {len(names)} images "
            "have one; make it, or remove the others to use the values of bperp.1.in"
        )
    return found
