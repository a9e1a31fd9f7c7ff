"""How StaMPS' parameters of plots change a map: colours and size of the marks."""

from __future__ import annotations

from dataclasses import replace

from pystamps.figures.style import WRAPPED
from pystamps.parameters import Parameters
from pystamps.plotting.value_types import ValueType

_SCHEMES = {"gray": "gray", "gmt_relief": "gist_earth", "gmt_globe": "terrain"}
"""Colours of matplotlib that stand for a scheme; angles keep their cyclic ones."""


def as_drawn(kind: ValueType, parameters: Parameters) -> ValueType:
    """Give a value type with the colours and marks that the parameters ask for.

    Parameters
    ----------
    kind : ValueType
    parameters : Parameters
        ``plot_color_scheme``: inflation, the default, is what maps have (toward the satellite
        blue), deflation the same reversed. ``plot_scatterer_size``, where it is not the default
        of StaMPS: marks of that many metres.
    """
    size = parameters.plot_scatterer_size
    mark_m = 0.0 if size == Parameters().plot_scatterer_size else size
    scheme = parameters.plot_color_scheme.lower()
    colours = kind.colours
    if colours != WRAPPED and scheme == "deflation":
        colours = colours.removesuffix("_r") if colours.endswith("_r") else f"{colours}_r"
    elif colours != WRAPPED:
        colours = _SCHEMES.get(scheme, colours)
    return replace(kind, colours=colours, mark_m=mark_m)
