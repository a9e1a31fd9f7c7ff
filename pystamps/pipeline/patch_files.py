"""Whether a patch has files that change its parameters; of all that have none, one is read."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path

_OF_EVERY_PATCH = ("pscands.1.*", "patch.in", "patch_noover.in", "mean_amp.flt", "*.mat")
_PARAMETERS = ("parms.mat", "localparms.mat")


def has_own_files(patch: Path) -> bool:
    """Tell whether a patch holds more than candidates and results.

    Its own parameters and texts of the stack, such as its own dates, hide those of the root.
    """
    with os.scandir(patch) as entries:
        names = [entry.name for entry in entries]
    return any(name in _PARAMETERS or not _is_usual(name) for name in names)


def _is_usual(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _OF_EVERY_PATCH)
