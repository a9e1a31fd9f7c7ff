"""MAT files: classes, shapes, versions, damage and concurrent writers."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from stage_comparison import compare

from pystamps.errors import ArtifactError
from pystamps.io import atomic, mat
from pystamps.io.atomic import temporary_beside, temporary_name
from pystamps.io.mat import describe_mat, existing_mat_file, read_mat, stored_rows, write_mat
from pystamps.rows import Rows

FLOATS = ("float64", "float32", "complex64", "complex128")
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
SHAPES = ((1, 1), (5, 1), (1, 4), (4, 3), (3, 2, 2), (0, 0), (0, 7), (3, 0))
VERSIONS = pytest.mark.parametrize("version", ["5", "7.3"])
SCIPY_DATA = Path(scipy.io.matlab.__file__).parent / "tests" / "data"


def array_of(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    random = np.random.default_rng(7)
    values = random.integers(0, 2 if dtype == "bool" else 100, shape).astype(np.float64)
    if dtype in FLOATS:
        values = values / 7
        values.flat[:1] = np.nan
    if dtype.startswith("complex"):
        values = values + 1j * random.standard_normal(shape)
    return values.astype(dtype)


@VERSIONS
@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS, "bool"])
def test_every_class_and_shape_comes_back(tmp_path, dtype, version, compress):
    path = tmp_path / "all.mat"
    given = {"x" + "_".join(map(str, shape)): array_of(dtype, shape) for shape in SHAPES}
    write_mat(path, given, version=version, compress=compress)
    found = read_mat(path)
    assert list(found) == list(given) or version == "7.3"  # HDF5 lists names alphabetically
    for name, array in given.items():
        if version == "7.3" and array.size == 0 and array.dtype.kind == "c":
            array = array.real  # an empty v7.3 array has a class but no imaginary part
        assert compare(found[name], array) == ("", 0.0), name
        assert found[name].flags.f_contiguous
    shapes = {name: shape for name, (shape, _) in describe_mat(path).items()}
    assert shapes == {name: array.shape for name, array in given.items()}


@VERSIONS
@pytest.mark.parametrize("compress", [False, True])
def test_no_time_of_day_is_in_a_file_so_that_equal_results_are_equal_files(
    tmp_path, monkeypatch, version, compress
):
    given = {"m": array_of("float32", (4, 3)), "text": "v-do", "s": scipy.sparse.eye(3).tocsc()}
    for name, moment in (("one.mat", 1.0e9), ("other.mat", 1.7e9)):
        monkeypatch.setattr("time.asctime", lambda moment=moment: f"at {moment}")  # SciPy asks it
        write_mat(tmp_path / name, given, version=version, compress=compress)
    assert (tmp_path / "one.mat").read_bytes() == (tmp_path / "other.mat").read_bytes()
    header = (tmp_path / "one.mat").read_bytes()[:116].decode()
    assert header.startswith("MATLAB") and "Created" not in header and " at " not in header
    if version == "7.3":
        with h5py.File(tmp_path / "one.mat") as file:
            assert {h5py.h5g.get_objinfo(item.id).mtime for item in file.values()} == {0}


@VERSIONS
def test_vectors_and_python_numbers_become_what_matlab_would_make_of_them(tmp_path, version):
    path = tmp_path / "numbers.mat"
    numbers = {"n": 3, "flag": True, "x": 1.5, "single": np.float32(2), "list": [1.0, 2.0, 3.0]}
    write_mat(path, numbers, version=version)
    found = read_mat(path)
    assert {name: (str(v.dtype), v.shape) for name, v in found.items()} == {
        "n": ("float64", (1, 1)),
        "flag": ("bool", (1, 1)),
        "x": ("float64", (1, 1)),
        "single": ("float32", (1, 1)),
        "list": ("float64", (3, 1)),
    }


@VERSIONS
@pytest.mark.parametrize("text", ["PATCH_1", "", "y", "grün ü 日本"])
def test_text_comes_back(tmp_path, text, version):
    path = tmp_path / "text.mat"
    write_mat(path, {"text": text}, version=version)
    assert read_mat(path) == {"text": text}


@VERSIONS
@pytest.mark.parametrize(
    "matrix",
    [
        scipy.sparse.random(6, 5, 0.4, random_state=1, format="csr"),
        scipy.sparse.csc_array((4, 3)),
        scipy.sparse.csc_array(np.eye(3) > 0),
        scipy.sparse.csc_array(np.diag([1 + 2j, 3.0, 0.0])),
    ],
    ids=["double", "nothing stored", "logical", "complex"],
)
def test_sparse_arrays_come_back(tmp_path, matrix, version):
    path = tmp_path / "sparse.mat"
    write_mat(path, {"spread": matrix}, version=version)
    found = read_mat(path)["spread"]
    assert isinstance(found, scipy.sparse.csc_array)
    assert compare(found, matrix) == ("", 0.0)


@VERSIONS
def test_only_the_wanted_variables_are_read(tmp_path, version):
    path = tmp_path / "pm1.mat"
    write_mat(path, {"a": np.ones(3), "b": np.ones((2, 2)), "c": 1.0}, version=version)
    assert set(read_mat(path, ["b", "missing"])) == {"b"}
    assert read_mat(path, []) == {}


@pytest.mark.parametrize("names", [None, ["master_ix"], ["n_ps", "master_ix"]])
def test_the_last_of_two_equal_names_is_taken(tmp_path, names):
    path = tmp_path / "ps1.mat"
    with path.open("wb") as stream:
        scipy.io.savemat(stream, {"master_ix": 3.0, "n_ps": 7.0})
        scipy.io.savemat(tmp_path / "second.mat", {"master_ix": 4.0})
        stream.write((tmp_path / "second.mat").read_bytes()[128:])
    assert read_mat(path, names)["master_ix"].item() == 4.0


def test_whole_doubles_stored_as_bytes_are_doubles_again(tmp_path):
    """MATLAB and Octave store them so; SciPy alone would give uint8."""
    path = tmp_path / "bytes.mat"
    scipy.io.savemat(path, {"x": np.array([[1.0, 2.0]])})
    raw = bytearray(path.read_bytes())
    start = 128 + 8 + 16 + 16 + 8  # header, matrix tag, flags, size, short name
    raw[start : start + 24] = bytes([2, 0, 2, 0, 1, 2, 0, 0])
    raw[128:136] = (1).to_bytes(4, "little") and raw[128:132] + (16 + 16 + 8 + 8).to_bytes(
        4, "little"
    )
    path.write_bytes(raw)
    found = read_mat(path)["x"]
    assert found.dtype == np.float64
    assert found.tolist() == [[1.0, 2.0]]


def test_octave_file_without_suffix_is_found(tmp_path):
    write_mat(tmp_path / "psver", {"psver": 2.0})
    assert existing_mat_file(tmp_path / "psver.mat") == tmp_path / "psver"
    assert read_mat(tmp_path / "psver.mat")["psver"].item() == 2
    write_mat(tmp_path / "psver.mat", {"psver": 1.0})
    assert read_mat(tmp_path / "psver.mat")["psver"].item() == 1


@pytest.mark.parametrize("name", ["testcell_7.4_GLNX86", "teststruct_6.1_SOL2", "sqr"])
def test_what_is_no_array_is_left_out_and_refused_by_name(name):
    path = SCIPY_DATA / f"{name}.mat"
    if not path.is_file():
        pytest.skip("SciPy is installed without its test files")
    ((variable, (_, kind)),) = describe_mat(path).items()
    assert read_mat(path) == {}
    with pytest.raises(ArtifactError, match=f"{variable} is a {kind}, expected an array"):
        read_mat(path, [variable])


@pytest.mark.parametrize(
    ("name", "variable", "dtype", "shape"),
    [
        ("testcomplex_4.2c_SOL2", "testcomplex", "complex128", (1, 9)),
        ("testcomplex_7.4_GLNX86", "testcomplex", "complex128", (1, 9)),
        ("testmatrix_4.2c_SOL2", "testmatrix", "float64", (3, 5)),
        ("testsparse_6.1_SOL2", "testsparse", "float64", (3, 5)),
        ("testsparsecomplex_4.2c_SOL2", "testsparsecomplex", "complex128", (3, 5)),
        ("logical_sparse", "sp_log_5_4", "bool", (5, 4)),
        ("testbool_8_WIN64", "testbools", "bool", (2, 1)),
        ("big_endian", "floats", "float32", (2, 2)),
    ],
)
def test_files_of_old_and_new_matlab_are_read(name, variable, dtype, shape):
    path = SCIPY_DATA / f"{name}.mat"
    if not path.is_file():
        pytest.skip("SciPy is installed without its test files")
    found = read_mat(path, [variable])[variable]
    assert found.dtype == np.dtype(dtype)
    assert found.dtype.isnative
    assert found.shape == shape


@pytest.mark.parametrize(("version", "compress"), [("5", False), ("5", True), ("7.3", False)])
def test_a_truncated_file_gives_one_line_with_its_name(tmp_path, version, compress):
    path = tmp_path / "ph1.mat"
    write_mat(path, {"ph": array_of("complex64", (40, 9))}, version=version, compress=compress)
    whole = path.read_bytes()
    for size in {0, 1, 60, 127, 129, 140, 200, *range(256, len(whole), 211), len(whole) - 1}:
        path.write_bytes(whole[:size])
        with pytest.raises(ArtifactError, match=r"ph1\.mat: cannot be read") as caught:
            read_mat(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["corrupted_zlib_data", "corrupted_zlib_checksum", "malformed1"])
def test_a_damaged_file_gives_one_line_with_its_name(name):
    path = SCIPY_DATA / f"{name}.mat"
    if not path.is_file():
        pytest.skip("SciPy is installed without its test files")
    with pytest.raises(ArtifactError, match=f"{name}.mat: cannot be read"):
        read_mat(path)


def test_text_and_missing_files_are_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"nothing\.mat: file is missing"):
        read_mat(tmp_path / "nothing.mat")
    (tmp_path / "text.mat").write_text("# Created by Octave\n# name: x\n" * 20)
    with pytest.raises(ArtifactError, match=r"text\.mat: cannot be read"):
        read_mat(tmp_path / "text.mat")


def test_an_hdf5_file_of_another_program_is_read_as_far_as_it_holds_numbers(tmp_path):
    path = tmp_path / "plain.mat"
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(6.0).reshape(2, 3)
        file["z"] = np.array([[1 + 2j]], dtype=np.complex64)
        file.create_group("group")
    found = read_mat(path)
    assert set(found) == {"x", "z"}
    assert found["x"].shape == (3, 2)
    assert found["z"].dtype == np.complex64


def test_a_variable_above_the_limit_of_v5_makes_the_file_v73(tmp_path, monkeypatch):
    monkeypatch.setattr(mat, "V5_LIMIT_BYTES", 1000)
    write_mat(tmp_path / "small.mat", {"x": np.zeros(100)})
    write_mat(tmp_path / "large.mat", {"x": np.zeros(200)})
    assert (tmp_path / "small.mat").read_bytes().startswith(b"MATLAB 5.0")
    assert (tmp_path / "large.mat").read_bytes().startswith(b"MATLAB 7.3")
    assert read_mat(tmp_path / "large.mat")["x"].shape == (200, 1)


@pytest.mark.parametrize("version", ["5", "7.3"])
@pytest.mark.parametrize(
    "dtype", ["complex64", "complex128", "float32", "float64", "bool", "int16"]
)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(11, 17), (17, 1), (3, 4, 5)])
def test_large_arrays_are_written_and_read_in_blocks(
    tmp_path, monkeypatch, version, dtype, order, shape
):
    monkeypatch.setattr("pystamps.rows._BLOCK_BYTES", 300)
    monkeypatch.setattr("pystamps.rows._SHORTEST_STRETCH", 1)
    given = np.asarray(array_of(dtype, shape), order=order)
    write_mat(tmp_path / "ph.mat", {"ph": given, "behind": 7.0}, version=version)
    found = read_mat(tmp_path / "ph.mat")
    assert compare(found["ph"], given) == ("", 0.0)
    assert found["behind"].item() == 7.0
    rows = stored_rows(tmp_path / "ph.mat", "ph")
    if given.ndim == 2:
        assert compare(np.asarray(rows), given) == ("", 0.0)
        assert compare(rows[3:9], given[3:9]) == ("", 0.0)
        assert rows[9:5].shape == (0, shape[1])


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_rows_that_are_computed_while_written_give_the_file_of_the_array(
    tmp_path, monkeypatch, version
):
    monkeypatch.setattr("pystamps.rows._BLOCK_BYTES", 100)
    monkeypatch.setattr("pystamps.rows._SHORTEST_STRETCH", 1)
    given = array_of("complex64", (13, 5))
    asked: list[slice] = []

    def give(rows: slice):
        asked.append(rows)
        return given[rows]

    write_mat(tmp_path / "x.mat", {"x": Rows(given.shape, given.dtype, give)}, version=version)
    assert compare(read_mat(tmp_path / "x.mat")["x"], given) == ("", 0.0)
    assert len(asked) == 7
    with pytest.raises(IndexError, match="whole stretches"):
        Rows(given.shape, given.dtype, give)[::2]


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_wide_matrices_are_handled_as_a_whole_because_pieces_would_be_tiny(
    tmp_path, monkeypatch, version
):
    monkeypatch.setattr("pystamps.rows._BLOCK_BYTES", 100)
    given = array_of("float32", (3, 2000))
    lazy = Rows(given.shape, given.dtype, lambda rows: given[rows])
    write_mat(tmp_path / "x.mat", {"x": given, "y": lazy}, version=version)
    found = read_mat(tmp_path / "x.mat")
    assert compare(found["x"], given) == ("", 0.0)
    assert compare(found["y"], given) == ("", 0.0)
    assert stored_rows(tmp_path / "x.mat", "x") is None


def test_scipy_reads_what_is_written_in_blocks_and_agrees(tmp_path):
    given = {
        "ph": array_of("complex64", (300, 7)),
        "name": "text",
        "keep_ix": array_of("bool", (9, 1)),
        "G": scipy.sparse.csc_array(np.eye(4)),
        "nothing": np.zeros((0, 5), dtype=np.float32),
        "one": 1.0,
    }
    write_mat(tmp_path / "x.mat", given)
    found = scipy.io.loadmat(tmp_path / "x.mat", chars_as_strings=True)
    assert compare(found["ph"], given["ph"]) == ("", 0.0)
    assert found["name"].item() == "text"
    assert np.array_equal(found["keep_ix"], given["keep_ix"])
    assert np.array_equal(found["G"].toarray(), np.eye(4))
    assert found["nothing"].shape == (0, 5)
    assert found["one"].item() == 1.0


def test_variables_that_are_no_plain_matrix_have_no_rows_to_read_one_by_one(tmp_path):
    write_mat(tmp_path / "x.mat", {"text": "abc", "cube": np.zeros((2, 3, 4))})
    write_mat(tmp_path / "packed.mat", {"x": np.zeros((2, 3))}, compress=True)
    assert stored_rows(tmp_path / "x.mat", "text") is None
    assert stored_rows(tmp_path / "x.mat", "cube") is None
    assert stored_rows(tmp_path / "x.mat", "absent") is None
    assert stored_rows(tmp_path / "packed.mat", "x") is None


def test_v73_files_carry_the_conventions_of_matlab(tmp_path):
    path = tmp_path / "conventions.mat"
    variables = {
        "ph": array_of("complex64", (4, 3)),
        "mask": array_of("bool", (4, 1)),
        "text": "ab",
        "none": np.zeros((0, 5), dtype=np.float32),
        "spread": scipy.sparse.csc_array(np.diag([1.0, 0.0, 2.0])),
    }
    write_mat(path, variables, version="7.3")
    header = path.read_bytes()[:512]
    assert header[:23] == b"MATLAB 7.3 MAT-file, Pl"
    assert header[116:128] == bytes(8) + b"\x00\x02IM"
    with h5py.File(path) as file:
        assert file.userblock_size == 512
        attributes = {name: dict(item.attrs) for name, item in file.items()}
        assert file["ph"].dtype == np.dtype([("real", "<f4"), ("imag", "<f4")])
        assert file["ph"].shape == (3, 4)
        assert file["none"][()].tolist() == [0, 5]
        assert set(file["spread"]) == {"data", "ir", "jc"}
    assert attributes == {
        "ph": {"MATLAB_class": b"single"},
        "mask": {"MATLAB_class": b"logical", "MATLAB_int_decode": 1},
        "text": {"MATLAB_class": b"char", "MATLAB_int_decode": 2},
        "none": {"MATLAB_class": b"single", "MATLAB_empty": 1},
        "spread": {"MATLAB_class": b"double", "MATLAB_sparse": 3},
    }


@pytest.mark.parametrize("value", [None, np.array(["a", "b"]), np.float16(1), {"a": 1}])
def test_what_matlab_cannot_hold_is_a_programming_error(tmp_path, value):
    with pytest.raises(TypeError, match=r"x: a .* array has no MATLAB class"):
        write_mat(tmp_path / "x.mat", {"x": value})
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_version_is_refused(tmp_path):
    with pytest.raises(ValueError, match="version='7' is no MAT version"):
        write_mat(tmp_path / "x.mat", {"x": 1.0}, version="7")


def test_writing_replaces_the_whole_file(tmp_path):
    path = tmp_path / "x.mat"
    write_mat(path, {"a": 1.0, "b": 2.0})
    write_mat(path, {"b": 3.0}, version="7.3")
    assert set(read_mat(path)) == {"b"}


def test_an_interrupted_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.mat"
    write_mat(path, {"a": 1.0})
    with pytest.raises(KeyboardInterrupt), temporary_beside(path) as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.mat"]
    assert read_mat(path)["a"].item() == 1


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "parms.mat"
    write_mat(path, {"name": "before", "ramp": np.arange(9.0)})
    contents = mat.contents

    def contents_and_then_another_file(there):
        found = contents(there)
        if read_before:
            read_before.pop()
            write_mat(there, {"ramp": np.arange(5.0), "name": "afterwards"})
        return found

    read_before = [True]
    monkeypatch.setattr(mat, "contents", contents_and_then_another_file)
    found = read_mat(path)
    assert found["name"] == "afterwards" and found["ramp"].size == 5


def test_concurrent_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "x.mat"
    start = threading.Barrier(6)

    def write(number: int) -> None:
        start.wait()
        for _ in range(5):
            with temporary_beside(path) as temporary:
                temporary.write_bytes(bytes([number]) * 100_000)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(path.read_bytes())) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.mat"]


def test_what_a_killed_job_left_is_deleted_by_a_later_writer_of_the_same_file(tmp_path):
    path, other = tmp_path / "x.mat", tmp_path / "y.mat"
    old, young, foreign = temporary_name(path), temporary_name(path), temporary_name(other)
    for leftover in (old, young, foreign):
        leftover.write_bytes(b"half")
    long_ago = old.stat().st_mtime - atomic.STALE_AFTER_S - 60
    for leftover in (old, foreign):
        os.utime(leftover, (long_ago, long_ago))
    write_mat(path, {"x": 1.0})
    assert {entry.name for entry in tmp_path.iterdir()} == {"x.mat", young.name, foreign.name}
