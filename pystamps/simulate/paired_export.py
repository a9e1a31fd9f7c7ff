"""Small-baseline form of an export: a folder per pair of images, as each program leaves it.

SNAP and GAMMA have ``SMALL_BASELINES`` in place of ``rslc`` and ``diff0``; Doris and ISCE have it
in ``INSAR_<date>``, beside the stack with one reference image, whose texts go on to say dates and
baselines of the images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pystamps.simulate.export_layout import ExportLayout, StoredRaster
from pystamps.simulate.geometry import Baseline
from pystamps.simulate.stack import Stack

_FOLDER = "SMALL_BASELINES"
_SINGLE_MASTER_FOLDERS = ("rslc", "diff0")


def paired_slant_range(
    layout: ExportLayout, stack: Stack, *, baseline_text: Callable[[Baseline], str]
) -> ExportLayout:
    """Turn an export of SNAP or GAMMA into that of the pairs of a stack.

    Parameters
    ----------
    layout : ExportLayout
        With one reference image.
    stack : Stack
        With pairs.
    baseline_text : callable
        Gives the text of a ``.base`` file.
    """
    texts = {
        path: text for path, text in layout.texts.items()
        if path.parent.name not in _SINGLE_MASTER_FOLDERS
    }  # fmt: skip
    pairs: dict[tuple[int, int], StoredRaster] = {}
    copies: list[tuple[int, StoredRaster]] = []
    for first, second in stack.pairs:
        name = pair_name(stack, first, second)
        folder = layout.folder / _FOLDER / name
        pairs[first, second] = StoredRaster(folder / f"{name}.diff", ">c8")
        baseline = stack.baselines[second].relative_to(stack.baselines[first])
        texts[folder / f"{name}.base"] = baseline_text(baseline)
        for k in (first, second):
            image = layout.images[k]
            copies.append((k, replace(image, path=folder / image.path.name)))
            par = image.path.with_name(f"{image.path.name}.par")
            texts[folder / par.name] = layout.texts[par]
    return replace(
        layout, images=(), interferograms={}, pairs=pairs, copies=tuple(copies), texts=texts
    )


def paired_insar(
    layout: ExportLayout, stack: Stack, *, interferogram: str, image_suffix: str
) -> ExportLayout:
    """Add the pairs of a stack to the folder of Doris or ISCE, as its small-baseline form.

    Parameters
    ----------
    layout : ExportLayout
        With one reference image.
    stack : Stack
        With pairs.
    interferogram : str
        Name of the interferogram in the folder of a pair.
    image_suffix : str
        What follows the date in the names of its images.
    """
    pairs: dict[tuple[int, int], StoredRaster] = {}
    copies: list[tuple[int, StoredRaster]] = []
    for first, second in stack.pairs:
        folder = layout.folder / _FOLDER / pair_name(stack, first, second)
        pairs[first, second] = StoredRaster(folder / interferogram, "<c8")
        for k in (first, second):
            path: Path = folder / f"{stack.dates[k]:%Y%m%d}{image_suffix}"
            copies.append((k, StoredRaster(path, "<c8")))
    return replace(layout, folder=layout.folder / _FOLDER, pairs=pairs, copies=tuple(copies))


def pair_name(stack: Stack, first: int, second: int) -> str:
    """Give the name of the folder of a pair."""
    return f"{stack.dates[first]:%Y%m%d}_{stack.dates[second]:%Y%m%d}"
