"""How far results of a whole chain may lie from the golden ones, and why.

The bounds are the strict ones of :mod:`pystamps.io.tolerances`, by file. Variables that are not
listed must be exactly equal. ``docs/equality.md`` holds the table with what was measured.
"""

from __future__ import annotations

from pystamps.io.bounds import Bound
from pystamps.io.tolerances import TOLERANCES, kind_of_file

_FILES = (
    *("ps1", "la1", "pm1", "select1", "weed1", "pm2", "rc2", "ifgstd2", "uw_grid"),
    *("uw_space_time", "uw_phaseuw", "phuw2", "scla2", "scla_smooth2", "scn2", "ps2", "la2"),
)
"""In the order of the table; ``mean_v``, a product, is measured in a test of its own."""


def _variables(base: str, *rules: str) -> dict[str, Bound]:
    """Give the bounds of a file that are not 0, of all rules or of these."""
    kind = kind_of_file(f"{base}.mat")
    assert kind is not None, base
    return {
        name: stated.strict
        for name, stated in TOLERANCES[kind].items()
        if not stated.strict.is_exact and (not rules or stated.rule in rules)
    }


_OF_OPTIONS = ("coh_thresh", "ph_ramp", "ph_noise_res", "std_ph_noise")
"""Differ with options only (``select_reest_gamma_flag``, ``scla_deramp``, ``scn_deramp_ifg``): with
the defaults they are exactly equal, and the audit looks at the others. The last two are there with
kriging only (``scn_kriging_flag``), which has tests of its own."""

BOUNDS: dict[str, dict[str, Bound]] = {
    base: {name: bound for name, bound in _variables(base).items() if name not in _OF_OPTIONS}
    for base in _FILES
}
"""Of patch and root files alike, in the unit of the variable."""

MODULO_2PI = {base: tuple(_variables(base, "wrapped")) for base in ("pm1", "pm2", "select1")}
"""Angles in (-pi, pi]: a value at the end of the interval may come out at the other end."""

MODULO_2PI_PER_COLUMN = {
    base: tuple(_variables(base, "unwrapped")) for base in ("phuw2", "uw_phaseuw")
}
"""The absolute level of an unwrapped interferogram is where snaphu happened to start."""

RELATIVE = {"rc2": ("ph_rc",)}
"""Amplitudes up to 1e6 in patches: the bound is relative to the magnitude above 1."""

IGNORED = {"pm1": ("weighting",)}
"""We keep the weights of the iteration that would follow; the original does not save them."""

DISCRETE = {
    "select1": ("ix", "keep_ix"),
    "weed1": ("ix_weed", "ix_weed2"),
    "ps2": ("ij",),
    "uw_grid": ("nzix", "ij", "grid_ij"),
    "uw_interp": ("Z", "edgs", "rowix", "colix"),
}
"""What a threshold, a cell or a network decides; equal also where the numbers differ a little."""


def tolerances(base: str) -> dict[str, float]:
    """Give the bounds of a file (``pm1``)."""
    return {name: bound.size for name, bound in BOUNDS.get(base, {}).items()}
