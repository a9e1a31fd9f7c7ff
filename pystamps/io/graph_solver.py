"""The solver of the unwrapper ``graph``: whether the package is there, and its version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from pystamps.errors import ExternalProgramError

SOLVER = "pylmcf"
"""Package with LEMON's network simplex."""


def version_of_graph_solver() -> str:
    """Give the version of the installed solver.

    Raises
    ------
    ExternalProgramError
        It is not installed.
    """
    try:
        return version(SOLVER)
    except PackageNotFoundError:
        raise ExternalProgramError(
            f"tools.unwrapper: graph needs the Python package {SOLVER}, which is not installed "
            '(pip install "pystamps-flow[graph]")'
        ) from None
