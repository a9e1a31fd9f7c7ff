"""Patches of a prepared data set: bounds and candidate files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.doctor.checks_stack import few_candidates
from pystamps.doctor.prepared import Prepared
from pystamps.findings import Code, Finding, Severity, read_or_finding, value_or_finding
from pystamps.io.dataset import Patch
from pystamps.io.folder_entries import paths_by_name
from pystamps.io.mat import describe_mat, read_mat
from pystamps.io.text_numbers import read_numbers
from pystamps.stage_table import ROOT_PATCH

BOUNDS_WRONG = Code(
    "patch-bounds-wrong",
    "error",
    "patch.in or patch_noover.in does not hold four bounds of an area in the image",
    "The files hold first and last sample, first and last line, counted from 1. The merge needs "
    "patch_noover.in to decide which patch a pixel of an overlap belongs to.",
    "write the four numbers, or prepare again",
)
BOUNDS_MISSING = Code(
    "patch-bounds-missing",
    "warning",
    "patch.in or patch_noover.in is missing",
    "Without patch_noover.in pixels of overlaps are kept twice when patches are merged.",
    "copy it from where the data set was prepared",
)
PATCHES_OVERLAP = Code(
    "patches-overlap",
    "warning",
    "two patches claim the same pixels in patch_noover.in",
    "Pixels there belong to both patches. Patches of two preparations may be mixed.",
    "keep the patches of one preparation",
)
UNASSIGNED = Code(
    "columns-unassigned",
    "warning",
    "columns or lines of the image are in no patch_noover.in",
    "StaMPS gives the remainder of width / patches to no patch. Candidates there are kept only "
    "as far as the overlap of the last patch reaches.",
    "prepare again with pystamps prep, or extend the last patch_noover.in",
)
CANDIDATES_MISSING = Code(
    "candidate-file-missing",
    "error",
    "a candidate file of a patch is missing",
    "Stage 1 needs pscands.1.ij, .ll and .ph; without .hgt and .da there are no heights and no "
    "amplitude dispersions.",
    "run the preparation of this patch again",
)
CANDIDATE_SIZE = Code(
    "candidate-size",
    "error",
    "candidate files of a patch do not fit each other",
    "All files of a patch have one entry per candidate: .ij.int and .ll 8 bytes, .hgt 4 bytes, "
    ".ph 8 bytes per interferogram, .ij and .da one line. The extraction was stopped, or a list "
    "was changed after it.",
    "run the preparation of this patch again",
)
CANDIDATES_OUTSIDE = Code(
    "candidates-outside",
    "warning",
    "candidates lie outside the bounds of their patch or of the image",
    "StaMPS processes ten lines at least, so that small-baseline patches run over their end; "
    "otherwise files of two preparations are mixed.",
    "prepare again when the bounds are right",
)
PATCH_EMPTY = Code(
    "patch-empty",
    "warning",
    "a patch has no candidate",
    "It is carried through with empty files and ignored by the merge. StaMPS stops on it. Patches "
    "of water or forest beside others are normal.",
    "nothing",
)
PATCH_FEW = Code(
    "patch-few-candidates",
    "warning",
    "a patch has fewer than ten candidates",
    "As in StaMPS hardly any of them is selected: their phase is compared with that of neighbours "
    "which are not there. The patch is carried through and the merge leaves it out.",
    "nothing, where its pixels are not missed; else prepare fewer and larger patches",
)
RESULT_UNREADABLE = Code(
    "result-unreadable",
    "error",
    "a result of an earlier run cannot be read",
    "The machine stopped while it was written, or the disk was full.",
    "delete the file; the next run makes it again",
)

FEW_IN_PATCH = 10
_OPTIONAL = ("hgt", "da")
_SAMPLED = 200_000
_Bounds = tuple[int, int, int, int]
LAST_STEP_OF_PATCHES = 5
"""Later stages work on merged pixels."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas of all patches whose bounds could be read: with overlap, and own."""

    outer: dict[str, _Bounds]
    own: dict[str, _Bounds]


def check_bounds(prepared: Prepared) -> Iterator[Finding]:
    """Bounds are readable, inside the image, do not contradict each other, and cover it."""
    areas = Areas({}, {})
    if [patch.name for patch in prepared.patches] == [ROOT_PATCH]:
        return  # nothing is merged
    for patch in prepared.patches:
        for name, found in (("patch.in", areas.outer), ("patch_noover.in", areas.own)):
            path = patch.directory / name
            if not path.exists():
                yield BOUNDS_MISSING.at(path, "no such file")
                continue
            bounds = value_or_finding(path, _read_bounds, path)
            if isinstance(bounds, Finding):
                yield BOUNDS_WRONG.at(path, bounds.found, expected="four whole numbers")
                continue
            found[patch.name] = bounds
            yield from _inside(path, bounds, prepared)
        yield from _nested(patch, areas)
    yield from _overlaps(prepared.root, areas.own)
    if prepared.width and prepared.length and len(areas.own) == len(prepared.patches):
        yield from _uncovered(prepared, list(areas.own.values()))


