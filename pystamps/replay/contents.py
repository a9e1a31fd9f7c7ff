"""Whether the files of a reference are whole, fit each other and have the sizes of the run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_artifact, sizes_of
from pystamps.io.layouts import LAYOUTS
from pystamps.io.sizes import Sizes
from pystamps.model import (
    PhaseNoise,
    Pixels,
    SelectedNoise,
    Selection,
    UnwrapArcs,
    UnwrapGrid,
    Weeding,
)
from pystamps.replay.golden_tree import SETTING, Bundle


def artifact_kind(name: str) -> type:
    """Give the class of an artifact by its file name (``pm1.mat``)."""
    base = Path(name).name.removesuffix(".mat")
    stem = base.rstrip("12")
    if stem == "pm":
        return PhaseNoise if base.endswith("1") else SelectedNoise
    return next(kind for kind, layout in LAYOUTS.items() if layout.base == stem)


def check_reference_files(
    root: Path, bundles: Iterable[Bundle], candidates: Pixels
) -> Pixels | None:
    """Read the files of one target, each against its layout and against the others.

    Parameters
    ----------
    root : Path
        Of the reference.
    bundles : iterable of Bundle
        Of one patch or of the merged data set, in the order of the stages.
    candidates : Pixels
        Of the run: of that patch, or of any one for the merged data set.

    Returns
    -------
    Pixels or None
        Those of generation 2, where the bundles hold them.

    Raises
    ------
    ArtifactError
        A file cannot be read, lacks a variable, or has other sizes than the run.
    """
    n_used = candidates.interferograms.n_observed
    known = {"n_ifg": candidates.n_ifg, "n_image": candidates.n_image, "n_used": n_used}
    source = "the candidates of the run"
    sizes = {1: Sizes(source, n_ps=candidates.n_ps, **known), 2: Sizes(source, **known)}
    selected: Pixels | None = None
    for name in (name for bundle in bundles for name in bundle.files):
        generation = 1 if name.endswith("1.mat") else 2
        try:
            artifact = _read_whole(root / name, sizes[generation])
            _learn(artifact, root / name, sizes)
        except ArtifactError as error:
            raise ArtifactError(f"{SETTING}: {error}; or give another reference") from error
        if isinstance(artifact, Pixels) and generation == 2:
            selected = artifact
    return selected


def _read_whole(path: Path, sizes: Sizes) -> Any:
    """Read an artifact; matrices that can be read by rows are checked for class and shape."""
    kind = artifact_kind(path.name)
    if kind is Pixels:  # its positions are compared
        return read_artifact(kind, path, sizes=sizes)
    matrices = [n for n, v in LAYOUTS[kind].fields.items() if v.kind == "matrix"]
    return read_artifact(kind, path, by_rows=matrices, sizes=sizes)


def _learn(artifact: Any, path: Path, sizes: dict[int, Sizes]) -> None:
    """Note the sizes that an artifact prescribes for those after it."""
    if isinstance(artifact, Pixels) and path.name == "ps2.mat":
        sizes_of(artifact, path)
        sizes[2].learn("n_ps", artifact.n_ps, str(path))
    elif isinstance(artifact, Selection):
        sizes[1].learn("n_kept", int(np.count_nonzero(artifact.keep_ix)), f"keep_ix of {path.name}")
    elif isinstance(artifact, Weeding):
        sizes[2].learn("n_ps", int(np.count_nonzero(artifact.ix_weed)), f"ix_weed of {path.name}")
    elif isinstance(artifact, UnwrapGrid):
        sizes[2].learn("n_node", artifact.ph.shape[0], path.name)
        for symbol, size in zip(("n_i", "n_j"), artifact.nzix.shape, strict=True):
            sizes[2].learn(symbol, size, path.name)
    elif isinstance(artifact, UnwrapArcs):
        sizes[2].learn("n_edge", artifact.edgs.shape[0], path.name)
