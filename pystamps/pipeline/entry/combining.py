"""PS and small-baseline set of one scene to a third data set, which goes on from stage 6.

Both sets have been through stage 5. The combination is a data set of small baselines without
patches: its pixels and their phase lie in the root, and its stages 6 to 8 run as those of any
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array, Complex64, Index
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.interferograms import Interferograms
from pystamps.io.artifacts import (
    ArtifactSet,
    artifact_name,
    field_names,
    read_artifact,
    read_fields,
    read_variable,
    sizes_of,
)
from pystamps.io.dataset import COMBINED_NAME, GENERATION_NAME, is_multilooked
from pystamps.io.own_places import refuse_links
from pystamps.io.sizes import Sizes
from pystamps.model import (
    Baselines,
    CorrectedPhase,
    Height,
    Incidence,
    LookAngle,
    Pixels,
    SelectedNoise,
)
from pystamps.parameters import Parameters
from pystamps.parameters.checks import require_finite
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.run_lock import run_lock
from pystamps.processors import angle_name
from pystamps.stages.combined_pixels import (
    MatchedPixels,
    coherence_in_pairs,
    combined_phase,
    combined_pixels,
    combined_rows,
    image_phase,
    in_pairs,
    match_pixels,
    phasors_in_pairs,
    require_same_images,
)

SMALL_BASELINES, COMBINED = "SMALL_BASELINES", "MERGED"
"""Folders of ``INSAR_<date>`` in which StaMPS expects the set and leaves the combination."""

_COPIED = ("parms.mat", "patch_noover.in")
_ANGLES: dict[str, type] = {"la": LookAngle, "inc": Incidence}


@dataclass(frozen=True, slots=True)
class CombinedSets:
    """What a combination has made.

    Attributes
    ----------
    root : Path
    n_ps, n_sb : int
        Pixels of both sets.
    n_shared, n_ps_only, n_sb_only : int
        Of the combination.
    n_same_place, n_incoherent : int
        PS pixels that were left out (:class:`~pystamps.stages.combined_pixels.MatchedPixels`).
    written : tuple of str
        Names of the files.
    """

    root: Path
    n_ps: int
    n_sb: int
    n_shared: int
    n_ps_only: int
    n_sb_only: int
    n_same_place: int
    n_incoherent: int
    written: tuple[str, ...]

    @property
    def n_combined(self) -> int:
        """Number of pixels of the combination."""
        return self.n_shared + self.n_ps_only + self.n_sb_only


@dataclass(frozen=True, slots=True)
class _Set:
    """One of the two data sets."""

    root: Path
    pixels: Pixels
    sizes: Sizes

    @property
    def interferograms(self) -> Interferograms:
        return self.pixels.interferograms

    def path(self, kind: type) -> Path:
        return self.root / artifact_name(kind, SELECTED)

    def values(self, kind: type, name: str) -> Any:
        return read_variable(kind, name, self.path(kind), self.sizes)


def combine_sets(
    ps_root: Path,
    sb_root: Path,
    target: Path,
    config: RunConfig | None = None,
    *,
    replaces: bool = False,
) -> CombinedSets:
    """Combine the pixels of a single-master and a small-baseline set of one scene.

    Parameters
    ----------
    ps_root, sb_root : Path
        Roots of both sets, finished to stage 5; nothing is written there.
    target : Path
        Folder of the combination; made where it is missing.
    config : RunConfig, optional
        ``runtime.mat_version``, ``runtime.raw_root``, ``stamps.heading``.
    replaces : bool
        An earlier combination in ``target`` is made anew; its ``parms.mat`` stays.

    Returns
    -------
    CombinedSets

    Raises
    ------
    DatasetError, ParameterError
        The sets are not one of each kind, or ``target`` holds a data set already.
    ArtifactError
        Files are missing or damaged, or the sets are not of the same images.

    Notes
    -----
    StaMPS routine ``ps_sb_merge``. Writes ``ps2``, ``pm2`` (``ph_patch``, and the coherence for
    products), ``rc2``, ``bp2``, ``hgt2``, ``la2`` or ``inc2``, ``merge2`` and ``psver``.
    """
    config = config or RunConfig()
    ps_root, sb_root, target = (path.resolve() for path in (ps_root, sb_root, target))
    _refuse_target(target, (ps_root, sb_root), replaces=replaces)
    parameters = _checked_parameters(ps_root, sb_root, config)
    ps, sb = _read_set(ps_root, has_pairs=False), _read_set(sb_root, has_pairs=True)
    try:
        require_same_images(ps.pixels, sb.pixels)
    except ArtifactError as error:
        raise ArtifactError(f"{ps_root} and {sb_root}: {error}") from error
    coherence = _ps_coherence(ps, sb)
    sb_coherence = sb.values(SelectedNoise, "coh_ps")
    matched = match_pixels(ps.pixels, sb.pixels, coherence, sb_coherence)
    pixels, order = combined_pixels(ps.pixels, sb.pixels, matched, parameters.heading)
    target.mkdir(parents=True, exist_ok=True)
    refuse_links(target)
    with run_lock(target, "combine"):
        artifacts = ArtifactSet(target, config.runtime.mat_version)
        try:
            artifacts.write(pixels, SELECTED)
            seen = combined_rows(coherence, sb_coherence, matched, order)
            kinds = (Height, _ANGLES[angle_name(parameters.insar_processor)])
            for name, variables in _variables(ps, sb, matched, order, kinds):
                more = {"coh_ps": seen.astype(np.float64)} if name == _PM else {}
                artifacts.write_variables(name, variables | more)
            artifacts.write_variables(COMBINED_NAME, _matches(matched, sb.interferograms))
            artifacts.write_variables(GENERATION_NAME, {"psver": float(SELECTED)})
            for path in (sb_root / name for name in _COPIED):
                if path.is_file() and not (target / path.name).exists():
                    artifacts.copy_file(path)
            artifacts.commit()
        finally:
            artifacts.discard()
    return CombinedSets(
        target, ps.pixels.n_ps, sb.pixels.n_ps, matched.ps_shared.size, matched.ps_only.size,
        sb.pixels.n_ps - np.unique(matched.sb_shared).size, matched.n_same_place,
        matched.n_incoherent, artifacts.names,
    )  # fmt: skip


_PM = artifact_name(SelectedNoise, SELECTED)


def _refuse_target(target: Path, sources: tuple[Path, ...], *, replaces: bool) -> None:
    """Refuse to write over one of the sets, or over results that nobody gave away."""
    if target in sources:
        raise DatasetError(f"{target}: is one of the two sets; give another folder with --output")
    there = [name for name in ("ps2.mat", "patch.list") if (target / name).exists()]
    if not there:
        return
    if "patch.list" in there or not (target / COMBINED_NAME).is_file():
        raise DatasetError(
            f"{target}: holds {there[0]} of a data set that is no combination of two others; give "
            "another folder with --output"
        )
    if not replaces:
        raise DatasetError(
            f"{target}: holds a combination already; --replace makes it anew, and its stages 6 to "
            "8 run again then"
        )


def _checked_parameters(ps_root: Path, sb_root: Path, config: RunConfig) -> Parameters:
    """Check what kind of set each is, and give the parameters of the first."""
    found = {}
    for root, flag, words in ((ps_root, False, "single-master"), (sb_root, True, "small-baseline")):
        if not root.is_dir():
            raise DatasetError(f"{root}: no such directory; give the root of the {words} set")
        parameters = effective_parameters(
            root, root, config.stamps, raw_root=config.runtime.raw_root
        )
        if parameters.small_baseline_flag != flag:
            shown = "y" if parameters.small_baseline_flag else "n"
            raise ParameterError(
                f"{root}: small_baseline_flag is {shown}, expected the {words} set here; give the "
                "single-master set first, then that of small baselines"
            )
        found[root] = parameters
    require_finite(found[ps_root], "heading")
    return found[ps_root]


def _read_set(root: Path, *, has_pairs: bool) -> _Set:
    """Read the pixels of a set, and see that stage 5 has made them."""
    path = root / artifact_name(Pixels, SELECTED)
    if is_multilooked(root):
        raise DatasetError(
            f"{root}: holds multilooked cells, which have no phase noise of stage 2; combine sets "
            "that stages 1 to 5 have made"
        )
    for kind in (Pixels, SelectedNoise, CorrectedPhase, Baselines):
        file = root / artifact_name(kind, SELECTED)
        if not file.is_file():
            raise ArtifactError(
                f"{file}: missing; run stages 1 to 5 of this set first (pystamps run --end-step 5)"
            )
    pixels = read_artifact(Pixels, path)
    if (pixels.pairs is not None) != has_pairs:
        raise ArtifactError(
            f"{path}: {'no pairs' if has_pairs else 'pairs'} of images (ifgday_ix), which do not "
            "go with its small_baseline_flag; run stage 1 of this set again"
        )
    return _Set(root, pixels, sizes_of(pixels, path))


def _ps_coherence(ps: _Set, sb: _Set) -> Any:
    """Give the coherence of the PS pixels on the interferograms of the other set."""
    found = read_fields(SelectedNoise, ("ph_res", "c_ps"), ps.path(SelectedNoise), ps.sizes)
    residual = image_phase(found["ph_res"].astype(np.float32), ps.interferograms, found["c_ps"])
    return coherence_in_pairs(residual, sb.interferograms)


def _variables(
    ps: _Set, sb: _Set, matched: MatchedPixels, order: Index, per_pixel: Iterable[type]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the files of the combination one after the other: name and variables."""
    ones = np.ones(ps.pixels.n_ps, dtype=np.complex64)
    ph_patch = image_phase(ps.values(SelectedNoise, "ph_patch"), ps.interferograms, ones)
    yield _PM, {"ph_patch": _phase(ps, sb, SelectedNoise, ph_patch, matched, order)}
    ph_rc = ps.values(CorrectedPhase, "ph_rc")
    combined = _phase(ps, sb, CorrectedPhase, ph_rc, matched, order)
    name = artifact_name(CorrectedPhase, SELECTED)
    yield name, {"ph_rc": combined, "ph_reref": np.zeros((0, 0))}
    bperp = ps.values(Baselines, "bperp_mat")
    zeros = np.zeros(ps.pixels.n_ps, dtype=np.float32)
    mine = in_pairs(image_phase(bperp, ps.interferograms, zeros), sb.interferograms)
    others = sb.values(Baselines, "bperp_mat")
    yield (
        artifact_name(Baselines, SELECTED),
        {"bperp_mat": combined_rows(mine, others, matched, order)},
    )
    for kind in per_pixel:
        if ps.path(kind).is_file() and sb.path(kind).is_file():
            (field,) = field_names(kind)
            both = (ps.values(kind, field), sb.values(kind, field))
            yield artifact_name(kind, SELECTED), {field: combined_rows(*both, matched, order)}


def _phase(
    ps: _Set, sb: _Set, kind: type, phasors: Complex64, matched: MatchedPixels, order: Index
) -> Array:
    """Combine the phase of one artifact: that of the PS set is the phasors of the images."""
    name = {SelectedNoise: "ph_patch", CorrectedPhase: "ph_rc"}[kind]
    turned = phasors_in_pairs(np.angle(phasors).astype(np.float32), sb.interferograms)
    return combined_phase(turned, sb.values(kind, name), matched, order)


def _matches(matched: MatchedPixels, pairs: Interferograms) -> dict[str, Any]:
    """Give the variables of ``merge2.mat``: numbers count from 1."""
    return {
        "psu_ix": matched.ps_only + 1.0,
        "psu_coh": matched.ps_only_coherence,
        "psnu_ix": matched.ps_shared + 1.0,
        "sbnu_ix": matched.sb_shared + 1.0,
        "psnu_coh": matched.ps_shared_coherence,
        "sbnu_coh": matched.sb_shared_coherence,
        "G": pairs.design(),
    }
