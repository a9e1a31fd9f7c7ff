"""Parameters against each other, and against the dates of the stack."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.config import Compat
from pystamps.doctor.listed_stack import acquisitions
from pystamps.doctor.prepared import Prepared
from pystamps.errors import ArtifactError, ParameterError
from pystamps.findings import Code, Finding, value_or_finding
from pystamps.interferograms import Interferograms
from pystamps.io.mat import read_mat
from pystamps.parameters import Parameters, stamps_names_of_stage
from pystamps.parameters.checks import parameters_without_effect
from pystamps.parameters.values import shown_value
from pystamps.stage_table import PRODUCTS

DROP_LIST_WRONG = Code(
    "drop-list-wrong",
    "error",
    "a list of interferograms names what does not exist, or too many",
    "Numbers count from 1 in the order of the dates, the reference image counted. StaMPS ignores "
    "numbers that do not exist. Without the reference image and all later ones, its filter in time "
    "(stage 8) stops.",
    "correct the list; a date (2019-07-13) may stand for a number",
)
REFERENCE_DROPPED = Code(
    "reference-image-dropped",
    "warning",
    "drop_ifg_index holds the reference image",
    "Stages 3 and 6 and the products leave it out anyway. Stages 4 and 7 have one image fewer, and "
    "the filter in time of stage 8 leaves a later image out in its place, as in StaMPS "
    "(compat.scn_full_list_master_position).",
    "take it off the list, if an interferogram was meant that shows something",
)
PARAMETERS_CONTRADICT = Code(
    "parameters-contradict",
    "error",
    "two parameters exclude each other, or a value is absurd",
    "Each is allowed by itself; together no result, or none that means anything, is possible.",
    "correct one of them",
)
PARAMETER_WITHOUT_EFFECT = Code(
    "parameter-without-effect",
    "warning",
    "a parameter does not do what it is there for",
    "Another parameter, or the spacing of the dates, takes its effect away.",
    "look at both; the results are those without it",
)

FEWEST = {3: 3, 4: 2, 6: 1, 7: 2, 8: 2}
"""Observed interferograms that a stage needs; see its own refusals."""
_LEAVES = {7: "drop_ifg_index and scla_drop_index leave"}
_HIGHEST_DEM_ERROR_M = 10_000.0
"""More than the highest mountain."""
_STDS_TO_ZERO = 38.0
"""Standard deviations at which a Gaussian is no number larger than zero."""


def check_lists_of_interferograms(prepared: Prepared) -> Iterator[Finding]:
    """Interferograms that are dropped or deramped exist, and enough of them are left."""
    settings = prepared.settings
    lists = {
        name: getattr(settings, name)
        for name in ("drop_ifg_index", "scla_drop_index", "scn_deramp_ifg")
        if getattr(settings, name) and getattr(settings, name) != "all"
    }
    stack = known_dates(prepared) if lists else None
    if stack is None:
        return
    if settings.small_baseline_flag:
        yield from _lists_of_images(prepared, stack, lists)
        return
    for name, numbers in lists.items():
        stages = [step for step in prepared.steps if name in stamps_names_of_stage(step)]
        if not stages:
            continue
        try:
            stack.numbered(numbers, name=name)
            if name != "scn_deramp_ifg":
                _refuse_drops(stack, settings, stages, prepared.config.compat)
            if name == "drop_ifg_index":
                yield from _reference_dropped(prepared, stack, stages)
        except ParameterError as error:
            yield DROP_LIST_WRONG.at(prepared.root, f"{error}", action="")


def _lists_of_images(
    prepared: Prepared, stack: Interferograms, lists: Mapping[str, tuple[int, ...]]
) -> Iterator[Finding]:
    """Say which lists of small baselines name images that are not there.

    Stages 7 and 8 work on the images there, so that these lists hold numbers of images; those of
    interferograms are checked with the network.
    """
    for name in lists.keys() - {"drop_ifg_index"}:
        if not any(name in stamps_names_of_stage(step) for step in prepared.steps):
            continue
        wrong = sorted({n for n in lists[name] if not 1 <= n <= stack.n_image})
        if wrong:
            yield DROP_LIST_WRONG.at(
                prepared.root,
                f"{name}: {', '.join(map(str, wrong))} does not exist; of small baselines this "
                f"list counts images, 1 to {stack.n_image} (there are {stack.n_ifg} "
                "interferograms)",
                action="",
            )


def _reference_dropped(
    prepared: Prepared, stack: Interferograms, stages: list[int]
) -> Iterator[Finding]:
    """Say which image stage 8 leaves out where the reference image is dropped, as StaMPS does."""
    used = stack.used(prepared.settings.drop_ifg_index)
    if not used.is_null_dropped:
        return
    found = f"drop_ifg_index holds {stack.name_of(stack.null_columns.start)}, the reference image"
    if 8 in stages and prepared.config.compat.scn_full_list_master_position:
        instead = stack.name_of(used.with_null[used.null_columns_of_stamps()][0])
        found += f"; stage 8 leaves {instead} out of the filter in time in its place"
    yield REFERENCE_DROPPED.at(prepared.root, found)


def _refuse_drops(
    stack: Interferograms, settings: Parameters, stages: list[int], compat: Compat
) -> None:
    """Refuse what one of the stages would refuse.

    Raises
    ------
    ParameterError
        As :meth:`Interferograms.used`, or too few are left.
    """
    used = stack.used(settings.drop_ifg_index)
    if 8 in stages and compat.scn_full_list_master_position:
        used.null_columns_of_stamps()
    of_stage_7 = used.without(stack.numbered(settings.scla_drop_index, name="scla_drop_index"))
    left = dict.fromkeys(FEWEST, used.observed.size)
    left[4] = used.with_null.size - 1  # the reference image is one of its images, or missing
    left[7] = of_stage_7.with_null.size - 1
    if not _measures_noise(settings):
        del left[4]
    for stage in sorted(left.keys() & set(stages)):
        if left[stage] < FEWEST[stage]:
            names = _LEAVES.get(stage, "drop_ifg_index leaves")
            raise ParameterError(
                f"{names} {left[stage]} of {stack.n_observed} interferograms, stage {stage} needs "
                f"{FEWEST[stage]}; drop fewer"
            )


def _measures_noise(settings: Parameters) -> bool:
    return min(settings.weed_standard_dev, settings.weed_max_noise) < math.pi


def known_dates(prepared: Prepared) -> Interferograms | None:
    """Give the stack by the lists of dates, else by what stages have made; None if not known."""
    listed = acquisitions(prepared)
    if listed is not None and not isinstance(listed, Finding):
        return listed.interferograms(np.zeros(listed.block.size))
    paths = [p.directory / "ps1.mat" for p in prepared.patches] + [prepared.root / "ps2.mat"]
    for path in (path for path in paths if path.is_file()):
        wanted = ["day", "master_ix", "ifgday_ix"]
        found = value_or_finding(path, read_mat, path, wanted)
        if not isinstance(found, Finding) and found.keys() >= {"day", "master_ix"}:
            day = np.ravel(found["day"])
            at = int(np.ravel(found["master_ix"])[0]) - 1
            if 0 <= at < day.size:
                return stored_stack(day, at, pairs=found.get("ifgday_ix"))
    return None


def stored_stack(
    day: Float64, at: int, *, pairs: Any, bperp: FloatArray | None = None
) -> Interferograms | None:
    """Give the stack that a ``ps`` file holds; None where its numbers are none.

    Parameters
    ----------
    day : ndarray of float64, shape (n_image,)
    at : int
        Place of the reference image.
    pairs : ndarray or None
        ``ifgday_ix`` as stored; None with one reference image.
    bperp : ndarray, optional
        m; 0 when left out.
    """
    n_ifg = day.size if pairs is None else len(pairs)
    values = np.zeros(n_ifg) if bperp is None else bperp
    try:
        if pairs is None:
            return Interferograms.single_master(day, values, at)
        places = np.rint(pairs).astype(np.int64) - 1
        return Interferograms.small_baselines(places, day=day, bperp=values, reference_ix=at)
    except ArtifactError:
        return None  # the check of the results says it


@dataclass(frozen=True, slots=True)
class _Relation:
    """What has to hold between parameters: stages, names, and what is wrong ("" = nothing)."""

    stages: tuple[int, ...]
    names: tuple[str, ...]
    wrong: Callable[[Parameters], str]
    code: Code = PARAMETERS_CONTRADICT


def _ascending(name: str) -> Callable[[Parameters], str]:
    def wrong(values: Parameters) -> str:
        pair = getattr(values, name)
        return f"the first has to be smaller than the second{_exchanged(pair)}"

    return lambda values: wrong(values) if _is_empty_range(getattr(values, name)) else ""


def _no_longitudes(values: Parameters) -> str:
    """Say why no longitude lies between two; from east to west is across the 180th meridian."""
    west, east = values.ref_lon
    if west < east or (math.isfinite(west - east) and 0 < east + 360 - west <= _WIDEST_ACROSS):
        return ""
    return (
        f"the first has to be smaller than the second{_exchanged(values.ref_lon)}; from east to "
        "west is an area across the 180th meridian, which would be wider than half the Earth"
    )


def _is_empty_range(pair: tuple[float, ...]) -> bool:
    return len(pair) == 2 and not pair[0] < pair[1]


def _exchanged(pair: tuple[float, ...]) -> str:
    return f": {shown_value(pair[::-1])}" if pair[0] != pair[1] else ""


def _no_place(values: Parameters) -> str:
    lon, lat = values.ref_centre_lonlat
    is_used = math.isfinite(values.ref_radius) and not values.ref_x
    return "no longitude and latitude" if is_used and (abs(lon) > 360 or abs(lat) > 90) else ""


def _is_low_pass_too_fine(values: Parameters) -> str:
    shortest = 2 * values.filter_grid_size
    if values.clap_low_pass_wavelength >= shortest:
        return ""
    return f"nothing shorter than two cells ({shortest:g} m) is on the grid: no low-pass"


_REFERENCE = (7, PRODUCTS)
_WIDEST_ACROSS = 180.0
_RELATIONS = (
    *(_Relation(_REFERENCE, (n,), _ascending(n)) for n in ("ref_lat", "ref_x", "ref_y")),
    _Relation(_REFERENCE, ("ref_lon",), _no_longitudes),
    _Relation(_REFERENCE, ("ref_centre_lonlat",), _no_place),
    _Relation(
        (2, 6, 8), ("max_topo_err",),
        lambda v: f"more than {_HIGHEST_DEM_ERROR_M:g} m: no DEM is that wrong, and the trial "
        "phases grow with it" if v.max_topo_err > _HIGHEST_DEM_ERROR_M else "",
    ),
    _Relation(
        (2,), ("clap_low_pass_wavelength", "filter_grid_size"), _is_low_pass_too_fine,
        PARAMETER_WITHOUT_EFFECT,
    ),
    _Relation(
        (5,), ("merge_standard_dev", "merge_resample_size"),
        lambda v: "pixels are dropped by their noise only where they are resampled"
        if v.merge_standard_dev < math.inf and not v.merge_resample_size else "",
        PARAMETER_WITHOUT_EFFECT,
    ),
    _Relation(
        (7, PRODUCTS), ("ref_radius",),
        lambda v: "a negative radius counts as its size; -Inf is no reference"
        if -math.inf < v.ref_radius < 0 else "",
        PARAMETER_WITHOUT_EFFECT,
    ),
)  # fmt: skip
_TIME_WINDOWS = {"weed_time_win": 4, "unwrap_time_win": 6, "scn_time_win": 8}


def check_relations(prepared: Prepared) -> Iterator[Finding]:
    """Parameters of the stages that are to run do not contradict each other."""
    settings = prepared.settings
    steps = {*prepared.steps, *((PRODUCTS,) if 8 in prepared.steps else ())}
    for name in parameters_without_effect(prepared.config.stamps):
        found = f"{name} is set, but nothing in pySTAMPS reads it"
        yield PARAMETER_WITHOUT_EFFECT.at(prepared.root, found, action="take it out")
    for relation in _RELATIONS:
        wrong = relation.wrong(settings) if steps & set(relation.stages) else ""
        if wrong:
            named = ", ".join(f"{n} {shown_value(getattr(settings, n))}" for n in relation.names)
            yield relation.code.at(prepared.root, f"{named}: {wrong}")
    stack = known_dates(prepared)
    if stack is None or stack.n_image < 3:
        return
    longest = float(np.ptp(stack.day))
    shortest = float(np.diff(np.unique(stack.day)).min()) if longest else 0.0
    for name, stage in _TIME_WINDOWS.items():
        window = getattr(settings, name)
        if stage in steps and window * _STDS_TO_ZERO < shortest:
            yield PARAMETERS_CONTRADICT.at(
                prepared.root, f"{name} {window:g} days: no image has a weight at any other",
                expected=f"the spacing of the images, {shortest:g} days, or more",
            )  # fmt: skip


def check_heights(prepared: Prepared) -> Iterator[Finding]:
    """Heights are there where pixels are dropped by them."""
    if not prepared.settings.weed_zero_elevation or 4 not in prepared.steps:
        return
    for patch in prepared.patches:
        there = [patch.directory / name for name in ("pscands.1.hgt", "hgt1.mat")]
        if not any(path.is_file() for path in there):
            yield PARAMETERS_CONTRADICT.at(
                patch.directory, "weed_zero_elevation y, but the patch has no heights",
                expected="pscands.1.hgt",
                action="set weed_zero_elevation to n, or prepare with a height raster",
            )  # fmt: skip
