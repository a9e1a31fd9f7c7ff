"""Writing a simulated stack as a prepared data set in the layout of SNAP."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.errors import DatasetError
from pystamps.io.parms import write_back_parameters
from pystamps.model import Complex64, Index
from pystamps.parameters import default_parameters
from pystamps.prep.candidates import (
    AmplitudeStatistics,
    Candidates,
    amplitude_statistics,
    mean_amplitude,
    select_candidates,
)
from pystamps.prep.patches import Patch, divide
from pystamps.simulate.gamma_text import baseline_file, image_parameters
from pystamps.simulate.scene import Scene
from pystamps.simulate.stack import Stack, make_stack
from pystamps.simulate.truth import write_truth

TRUTH_NAME = "truth.h5"


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What a simulation wrote.

    Attributes
    ----------
    root, truth : Path
        Data set and truth file.
    patches : int
    interferograms : int
    candidates : int
        Over all patches; pixels in an overlap count once per patch.
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
    patches: int
    interferograms: int
    candidates: int
    candidate_pixels: int
    true_candidates: int
    persistent_scatterers: int
    area_km2: float


def simulate_dataset(root: Path, scene: Scene | None = None) -> SimulationSummary:
    """Simulate a stack and write it as stage 0 leaves it: input of stage 1, with its truth.

    Parameters
    ----------
    root : Path
        Directory of the data set; it must be empty or not exist.
    scene : Scene, optional
        Settings; the preset ``demo`` when left out.

    Raises
    ------
    DatasetError
        The directory is not empty.
    """
    root = Path(root)
    scene = Scene() if scene is None else scene
    require_empty(root)
    stack = make_stack(scene)
    images = tuple(stack.images())
    constants = [mean_amplitude(image) for image in images]
    statistics = amplitude_statistics(images, constants)
    root.mkdir(parents=True, exist_ok=True)
    _write_text_files(root, stack, constants)
    patches = divide((scene.samples, scene.lines), scene.patches, overlap=scene.overlap)
    (root / "patch.list").write_text("".join(f"{patch.name}\n" for patch in patches))
    counts = [_write_patch(root, patch, stack, images, statistics) for patch in patches]
    parameters = dataclasses.replace(default_parameters(), insar_processor="snap")
    write_back_parameters(root, parameters)
    write_truth(root / TRUTH_NAME, stack.truth())
    chosen = select_candidates(statistics, scene.dispersion_threshold)
    is_ps = stack.scatterers.ps_mask
    return SimulationSummary(
        root=root,
        truth=root / TRUTH_NAME,
        patches=len(patches),
        interferograms=scene.interferograms,
        candidates=sum(counts),
        candidate_pixels=chosen.line.size,
        true_candidates=int(is_ps[chosen.line, chosen.sample].sum()),
        persistent_scatterers=int(is_ps.sum()),
        area_km2=stack.geometry.area_km2,
    )


def require_empty(root: Path) -> None:
    """Refuse a directory that holds anything."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DatasetError(f"{root}: exists and is not an empty directory; give a new directory")


def _write_text_files(root: Path, stack: Stack, constants: list[float]) -> None:
    """Write the files of the root and the text part of the raw export."""
    scene, master = stack.scene, f"{stack.dates[stack.master]:%Y%m%d}"
    dates = [f"{day:%Y%m%d}" for day in stack.dates]
    rslc = [f"raw/rslc/{day}.rslc" for day in dates]
    pairs = [f"raw/diff0/{master}_{dates[k]}" for k in stack.secondaries]
    calibrated = "".join(f"{path} {c:g}\n" for path, c in zip(rslc, constants, strict=True))
    width = f"{scene.samples}\n"
    files = {
        "processor.txt": "snap\n",
        "width.txt": width,
        "len.txt": f"{scene.lines}\n",
        "rsc.txt": f"raw/rslc/{master}.rslc.par\n",
        "calamp.in": "".join(f"{path}\n" for path in rslc),
        "calamp.out": calibrated,
        "selpsc.in": f"{scene.dispersion_threshold:g}\n{width}{calibrated}",
        "pscphase.in": width + "".join(f"{pair}.diff\n" for pair in pairs),
        "pscdem.in": f"{width}raw/geo/elevation_dem.rdc\n",
        "psclonlat.in": f"{width}raw/geo/{master}.lon\nraw/geo/{master}.lat\n",
    }
    for path, day in zip(rslc, stack.dates, strict=True):
        files[f"{path}.par"] = image_parameters(scene, stack.geometry, day)
    for pair, k in zip(pairs, stack.secondaries, strict=True):
        files[f"{pair}.base"] = baseline_file(stack.baselines[k])
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def _write_patch(
    root: Path,
    patch: Patch,
    stack: Stack,
    images: tuple[Complex64, ...],
    statistics: AmplitudeStatistics,
) -> int:
    """Write one patch directory; return the number of candidates."""
    directory, window = root / patch.name, patch.window
    directory.mkdir()
    for name, bounds in (("patch.in", patch.bounds), ("patch_noover.in", patch.own_bounds)):
        (directory / name).write_text("".join(f"{bound}\n" for bound in bounds))
    part = AmplitudeStatistics(
        statistics.dispersion_squared[window],
        statistics.amplitude_sum[window],
        statistics.has_zero[window],
    )
    part.amplitude_sum.astype(np.float32).tofile(directory / "mean_amp.flt")
    found = select_candidates(part, stack.scene.dispersion_threshold)
    line = found.line + window[0].start
    sample = found.sample + window[1].start
    _write_candidates(directory, found, line, sample)
    zeros = zip(
        found.zero_after, found.zero_line + window[0].start, found.zero_sample + window[1].start,
        strict=True,
    )  # fmt: skip
    (directory / "pscands.1.ij0").write_text("".join(f"{n} {i} {j}\n" for n, i, j in zeros))
    lonlat = np.stack([stack.longitude[line, sample], stack.latitude[line, sample]], axis=1)
    lonlat.astype(">f4").tofile(directory / "pscands.1.ll")
    stack.height[line, sample].astype(">f4").tofile(directory / "pscands.1.hgt")
    reference = images[stack.master][line, sample]
    with (directory / "pscands.1.ph").open("wb") as stream:
        for k in stack.secondaries:
            interferogram = reference * np.conj(images[k][line, sample])
            stream.write(interferogram.astype(">c8").tobytes())
    return int(line.size)


def _write_candidates(directory: Path, found: Candidates, line: Index, sample: Index) -> None:
    rows = zip(line.tolist(), sample.tolist(), strict=True)
    text = "".join(f"{number} {i} {j}\n" for number, (i, j) in enumerate(rows, start=1))
    (directory / "pscands.1.ij").write_text(text)
    np.stack([sample, line], axis=1).astype(">i4").tofile(directory / "pscands.1.ij.int")
    dispersion = "".join(f"{value:g}\n" for value in found.dispersion.tolist())
    (directory / "pscands.1.da").write_text(dispersion)
