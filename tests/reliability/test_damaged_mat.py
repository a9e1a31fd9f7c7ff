"""Damaged and forged MAT files: one line with the name, quickly, and no other reader is asked."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from pystamps.errors import ArtifactError
from pystamps.io.mat import describe_mat, read_mat, stored_rows

EXAMPLES = Path(scipy.io.__file__).parent / "matlab" / "tests" / "data"
"""Files of many versions of MATLAB that SciPy brings with it."""
MATRIX = np.arange(12.0).reshape(4, 3)


def plain(path: Path, *, compressed: bool = False) -> bytes:
    values = {"x": MATRIX, "s": scipy.sparse.csc_matrix(np.eye(4)), "t": "text"}
    scipy.io.savemat(path, values, do_compression=compressed)
    return path.read_bytes()


def refused(path: Path, content: bytes) -> str:
    """Give the message of every way to read a file, all of them one line with its name."""
    path.write_bytes(content)
    start = time.process_time()
    for read in (read_mat, describe_mat, lambda p: stored_rows(p, "x")):
        with pytest.raises(ArtifactError) as caught:
            read(path)
        message = str(caught.value)
        assert message.startswith(f"{path}: ") and "\n" not in message
    assert time.process_time() - start < 2
    return message


FORGED = {
    "the size of a variable is larger than the file": (132, "<I", (0xFFFFFFF0,)),
    "the size of a variable is 0": (132, "<I", (0,)),
    "dimensions of 2^31 by 2^31": (160, "<ii", (2**31 - 1, 2**31 - 1)),
    "negative dimensions": (160, "<ii", (-5, 3)),
    "dimensions without end": (156, "<I", (0x7FFFFFF8,)),
    "a complex flag without an imaginary part": (145, "<B", (8,)),
    "a plain variable that says it is compressed": (128, "<I", (15,)),
    "an element of an unknown type": (128, "<I", (77,)),
    "a version that there is not": (124, "<H", (0x0900,)),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_head_is_refused(tmp_path: Path, kind: str) -> None:
    place, form, values = FORGED[kind]
    content = bytearray(plain(tmp_path / "a.mat"))
    struct.pack_into(form, content, place, *values)
    refused(tmp_path / "a.mat", bytes(content))


def test_bytes_behind_the_last_variable_are_damage(tmp_path: Path) -> None:
    content = plain(tmp_path / "a.mat")
    refused(tmp_path / "a.mat", content + bytes(range(200)))
    refused(tmp_path / "a.mat", content[:-1])


def test_a_variable_that_would_unpack_to_gigabytes_is_refused(tmp_path: Path) -> None:
    content = plain(tmp_path / "a.mat")
    size = struct.unpack_from("<I", content, 132)[0]
    packer = zlib.compressobj(9)
    packed = packer.compress(struct.pack("<II", 14, 0xF0000000) + content[136 : 136 + size])
    packed += packer.compress(bytes(1 << 26)) + packer.flush()
    forged = content[:128] + struct.pack("<II", 15, len(packed)) + packed
    assert "do not fit" in refused(tmp_path / "a.mat", forged)


def test_packed_in_packed_and_cut_packing_are_refused(tmp_path: Path) -> None:
    content = plain(tmp_path / "a.mat", compressed=True)
    size = struct.unpack_from("<I", content, 132)[0]
    once = content[128 : 136 + size]
    twice = zlib.compress(once)
    nested = content[:128] + struct.pack("<II", 15, len(twice)) + twice
    refused(tmp_path / "a.mat", nested)
    path = tmp_path / "b.mat"
    for cut in (20, size - 4):
        packed = once[8:cut]
        path.write_bytes(content[:128] + struct.pack("<II", 15, len(packed)) + packed)
        with pytest.raises(ArtifactError):
            read_mat(path)


def sparse_parts(content: bytes) -> Iterator[int]:
    """Give where the indices of the first sparse array lie."""
    yield content.index(np.arange(4, dtype="<i4").tobytes())
    yield content.index(np.arange(5, dtype="<i4").tobytes())


def test_indices_that_lead_out_of_a_sparse_array_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"s": scipy.sparse.csc_matrix(np.eye(4))})
    content = path.read_bytes()
    for place in sparse_parts(content):
        for value in (-1, 5, 2**31 - 1):
            forged = bytearray(content)
            struct.pack_into("<i", forged, place + 4, value)
            path.write_bytes(forged)
            with pytest.raises(ArtifactError, match="sparse"):
                read_mat(path)


def test_no_other_reader_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SciPy's compiled reader takes sizes of a damaged file for true."""

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("SciPy was asked")

    path = tmp_path / "a.mat"
    contents = [plain(path), plain(path, compressed=True)]
    scipy.io.savemat(path, {"x": MATRIX}, format="4")
    contents.append(path.read_bytes())
    for name in ("loadmat", "whosmat"):
        monkeypatch.setattr(scipy.io, name, asked)
    for content in contents:
        path.write_bytes(content)
        assert np.array_equal(read_mat(path, ["x"])["x"], MATRIX)
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(ArtifactError):
            read_mat(path)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("test*.mat")), ids=lambda p: p.stem)
def test_files_of_matlab_are_read_as_scipy_reads_them(path: Path) -> None:
    try:
        wanted = {n for n, _, kind in scipy.io.whosmat(path) if n[:2] != "__"}
    except NotImplementedError:
        pytest.skip("SciPy reads no files of version 7.3")
    assert set(describe_mat(path)) == wanted - {""}
    expected = scipy.io.loadmat(path, spmatrix=False)
    for name, found in read_mat(path).items():
        if isinstance(found, str):
            assert found == "".join(expected[name].ravel())
        elif scipy.sparse.issparse(found):
            assert np.array_equal(found.toarray(), expected[name].toarray())
        elif found.dtype.kind == "U":
            assert found.tolist() == expected[name].tolist()
        else:
            assert found.shape == expected[name].shape
            assert np.array_equal(found, expected[name])


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order: str) -> None:
    name = "testcomplex_7.1_GLNX86.mat" if order == "<" else "testcomplex_6.1_SOL2.mat"
    assert read_mat(EXAMPLES / name)["testcomplex"].dtype == np.complex128
