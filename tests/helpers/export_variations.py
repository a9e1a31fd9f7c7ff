"""Harmless changes of an export: what people, editors and versions do to files without any fault.

Every function changes an export in place; choices come from ``draw``, that of Hypothesis.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from pystamps.processors.export import Export

Draw = Callable[[st.SearchStrategy], object]

_GAPS = st.sampled_from([" ", "   ", "\t", " \t ", "\t\t", "          "])
_TAILS = st.sampled_from(["", " ", "\t", "    "])
_NUMBER = re.compile(r"[-+]?\d+\.\d+([eE][-+]?\d+)?")
_FORMATS = st.sampled_from(["{!r}", "{:.17g}", "{:.16e}", "{:.16E}", "{:+.16e}"])
_NAMES = st.sampled_from([
    "notes.txt", ".DS_Store", "preview.bmp", "run.log", "old.ras", "README", "._notes.txt",
    "Thumbs.db", "quicklook.png", "tmp_12345",
])  # fmt: skip


def parameter_files(export: Export) -> list[Path]:
    """Give the parameter and baseline files of SNAP and GAMMA."""
    return sorted([*export.folder.glob("*/*slc.par"), *export.folder.glob("diff0/*.base")])


def space_out(draw: Draw, export: Export) -> None:
    """Put other blanks and tabs between the words of parameter files."""
    gap, tail = draw(_GAPS), draw(_TAILS)
    for path in parameter_files(export):
        lines = []
        for line in path.read_text().splitlines():
            key, colon, values = line.partition(":")
            words = str(gap).join(values.split())
            lines.append(f"{key}:{gap}{words}{tail}" if colon else line)
        path.write_text("\n".join(lines) + "\n")


def reorder(draw: Draw, export: Export) -> None:
    """Put the lines of parameter files into another order, and unknown ones between them."""
    order = draw(st.sampled_from(["reversed", "sorted", "rotated"]))
    for path in parameter_files(export):
        lines = [line for line in path.read_text().splitlines() if ":" in line]
        turned = {
            "reversed": lines[::-1],
            "sorted": sorted(lines),
            "rotated": lines[3:] + lines[:3],
        }
        path.write_text("\n".join(["", *turned[str(order)], "processor_comment: none", ""]) + "\n")


def print_otherwise(draw: Draw, export: Export) -> None:
    """Print every number with a fraction in another way; the value stays."""
    form = str(draw(_FORMATS))
    for path in parameter_files(export):
        text = path.read_text()
        path.write_text(_NUMBER.sub(lambda m: form.format(float(m[0])), text))


def add_foreign_files(draw: Draw, export: Export) -> None:
    """Leave files of other programs in some folders of the export."""
    folders = sorted({raster.path.parent for raster in export.rasters} | {export.folder})
    for folder in draw(st.lists(st.sampled_from(folders), min_size=1, max_size=3, unique=True)):
        (folder / str(draw(_NAMES))).write_bytes(b"not of the stack\x00\x01")


def link_rasters(draw: Draw, export: Export) -> None:
    """Move some rasters elsewhere and leave links."""
    store = export.folder.parent / "store"
    store.mkdir(exist_ok=True)
    rasters = [raster.path for raster in export.rasters if not raster.path.is_symlink()]
    for path in draw(st.lists(st.sampled_from(rasters), min_size=1, max_size=4, unique=True)):
        target = store / "_".join(path.relative_to(export.folder.parent).parts)
        path.rename(target)
        path.symlink_to(target)


def rewrite_small_texts(draw: Draw, export: Export) -> None:
    """Put other blanks and line ends into the texts of one number."""
    before, after = draw(st.sampled_from(["", " ", "\t"])), draw(st.sampled_from(["", "\n", " \n"]))
    names = ("width.txt", "len.txt", "lambda.1.in", "heading.1.in")
    for path in (export.folder / name for name in names):
        if path.is_file():
            path.write_text(f"{before}{path.read_text().strip()}{after}")


def add_ready_texts(draw: Draw, export: Export) -> None:
    """Leave what an earlier preparation has extracted: dates, baselines, constants."""
    names = draw(st.lists(st.sampled_from(sorted(export.texts)), min_size=1, unique=True))
    for name in names:
        (export.folder / name).write_text(export.texts[name])


def space_out_settings(draw: Draw, export: Export) -> None:
    """Write ``input_file`` and the baselines of ISCE with other separators."""
    gap = str(draw(_GAPS))
    for path in [export.folder / "input_file", *export.folder.glob("*/baseline")]:
        if path.is_file():
            lines = [gap.join(line.split()) for line in path.read_text().splitlines()]
            path.write_text("\n".join(lines) + "\n")


def append_sections(draw: Draw, export: Export) -> None:
    """Let later steps of Doris append sections with windows of their own."""
    first, last = draw(st.integers(1, 50)), draw(st.integers(60, 30000))
    name = draw(st.sampled_from(["filt_azi", "master_timing", "resample"]))
    stars = "*" * 67
    bounds = "".join(
        f"{place}_{what} (w.r.t. original_master): \t\t{value}\n"
        for what in ("line", "pixel")
        for place, value in (("First", first), ("Last", last))
    )
    for path in [export.folder / "master.res"]:
        text = path.read_text()
        path.write_text(f"{text}\n{stars}\n*_Start_{name}:\n{stars}\n{bounds}{stars}\n"
                        f"* End_{name}:_NORMAL\n{stars}\n")  # fmt: skip


SLANT = (space_out, reorder, print_otherwise, add_foreign_files, link_rasters)
VARIATIONS: dict[str, tuple[Callable[[Draw, Export], None], ...]] = {
    "snap": SLANT,
    "gamma": SLANT,
    "isce": (add_foreign_files, link_rasters, rewrite_small_texts, add_ready_texts,
             space_out_settings),
    "doris": (add_foreign_files, link_rasters, rewrite_small_texts, add_ready_texts,
              append_sections),
}  # fmt: skip
"""What may happen to an export of each processor."""
