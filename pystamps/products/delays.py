"""Tropospheric phase beside a data set, for those who take it off: complete, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.io.delay_files import (
    DELAY_FILES,
    columns_without_delay,
    read_delays,
    uncorrected_columns,
)
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, made_from
from pystamps.stages.delay_inversion import image_delays


def delay_file_of(directory: Path, pixels: Pixels) -> Path:
    """Give the file that holds the tropospheric phase of a data set, whether it is there or not."""
    return directory / DELAY_FILES[int(pixels.pairs is not None)]


def complete_delays(
    directory: Path,
    pixels: Pixels,
    parameters: Parameters,
    *,
    of_images: bool = False,
    wanted_by: str = "subtr_tropo is y",
) -> Matrix:
    """Give the tropospheric phase of the interferograms, or of the images.

    Parameters
    ----------
    directory : Path
        Root of the data set.
    pixels : Pixels
    parameters : Parameters
        ``tropo_method``, ``drop_ifg_index``.
    of_images : bool
        Small baselines: of the images relative to the reference image. Of a single reference image
        the interferograms are the images.
    wanted_by : str
        Who asks, for messages.

    Returns
    -------
    Matrix of float, shape (n_ps, n_ifg) or (n_ps, n_image)
        rad; corrected phase = phase - value. 0 in interferograms that the file itself names as
        uncorrected.

    Raises
    ------
    ParameterError
        No method is called so.
    ArtifactError
        The file or the variable is missing or of another selection, or no delay is known of an
        interferogram that is used: it would be taken for corrected.
    """
    stack, method = pixels.interferograms, parameters.tropo_method
    path = delay_file_of(directory, pixels)
    if not path.is_file():
        raise ArtifactError(
            f"{path}: file is missing, and {wanted_by}; put the tropospheric phase of tropo_method "
            f"{method} there, or set subtr_tropo to n and take nothing of it off (letter a)"
        )
    delays = read_delays(path, method, (pixels.n_ps, stack.n_ifg))
    used = stack.used(parameters.drop_ifg_index).observed
    missing = used[columns_without_delay(delays)[used]] if pixels.n_ps else used[:0]
    uncorrected = np.intersect1d(missing, uncorrected_columns(path))
    missing = np.setdiff1d(missing, uncorrected)
    if missing.size:
        names = ", ".join(str(stack.name_of(column)) for column in missing)
        raise ArtifactError(
            f"{path}: tropo_method {method}: no delay is known of {names} (0 everywhere, or NaN); "
            "they would be taken for corrected; add their delays, or leave them out "
            "(drop_ifg_index)"
        )
    if uncorrected.size:
        delays = _with_zeros(delays, uncorrected)
    if not of_images or pixels.pairs is None:
        return delays
    known = np.setdiff1d(used, uncorrected)
    return image_delays(stack, delays, known, are_lost_images_zero=bool(uncorrected.size))


def _with_zeros(delays: Matrix, columns: Index) -> Matrix:
    """Give delays that are 0 in some interferograms, NaN there too."""

    def give(rows: slice) -> FloatArray:
        block = np.array(delays[rows])
        block[:, columns] = 0
        return block

    return made_from((delays,), delays.shape, delays.dtype, give)
