"""Where the workflow is: Snakefile, rules, configuration, profiles, environments."""

from __future__ import annotations

from pathlib import Path

from pystamps.errors import PystampsError

_PACKAGE = Path(__file__).resolve().parent


def workflow_directory() -> Path:
    """Give the folder of the Snakefile: the checkout, or ``pystamps/workflow`` of a wheel.

    Raises
    ------
    PystampsError
        Neither is there, because the installation is not complete.
    """
    for folder in (_PACKAGE.parent, _PACKAGE / "workflow"):
        if (folder / "Snakefile").is_file() and (folder / "rules").is_dir():
            return folder
    raise PystampsError(
        f"{_PACKAGE}: the workflow (Snakefile, rules) is missing; install pystamps-flow again"
    )
