"""Whether the files of a data set are what its records say, or have changed without a stage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pystamps.errors import DatasetError
from pystamps.io.checksums import FileState, file_checksum
from pystamps.io.dataset import discover_dataset
from pystamps.io.manifest import lost_records, records_in_manifest
from pystamps.io.seen_files import SeenFiles
from pystamps.io.stage_records import ADOPTED, StageRecord, stage_records
from pystamps.stage_table import PREPARATION, chain_of_stages, expanded, with_angles

ACCEPT_OR_REMAKE = (
    "`pystamps import` accepts it as it is, and what was made from it is made again; to have it "
    "made again instead, delete it"
)
"""What to do about a file that changed without a stage."""


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """An artifact that is not what its record says.

    Attributes
    ----------
    name : str
        Relative to the root.
    record : StageRecord
    """

    name: str
    record: StageRecord

    @property
    def sentence(self) -> str:
        """What has happened, without the name."""
        maker = self.record.stage
        if self.record.origin == ADOPTED or self.name in self._accepted:
            maker = "`pystamps import`"
        return f"has changed since {maker} {'noted' if '`' in maker else 'wrote'} it ({self._when})"

    @property
    def _accepted(self) -> set[str]:
        return {str(Path(self.record.target, name)) for name in self.record.accepted}

    @property
    def _when(self) -> str:
        accepted = {str(Path(self.record.target, k)): v for k, v in self.record.accepted.items()}
        return accepted.get(self.name, self.record.ended)


@dataclass(frozen=True, slots=True)
class OutdatedSet:
    """Results that were made from other files than those that lie there now.

    Attributes
    ----------
    record : StageRecord
    inputs : tuple of str
        Files that were others when the results were made; relative to the root.
    """

    record: StageRecord
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeIntegrity:
    """What the records say about the files of a data set.

    Attributes
    ----------
    unchanged : tuple of str
        Artifacts that are what their records say.
    changed : tuple of ChangedFile
    outdated : tuple of OutdatedSet
        Of sets whose files are unchanged.
    unrecorded : tuple of str
        Artifacts that no record is about.
    without_checksum : tuple of str
        Artifacts whose record is of an earlier version, which noted none.
    damaged, lost : tuple of str
        Records that cannot be read, and records that the manifest knows and that are gone.
    records : mapping of str to StageRecord
        Those that can be read, by the name of their file.
    """

    unchanged: tuple[str, ...] = ()
    changed: tuple[ChangedFile, ...] = ()
    outdated: tuple[OutdatedSet, ...] = ()
    unrecorded: tuple[str, ...] = ()
    without_checksum: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    records: Mapping[str, StageRecord] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether nothing contradicts the records."""
        return not (self.changed or self.outdated or self.damaged or self.lost)


def tree_integrity(
    root: Path,
    *,
    steps: Collection[int] = range(9),
    thorough: bool = False,
    seen: SeenFiles | None = None,
) -> TreeIntegrity:
    """Compare the artifacts of a data set, and what they were made from, with the records.

    Parameters
    ----------
    root : Path
    steps : collection of int
        Stages whose artifacts are looked at.
    thorough : bool
        Read every file; otherwise those whose size and times are as noted count as unchanged.
    seen : SeenFiles, optional
        Files of the data set, where somebody has looked at them for the same answer.

    Raises
    ------
    OSError
        A file cannot be read.
    """
    expected = records_in_manifest(
        root
    )  # before the records, which take the memory that it gives back
    found = list(stage_records(root))
    readable = {path.name: record for path, record in found if record is not None}
    known = _sound_records(readable.values(), steps)
    seen = seen or SeenFiles(root)
    content = _Content(root, known, seen, thorough=thorough)
    unchanged, changed, outdated = [], [], []
    for record in known:
        states = record.states
        here = [name for name in states if seen.is_file(name)]
        wrong = [name for name in here if not content.is_as_noted(name, states[name])]
        unchanged += [name for name in here if name not in wrong] if wrong else here
        changed += [ChangedFile(name, record) for name in wrong]
        others = tuple(
            name
            for name, state in record.inputs.items()
            if seen.is_file(name) and not content.is_as_noted(name, state)
        )
        if others and here and not wrong:
            outdated.append(OutdatedSet(record, others))
    lost = () if expected <= readable.keys() else lost_records(root, readable)
    noted = {name for record in known for name in record.states}
    rest = [name for name in _artifacts_in(root, seen, steps) if name not in noted]
    old = {name for record in readable.values() for name in record.names}
    return TreeIntegrity(
        unchanged=tuple(unchanged),
        changed=tuple(changed),
        outdated=tuple(outdated),
        unrecorded=tuple(name for name in rest if name not in old),
        without_checksum=tuple(name for name in rest if name in old),
        damaged=tuple(
            str(path.relative_to(root))
            for path, record in found
            if record is None and _step_of(path.name) in steps
        ),
        lost=tuple(name for name in lost if _step_of(Path(name).name) in steps),
        records=readable,
    )


def artifacts_there(root: Path, steps: Collection[int] = range(9)) -> Iterator[str]:
    """Give the artifacts of stages that lie in a data set, relative to the root.

    Nothing is given for a folder that is no data set.
    """
    return _artifacts_in(root, SeenFiles(root), steps)


def _artifacts_in(root: Path, seen: SeenFiles, steps: Collection[int]) -> Iterator[str]:
    try:
        patches = [patch.name for patch in discover_dataset(root).patches]
    except DatasetError:
        return
    for stage in (stage for stage in chain_of_stages() if stage.step in steps):
        for name in (shown for item in stage.outputs_of_all_modes for shown in with_angles(item)):
            for path in expanded([name], patches=patches, angle=""):
                if seen.is_file(path):
                    yield path


class _Content:
    """Compares files with what was noted about them; each is read once at most."""

    def __init__(
        self, root: Path, known: Collection[StageRecord], seen: SeenFiles, *, thorough: bool
    ) -> None:
        self._root = root
        self._seen = seen
        self._thorough = thorough
        self._checksums: dict[str, str] = {}
        self._made = {name: state for record in known for name, state in record.states.items()}

    def is_as_noted(self, name: str, noted: FileState) -> bool:
        """Tell whether a file holds what was noted."""
        here = self._seen.file(name)
        if here is None or here.bytes != noted.bytes:
            return False
        if not self._thorough:
            if noted.is_of(*here.state):
                return True
            made = self._made.get(name)
            if made is not None and made.is_of(*here.state):
                return made.checksum == noted.checksum
        if name not in self._checksums:
            self._checksums[name] = file_checksum(self._root / name)
        return self._checksums[name] == noted.checksum


def _sound_records(records: Iterable[StageRecord], steps: Collection[int]) -> list[StageRecord]:
    """Give the records of some stages that can be used."""
    step_of = _steps_by_name()
    return [r for r in records if r.is_complete and step_of.get(r.stage) in steps]


def _step_of(file: str) -> int:
    """Give the step of the stage that a record is named after; -1 for a stage that there is not."""
    return _steps_by_name().get(file.removesuffix(".json").partition(".")[0], -1)


@cache
def _steps_by_name() -> dict[str, int]:
    return {stage.name: stage.step for stage in (PREPARATION, *chain_of_stages())}
