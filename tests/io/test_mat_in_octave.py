"""MAT files with Octave as a witness: what we write, and what it writes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from artifact_examples import EXAMPLES
from octave import needs_octave, run_octave, what_octave_sees
from stage_comparison import compare

from pystamps.io.artifacts import to_variables
from pystamps.io.mat import read_mat, write_mat


def as_octave(value) -> tuple:
    """The same summary of one of our variables."""
    is_sparse = scipy.sparse.issparse(value)
    if isinstance(value, str):
        array, kind = np.array([[ord(letter) for letter in value]]), "char"
    else:
        array = value.toarray() if is_sparse else np.atleast_2d(np.asarray(value))
        kind = {"bool": "logical", "float32": "single", "complex64": "single"}.get(
            array.dtype.name, "double"
        )
    x = array.ravel(order="F").astype(np.complex128)
    x[np.isnan(x)] = 0.5
    x[np.isinf(x)] = 0.75
    total = complex(np.sum(x * (np.arange(1, x.size + 1) % 97 + 1)))
    return kind, f"[{' '.join(map(str, array.shape))}]", is_sparse, total


@pytest.mark.slow
@needs_octave
def test_octave_sees_every_artifact_with_class_size_and_values(tmp_path):
    expected = {}
    for number, (kind, example) in enumerate(EXAMPLES.items()):
        name = f"a{number}_{kind.__name__}.mat"
        write_mat(tmp_path / name, to_variables(example), compress=bool(number % 2))
        expected |= {(name, key): as_octave(v) for key, v in to_variables(example).items()}
    seen = what_octave_sees(tmp_path, sorted({name for name, _ in expected}))
    assert seen.keys() == expected.keys()
    for key, (kind, size, is_sparse, total) in expected.items():
        found = seen[key]
        assert (found.kind, found.size, found.is_sparse) == (kind, size, is_sparse), key
        assert found.total == pytest.approx(total, rel=1e-9, abs=1e-9), key


@pytest.mark.slow
@needs_octave
def test_octave_sees_the_numbers_of_v73_files(tmp_path):
    """Octave reads v7.3 as plain HDF5: no empty, sparse or text variables, single as double."""
    expected = {}
    for kind, example in EXAMPLES.items():
        name = f"{kind.__name__}.mat"
        variables = {
            key: value
            for key, value in to_variables(example).items()
            if not (isinstance(value, str) or scipy.sparse.issparse(value) or np.size(value) == 0)
        }
        write_mat(tmp_path / name, variables, version="7.3")
        expected |= {(name, key): as_octave(value) for key, value in variables.items()}
    seen = what_octave_sees(tmp_path, sorted({name for name, _ in expected}))
    assert seen.keys() == expected.keys()
    for key, (_, size, _, total) in expected.items():
        assert seen[key].size == size, key
        assert seen[key].total == pytest.approx(total, rel=1e-9, abs=1e-9), key


@pytest.mark.slow
@needs_octave
@pytest.mark.parametrize("option", ["-v4", "-v6", "-v7"])
def test_what_octave_writes_is_read(tmp_path, option):
    script = f"""
    d = [1 2; 3 NaN]; z = single([1+2i; 3-4i]); t = 'hello'; e = zeros(0, 3); i8 = int8([1 2 3]);
    m = logical([1 0 1]); s = sparse([1 0; 0 2.5]); whole = 1:5;
    zd = complex([1 2], [0 0.5]);
    if strcmp('{option}', '-v4')
      save('{option}', 'o.mat', 'd', 't', 'whole', 'zd');
    else
      save('{option}', 'o.mat', 'd', 'z', 't', 'e', 'i8', 'm', 's', 'whole', 'zd');
    end
    """
    run_octave(tmp_path, script)
    expected = {
        "d": np.array([[1.0, 2.0], [3.0, np.nan]]),
        "z": np.array([[1 + 2j], [3 - 4j]], dtype=np.complex64),
        "t": "hello",
        "e": np.zeros((0, 3)),
        "i8": np.array([[1, 2, 3]], dtype=np.int8),
        "m": np.array([[True, False, True]]),
        "s": scipy.sparse.csc_array([[1.0, 0.0], [0.0, 2.5]]),
        "whole": np.arange(1.0, 6.0)[None],
        "zd": np.array([[1.0, 2.0 + 0.5j]]),
    }
    found = read_mat(tmp_path / "o.mat")
    assert set(found) == (set(expected) if option != "-v4" else {"d", "t", "whole", "zd"})
    for name, value in found.items():
        assert compare(value, expected[name]) == ("", 0.0), name
