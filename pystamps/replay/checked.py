"""What a run replays: the complete bundles of a reference that has passed every check."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_artifact
from pystamps.io.checksums import file_checksum
from pystamps.model import Pixels
from pystamps.replay.contents import check_reference_files
from pystamps.replay.golden_tree import SETTING, Bundle
from pystamps.replay.identity import (
    check_same_candidates,
    check_same_dates,
    check_selected_pixels,
)
from pystamps.stages.stage1_load import LoadedPatch

CHECKED_VARIABLE = "PYSTAMPS_REPLAY_CHECKED"
"""State of the files that the process which started the workflow has checked, for its jobs."""


@dataclass(frozen=True)
class Replay:
    """Bundles that are copied out of a reference.

    Attributes
    ----------
    root : Path
        Of the reference.
    bundles : tuple of Bundle
        In the order of the stages.
    """

    root: Path
    bundles: tuple[Bundle, ...]

    def bundle(self, stage: str, target: str) -> Bundle | None:
        """Give the bundle of a stage and target; None when the stage runs."""
        return self._by_name.get((stage, target))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Bundle]:
        return {(bundle.stage, bundle.target): bundle for bundle in self.bundles}

    def of(self, target: str) -> tuple[Bundle, ...]:
        """Give the bundles of one target, in the order of the stages."""
        return tuple(bundle for bundle in self.bundles if bundle.target == target)

    def setting(self, stage: str, target: str) -> dict[str, str]:
        """Give the setting of a rule: reference and state of the files; nothing if it runs."""
        bundle = self.bundle(stage, target)
        if bundle is None:
            return {}
        digests = "".join(file_checksum(self.root / name) for name in bundle.files)
        return {SETTING: f"{self.root} {hashlib.sha256(digests.encode()).hexdigest()}"}

    def summary(self) -> str:
        """Say in one line what is copied."""
        counts: dict[str, int] = {}
        for bundle in self.bundles:
            counts[bundle.stage] = counts.get(bundle.stage, 0) + 1
        stages = (f"{name} ({n} patches)" if n > 1 else name for name, n in counts.items())
        return f"replayed from {self.root}: {', '.join(stages) or 'nothing'}; other stages run"


def check_reference(
    replay: Replay,
    patches: Iterable[tuple[Path, LoadedPatch]],
    *,
    processor: str,
    is_resampled: bool,
) -> None:
    """Refuse a reference that was made from other data or whose files do not fit.

    Parameters
    ----------
    replay : Replay
    patches : iterable of (Path, LoadedPatch)
        All patches of the run: directory, and what stage 1 makes of its input files.
    processor : str
    is_resampled : bool
        The merge makes new pixels, which are no candidates.

    Raises
    ------
    PystampsError
        Names file and remedy.
    """
    candidates = []
    for directory, loaded in patches:
        name, pixels = directory.name, loaded.pixels
        candidates.append(pixels)
        _check_readable(replay, name)
        check_same_candidates(replay.root / name, directory, loaded, processor)
        selected = check_reference_files(replay.root, replay.of(name), pixels)
        if selected is not None:
            path = replay.root / name / "ps2.mat"
            check_same_dates(path, selected, pixels)
            check_selected_pixels(path, selected, [pixels])
    if replay.of(""):
        _check_merged(replay, candidates, is_resampled)


def _check_merged(replay: Replay, candidates: Sequence[Pixels], is_resampled: bool) -> None:
    """Check the merged bundles; without a merge they have to fit the pixels of the reference."""
    _check_readable(replay, "")
    selected = check_reference_files(replay.root, replay.of(""), candidates[0])
    path = replay.root / "ps2.mat"
    if selected is None and path.is_file():
        selected = read_artifact(Pixels, path)
    if selected is None:
        return
    check_same_dates(path, selected, candidates[0])
    if not is_resampled:
        check_selected_pixels(path, selected, candidates)


def _check_readable(replay: Replay, target: str) -> None:
    """Refuse files that may not be read, before anything takes them for damaged."""
    for bundle in replay.of(target):
        for name in bundle.files:
            if not os.access(replay.root / name, os.R_OK):
                raise ArtifactError(
                    f"{SETTING}: {replay.root / name}: may not be read; change its rights, or "
                    "give another reference"
                )


def state_of_files(replay: Replay, inputs: Sequence[Path]) -> str:
    """Give a digest of names, sizes and times of everything that was checked."""
    digest = hashlib.sha256()
    files = [replay.root / name for bundle in replay.bundles for name in bundle.files]
    for path in sorted({*files, *inputs}):
        state = path.stat()
        digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_checked(state: str) -> bool:
    """Tell whether the files were checked in this state, here or where the workflow started."""
    return os.environ.get(CHECKED_VARIABLE) == state


def note_checked(state: str) -> None:
    """Let the processes that this one starts know that the files were checked."""
    os.environ[CHECKED_VARIABLE] = state
