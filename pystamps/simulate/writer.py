"""Writing a simulated stack: raw export, prepared data set, truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.errors import ParameterError
from pystamps.io.dataset import TRUTH_NAME
from pystamps.prep.blocks import Workforce
from pystamps.progress import Progress, silent
from pystamps.simulate.export import export_stack, truth_header, usable_workers
from pystamps.simulate.export_layout import ExportLayout
from pystamps.simulate.exporters import CLEAN, checked_form, export_layout, read_as
from pystamps.simulate.gacos_export import GACOS_NAME, write_gacos_folder
from pystamps.simulate.prepared import candidate_pixels, prepare_export
from pystamps.simulate.scene import Scene
from pystamps.simulate.stack import Stack, make_stack
from pystamps.simulate.target import RAW_NAME, simulation_target
from pystamps.simulate.truth import Truth, read_truth
from pystamps.simulate.truth_writing import truth_writer

WRITTEN_LAYOUTS = ("prepared", "raw", "both")

_MOST_CUBE_VALUES = 1 << 25
"""Pixels times images up to which the truth has every image at every pixel."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a simulation is written; the simulated images do not depend on it.

    Attributes
    ----------
    layout : str
        "prepared": input of stage 1, text files of the export in ``raw/``; "raw": the export;
        "both": a prepared data set with the whole export in ``raw/``.
    exporter : str
        Program whose export is written, with its habits; "clean": rasters of SNAP with complete
        and exact texts.
    exporter_form : str
        Version or kind of that export, see
        :func:`pystamps.simulate.exporters.exporter_forms`; empty = the usual one.
    workers : int
        Blocks of lines made at a time.
    memory_budget_mb : int
        Fewer workers are used where the budget asks for it.
    truth_cubes : bool or None
        Displacement, atmosphere and orbit of every image at every pixel in the truth file;
        None = for small scenes.
    gacos : bool
        Write the delays of all images as zenith delays of GACOS into the folder ``gacos``.
    """

    layout: str = "prepared"
    exporter: str = CLEAN
    exporter_form: str = ""
    workers: int = 1
    memory_budget_mb: int = 2000
    truth_cubes: bool | None = None
    gacos: bool = False

    def __post_init__(self) -> None:
        """Refuse an unknown layout or exporter."""
        checked_form(self.exporter, self.exporter_form)
        if self.layout not in WRITTEN_LAYOUTS:
            raise ParameterError(
                f"layout {self.layout!r} is unknown; use one of {', '.join(WRITTEN_LAYOUTS)}"
            )
        if self.workers < 1:
            raise ParameterError(f"workers={self.workers}, expected >= 1; change it")


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What a simulation wrote.

    Attributes
    ----------
    root, truth : Path
        Data set (or export) and truth file.
    raw : Path
        Folder of the export, which the preparation is given.
    patches : int
        0 for a raw export.
    interferograms : int
    candidates : int
        Over all patches; pixels in an overlap count once per patch. 0 for a raw export.
    candidate_pixels : int
        Different pixels among them.
    true_candidates : int
        Different pixels among them that hold a persistent scatterer.
    persistent_scatterers : int
        In the whole scene.
    area_km2 : float
    """

    root: Path
    truth: Path
    raw: Path
    patches: int
    interferograms: int
    candidates: int
    candidate_pixels: int
    true_candidates: int
    persistent_scatterers: int
    area_km2: float


def simulate_dataset(
    root: Path,
    scene: Scene | None = None,
    *,
    options: WriteOptions | None = None,
    progress: Progress = silent,
) -> SimulationSummary:
    """Simulate a stack and write it as an export, as stage 0 leaves it, or both.

    Parameters
    ----------
    root : Path
        Directory of the data set; it must be empty or not exist.
    scene : Scene, optional
        Settings; the preset ``demo`` when left out.
    options : WriteOptions, optional
    progress : Progress
        Counts blocks of lines.

    Raises
    ------
    DatasetError
        The directory is not empty.
    ParameterError
        The memory budget is too small for the scene.
    """
    root, options = Path(root), options or WriteOptions()
    scene = Scene() if scene is None else scene
    with simulation_target(root):
        return _simulated(root, scene, options, progress)


def _simulated(
    root: Path, scene: Scene, options: WriteOptions, progress: Progress
) -> SimulationSummary:
    """Simulate into the directory."""
    workers = usable_workers(scene, options.workers, options.memory_budget_mb)
    stack = make_stack(scene)
    raw = root if options.layout == "raw" else root / RAW_NAME
    layout = export_layout(stack, raw, exporter=options.exporter, form=options.exporter_form)
    cubes = options.truth_cubes
    if cubes is None:
        cubes = scene.lines * scene.samples * len(stack.dates) <= _MOST_CUBE_VALUES
    with truth_writer(root / TRUTH_NAME, truth_header(stack), cubes=cubes) as truth:
        export_stack(stack, layout, truth, workers=workers, progress=progress)
    if options.gacos:
        write_gacos_folder(stack, root / GACOS_NAME)
    if options.layout != "raw":
        force = Workforce(workers, options.memory_budget_mb)
        processor = read_as(options.exporter)
        prepare_export(layout.folder, root, scene.preparation, processor, workforce=force)
    if options.layout == "prepared":
        _remove_rasters(layout)
    folder = raw / layout.folder.relative_to(layout.root)
    return _summary(root, folder, stack, read_truth(root / TRUTH_NAME))


def _remove_rasters(layout: ExportLayout) -> None:
    """Leave the files of the export that stage 1 reads, and all texts."""
    for path in layout.removable:
        path.unlink()
    for path in layout.links:
        if not path.exists():
            path.unlink()
    for folder in sorted({path.parent for path in layout.removable}, reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _summary(root: Path, raw: Path, stack: Stack, truth: Truth) -> SimulationSummary:
    scene = stack.scene
    patches = sorted(root.glob("PATCH_*"))
    pixels = [candidate_pixels(patch) for patch in patches]
    number = np.unique(np.concatenate([np.zeros(0, np.int64)] + [
        line * scene.samples + sample for line, sample in pixels
    ]))  # fmt: skip
    is_ps = truth.at("ps_mask", *np.divmod(number, scene.samples))
    return SimulationSummary(
        root=root,
        truth=root / TRUTH_NAME,
        raw=raw,
        patches=len(patches),
        interferograms=len(stack.pairs) or len(stack.secondaries),
        candidates=sum(line.size for line, _ in pixels),
        candidate_pixels=number.size,
        true_candidates=int(is_ps.sum()),
        persistent_scatterers=stack.scatterers.line.size,
        area_km2=stack.geometry.area_km2,
    )
