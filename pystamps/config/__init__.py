"""The configuration of a run: dataset, stamps and the groups of settings.

``groups`` holds the settings, ``run`` a whole configuration, ``schema`` its JSON schema,
``checks`` what turns a mapping into checked groups, ``earlier`` the keys of earlier files. Arrows
go down: run, checks, combinations, earlier, problems, schema, groups.
"""

from pystamps.config.accuracy_settings import Accuracy
from pystamps.config.groups import (
    Compat,
    KernelSettings,
    MethodSettings,
    Products,
    RawExport,
    Runtime,
    Storage,
    Tolerance,
    Tools,
    Troposphere,
)
from pystamps.config.run import RunConfig, load_config

__all__ = [
    "Accuracy",
    "Compat",
    "KernelSettings",
    "MethodSettings",
    "Products",
    "RawExport",
    "RunConfig",
    "Runtime",
    "Storage",
    "Tolerance",
    "Tools",
    "Troposphere",
    "load_config",
]
