"""The merge works on few columns at a time: the same bits, and no matrix as a whole in memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from benchmarks.merged_sets import set_before_merge
from pystamps.config import RunConfig, Runtime
from pystamps.io import bounded_text
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage5 import stage5_merge_and_ifgstd

N_PS, N_IFG = 40_000, 16
MERGED = ("ps2", "ph2", "pm2", "rc2", "bp2", "hgt2", "la2", "ifgstd2")
BYTES_PER_PIXEL = 460
"""Positions of patches and of the merged pixels, the order of both, two columns, some modules."""


@pytest.fixture
def patches(tmp_path):
    return set_before_merge(tmp_path / "set", N_PS, n_ifg=N_IFG)


def merge(root, *, budget_mb, mat_version="5", **stamps):
    runtime = Runtime(memory_budget_mb=budget_mb, mat_version=mat_version)
    stage5_merge_and_ifgstd(root, RunConfig(root, runtime=runtime, stamps=stamps))


def merged(root, **given):
    merge(root, **given)
    return {name: (root / f"{name}.mat").read_bytes() for name in MERGED}


@pytest.mark.parametrize("stamps", [{}, {"merge_resample_size": 40.0}])
def test_two_columns_at_a_time_give_the_files_of_all_at_once(patches, stamps):
    assert merged(patches, budget_mb=0, **stamps) == merged(patches, budget_mb=2000, **stamps)


def test_a_file_of_version_7_3_is_filled_with_the_same_numbers(patches):
    merged(patches, budget_mb=2000)
    plain = {name: read_mat(patches / f"{name}.mat") for name in MERGED}
    merged(patches, budget_mb=0, mat_version="7.3")
    for name in MERGED:
        in_hdf5 = read_mat(patches / f"{name}.mat")
        assert plain[name].keys() == in_hdf5.keys()
        for variable, values in plain[name].items():
            np.testing.assert_array_equal(in_hdf5[variable], values, err_msg=variable)


def test_memory_of_the_merge_does_not_grow_with_the_interferograms(patches, monkeypatch):
    for reader in (bounded_text.read_bounded, bounded_text.read_text_of_paths):
        monkeypatch.setitem(reader.__kwdefaults__, "most", 2**16)  # 64 MB are asked for, not used
    tracemalloc.start()
    try:
        merge(patches, budget_mb=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < BYTES_PER_PIXEL * N_PS, f"{peak / N_PS:.0f} bytes for a pixel"
