"""Parameters of old StaMPS versions in ``parms.mat`` (done by ``ps_parms_default``)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.io.mat import read_mat

log = logging.getLogger(__name__)

NAMES_WITHOUT_SUCCESSOR = ("weed_alpha", "pixel_aspect_ratio")
"""Old parameters without a successor."""

OLD_NAMES = (
    *("plot_pixel_size", "unwrap_ifg_index", "recalc_index", "sb_recalc_index"),
    *NAMES_WITHOUT_SUCCESSOR,
)
"""All names of old versions."""


def without_old_names(
    variables: Mapping[str, Any], path: Path, *, root: Path, directory: Path
) -> dict[str, Any]:
    """Replace the parameters of old versions by their successors.

    Lists of interferograms to *use* become lists to *drop*, which takes the number of
    interferograms: as long as no ps file exists the old list is kept and not used.

    Parameters
    ----------
    variables : mapping
        Variables of a parameter file.
    path : Path
        The file, for messages.
    root, directory : Path
        Where to look for a ps file.

    Returns
    -------
    dict
        A copy with new names; values that stay are the same objects.
    """
    new = {name: value for name, value in variables.items() if name not in NAMES_WITHOUT_SUCCESSOR}
    if "plot_pixel_size" in new:
        new["plot_scatterer_size"] = 25 * np.asarray(new.pop("plot_pixel_size"), dtype=np.float64)
    if "unwrap_ifg_index" in new:
        _use_to_drop(
            new, "unwrap_ifg_index", "drop_ifg_index", path, _count(root, directory, "n_ifg")
        )
    if "recalc_index" in new:
        is_small_baseline = str(new.get("small_baseline_flag", "n")).lower() == "y"
        count = _count(root, directory, "n_image" if is_small_baseline else "n_ifg")
        _use_to_drop(new, "recalc_index", "scla_drop_index", path, count)
        if "sb_recalc_index" in new:
            count = _count(root, directory, "n_ifg")
            _use_to_drop(new, "sb_recalc_index", "sb_scla_drop_index", path, count)
    return new


def _use_to_drop(
    variables: dict[str, Any], old: str, new: str, path: Path, count: int | None
) -> None:
    """Turn the list ``old`` of numbers to use into the list ``new`` of numbers to drop."""
    used = variables[old]
    if isinstance(used, str):  # "all"
        del variables[old]
        return
    if count is None:
        log.warning("%s: %s of an old StaMPS is not used before stage 1 has run", path, old)
        return
    dropped = sorted(set(range(1, count + 1)) - {int(x) for x in np.ravel(used)})
    variables[new] = np.array([dropped], dtype=np.float64) if dropped else np.zeros((0, 0))
    del variables[old]


def _count(root: Path, directory: Path, name: str) -> int | None:
    """Give the number of interferograms or images from the first ps file that exists."""
    places = [directory, root, *sorted(root.glob("PATCH_*"))]
    for path in (folder / f"ps{generation}.mat" for folder in places for generation in (2, 1)):
        if path.is_file():
            found = read_mat(path, [name])
            if name in found:
                return int(np.ravel(found[name])[0])
    return None
