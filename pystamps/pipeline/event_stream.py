"""Events of Snakemake as our plugin writes them: JSON lines from a line "begin" to a line "end"."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pystamps.errors import PystampsError

EVENTS_VERSION = 1
"""Version that is read here; the plugin writes its own."""


def read_events(path: Path) -> list[dict[str, Any]]:
    """Read the events of a Snakemake process that may go on: whole lines only.

    Raises
    ------
    PystampsError
        A line is no event.
    """
    if not path.is_file():
        return []
    lines = path.read_text().splitlines(keepends=True)
    return [
        _event(path, number, line) for number, line in enumerate(lines, 1) if line.endswith("\n")
    ]


def complete_events(path: Path, exit_code: int) -> list[dict[str, Any]]:
    """Read the events of a Snakemake process that has ended.

    Parameters
    ----------
    path : Path
    exit_code : int
        Of the process. One that has failed may have said less, or nothing.

    Raises
    ------
    PystampsError
        A line is no event, the events are of another version; or the process has succeeded, but
        its events are missing or cut: what its jobs did is not known then.
    """
    found = read_events(path)
    if found:
        version = found[0].get("version")
        if found[0]["event"] != "begin" or version != EVENTS_VERSION:
            raise PystampsError(
                f"{path}: events of Snakemake of version {version}, expected {EVENTS_VERSION}; "
                "see that only one pySTAMPS is installed (PYTHONPATH)"
            )
    if not exit_code and (not found or found[-1]["event"] != "end"):
        what = "are cut" if found else "are missing"
        raise PystampsError(
            f"{path}: Snakemake has ended well, but its events {what}, so that nobody knows what "
            "its jobs did; see that the disk is not full, and run again"
        )
    return found


def _event(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
        if isinstance(found, dict) and isinstance(found.get("event"), str):
            return found
    except ValueError:
        pass
    raise PystampsError(f"{path}: line {number} is no event of Snakemake; run again")