def _read_bounds(path: Path) -> _Bounds:
    numbers = read_numbers(path, count=4)
    if not np.isfinite(numbers).all() or (numbers != np.rint(numbers)).any():
        raise ValueError(f"{numbers.tolist()}")
    first_sample, last_sample, first_line, last_line = (int(number) for number in numbers)
    return first_sample, last_sample, first_line, last_line


def _inside(path: Path, bounds: _Bounds, prepared: Prepared) -> Iterator[Finding]:
    text = "samples {} to {}, lines {} to {}".format(*bounds)
    if bounds[0] > bounds[1] or bounds[2] > bounds[3] or min(bounds) < 1:
        yield BOUNDS_WRONG.at(path, text, expected="first <= last, from 1")
    elif (prepared.width and bounds[1] > prepared.width) or (
        prepared.length and bounds[3] > prepared.length
    ):
        yield BOUNDS_WRONG.at(
            path,
            text,
            expected=f"at most sample {prepared.width}, line {prepared.length}",
            severity="warning",
        )


def _nested(patch: Patch, areas: Areas) -> Iterator[Finding]:
    """The area without overlap lies inside the one with overlap."""
    outer, own = areas.outer.get(patch.name), areas.own.get(patch.name)
    if (
        outer
        and own
        and not (
            outer[0] <= own[0] and own[1] <= outer[1] and outer[2] <= own[2] and own[3] <= outer[3]
        )
    ):
        yield BOUNDS_WRONG.at(
            patch.directory / "patch_noover.in",
            f"{own}",
            expected=f"inside patch.in {outer}",
            severity="warning",
        )


def _overlaps(root: Path, own: dict[str, _Bounds]) -> Iterator[Finding]:
    names = list(own)
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            a, b = own[first], own[second]
            if a[0] <= b[1] and b[0] <= a[1] and a[2] <= b[3] and b[2] <= a[3]:
                yield PATCHES_OVERLAP.at(
                    root / second / "patch_noover.in", f"{b} overlaps {first} {a}"
                )
                return


def _uncovered(prepared: Prepared, own: list[_Bounds]) -> Iterator[Finding]:
    parts = []
    for what, size, k in (("columns", prepared.width, 0), ("lines", prepared.length, 2)):
        covered = np.zeros(size + 1, dtype=np.bool_)
        for bounds in own:
            covered[max(bounds[k], 1) : max(bounds[k + 1], 0) + 1] = True
        missing = np.flatnonzero(~covered[1:]) + 1
        if missing.size:
            parts.append(f"{missing.size} {what} ({missing[0]} to {missing[-1]})")
    if parts and own:
        yield UNASSIGNED.at(prepared.root, " and ".join(parts), expected="all of the image")


def candidate_count(patch: Patch) -> int:
    """Count the candidates of a patch by the size of a file, else by lines; 0 without files."""
    binary = patch.directory / "pscands.1.ij.int"
    if binary.is_file():
        return binary.stat().st_size // 8
    text = patch.directory / "pscands.1.ij"
    return _lines(text) if text.is_file() else 0


def check_candidate_files(prepared: Prepared) -> Iterator[Finding]:
    """Candidate files of the patches that stage 1 has still to load are there and fit."""
    for patch in prepared.to_load:
        n = value_or_finding(patch.directory / "pscands.1.ij.int", candidate_count, patch)
        if isinstance(n, Finding):
            yield n
            continue
        yield from _present(patch, n, prepared.candidate_files)
        yield from _sizes(prepared, patch, n)


def _present(patch: Patch, n: int, required: Sequence[str]) -> Iterator[Finding]:
    for suffix in (*required, *_OPTIONAL):
        path = patch.directory / f"pscands.1.{suffix}"
        if not path.exists() and (n or suffix == "ij"):
            severity: Severity = "error" if suffix in required else "warning"
            yield CANDIDATES_MISSING.at(path, "no such file", severity=severity)


