"""What a job of Snakemake asks a scheduler for, read from the script that Snakemake has written."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.errors import PystampsError
from pystamps.stage_table import ACCURATE, STAGES

_PROPERTIES = "# properties = "
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a job asks for.

    Attributes
    ----------
    name : str
        Patch and stages, for the list of the queue: letters, digits, ``_``, ``-`` and ``.``.
    cores, memory_mb, minutes, gpus : int
        0 = nothing is asked for.
    queue, project : str
        Empty = those that the scheduler gives by default.
    more : tuple of str
        Further options of the user for the command that submits.
    """

    name: str
    cores: int
    memory_mb: int
    minutes: int
    gpus: int
    queue: str = ""
    project: str = ""
    more: tuple[str, ...] = ()


def request_of_script(script: Path) -> JobRequest:
    """Read what a job asks for.

    Parameters
    ----------
    script : Path
        As Snakemake writes it, with a line of properties.

    Raises
    ------
    PystampsError
        It is no script of Snakemake.
    """
    try:
        text = script.read_text(encoding="utf-8")
        found = next(line for line in text.splitlines() if line.startswith(_PROPERTIES))
        properties = json.loads(found.removeprefix(_PROPERTIES))
        resources: Mapping[str, Any] = properties["resources"]
    except (OSError, StopIteration, ValueError, KeyError) as error:
        raise PystampsError(
            f"{script}: is no script of Snakemake with a line '{_PROPERTIES}' ({error!r}); this "
            "command is for the profiles of pySTAMPS, which give it such scripts"
        ) from None

    def size(name: str) -> int:
        value = resources.get(name)
        return value if isinstance(value, int) else 0

    return JobRequest(
        name_of_job(properties, text),
        int(properties.get("threads") or 1),
        memory_mb=size("mem_mb"),
        minutes=size("runtime"),
        gpus=size("gpu"),
        queue=str(resources.get("queue") or ""),
        project=str(resources.get("project") or ""),
        more=tuple(shlex.split(str(resources.get("submit_options") or ""))),
    )


def name_of_job(properties: Mapping[str, Any], script: str) -> str:
    """Give patch and stages of a job: ``stage6_unwrap``, ``PATCH_3.stage1_load``.

    Jobs that travel together are named by their group and the first and the last of their stages:
    ``PATCH_1+19.stage1_load-stage5_correct``, ``motion.stage7_scla-product_points``.

    Parameters
    ----------
    properties : mapping
        As Snakemake writes them.
    script : str
        Text of the script, which names the jobs of a group: ``stage1_load:patch=PATCH_1``. Files
        that one job of a group makes for another are not among the properties.
    """
    if properties.get("type") != "group":
        patch = (properties.get("wildcards") or {}).get("patch", "")
        return _as_name(patch, [str(properties["rule"])])
    named = set(re.findall(r"\b(\w+):", script))
    stages = [stage.name for stage in (*STAGES, *ACCURATE) if stage.name in named]
    return _as_name(str(properties["groupid"]), stages)


def _as_name(first: str, stages: Sequence[str]) -> str:
    """Join a patch or group and its first and last stage, without signs that schedulers refuse."""
    span = "-".join(dict.fromkeys([*stages[:1], *stages[-1:]]))
    text = ".".join(part for part in (first, span) if part)
    return "".join(sign if sign.isalnum() or sign in "_-.+" else "_" for sign in text)[
        :_LONGEST_NAME
    ]
