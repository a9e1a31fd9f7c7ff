"""What a stage reads is what its records are about: checked before it reads, and noted for its own.

A stage whose input has changed without a stage would give other results without a word. Files that
no record is about, as those of StaMPS, cannot be checked by their maker; but where another input
was made from the same file, that one says which it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.io.checksums import FileState, has_same_content, is_very_file, state_of_file
from pystamps.io.dataset import discover_dataset, is_root_as_patch
from pystamps.io.manifest import lost_records
from pystamps.io.stage_records import StageRecord, record_path, stage_record
from pystamps.io.tree_integrity import ACCEPT_OR_REMAKE, ChangedFile
from pystamps.processors import PROCESSORS
from pystamps.stage_table import (
    PATCH,
    PREPARATION,
    Stage,
    expanded,
    is_bookkeeping,
    stage_that_makes,
    with_angles,
)

log = logging.getLogger(__name__)


def verified_inputs(
    root: Path, stage: Stage, patch: str, *, processor: str = ""
) -> dict[str, FileState]:
    """Read the input files of a stage, compare them with their records and give their states.

    Parameters
    ----------
    root : Path
    stage : Stage
    patch : str
        Empty for the merged data set.
    processor : str, optional
        Of the stack; only asked where the stage reads the files of the stack.

    Returns
    -------
    dict of str to FileState
        By name relative to the root; those that exist.

    Raises
    ------
    ArtifactError
        A file has changed without a stage, or a record that is about it is damaged or lost: names
        it, and what to do.
    """
    names = inputs_of_stage(root, stage, patch, processor=processor)
    states = {name: state_of_file(root / name) for name in names}
    maker_of = _makers(in_root=is_root_as_patch(root))
    records = {maker: stage_record(root, *maker) for maker in {maker_of(name) for name in names}}
    _refuse_unusable_records(root, records)
    for name, state in states.items():
        record = records[maker_of(name)]
        noted = None if record is None else record.states.get(name)
        if record is not None and noted is not None and noted.checksum != state.checksum:
            changed = ChangedFile(name, record)
            raise ArtifactError(f"{root / name}: {changed.sentence}; {ACCEPT_OR_REMAKE}")
    for record in records.values():
        if record is not None:
            _compare_common_inputs(root, record, states, {n: records[maker_of(n)] for n in states})
    return states


def inputs_of_stage(root: Path, stage: Stage, patch: str, *, processor: str = "") -> list[str]:
    """Give the input files of a stage that are there, relative to the root."""
    items = (*stage.inputs, *stage.optional_inputs)
    if patch or not any(PATCH in item for item in items):
        patches = [patch]  # a merged data set may have lost its patches
    else:
        patches = [found.name for found in discover_dataset(root).patches]
    shown = (name for item in items for name in with_angles(item))
    names = expanded(shown, patches=patches, angle="")
    if stage.reads_stack:
        patterns = [file.name for file in PROCESSORS[processor].input_files]
        found = (path for item in patterns if not is_bookkeeping(item) for path in root.glob(item))
        names += sorted(path.relative_to(root).as_posix() for path in found)
    return [name for name in dict.fromkeys(names) if (root / name).is_file()]


def refuse_changed_meanwhile(root: Path, states: Mapping[str, FileState]) -> None:
    """Refuse results whose inputs have changed while they were computed.

    Raises
    ------
    ArtifactError
        Names the file.
    """
    for name, state in states.items():
        path = root / name
        if not path.is_file() or not (is_very_file(path, state) or has_same_content(path, state)):
            raise ArtifactError(
                f"{path}: was changed while a stage worked on it; wait until whoever writes it "
                "has ended, and run the stage again"
            )


def _makers(*, in_root: bool) -> Callable[[str], tuple[str, str]]:
    """Give what tells the stage and target whose record is about a file, if there is one."""

    def maker_of(name: str) -> tuple[str, str]:
        stage = stage_that_makes(name, in_root=in_root) or PREPARATION
        return stage.name, name.rpartition("/")[0] if stage.scope == "patch" else ""

    return maker_of


def _refuse_unusable_records(
    root: Path, records: Mapping[tuple[str, str], StageRecord | None]
) -> None:
    """Refuse inputs whose record is there and cannot be read, or was there and is gone."""
    missing = [record_path(*maker) for maker, record in records.items() if record is None]
    there = [path for path in missing if (root / path).is_file()]
    lost = set(lost_records(root)) if missing else set()
    for path in [*there, *(path for path in missing if str(path) in lost)]:
        raise ArtifactError(
            f"{root / path}: {'is damaged' if path in there else 'is gone'}, so that nothing says "
            "whether the files of this stage are as it left them; `pystamps import` notes them "
            "as they are, or delete them, and they are made again"
        )


def _compare_common_inputs(
    root: Path,
    record: StageRecord,
    states: Mapping[str, FileState],
    records: Mapping[str, StageRecord | None],
) -> None:
    """See that what one input was made from is what the stage itself reads.

    Where a stage has made the common file anew since, it is the workflow that knows whether all
    that depends on it was made again; where nobody has noted it, it was changed.
    """
    for name in states.keys() & record.inputs.keys():
        if record.inputs[name].checksum == states[name].checksum:
            continue
        made = ", ".join(sorted(record.states))
        maker = records[name]
        if maker is not None and name in maker.states:
            log.warning("%s: %s was made from an earlier %s", root, made, name)
            continue
        raise ArtifactError(
            f"{root / name}: has changed since {record.stage} made {made} from it "
            f"({record.ended}); {ACCEPT_OR_REMAKE}"
        )
