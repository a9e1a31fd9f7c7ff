"""Sampled values of the candidate files of a prepared data set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pystamps.doctor.checks_patches import candidate_count
from pystamps.doctor.prepared import Prepared
from pystamps.findings import Code, Finding, first_few, read_or_finding, value_or_finding
from pystamps.io.dataset import Patch
from pystamps.io.par_file import read_par
from pystamps.processors.constants import master_par_path
from pystamps.processors.contents import RASTER_NAN, value_findings
from pystamps.processors.rasters import Raster, Role
from pystamps.processors.samples import Sample
from pystamps.processors.scene_centre import centre_findings, centre_of_par

PHASE_ZERO = Code(
    "interferogram-empty",
    "warning",
    "all candidates of a patch are zero in an interferogram",
    "The interferogram was empty when it was extracted, or does not cover the patch. Such a "
    "column carries no phase and, as in StaMPS, clears cells of the filter grid.",
    "export the interferogram again and repeat the preparation, or drop it (drop_ifg_index)",
)

_SAMPLED = 4096


def check_contents(prepared: Prepared) -> Iterator[Finding]:
    """Look at positions, heights and phases of some candidates of every patch."""
    for patch in prepared.to_load:
        n = value_or_finding(patch.directory, candidate_count, patch)
        if not isinstance(n, Finding) and n:
            yield from _geometry(prepared, patch, n)
            yield from _phases(prepared, patch, n)


def _geometry(prepared: Prepared, patch: Patch, n: int) -> Iterator[Finding]:
    columns: tuple[tuple[str, int, int, Role], ...] = (
        ("ll", 2, 0, "longitude"),
        ("ll", 2, 1, "latitude"),
        ("hgt", 1, 0, "height"),
    )
    found: set[tuple[str, str]] = set()
    if prepared.has_double_candidates:
        return  # stage 1 looks at all of them
    for suffix, width, column, role in columns:
        path = patch.directory / f"pscands.1.{suffix}"
        if not path.is_file() or path.stat().st_size != 4 * width * n:
            continue
        mapped = np.memmap(path, f"{prepared.byte_order}f4", mode="r").reshape(n, width)
        raw = np.array(mapped[:: max(1, n // _SAMPLED), column])
        if role == "height" and raw.size < 2:
            continue
        raster = Raster(path, (1, n), "float", prepared.byte_order, role)
        for finding in value_findings(raster, Sample((raw,))):
            if (finding.code, finding.file) not in found:
                found.add((finding.code, finding.file))
                yield finding


def check_place(prepared: Prepared) -> Iterator[Finding]:
    """Candidates lie where the header of the reference image says that the scene is."""
    root, raw_root = prepared.root, prepared.config.runtime.raw_root
    path = (
        value_or_finding(root, master_par_path, root, raw_root) if prepared.has_par_files else None
    )
    par = None if path is None or isinstance(path, Finding) else read_or_finding(read_par, path)
    centre = None if par is None or isinstance(par, Finding) else centre_of_par(par)
    for patch in prepared.to_load:
        file = patch.directory / "pscands.1.ll"
        if file.is_file() and file.stat().st_size and not file.stat().st_size % 8:
            mapped = np.memmap(file, f"{prepared.byte_order}f4", mode="r").reshape(-1, 2)
            lon, lat = np.array(mapped[:: max(1, len(mapped) // _SAMPLED)], dtype=np.float64).T
            yield from centre_findings(file, lon, lat, centre)


def _phases(prepared: Prepared, patch: Patch, n: int) -> Iterator[Finding]:
    path, count = patch.directory / "pscands.1.ph", len(prepared.interferograms)
    if not count or not path.is_file() or path.stat().st_size != 8 * n * count:
        return
    mapped = np.memmap(path, f"{prepared.byte_order}c8", mode="r", shape=(count, n))
    zero, broken = [], 0.0
    for k in range(count):
        raw = np.array(mapped[k, :: max(1, n // _SAMPLED)])
        if not (raw != 0).any():
            zero.append(_short(prepared.interferograms[k]))
            continue
        broken = max(broken, float((~np.isfinite(raw)).mean()))
        if k in (0, count - 1):
            raster = Raster(path, (n, count), "complex float", prepared.byte_order, "interferogram")
            yield from (f for f in value_findings(raster, Sample((raw,))) if f.code == "byte-order")
    if zero:
        yield PHASE_ZERO.at(path, first_few(zero), expected="phases")
    if broken:
        yield RASTER_NAN.at(
            path,
            f"up to {100 * broken:.1f} % of the phases of an interferogram are not numbers",
            severity="warning",
        )


def _short(name: str) -> str:
    """Give the end of a path that tells interferograms apart."""
    return "/".join(Path(name).parts[-2:])
