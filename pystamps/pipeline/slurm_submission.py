"""Before the first job of a run is sent, Slurm is asked whether it would start the largest ones.

Slurm takes jobs that no node can run, and lets them wait for ever; what it refuses, Snakemake says
of single jobs only. ``sbatch --test-only`` says both, at once, and sends nothing.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pystamps.errors import PystampsError

_SECONDS = 60.0
_PLACES = {"slurm_account": "--account", "slurm_partition": "--partition", "qos": "--qos"}


@dataclass(frozen=True, slots=True)
class SlurmNeeds:
    """What a job asks Slurm for.

    Attributes
    ----------
    name : str
        Of the job, for messages.
    place : tuple of str
        Options of sbatch for account, partition, quality of service, and others of the user.
    cores, memory_mb, minutes, gpus : int
    """

    name: str
    place: tuple[str, ...]
    cores: int
    memory_mb: int
    minutes: int
    gpus: int

    @classmethod
    def of(cls, name: str, resources: Mapping[str, Any]) -> SlurmNeeds:
        """Take them from the resources of a job of Snakemake; what is not known yet counts as 0."""
        place = [
            f"{option}={resources[key]}" for key, option in _PLACES.items() if key in resources
        ]
        place += shlex.split(str(resources.get("slurm_extra") or ""))
        sizes = (resources.get(key) for key in ("_cores", "mem_mb", "runtime", "gpu"))
        return cls(name, tuple(place), *(n if isinstance(n, int) else 0 for n in sizes))

    def options(self) -> list[str]:
        """Give the options of sbatch."""
        sizes = {"--cpus-per-task": self.cores, "--mem": self.memory_mb, "--time": self.minutes}
        sizes["--gpus"] = self.gpus
        return [*self.place, *(f"{option}={n}" for option, n in sizes.items() if n)]

    def in_words(self) -> str:
        """Say what it asks for."""
        where = " ".join(self.place) or "the default partition and account"
        return (
            f"{self.cores} CPUs, {self.memory_mb} MB of memory, {self.minutes} minutes, "
            f"{self.gpus} GPUs ({where})"
        )


def largest_needs(needs: Iterable[SlurmNeeds]) -> list[SlurmNeeds]:
    """Give of every place the jobs with the most cores, memory, time and GPUs, each once."""
    by_place: dict[tuple[str, ...], list[SlurmNeeds]] = {}
    for item in needs:
        by_place.setdefault(item.place, []).append(item)
    sizes = ("cores", "memory_mb", "minutes", "gpus")
    found = [
        max(items, key=lambda n: getattr(n, size)) for items in by_place.values() for size in sizes
    ]
    return list(dict.fromkeys(found))


def refuse_what_slurm_refuses(needs: Iterable[SlurmNeeds]) -> None:
    """Ask Slurm about the largest jobs of a run.

    Raises
    ------
    PystampsError
        Slurm does not answer, or would not start one of them: its words, what was asked for, and
        what to do.
    """
    for item in largest_needs(needs):
        said = _refusal(item.options())
        if said:
            raise PystampsError(
                f"Slurm would not start {item.name}, which asks for {item.in_words()}: {said}; "
                "name a partition and an account that you may use (--default-resources "
                "slurm_partition=NAME slurm_account=NAME), or lower cores, set-threads or "
                "group-components in the profile, or make smaller patches (pystamps prep --patches)"
            )


def _refusal(options: list[str]) -> str:
    """Give what sbatch has against a job; empty if it would take it."""
    command = ["sbatch", "--test-only", "--ntasks=1", "--nodes=1", *options, "--wrap=true"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except FileNotFoundError:
        return "there is no sbatch on PATH; start the run on a login node of the cluster"
    except subprocess.TimeoutExpired:
        return f"sbatch does not answer within {_SECONDS:.0f} seconds; see `scontrol ping`"
    lines = [line.removeprefix("sbatch: error: ") for line in done.stderr.splitlines()]
    return "" if done.returncode == 0 else " ".join(lines).strip() or f"exit {done.returncode}"
