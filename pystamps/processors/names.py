"""Names of the interferometric processors; everything may import this, it imports nothing.

A new processor is one line here and the module that the line names.
"""

from __future__ import annotations

MODULES = {
    "snap": "pystamps.processors.snap",
    "gamma": "pystamps.processors.gamma",
    "isce": "pystamps.processors.isce",
    "doris": "pystamps.processors.doris",
}
"""Where each processor is described: the module holds its record as ``PROCESSOR``."""

DEFAULT = "doris"
"""Processor of a data set that does not name one, as in StaMPS."""

REFUSED = ("gsar",)
"""What StaMPS knows and pySTAMPS refuses by name."""
