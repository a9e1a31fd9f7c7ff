"""Differences that are meant to be: reported apart with their reason, never counted."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from pystamps.io.bounds import ToleranceProfile
from pystamps.verify.records import VariableDifference


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """A difference that is meant to be.

    Attributes
    ----------
    file, variable : str
        Patterns; ``variable`` is empty where the whole file is meant.
    kinds : tuple of str
        Kinds of :class:`~pystamps.verify.records.VariableDifference` that are meant.
    reason : str
    profiles : tuple of str
    """

    file: str
    variable: str
    kinds: tuple[str, ...]
    reason: str
    profiles: tuple[ToleranceProfile, ...] = ("strict", "scientific")


KNOWN_DIFFERENCES = (
    KnownDifference(
        "*.mat", "*", ("storage",),
        "logicals saved as bytes by a program that has no such class",
    ),
    KnownDifference(
        "*pm1.mat", "weighting", ("missing", "extra"),
        "weights of an iteration that did not follow; versions of StaMPS differ in saving them",
    ),
    KnownDifference(
        "*2.mat", "", ("placeholder",),
        "StaMPS writes an empty inc2 (la2, hgt2) where no patch has one",
    ),
    KnownDifference(
        "mean_v.mat", "", ("missing", "extra"),
        "a product: StaMPS makes it when it is asked for",
    ),
    KnownDifference(
        "*no_ps_info.mat", "", ("missing", "extra"),
        "bookkeeping of the driver; StaMPS also leaves one in the root",
    ),
    KnownDifference(
        "*no_ps_info.mat", "stamps_step_no_ps", ("values",),
        "the driver of StaMPS writes back the flags that it read before stages 3 and 4, and so "
        "loses which of them left no pixel; ours hold it, and nothing depends on them",
    ),
    KnownDifference(
        "*psver.mat", "*", ("values", "missing", "extra"),
        "generation of the files: depends on the stage at which the run ended, not on results",
    ),
    KnownDifference("*.mat", "", ("no stage",), "no stage makes it; not compared"),
    KnownDifference(
        "*.mat", "*", ("precision",),
        "single or double precision, values within their tolerance",
        profiles=("scientific",),
    ),
)  # fmt: skip


def reason_of_difference(item: VariableDifference, profile: ToleranceProfile) -> str:
    """Give the reason of a known difference, "" for a real one."""
    for known in KNOWN_DIFFERENCES:
        if (
            item.kind in known.kinds
            and profile in known.profiles
            and fnmatchcase(item.file, known.file)
            and fnmatchcase(item.variable, known.variable)
        ):
            return known.reason
    return ""
