"""Profiles of clusters: found by name, and what they say about a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from pystamps.errors import ParameterError
from pystamps.resources import workflow_directory

_FILE = "config.yaml"
_LOCAL = "default"


def profile_folder(name: str) -> Path:
    """Give the folder of a profile by its name, or by its path.

    Parameters
    ----------
    name : str
        ``slurm``, ``pbs``, ``lsf``: those that come with pySTAMPS; else a folder with a
        ``config.yaml`` of Snakemake that names an executor.

    Raises
    ------
    ParameterError
        There is no such profile, or its jobs would run on this machine.
    """
    own = workflow_directory() / "profiles"
    folder = own / name if name in profile_names() else Path(name).absolute()
    if not (folder / _FILE).is_file():
        raise ParameterError(
            f"--profile {name}: is neither a profile of pySTAMPS ({', '.join(profile_names())}) "
            f"nor a folder with a {_FILE}; give one of them"
        )
    executor = _settings_of(folder).get("executor", "local")
    if executor in ("local", "dryrun", "touch"):
        raise ParameterError(
            f"--profile {name}: {folder / _FILE} names no executor of a cluster (executor: slurm, "
            "cluster-generic, ...); leave --profile out to run on this machine"
        )
    return folder


def profile_names() -> tuple[str, ...]:
    """Names of the profiles of clusters that come with pySTAMPS."""
    found = (workflow_directory() / "profiles").glob(f"*/{_FILE}")
    return tuple(sorted(path.parent.name for path in found if path.parent.name != _LOCAL))


def cores_of_profile(folder: Path) -> int:
    """Give the most threads of a job that a profile allows; 1 where it says nothing."""
    cores = _settings_of(folder).get("cores", 1)
    if not isinstance(cores, int) or cores < 1:
        raise ParameterError(
            f"{folder / _FILE}: cores is {cores!r}; write the most threads of a job, a number"
        )
    return cores


def _settings_of(folder: Path) -> dict[str, Any]:
    """Read a profile.

    Raises
    ------
    ParameterError
    """
    path = folder / _FILE
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ParameterError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(found, dict):
        raise ParameterError(f"{path}: expected names and values, as in profiles/slurm")
    return found
