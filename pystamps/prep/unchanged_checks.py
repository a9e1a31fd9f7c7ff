"""Checks that images may be added: one grid, one reference image, earlier images as they were."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pystamps.arrays import Bool, Complex64, FloatArray, Index
from pystamps.errors import DatasetError
from pystamps.findings import raise_first_error
from pystamps.prep.blocks import Workforce
from pystamps.prep.earlier_stack import EarlierPatch, EarlierStack
from pystamps.prep.longer_candidates import phases_of_raster
from pystamps.prep.longer_statistics import PatchAmplitudes
from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster, Role, size_findings

MOST_SHIFT_DEG, MOST_SHIFT_M = 2e-5, 0.5
"""Positions and heights that differ by less are the same: two steps of single precision."""
_COMPARED_PIXELS = 2000
"""Of every patch: phases of the earlier interferograms are compared there."""
_DIGITS = 1e-5
"""Relative; dispersions have six digits."""
_ROUNDED = 1e-3
"""Of the mean amplitude: images that differ by less are one image, written with other digits."""
_BLOCKS_OF_IMAGE, _LINES_OF_BLOCK = 16, 4

_ANEW = "prepare and run the longer stack as a data set of its own (pystamps prep)"


def refuse_other_grid(
    earlier: EarlierStack, found: Export, processor_size: tuple[int, int]
) -> tuple[float, float]:
    """Refuse an export of another grid; give the largest shift of positions (deg), heights (m).

    Parameters
    ----------
    earlier : EarlierStack
    found : Export
        The one that brings the new images.
    processor_size : tuple of int
        Samples and lines of all exports together.

    Raises
    ------
    DatasetError
        Size, positions or heights differ, or it holds neither geometry nor reference image.
    """
    sizes = {found.size if found.has_size else processor_size, processor_size} - {earlier.size}
    if sizes:
        width, length = sizes.pop()
        raise DatasetError(
            f"{found.folder}: its image has {width} x {length} pixels, that of {earlier.root} "
            f"{earlier.size[0]} x {earlier.size[1]}; export the same subset, relative to the same "
            "reference image"
        )
    sized = found.with_size(earlier.size)
    shifts = {role: _largest_shift(earlier, raster) for role, raster in sized.geometry.items()}
    for role, shift in shifts.items():
        limit = MOST_SHIFT_M if role == "height" else MOST_SHIFT_DEG
        if not shift <= limit:
            unit = "m" if role == "height" else "degrees"
            raise DatasetError(
                f"{sized.geometry[role].path}: the {role} of candidates differs by up to "
                f"{shift:.3g} {unit} from that in {earlier.root}; this is another grid: {_ANEW}"
            )
    positions = [shift for role, shift in shifts.items() if role != "height"]
    return max(positions, default=0.0), shifts.get("height", 0.0)


def _largest_shift(earlier: EarlierStack, raster: Raster) -> float:
    raise_first_error(size_findings(raster))
    shifts = [_shift_in_patch(patch, raster, raster.role) for patch in earlier.patches]
    return max(shifts, default=0.0)


def _shift_in_patch(patch: EarlierPatch, raster: Raster, role: Role) -> float:
    """Give how far values are from those of the candidates; gaps of both are equal."""
    stored: dict[str, FloatArray | None] = {
        "longitude": patch.candidates.lonlat[:, 0],
        "latitude": patch.candidates.lonlat[:, 1],
        "height": patch.candidates.hgt,
    }
    expected = stored[role]
    if expected is None or not expected.size:
        return 0.0
    values = raster.lines(0, raster.size[1])[patch.line, patch.sample].astype(np.float32)
    is_same = (values == expected) | (np.isnan(values) & np.isnan(expected))
    difference = np.abs(values.astype(np.float64) - expected)
    return float(np.max(difference, where=~is_same, initial=0.0))


def refuse_other_reference(earlier: EarlierStack, mine: Export, found: Export) -> str:
    """Compare the reference images of two exports of single-reference stacks; say what was seen.

    Parameters
    ----------
    earlier : EarlierStack
    mine : Export
        All exports together, of which the earliest counts.
    found : Export
        The one that brings the new images.

    Raises
    ------
    DatasetError
        They differ, or nothing shows that the grids are the same.
    """
    known = _reference_images(mine, earlier.reference)
    given = _reference_images(found.with_size(earlier.size), earlier.reference)
    if earlier.is_small_baseline or not known or not given:
        if not found.geometry:
            raise DatasetError(
                f"{found.folder}: holds neither geometry nor the image of the reference "
                f"{earlier.reference}, so that nothing shows that its grid is that of "
                f"{earlier.root}; add longitude, latitude and height, or links to them"
            )
        return ""
    if known[0].path.samefile(given[0].path):
        return "the image of the reference is one file in both exports"
    raise_first_error(size_findings(given[0]))
    difference = _largest_difference(known[0], given[0])
    if difference > _ROUNDED:
        raise DatasetError(
            f"{given[0].path}: is not the reference image of {earlier.root} (amplitudes differ by "
            f"up to {difference:.2g} of the mean); {_ANEW}"
        )
    lines = min(_BLOCKS_OF_IMAGE * _LINES_OF_BLOCK, earlier.size[1])
    return f"the reference image is the same at {lines} lines"


def refuse_other_constant(
    earlier: EarlierStack, image: Raster, found: float, expected: float
) -> None:
    """Refuse to calibrate new images otherwise than the earlier ones were.

    Raises
    ------
    DatasetError
    """
    if not abs(found - expected) <= _DIGITS * expected:
        raise DatasetError(
            f"{earlier.root / 'calamp.out'}: says {expected:g} for {image.path}, whose mean "
            f"amplitude is {found:g}; the data set was calibrated with a mask that nothing names: "
            f"{_ANEW}"
        )


def _reference_images(export: Export, date: str) -> list[Raster]:
    return [image for image in export.images if image.date == date]


def _largest_difference(one: Raster, other: Raster) -> float:
    """Compare two images at lines spread over them, relative to the mean amplitude."""
    length = one.size[1]
    largest, total, count = 0.0, 0.0, 0
    starts = np.linspace(0, max(0, length - _LINES_OF_BLOCK), _BLOCKS_OF_IMAGE).astype(np.int64)
    for first in np.unique(starts).tolist():
        last = min(length, first + _LINES_OF_BLOCK)
        values, others = one.complex_lines(first, last), other.complex_lines(first, last)
        difference = np.abs(values - others)
        largest = max(largest, float(np.nanmax(difference, initial=0.0)))
        total, count = total + float(np.nansum(np.abs(values))), count + values.size
    return largest / (total / count) if total else largest


def refuse_other_phases(earlier: EarlierStack, export: Export, workforce: Workforce) -> int:
    """Refuse earlier interferograms that have changed; give the pixels compared in each.

    Raises
    ------
    DatasetError
        The phase of an interferogram is not that of the candidates.
    """
    rows = [_spread(patch.candidates.n) for patch in earlier.patches]
    for interferogram in export.interferograms:
        row = earlier.rows.get((interferogram.dates[0], interferogram.dates[1]))
        for patch, at in zip(earlier.patches, rows, strict=True):
            if row is None or not at.size:
                continue
            found = phases_of_raster(interferogram, patch.line[at], patch.sample[at], workforce)
            stored = patch.candidates.ph[row : row + 1][0][at].astype(np.complex64)
            n_other = int(np.count_nonzero(~_are_same(found, stored)))
            if n_other:
                raise DatasetError(
                    f"{interferogram.path}: is not the interferogram that {earlier.root} was "
                    f"prepared with (other values at {n_other} of {at.size} candidates); an image "
                    f"that was made anew changes everything: {_ANEW}"
                )
    return sum(at.size for at in rows)


def _spread(n: int) -> Index:
    return np.unique(np.linspace(0, n - 1, min(n, _COMPARED_PIXELS)).astype(np.int64))


def _are_same(one: Complex64, other: Complex64) -> Bool:
    """Compare complex values bit by bit, so that gaps are equal too."""
    found: Bool = one.view(np.uint64) == other.view(np.uint64)
    return found


def refuse_other_images(earlier: EarlierStack, found: Sequence[PatchAmplitudes]) -> int:
    """Refuse earlier images that have changed; give the candidates whose amplitudes show it.

    Raises
    ------
    DatasetError
        The amplitudes of the earlier images do not have the dispersion that is there.
    """
    for patch, amplitudes in zip(earlier.patches, found, strict=True):
        stored = patch.candidates.d_a
        if stored is None:
            raise DatasetError(f"{patch.directory / 'pscands.1.da'}: file is missing; {_ANEW}")
        difference = np.abs(amplitudes.dispersion_before - stored)
        is_other = ~(difference <= _DIGITS * np.maximum(np.abs(stored), 1e-3))
        if is_other.any():
            first = int(np.argmax(is_other))
            raise DatasetError(
                f"{patch.directory / 'pscands.1.da'}: the earlier images are not those that the "
                f"data set was prepared with: their amplitudes have another dispersion at "
                f"{np.count_nonzero(is_other)} of {stored.size} candidates (candidate {first + 1}: "
                f"{amplitudes.dispersion_before[first]:.6g}, was {stored[first]:.6g}); {_ANEW}"
            )
    return sum(patch.candidates.n for patch in earlier.patches)
