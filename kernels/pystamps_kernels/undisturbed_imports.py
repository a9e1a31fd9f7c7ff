"""Imports of packages that read settings from the working directory: they are made elsewhere.

Numba takes ``.numba_config.yaml`` and Matplotlib ``matplotlibrc`` from the directory in which a
process works, which often is a data set; nobody has to mean what lies there.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from threading import RLock
from types import ModuleType

_NEUTRAL = os.path.abspath(os.sep)  # noqa: PTH100 - the root of the file system
_ONE_AT_A_TIME = RLock()
"""A package that another thread is importing is in ``sys.modules``, but not whole yet."""


def undisturbed_import(name: str) -> ModuleType:
    """Give a package; where it is not loaded yet, import it from the root of the file system.

    Parameters
    ----------
    name : str
        Of a package that lies in an absolute folder of ``sys.path``.
    """
    with _ONE_AT_A_TIME:
        if name in sys.modules:
            return sys.modules[name]
        here = os.open(os.curdir, getattr(os, "O_PATH", os.O_RDONLY))
        try:
            os.chdir(_NEUTRAL)
            return import_module(name)
        finally:
            os.fchdir(here)
            os.close(here)
