"""What was added to a data set: summary of an update, and the record of all of them."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pystamps.config.yaml_values import yaml_value
from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import json_record
from pystamps.io.dataset import UPDATE_RECORD
from pystamps.prep.renumbered_lists import RenumberedList


@dataclass(frozen=True, slots=True)
class UpdateSummary:
    """What an update did.

    Attributes
    ----------
    root : Path
    export : Path
    images, interferograms : int
        Of the data set now.
    added_images, added_interferograms : tuple of str
        Dates, and pairs of dates.
    kept_from_before : tuple of str
        Dates of the data set that an export of more than the new interferograms lacks.
    candidates, left_out : int
        Rows of all patches that are kept, and those without signal in a new image.
    threshold : float
    more, fewer : int
        Pixels that a selection from all images would add to the candidates, and leave out.
    unchanged : tuple of str
        What was compared with the earlier images, in words.
    lists : tuple of RenumberedList
    delays : tuple of str
        Files of tropospheric phase that lack the new images.
    megabytes, seconds : float
        Read from exports, and how long that took.
    """

    root: Path
    export: Path
    images: int
    interferograms: int
    added_images: tuple[str, ...]
    added_interferograms: tuple[str, ...]
    kept_from_before: tuple[str, ...]
    candidates: int
    left_out: int
    threshold: float
    more: int
    fewer: int
    unchanged: tuple[str, ...]
    lists: tuple[RenumberedList, ...]
    delays: tuple[str, ...]
    megabytes: float
    seconds: float


def write_update_record(folder: Path, summary: UpdateSummary) -> None:
    """Write what was added to a data set so far, into the folder that stands for its root."""
    updates = json_record(summary.root / UPDATE_RECORD).get("updates", [])
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"updates": [*updates, {"time": moment, **yaml_value(summary)}]}
    path = folder / UPDATE_RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n")


def last_update(root: Path) -> UpdateSummary:
    """Read what was added to a data set last.

    Raises
    ------
    ArtifactError
        The record is damaged.
    """
    found: dict[str, Any] = json_record(root / UPDATE_RECORD).get("updates", [{}])[-1]
    try:
        known = {item.name: found[item.name] for item in dataclasses.fields(UpdateSummary)}
        known |= {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        lists = tuple(
            RenumberedList(**item | {k: tuple(item[k]) for k in ("before", "after")})
            for item in known["lists"]
        )
        paths = {name: Path(known[name]) for name in ("root", "export")}
        return UpdateSummary(**known | paths | {"lists": lists})
    except (KeyError, TypeError) as error:
        raise ArtifactError(
            f"{root / UPDATE_RECORD}: is no record of an update ({error}); the update is done, "
            "go on with pystamps run"
        ) from error
