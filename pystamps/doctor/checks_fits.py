"""What dates, baselines and positions alone say about the fits of stages 7, 8 and the velocity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pystamps.arrays import FloatArray
from pystamps.dates import datenum
from pystamps.doctor.checks_parameters import stored_stack
from pystamps.doctor.listed_stack import acquisitions, listed_baselines
from pystamps.doctor.prepared import Prepared
from pystamps.errors import ParameterError
from pystamps.findings import Code, Finding, value_or_finding
from pystamps.fit_condition import FitCondition, conditions_of_stack, surface_condition
from pystamps.interferograms import Interferograms
from pystamps.io.mat import read_mat
from pystamps.processors.export import Export
from pystamps.processors.slant_range import middle_baselines

FIT_UNCERTAIN = Code(
    "fit-uncertain",
    "warning",
    "a fit of stage 7 or 8, or the velocity, is weakly determined",
    "Few images, baselines that correlate with time, or pixels almost on a line: noise is "
    "amplified, and height errors look like motion. The number says how much.",
    "add images; look at differences between neighbouring pixels rather than at single values",
)
FIT_IMPOSSIBLE = Code(
    "fit-impossible",
    "error",
    "a fit of stage 7 or 8, or the velocity, is not determined",
    "The design is so close to singular that the result would follow from rounding.",
    "add images with other baselines, or drop those that cause it",
)

_PLANE = 3


def check_fits(prepared: Prepared) -> Iterator[Finding]:
    """Dates and baselines determine the look-angle error and the velocity."""
    settings = prepared.settings
    if settings.small_baseline_flag or not {7, 8} & {*prepared.steps}:
        return
    stack = known_stack(prepared)
    if stack is None:
        return
    try:
        found = list(
            conditions_of_stack(
                stack, drop=settings.drop_ifg_index, scla_drop=settings.scla_drop_index
            )
        )
    except ParameterError:
        return  # the check of the lists says it
    for name, condition in found:
        yield from _said(prepared.root, name, condition)


def check_planes(prepared: Prepared) -> Iterator[Finding]:
    """The merged pixels determine the planes of stages 7 and 8 and of the velocity."""
    if not {7, 8} & {*prepared.steps}:
        return
    places = _merged_places(prepared.root)
    if places is not None:
        found = surface_condition(places, _PLANE)
        yield from _said(prepared.root, "planes of the interferograms", found)


def check_export_fits(export: Export) -> Iterator[Finding]:
    """The same of a raw export: dates and baselines of its interferograms."""
    pairs = [pair for pair in export.interferograms if len(pair.dates) == 2 and pair.companion]
    if export.par is None or export.is_small_baseline or len(pairs) < 2:
        return
    values = middle_baselines(
        export.par, [p.companion for p in pairs if p.companion], width=export.size[0]
    )
    days = [float(datenum(pair.dates[1])) for pair in pairs]
    if len(values) != len(pairs) or len({*days}) < len(days):
        return  # other checks say what is wrong
    order = np.argsort(days)
    stack = Interferograms.of_secondary_images(
        np.array(days)[order], np.array(values)[order], float(datenum(pairs[0].dates[0]))
    )
    for name, found in conditions_of_stack(stack):
        yield from _said(export.folder, name, found)


def known_stack(prepared: Prepared) -> Interferograms | None:
    """Give dates and baselines by what stages have made, else by lists and headers."""
    paths = [prepared.root / "ps2.mat"] + [p.directory / "ps1.mat" for p in prepared.patches]
    for path in (path for path in paths if path.is_file()):
        wanted = ["day", "bperp", "master_ix", "ifgday_ix"]
        found = value_or_finding(path, read_mat, path, wanted)
        if not isinstance(found, Finding) and found.keys() >= {*wanted[:3]}:
            day, bperp = np.ravel(found["day"]), np.ravel(found["bperp"])
            at = int(np.ravel(found["master_ix"])[0]) - 1
            if 0 <= at < day.size and np.isfinite(bperp).all():
                stack = stored_stack(day, at, pairs=found.get("ifgday_ix"), bperp=bperp)
                if stack is not None:
                    return stack
    dates, baselines = acquisitions(prepared), listed_baselines(prepared)
    if dates is None or isinstance(dates, Finding):
        return None
    if dates.is_small_baseline and not prepared.has_par_files:  # one per image
        if len(baselines) != dates.day.size:
            return None
        baselines = dates.differences(np.array(baselines)).tolist()
    if len(baselines) != dates.block.size:
        return None
    return dates.interferograms(np.array(baselines))


def _merged_places(root: Path) -> FloatArray | None:
    path = root / "ps2.mat"
    found = value_or_finding(path, read_mat, path, ["xy"]) if path.is_file() else {}
    if isinstance(found, Finding) or "xy" not in found:
        return None
    xy = found["xy"]
    is_table = xy.ndim == 2 and xy.shape[1] == 3 and len(xy) and np.isfinite(xy).all()
    return np.asarray(xy[:, 1:], dtype=np.float64) if is_table else None


def _said(root: Path, name: str, found: FitCondition) -> Iterator[Finding]:
    code = FIT_IMPOSSIBLE if found.refusal else FIT_UNCERTAIN
    for words in found.words:
        yield code.at(root, f"{name}: {words}")
