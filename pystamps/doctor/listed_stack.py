"""Dates and baselines of a prepared data set, as its lists have them.

The status asks for them: no check stands here, as checks load what they compare.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.doctor.prepared import Prepared
from pystamps.errors import ArtifactError
from pystamps.findings import Code, Finding, read_or_finding, value_or_finding
from pystamps.io.par_file import read_par
from pystamps.io.raw_paths import RawPaths
from pystamps.io.text_numbers import read_numbers
from pystamps.processors import PROCESSORS
from pystamps.processors.constants import master_par_path
from pystamps.processors.patch_model import Acquisitions
from pystamps.processors.slant_range import base_name, middle_baselines

DATES_WRONG = Code(
    "dates-wrong",
    "error",
    "the list of dates contradicts itself",
    "A date occurs twice, the reference image is among the others, names hold no dates, or the "
    "interferograms have several reference images.",
    "correct the list, or prepare again",
)


def acquisitions(prepared: Prepared) -> Acquisitions | Finding | None:
    """Read the dates as stage 1 does; a finding where it would stop, None without lists."""
    if prepared.processor not in PROCESSORS:
        return None
    processor = PROCESSORS[prepared.processor]
    path = prepared.root / processor.dates_in
    if not path.is_file() or not prepared.patches:
        return None
    is_small_baseline = prepared.settings.small_baseline_flag
    try:
        return processor.read_acquisitions(prepared.patches[0].directory, is_small_baseline)
    except ArtifactError as error:
        where, _, rest = str(error).partition(": ")
        return DATES_WRONG.at(where, rest)
    except (OSError, ValueError) as error:
        return DATES_WRONG.at(path, str(error))


def listed_baselines(prepared: Prepared) -> list[float]:
    """Give the baselines of the secondary images, or of pairs, in m; empty if not known."""
    path = prepared.root / "bperp.1.in"
    if prepared.has_par_files:
        dates, values = acquisitions(prepared), _cross_track(prepared)
        if dates is None or isinstance(dates, Finding) or len(values) <= dates.block.max(initial=0):
            return []
        return [values[k] for k in dates.block]
    found = read_or_finding(read_numbers, path) if path.is_file() else np.zeros(0)
    return [] if isinstance(found, Finding) else np.ravel(found).tolist()


def _cross_track(prepared: Prepared) -> list[float]:
    """Give baselines from the ``.base`` files, perpendicular to the middle of the image."""
    par_path = master_par(prepared)
    par = read_or_finding(read_par, par_path) if par_path else None
    if par is None or isinstance(par, Finding):
        return []
    raw = RawPaths(prepared.root, prepared.config.runtime.raw_root)
    paths = [raw.find(base_name(name)) for name in prepared.interferograms]
    return middle_baselines(par, [path for path in paths if path], width=prepared.width)


def master_par(prepared: Prepared) -> Path | None:
    """Give the parameter file of the reference image; None where stage 1 reads none."""
    if not prepared.has_par_files:
        return None
    root, raw_root = prepared.root, prepared.config.runtime.raw_root
    path = value_or_finding(root / "rsc.txt", master_par_path, root, raw_root)
    return None if isinstance(path, Finding) else path
