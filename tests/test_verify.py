"""Comparison of trees: one changed element of every kind of variable is found."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from artifact_examples import EXAMPLES
from trees import CHECKOUT

from pystamps import model
from pystamps.config import Tolerance
from pystamps.errors import DatasetError
from pystamps.io.artifacts import artifact_name, to_variables
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.tolerances import TOLERANCES, kind_of_file, tolerance_of
from pystamps.stage_table import PATCH, STAGES, with_angles
from pystamps.verify import stage_of, verify_trees
from pystamps.verify.known import KNOWN_DIFFERENCES
from pystamps.verify.records import DIFFERENCE_KINDS

OF_PATCHES = (model.Phase, model.PhaseNoise, model.Selection, model.Weeding, model.Height)
OF_PATCHES += (model.Baselines, model.LookAngle, model.AmplitudeDispersion)
NO_GENERATION = (
    *(model.UnwrapGrid, model.UnwrapArcs, model.SpaceTime, model.UnwrappedGrid),
    *(model.ArcCycles, model.AccuratePhase, model.AccurateVelocity, model.AccurateSeries),
)


def name_of(kind: type) -> str:
    if kind is model.MeanVelocity or kind in NO_GENERATION:
        return artifact_name(kind)
    return f"PATCH_1/{artifact_name(kind, 1)}" if kind in OF_PATCHES else artifact_name(kind, 2)


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """Two equal trees with every artifact."""
    for tree in ("run", "golden"):
        (tmp_path / tree / "PATCH_1").mkdir(parents=True)
        for kind, example in EXAMPLES.items():
            if kind is not model.MeanVelocity:
                write_mat(tmp_path / tree / name_of(kind), to_variables(example))
    return tmp_path / "run", tmp_path / "golden"


def change(path: Path, **values) -> None:
    write_mat(path, read_mat(path) | values)


def verdicts(report) -> list[tuple[str, str, str]]:
    return [(item.file, item.variable, item.kind) for item in report.differences]


VARIABLES = [
    (kind, name)
    for kind, example in EXAMPLES.items()
    if kind is not model.MeanVelocity
    for name, value in to_variables(example).items()
    if isinstance(value, str) or np.prod(np.shape(value)) > 0
]


def test_equal_trees_are_equal(trees):
    report = verify_trees(*trees)
    assert report.is_equal
    assert not report.known
    assert len(report.files) == len(EXAMPLES) - 1


@pytest.mark.parametrize(
    ("kind", "name"), VARIABLES, ids=[f"{kind.__name__}-{name}" for kind, name in VARIABLES]
)
def test_one_changed_element_of_any_variable_is_found(trees, kind, name):
    run, golden = trees
    path = run / name_of(kind)
    value = read_mat(path)[name]
    if isinstance(value, str):
        change(path, **{name: value + "x"})
        assert verdicts(verify_trees(run, golden)) == [(name_of(kind), name, "text")]
        return
    array = value.toarray() if scipy.sparse.issparse(value) else value.copy()
    place = tuple(size - 1 for size in array.shape)
    array[place] = (
        ~array[place] if array.dtype == bool else np.nan_to_num(array[place], posinf=0) * 1.01 + 1
    )
    change(path, **{name: scipy.sparse.csc_array(array) if scipy.sparse.issparse(value) else array})
    report = verify_trees(run, golden)
    (found,) = report.differences
    assert (found.file, found.variable, found.kind) == (name_of(kind), name, "values")
    is_by_row = TOLERANCES[kind][name].rule in ("position", "geographic")
    assert found.index == (place[:1] if is_by_row else place)
    assert found.n_different == 1
    assert found.n_elements == (len(array) if is_by_row else array.size)


def one_value(trees, file: str, name: str, golden, found, **settings):
    """Give the differences after putting two values of a variable into the trees."""
    run_tree, golden_tree = trees
    change(run_tree / file, **{name: np.asarray(found)})
    change(golden_tree / file, **{name: np.asarray(golden)})
    return verify_trees(run_tree, golden_tree, files=[file], **settings).differences


@pytest.mark.parametrize("name", ["C_ps", "ph_res"])
def test_wrapped_phases_are_equal_modulo_two_pi(trees, name):
    file = "PATCH_1/pm1.mat"
    ends = np.array([[np.pi - 1e-6], [0.3]])
    assert not one_value(trees, file, name, ends, -ends * [[1], [-1]])
    assert one_value(trees, file, name, ends, ends + 1e-3)


def test_unwrapped_phase_is_equal_up_to_one_multiple_per_interferogram(trees):
    phase = np.random.default_rng(3).standard_normal((6, 3)).astype(np.float32)
    turns = 2 * np.pi * np.array([[0, -3, 1]])
    shifted = (phase + turns).astype(np.float32)
    assert not one_value(trees, "phuw2.mat", "ph_uw", phase, shifted)
    shifted[4, 1] += np.float32(2 * np.pi)
    (found,) = one_value(trees, "phuw2.mat", "ph_uw", phase, shifted)
    assert (found.kind, found.index, found.n_different) == ("cycles", (4, 1), 1)
    assert (found.largest, found.unit) == (1, "cycles")


def test_removed_constants_and_wrong_cycles_are_told_apart(trees):
    run, golden = trees
    phase = np.random.default_rng(3).standard_normal((6, 3)).astype(np.float32)
    wrong = (phase + 2 * np.pi * np.array([[0, -3, 1]])).astype(np.float32)
    wrong[4, 1] += np.float32(4 * np.pi)
    one_value(trees, "phuw2.mat", "ph_uw", phase, wrong)
    (compared,) = (
        item for item in verify_trees(run, golden).comparisons if item.variable == "ph_uw"
        and item.file == "phuw2.mat"
    )  # fmt: skip
    assert compared.constants == (0, -3, 1)
    assert compared.cycles == (0, 1, 0)
    assert compared.worst < 2e-6  # beside the cycles nothing differs


def test_unwrapped_phase_may_not_move_by_anything_but_whole_turns(trees):
    phase = np.zeros((5, 2), dtype=np.float32)
    assert one_value(trees, "phuw2.mat", "ph_uw", phase, phase + np.float32(1.0))


def test_amplitudes_are_compared_relative_to_their_magnitude(trees):
    phase = np.array([[1e6 + 1e6j, 1 + 0j]], dtype=np.complex64)
    nearly = phase * np.complex64(1 + 1.5e-5j)
    assert not one_value(trees, "rc2.mat", "ph_rc", phase, nearly)
    (found,) = one_value(trees, "rc2.mat", "ph_rc", phase, phase * np.complex64(1 + 3e-5j))
    assert (found.n_different, found.rule) == (2, "complex")
    assert found.tolerance == pytest.approx(2e-5 * 2**0.5 * 1e6, rel=1e-3)


def test_what_is_copied_is_exact_and_the_user_may_allow_more(trees):
    file, golden, found = "PATCH_1/hgt1.mat", [[100.0], [0.0]], [[100.009], [9e-7]]
    assert one_value(trees, file, "hgt", golden, found)
    given = Tolerance(relative=1e-4, absolute=1e-6)
    assert not one_value(trees, file, "hgt", golden, found, tolerance=given)
    assert one_value(trees, file, "hgt", golden, [[100.011], [0.0]], tolerance=given)
    assert one_value(trees, file, "hgt", golden, [[100.0], [2e-6]], tolerance=given)


def test_what_the_user_allows_moves_no_pixel(trees):
    given = Tolerance(relative=1.0, absolute=1.0, phase_rad=1.0)
    lonlat = np.array([[10.0, 45.0], [10.1, 45.1]])
    assert one_value(trees, "ps2.mat", "lonlat", lonlat, lonlat + 1e-4, tolerance=given)


def test_a_tree_675_m_away_is_found(trees):
    """A relative tolerance on degrees passed it."""
    lonlat = np.column_stack([np.linspace(-84.15, -84.1, 4), np.linspace(36.5, 36.55, 4)])
    away = lonlat + np.array([0.00753, 0.0])
    for profile in ("strict", "scientific"):
        (found,) = one_value(trees, "ps2.mat", "lonlat", lonlat, away, profile=profile)
        assert (found.rule, found.unit, found.n_different) == ("geographic", "m", 4)
        assert found.largest == pytest.approx(675, rel=0.01)
    near = lonlat + np.array([0.0, 0.8 / 111320])
    assert not one_value(trees, "ps2.mat", "lonlat", lonlat, near, profile="scientific")
    assert one_value(trees, "ps2.mat", "lonlat", lonlat, near)


def test_longitudes_a_circle_apart_are_the_same_place_but_not_the_same_number(trees):
    lonlat = np.array([[-10.0, 45.0], [np.nan, np.nan]])
    around = lonlat + np.array([360.0, 0.0])
    assert not one_value(trees, "ps2.mat", "lonlat", lonlat, around, profile="scientific")
    (found,) = one_value(trees, "ps2.mat", "lonlat", lonlat, around)
    assert (found.largest, found.index) == (0.0, (0,))


def test_local_positions_are_compared_in_metres_but_numbers_of_pixels_exactly(trees):
    golden = np.array([[1, 100.001, 5.0], [40_000, 200.0, 7.0]], dtype=np.float32)
    near, far, wrong = golden.copy(), golden.copy(), golden.copy()
    near[0, 1:] += 0.6
    far[1, 1:] += 0.8
    wrong[1, 0] += 1
    assert not one_value(trees, "ps2.mat", "xy", golden, near, profile="scientific")
    (found,) = one_value(trees, "ps2.mat", "xy", golden, far, profile="scientific")
    assert found.largest == pytest.approx(0.8 * 2**0.5, rel=1e-3)
    (found,) = one_value(trees, "ps2.mat", "xy", golden, wrong, profile="scientific")
    assert found.largest == np.inf


@pytest.mark.parametrize(
    ("golden", "found"),
    [([1.0, np.nan], [1.0, 2.0]), ([1.0, 2.0], [np.nan, 2.0]), ([np.inf], [-np.inf])],
)
def test_a_different_pattern_of_nan_or_infinity_is_found(trees, golden, found):
    (difference,) = one_value(trees, "PATCH_1/hgt1.mat", "hgt", golden, found)
    assert difference.n_different == 1
    assert difference.largest == np.inf


def test_equal_nan_and_infinity_are_equal(trees):
    values = np.array([np.nan, np.inf, -np.inf, 0.0])
    assert not one_value(trees, "PATCH_1/hgt1.mat", "hgt", values, values)
    assert not one_value(
        trees, "phuw2.mat", "ph_uw", np.full((3, 2), np.nan), np.full((3, 2), np.nan)
    )


@pytest.mark.parametrize(
    ("name", "golden", "found"),
    [("ix", 3.0, 3.0000001), ("keep_ix", True, False), ("n_win", np.int16(3), np.int16(4))],
)
def test_indices_masks_and_integers_have_no_tolerance(trees, name, golden, found):
    assert one_value(trees, "PATCH_1/select1.mat", name, golden, found)


def test_class_and_shape_are_reported(trees):
    run, golden = trees
    change(run / "ifgstd2.mat", ifg_std=np.ones(4))
    change(golden / "ifgstd2.mat", ifg_std=np.ones(4, dtype=np.float32))
    change(run / "phuw2.mat", msd=np.ones((1, 4), dtype=np.float32))
    found = verify_trees(run, golden).differences
    assert [(item.kind, item.found, item.expected) for item in found] == [
        ("precision", "double", "single"),
        ("shape", "1 x 4", "4 x 1"),
    ]
    report = verify_trees(run, golden, profile="scientific")
    assert [item.kind for item in report.differences] == ["shape"]
    assert [item.kind for item, _ in report.known] == ["precision"]


def test_text_in_place_of_numbers_is_another_class(trees):
    numbers, texts = np.ones(3), np.array(["ab", "bc", "cd"])
    for pair in ((numbers, texts), (texts, numbers)):
        for tree, value in zip(trees, pair, strict=True):
            scipy.io.savemat(tree / "PATCH_1" / "hgt1.mat", {"hgt": value})
        found = verify_trees(*trees, files=["hgt1.mat"]).differences
        assert "class" in {item.kind for item in found}
    scipy.io.savemat(trees[0] / "PATCH_1" / "hgt1.mat", {"hgt": texts})
    scipy.io.savemat(trees[1] / "PATCH_1" / "hgt1.mat", {"hgt": texts})
    assert verify_trees(*trees, files=["hgt1.mat"]).is_equal
    scipy.io.savemat(trees[1] / "PATCH_1" / "hgt1.mat", {"hgt": np.sort(texts)[[1, 0, 2]]})
    assert [item.kind for item in verify_trees(*trees, files=["hgt1.mat"]).differences] == [
        "values"
    ]


def test_a_real_array_stands_for_a_complex_one_without_imaginary_part(trees):
    """MATLAB drops a zero imaginary part in some operations."""
    real = np.ones((2, 3), dtype=np.float32)
    assert not one_value(trees, "rc2.mat", "ph_reref", real.astype(np.complex64), real)


def test_missing_and_extra_files_and_variables_are_found(trees):
    run, golden = trees
    (run / "rc2.mat").unlink()
    (golden / "scn2.mat").unlink()
    change(run / "PATCH_1" / "ph1.mat", more=1.0)
    change(golden / "phuw2.mat", more=1.0)
    assert verdicts(verify_trees(run, golden)) == [
        ("PATCH_1/ph1.mat", "more", "extra"),
        ("phuw2.mat", "more", "missing"),
        ("rc2.mat", "", "missing"),
        ("scn2.mat", "", "extra"),
    ]
    assert verdicts(verify_trees(run, golden, allow_extra=True)) == [
        ("phuw2.mat", "more", "missing"),
        ("rc2.mat", "", "missing"),
    ]


def test_a_missing_patch_is_found(trees):
    run, golden = trees
    (golden / "PATCH_2").mkdir()
    write_mat(golden / "PATCH_2" / "pm1.mat", {"K_ps": np.ones(2)})
    assert verdicts(verify_trees(run, golden)) == [("PATCH_2/pm1.mat", "", "missing")]


def test_a_damaged_file_is_a_difference(trees):
    run, golden = trees
    (run / "rc2.mat").write_bytes((run / "rc2.mat").read_bytes()[:300])
    (found,) = verify_trees(run, golden).differences
    assert (found.file, found.kind) == ("rc2.mat", "unreadable")


def test_known_differences_are_reported_apart(trees):
    run, golden = trees
    write_mat(run / "mean_v.mat", {"m": np.ones((2, 3))})
    write_mat(golden / "inc2.mat", {"inc": np.zeros((0, 0))})
    (run / "inc2.mat").unlink()
    change(run / "PATCH_1" / "pm1.mat", weighting=np.ones(3))
    report = verify_trees(run, golden)
    assert report.is_equal
    assert {(item.file, item.kind) for item, reason in report.known if reason} == {
        ("mean_v.mat", "extra"),
        ("inc2.mat", "placeholder"),
        ("PATCH_1/pm1.mat", "extra"),
    }


def test_files_of_no_stage_are_noted_in_either_tree(trees):
    run, golden = trees
    write_mat(golden / "ps_plot_v.mat", {"ph_disp": np.ones((3, 1))})
    write_mat(run / "mv2.mat", {"mean_v": np.ones((3, 1))})
    for tree, value in ((run, 1.0), (golden, 2.0)):
        write_mat(tree / "mine.mat", {"x": value})
    report = verify_trees(run, golden)
    assert report.is_equal
    assert [(item.file, item.kind) for item, _ in report.known] == [
        ("mine.mat", "no stage"),
        ("mv2.mat", "no stage"),
        ("ps_plot_v.mat", "no stage"),
    ]
    assert "mine.mat" not in report.files


def test_logicals_stored_as_bytes_are_known_but_must_have_the_same_values(trees):
    run, golden = trees
    file = "PATCH_1/select1.mat"
    change(golden / file, keep_ix=np.array([1, 0, 1], dtype=np.uint8))
    report = verify_trees(run, golden)
    assert [item.kind for item, _ in report.known] == ["storage"]
    assert report.is_equal
    change(golden / file, keep_ix=np.array([1, 1, 1], dtype=np.uint8))
    assert verdicts(verify_trees(run, golden)) == [(file, "keep_ix", "values")]


def test_later_golden_folders_win(trees, tmp_path):
    run, golden = trees
    newer = tmp_path / "newer"
    newer.mkdir()
    write_mat(newer / "phuw2.mat", {"ph_uw": np.zeros((2, 2), dtype=np.float32)})
    assert verify_trees(run, golden).is_equal
    assert {item.file for item in verify_trees(run, [golden, newer]).differences} == {"phuw2.mat"}
    assert verify_trees(run, [newer, golden]).is_equal


def test_a_file_without_suffix_is_the_same_file(trees):
    run, golden = trees
    write_mat(run / "PATCH_1" / "psver.mat", {"psver": 2.0})
    write_mat(golden / "PATCH_1" / "psver", {"psver": 2.0})
    report = verify_trees(run, golden)
    assert report.is_equal
    assert "PATCH_1/psver.mat" in report.files


@pytest.mark.parametrize(("through", "n_files"), [(2, 6), (3, 7), (4, 8)])
def test_only_the_files_of_the_first_stages_are_compared(trees, through, n_files):
    run, golden = trees
    (run / "scn2.mat").unlink()
    report = verify_trees(run, golden, through_stage=through)
    assert report.is_equal
    assert len(report.files) == n_files


def test_what_was_not_asked_for_is_said(trees):
    report = verify_trees(*trees, through_stage=4)
    reasons = {item.file: item.reason for item in report.left_out}
    assert reasons["scn2.mat"] == "of a stage after 4 (--through-stage)"
    assert reasons.keys() | set(report.files) >= set(verify_trees(*trees).files)
    report = verify_trees(*trees, files=["pm1.mat"])
    assert {item.reason for item in report.left_out} == {"not among --files"}


def test_grids_and_steps_on_the_way_can_be_left_out(trees):
    run, golden = trees
    change(run / "PATCH_1" / "pm1.mat", ph_grid=np.zeros((2, 4, 3)), Nr=np.zeros((1, 100)))
    change(run / "uw_grid.mat", nzix=np.zeros((3, 2), bool))
    (run / "scla_smooth2.mat").unlink()
    (golden / "uw_interp.mat").unlink()
    assert len(verify_trees(run, golden).differences) > 4
    report = verify_trees(run, golden, final_products_only=True)
    assert report.is_equal
    assert {item.file for item in report.left_out if not item.variables} == {
        "parms.mat",
        "phuw_good2.mat",
        "phuw_loops2.mat",
        "scla_smooth2.mat",
        "scla_smooth_sb2.mat",
        "uw_grid.mat",
        "uw_interp.mat",
        "uw_phaseuw.mat",
        "uw_space_time.mat",
    }
    (noise,) = (item for item in report.left_out if item.variables)
    assert noise.file == "PATCH_1/pm1.mat"
    assert {"ph_grid", "Nr", "low_pass"} <= set(noise.variables)
    compared = {item.variable for item in report.comparisons if item.file == "PATCH_1/pm1.mat"}
    assert compared == {"K_ps", "C_ps", "coh_ps", "ph_patch", "ph_res"}
    change(run / "PATCH_1" / "pm1.mat", coh_ps=np.zeros((3, 1)))
    report = verify_trees(run, golden, final_products_only=True)
    assert verdicts(report) == [("PATCH_1/pm1.mat", "coh_ps", "values")]


def test_every_stage_has_final_products():
    for stage in STAGES:
        names = (shown for name in stage.outputs for shown in with_angles(name))
        kinds = [kind_of_file(name.removeprefix(PATCH)) for name in names if name.endswith(".mat")]
        if not kinds:
            assert stage.name == "product_points"  # its numbers are those of files before it
            continue
        assert any(t.is_final for kind in kinds for t in TOLERANCES[kind].values()), stage.name


@pytest.mark.parametrize("pattern", ["pm1.mat", "PATCH_1/pm*", "*/pm1.mat"])
def test_files_are_chosen_by_pattern(trees, pattern):
    assert verify_trees(*trees, files=[pattern]).files == ("PATCH_1/pm1.mat",)


def test_an_unknown_profile_is_refused(trees):
    with pytest.raises(ValueError, match="profile='loose' is none of strict, scientific"):
        verify_trees(*trees, profile="loose")


def test_every_kind_of_difference_is_explained():
    kinds = set()
    for path in (CHECKOUT / "pystamps" / "verify").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "VariableDifference":
                kinds |= {a.value for a in call.args[2:3] if isinstance(a, ast.Constant)}
    known = {kind for item in KNOWN_DIFFERENCES for kind in item.kinds}
    assert len(kinds) > 7
    assert kinds | known <= set(DIFFERENCE_KINDS)


def test_nothing_to_compare_is_an_error(trees, tmp_path):
    with pytest.raises(DatasetError, match="no MAT file to compare"):
        verify_trees(*trees, files=["nothing.mat"])
    with pytest.raises(DatasetError, match="not a directory"):
        verify_trees(tmp_path / "nowhere", trees[1])


def test_files_belong_to_the_stage_that_writes_them():
    assert stage_of("PATCH_1/ps1.mat") == 1
    assert stage_of("PATCH_7/ps2.mat") == 5
    assert stage_of("ps2.mat") == 5
    assert stage_of("inc2.mat") == 5
    assert stage_of("uw_space_time.mat") == 8
    assert stage_of("psver.mat") == 0


def test_every_index_variable_is_exact():
    for kind, layout in LAYOUTS.items():
        for variable in layout.fields.values():
            if variable.one_based or variable.dtype is np.bool_ or variable.kind == "text":
                assert TOLERANCES[kind][variable.name].rule == "exact", variable.name


def test_every_variable_of_every_artifact_has_a_tolerance_in_both_profiles():
    assert TOLERANCES.keys() == LAYOUTS.keys()
    for kind, layout in LAYOUTS.items():
        names = {variable.name for variable in layout.fields.values()} | set(layout.derived)
        assert set(TOLERANCES[kind]) == names, layout.base
        for name, tolerance in TOLERANCES[kind].items():
            strict, scientific = tolerance.strict, tolerance.scientific
            assert strict.why and scientific.why, name
            assert strict.size <= scientific.size, name
            assert scientific.is_exact == (tolerance.rule == "exact"), name
            assert (tolerance.rule == "exact") <= (tolerance.unit == ""), name


def test_a_variable_is_compared_as_its_file_states():
    assert tolerance_of("PATCH_1/pm1.mat", "ph_res") is TOLERANCES[model.PhaseNoise]["ph_res"]
    assert tolerance_of("pm2.mat", "ph_res") is TOLERANCES[model.SelectedNoise]["ph_res"]
    assert tolerance_of("ps2.mat", "lonlat") is TOLERANCES[model.Pixels]["lonlat"]
    assert tolerance_of("uw_phaseuw.mat", "msd") is TOLERANCES[model.UnwrappedGrid]["msd"]
    assert tolerance_of("pm1.mat", "more").rule == "exact"


def test_the_report_is_valid_json_with_a_record_of_every_variable(trees):
    run, golden = trees
    change(run / "PATCH_1" / "hgt1.mat", hgt=np.array([np.nan, 1.0, 2.0]))
    report = json.loads(json.dumps(verify_trees(run, golden).to_mapping(), allow_nan=False))
    assert report["profile"] == "strict"
    (difference,) = report["differences"]
    assert difference["largest"] is None
    assert len(report["comparisons"]) == report["n_variables"] > 100
    records = {(item["file"], item["variable"]): item for item in report["comparisons"]}
    equal = records["PATCH_1/pm1.mat", "K_ps"]
    assert (equal["equal"], equal["rule"], equal["unit"]) == (True, "number", "rad/m")
    assert equal["why"] == "search and fit in single precision"
    assert (equal["worst"], equal["tolerance"]) == (0.0, 1e-7)
    assert records["PATCH_1/hgt1.mat", "hgt"]["differences"] == ["values"]
    assert not records["PATCH_1/hgt1.mat", "hgt"]["equal"]
    assert records["phuw2.mat", "ph_uw"]["cycles"] == [0, 0, 0, 0]


def test_velocities_are_compared_in_mm_per_year_by_the_wavelength(trees):
    run, golden = trees
    slope = np.array([[0.1, 0.2, 0.3], [1e-3, 2e-3, 3e-3]])
    per_rad = 0.0555 / (4 * np.pi) * 1000
    moved = slope + np.array([[0.0], [0.6 / (per_rad * 365.25)]])
    for tree, value in ((run, moved), (golden, slope)):
        write_mat(tree / "mean_v.mat", {"m": value})
    (found,) = verify_trees(run, golden).differences
    assert (found.variable, found.kind) == ("m", "unreadable")
    assert "the wavelength (lambda), which turns rad/day into mm/yr" in found.sentence
    write_mat(golden / "parms.mat", {"lambda": 0.0555})
    for profile in ("strict", "scientific"):
        (found,) = verify_trees(run, golden, profile=profile).differences
        assert (found.rule, found.unit) == ("velocity", "mm/yr")
        assert found.largest == pytest.approx(0.6)


def test_a_bulk_that_differs_is_told_from_a_few_extreme_elements(trees):
    golden = np.linspace(0.1, 0.9, 500)[:, None]
    few, bulk = golden.copy(), golden.copy()
    few[:4] += 1.9e-3
    bulk[:20:2] += 1.2e-3
    bulk[1:21:2] -= 1.2e-3
    shifted = golden + 2e-5
    file = "PATCH_1/weed1.mat"
    assert not one_value(trees, file, "ps_max", golden, few)
    (found,) = one_value(trees, file, "ps_max", golden, bulk)
    assert found.kind == "quantile"
    assert found.sentence == "99 % quantile of the differences 0.0012 rad, allowed 0.001 rad"
    (found,) = one_value(trees, file, "ps_max", golden, shifted)
    assert found.kind == "mean"
    assert not one_value(trees, file, "ps_max", golden, bulk, tolerance=Tolerance(absolute=2e-3))


@pytest.mark.golden
def test_the_golden_run_equals_its_roundoff_probe(shared_data):
    tiny = shared_data / "tiny"
    for stage in (2, 3, 4, 8):
        probe, golden = tiny / "roundoff_probe" / f"stage{stage}", tiny / "stages" / f"stage{stage}"
        # the probe keeps few variables; the phases themselves, in stage 4, were moved
        report = verify_trees(golden, probe, profile="scientific", allow_extra=True)
        assert report.is_equal, report.differences
        assert verify_trees(golden, probe, allow_extra=True).is_equal == (stage != 4)
