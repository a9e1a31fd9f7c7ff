"""Which settings of a stage have changed since its results were made, and where they are set."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from pystamps.config.groups import named_setting
from pystamps.io.deramp_degree import DERAMP_DEGREE, PLANE
from pystamps.parameters.files import sourced_parameters
from pystamps.parameters.values import PARAMETER_INFO, shown_value
from pystamps.pipeline.job_records import JobRecord
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import StageTarget
from pystamps.pipeline.types import SettingChange
from pystamps.replay.golden_tree import SETTING as REPLAY
from pystamps.stage_table import PREPARATION

_WHERE_NOTHING_IS_SAID = {
    "deramp_degree": repr(PLANE),
    "method.unwrap_iterations": repr(named_setting("method.unwrap_iterations").default),
    "storage.keep": str(named_setting("storage.keep").default),
    "tools.snaphu_tiles": str(named_setting("tools.snaphu_tiles").default),
}
"""Value of a setting that the plan leaves out where it has its default."""

_WITH_DEFAULTS = ("accuracy", "compat", "products", "tools", "troposphere")
"""Groups whose settings the plan gives as they are."""

_INFINITY = re.compile(r"\binf\b")


def setting_changes(
    plan: WorkflowPlan, target: StageTarget, records: list[JobRecord]
) -> tuple[SettingChange, ...]:
    """Compare the settings of a stage with those that Snakemake has recorded for its files.

    Parameters
    ----------
    plan : WorkflowPlan
    target : StageTarget
    records : list of JobRecord
        Of all outputs of the stage; without them nothing is known.
    """
    recorded = [record.settings for record in records if record.settings is not None]
    new = plan.settings(target.stage, target.patch) if recorded else {}
    old: dict[str, str] = {}
    for settings in recorded:
        names = [name for name in {**new, **settings} if settings.get(name) != new.get(name)]
        old |= {name: settings.get(name, "") for name in names}
    sources = _sources(plan, target.patch) if old else {}
    group = "dataset.raw." if target.stage == PREPARATION.name else ""
    return tuple(
        _change(group + name, old[name], new.get(name, ""), _where(name, new, sources))
        for name in sorted(old, key=[*new, *old].index)
    )


def _change(name: str, old: str, new: str, where: str) -> SettingChange:
    """Write both values as people do, or exactly where that would not tell them apart."""
    absent = _WHERE_NOTHING_IS_SAID.get(name, "")
    old, new = old or absent, new or absent
    shown = (_shown(name, old), _shown(name, new))
    if shown[0] == shown[1]:
        shown = (old, new)
    return SettingChange(name, shown[0], shown[1], where)


def _sources(plan: WorkflowPlan, patch: str) -> Mapping[str, str]:
    """Give where every StaMPS parameter of a patch or of the root comes from."""
    if plan.preparation is not None and not plan.preparation.is_done:
        return {}
    found = sourced_parameters(
        plan.root, plan.root / patch, plan.config.stamps, raw_root=plan.config.runtime.raw_root
    )
    return {name: _short_source(plan.root, source) for name, source in found.sources.items()}


def _short_source(root: Path, source: str) -> str:
    """Give a file of the data set relative to its root; anything else as it is."""
    path = Path(source)
    return str(path.relative_to(root)) if path.is_relative_to(root) else source


def _where(name: str, new: Mapping[str, str], sources: Mapping[str, str]) -> str:
    """Say what the value of a setting comes from."""
    if name in _WHERE_NOTHING_IS_SAID and name not in new:
        return "default"
    if name == "deramp_degree":
        return DERAMP_DEGREE
    if name in PARAMETER_INFO:
        return sources.get(name, "configuration")
    has_default = name.partition(".")[0] in _WITH_DEFAULTS
    return "default" if has_default and new.get(name) == _default_text(name) else "configuration"


def _default_text(name: str) -> str:
    """Give the default of a switch or tool as the plan writes it."""
    default = named_setting(name).default
    return default if isinstance(default, str) else repr(default)


def _shown(name: str, text: str) -> str:
    """Write a value that the plan has given as text as people do: ``n``, ``Inf``, ``[3 7]``."""
    if name == REPLAY:
        return text.rpartition(" ")[0]  # its files are told apart by what stands behind
    if "." in name:
        return text.lower() if text in ("True", "False") else text
    try:
        value = ast.literal_eval(_INFINITY.sub("1e999", text))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
    return shown_value(value) if isinstance(value, bool | int | float | str | tuple) else text
