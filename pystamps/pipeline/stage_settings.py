"""The values that decide the result of a stage, as text that compares exactly."""

from __future__ import annotations

import json
from pathlib import Path

from pystamps.config import MethodSettings, Products, RunConfig, Storage, Tools
from pystamps.io.deramp_degree import PLANE, read_deramp_degree
from pystamps.parameters import Parameters, parameter_table
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.kept_variables import is_residual_read
from pystamps.stage_table import Mode, Stage, mode_of
from pystamps.troposphere_methods import TROPOSPHERE_METHODS

_OF_DELAYS = ("subtr_tropo", "tropo_method")
"""Stage 6 is as without them where the phase is estimated from its result."""

_VELOCITY_TYPE = "products.mean_velocity_type"
_UNWRAPPER = "tools.unwrapper"
_TILES = "tools.snaphu_tiles"


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
        ``deramp_degree``, ``method.*``, ``storage.*``, the unwrapper, its tiles and the value type
        of the mean velocity only where they are not the default.
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
    found |= {
        f"troposphere.{name}": str(getattr(config.troposphere, name)) for name in stage.troposphere
    }
    if stage.is_before_phase and is_estimated_from_phase(config):
        found |= {name: repr(getattr(Parameters(), name)) for name in _OF_DELAYS}
    if _VELOCITY_TYPE in found:
        found = _of_velocity(found, parameters.tropo_method)
    modes = config.accuracy.modes
    found |= {f"accuracy.{name}": getattr(modes, name) for name in stage.accuracy}
    if _UNWRAPPER in found and found[_UNWRAPPER] == Tools().unwrapper:
        del found[_UNWRAPPER]  # as before it was a setting
    if _TILES in found:
        del found[_TILES]
        if config.tools.snaphu_tiles != Tools().snaphu_tiles:
            overlap = config.tools.snaphu_tile_overlap
            found[_TILES] = f"{config.tools.snaphu_tiles}, overlap {overlap}"
    usual = MethodSettings()
    found |= {
        f"method.{name}": repr(getattr(config.method, name))
        for name in stage.method
        if getattr(config.method, name) != getattr(usual, name)
    }
    found |= {
        f"storage.{name}": _kept_in_words(stage, parameters, getattr(config.storage, name))
        for name in stage.storage
        if getattr(config.storage, name) != getattr(Storage(), name)
    }
    degree = read_deramp_degree(root) if stage.is_deramped else PLANE
    return found if degree == PLANE else found | {"deramp_degree": repr(degree)}


def _of_velocity(found: dict[str, str], method: str) -> dict[str, str]:
    """Leave the value type out where it is the default, as before it was a setting."""
    value_type = found[_VELOCITY_TYPE]
    if value_type == repr(Products().mean_velocity_type):
        return {name: value for name, value in found.items() if name != _VELOCITY_TYPE}
    return found | {"tropo_method": repr(method)} if "a" in value_type else found


def _kept_in_words(stage: Stage, parameters: Parameters, keep: str) -> str:
    """Say what is kept; of stage 2 also whether ``ph_res`` is, which parameters decide."""
    has_residual = stage.parameter_stage == 2 and is_residual_read(parameters)
    return f"{keep}, with ph_res" if has_residual else keep


def is_estimated_from_phase(config: RunConfig) -> bool:
    """Tell whether tropospheric phase is estimated from the unwrapped phase."""
    method = TROPOSPHERE_METHODS.get(config.troposphere.method)
    return method is not None and method.is_from_phase


def mode_of_root(root: Path, config: RunConfig) -> Mode:
    """Give what interferograms a data set holds, from its parameters."""
    parameters = effective_parameters(root, root, config.stamps, raw_root=config.runtime.raw_root)
    return mode_of(is_small_baseline=parameters.small_baseline_flag)


def settings_as_text(stage: Stage, root: Path, config: RunConfig) -> str:
    """Give the settings that change the result of a stage of the root, as one text."""
    parameters = effective_parameters(root, root, config.stamps, raw_root=config.runtime.raw_root)
    return json.dumps(settings_of_stage(stage, parameters, config, root), sort_keys=True)
