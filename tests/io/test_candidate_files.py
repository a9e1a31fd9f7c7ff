"""Candidate files: what is read, and what is said when they do not fit together."""

from __future__ import annotations

import numpy as np
import pytest
from prepared_stacks import write_candidates

from pystamps.errors import ArtifactError
from pystamps.processors.candidates import read_candidates


@pytest.fixture
def patch(tmp_path):
    write_candidates(tmp_path / "PATCH_1", 40, byte_order=">")
    return tmp_path / "PATCH_1"


def read(patch, n_interferogram=3):
    return read_candidates(patch, byte_order=">", n_interferogram=n_interferogram)


def truncate(path, bytes_off):
    path.write_bytes(path.read_bytes()[:-bytes_off])


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_both_byte_orders_give_the_same_values(tmp_path, byte_order):
    write_candidates(tmp_path, 40, byte_order=byte_order)
    found = read_candidates(tmp_path, byte_order=byte_order, n_interferogram=3)
    assert found.ij.shape == (40, 3) and found.ph.shape == (3, 40)
    np.testing.assert_allclose(found.lonlat.mean(axis=0), [14.2, 40.8], atol=0.01)
    assert found.hgt.dtype == found.lonlat.dtype == found.d_a.dtype == np.float64
    assert np.isfinite(found.ph).all()


def test_positions_keep_their_single_precision_values(patch):
    stored = np.fromfile(patch / "pscands.1.ll", dtype=">f4").reshape(-1, 2)
    np.testing.assert_array_equal(read(patch).lonlat, stored)


def test_a_truncated_phase_file_is_refused_with_both_sizes(patch):
    truncate(patch / "pscands.1.ph", 8)
    expected = r"pscands.1.ph: found 952 bytes, expected 960 for 40 candidates x 3 interferograms"
    with pytest.raises(ArtifactError, match=expected):
        read(patch)


def test_another_number_of_interferograms_is_refused(patch):
    with pytest.raises(ArtifactError, match=r"expected 1280 for 40 candidates x 4 interf"):
        read(patch, n_interferogram=4)


@pytest.mark.parametrize(("suffix", "expected"), [("ll", 320), ("hgt", 160)])
def test_a_truncated_file_is_refused(patch, suffix, expected):
    truncate(patch / f"pscands.1.{suffix}", 4)
    with pytest.raises(ArtifactError, match=rf"pscands.1.{suffix}: found \d+ bytes, .* {expected}"):
        read(patch)


def test_a_list_of_positions_of_other_length_is_refused(patch):
    lines = (patch / "pscands.1.ij").read_text().splitlines()
    (patch / "pscands.1.ij").write_text("\n".join(lines[:-1]))
    with pytest.raises(ArtifactError, match=r"pscands.1.ll: found 320 bytes, expected 312 for 39"):
        read(patch)


def test_another_number_of_dispersions_is_refused(patch):
    (patch / "pscands.1.da").write_text("0.1\n0.2\n")
    with pytest.raises(ArtifactError, match=r"pscands.1.da: found 2 values, expected 40"):
        read(patch)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2\n2 3\n3 4\n", r"found 6 numbers in 3 lines, expected 3 in each"),
        ("1 2 x\n", r"not a number"),
        ("1 2 3\n2 -1 4\n", r"line 2 holds position \[-1.0, 4.0\]"),
        ("1 2 3.5\n", r"line 1 holds position \[2.0, 3.5\]"),
        ("1 nan 3\n", r"line 1 holds position"),
    ],
)
def test_a_list_of_positions_that_is_none_is_refused(patch, text, message):
    (patch / "pscands.1.ij").write_text(text)
    with pytest.raises(ArtifactError, match=message):
        read(patch)


@pytest.mark.parametrize("suffix", ["ij", "ll", "ph"])
def test_a_missing_file_is_named(patch, suffix):
    (patch / f"pscands.1.{suffix}").unlink()
    with pytest.raises(ArtifactError, match=rf"pscands.1.{suffix}: file is missing"):
        read(patch)


def test_heights_and_dispersions_may_be_missing(patch):
    (patch / "pscands.1.hgt").unlink()
    (patch / "pscands.1.da").unlink()
    found = read(patch)
    assert found.hgt is None and found.d_a is None


def test_positions_in_the_other_byte_order_are_noticed(patch):
    swapped = np.fromfile(patch / "pscands.1.ll", dtype=">f4").astype("<f4")
    swapped = np.where(np.arange(80) % 2, np.float32(3e20), swapped).astype(">f4")
    swapped.tofile(patch / "pscands.1.ll")
    with pytest.raises(ArtifactError, match="byte order does not fit"):
        read(patch)


@pytest.mark.parametrize("text", ["", "\n"])
def test_no_candidates_are_read_from_empty_and_missing_files(patch, text):
    for path in patch.iterdir():
        path.unlink()
    (patch / "pscands.1.ij").write_text(text)
    (patch / "pscands.1.ph").touch()
    found = read(patch)
    assert found.n == 0 and found.lonlat.shape == (0, 2) and found.ph.shape == (3, 0)
    assert found.hgt.shape == found.d_a.shape == (0,)


def test_values_without_candidates_are_refused(patch):
    (patch / "pscands.1.ij").write_text("")
    with pytest.raises(ArtifactError, match=r"pscands.1.ll: found 320 bytes, expected 0 for 0"):
        read(patch)
