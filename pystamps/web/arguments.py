"""What the page may ask for, checked, as arguments of the commands that do it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pystamps.errors import ParameterError
from pystamps.parameters.overrides import parse_overrides
from pystamps.processors import PROCESSORS

PROFILES = ("strict", "scientific")
"""Of `pystamps verify`."""

_LAST_STEP = 8
_MOST_CORES = 4096
_PLAIN_VALUE = re.compile(r"[\w.+-]+")


def run_arguments(root: Path, asked: Mapping[str, Any]) -> list[str]:
    """Give the arguments of `pystamps run`, or of `pystamps report`, for a request.

    Raises
    ------
    ParameterError
        A field is missing or not allowed.
    """
    kind = asked.get("kind", "run")
    cores = _whole_number(asked, "cores", 1, _MOST_CORES)
    shared = [f"--dataset={root}", f"--cores={cores}", *_assignments(asked.get("stamps", {}))]
    if kind in ("report", "figures"):
        return ["report", *shared, *(["--figures-only"] if kind == "figures" else [])]
    if kind != "run":
        raise ParameterError(f"kind: {kind!r} is none of run, report, figures")
    start = _whole_number(asked, "start_step", 1, _LAST_STEP)
    end = _whole_number(asked, "end_step", start, _LAST_STEP)
    return ["run", *shared, f"--start-step={start}", f"--end-step={end}"]


def preparation_arguments(export: Path, target: Path, asked: Mapping[str, Any]) -> list[str]:
    """Give the arguments of `pystamps prep` for a request.

    Raises
    ------
    ParameterError
        A field is missing or not allowed.
    """
    processor = asked.get("processor")
    if processor not in PROCESSORS:
        raise ParameterError(f"processor: {processor!r} is none of {', '.join(PROCESSORS)}")
    cores = _whole_number(asked, "cores", 1, _MOST_CORES)
    patches = asked.get("patches", "1x1")
    if not isinstance(patches, str):
        raise ParameterError(f"patches: {patches!r} is no text such as 2x3")
    options = [f"--patches={patches}", f"--cores={cores}"]
    return ["prep", str(processor), *options, "--", str(export), str(target)]


def verification_arguments(root: Path, golden: Path, asked: Mapping[str, Any]) -> list[str]:
    """Give the arguments of `pystamps verify` for a request.

    Raises
    ------
    ParameterError
        A field is missing or not allowed.
    """
    through = _whole_number(asked, "through_stage", 1, _LAST_STEP)
    profile = asked.get("profile")
    if profile not in PROFILES:
        raise ParameterError(f"profile: {profile!r} is none of {', '.join(PROFILES)}")
    trees = [f"--run={root}", f"--golden={golden}"]
    return ["verify", "--json", *trees, f"--through-stage={through}", f"--profile={profile}"]


def _whole_number(asked: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ParameterError(f"{name}: {value!r} is no whole number from {low} to {high}")
    return value


def _assignments(stamps: Any) -> list[str]:
    """Give the options of parameters; their names and values are checked as the run will."""
    if not isinstance(stamps, dict) or not all(isinstance(x, str) for x in stamps.values()):
        raise ParameterError("stamps: is no mapping of parameter names to texts")
    parse_overrides(stamps, source="parameters")
    return [
        f"--set={name}={text if _PLAIN_VALUE.fullmatch(text) else json.dumps(text)}"
        for name, text in stamps.items()
    ]
