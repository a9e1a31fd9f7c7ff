"""MAT artifacts to dataclasses and back.

This module alone knows how the variables are spelled in the files, which of them are
1-based there, and which class they have. ``read_artifact`` and ``write_artifact`` work for
every class of :mod:`pystamps.model` that ``LAYOUTS`` lists.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import scipy.sparse

from pystamps import model
from pystamps.errors import ArtifactError
from pystamps.io.atomic import remove_stale_temporaries, temporary_name
from pystamps.io.mat import read_mat, save_mat, write_mat

Kind = Literal["scalar", "integer", "column", "row", "matrix", "text", "sparse"]
Artifact = TypeVar("Artifact")


@dataclass(frozen=True, slots=True)
class Variable:
    """How one field lies in the file.

    Attributes
    ----------
    name : str
        Spelling in the file.
    kind : str
        Shape in the file: scalar and integer are 1 x 1, column n x 1, row 1 x n.
    dtype : type or None
        Class in the file; None keeps single or double as it is in memory.
    one_based : bool
        Index of an array: one is added on writing and taken off on reading.
    optional : bool
        The variable may be absent; the field is then None.
    keeps_double : bool
        Written in double when it is double in memory (pixels resampled by the merge), read in
        single all the same.
    """

    name: str
    kind: Kind
    dtype: Any = None
    one_based: bool = False
    optional: bool = False
    keeps_double: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """File of one dataclass: base name, fields, and variables computed from the whole."""

    base: str
    fields: dict[str, Variable]
    derived: dict[str, Callable[[Any], Any]] = field(default_factory=dict)


_F8, _F4, _C8, _BOOL = np.float64, np.float32, np.complex64, np.bool_


def _index(name: str, kind: Kind, dtype: Any = _F8, *, optional: bool = False) -> Variable:
    return Variable(name, kind, dtype, one_based=True, optional=optional)


_PIXELS = {
    "ij": Variable("ij", "matrix", _F8),
    "lonlat": Variable("lonlat", "matrix", _F8),
    "xy": Variable("xy", "matrix", _F4),
    "bperp": Variable("bperp", "column"),
    "day": Variable("day", "column", _F8),
    "master_day": Variable("master_day", "scalar", _F8),
    "master_ix": _index("master_ix", "integer"),
    "ll0": Variable("ll0", "row", _F8),
    "sort_ix": _index("sort_ix", "column", optional=True),
    "calconst": Variable("calconst", "column", _F8, optional=True),
    "day_ix": _index("day_ix", "column", optional=True),
    "mean_incidence": Variable("mean_incidence", "scalar", _F8, optional=True),
    "mean_range": Variable("mean_range", "scalar", _F8, optional=True),
}
_NOISE_COLUMNS = {
    "coh_ps": Variable("coh_ps", "column", _F8),
    "k_ps": Variable("K_ps", "column", _F8),
    "c_ps": Variable("C_ps", "column", _F8),
}
_SCLA = {
    "ph_scla": Variable("ph_scla", "matrix"),
    "k_ps_uw": Variable("K_ps_uw", "column", _F8),
    "c_ps_uw": Variable("C_ps_uw", "column"),
    "ph_ramp": Variable("ph_ramp", "matrix", _F8),
}

LAYOUTS: dict[type, Layout] = {
    model.Pixels: Layout(
        "ps",
        _PIXELS,
        {
            "n_ifg": lambda p: float(p.n_ifg),
            "n_image": lambda p: float(p.n_image),
            "n_ps": lambda p: float(p.n_ps),
        },
    ),
    model.Phase: Layout("ph", {"ph": Variable("ph", "matrix", _C8, keeps_double=True)}),
    model.Baselines: Layout("bp", {"bperp_mat": Variable("bperp_mat", "matrix")}),
    model.LookAngle: Layout("la", {"la": Variable("la", "column")}),
    model.Incidence: Layout("inc", {"inc": Variable("inc", "column")}),
    model.AmplitudeDispersion: Layout("da", {"d_a": Variable("D_A", "column", _F8)}),
    model.Height: Layout("hgt", {"hgt": Variable("hgt", "column", _F8)}),
    model.PhaseNoise: Layout(
        "pm",
        {
            "ph_patch": Variable("ph_patch", "matrix", _C8),
            **_NOISE_COLUMNS,
            "n_opt": Variable("N_opt", "column", _F8),
            "coh_ps_save": Variable("coh_ps_save", "column", _F8),
            "ph_res": Variable("ph_res", "matrix", _F4),
            "ph_grid": Variable("ph_grid", "matrix", _C8),
            "ph_weight": Variable("ph_weight", "matrix", _C8),
            "grid_ij": _index("grid_ij", "matrix", _F4),
            "low_pass": Variable("low_pass", "matrix", _F8),
            "nr": Variable("Nr", "row", _F8),
            "coh_bins": Variable("coh_bins", "row", _F8),
            "n_trial_wraps": Variable("n_trial_wraps", "scalar"),
            "nr_max_nz_ix": Variable("Nr_max_nz_ix", "integer", _F8),
            "i_loop": Variable("i_loop", "integer", _F8),
            "grid_size": Variable("grid_size", "scalar", _F8),
            "gamma_change_save": Variable("gamma_change_save", "scalar", _F8),
            "step_number": Variable("step_number", "integer", _F8),
            "weighting": Variable("weighting", "column", _F8, optional=True),
        },
    ),
    model.Selection: Layout(
        "select",
        {
            "ix": _index("ix", "column"),
            "keep_ix": Variable("keep_ix", "column", _BOOL),
            "ph_patch2": Variable("ph_patch2", "matrix", _C8),
            "ph_res2": Variable("ph_res2", "matrix", _F4),
            "k_ps2": Variable("K_ps2", "column", _F8),
            "c_ps2": Variable("C_ps2", "column", _F8),
            "coh_ps2": Variable("coh_ps2", "column", _F8),
            "coh_thresh": Variable("coh_thresh", "column", _F8),
            "coh_thresh_coeffs": Variable("coh_thresh_coeffs", "row", _F8),
            "clap_alpha": Variable("clap_alpha", "scalar", _F8),
            "clap_beta": Variable("clap_beta", "scalar", _F8),
            "n_win": Variable("n_win", "scalar", _F8),
            "max_percent_rand": Variable("max_percent_rand", "scalar"),
            "gamma_stdev_reject": Variable("gamma_stdev_reject", "scalar", _F8),
            "ifg_index": _index("ifg_index", "row"),
            "small_baseline_flag": Variable("small_baseline_flag", "text"),
        },
    ),
    model.Weeding: Layout(
        "weed",
        {
            "ix_weed": Variable("ix_weed", "column", _BOOL),
            "ix_weed2": Variable("ix_weed2", "column", _BOOL),
            "ps_std": Variable("ps_std", "column"),
            "ps_max": Variable("ps_max", "column"),
            "ifg_index": _index("ifg_index", "row"),
        },
    ),
    model.SelectedNoise: Layout(
        "pm",
        {
            "ph_patch": Variable("ph_patch", "matrix", _C8, keeps_double=True),
            "ph_res": Variable("ph_res", "matrix", _F4, keeps_double=True),
            **_NOISE_COLUMNS,
        },
    ),
    model.CorrectedPhase: Layout(
        "rc",
        {
            "ph_rc": Variable("ph_rc", "matrix", _C8, keeps_double=True),
            "ph_reref": Variable("ph_reref", "matrix", _C8, keeps_double=True),
        },
    ),
    model.InterferogramNoise: Layout("ifgstd", {"ifg_std_deg": Variable("ifg_std", "column", _F4)}),
    model.UnwrapGrid: Layout(
        "uw_grid",
        {
            "ph": Variable("ph", "matrix", _C8),
            "ph_in": Variable("ph_in", "matrix", _C8),
            "ph_lowpass": Variable("ph_lowpass", "matrix", _C8),
            "ph_uw_predef": Variable("ph_uw_predef", "matrix", _F4),
            "ph_in_predef": Variable("ph_in_predef", "matrix", _F4),
            "xy": Variable("xy", "matrix", _F8),
            "ij": _index("ij", "matrix"),
            "nzix": Variable("nzix", "matrix", _BOOL),
            "grid_x_min": Variable("grid_x_min", "scalar"),
            "grid_y_min": Variable("grid_y_min", "scalar"),
            "grid_ij": _index("grid_ij", "matrix", _F4),
            "pix_size": Variable("pix_size", "scalar", _F8),
        },
        {
            "n_i": lambda g: np.float32(g.nzix.shape[0]),
            "n_j": lambda g: np.float32(g.nzix.shape[1]),
            "n_ifg": lambda g: float(g.ph.shape[1]),
            "n_ps": lambda g: float(g.ph.shape[0]),
        },
    ),
    model.UnwrapArcs: Layout(
        "uw_interp",
        {
            "edgs": _index("edgs", "matrix"),
            "rowix": Variable("rowix", "matrix", _F8),
            "colix": Variable("colix", "matrix", _F8),
            "nearest_node": _index("Z", "matrix"),
        },
        {"n_edge": lambda a: float(a.edgs.shape[0])},
    ),
    model.SpaceTime: Layout(
        "uw_space_time",
        {
            "dph_space_uw": Variable("dph_space_uw", "matrix", _F4),
            "dph_noise": Variable("dph_noise", "matrix", _F4),
            "spread": Variable("spread", "sparse", _F8),
            "design": Variable("G", "matrix", _F8, optional=True),
            "ifreq_ij": Variable("ifreq_ij", "matrix", _F4, optional=True),
            "jfreq_ij": Variable("jfreq_ij", "matrix", _F4, optional=True),
            "shaky_ix": Variable("shaky_ix", "matrix", _BOOL, optional=True),
            "predef_ix": Variable("predef_ix", "matrix", _BOOL, optional=True),
        },
    ),
    model.UnwrappedGrid: Layout(
        "uw_phaseuw",
        {"ph_uw": Variable("ph_uw", "matrix", _F4), "msd": Variable("msd", "column", _F8)},
    ),
    model.Unwrapped: Layout(
        "phuw",
        {"ph_uw": Variable("ph_uw", "matrix", _F4), "msd": Variable("msd", "column", _F4)},
    ),
    model.LookAngleError: Layout("scla", {**_SCLA, "ifg_vcm": Variable("ifg_vcm", "matrix", _F8)}),
    model.SmoothedLookAngleError: Layout("scla_smooth", _SCLA),
    model.CorrelatedNoise: Layout(
        "scn",
        {
            "ph_scn_slave": Variable("ph_scn_slave", "matrix", _F8),
            "ph_hpt": Variable("ph_hpt", "matrix", _F4),
            "ph_ramp": Variable("ph_ramp", "matrix", _F8),
        },
    ),
    model.MeanVelocity: Layout("mean_v", {"m": Variable("m", "matrix")}),
}


def artifact_name(kind: type, generation: int | None = None) -> str:
    """Give the file name of an artifact: ``ps1.mat``, ``uw_grid.mat`` (no generation)."""
    return f"{LAYOUTS[kind].base}{'' if generation is None else generation}.mat"


def read_artifact(kind: type[Artifact], path: Path) -> Artifact:
    """Read one artifact.

    Parameters
    ----------
    kind : type
        Class of :mod:`pystamps.model`.
    path : Path

    Raises
    ------
    ArtifactError
        The file or a variable that is not optional is missing or has a wrong shape.
    """
    layout = LAYOUTS[kind]
    found = read_mat(path, [variable.name for variable in layout.fields.values()])
    return kind(**{name: _from_mat(path, v, found) for name, v in layout.fields.items()})


def read_variable(kind: type, field_name: str, path: Path) -> Any:
    """Read one field of an artifact without the rest of the file."""
    variable = LAYOUTS[kind].fields[field_name]
    return _from_mat(path, variable, read_mat(path, [variable.name]))


def to_variables(artifact: Any) -> dict[str, Any]:
    """Give the MAT variables of an artifact, with the classes and shapes of StaMPS."""
    layout = LAYOUTS[type(artifact)]
    variables = {
        v.name: _to_mat(v, getattr(artifact, name))
        for name, v in layout.fields.items()
        if getattr(artifact, name) is not None
    }
    return variables | {name: compute(artifact) for name, compute in layout.derived.items()}


def write_artifact(path: Path, artifact: Any, *, mat_version: str = "5") -> None:
    """Write one artifact: complete file under a temporary name, then renamed."""
    write_mat(path, to_variables(artifact), version=mat_version)


class ArtifactSet:
    """Artifacts of one stage that appear together or not at all (see :func:`artifact_set`)."""

    def __init__(self, directory: Path, mat_version: str) -> None:
        """Collect artifacts of ``directory``, written in the given MAT version."""
        self.directory = directory
        self.mat_version = mat_version
        self._temporary: dict[str, Path] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """File names, in the order in which they were written."""
        return tuple(self._temporary)

    def write(self, artifact: Any, generation: int | None = None) -> None:
        """Write an artifact under its temporary name."""
        self.write_variables(artifact_name(type(artifact), generation), to_variables(artifact))

    def write_variables(self, name: str, variables: dict[str, Any]) -> None:
        """Write a MAT file that is no dataclass under its temporary name."""
        if name not in self._temporary:
            remove_stale_temporaries(self.directory / name)
            self._temporary[name] = temporary_name(self.directory / name)
        save_mat(self._temporary[name], variables, version=self.mat_version)

    def commit(self) -> None:
        """Give all files their real names, in the order in which they were written."""
        for name, temporary in self._temporary.items():
            temporary.replace(self.directory / name)

    def discard(self) -> None:
        """Remove what has not been committed."""
        for temporary in self._temporary.values():
            temporary.unlink(missing_ok=True)


@contextmanager
def artifact_set(directory: Path, *, mat_version: str = "5") -> Iterator[ArtifactSet]:
    """Collect the artifacts of a stage; rename all of them when the block ends without error."""
    written = ArtifactSet(directory, mat_version)
    try:
        yield written
        written.commit()
    finally:
        written.discard()


def _from_mat(path: Path, variable: Variable, found: dict[str, Any]) -> Any:
    """Convert a MAT variable to what the dataclass holds."""
    if variable.name not in found:
        if variable.optional:
            return None
        present = ", ".join(sorted(found)) or "none"
        raise ArtifactError(
            f"{path}: variable {variable.name} is missing; found {present}; run the stage that "
            "writes it again"
        )
    value = found[variable.name]
    if variable.kind == "text":
        return value
    if variable.kind == "sparse":
        return scipy.sparse.csc_array(value)
    value = np.asarray(value)
    if variable.kind in ("scalar", "integer"):
        return _scalar_from_mat(path, variable, value)
    if variable.kind in ("column", "row"):
        value = value.ravel()
    if variable.one_based:
        return np.ascontiguousarray(np.rint(value).astype(np.int64) - 1)
    return np.ascontiguousarray(value, dtype=variable.dtype or _float_class(value))


def _scalar_from_mat(path: Path, variable: Variable, value: np.ndarray[Any, Any]) -> Any:
    if value.size != 1:
        raise ArtifactError(f"{path}: {variable.name} has {value.size} values, expected one")
    if variable.kind == "integer":
        return round(float(value.item())) - int(variable.one_based)
    return float(value.item()) if variable.dtype is _F8 else value.ravel()[0]


def _float_class(value: np.ndarray[Any, Any]) -> Any:
    """Keep single and double, real and complex; everything else becomes double."""
    return value.dtype if value.dtype in (_F4, _F8, _C8, np.complex128) else _F8


def _to_mat(variable: Variable, value: Any) -> Any:
    """Convert a field to the class and shape that StaMPS gives it."""
    if variable.kind == "text":
        return value
    if variable.kind == "sparse":
        return scipy.sparse.csc_matrix(value, dtype=variable.dtype)
    if variable.one_based:
        value = np.asarray(value) + 1
    array = np.asarray(value)
    if not (variable.keeps_double and array.dtype in (_F8, np.complex128)):
        array = array.astype(variable.dtype or array.dtype, copy=False)
    if array.shape == (0, 0) or (array.size == 0 and variable.kind == "row"):
        return np.zeros((0, 0))  # MATLAB's [] is double whatever the variable holds otherwise
    shapes = {"scalar": (1, 1), "integer": (1, 1), "column": (-1, 1), "row": (1, -1)}
    return array.reshape(shapes[variable.kind]) if variable.kind in shapes else array


def check_rows(directory: Path, n_ps: int, **arrays: tuple[str, np.ndarray[Any, Any]]) -> None:
    """Refuse arrays whose number of rows is not the number of pixels.

    Parameters
    ----------
    directory : Path
    n_ps : int
    **arrays : (file name, array)
        Keyed by the MAT variable's name.
    """
    for name, (file_name, array) in arrays.items():
        if array.shape[0] != n_ps:
            raise ArtifactError(
                f"{directory / file_name}: {name} has {array.shape[0]} rows, expected {n_ps} "
                "(one per pixel of the ps file); run the stage that writes it again"
            )


def field_names(kind: type) -> tuple[str, ...]:
    """Give the field names of an artifact class."""
    return tuple(item.name for item in dataclasses.fields(kind))