def _sizes(prepared: Prepared, patch: Patch, n: int) -> Iterator[Finding]:
    sizes = {"ij.int": 8 * n, "ll": 8 * n, "hgt": 4 * n}
    if prepared.has_double_candidates:
        sizes = dict.fromkeys(("ij.int", "lon", "lat", "inc", "hgt"), 8 * n)
    interferograms = len(prepared.interferograms)
    if interferograms:
        sizes["ph"] = 8 * n * interferograms
    for suffix, expected in sizes.items():
        path = patch.directory / f"pscands.1.{suffix}"
        if path.is_file() and path.stat().st_size != expected:
            what = f" x {interferograms} interferograms" if suffix == "ph" else ""
            yield CANDIDATE_SIZE.at(
                path,
                f"{path.stat().st_size} bytes",
                expected=f"{expected} bytes for {n} candidates{what}",
            )


def check_candidate_lines(prepared: Prepared) -> Iterator[Finding]:
    """Text files of the candidates have one line per candidate, inside the bounds."""
    for patch in prepared.to_load:
        n = value_or_finding(patch.directory / "pscands.1.ij.int", candidate_count, patch)
        if isinstance(n, Finding):
            continue
        for suffix in ("ij", "da"):
            path = patch.directory / f"pscands.1.{suffix}"
            lines = read_or_finding(_lines, path) if path.is_file() else n
            if isinstance(lines, Finding):
                yield lines
            elif lines != n:
                yield CANDIDATE_SIZE.at(path, f"{lines} lines", expected=f"{n} lines")
        yield from _positions_inside(prepared, patch)


def _lines(path: Path) -> int:
    """Count the lines of a file in blocks."""
    count, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            count += block.count(b"\n")
            last = block[-1:]
    return count + (last != b"\n")


def _positions_inside(prepared: Prepared, patch: Patch) -> Iterator[Finding]:
    path = patch.directory / "pscands.1.ij.int"
    if not path.is_file() or path.stat().st_size % 8 or not path.stat().st_size:
        return
    mapped = np.memmap(path, ">i4", mode="r").reshape(-1, 2)
    position = np.array(mapped[:: max(1, len(mapped) // _SAMPLED)]) + 1
    bounds = value_or_finding(path, _read_bounds, patch.directory / "patch.in")
    limits = (1, prepared.width or 1 << 31, 1, prepared.length or 1 << 31)
    if not isinstance(bounds, Finding):
        limits = bounds
    outside = (position < limits[::2]).any(axis=1) | (position > limits[1::2]).any(axis=1)
    if outside.any():
        worst = position[int(np.argmax(outside))]
        yield CANDIDATES_OUTSIDE.at(
            path,
            f"{np.count_nonzero(outside)} of {len(position)}, e.g. sample {worst[0]}, line "
            f"{worst[1]} (from 1)",
            expected=f"samples {limits[0]} to {limits[1]}, lines {limits[2]} to {limits[3]}",
        )


def check_candidate_numbers(prepared: Prepared) -> Iterator[Finding]:
    """There are candidates, and patches with none or few of them are named.

    The verdict is the same when stages have run: candidates are counted in the files of the
    preparation, and where these are gone in what stage 1 has made of them.
    """
    if not any(step <= LAST_STEP_OF_PATCHES for step in prepared.steps):
        return
    counts = {}
    for patch in prepared.patches:
        n = value_or_finding(patch.directory, _count_wherever_listed, patch)
        if n is not None and not isinstance(n, Finding):
            counts[patch.name] = n
    empty = [name for name, n in counts.items() if not n]
    few = [name for name, n in counts.items() if 0 < n < FEW_IN_PATCH]
    if counts and len(counts) == len(prepared.patches):
        yield from few_candidates(prepared.root, sum(counts.values()))
    if empty and len(empty) < len(prepared.patches):
        yield PATCH_EMPTY.at(prepared.root, ", ".join(empty))
    if few and len(few) + len(empty) < len(prepared.patches):
        yield PATCH_FEW.at(
            prepared.root, ", ".join(f"{name} {counts[name]}" for name in few),
            expected=f"{FEW_IN_PATCH} or more",
        )  # fmt: skip


def _count_wherever_listed(patch: Patch) -> int | None:
    """Count the candidates of a patch; None where no file says it."""
    if any((patch.directory / f"pscands.1.{kind}").is_file() for kind in ("ij.int", "ij")):
        return candidate_count(patch)
    stored = patch.directory / "ps1.mat"
    return len(read_mat(stored, ["lonlat"])["lonlat"]) if stored.is_file() else None


def check_results(prepared: Prepared) -> Iterator[Finding]:
    """MAT files of earlier runs can be read."""
    folders = [prepared.root, *(patch.directory for patch in prepared.patches)]
    for path in (path for folder in folders for path in paths_by_name(folder.glob("*.mat"))):
        if path.name in ("parms.mat", "localparms.mat"):
            continue  # read with the parameters
        found = read_or_finding(describe_mat, path)
        if isinstance(found, Finding):
            yield RESULT_UNREADABLE.at(path, found.found)
