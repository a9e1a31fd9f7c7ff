"""The table of points for exports and notebooks: the one of the data set, up to date.

The rule ``product_points`` makes it in every run. Where it is missing or is not that of the results
that lie there, its stage runs here as ``pystamps stage`` runs one, so that the next run of the
workflow finds it done.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import logging
from pathlib import Path

from pystamps.config import Products, RunConfig
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.dataset import discover_dataset
from pystamps.io.point_file import MADE_WITH, PointFile
from pystamps.pipeline.one_stage import run_named_stage
from pystamps.pipeline.stage_settings import mode_of_root, settings_as_text
from pystamps.stage_table import DELAYS, PAIR_DELAYS, Stage, expanded, stage_named

log = logging.getLogger(__name__)

_POINTS = stage_named("product_points")
_GROUP = "products."


def up_to_date_points(root: Path, config: RunConfig | None = None) -> Path:
    """Give the table of points of a finished data set; run its stage first where that is needed.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig, optional
        None = settings ``products.*`` as the table was made with, else their defaults.

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
    path = root / _POINTS.outputs[0]
    if path.is_file() and not (root / _POINTS.inputs[0]).is_file():
        return path  # the table was taken away from its tree
    made_with, products, damage = _made_with(path)
    config = dataclasses.replace(config or RunConfig(products=products), dataset=root)
    reason = damage or _reason_to_make(root, path, config, made_with)
    if reason:
        missing = [name for name in _record(root, config).inputs if not (root / name).is_file()]
        if missing:
            raise DatasetError(
                f"{root}: {missing[0]} is missing, the data set is not finished; pystamps run "
                "makes it"
            )
        log.info("%s: is made, %s", path, reason)
        run_named_stage(_POINTS.name, root, config)
    return path


def _made_with(path: Path) -> tuple[dict[str, str], Products, str]:
    """Give the settings that a table was made with, its own among them, and what is wrong."""
    if not path.is_file():
        return {}, Products(), "it is not there"
    try:
        found = json.loads(str(PointFile(path).attributes.get(MADE_WITH, "{}")))
        settings = {str(name): str(value) for name, value in dict(found).items()}
        return settings, _products_of(settings), ""
    except ArtifactError as error:
        return {}, Products(), str(error)
    except (ParameterError, ValueError, TypeError, SyntaxError, RecursionError):
        return {}, Products(), f"its attribute {MADE_WITH} is damaged"


def _products_of(made_with: dict[str, str]) -> Products:
    """Give the settings ``products.*`` of a table; defaults where it has none."""
    known = {_GROUP + field.name for field in dataclasses.fields(Products)} & made_with.keys()
    found = {name.removeprefix(_GROUP): ast.literal_eval(made_with[name]) for name in known}
    return RunConfig.from_mapping({"products": found}).products


def _change_of_delays(root: Path, path: Path, config: RunConfig) -> str:
    """Say that the file of the tropospheric phase has come or gone since the table was made."""
    known = str(PointFile(path).attributes.get("delay_file", ""))
    (name,) = (n for n in _record(root, config).optional_inputs if n in (DELAYS, PAIR_DELAYS))
    if (root / name).is_file() == bool(known):
        return ""
    return f"{name} is {'gone' if known else 'new'}"


def _reason_to_make(root: Path, path: Path, config: RunConfig, made_with: dict[str, str]) -> str:
    """Say why the stage has to run; empty when the table is that of the tree and the settings."""
    made = path.stat().st_mtime_ns
    for name in _inputs(root, _record(root, config)):
        if (root / name).is_file() and (root / name).stat().st_mtime_ns > made:
            return f"{name} is newer"
    settings = json.loads(settings_as_text(_POINTS, root, config))
    if settings != made_with:
        return "other settings hold"
    return _change_of_delays(root, path, config)


def _record(root: Path, config: RunConfig) -> Stage:
    """Give the record of the table with the files of this data set."""
    return _POINTS.in_mode(mode_of_root(root, config))


def _inputs(root: Path, record: Stage) -> list[str]:
    patches = [patch.name for patch in discover_dataset(root).patches]
    names = (*record.inputs, *record.optional_inputs)
    return [
        name for angle in ("la", "inc") for name in expanded(names, patches=patches, angle=angle)
    ]
