"""The table of points when it is asked for: made where it is missing or not that of the tree."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, DatasetError
from pystamps.io.dataset import discover_dataset
from pystamps.io.point_file import MADE_WITH, PointFile
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.previous_results import recover_results
from pystamps.pipeline.run_lock import run_lock
from pystamps.pipeline.stage_settings import settings_of_stage
from pystamps.stage_table import POINTS, expanded

log = logging.getLogger(__name__)


def up_to_date_points(root: Path, config: RunConfig) -> Path:
    """Give the table of points of a finished data set; make it first where that is needed.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig

    Returns
    -------
    Path
        ``products/ps.h5``.

    Raises
    ------
    DatasetError
        The data set is not finished.
    """
    root = root.resolve()
    config = dataclasses.replace(config, dataset=root)
    path = root / POINTS.outputs[0]
    if path.is_file() and not (root / POINTS.inputs[0]).is_file():
        return path  # the table was taken away from its tree
    reason = _reason_to_make(root, path, config)
    if reason:
        missing = [name for name in POINTS.inputs if not (root / name).is_file()]
        if missing:
            raise DatasetError(
                f"{root}: {missing[0]} is missing, the data set is not finished; pystamps run "
                "makes it"
            )
        log.info("%s: is made, %s", path, reason)
        with run_lock(root, POINTS.name):
            recover_results(root)
            POINTS.load()(root, config)
    return path


def _reason_to_make(root: Path, path: Path, config: RunConfig) -> str:
    """Say why the table has to be made; empty when it is that of the tree and the settings."""
    if not path.is_file():
        return "it is not there"
    made = path.stat().st_mtime_ns
    for name in _inputs(root):
        if (root / name).is_file() and (root / name).stat().st_mtime_ns > made:
            return f"{name} is newer"
    try:
        found = PointFile(path).attributes.get(MADE_WITH)
    except ArtifactError as error:
        return str(error)
    return "" if found == settings_as_text(root, config) else "other settings hold"


def _inputs(root: Path) -> list[str]:
    patches = [patch.name for patch in discover_dataset(root).patches]
    names = (*POINTS.inputs, *POINTS.optional_inputs)
    return [
        name for angle in ("la", "inc") for name in expanded(names, patches=patches, angle=angle)
    ]


def settings_as_text(root: Path, config: RunConfig) -> str:
    """Give the settings that decide what the table holds, as text that compares exactly."""
    parameters = effective_parameters(root, root, config.stamps, raw_root=config.runtime.raw_root)
    return json.dumps(settings_of_stage(POINTS, parameters, config, root), sort_keys=True)
