"""Names of what a map can show: those of StaMPS' ``ps_plot``, and qualities of the points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from pystamps.errors import ParameterError, UnsupportedError
from pystamps.figures.style import PHASE_AWAY, TOWARD_AWAY, WRAPPED
from pystamps.products.phase import PARTS, parse_value_type
from pystamps.products.point_table import words_of_letters

GRADED = "viridis"
"""Colours of values without a middle."""

_TOWARD = "+ = toward the satellite"
_AWAY = "+ = away from the satellite"
_OF_PHASE = "rad"


@dataclass(frozen=True, slots=True)
class ValueType:
    """What a map shows.

    Attributes
    ----------
    kind : str
        The part of the name before the hyphen.
    letters : str
        Parts that are taken off, sorted.
    title : str
    unit : str
        Empty for numbers without unit.
    sign : str
        What positive means; empty where that is no question.
    colours : str
        Colour map of matplotlib.
    is_stack : bool
        There is a value for every interferogram or image.
    is_of_interferograms : bool
        Columns are interferograms; else images, which differ where baselines are small.
    is_of_pairs : bool
        Of small baselines only.
    is_centred : bool
        Colours are symmetric about 0.
    is_referenced : bool
        Relative to the mean of the reference area.
    mark_m : float
        Diameter of the marks on the ground in m; 0 = what there is room for.
    """

    kind: str
    letters: str = ""
    title: str = ""
    unit: str = ""
    sign: str = ""
    colours: str = GRADED
    is_stack: bool = False
    is_centred: bool = False
    is_referenced: bool = False
    mark_m: float = 0.0
    is_of_interferograms: bool = False
    is_of_pairs: bool = False

    @property
    def name(self) -> str:
        """The name as users write it, letters in the order of StaMPS."""
        order = [letter for letter in "dmaos" if letter in self.letters]
        return f"{self.kind}-{''.join(order)}" if order else self.kind

    @property
    def taken_off(self) -> str:
        """What is taken off, in words; empty for nothing."""
        return f"without {words_of_letters(self.letters)}" if self.letters else ""


def _phase(kind: str, title: str, *, is_stack: bool = True, is_of_pairs: bool = False) -> ValueType:
    return ValueType(
        kind, "", title, _OF_PHASE, _AWAY, PHASE_AWAY,
        is_stack=is_stack, is_centred=True, is_referenced=True,
        is_of_interferograms=is_of_pairs, is_of_pairs=is_of_pairs,
    )  # fmt: skip


def _angle(kind: str, title: str) -> ValueType:
    return ValueType(kind, "", title, _OF_PHASE, _AWAY, WRAPPED, is_stack=True,
                     is_of_interferograms=True)  # fmt: skip


KINDS: Mapping[str, ValueType] = {
    kind.kind: kind
    for kind in (
        ValueType("v", "", "Mean velocity in the line of sight", "mm/yr", _TOWARD, TOWARD_AWAY,
                  is_centred=True, is_referenced=True),
        ValueType("vs", "", "Standard deviation of the velocity, dates drawn anew", "mm/yr",
                  is_referenced=True),
        ValueType("vdrop", "", "Mean velocity without the interferogram", "mm/yr", _TOWARD,
                  TOWARD_AWAY, is_stack=True, is_centred=True, is_referenced=True),
        _phase("u", "Unwrapped phase"),
        _angle("w", "Wrapped phase"),
        _angle("p", "Wrapped phase, filtered in space (stages 2 to 4)"),
        _angle("wf", "Wrapped phase of the grid that is unwrapped"),
        ValueType("d", "", "Look-angle (DEM) error, slope of phase over baseline", "rad/m", "",
                  PHASE_AWAY, is_centred=True, is_referenced=True),
        _phase("m", "Contribution of the reference image", is_stack=False),
        _phase("o", "Plane of the interferogram (stage 7)"),
        _phase("a", "Tropospheric phase"),
        _angle("wa", "Tropospheric phase, wrapped"),
        _phase("s", "Spatially correlated noise of the secondary image"),
        _phase("usb", "Unwrapped phase of the pairs of images", is_of_pairs=True),
        _phase("rsb", "Phase of the pairs less that of their images", is_of_pairs=True),
        _phase("asb", "Tropospheric phase of the pairs of images", is_of_pairs=True),
        ValueType("dsb", "", "Look-angle (DEM) error from the pairs of images", "rad/m", "",
                  PHASE_AWAY, is_centred=True, is_referenced=True, is_of_interferograms=True,
                  is_of_pairs=True),
        ValueType("vsb", "", "Mean velocity from the pairs of images", "mm/yr", _TOWARD,
                  TOWARD_AWAY, is_centred=True, is_referenced=True, is_of_interferograms=True,
                  is_of_pairs=True),
        ValueType("vsm", "", "Mean velocity from the images, by their covariance", "mm/yr", _TOWARD,
                  TOWARD_AWAY, is_centred=True, is_referenced=True, is_of_pairs=True),
        ValueType("hgt", "", "Height of the elevation model", "m"),
        ValueType("dem", "", "Height of the scatterer above the elevation model", "m", "",
                  TOWARD_AWAY, is_centred=True),
        ValueType("coh", "", "Temporal coherence (gamma of StaMPS)"),
        ValueType("da", "", "Amplitude dispersion"),
        ValueType("amp", "", "Mean amplitude of the scene", "dB"),
        ValueType("density", "", "Density of the points", "1/km²"),
        ValueType("std", "", "Standard deviation of the velocity, formal", "mm/yr",
                  is_referenced=True),
        ValueType("rmse", "", "Scatter of the series about the fit", "mm", is_referenced=True),
        ValueType("inc", "", "Angle of incidence", "°"),
    )
}  # fmt: skip
"""By the part of the name before the hyphen."""

_TAKES_OFF = {
    "v": "daos", "vs": "daos", "vdrop": "daos", "u": "dmaos", "w": "dmao", "usb": "dao",
    "rsb": "o", "vsb": "dao", "vsm": "daos", "a": "o", "asb": "o",
}  # fmt: skip
"""Letters that a kind may be followed by."""

_USUAL = {
    "v": ("", "d", "o", "do", "s", "so", "ds", "dso", "a", "ao", "da", "dao"),
    "vs": ("", "d", "o", "do", "a", "ao", "da", "dao"),
    "vdrop": ("", "d", "o", "do", "dos", "dao"),
    "u": ("", "d", "m", "o", "s", "dm", "do", "dmo", "dms", "dmos", "a", "da", "ao", "dao"),
    "w": ("", "d", "o", "do", "dm", "dmo", "a", "da"),
    "a": ("", "o"),
    "usb": ("", "d", "o", "do", "a", "ao", "da", "dao"),
    "rsb": ("", "o"),
    "asb": ("", "o"),
    "vsb": ("", "d", "o", "do", "a", "ao", "da", "dao"),
    "vsm": ("", "d", "o", "do", "s", "so", "ds", "dso", "a", "ao", "da", "dao"),
}
"""Letters under which StaMPS has the kind; others, and other orders, are taken as well."""

_OF_CORRECTIONS = {"i": "ionosphere", "vi": "ionosphere", "t": "tide", "vt": "tide",
                   "isb": "ionosphere", "tsb": "tide"}  # fmt: skip


def value_type_names() -> tuple[str, ...]:
    """Give the names of all maps, those with letters as StaMPS spells them."""
    return tuple(
        f"{kind}-{letters}" if letters else kind
        for kind in KINDS
        for letters in _USUAL.get(kind, ("",))
    )


def value_type_named(name: str) -> ValueType:
    """Give what a name means; letters in any order, capitals as in StaMPS for single masters.

    Raises
    ------
    ParameterError
        No map has this name.
    UnsupportedError
        StaMPS has it, and this version has not.
    """
    lower = name.lower()
    kind, _, letters = lower.partition("-")
    if kind in _OF_CORRECTIONS:
        raise UnsupportedError(f"value type {name}: {_OF_CORRECTIONS[kind]} is not available yet")
    if kind not in KINDS:
        raise ParameterError(f"plot: nothing is called {name!r}; {names_near(name)}")
    if not letters and lower == kind:
        return KINDS[kind]
    if kind not in _TAKES_OFF:
        raise ParameterError(f"value type {name!r}: {kind} takes no letters; write {kind}")
    found = parse_value_type(lower, kinds=(kind,))[1]
    wrong = [letter for letter in found if letter not in _TAKES_OFF[kind]]
    if wrong:
        raise ParameterError(
            f"value type {name!r}: {PARTS[wrong[0]]} ({wrong[0]}) is not taken off {kind}; letters "
            f"of {kind} are {', '.join(_TAKES_OFF[kind])}"
        )
    return replace(KINDS[kind], letters=found)


def names_near(name: str, others: tuple[str, ...] = ("ts", "network", "profile")) -> str:
    """Give the names that look most like one that nothing has, else all kinds."""
    near = get_close_matches(name.lower(), [*value_type_names(), *others], n=4, cutoff=0.5)
    if near:
        return f"did you mean {', '.join(near)}?"
    return f"use one of {', '.join([*KINDS, *others])}"
