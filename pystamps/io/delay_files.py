"""Tropospheric phase beside a data set: ``tca2.mat``, ``tca_sb2.mat`` of TRAIN and others.

One variable per method, (n_ps, n_ifg), rad; corrected phase = phase - value. A date that was
missing when the file was made stands there as a column of zeros or of NaN; one that is to stay
uncorrected is also named (``UNCORRECTED``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Bool, FloatArray, Index
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.mat import describe_mat, read_mat, stored_rows
from pystamps.rows import Matrix, made_from, row_blocks
from pystamps.stage_table import DELAYS, PAIR_DELAYS

UNCORRECTED = "ifg_uncorrected"
"""Variable with the numbers of interferograms (from 1) that stay as they are, knowingly."""

DELAY_FILES = (DELAYS, PAIR_DELAYS)
"""Of interferograms with one reference image, and of small baselines."""

_SPECTROMETERS = {
    ("a_meris", "a_m"): "ph_tropo_meris",
    ("a_meris-ni", "a_mi"): "ph_tropo_meris_no_interp",
    ("a_modis", "a_M"): "ph_tropo_modis",
    ("a_modis-ni", "a_MI"): "ph_tropo_modis_no_interp",
    ("a_recalmodis", "a_RM"): "ph_tropo_modis_recal",
    ("a_recalmodis-ni", "a_RMI"): "ph_tropo_modis_no_interp_recal",
}
_DRY = {("a_erai-h", "a_eh"): "ph_tropo_era_hydro", ("a_wrf-h", "a_wh"): "ph_tropo_wrf_hydro"}
_MODELS = {
    f"a_{model}{suffix}": f"ph_tropo_{model}{part}"
    for model in ("era5", "merra", "merra2", "narr")
    for suffix, part in (("", ""), ("-h", "_hydro"), ("-w", "_wet"))
}
_OTHERS = {
    ("a_linear", "a_l"): "ph_tropo_linear",
    ("a_powerlaw", "a_p"): "ph_tropo_powerlaw",
    ("a_erai", "a_e"): "ph_tropo_era",
    ("a_erai-w", "a_ew"): "ph_tropo_era_wet",
    ("a_wrf", "a_w"): "ph_tropo_wrf",
    ("a_wrf-w", "a_ww"): "ph_tropo_wrf_wet",
    ("a_linear-man", "a_lman"): "strat_corr",
    ("a_gacos",): "ph_tropo_gacos",
}


def _single_methods() -> dict[str, str]:
    found = dict(_MODELS)
    for table in (_SPECTROMETERS, _DRY, _OTHERS):
        found |= {name: variable for names, variable in table.items() for name in names}
    return found


def _sums() -> dict[str, tuple[str, str]]:
    wet = {name: variable for names, variable in _SPECTROMETERS.items() for name in names}
    dry = {name: variable for names, variable in _DRY.items() for name in names}
    return {f"{w}+{d}": (wet[w], dry[d]) for w in wet for d in dry}


DELAY_METHODS: Mapping[str, tuple[str, ...]] = {
    **{name: (variable,) for name, variable in _single_methods().items()},
    **_sums(),
}
"""Variables of every value of ``tropo_method``; of two the sum is meant."""


def methods_of_file(path: Path) -> tuple[str, ...]:
    """Give the ``tropo_method`` of every variable of a file that one reads, in its order.

    Of two names the longer one; sums of two variables are left out.

    Parameters
    ----------
    path : Path
        ``tca2.mat`` or ``tca_sb2.mat``.
    """
    names: dict[str, str] = {}
    for name, variables in DELAY_METHODS.items():
        if len(variables) == 1:
            names[variables[0]] = max(names.get(variables[0], ""), name, key=len)
    return tuple(names[variable] for variable in describe_mat(path) if variable in names)


def read_delays(path: Path, method: str, shape: tuple[int, int]) -> Matrix:
    """Read the tropospheric phase of a method.

    Parameters
    ----------
    path : Path
        ``tca2.mat`` or ``tca_sb2.mat``.
    method : str
        ``tropo_method``.
    shape : (int, int)
        Pixels and interferograms.

    Returns
    -------
    Matrix of float, by rows where the file allows
        rad. The sum of a spectrometer and a model is 0 in interferograms whose spectrometer part is
        0 everywhere, unless the part is not interpolated (as in StaMPS).

    Raises
    ------
    ParameterError
        No method is called so.
    ArtifactError
        The file or the variable is missing, or is of other pixels or interferograms.
    """
    if method not in DELAY_METHODS:
        raise ParameterError(
            f"tropo_method {method!r} is unknown; use one of {', '.join(DELAY_METHODS)}"
        )
    if not path.is_file():
        raise ArtifactError(
            f"{path}: file is missing, and subtr_tropo is y; put the tropospheric phase there, or "
            "set subtr_tropo to n"
        )
    parts = [_variable(path, name, shape) for name in DELAY_METHODS[method]]
    if len(parts) == 1:
        return parts[0]
    wet, dry = parts
    is_interpolated = not DELAY_METHODS[method][0].count("no_interp")
    kept = ~columns_without_delay(wet) if is_interpolated else np.ones(shape[1], dtype=np.bool_)
    return made_from(
        (wet, dry), shape, np.float64, lambda rows: np.where(kept, wet[rows] + dry[rows], 0.0)
    )


def _variable(path: Path, name: str, shape: tuple[int, int]) -> Matrix:
    """Read one variable of the file."""
    present = describe_mat(path)
    if name not in present:
        raise ArtifactError(
            f"{path}: variable {name} is missing; found {', '.join(sorted(present)) or 'none'}; "
            "choose another tropo_method, or make the file again"
        )
    stored: Matrix | None = stored_rows(path, name)
    values: Array | Matrix = read_mat(path, [name])[name] if stored is None else stored
    if tuple(values.shape) != shape or np.dtype(values.dtype).kind not in "fiu":
        raise ArtifactError(
            f"{path}: {name} has {values.dtype} of shape {tuple(values.shape)}, expected real "
            f"numbers of shape {shape} (pixels and interferograms of ps2.mat); make it again for "
            "this selection"
        )
    return values


def uncorrected_columns(path: Path) -> Index:
    """Give the interferograms (0-based) that a file names as knowingly uncorrected.

    Raises
    ------
    ArtifactError
        They are no numbers from 1 on.
    """
    if UNCORRECTED not in describe_mat(path):
        return np.zeros(0, dtype=np.int64)
    numbers = np.asarray(read_mat(path, [UNCORRECTED])[UNCORRECTED]).ravel()
    if numbers.dtype.kind not in "fiu" or not ((numbers >= 1) & (numbers % 1 == 0)).all():
        raise ArtifactError(
            f"{path}: {UNCORRECTED} holds {numbers.tolist()}, expected numbers of interferograms, "
            "from 1 on; correct it"
        )
    return numbers.astype(np.int64) - 1


def columns_without_delay(delays: Matrix) -> Bool:
    """Tell in which interferograms no delay is known: mean 0 over the pixels, or no value.

    Returns
    -------
    ndarray of bool, shape (n_column,)
    """
    total, count = np.zeros((2, delays.shape[1]))
    for rows in row_blocks(delays):
        block: FloatArray = np.asarray(delays[rows], dtype=np.float64)
        total += np.nansum(block, axis=0)
        count += np.count_nonzero(~np.isnan(block), axis=0)
    return np.asarray((total == 0) | (count == 0))
