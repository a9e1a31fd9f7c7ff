"""The StaMPS parameters: table, values, checks, and the files that hold them.

``info`` says what is known about a parameter, ``table`` has one line for each. They, ``values`` and
``checks`` know no file and serve all layers; ``files`` (effective values
of a directory) and ``old_names`` read and write MAT files through :mod:`pystamps.io`.
"""

from pystamps.parameters.info import ParameterInfo, ParameterKind, ParameterValue
from pystamps.parameters.table import (
    FIELD_NAMES,
    Parameters,
    default_parameters,
    parameter_table,
    stamps_names_of_stage,
)
from pystamps.stage_table import PRODUCTS

__all__ = [
    "FIELD_NAMES",
    "PRODUCTS",
    "ParameterInfo",
    "ParameterKind",
    "ParameterValue",
    "Parameters",
    "default_parameters",
    "parameter_table",
    "stamps_names_of_stage",
]
