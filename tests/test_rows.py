"""Matrices whose rows are read or computed when they are asked for."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
import pytest
from trees import CHECKOUT
from unwrapped_examples import example_pixels

from pystamps import model
from pystamps.config import Compat
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts, corrected_phase
from pystamps.rows import Rows, chosen_rows, made_from, remembered, row_blocks, taken_rows
from pystamps.stages.deramp import deramp
from pystamps.stages.reference_area import reference_means
from pystamps.stages.stage7_clip import clip_outliers
from pystamps.stages.stage7_columns import SclaInput
from pystamps.stages.stage7_scla import estimate_look_angle_error
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise

N_PS, N_IFG = 200, 8
RANDOM = np.random.default_rng(16)
PH_UW = RANDOM.normal(0, 3, (N_PS, N_IFG)).astype(np.float32)
BPERP = RANDOM.normal(0, 80, (N_PS, N_IFG)).astype(np.float32)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("pystamps.rows._BLOCK_BYTES", 1000)


def by_rows(matrix):
    return Rows(matrix.shape, matrix.dtype, lambda rows: matrix[rows].copy())


def test_blocks_cover_all_rows_once():
    covered = np.concatenate([np.arange(N_PS)[rows] for rows in row_blocks(PH_UW)])
    np.testing.assert_array_equal(covered, np.arange(N_PS))
    assert not list(row_blocks(np.zeros((0, 4))))


def test_rows_look_like_the_array_they_stand_for():
    rows = by_rows(PH_UW)
    assert (rows.shape, rows.ndim, rows.size, rows.nbytes) == (
        PH_UW.shape, PH_UW.ndim, PH_UW.size, PH_UW.nbytes,
    )  # fmt: skip
    assert len(rows) == N_PS
    np.testing.assert_array_equal(np.asarray(rows), PH_UW)
    np.testing.assert_array_equal(rows[5], PH_UW[5])
    np.testing.assert_array_equal(rows[190:], PH_UW[190:])


def test_what_is_made_from_arrays_is_an_array_and_from_rows_is_rows():
    for source, kind in ((PH_UW, np.ndarray), (by_rows(PH_UW), Rows)):
        twice = made_from((source,), source.shape, np.float32, lambda rows, s=source: 2 * s[rows])
        assert isinstance(twice, kind)
        np.testing.assert_array_equal(np.asarray(twice), 2 * PH_UW)


@pytest.mark.parametrize("ix", [[], [0, 7, 7, 150, 199], [150, 3, 199, 3]])
def test_rows_are_taken_in_any_order(ix):
    ix = np.array(ix, dtype=np.int64)
    np.testing.assert_array_equal(taken_rows(by_rows(PH_UW), ix), PH_UW[ix])
    np.testing.assert_array_equal(np.asarray(chosen_rows(by_rows(PH_UW), ix)), PH_UW[ix])
    np.testing.assert_array_equal(chosen_rows(PH_UW, ix), PH_UW[ix])


SMOOTHED = ("ph_scla", "ph_ramp")
SMOOTHED_KINDS = ("SmoothedLookAngleError", "SmoothedPairLookAngleError")


def fields_read_by_rows():
    """Class and field of every ``read...(Class, ..., by_rows=("field", ...))`` of the package."""
    for path in sorted((CHECKOUT / "pystamps").rglob("*.py")):
        for call in (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)):
            names = [word.value for word in call.keywords if word.arg == "by_rows"]
            if names and isinstance(names[0], ast.Tuple):
                kind = ast.unparse(call.args[0]).removeprefix("model.")
                yield from ((kind, ast.literal_eval(name)) for name in names[0].elts)


def test_a_field_that_is_read_by_rows_is_declared_as_a_matrix():
    found = set(fields_read_by_rows())
    assert ("Phase", "ph") in found
    found -= {("kind", field) for field in SMOOTHED}  # one of the two classes, by the mode
    found |= {(kind, field) for kind in SMOOTHED_KINDS for field in SMOOTHED}
    declared = {key: getattr(model, key[0]).__annotations__[key[1]] for key in found}
    assert set(declared.values()) == {"Matrix"}, declared


def test_reference_and_planes_are_the_same_by_rows():
    xy = RANDOM.uniform(-5000, 5000, (N_PS, 2))
    phase = PH_UW.copy()
    phase[3, 2] = np.nan
    for found, expected in zip(deramp(by_rows(phase), xy), deramp(phase, xy), strict=True):
        np.testing.assert_array_equal(np.asarray(found), expected)
    reference_ix = np.arange(0, N_PS, 3)
    np.testing.assert_array_equal(
        reference_means(by_rows(phase), reference_ix), reference_means(phase, reference_ix)
    )


@pytest.mark.parametrize("parameters", [Parameters(), Parameters(scla_deramp=True)])
def test_look_angle_error_is_the_same_by_rows(parameters):
    stack = SclaInput(example_pixels(N_PS), PH_UW, BPERP, None)
    arcs = np.column_stack([np.arange(N_PS - 1), np.arange(1, N_PS)])
    results = []
    for make in (lambda matrix: matrix, by_rows):
        chosen = replace(stack, ph_uw=make(PH_UW), bperp=make(BPERP))
        scla = estimate_look_angle_error(chosen, parameters)
        smooth = clip_outliers(scla, arcs, bperp=chosen.bperp)
        results.append((scla.ph_scla, scla.k_ps_uw, scla.c_ps_uw, scla.ph_ramp, smooth.ph_scla))
    for found, expected in zip(*results, strict=True):
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    assert isinstance(results[1][0], Rows)


@pytest.mark.parametrize("deramped", [(), "all", (2, 5)])
def test_correlated_noise_is_the_same_by_rows(deramped):
    parameters = Parameters(scn_wavelength=500.0, scn_deramp_ifg=deramped)
    phase = PH_UW.copy()
    phase[9, 4] = np.nan
    results = []
    for make in (lambda matrix: matrix, by_rows):
        stack = ScnInput(example_pixels(N_PS), make(phase), make(0.1 * BPERP), PH_UW[:, 0])
        results.append(filter_correlated_noise(stack, parameters, compat=Compat()))
    for name in ("ph_scn_slave", "ph_hpt", "ph_ramp"):
        found, expected = (np.asarray(getattr(result, name)) for result in results)
        np.testing.assert_array_equal(found, expected)


def test_corrected_phase_is_the_same_by_rows_and_leaves_its_input_alone():
    pixels, before = example_pixels(N_PS), PH_UW.copy()
    parts = PhaseParts(pixels, PH_UW, 0.1 * BPERP, PH_UW[:, 0])
    lazy = replace(parts, ph_uw=by_rows(PH_UW), ph_scla=by_rows(0.1 * BPERP))
    np.testing.assert_array_equal(corrected_phase(lazy, "dmo"), corrected_phase(parts, "dmo"))
    np.testing.assert_array_equal(before, PH_UW)


def test_columns_of_rows_are_those_of_the_array():
    values = np.arange(60.0).reshape(12, 5)
    rows = Rows(values.shape, values.dtype, lambda block: values[block])
    np.testing.assert_array_equal(rows.columns(slice(1, 4)), values[:, 1:4])


def test_rows_that_are_remembered_are_asked_for_once_and_in_stretches():
    values, asked = np.arange(60.0).reshape(12, 5), []

    def give(block):
        asked.append((block.start, block.stop))
        return values[block].copy()

    rows = remembered(Rows(values.shape, values.dtype, give), n_rows=5)
    found = [rows[first : first + 4] for first in (0, 4, 8)]
    np.testing.assert_array_equal(np.concatenate(found), values)
    assert asked == [(0, 5), (5, 10), (10, 12)]
