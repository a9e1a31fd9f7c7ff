"""Environment of Snakemake and its jobs: settings of a shell and stray modules change nothing."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pystamps.errors import DatasetError
from pystamps.pipeline.stand_in import STAND_IN_VARIABLE

_PREFIXES = ("SNAKEMAKE_",)
"""Settings of Snakemake: profiles, caches, plugins."""
_LEFT_OUT = ("BASH_ENV", "ENV", "PYTHONINSPECT", "PYTHONSTARTUP", STAND_IN_VARIABLE)
"""Files that shells or Python read before their work; a stand-in of some other run."""
_UNDISTURBED = {
    "PYTHONSAFEPATH": "1",
    "DOCUTILSCONFIG": str(Path(__file__).with_name("docutils.conf")),
}
"""No modules from the working directory, nor settings and styles of Docutils for the report."""
_MODULES_OF_SNAKEMAKE = Path(".snakemake", "pip-deployments")
"""Folder in the working directory that Snakemake appends to the places of modules."""


def refuse_planted_modules(*folders: Path) -> None:
    """Refuse folders in which Snakemake would find modules of their own, plugins among them.

    It would load them in its own process and in every job. Here nothing is installed there.

    Parameters
    ----------
    folders : Path
        In which a Snakemake or one of its jobs will work.

    Raises
    ------
    DatasetError
    """
    for folder in folders:
        if os.path.lexists(folder / _MODULES_OF_SNAKEMAKE):
            raise DatasetError(
                f"{folder / _MODULES_OF_SNAKEMAKE}: Snakemake would load Python modules from "
                "there, which are no part of a data set; delete that folder"
            )


def protect_jobs() -> None:
    """See that a bare Snakemake and its jobs take nothing from the data set they work in.

    Jobs of a checkout find its pySTAMPS in another Python too (conda), before there is a release.

    What Snakemake has read before the rules is not in our power (docs/security.md).
    """
    os.environ.update(_UNDISTURBED)
    os.environ["PYSTAMPS_PYTHON"] = sys.executable  # of profiles, for their commands
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "envs" / "pystamps.yaml").is_file():
        given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        own = [str(checkout), str(checkout / "kernels")]
        places = [*own, *(place for place in given if place and place not in own)]
        os.environ["PYTHONPATH"] = os.pathsep.join(places)


def leave_pandas_out() -> None:
    """Let the Snakemake of this process find no pandas, unless somebody has loaded it.

    Snakemake loads it, where it is installed, to see whether a parameter of a rule is a table; no
    parameter of our rules is one, and loading it takes a fifth of the time of a dry run. Jobs are
    processes of their own and find it.
    """
    sys.modules.setdefault("pandas", cast("Any", None))


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
        **_places_without_home(kept, scratch),
        "PYTHONPATH": os.pathsep.join([str(modules), *absolute]),
        **_UNDISTURBED,
        "TMPDIR": str(scratch),
        **more,
    }


def _places_without_home(given: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """Give places for caches where the user's own cannot be made (containers, read-only homes).

    Snakemake stops without one. Compiled kernels get a place that outlives the run.
    """
    home = given.get("HOME") or str(Path.home())
    cache = Path(given.get("XDG_CACHE_HOME") or Path(home, ".cache"))
    try:
        (cache / "snakemake").mkdir(parents=True, exist_ok=True)
    except OSError:
        compiled = Path(tempfile.gettempdir(), f"pystamps-{os.getuid()}")
        kernels = given.get("NUMBA_CACHE_DIR") or str(compiled)
        return {"XDG_CACHE_HOME": str(scratch), "NUMBA_CACHE_DIR": kernels}
    return {}
