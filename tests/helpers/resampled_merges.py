"""Merges with resampling compared with golden ones: pixel by radar cell, sums by their size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.io.mat import read_mat


def match_by_cell(found_root: Path, golden_root: Path) -> tuple[Any, Any]:
    """Give the rows of both merges in the order of their radar cells."""
    pairs = []
    for root in (found_root, golden_root):
        ij = read_mat(root / "ps2.mat")["ij"]
        pairs.append((np.lexsort((ij[:, 2], ij[:, 1])), ij[:, 1:]))
    (rows, ij), (golden_rows, golden_ij) = pairs
    assert np.array_equal(ij[rows], golden_ij[golden_rows])
    return rows, golden_rows


RELATIVE = {
    "ph2": {"ph": 2e-5},  # sums in single in the original, of phasors that may cancel
    "pm2": {"ph_patch": 2e-5, "ph_res": 2e-5, "K_ps": 1e-5, "C_ps": 1e-5, "coh_ps": 5e-7},
    "rc2": {"ph_rc": 5e-6, "ph_reref": 2e-5},
    "bp2": {"bperp_mat": 1e-6},
    "la2": {"la": 1e-6},
    "hgt2": {"hgt": 1e-6},
}
"""Largest difference in units of the largest modulus, of the row or of the whole vector."""


def assert_same_resampled(found_root: Path, golden_root: Path) -> None:
    """Compare the pixels of two merges with resampling, each with the one of its radar cell."""
    rows, golden_rows = match_by_cell(found_root, golden_root)
    found, wanted = (read_mat(root / "ps2.mat") for root in (found_root, golden_root))
    # positions have single precision in the original: some ulp, and pixels whose y differ by
    # less than that may change places
    lonlat = np.abs(found["lonlat"][rows] - wanted["lonlat"][golden_rows])
    assert np.all(lonlat < (2.5e-5, 1.2e-5))
    assert np.all(np.abs(found["xy"][rows, 1:] - wanted["xy"][golden_rows, 1:]) < 3)
    assert np.all(np.abs(found["xy"][:, 2] - wanted["xy"][:, 2]) < 3)
    for name, tolerances in RELATIVE.items():
        found, wanted = (read_mat(root / f"{name}.mat") for root in (found_root, golden_root))
        for variable, tolerance in tolerances.items():
            if 0 in wanted[variable].shape:
                assert found[variable].shape == wanted[variable].shape
                continue
            a, b = found[variable][rows], wanted[variable][golden_rows]
            assert a.dtype == b.dtype
            # phasors may cancel within a row; the others have one value per row
            size = np.abs(b).max(axis=1, keepdims=True) if b.shape[1] > 1 else np.abs(b).max()
            assert np.max(np.abs(a - b) / size) < tolerance, (name, variable)


def rows_elsewhere(found_root: Path, golden_root: Path) -> Any:
    """Give the rows of the golden merge whose pixel has another row in ours."""
    found, wanted = (read_mat(root / "ps2.mat")["ij"] for root in (found_root, golden_root))
    return np.flatnonzero((found != wanted).any(axis=1))


ORDER_FREE = (
    ("phuw_sb2.mat", 6, "ph_uw", 1e-5),
    ("phuw2.mat", 6, "ph_uw", 5e-3),
    ("scla2.mat", 7, "K_ps_uw", 1e-5),
    ("scla_sb2.mat", 7, "K_ps_uw", 1e-5),
    ("scla2.mat", 7, "C_ps_uw", 1e-3),
    ("scn2.mat", 8, "ph_scn_slave", 1e-2),
)
"""File, stage, variable, and what 99 % of the elements may differ, rad and rad/m; measured 6e-7,
1.7e-3, 2.9e-6, 1.2e-6, 2.6e-4 and 4.0e-3. Positions of pixels merged on a grid are means in single
precision, steps of 1 m: one of them moves the origin by 0.3 m, and with it the unwrapping grid."""
MOST_OTHER_CYCLES = 1e-4
"""Share of pixels and pairs in another cycle; measured 1.9e-5, two values."""


def assert_same_phase(found_root: Path, stages: Path) -> None:
    """Compare what stages 6 to 8 made of two merges with resampling, pixel by radar cell."""
    ours, theirs = match_by_cell(found_root, stages / "stage5")
    for file, stage, variable, most in ORDER_FREE:
        found = read_mat(found_root / file, [variable])[variable][ours]
        wanted = read_mat(stages / f"stage{stage}" / file, [variable])[variable][theirs]
        difference = np.abs(found - wanted)
        assert np.quantile(difference, 0.99) < most, (file, variable)
        if variable == "ph_uw":
            assert np.mean(difference > np.pi) < MOST_OTHER_CYCLES, file
