"""The StaMPS parameters: table, values, checks, and the files that hold them.

``table``, ``values`` and ``checks`` know no file and serve all layers; ``files`` (effective values
of a directory) and ``old_names`` read and write MAT files through :mod:`pystamps.io`.
"""

from pystamps.parameters.table import (
    FIELD_NAMES,
    ParameterInfo,
    ParameterKind,
    Parameters,
    ParameterValue,
    default_parameters,
    parameter_table,
    stamps_names_of_stage,
)

__all__ = [
    "FIELD_NAMES",
    "ParameterInfo",
    "ParameterKind",
    "ParameterValue",
    "Parameters",
    "default_parameters",
    "parameter_table",
    "stamps_names_of_stage",
]
