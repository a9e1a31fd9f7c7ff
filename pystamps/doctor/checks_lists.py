"""Text files of a prepared data set: lists of images and interferograms, dates, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pystamps.dates import yyyymmdd
from pystamps.doctor.checks_dates import few_interferograms
from pystamps.doctor.checks_stack import baseline_summary, temporal_summary
from pystamps.doctor.listed_stack import acquisitions, listed_baselines, master_par
from pystamps.doctor.prepared import Prepared
from pystamps.findings import Code, Finding, Severity, first_few, read_or_finding, value_or_finding
from pystamps.io.folder_entries import files_like
from pystamps.io.par_file import read_par
from pystamps.io.raw_paths import RawPaths, read_path_list
from pystamps.io.text_numbers import find_near, read_numbers
from pystamps.processors import PROCESSORS
from pystamps.processors.acquisitions import image_and_amplitude, read_baselines
from pystamps.processors.contents import AMPLITUDE_ODD
from pystamps.processors.dates_in_names import dates_in, first_date, is_date
from pystamps.processors.doris_patch import require_possible
from pystamps.processors.export_codes import LINE_COUNT, TEXT_VALUE
from pystamps.processors.header_checks import baseline_findings, header_findings
from pystamps.processors.isce_patch import read_raster
from pystamps.processors.patch_model import Acquisitions
from pystamps.processors.processor import InputFile
from pystamps.processors.raster_gaps import gap_findings
from pystamps.processors.rasters import broken_link
from pystamps.processors.slant_range import base_name
from pystamps.processors.text_checks import paths_of, text_files
from pystamps.processors.value_limits import BASELINE, RAY_ANGLE

LIST_MISSING = Code(
    "list-missing",
    "error",
    "a text file that stage 1 needs is missing",
    "SNAP, GAMMA: pscphase.in and rsc.txt; Doris, ISCE: width.txt, len.txt, day.1.in, "
    "master_day.1.in, bperp.1.in.",
    "copy it from where the data set was prepared, or prepare again",
)
DATES_DIFFER = Code(
    "dates-differ",
    "error",
    "two lists hold different dates",
    "Images were added or removed after one of the lists was written. Phases, amplitudes and "
    "baselines would get wrong dates.",
    "prepare again from one complete export, or remove the dates that only one list has",
)
SIZE_DIFFERS = Code(
    "size-differs",
    "error",
    "text files disagree about width or length of the image",
    "width.txt, len.txt, the first line of pscphase.in and the parameter file of the reference "
    "image must say the same.",
    "prepare again; files of two preparations are mixed",
)
RAW_MISSING = Code(
    "raw-missing",
    "error",
    "files of the raw export that stage 1 reads are not found",
    "rsc.txt and pscphase.in name the .par and .base files of the export by the paths of the "
    "machine that made them. Rasters are not needed any more.",
    "set runtime.raw_root to the folder of the export, or correct the paths",
)
CALIBRATION_WRONG = Code(
    "calibration-wrong",
    "error",
    "an amplitude constant of calamp.out is missing, zero, or not a number",
    "The image was empty when the amplitudes were calibrated. Dividing by it gives infinities.",
    "repair or leave out the image, and prepare again",
)

_TEXTS = (
    "processor.txt", "width.txt", "len.txt", "rsc.txt", "patch.list", "calamp.in", "calamp.out",
    "selpsc.in", "selsbc.in", "pscphase.in", "pscdem.in", "psclonlat.in",
)  # fmt: skip
_PATCH_TEXTS = ("patch.in", "patch_noover.in", "pscands.1.ij", "pscands.1.da")
_REPORTED_OTHERWISE = ("parms.mat", "heading.1.in", "lambda.1.in")
_ODD_RATIO = 100.0
_NODES = 5000


def check_texts(prepared: Prepared) -> Iterator[Finding]:
    """Line ends of the text files, and the paths in them."""
    root = prepared.root
    yield from text_files([*(root / name for name in _TEXTS), *files_like(root, "*.1.in")])
    for patch in prepared.patches:
        yield from text_files(patch.directory / name for name in _PATCH_TEXTS)
    yield from paths_of(root, [str(root)])
    yield from paths_of(root / "pscphase.in", prepared.interferograms)


def check_lists(prepared: Prepared) -> Iterator[Finding]:
    """The text files that stage 1 needs are there."""
    if not prepared.to_load:
        return
    for file in _needed_lists(prepared):
        names = [name for name in (file.name, file.other_name) if name]
        if all(find_near(prepared.to_load[0].directory, name) is None for name in names):
            path = prepared.root / file.name
            expected = f"it, or {file.other_name}" if file.other_name else ""
            yield broken_link(path) or LIST_MISSING.at(path, "no such file", expected=expected)


def _needed_lists(prepared: Prepared) -> list[InputFile]:
    """Give the text files that stage 1 needs, but those that other checks report."""
    if prepared.processor not in PROCESSORS:
        return []
    files = PROCESSORS[prepared.processor].input_files
    return [file for file in files if file.is_needed and file.name not in _REPORTED_OTHERWISE]


def check_prepared_dates(prepared: Prepared) -> Iterator[Finding]:
    """The dates make sense, and all lists have the same."""
    found = acquisitions(prepared)
    if found is None:
        return
    if isinstance(found, Finding):
        yield found
        return
    yield from few_interferograms(prepared.root, found.block.size)
    in_pairs = found.day if found.pairs is None else found.image_day[np.unique(found.pairs)]
    master = yyyymmdd(found.master_day)
    expected = {yyyymmdd(day) for day in in_pairs} - {master}
    main = PROCESSORS[prepared.processor].dates_in
    # For SNAP and GAMMA stage 1 reads no other list; amplitudes are not needed any more.
    severity: Severity = "warning" if prepared.has_par_files else "error"
    for name in ("calamp.out", "calamp.in", "pscphase.in"):
        dates = _dates_of_list(prepared.root / name, master, found.is_small_baseline)
        if dates and dates - {master} != expected and name != main:
            yield _difference(prepared.root / name, dates - {master}, expected, main, severity)
    rsc = _rsc_date(prepared)
    if rsc and rsc != master:
        yield DATES_DIFFER.at(
            prepared.root / "rsc.txt", f"reference image {rsc}",
            expected=f"{master} as in {main}", severity=severity,
        )  # fmt: skip


def _difference(
    path: Path, found: set[str], expected: set[str], main: str, severity: Severity
) -> Finding:
    """Say which dates one list has and the other has not."""
    parts = []
    if expected - found:
        parts.append(f"without {first_few(sorted(expected - found))}")
    if found - expected:
        parts.append(f"with {first_few(sorted(found - expected))} in addition")
    return DATES_DIFFER.at(
        path, f"{len(found)} dates, {', '.join(parts)}",
        expected=f"the {len(expected)} dates of {main}", severity=severity,
    )  # fmt: skip


def _dates_of_list(path: Path, master: str, is_small_baseline: bool) -> set[str]:
    """Give the dates in a list of paths; empty when a path has none."""
    lines = read_or_finding(read_path_list, path) if path.is_file() else []
    if isinstance(lines, Finding):
        return set()
    dates = set()
    for line in lines[1:] if path.name == "pscphase.in" else lines:
        words = line.replace("\\", "/").split() or [""]
        name = words[0] if path.name == "calamp.out" else line
        *_, folder, base = ["", "", *name.split("/")]
        named = dates_in(base) or dates_in(folder)
        if is_small_baseline:
            dates |= set(named)
        date = (named or [""])[-1]
        if not date and folder.lower() not in ("master", "reference"):
            return set()
        dates.add(date or master)
    return dates


def _rsc_date(prepared: Prepared) -> str:
    path = prepared.root / "rsc.txt"
    lines = read_or_finding(read_path_list, path) if path.is_file() else []
    if isinstance(lines, Finding) or not lines:
        return ""
    return first_date(lines[0].rsplit("/", 1)[-1])


def check_calibration(prepared: Prepared) -> Iterator[Finding]:
    """Amplitude constants are positive and of one order of magnitude."""
    path = prepared.root / "calamp.out"
    lines = read_or_finding(read_path_list, path) if path.is_file() else []
    if isinstance(lines, Finding):
        yield lines
        return
    severity: Severity = "warning" if prepared.has_par_files else "error"
    values = []
    for line in lines:
        found = value_or_finding(path, image_and_amplitude, path, line)
        if isinstance(found, Finding):
            yield CALIBRATION_WRONG.at(path, line, expected="a positive number", severity=severity)
        else:
            values.append((line, found[1]))
    typical = float(np.median([value for _, value in values])) if len(values) > 2 else 0.0
    for line, value in values:
        if not 1e-6 <= value <= 1e12 or (
            typical and not 1 / _ODD_RATIO < value / typical < _ODD_RATIO
        ):
            yield AMPLITUDE_ODD.at(path, line, expected=f"near {typical:g}" if typical else "")


def check_prepared_sizes(prepared: Prepared) -> Iterator[Finding]:
    """All text files say the same width and length."""
    path = prepared.root / "pscphase.in"
    lines = read_or_finding(read_path_list, path) if path.is_file() else []
    first = "" if isinstance(lines, Finding) or not lines else lines[0]
    if first and prepared.width and first != str(prepared.width):
        yield SIZE_DIFFERS.at(
            path, f"first line {first!r}", expected=f"{prepared.width} as in width.txt",
            severity="warning",
        )  # fmt: skip
    par_path = master_par(prepared)
    par = read_or_finding(read_par, par_path) if par_path else None
    if par is None or isinstance(par, Finding):
        return
    for key, size, name in (
        ("range_samples", prepared.width, "width.txt"),
        ("azimuth_lines", prepared.length, "len.txt"),
    ):
        word = par.word(key)
        if size and word and word != str(size):
            yield SIZE_DIFFERS.at(par.path, f"{key} {word}", expected=f"{size} as in {name}")


def check_raw_texts(prepared: Prepared) -> Iterator[Finding]:
    """Parameter and baseline files of the export that stage 1 reads are found and hold numbers."""
    if not prepared.has_par_files or not prepared.to_load:
        return
    raw = RawPaths(prepared.root, prepared.config.runtime.raw_root)
    par_path = master_par(prepared)
    if par_path is None and (prepared.root / "rsc.txt").is_file():
        text = read_or_finding(read_path_list, prepared.root / "rsc.txt")
        recorded = "an empty file" if isinstance(text, Finding) or not text else text[0]
        yield RAW_MISSING.at(prepared.root / "rsc.txt", recorded, expected="a .par file")
    elif par_path is not None:
        par = read_or_finding(read_par, par_path)
        if isinstance(par, Finding):
            yield par
        else:
            rough = PROCESSORS[prepared.processor].are_ranges_rough
            yield from header_findings(par, width=prepared.width, are_ranges_rough=rough)
    missing = []
    for name in prepared.interferograms:
        base = raw.find(base_name(name))
        if base is None:
            missing.append(base_name(name))
        else:
            yield from baseline_findings(base)
    if missing:
        yield RAW_MISSING.at(
            prepared.root / "pscphase.in",
            f"{len(missing)} of {len(prepared.interferograms)} baseline files missing: "
            f"{first_few(missing, 3)}",
        )


def check_numbers(prepared: Prepared) -> Iterator[Finding]:
    """Doris and ISCE: one value, or one file, per date."""
    if prepared.has_par_files or not prepared.patches:
        return
    dates = acquisitions(prepared)
    if dates is None or isinstance(dates, Finding):
        return
    path = find_near(prepared.patches[0].directory, "bperp.1.in")
    values = read_or_finding(read_numbers, path) if path else None
    if isinstance(values, Finding):
        yield values
    elif values is not None and path and values.size != dates.day.size:
        yield LINE_COUNT.at(path, f"{values.size} numbers", expected=f"{dates.day.size}")
    elif path:
        wrong = value_or_finding(path, read_baselines, prepared.patches[0].directory, dates)
        if isinstance(wrong, Finding):
            yield TEXT_VALUE.at(path, wrong.found, action="")
    for prefix, suffix in (("bperp_", ".1.in"), ("baselineGRID_", "")):
        yield from _one_per_date(prepared, dates, prefix, suffix)


def _one_per_date(
    prepared: Prepared, dates: Acquisitions, prefix: str, suffix: str
) -> Iterator[Finding]:
    names = [f"{prefix}{yyyymmdd(day)}{suffix}" for day in dates.day]
    missing = [n for n in names if find_near(prepared.patches[0].directory, n) is None]
    if missing and len(missing) < len(names):
        yield LINE_COUNT.at(
            prepared.root / missing[0],
            f"{len(names) - len(missing)} of {len(names)} dates have such a file",
            expected="all or none",
        )


def check_nodes(prepared: Prepared) -> Iterator[Finding]:
    """Doris: files with values on nodes hold 5000 numbers."""
    for path in _node_files(prepared):
        numbers = read_or_finding(read_numbers, path)
        if isinstance(numbers, Finding):
            yield numbers
        elif numbers.size != _NODES:
            yield LINE_COUNT.at(path, f"{numbers.size} numbers", expected=f"{_NODES}")
        else:
            limits = RAY_ANGLE if path.name == "look_angle.1.in" else BASELINE
            wrong = value_or_finding(path, require_possible, path, numbers, limits)
            if isinstance(wrong, Finding):
                yield TEXT_VALUE.at(path, wrong.found, action="")


def check_rasters_beside(prepared: Prepared) -> Iterator[Finding]:
    """ISCE: rasters of angles and baselines beside the data set can be read and have no gaps."""
    for pattern, limits in (
        ("inc_angle.raw", RAY_ANGLE),
        ("look_angle.raw", RAY_ANGLE),
        ("baselineGRID_????????", BASELINE),
    ):
        if pattern in _names_of_stack(prepared) and prepared.to_load:
            for path in files_like(prepared.root, pattern):
                yield from gap_findings(path, value_or_finding(path, read_raster, path), limits)


def _names_of_stack(prepared: Prepared) -> set[str]:
    """Give the names of the files that the processor of a data set has."""
    if prepared.processor not in PROCESSORS:
        return set()
    return {file.name for file in PROCESSORS[prepared.processor].input_files}


def _node_files(prepared: Prepared) -> list[Path]:
    """Give the files with values on nodes, where the processor has such files."""
    patterns = sorted(_names_of_stack(prepared) & {"look_angle.1.in", "bperp_*.1.in"}, reverse=True)
    return [path for pattern in patterns for path in files_like(prepared.root, pattern)]


def check_prepared_sampling(prepared: Prepared) -> Iterator[Finding]:
    """Summarise dates and baselines."""
    found = acquisitions(prepared)
    if found is None or isinstance(found, Finding):
        return
    dates = [yyyymmdd(day) for day in (*found.day, found.master_day)]
    yield from temporal_summary(prepared.root, [date for date in dates if is_date(date)])
    yield from baseline_summary(prepared.root, listed_baselines(prepared))
