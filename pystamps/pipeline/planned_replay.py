"""What a workflow replays: the reference of the settings, compared with settings and inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pystamps.config import Compat, RunConfig
from pystamps.errors import DatasetError, ParameterError
from pystamps.io.dataset import Dataset, Patch
from pystamps.io.stage_records import recorded_settings
from pystamps.parameters import Parameters, default_parameters, parameter_table
from pystamps.parameters.checks import require_finite
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.stage_settings import settings_of_stage
from pystamps.processors import read_raw_patch
from pystamps.replay.checked import (
    Replay,
    check_reference,
    is_checked,
    note_checked,
    state_of_files,
)
from pystamps.replay.golden_tree import SETTING, Bundle, complete_bundles, opened_reference
from pystamps.replay.identity import CANDIDATE_FILES
from pystamps.stage_table import stage_named
from pystamps.stages.stage1_load import LoadedPatch, load_patch

_SAME_RESULT = ("tools.delaunay",)
"""Settings that name a way, not a result: all programs give the same arcs."""
_OF_THE_DATA = ("insar_processor", "small_baseline_flag")


def planned_replay(
    config: RunConfig,
    dataset: Dataset,
    expected: Sequence[Bundle],
    inputs: Sequence[Path],
    *,
    parameters: Callable[[str], Parameters],
) -> Replay:
    """Give what is copied out of the reference of a configuration, after all checks.

    Parameters
    ----------
    config : RunConfig
        It names a reference.
    dataset : Dataset
        The run.
    expected : sequence of Bundle
        The files of all stages for this data set, in the order of the stages.
    inputs : sequence of Path
        Files that stage 1 reads.
    parameters : callable
        Effective values of the run: patch, or empty for the root.

    Returns
    -------
    Replay

    Raises
    ------
    PystampsError
        The reference is incomplete, damaged, or was made from other data or with other settings.
    """
    folder = config.compat.strict_reference_replay
    assert folder is not None
    _require_candidates(dataset)
    root = opened_reference(folder, dataset).root
    _check_kind(root, parameters(""), _their_parameters(config, root, ""))
    replay = Replay(root, complete_bundles(root, expected))
    if not replay.bundles:
        raise DatasetError(
            f"{SETTING}: {root} holds all files of no stage; give a finished tree, or null"
        )
    for bundle in replay.bundles:
        ours = settings_of_stage(
            stage_named(bundle.stage), parameters(bundle.target), config, dataset.root
        )
        _check_settings(bundle, root, ours, _their_settings(config, root, bundle))
    state = state_of_files(replay, inputs)
    if not is_checked(state):
        check_reference(
            replay,
            ((p.directory, _loaded(p, parameters(p.name), config)) for p in dataset.patches),
            processor=parameters("").insar_processor,
            is_resampled=parameters("").merge_resample_size > 0,
        )
        note_checked(state)
    return replay


def _require_candidates(dataset: Dataset) -> None:
    """Refuse a run without the input files with which a reference is compared."""
    for path in (patch.directory / name for patch in dataset.patches for name in CANDIDATE_FILES):
        if not path.is_file():
            raise DatasetError(
                f"{SETTING}: {path} is missing, and a reference is compared with the input files "
                "of the run; prepare the data set first, or set it to null"
            )


def _check_kind(root: Path, ours: Parameters, theirs: Parameters) -> None:
    """Refuse a reference of another processor or kind of stack, before its files are looked at."""
    for name in _OF_THE_DATA:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine != other:
            raise DatasetError(
                f"{SETTING}: {root} has {name} = {other!r}, the run {mine!r}; give a reference "
                "that was made from the same data, or null"
            )


def _their_parameters(config: RunConfig, root: Path, target: str) -> Parameters:
    """Give the effective parameters of the reference."""
    return effective_parameters(root, root / target, {}, raw_root=config.runtime.raw_root)


def _their_settings(config: RunConfig, root: Path, bundle: Bundle) -> dict[str, str]:
    """Give the settings with which a bundle was made.

    Where pySTAMPS has left a record about these very files, that says so; a tree of StaMPS was
    made with its parameters and with the defects of the original.
    """
    parameters = _their_parameters(config, root, bundle.target)
    stage = stage_named(bundle.stage)
    found = settings_of_stage(stage, parameters, RunConfig(compat=Compat()), root)
    recorded = recorded_settings(root, bundle.stage, bundle.target, bundle.files)
    if recorded is None:
        return found
    values = default_parameters(small_baseline=parameters.small_baseline_flag)
    defaults = {name: repr(getattr(values, field)) for name, field, _, _ in parameter_table()}
    kept = {name: recorded.get(name, defaults.get(name, value)) for name, value in found.items()}
    said = (f"method.{name}" for name in stage.method)
    return kept | {name: recorded[name] for name in said if name in recorded}


def _check_settings(
    bundle: Bundle, root: Path, ours: dict[str, str], theirs: dict[str, str]
) -> None:
    """Refuse a bundle that was made with other values of what changes its results."""
    for name in sorted({*ours, *theirs} - {*_SAME_RESULT}):
        mine, other = ours.get(name, "the default"), theirs.get(name, "the default")
        if mine != other:
            raise ParameterError(
                f"{SETTING}: {root}: {bundle.shown} was made with {name} = {other}, the run says "
                f"{mine}; use the same value, or give a reference that was made so"
            )


def _loaded(patch: Patch, parameters: Parameters, config: RunConfig) -> LoadedPatch:
    """Give what stage 1 makes of the input files of a patch."""
    require_finite(parameters, "heading")
    raw = read_raw_patch(
        patch.directory,
        parameters.insar_processor,
        is_small_baseline=parameters.small_baseline_flag,
        raw_root=config.runtime.raw_root,
    )
    return load_patch(raw, heading_deg=parameters.heading, compat=config.compat)
