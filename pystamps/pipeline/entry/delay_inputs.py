"""What stages subtract as tropospheric phase: read, complete, of pairs or of images."""

from __future__ import annotations

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.delay_files import DELAY_FILES, columns_without_delay, read_delays
from pystamps.model import Pixels
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix
from pystamps.stages.delay_inversion import image_delays


def read_delays_of_job(job: StageJob, pixels: Pixels, *, of_images: bool = False) -> Matrix | None:
    """Give the tropospheric phase of the interferograms, or of the images; None: not wanted.

    Parameters
    ----------
    job : StageJob
        ``subtr_tropo`` and ``tropo_method`` of its parameters decide.
    pixels : Pixels
    of_images : bool
        Small baselines: of the images relative to the reference image. Of a single reference image
        the interferograms are the images.

    Returns
    -------
    Matrix of float, shape (n_ps, n_ifg) or (n_ps, n_image), rad, or None

    Raises
    ------
    ArtifactError
        The file is missing or of another selection, or no delay is known of an interferogram that
        is used: it would be taken for corrected.
    """
    if not job.parameters.subtr_tropo:
        return None
    stack = pixels.interferograms
    path = job.directory / DELAY_FILES[int(pixels.pairs is not None)]
    method = job.parameters.tropo_method
    delays = read_delays(path, method, (pixels.n_ps, stack.n_ifg))
    used = stack.used(job.parameters.drop_ifg_index).observed
    missing = used[columns_without_delay(delays)[used]] if pixels.n_ps else used[:0]
    if missing.size:
        names = ", ".join(str(stack.name_of(column)) for column in missing)
        raise ArtifactError(
            f"{path}: tropo_method {method}: no delay is known of {names} (0 everywhere, or NaN); "
            "they would be taken for corrected; add their delays, or leave them out "
            "(drop_ifg_index)"
        )
    if not of_images or pixels.pairs is None:
        return delays
    return image_delays(stack, delays, np.asarray(used))
