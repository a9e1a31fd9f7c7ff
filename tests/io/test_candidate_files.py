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


def swapped(path, part=slice(None)):
    values = np.fromfile(path, "u4")
    values[part] = values[part].byteswap()
    values.tofile(path)


def filled(path, record, value, dtype=">f4"):
    values = np.fromfile(path, dtype)
    values[record] = value
    values.tofile(path)


DAMAGE = {
    "positions swapped": (
        lambda p: swapped(p / "pscands.1.ll"),
        r"\.ll: positions make sense in the other byte order only: record 1 holds .* with bytes "
        r"swapped 14\.2.* expected big-endian degrees.*run the preparation"),
    "half of the positions swapped": (
        lambda p: swapped(p / "pscands.1.ll", slice(40, None)),
        r"\.ll: 2\d of 40 positions .* the first is record 2\d: .*expected degrees"),
    "positions of another scene": (
        lambda p: filled(p / "pscands.1.ll", slice(0, 30), 60.0),
        r"\.ll: 15 of 40 positions .* record 1: \[60\.0, 60\.0\]"),
    "heights swapped": (
        lambda p: swapped(p / "pscands.1.hgt"),
        r"\.hgt: heights make sense in the other byte order only: record 1 holds"),
    "a height of stray bits": (
        lambda p: filled(p / "pscands.1.hgt", 7, 3e-39),
        r"\.hgt: record 8 holds 3e-39 \(1 of 40 such values\), expected heights in m"),
    "a height beyond all": (
        lambda p: filled(p / "pscands.1.hgt", 39, -2e5),
        r"\.hgt: record 40 holds -200000 .*at most 100000"),
    "an infinite height": (
        lambda p: filled(p / "pscands.1.hgt", 0, np.inf), r"\.hgt: record 1 holds inf"),
    "phases swapped": (
        lambda p: swapped(p / "pscands.1.ph"),
        r"\.ph: phases make sense in the other byte order only: interferogram 1, candidate 1 "
        "holds"),
    "some phases swapped": (
        lambda p: swapped(p / "pscands.1.ph", slice(100, 120)),
        r"\.ph: interferogram 2, candidate \d+ holds .*of 40 there\), expected complex numbers"),
    "a phase of stray bits": (
        lambda p: filled(p / "pscands.1.ph", 85, 1e30j, ">c8"),
        r"\.ph: interferogram 3, candidate 6 holds 0\+1e\+30j \(1 of 40 there\)"),
    "a negative dispersion": (
        lambda p: changed_line(p / "pscands.1.da", 4, "-0.2"),
        r"\.da: line 5 holds -0\.2 \(1 of 40 such values\), expected an amplitude dispersion"),
    "a dispersion that is none": (
        lambda p: changed_line(p / "pscands.1.da", 0, "nan"), r"\.da: line 1 holds nan"),
    "a dispersion beyond all": (
        lambda p: changed_line(p / "pscands.1.da", 2, "1e9"), r"\.da: line 3 holds 1e\+09"),
    "two lines exchanged": (
        lambda p: exchanged_lines(p / "pscands.1.ij", 10, 11),
        r"\.ij: line 12 holds number 11 after 12, expected numbers that ascend"),
    "a line twice": (
        lambda p: repeated_line(p / "pscands.1.ij", 10),
        r"\.ij: line 12 holds number 11 after 11"),
    "a binary list of others": (
        lambda p: binary_list(p, change=23),
        r"\.ij\.int: record 24 names line and sample .* \(1 of 40 records differ\)"),
    "a binary list cut off": (
        lambda p: [binary_list(p), truncate(p / "pscands.1.ij.int", 8)],
        r"\.ij\.int: found 312 bytes, expected 320 for the 40 candidates"),
}  # fmt: skip


def changed_line(path, number, text):
    lines = path.read_text().splitlines()
    lines[number] = text
    path.write_text("\n".join(lines) + "\n")


def exchanged_lines(path, one, other):
    lines = path.read_text().splitlines()
    lines[one], lines[other] = lines[other], lines[one]
    path.write_text("\n".join(lines) + "\n")


def repeated_line(path, number):
    lines = path.read_text().splitlines()
    lines[number + 1] = lines[number]
    path.write_text("\n".join(lines) + "\n")


def binary_list(patch, change=None):
    places = np.loadtxt(patch / "pscands.1.ij", dtype=int)[:, [2, 1]].astype(">i4")
    if change is not None:
        places[change] += 3
    places.tofile(patch / "pscands.1.ij.int")


@pytest.mark.parametrize("case", DAMAGE)
def test_values_that_cannot_be_are_refused_with_file_record_found_and_expected(patch, case):
    damage, message = DAMAGE[case]
    damage(patch)
    with pytest.raises(ArtifactError, match=message):
        read(patch)


def test_a_binary_list_of_the_same_candidates_is_no_fault(patch):
    binary_list(patch)
    assert read(patch).n == 40


def test_what_stamps_takes_is_taken_and_said(patch, caplog):
    filled(patch / "pscands.1.ll", slice(4, 6), 500.0)  # off the Earth
    filled(patch / "pscands.1.ll", slice(8, 10), 0.0)
    filled(patch / "pscands.1.hgt", 3, -32768.0)
    filled(patch / "pscands.1.hgt", 4, np.nan)
    filled(patch / "pscands.1.ph", 7, np.nan, ">c8")
    filled(patch / "pscands.1.ph", 8, 0, ">c8")
    assert read(patch).n == 40
    assert "1 of 40 positions are not on the Earth" in caplog.text
    assert "record 3: [500.0, 500.0]" in caplog.text


def test_positions_across_180_degrees_and_at_a_pole_are_near_each_other(patch, caplog):
    lonlat = np.fromfile(patch / "pscands.1.ll", ">f4").reshape(-1, 2)
    east = lonlat + np.float32([180 - 14.2, 0])
    east[::2, 0] -= np.where(east[::2, 0] > 180, np.float32(360), np.float32(0))
    polar = np.column_stack([np.linspace(-180, 180, 40), np.full(40, 89.0)])
    for positions in (east, polar):
        positions.astype(">f4").tofile(patch / "pscands.1.ll")
        assert read(patch).n == 40
    assert "not on the Earth" not in caplog.text
