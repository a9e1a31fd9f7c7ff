"""Names of the interferometric processors; everything may import this, it imports nothing.

A new processor is one line here and the module that the line names.
"""

from __future__ import annotations

MODULES = {
    "snap": "pystamps.processors.snap",
    "gamma": "pystamps.processors.gamma",
    "isce": "pystamps.processors.isce",
    "doris": "pystamps.processors.doris",
    "gsar": "pystamps.processors.gsar",
}
"""Where each processor is described: the module holds its record as ``PROCESSOR``."""

LOADED_ONLY = ("gsar",)
"""Processors whose exports are not prepared here: data sets of StaMPS are loaded, of one reference
image, for StaMPS has no loader for their small baselines."""

DEFAULT = "doris"
"""Processor of a data set that does not name one, as in StaMPS."""
