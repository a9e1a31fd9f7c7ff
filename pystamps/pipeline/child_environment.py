"""Environment of Snakemake and its jobs: settings of a shell and stray modules change nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pystamps.pipeline.stand_in import STAND_IN_VARIABLE

_PREFIXES = ("SNAKEMAKE_",)
"""Settings of Snakemake: profiles, caches, plugins."""
_LEFT_OUT = ("BASH_ENV", "ENV", "PYTHONINSPECT", "PYTHONSTARTUP", STAND_IN_VARIABLE)
"""Files that shells or Python read before their work; a stand-in of some other run."""


def child_environment(
    given: Mapping[str, str], *, modules: Path, scratch: Path, **more: str
) -> dict[str, str]:
    """Give the environment of a Snakemake.

    Nothing is imported from the working directory or from where scripts lie, whatever they hold
    (``snakemake.py``, ``pystamps.py``); ``PYTHONPATH`` keeps its absolute folders.

    Parameters
    ----------
    given : mapping
        Environment of this process.
    modules : Path
        Folder of modules that Snakemake has to find.
    scratch : Path
        Folder for temporary files.
    more : str
        Further variables.
    """
    kept = {
        name: value
        for name, value in given.items()
        if not name.startswith(_PREFIXES) and name not in _LEFT_OUT
    }
    folders = [part for part in kept.get("PYTHONPATH", "").split(os.pathsep) if part]
    absolute = [part for part in folders if Path(part).is_absolute()]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(modules), *absolute]),
        "PYTHONSAFEPATH": "1",
        "TMPDIR": str(scratch),
        **more,
    }
