"""The values that decide the result of a stage, as text that compares exactly."""

from __future__ import annotations

import json
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.io.deramp_degree import PLANE, read_deramp_degree
from pystamps.parameters import Parameters, parameter_table
from pystamps.parameters.files import effective_parameters
from pystamps.stage_table import Mode, Stage, mode_of


def settings_of_stage(
    stage: Stage, parameters: Parameters, config: RunConfig, root: Path
) -> dict[str, str]:
    """Give the settings that change the result of a stage, by name.

    Parameters
    ----------
    stage : Stage
    parameters : Parameters
        Effective values of the patch or of the root.
    config : RunConfig
    root : Path
        Root of the data set.

    Returns
    -------
    dict of str to str
        ``deramp_degree`` only where it is not the default.
    """
    stage = stage.in_mode(mode_of(is_small_baseline=parameters.small_baseline_flag))
    found = {
        name: repr(getattr(parameters, field))
        for name, field, info, _ in parameter_table()
        if stage.parameter_stage in info.stages
        or name in ("small_baseline_flag", *stage.parameters)
    }
    found |= {f"compat.{name}": repr(getattr(config.compat, name)) for name in stage.compat}
    found |= {f"tools.{name}": getattr(config.tools, name) for name in stage.tools}
    found |= {f"products.{name}": repr(getattr(config.products, name)) for name in stage.products}
    degree = read_deramp_degree(root) if stage.is_deramped else PLANE
    return found if degree == PLANE else found | {"deramp_degree": repr(degree)}


def mode_of_root(root: Path, config: RunConfig) -> Mode:
    """Give what interferograms a data set holds, from its parameters."""
    parameters = effective_parameters(root, root, config.stamps, raw_root=config.runtime.raw_root)
    return mode_of(is_small_baseline=parameters.small_baseline_flag)


def settings_as_text(stage: Stage, root: Path, config: RunConfig) -> str:
    """Give the settings that change the result of a stage of the root, as one text."""
    parameters = effective_parameters(root, root, config.stamps, raw_root=config.runtime.raw_root)
    return json.dumps(settings_of_stage(stage, parameters, config, root), sort_keys=True)
