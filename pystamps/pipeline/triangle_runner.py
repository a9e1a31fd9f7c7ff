"""The triangulation that is set: CDT, Qhull, or the package triangle in a process of its own."""

from __future__ import annotations

import logging
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float64
from pystamps.cdt import PACKAGE, has_cdt, version_of_cdt
from pystamps.errors import ExternalProgramError
from pystamps.pipeline.guarded_groups import guarded_groups
from pystamps.pipeline.job import StageJob
from pystamps.pipeline.scratch import scratch_folder
from pystamps.pipeline.watched_program import run_watched
from pystamps.stages.network import Triangulate, checked_arcs, qhull_arcs

log = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("triangle_child.py")


def chosen_triangulation(job: StageJob) -> Triangulate | None:
    """Give the triangulation that ``tools.delaunay`` asks for, and log which it is.

    Parameters
    ----------
    job : StageJob
        Messages name its stage and directory.

    Returns
    -------
    callable or None
        None: the standard one (:func:`pystamps.stages.network.standard_arcs`).

    Raises
    ------
    ExternalProgramError
        The package that the setting names is not installed.
    """
    asked = job.config.tools.delaunay
    if asked == "triangle":
        log.info("%s: triangulation by the package triangle", job.stage.name)
        return _by_triangle(job)
    if asked == "cdt" and not has_cdt():
        raise ExternalProgramError(
            f"{job.directory}, {job.stage.name}: tools.delaunay is cdt, but the package {PACKAGE} "
            f"is not installed; `pip install {PACKAGE}`, or choose auto or qhull"
        )
    by_qhull = asked == "qhull" or not has_cdt()
    name = "Qhull (SciPy)" if by_qhull else f"CDT ({PACKAGE} {version_of_cdt()})"
    log.info("%s: triangulation by %s", job.stage.name, name)
    return qhull_arcs if by_qhull else None


def _by_triangle(job: StageJob) -> Triangulate:
    silence_minutes = job.config.runtime.tool_silence_minutes

    def triangulate(places: Float64) -> npt.NDArray[Any]:
        try:
            return triangle_arcs(places, silence_minutes=silence_minutes)
        except ExternalProgramError as error:
            raise ExternalProgramError(f"{job.directory}, {job.stage.name}: {error}") from None

    return triangulate


def triangle_arcs(places: Float64, *, silence_minutes: float) -> npt.NDArray[Any]:
    """Give the arcs that the package triangle makes of places.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        m.
    silence_minutes : float
        The package says nothing while it works: how long it may take; 0 = for ever.

    Returns
    -------
    ndarray of int64, shape (n_arc, 2)
        In the direction in which the package lists them.

    Raises
    ------
    ExternalProgramError
        The package is not installed, its process failed, or has left no arcs of a triangulation.
    """
    if find_spec("triangle") is None:
        raise ExternalProgramError(
            "tools.delaunay: the package triangle is not installed; "
            "`pip install triangle` (free for non-commercial use), or choose auto"
        )
    with scratch_folder() as folder, guarded_groups() as groups:
        given, made = folder / "places.npy", folder / "arcs.npy"
        np.save(given, places)
        command = [sys.executable, "-P", str(_CHILD), str(given), str(made)]
        try:
            run_watched(
                groups,
                command,
                folder=folder,
                log_path=folder / "triangle.log",
                silence_minutes=silence_minutes,
            )
            if not made.is_file():
                raise ExternalProgramError("it has left no arcs")
            arcs = np.asarray(np.load(made, allow_pickle=False))
        except (ExternalProgramError, ValueError, EOFError) as error:
            raise ExternalProgramError(
                f"the package triangle failed on {len(places)} pixels: {error}; choose auto "
                "(tools.delaunay)"
            ) from None
        return checked_arcs(arcs, len(places))
