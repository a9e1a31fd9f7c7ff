"""Persistent-scatterer InSAR time series: the StaMPS method in Python.

``pystamps.open(D)`` gives a data set to work with (:mod:`pystamps.notebook`).
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
DISTRIBUTION = "pystamps-flow"
"""Name on the package index, where `pystamps` is somebody else's."""


def open(path: Any) -> Any:
    """Open a data set; see :class:`pystamps.notebook.DataSet`.

    Parameters
    ----------
    path : Path or str
        Root of a data set, or a folder that holds ``products/ps.h5`` alone.

    Returns
    -------
    DataSet
    """
    return import_module(".notebook", __name__).DataSet(path)  # only where it is used
