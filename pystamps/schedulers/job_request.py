"""What a job of Snakemake asks a scheduler for, read from the script that Snakemake has written."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.errors import PystampsError
from pystamps.stage_table import STAGES, stage_that_makes

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


def name_of_job(properties: Mapping[str, Any], script: str = "") -> str:
    """Give patch and stages of a job: ``stage6_unwrap``, ``PATCH_3.stage1_load``.

    Jobs that travel together are named by the first patch, how many more there are, and the first
    and the last of their stages: ``PATCH_1+19.stage1_load-stage5_correct``.

    Parameters
    ----------
    properties : mapping
        As Snakemake writes them: of more than a hundred files it leaves the list out.
    script : str
        Text of the script, which names the stages then: ``stage1_load:patch=PATCH_1``.
    """
    if properties.get("type") != "group":
        patch = (properties.get("wildcards") or {}).get("patch", "")
        return _as_name([patch] if patch else [], [str(properties["rule"])])
    group = str(properties.get("groupid", "group"))
    if properties.get("output") is None:
        return _as_name([group], [s.name for s in STAGES if f"{s.name}:patch=" in script])
    outputs = [str(name) for name in properties["output"]]
    folders = {name.rpartition("/")[0] for name in outputs}
    patches = [folder for folder in sorted(folders, key=_by_number) if _is_patch(folder, outputs)]
    makers = (stage_that_makes(name, in_root="/" not in name) for name in outputs)
    found = {maker.step: maker.name for maker in makers if maker is not None}
    stages = [found[step] for step in sorted(found)]
    return _as_name(patches, stages or [group])


def _is_patch(folder: str, outputs: Sequence[str]) -> bool:
    """Tell whether a folder is one of a patch: stages 1 to 5 write into it."""
    makers = (stage_that_makes(n) for n in outputs if folder and n.rpartition("/")[0] == folder)
    return any(maker is not None and maker.scope == "patch" for maker in makers)


def _as_name(patches: Sequence[str], stages: Sequence[str]) -> str:
    first = [patches[0] + (f"+{len(patches) - 1}" if len(patches) > 1 else "")] if patches else []
    text = ".".join([*first, "-".join(dict.fromkeys([*stages[:1], *stages[-1:]]))]).rstrip(".")
    return "".join(sign if sign.isalnum() or sign in "_-.+" else "_" for sign in text)[
        :_LONGEST_NAME
    ]


def _by_number(name: str) -> tuple[int, str]:
    """Order PATCH_10 after PATCH_9."""
    number = name.rpartition("_")[2]
    return (int(number) if number.isdigit() else 0, name)
