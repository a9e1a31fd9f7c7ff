"""Whether a patch has files that change its parameters; of all that have none, one is read."""

from __future__ import annotations

import os
import re
from fnmatch import translate
from pathlib import Path

_OF_EVERY_PATCH = ("pscands.1.*", "patch.in", "patch_noover.in", "mean_amp.flt", "*.mat")
_USUAL = re.compile("|".join(map(translate, _OF_EVERY_PATCH)))
_PARAMETERS = ("parms.mat", "localparms.mat")


def has_own_files(patch: Path) -> bool:
    """Tell whether a patch holds more than candidates and results.

    Its own parameters and texts of the stack, such as its own dates, hide those of the root.
    """
    with os.scandir(patch) as entries:
        names = [entry.name for entry in entries]
    return any(name in _PARAMETERS or not _USUAL.match(name) for name in names)
