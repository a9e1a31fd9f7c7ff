"""The machine: rights, space, memory, external programs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from pystamps import stage_table
from pystamps.cdt import PACKAGE as CDT
from pystamps.config import Tools
from pystamps.errors import ExternalProgramError
from pystamps.findings import Code, Finding, value_or_finding
from pystamps.installation import version_of
from pystamps.io.graph_solver import SOLVER, version_of_graph_solver
from pystamps.io.own_places import links_in_own_places
from pystamps.io.snaphu import find_snaphu

NOT_WRITABLE = Code(
    "not-writable",
    "error",
    "the account may not write into a folder of the data set",
    "Every stage writes its results into the data set and its patches.",
    "change owner or permissions, or copy the data set to a place of your own",
)
LINK_IN_RESULTS = Code(
    "link-in-results",
    "error",
    "a link stands where results or records are written",
    "Commands write and delete there, and would do so in the place where the link leads. Inputs "
    "(rasters, candidates, texts) may be links.",
    "put the file or folder itself there (cp -L), or delete the link",
)
DISK_SHORT = Code(
    "disk-short",
    "warning",
    "there is less free space than the results will need",
    "A stage that cannot write its results stops; what is finished stays.",
    "make room, or move the data set",
)
MEMORY_SHORT = Code(
    "memory-short",
    "warning",
    "a stage will need more memory than the machine has",
    "Estimated for one patch at a time (stages 1 to 5) or all pixels (from the merge on). The "
    "machine will swap, or end the job.",
    "make more and smaller patches, a stricter threshold, or take a larger machine",
)
RESOURCES = Code(
    "resource-estimate",
    "info",
    "memory and disk space per stage",
    "Upper estimates from the number of candidates and interferograms, as the workflow gives them "
    "to a cluster: GB of memory of the largest job, and of files that are written.",
)
SNAPHU_MISSING = Code(
    "snaphu-missing",
    "error",
    "the program snaphu is not found or does not run",
    "Stage 6 unwraps with it; stages 1 to 5 run without.",
    'pip install "pystamps-flow[snaphu]", put the program on the PATH, set tools.snaphu, or unwrap '
    "without it: tools.unwrapper: graph",
)
GRAPH_SOLVER_MISSING = Code(
    "graph-solver-missing",
    "error",
    f"tools.unwrapper is graph, but the package {SOLVER} is not installed",
    "The unwrapper graph leaves the minimum-cost flow to that package.",
    'pip install "pystamps-flow[graph]", or set tools.unwrapper to snaphu',
)
TRIANGLE_MISSING = Code(
    "triangle-missing",
    "error",
    "tools.delaunay is triangle, but the package is not installed",
    "Without that setting another package triangulates and nothing is missing.",
    'pip install "pystamps-flow[triangle]", or set tools.delaunay to auto',
)
CDT_MISSING = Code(
    "cdt-missing",
    "error",
    f"tools.delaunay is cdt, but the package {CDT} is not installed",
    "With auto Qhull takes its place: slower, and other arcs where four pixels lie on a circle.",
    f"pip install {CDT}, or set tools.delaunay to auto",
)
EXTERNAL_PROGRAMS = Code(
    "programs",
    "info",
    "external programs and their versions",
    "What stages 4, 6 and 7 would call on this machine.",
)

_MEGABYTE = 1_000_000
_SELECTION, _UNWRAPPING = 3, 6


def check_rights(folders: Sequence[Path]) -> Iterator[Finding]:
    """Folders into which results go can be written."""
    for folder in folders:
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            yield NOT_WRITABLE.at(folder, "no permission to write")


def check_links(root: Path, patches: Sequence[str]) -> Iterator[Finding]:
    """No link stands where commands write (:mod:`pystamps.io.own_places`)."""
    for link in links_in_own_places(root, patches):
        yield LINK_IN_RESULTS.at(link, f"leads to {os.readlink(link)!r}")  # noqa: PTH115 - as written


def check_programs(tools: Tools, steps: Collection[int] = range(1, 9)) -> Iterator[Finding]:
    """The unwrapper and the package for triangulation are there, where stages need them.

    Parameters
    ----------
    tools : Tools
    steps : collection of int
        Stages that are to run.
    """
    found = []
    if _UNWRAPPING in steps:
        try:
            found.append(_unwrapper_in_words(tools))
        except ExternalProgramError as error:
            if tools.unwrapper == "graph":
                yield GRAPH_SOLVER_MISSING.at("tools.unwrapper", str(error))
            else:
                yield SNAPHU_MISSING.at("tools.snaphu", str(error))
    for package, value, missing in _TRIANGULATIONS:
        installed = version_of(package)
        if installed:
            found.append(f"{package} {installed}")
        elif tools.delaunay == value and {*steps} & _triangulating_steps():
            yield missing.at("tools.delaunay", f"package {package} is not installed")
    if found:
        yield EXTERNAL_PROGRAMS.at("tools", "; ".join(found))


_TRIANGULATIONS = ((CDT, "cdt", CDT_MISSING), ("triangle", "triangle", TRIANGLE_MISSING))


def _unwrapper_in_words(tools: Tools) -> str:
    """Say what stage 6 would call; ExternalProgramError where it is not there."""
    if tools.unwrapper == "graph":
        return f"unwrapper graph ({SOLVER} {version_of_graph_solver()})"
    program = find_snaphu(tools.snaphu)
    return f"unwrapper snaphu {program.version} ({program.path})"


def _triangulating_steps() -> set[int]:
    return {stage.step for stage in stage_table.STAGES if "delaunay" in stage.tools}


def check_space(root: Path, samples: Mapping[str, int]) -> Iterator[Finding]:
    """There is space for what some stages will write.

    Parameters
    ----------
    root : Path
    samples : mapping
        Candidates times interferograms that a stage still has to write, by its name.
    """
    free = value_or_finding(root, lambda: _free_bytes(root))
    if isinstance(free, Finding):
        yield free
        return
    stages = {name: stage_table.stage_named(name) for name in samples}
    needed = {name: stage.cost.bytes_on_disk * samples[name] for name, stage in stages.items()}
    # before the selection every candidate is written; the costs are rounded up
    surely = sum(needed[name] for name, stage in stages.items() if stage.step <= _SELECTION) // 2
    if free < max(surely, sum(needed.values())):
        yield DISK_SHORT.at(
            root,
            f"{free // _MEGABYTE} MB free",
            expected=f"{sum(needed.values()) // _MEGABYTE} MB",
            severity="error" if free < surely else "warning",
        )


def _free_bytes(root: Path) -> int:
    """Give the space of the disk on which a folder lies, or will lie."""
    folders = (root, *root.absolute().parents)
    return shutil.disk_usage(next(path for path in folders if path.exists())).free


def check_resources(
    root: Path,
    *,
    largest_patch: int,
    candidates: int,
    interferograms: int,
    mode: stage_table.Mode,
    cells: int | None = None,
) -> Iterator[Finding]:
    """Estimate memory and disk per stage and compare them with the machine.

    Parameters
    ----------
    root : Path
        Data set, or where it will be.
    largest_patch, candidates : int
        Of the largest patch, and of all patches.
    interferograms : int
    mode : Mode
        What the data set holds.
    cells : int, optional
        Of the grid that stage 6 unwraps, where the scene is known.
    """
    memory, disk = {}, 0
    texts = []
    for stage in (stage.in_mode(mode) for stage in stage_table.STAGES):
        pixels = largest_patch if stage.scope == "patch" else candidates
        memory[stage.name] = stage.cost.memory_mb(pixels * interferograms, pixels, cells)
        on_disk = stage.cost.bytes_on_disk * candidates * interferograms
        disk += on_disk
        sizes = (memory[stage.name], -(-on_disk // _MEGABYTE))
        texts.append(f"{stage.name} {' + '.join(map(_gigabytes, sizes))}")
    yield RESOURCES.at(root, f"GB of memory + disk: {', '.join(texts)}")
    worst = max(memory, key=lambda name: memory[name])
    there = physical_memory_mb()
    if there and memory[worst] > there:
        yield MEMORY_SHORT.at(worst, f"{there} MB of memory", expected=f"{memory[worst]} MB")
    free = value_or_finding(root, lambda: _free_bytes(root))
    if isinstance(free, Finding):
        yield free
    elif free < disk:
        yield DISK_SHORT.at(
            root, f"{free // _MEGABYTE} MB free", expected=f"{disk // _MEGABYTE} MB"
        )


def _gigabytes(megabytes: int) -> str:
    """Say a size in GB, rounded up to a tenth."""
    return f"{-(-megabytes // 100) / 10:.1f}"


def physical_memory_mb() -> int:
    """Give the memory of the machine, 0 when the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEGABYTE
    except (ValueError, OSError, AttributeError):
        return 0
