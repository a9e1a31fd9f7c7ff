"""The solver of the unwrapper ``graph``: whether the package is there, and its version."""

from __future__ import annotations

from pystamps.errors import ExternalProgramError
from pystamps.installation import version_of

SOLVER = "pylmcf"
"""Package with LEMON's network simplex."""


def version_of_graph_solver() -> str:
    """Give the version of the installed solver.

    Raises
    ------
    ExternalProgramError
        It is not installed.
    """
    installed = version_of(SOLVER)
    if not installed:
        raise ExternalProgramError(
            f"tools.unwrapper: graph needs the Python package {SOLVER}, which is not installed "
            '(pip install "pystamps-flow[graph]")'
        )
    return installed
