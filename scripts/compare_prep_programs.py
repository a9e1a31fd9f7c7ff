"""Preparation against the programs of the original StaMPS, byte for byte.

Needs the compiled programs ``calamp``, ``selpsc_patch``, ``selsbc_patch``, ``psclonlat``,
``pscdem`` and ``pscphase`` in one folder (their swap functions lack a return statement: declare
them ``void``, or a modern compiler breaks them). Makes small stacks (single master with zeros and
NaN, low and high threshold, small baselines, complex int16; with mask and without, 2 x 2
patches), prepares them with both and lists the files that differ::

    python scripts/compare_prep_programs.py PROGRAMS SCRATCH

Expected: nothing but ``mean_amp.flt`` of the int16 stacks, whose every second line the original
divides by 256.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.config import RawExport
from pystamps.prep.prepare import prepare_dataset

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "helpers"))
import raw_exports

LISTS = ("pscphase.in", "psclonlat.in", "pscdem.in", "calamp.in")
STRIPED = "mean_amp.flt"


@dataclass(frozen=True)
class Stack:
    """A stack to prepare with both."""

    name: str
    processor: str
    threshold: float

    @property
    def is_small_baseline(self) -> bool:
        return self.name.startswith("pairs")

    def make(self, folder: Path) -> None:
        if self.is_small_baseline:
            raw_exports.small_baseline_export(folder)
        else:
            raw_exports.EXPORTS[self.processor](folder)
        if self.processor == "snap" and not self.is_small_baseline:
            path = sorted((folder / "rslc").glob("*.rslc"))[3]
            values = np.fromfile(path, ">c8").reshape(raw_exports.LENGTH, raw_exports.WIDTH)
            values[10:14, 20:40], values[30, 5:9] = 0, np.nan
            values.tofile(path)


STACKS = (
    Stack("single", "snap", 0.4),
    Stack("single-high", "snap", -0.4),
    Stack("int16", "gamma", 0.4),
    Stack("pairs", "snap", 0.6),
    Stack("pairs-strict", "snap", 0.25),
    Stack("pairs-negative", "snap", -0.3),
)


def main() -> int:
    programs, scratch = (Path(argument).resolve() for argument in sys.argv[1:3])
    unexpected = 0
    for stack in STACKS:
        for mask in (None, scratch / "mask.raw"):
            folder = scratch / f"{stack.name}{'-masked' if mask else ''}"
            shutil.rmtree(folder, ignore_errors=True)
            stack.make(folder / "raw")
            if mask is not None:
                values = np.zeros((raw_exports.LENGTH, raw_exports.WIDTH), np.uint8)
                values[:12, :20], values[33:40] = 1, 2
                values.tofile(mask)
            differing, count = compare(folder, stack, mask, programs)
            print(f"{folder.name:<24}{count} files, differing: {', '.join(differing) or 'none'}")
            allowed = STRIPED if stack.name == "int16" else "nothing"
            unexpected += sum(not name.endswith(allowed) for name in differing)
    return 1 if unexpected else 0


def compare(folder: Path, stack: Stack, mask: Path | None, programs: Path) -> tuple[list[str], int]:
    """Prepare a stack with both; names of the files that differ, and how many there are."""
    ours, theirs = folder / "ours", folder / "theirs"
    raw = RawExport(
        stack.processor, export=folder / "raw", threshold=stack.threshold, patches="2x2",
        overlap="6x4", paths="absolute", mask=mask,
    )  # fmt: skip
    prepare_dataset(ours, raw)
    theirs.mkdir()
    for name in LISTS:
        shutil.copy(ours / name, theirs)
    selection = "selsbc" if stack.is_small_baseline else "selpsc"
    options = ["s" if stack.processor == "gamma" else "f", "1", *([str(mask)] if mask else [])]
    width = (ours / "width.txt").read_text().strip()
    run([programs / "calamp", "calamp.in", width, "calamp.out", *options], theirs)
    head = f"{stack.threshold:g}\n{width}\n"
    (theirs / f"{selection}.in").write_text(head + (theirs / "calamp.out").read_text())
    for patch in sorted(ours.glob("PATCH_*")):
        extract(theirs / patch.name, patch, programs, selection=selection, options=options)
    names = ["calamp.out", f"{selection}.in"]
    names += [str(path.relative_to(ours)) for path in sorted(ours.glob("PATCH_*/*"))]
    return [n for n in names if not same(ours / n, theirs / n)], len(names)


def extract(
    there: Path, patch: Path, programs: Path, *, selection: str, options: list[str]
) -> None:
    """Run the programs of one patch."""
    there.mkdir()
    for name in ("patch.in", "patch_noover.in"):
        shutil.copy(patch / name, there)
    ij = "pscands.1.ij"
    outputs = [ij, "pscands.1.da", STRIPED]
    parameters = f"../{selection}.in"
    run([programs / f"{selection}_patch", parameters, "patch.in", *outputs, *options], there)
    for program, suffix in (("psclonlat", "ll"), ("pscdem", "hgt"), ("pscphase", "ph")):
        run([programs / program, f"../{program}.in", ij, f"pscands.1.{suffix}"], there)


def same(one: Path, two: Path) -> bool:
    return two.is_file() and one.read_bytes() == two.read_bytes()


def run(command: list[object], folder: Path) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
