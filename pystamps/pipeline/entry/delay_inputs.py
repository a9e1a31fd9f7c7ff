"""What stages subtract as tropospheric phase, where ``subtr_tropo`` is y."""

from __future__ import annotations

from pystamps.model import Pixels
from pystamps.pipeline.job import StageJob
from pystamps.pipeline.stage_settings import is_estimated_from_phase
from pystamps.products.delays import complete_delays
from pystamps.rows import Matrix


def read_delays_of_job(job: StageJob, pixels: Pixels, *, of_images: bool = False) -> Matrix | None:
    """Give the tropospheric phase of the interferograms, or of the images; None: not wanted.

    Parameters
    ----------
    job : StageJob
        ``subtr_tropo`` and ``tropo_method`` of its parameters decide.
    pixels : Pixels
    of_images : bool
        As for :func:`~pystamps.products.delays.complete_delays`.

    Returns
    -------
    Matrix of float, shape (n_ps, n_ifg) or (n_ps, n_image), rad, or None

    Raises
    ------
    ArtifactError
        The file is missing or of another selection, or no delay is known of an interferogram that
        is used.
    """
    if not job.parameters.subtr_tropo:
        return None
    if job.stage.is_before_phase and is_estimated_from_phase(job.config):
        return None  # it is estimated from what this stage, or one after it, is going to make
    return complete_delays(job.directory, pixels, job.parameters, of_images=of_images)
