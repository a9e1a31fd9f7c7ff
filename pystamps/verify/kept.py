"""What a run does not keep (storage.keep: needed): left out of a comparison, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pystamps.io.stage_records import stage_record
from pystamps.stage_table import stage_named, stage_that_makes
from pystamps.verify.selection import LeftOut

_SETTING, _NEEDED = "storage.keep", "needed"
_REASON = f"the run keeps what later stages read ({_SETTING}: {_NEEDED})"
_MERGE = stage_named("stage5_merge").name


def file_not_kept(run: Path, name: str) -> LeftOut | None:
    """Tell why a run lacks a file, where that is meant.

    Parameters
    ----------
    run : Path
    name : str
        Relative to the root, for example ``PATCH_1/ps2.mat``.
    """
    stage = stage_that_makes(name)
    is_meant = stage is not None and (stage.is_passed_on or name in stage.unread_outputs)
    return LeftOut(name, (), _REASON) if is_meant and _keeps_needed(run, _MERGE, "") else None


def variables_not_kept(run: Path, name: str, shapes: Mapping[str, tuple[int, ...]]) -> LeftOut:
    """Give the variables of a file of a run that are empty because no stage reads them.

    Parameters
    ----------
    run : Path
    name : str
        Relative to the root.
    shapes : mapping of str to tuple of int
        Of the variables that the file of the run holds.
    """
    stage = stage_that_makes(name)
    unread = () if stage is None else stage.unread_variables
    empty = tuple(key for key in unread if 0 in shapes.get(key, ()))
    patch = name.rpartition("/")[0]
    is_meant = stage is not None and bool(empty) and _keeps_needed(run, stage.name, patch)
    return LeftOut(name, empty if is_meant else (), _REASON)


def _keeps_needed(run: Path, stage: str, patch: str) -> bool:
    """Tell whether the record of a stage says that only what is needed was kept.

    Stage 2 may say more behind a comma: that ``ph_res`` is needed too.
    """
    record = stage_record(run, stage, patch)
    settings = {} if record is None else record.settings or {}
    return str(settings.get(_SETTING, "")).partition(",")[0] == _NEEDED
