"""Every statement about every variable of an artifact is checked when the file is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from artifact_examples import EXAMPLES

from pystamps import model
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import (
    artifact_name,
    read_artifact,
    read_rows,
    read_variable,
    to_variables,
)
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import write_mat
from pystamps.io.sizes import Sizes
from pystamps.io.statements import Variable
from pystamps.rows import Rows
from pystamps.verify import stage_of

Broken = Iterator[tuple[str, Any]]
VARIABLES = [(kind, name) for kind, layout in LAYOUTS.items() for name in layout.fields]
IDS = [f"{LAYOUTS[kind].base}-{name}" for kind, name in VARIABLES]


@cache
def full_example(kind: type) -> dict[str, Any]:
    """Variables of the example as arrays of two dimensions; what is empty or absent as zeros."""
    layout, sizes = LAYOUTS[kind], Sizes(n_secondary=3, n_candidates=3, n_deramped=2)
    variables = to_variables(EXAMPLES[kind])
    for variable in layout.fields.values():
        value = variables.get(variable.name)
        if isinstance(value, Rows):
            value = variables[variable.name] = np.asarray(value)
        if value is not None and variable.dims and 0 not in value.shape:
            shape = value.shape if len(variable.dims.split()) > 1 else (value.size,)
            for word, size in zip(variable.dims.split(), shape, strict=True):
                sizes.learn(word, size, "")
    for word in ("n_node", "n_listed"):
        sizes.learn(word, sizes.expected(word) or 2, "")
    for variable in layout.fields.values():
        shape = [sizes.expected(word) or 0 for word in variable.dims.split()]
        value = variables.get(variable.name)
        if value is None or (not isinstance(value, str) and 0 in value.shape):
            value = np.zeros(shape, dtype=variable.dtype) + int(variable.values.low > 0)
        if variable.one_based and value.ndim == 1:
            value = np.arange(1.0, value.size + 1)
        if isinstance(value, np.ndarray) and value.ndim < 2:
            value = value.reshape((1, -1) if variable.kind == "row" else (-1, 1))
        variables[variable.name] = value
    return variables


def shared_words(kind: type) -> set[str]:
    """Sizes that another variable of the file, or a number, says as well."""
    words = [w for v in LAYOUTS[kind].fields.values() for w in dict.fromkeys(v.dims.split())]
    counts = Counter(word.partition("-")[0] for word in words)
    counts.update(LAYOUTS[kind].sizes.values())
    return {w for w in words if w.isdigit() or counts[w.partition("-")[0]] > 1}


def wrong_shapes(kind: type, variable: Variable, value: Any) -> Broken:
    words, shared = variable.dims.split(), shared_words(kind)
    value = value.toarray() if variable.kind == "sparse" else value
    yield "four dimensions", np.stack([np.stack([value, value])] * 2)
    if len(words) < 2:
        yield "two columns", np.repeat(value.reshape(-1, 1), 2, axis=1)
        if not words or {*words} & shared:
            yield "longer", np.append(value, value[:1], axis=int(variable.kind == "row"))
        return
    for axis in (k for k, word in enumerate(words) if word in shared):
        yield f"more of axis {axis}", np.append(value, value.take([0], axis), axis)
    if value.shape[0] != value.shape[1] and {*words} <= shared:
        yield "transposed", np.swapaxes(value, 0, 1)


def wrong_classes(variable: Variable, value: Any) -> Broken:
    yield "text", "hello"
    whole = value.toarray() if variable.kind == "sparse" else value
    if variable.class_in_words == "complex numbers":
        yield "real", np.abs(whole) + 0.125
    else:
        yield "complex", np.nan_to_num(whole.astype(np.float64)) + 1j
    if variable.class_in_words != "logical values":
        yield "logical", whole.astype(bool)
    if variable.kind != "sparse" and whole.ndim == 2:
        yield "sparse", scipy.sparse.csc_array(whole)


def wrong_values(variable: Variable, value: Any) -> Broken:
    expected = variable.values
    value = value.toarray() if variable.kind == "sparse" else value
    wide = value.astype(np.promote_types(value.dtype, np.float64))

    def with_first(number: float) -> Any:
        return np.concatenate([[number], wide.ravel()[1:]]).reshape(wide.shape)

    wrong = {"minus infinite": -np.inf} | ({} if expected.is_infinite else {"infinite": np.inf})
    wrong |= {"NaN": np.nan} if expected.gaps == "none" else {}
    low, high = (v[0] if isinstance(v, tuple) else v for v in (expected.low, expected.high))
    wrong |= {"below": low - 1} if not isinstance(low, str) and low > -np.inf else {}
    wrong |= {"above": 2 * high + 1} if not isinstance(high, str) and high < np.inf else {}
    wrong |= {"a fraction": 1.5} if expected.is_whole else {}
    for label, number in wrong.items():
        yield label, with_first(number)
    if expected.is_ascending:
        yield "descending", np.flip(wide)
    if expected.gaps == "some":
        wide[:, -1] = np.nan
        yield "a column of NaN", wide


def broken_values(kind: type, name: str) -> Broken:
    variable, value = (
        LAYOUTS[kind].fields[name],
        full_example(kind)[LAYOUTS[kind].fields[name].name],
    )
    if variable.kind == "text":
        yield from [("another text", "maybe"), ("a number", np.ones((1, 1)))]
        return
    yield from wrong_shapes(kind, variable, value)
    yield from wrong_classes(variable, value)
    yield from wrong_values(variable, value)


@pytest.mark.parametrize("kind", LAYOUTS, ids=lambda kind: kind.__name__)
def test_an_artifact_with_all_its_variables_is_read(tmp_path, kind):
    write_mat(tmp_path / artifact_name(kind), full_example(kind))
    read_artifact(kind, tmp_path / artifact_name(kind))


@pytest.mark.parametrize(("kind", "name"), VARIABLES, ids=IDS)
def test_a_variable_that_breaks_a_statement_is_refused_by_name(tmp_path, kind, name):
    path, variable = tmp_path / artifact_name(kind, 1), LAYOUTS[kind].fields[name]
    own = rf"{variable.name} (is|has|holds) .+, expected .+"
    other = rf"\w+ (is|has) .+, expected .+ as in {variable.name}\)?"  # read after it
    said = rf"^{re.escape(str(path))}: ({own}|{other}); run stage \d again$"
    for label, value in broken_values(kind, name):
        write_mat(path, full_example(kind) | {variable.name: value})
        with pytest.raises(ArtifactError, match=said) as refused:
            read_artifact(kind, path)
            pytest.fail(f"{variable.name} with {label} is accepted")
        assert "\n" not in str(refused.value), label


def pairs_of_one_size() -> Iterator[tuple[type, str, str, str]]:
    """Give a variable, another one of the file, and a dimension that they share."""
    for kind, layout in LAYOUTS.items():
        arrays = {
            name: [word for word in variable.dims.split() if word.isidentifier()]
            for name, variable in layout.fields.items()
            if variable.kind in ("column", "row", "matrix") and not variable.optional
        }
        for name, words in arrays.items():
            partners = [
                (other, word)
                for other, others in arrays.items()
                for word in words
                if other != name and word in others
            ]
            yield from ((kind, name, *partner) for partner in partners[:1])


PAIRS = list(pairs_of_one_size())


@pytest.mark.parametrize(
    ("kind", "name", "other", "size"), PAIRS, ids=lambda item: getattr(item, "__name__", item)
)
def test_a_variable_that_is_not_read_has_to_fit_those_that_are(tmp_path, kind, name, other, size):
    """A file is of one piece: stage 4 refuses a select1 of which stage 5 reads the short part."""
    variable, path = LAYOUTS[kind].fields[name], tmp_path / artifact_name(kind, 1)
    good = full_example(kind)
    value = np.asarray(good[variable.name])
    if value.size == 0:
        value = np.ones((3, 4))
    axis = variable.dims.split().index(size) if variable.kind == "matrix" else value.shape.index(
        max(value.shape)
    )  # fmt: skip
    for label, wrong in (
        ("shorter", np.delete(value, -1, axis=axis)),
        ("longer", np.concatenate([value, np.take(value, [-1], axis=axis)], axis=axis)),
    ):
        write_mat(path, good | {variable.name: wrong})
        with pytest.raises(ArtifactError, match=rf"{variable.name} (has|is) .+, expected .+"):
            read_variable(kind, other, path)
            pytest.fail(f"{variable.name} is {label} and accepted")
    write_mat(path, good)
    read_variable(kind, other, path)


def test_every_variable_states_dimensions_and_every_property_is_stated_somewhere():
    variables = [variable for layout in LAYOUTS.values() for variable in layout.fields.values()]
    for variable in variables:
        assert bool(variable.dims) == (variable.kind in ("column", "row", "matrix", "sparse"))
        assert (len(variable.dims.split()) > 1) == (variable.kind in ("matrix", "sparse"))
        assert bool(variable.texts) == (variable.kind == "text"), variable.name
    properties = {label for kind, name in VARIABLES for label, _ in broken_values(kind, name)}
    assert len(properties) >= 16


@pytest.fixture
def tall_phase(tmp_path, monkeypatch):
    """A phase whose rows are read in many blocks; gives a function that damages and reads it."""
    monkeypatch.setattr("pystamps.rows._BLOCK_BYTES", 1000)
    path = tmp_path / "rc2.mat"

    def read(row: slice, value: complex) -> Any:
        ph = np.ones((700, 3), dtype=np.complex64) * np.complex64(1j)
        ph[row, 2] = value
        write_mat(path, {"ph_rc": ph, "ph_reref": np.zeros((0, 0))})
        monkeypatch.setattr("pystamps.io.mat.is_tall", lambda matrix: True)
        rows = read_rows(model.CorrectedPhase, "ph_rc", path)
        assert isinstance(rows, Rows)
        return rows

    return read


def test_rows_are_checked_when_they_are_asked_for(tall_phase):
    rows = tall_phase(slice(600, 601), np.inf)
    assert rows[:600].shape == (600, 3)
    with pytest.raises(ArtifactError, match=r"ph_rc is .*inf.* in pixel 601, interferogram 3,"):
        np.asarray(rows)


def test_a_gap_is_allowed_in_some_rows_but_not_in_all_of_them(tall_phase):
    assert np.isnan(np.asarray(tall_phase(slice(1, 700), np.nan))).sum() == 699
    rows = tall_phase(slice(0, 700), np.nan)
    assert np.isnan(rows[100:200][:, 2]).all()
    expected = r"ph_rc is NaN in interferogram 3 for all 700 pixels, expected numbers in some"
    with pytest.raises(ArtifactError, match=expected):
        np.asarray(rows)


def test_sizes_of_other_files_are_compared(tmp_path):
    path, ph = tmp_path / "ph1.mat", np.ones((4, 3)) * 1j
    write_mat(path, {"ph": ph})
    read_rows(model.Phase, "ph", path, Sizes("ps1.mat", n_ps=4, n_ifg=3))
    with pytest.raises(ArtifactError, match=r"ph has 4 rows, expected 5 \(n_ps = 5 as in ps1"):
        read_rows(model.Phase, "ph", path, Sizes("ps1.mat", n_ps=5, n_ifg=3))
    with pytest.raises(ArtifactError, match=r"ph is 4 x 3, expected 3 x 4 \(n_ps = 3 as in ps1"):
        read_rows(model.Phase, "ph", path, Sizes("ps1.mat", n_ps=3, n_ifg=4))


def test_artifacts_without_pixels_may_hold_means_over_nothing(tmp_path):
    variables = full_example(model.Pixels)
    nobody = {
        name: value[:0] if name in ("ij", "lonlat", "xy") else value
        for name, value in variables.items()
    }
    nobody |= {"n_ps": 0.0, "ll0": np.full((1, 2), np.nan), "bperp": np.full((4, 1), np.nan)}
    write_mat(tmp_path / "ps1.mat", nobody)
    assert read_artifact(model.Pixels, tmp_path / "ps1.mat").n_ps == 0


GENERATIONS = {model.PhaseNoise: (1,), model.SelectedNoise: (2,)}


@pytest.mark.parametrize("kind", LAYOUTS, ids=lambda kind: kind.__name__)
def test_a_message_sends_people_to_the_stage_whose_rule_writes_the_file(kind):
    names = [artifact_name(kind, n) for n in GENERATIONS.get(kind, (None, 1, 2))]
    advised = {name: LAYOUTS[kind].advice(name) for name in names}
    written = {name: {stage_of(name), stage_of(f"PATCH_1/{name}")} - {0} for name in names}
    assert any(written.values())
    for name, steps in written.items():
        assert not steps or advised[name] == f"run stage {max(steps)} again"
