"""Networks of small baselines: whether interferograms connect all images, and more than that."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.dates import datenum, yyyymmdd
from pystamps.doctor.checks_parameters import DROP_LIST_WRONG, known_dates
from pystamps.doctor.prepared import Prepared
from pystamps.errors import ParameterError
from pystamps.findings import Code, Finding, Severity, first_few
from pystamps.processors.export import Export

NETWORK_APART = Code(
    "network-apart",
    "error",
    "no interferograms connect some images with the reference image",
    "The series of the images is relative to the reference image: of images that are connected "
    "only with each other, nothing says how they moved since. Stage 6 stops there.",
    "make interferograms between the groups, or leave out those of the smaller group "
    "(drop_ifg_index)",
)
IMAGE_UNUSED = Code(
    "image-unused",
    "warning",
    "an image is in no interferogram",
    "It was left without a partner, or its interferograms are dropped. It gets no value in the "
    "series.",
    "make an interferogram with it, if it should count",
)
NETWORK_WITHOUT_LOOPS = Code(
    "network-without-loops",
    "warning",
    "no interferogram of the network is redundant",
    "Every image is reached in one way only: an error of unwrapping goes into the series, and no "
    "loop of interferograms shows it.",
    "make more interferograms between neighbouring images",
)

_STAGE_OF_INVERSION = 6


def check_network(prepared: Prepared) -> Iterator[Finding]:
    """The interferograms that are not dropped connect all images with the reference image."""
    settings = prepared.settings
    stack = known_dates(prepared) if settings.small_baseline_flag else None
    if stack is None:
        return
    try:
        used = stack.used(settings.drop_ifg_index).observed
        stack.numbered(settings.sb_scla_drop_index, name="sb_scla_drop_index")
    except ParameterError as error:
        yield DROP_LIST_WRONG.at(prepared.root, f"{error}", action="")
        return
    severity: Severity = "error" if _STAGE_OF_INVERSION in prepared.steps else "warning"
    yield from _network_findings(
        prepared.root, stack.pairs[used], day=stack.day, reference_day=stack.reference_day,
        severity=severity,
    )  # fmt: skip


def check_network_of_export(export: Export) -> Iterator[Finding]:
    """The pairs of an export connect all images with the reference image."""
    pairs = [pair.dates for pair in export.interferograms if len(pair.dates) == 2]
    if not export.is_small_baseline or not pairs or not export.master:
        return
    dates = np.array([[datenum(date) for date in pair] for pair in pairs], dtype=np.float64)
    day, places = np.unique(dates, return_inverse=True)
    yield from _network_findings(
        export.folder, places.reshape(dates.shape), day=day,
        reference_day=float(datenum(export.master)), severity="warning",
    )  # fmt: skip


def _network_findings(
    where: object, pairs: Index, *, day: Float64, reference_day: float, severity: Severity
) -> Iterator[Finding]:
    """Say which images the pairs leave apart or unused, and whether any pair is redundant."""
    from pystamps.stages.image_network import connected_image_groups  # SciPy, slow to import

    groups = connected_image_groups(pairs)
    unused = np.setdiff1d(np.arange(day.size), pairs)
    apart = [g for g in groups if reference_day not in day[g]]
    reference = yyyymmdd(reference_day)
    for group in apart:
        yield NETWORK_APART.at(
            str(where), f"{_dates(day, group)} have no path of interferograms to {reference}",
            severity=severity,
        )  # fmt: skip
    if unused.size:
        yield IMAGE_UNUSED.at(str(where), _dates(day, unused))
    n_connected = sum(group.size - 1 for group in groups)
    if not apart and len(pairs) == n_connected:
        yield NETWORK_WITHOUT_LOOPS.at(
            str(where), f"{len(pairs)} interferograms of {n_connected + 1} images"
        )


def _dates(day: Float64, images: Index) -> str:
    return first_few([yyyymmdd(day[k]) for k in images])
