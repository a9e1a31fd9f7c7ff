"""Multilooked cells as the pixels of a data set, which goes on from stage 6.

Instead of stages 0 to 5: cells whose interferograms are coherent are the pixels, with their phase
as it is. What stage 5 would leave in the root is written at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from pystamps.arrays import Complex64, Float32, Float64, Index
from pystamps.config import RunConfig
from pystamps.errors import NothingLeftError
from pystamps.interferograms import Interferograms
from pystamps.io.artifacts import ArtifactSet, artifact_name
from pystamps.io.dataset import GENERATION_NAME
from pystamps.io.own_places import refuse_links
from pystamps.model import Baselines, CorrectedPhase, Height, Pixels, SelectedNoise
from pystamps.parameters import default_parameters
from pystamps.parameters.files import write_back_parameters
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.multilooked_inputs import (
    CellStack,
    at_cells,
    baselines_of_images,
    read_cell_stack,
    read_coherence,
    read_phase,
    read_positions,
    values_of_cells,
)
from pystamps.pipeline.entry.multilooked_target import (
    LABEL,
    published_together,
    refuse_other_mode,
    refuse_results_of_others,
)
from pystamps.pipeline.run_lock import run_lock
from pystamps.processors.multilooked_stack import find_multilooked
from pystamps.processors.rasters import ByteOrder
from pystamps.stages.multilooked_cells import (
    CellSize,
    PlacedCells,
    cells_coherent_enough,
    has_phase,
    is_coherent,
    place_cells,
)

_PM = artifact_name(SelectedNoise, SELECTED)


@dataclass(frozen=True, slots=True)
class CellSelection:
    """Which cells are taken, and how.

    Attributes
    ----------
    coherence : float
        A cell is coherent in an interferogram from this on.
    fraction : float
        Part of the interferograms in which a pixel has to be coherent, 0 to 1.
    weed_zero_elevation : bool
        Leave cells at height 0 and below out.
    with_own_places : bool
        See :func:`pystamps.stages.multilooked_cells.place_cells`.
    byte_order : str
        "<" or ">", of the rasters.
    interferograms : tuple of str
        Their folders; none = all.
    """

    coherence: float = 0.25
    fraction: float = 0.3
    weed_zero_elevation: bool = False
    with_own_places: bool = False
    byte_order: ByteOrder = "<"
    interferograms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MultilookedPixels:
    """What a selection has made.

    Attributes
    ----------
    root : Path
    n_ps, n_ifg : int
        Pixels, and interferograms that they were selected from.
    n_cell : int
        Cells of the image.
    looks, aspect_ratio : int
    is_small_baseline : bool
    n_no_place, n_same_place, n_no_phase, n_zero_elevation : int
        Coherent cells that were left out: without position, at the position of another one, without
        phase in some interferogram, at height 0 or below where they are weeded.
    written : tuple of str
        Names of the files.
    """

    root: Path
    n_ps: int
    n_ifg: int
    n_cell: int
    looks: int
    aspect_ratio: int
    is_small_baseline: bool
    n_no_place: int
    n_same_place: int
    n_no_phase: int
    n_zero_elevation: int
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Values:
    """Values of the pixels that are left, and how many are not."""

    placed: PlacedCells
    ij: Float64
    numbers: Index
    ph: Complex64
    hgt: Float64
    n_no_phase: int
    n_zero_elevation: int


def select_multilooked(
    source: Path,
    target: Path,
    selection: CellSelection | None = None,
    config: RunConfig | None = None,
    *,
    replaces: bool = False,
) -> MultilookedPixels:
    """Make a data set of the coherent cells of multilooked interferograms.

    Parameters
    ----------
    source : Path
        Folder of the interferograms (:mod:`pystamps.processors.multilooked_stack`).
    target : Path
        Root of the data set; may be the same folder, and is made where it is missing.
    selection : CellSelection, optional
    config : RunConfig, optional
        ``runtime.mat_version``, ``runtime.raw_root``, ``stamps``.
    replaces : bool
        An earlier selection in ``target`` is made anew; its ``parms.mat`` stays.

    Raises
    ------
    ArtifactError
        A file is missing, damaged, of another size or in another byte order.
    DatasetError, ParameterError
        ``target`` holds other results, or parameters of the other mode.
    NothingLeftError
        No cell is coherent enough.

    Notes
    -----
    StaMPS routine ``mt_ml_select``. Writes ``ps2``, ``rc2`` (phase with amplitude), ``pm2`` (the
    coherence of every interferogram), ``bp2``, ``hgt2``, ``psver``, and ``parms`` where there is
    none. All of them appear together. There is no ``la2``, and no ``ifgstd2``: all interferograms
    count the same in stage 7, as in StaMPS.
    """
    selection, config = selection or CellSelection(), config or RunConfig()
    source, target = source.resolve(), target.resolve()
    refuse_results_of_others(target, replaces=replaces)
    files = find_multilooked(source, selection.interferograms, byte_order=selection.byte_order)
    stack = read_cell_stack(files)
    refuse_other_mode(target, files, config)
    values = _values_of_pixels(stack, selection)
    pixels, bperp_mat = _pixels_and_baselines(stack, values)
    coherence = np.stack(
        [at_cells(read_coherence(raster), values.placed.cells) for raster in files.coherence],
        axis=1,
    )
    interferograms = pixels.interferograms
    target.mkdir(parents=True, exist_ok=True)
    refuse_links(target)
    with (
        run_lock(target, LABEL),
        published_together(target, config.runtime.mat_version) as artifacts,
    ):
        artifacts.write(pixels, SELECTED)
        artifacts.write(CorrectedPhase(interferograms.with_null_column(values.ph, 0)), SELECTED)
        artifacts.write_variables(_PM, {"coh_ps": interferograms.with_null_column(coherence, 0)})
        artifacts.write(Baselines(bperp_mat), SELECTED)
        artifacts.write(Height(values.hgt), SELECTED)
        artifacts.write_variables(GENERATION_NAME, {"psver": float(SELECTED)})
        if not (target / "parms.mat").exists():
            _add_parameters(artifacts, stack, selection)
    placed = values.placed
    return MultilookedPixels(
        target, pixels.n_ps, len(files.phase), files.shape[0] * files.shape[1], files.looks,
        files.aspect_ratio, files.is_small_baseline, placed.n_no_place, placed.n_same_place,
        values.n_no_phase, values.n_zero_elevation, artifacts.names,
    )  # fmt: skip


def _values_of_pixels(stack: CellStack, selection: CellSelection) -> _Values:
    """Select cells, place them, read their phase and height, and drop those that have none."""
    files = stack.files
    counts = np.zeros(files.shape, dtype=np.int64)
    for raster in files.coherence:
        counts += is_coherent(read_coherence(raster), selection.coherence)
    cells = cells_coherent_enough(counts, len(files.coherence), selection.fraction)
    lonlat = read_positions(files, cells)
    placed = place_cells(
        cells, at_cells(counts, cells), lonlat, stack.heading,
        with_own_places=selection.with_own_places,
    )  # fmt: skip
    ph = np.stack([at_cells(read_phase(raster), placed.cells) for raster in files.phase], axis=1)
    hgt = at_cells(values_of_cells(files, files.height), placed.cells).astype(np.float64)
    seen = has_phase(ph)
    kept = seen & (hgt > 0) if selection.weed_zero_elevation else seen
    if not kept.any():
        raise NothingLeftError(
            f"{files.root}: none of the {cells.size} coherent cells has a phase in every "
            "interferogram, a position and, where zero elevation is weeded, a height above 0"
        )
    # numbers are those of before, as in StaMPS: what is dropped leaves gaps
    numbers = np.flatnonzero(kept) + 1
    size = CellSize(files.looks, files.aspect_ratio)
    return _Values(
        placed=replace(
            placed, cells=placed.cells[kept], shown_at=placed.shown_at[kept],
            lonlat=placed.lonlat[kept], xy=placed.xy[kept],
        ),
        ij=size.places(placed.shown_at[kept], files.shape[0], numbers=numbers),
        numbers=numbers,
        ph=ph[kept],
        hgt=hgt[kept],
        n_no_phase=int(np.count_nonzero(~seen)),
        n_zero_elevation=int(np.count_nonzero(seen & ~kept)),
    )  # fmt: skip


def _pixels_and_baselines(stack: CellStack, values: _Values) -> tuple[Pixels, Float32]:
    """Give the pixels, and the baselines of their interferograms in m: float32, (n_ps, n)."""
    files, placed = stack.files, values.placed
    of_images = baselines_of_images(stack, values.ij)
    images = np.searchsorted(stack.day, files.days)
    bperp_mat = of_images[:, images[:, 1]] - of_images[:, images[:, 0]]
    bperp = bperp_mat.mean(axis=0, dtype=np.float64).astype(np.float32)
    columns = _interferograms(stack, images, bperp)
    pixels = Pixels(
        ij=values.ij,
        lonlat=placed.lonlat,
        xy=np.column_stack([values.numbers.astype(np.float32), placed.xy]),
        bperp=columns.bperp,
        day=columns.day,
        master_day=files.reference_day,
        master_ix=columns.reference_ix,
        ll0=placed.ll0,
        pairs=images if files.is_small_baseline else None,
    )
    return pixels, bperp_mat


def _interferograms(stack: CellStack, images: Index, bperp: Float32) -> Interferograms:
    """Give the interferograms of pairs of images, or of the reference image with each other one."""
    day, reference_day = stack.day, stack.files.reference_day
    if stack.files.is_small_baseline:
        reference_ix = int(np.searchsorted(day, reference_day))
        return Interferograms.small_baselines(
            images, day=day, bperp=bperp, reference_ix=reference_ix
        )
    return Interferograms.of_secondary_images(day[day != reference_day], bperp, reference_day)


def _add_parameters(artifacts: ArtifactSet, stack: CellStack, selection: CellSelection) -> None:
    """Add the initial parameters of StaMPS, with what the texts of the stack say."""
    parameters = replace(
        default_parameters(small_baseline=stack.files.is_small_baseline),
        heading=stack.heading,
        lambda_=stack.wavelength,
        weed_zero_elevation=selection.weed_zero_elevation,
    )
    with TemporaryDirectory(prefix="pystamps-") as folder:
        write_back_parameters(Path(folder), parameters)
        artifacts.copy_file(Path(folder) / "parms.mat")
