"""The triangulation that is set: that of SciPy, or the package triangle in a process of its own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float64
from pystamps.errors import ExternalProgramError
from pystamps.pipeline.guarded_groups import guarded_groups
from pystamps.pipeline.job import StageJob
from pystamps.pipeline.scratch import scratch_folder
from pystamps.pipeline.watched_program import run_watched
from pystamps.stages.network import Triangulate

_CHILD = Path(__file__).with_name("triangle_child.py")


def chosen_triangulation(job: StageJob) -> Triangulate | None:
    """Give the triangulation that ``tools.delaunay`` asks for; None = that of SciPy.

    Parameters
    ----------
    job : StageJob
        Messages name its stage and directory.
    """
    if job.config.tools.delaunay == "qhull":
        return None
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
    ndarray, shape (n_arc, 2)
        Not checked.

    Raises
    ------
    ExternalProgramError
        The package is not installed, its process failed, or has left no arcs.
    """
    if find_spec("triangle") is None:
        raise ExternalProgramError(
            "tools.delaunay: the package triangle is not installed; "
            "`pip install triangle` (free for non-commercial use), or choose qhull"
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
            return np.asarray(np.load(made, allow_pickle=False))
        except (ExternalProgramError, ValueError, EOFError) as error:
            raise ExternalProgramError(
                f"the package triangle failed on {len(places)} pixels: {error}; choose qhull "
                "(tools.delaunay)"
            ) from None
