"""What the original wrote is read: every variable of every golden tree passes its statements."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from trees import SHARED

from pystamps import model
from pystamps.io.artifacts import read_fields
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import describe_mat, read_mat, write_mat

TREES = ("tiny", "small", "sb_small", "ps_sb", "tiny_doris", "tiny_isce", "variants")


def layout_of(path: Path) -> type | None:
    """Class of an artifact; of ``pm`` the one of its generation."""
    base = re.sub(r"[12]$", "", path.stem)
    if base == "pm":
        return model.PhaseNoise if path.stem == "pm1" else model.SelectedNoise
    return next((kind for kind, layout in LAYOUTS.items() if layout.base == base), None)


def read_what_is_there(path: Path) -> int:
    """Read the variables that a file, perhaps a reduced one, holds; give their number."""
    kind = layout_of(path)
    if kind is None:
        return 0
    present = describe_mat(path)
    names = [name for name, v in LAYOUTS[kind].fields.items() if v.name in present]
    for values in read_fields(kind, names, path).values():
        assert values is not None
    return len(names)


@pytest.mark.golden
@pytest.mark.parametrize("tree", TREES)
def test_every_variable_of_a_golden_tree_is_read(tree):
    if not (SHARED / "data" / tree).is_dir():
        pytest.skip("golden tree is absent")
    found = Counter(
        {path: read_what_is_there(path) for path in (SHARED / "data" / tree).rglob("*.mat")}
    )
    assert found.total() > 30


def as_octave_or_h5py_might_store_it(name: str, value: np.ndarray) -> np.ndarray:
    """Logicals as bytes, whole numbers as integers, vectors lying, single as double."""
    if value.dtype == bool:
        return value.astype(np.uint8)
    if min(value.shape) == 1:
        value = value.T
    if name in ("master_ix", "ix", "n_ps", "edgs", "grid_ij", "ifg_index", "N_opt"):
        return value.astype(np.int32)
    return value.astype(np.promote_types(value.dtype, np.float64))


@pytest.mark.golden
@pytest.mark.parametrize("version", ["5", "7.3"])
@pytest.mark.parametrize(
    "name", ["stage1/PATCH_1/ps1", "stage3/PATCH_1/select1", "stage4/PATCH_1/weed1"]
)
def test_harmless_classes_and_orientations_are_read(shared_data, tmp_path, name, version):
    golden = shared_data / "tiny" / "stages" / f"{name}.mat"
    stored = {
        key: value if isinstance(value, str) else as_octave_or_h5py_might_store_it(key, value)
        for key, value in read_mat(golden).items()
    }
    write_mat(tmp_path / golden.name, stored, version=version)
    kind = layout_of(golden)
    assert kind is not None
    names = [n for n, v in LAYOUTS[kind].fields.items() if v.name in stored]
    found = read_fields(kind, names, tmp_path / golden.name)
    for field, expected in read_fields(kind, names, golden).items():
        np.testing.assert_array_equal(found[field], expected)
