"""Imports that a run on this machine pays for and does not use.

Snakemake's imports are most of its time where jobs are short: the plugins of clusters, its own
report, a solver of integer programs, readers of notebooks and of web addresses. Each of them is
optional to Snakemake, which goes on without it, or loads it where it is used after all. SciPy asks
NumPy for all it has, compilers of Fortran and tests too.
"""

from __future__ import annotations

import gc
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import ModuleInfo
from types import ModuleType
from typing import Any, cast

_EXECUTORS = "snakemake_executor_plugin_"
_OURS = f"{_EXECUTORS}pystamps"
_ABSENT = ("pulp", "snakemake.report")
"""The solver of the other scheduler than the one of ``profiles/default``; the report plugin."""
_LATER = ("nbformat", "requests")
_LATER_OF_STAGES = ("numpy.f2py", "numpy.testing")


def spare_imports_of_snakemake() -> None:
    """Let the Snakemake that starts in this process load no more than a run uses.

    The garbage collector waits for the rules (:mod:`pystamps.pipeline.planning_cost`): what is
    imported stays.
    """
    gc.disable()
    _show_no_other_executor()
    for name in _ABSENT:
        sys.modules.setdefault(name, cast("Any", None))
    for name in _LATER:
        load_when_used(name)


def spare_imports_of_stages() -> None:
    """Let what is imported for stages, by a process that keeps it, cost no more than it must."""
    gc.disable()
    for name in _LATER_OF_STAGES:
        load_when_used(name)


def without_other_executors(modules: Iterable[ModuleInfo]) -> Iterator[ModuleInfo]:
    """Leave the executor plugins out that are not ours, as those of clusters."""
    for module in modules:
        if module.name == _OURS or not module.name.startswith(_EXECUTORS):
            yield module


def load_when_used(name: str) -> None:
    """Put a stand-in where imports look first; what is asked of it loads the module.

    Parameters
    ----------
    name : str
        Nothing is done where it is loaded already, or not installed.
    """
    if name in sys.modules or find_spec(name) is None:
        return
    sys.modules[name] = stand_in = _StandIn(name)
    package, _, own = name.rpartition(".")
    if package:
        setattr(import_module(package), own, stand_in)


class _StandIn(ModuleType):
    """A module that is not loaded yet.

    ``importlib.util.LazyLoader`` is of no use here: the statement ``import`` asks a module for its
    ``__spec__``, which loads it.
    """

    def __getattr__(self, attribute: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), attribute)


def _show_no_other_executor() -> None:
    """Hide plugins where Snakemake looks for them: it imports all that it finds."""
    every_module = pkgutil.iter_modules

    def iter_modules(path: Any = None, prefix: str = "") -> Iterator[ModuleInfo]:
        return without_other_executors(every_module(path, prefix))

    pkgutil.iter_modules = iter_modules
