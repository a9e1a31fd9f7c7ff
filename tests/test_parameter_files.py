"""Parameter files: precedence, old names, writing back."""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import time
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from pystamps.errors import DatasetError, ParameterError, UnsupportedError
from pystamps.io.mat import read_mat
from pystamps.io.mat_changes import CannotKeepError
from pystamps.parameters import Parameters, default_parameters
from pystamps.parameters.checks import refuse_unsupported, require_finite
from pystamps.parameters.files import (
    effective_parameters,
    sourced_parameters,
    stored_parameters,
    write_back_parameters,
)


def save(path: Path, **variables: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, variables)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Data set with an almost empty parms.mat and one patch."""
    root = tmp_path / "dataset"
    save(root / "parms.mat", Created="22-Nov-2026", insar_processor="snap", weed_time_win=500.0)
    (root / "PATCH_1").mkdir()
    return root


@pytest.mark.golden
@pytest.mark.parametrize("name", ["tiny", "small", "tiny_doris", "tiny_isce"])
def test_written_back_parameters_are_those_of_stamps_after_stage_1(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    root = tmp_path / "run"
    root.mkdir()
    for path in (shared_data / name / "run").iterdir():
        if path.is_file():
            shutil.copyfile(path, root / path.name)
    if (shared_data / name / "raw").is_dir():
        shutil.copytree(shared_data / name / "raw", tmp_path / "raw")
    write_back_parameters(root, stored_parameters(root, {}))
    found = read_mat(root / "parms.mat")
    golden = read_mat(shared_data / name / "stages" / "stage1" / "parms.mat")
    assert found.keys() == golden.keys()
    for key, value in golden.items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)
        if not isinstance(value, str):
            assert (found[key].shape, found[key].dtype) == (value.shape, value.dtype), key


def test_every_source_covers_the_ones_below_it(root: Path) -> None:
    patch = root / "PATCH_1"
    assert effective_parameters(root, patch, {}).weed_time_win == 500
    save(root / "localparms.mat", weed_time_win=600.0)
    assert effective_parameters(root, patch, {}).weed_time_win == 600
    save(patch / "localparms.mat", weed_time_win=700.0)
    assert effective_parameters(root, patch, {}).weed_time_win == 700
    assert effective_parameters(root, root, {}).weed_time_win == 600
    assert effective_parameters(root, patch, {"weed_time_win": 800}).weed_time_win == 800
    assert effective_parameters(root, patch, {"weed_time_win": None}).weed_time_win == 700


def test_the_parms_of_a_patch_hide_those_of_the_root_except_the_constants(root: Path) -> None:
    save(root / "parms.mat", insar_processor="snap", **{"lambda": 0.0555}, density_rand=3.0)
    save(root / "PATCH_1" / "parms.mat", insar_processor="snap", **{"lambda": np.nan})
    found = effective_parameters(root, root / "PATCH_1", {})
    assert found.density_rand == 20
    assert found.lambda_ == 0.0555
    assert effective_parameters(root, root, {}).density_rand == 3


def test_values_have_a_named_source(root: Path) -> None:
    found = sourced_parameters(root, root, {"clap_alpha": 2}).sources
    assert found["clap_alpha"] == "configuration"
    assert found["weed_time_win"] == str(root / "parms.mat")
    assert found["clap_beta"] == "default"


def test_nan_resets_to_the_default_whatever_the_files_say(root: Path) -> None:
    for value in ("nan", "NaN", float("nan")):
        found = sourced_parameters(root, root, {"weed_time_win": value})
        assert found.parameters.weed_time_win == 730
        assert found.sources["weed_time_win"] == "default"
    vector = {"ref_lon": [float("nan"), float("nan")]}
    assert effective_parameters(root, root, vector).ref_lon == (-np.inf, np.inf)
    with pytest.raises(ParameterError, match="ref_lon"):
        effective_parameters(root, root, {"ref_lon": [float("nan"), 1.0]})
    with pytest.raises(ParameterError, match="belongs to the data set"):
        effective_parameters(root, root, {"small_baseline_flag": "nan"})


def test_nan_and_empty_values_in_a_file_count_as_not_set(root: Path) -> None:
    save(root / "parms.mat", clap_alpha=np.nan, clap_beta=np.zeros((0, 0)), drop_ifg_index=[])
    found = effective_parameters(root, root, {})
    assert (found.clap_alpha, found.clap_beta, found.drop_ifg_index) == (1.0, 0.3, ())


def test_the_processor_comes_from_processor_txt_when_parms_has_none(root: Path) -> None:
    save(root / "parms.mat", clap_alpha=1.0)
    assert effective_parameters(root, root, {}).insar_processor == "doris"
    (root.parent / "processor.txt").write_text("gamma\r\n")
    assert effective_parameters(root, root, {}).insar_processor == "gamma"
    (root / "processor.txt").write_text(" isce \n")
    assert effective_parameters(root, root / "PATCH_1", {}).insar_processor == "isce"
    assert effective_parameters(root, root, {"insar_processor": "snap"}).insar_processor == "snap"


def test_constants_come_from_the_headers_only_when_nothing_else_has_them(root: Path) -> None:
    (root / "lambda.1.in").write_text("0.0562\n")
    (root / "heading.1.in").write_text("-13.5\n")
    (root / "slc_osfactor.1.in").write_text("2\n")
    save(root / "parms.mat", insar_processor="doris", heading=-10.0, slc_osf=1.0)
    found = effective_parameters(root, root, {})
    assert (found.lambda_, found.heading, found.slc_osf) == (0.0562, -10.0, 2.0)
    found = effective_parameters(root, root, {"lambda": 0.03, "slc_osf": 1})
    assert (found.lambda_, found.slc_osf) == (0.03, 1.0)


def test_small_baseline_sets_have_their_own_defaults(root: Path) -> None:
    save(root / "parms.mat", small_baseline_flag="y")
    found = effective_parameters(root, root, {})
    assert (found.density_rand, found.unwrap_method) == (2.0, "3D_QUICK")
    with pytest.raises(ParameterError, match="small_baseline_flag"):
        effective_parameters(root, root, {"small_baseline_flag": "n"})


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"weed_time_win": -1.0}, r"parms.mat: weed_time_win: .*-1.* expected a number > 0"),
        ({"weed_zero_elevation": "maybe"}, r"expected y or n"),
        ({"ref_lon": [1.0, 2.0, 3.0]}, r"ref_lon: .* expected 2 numbers"),
        ({"drop_ifg_index": [1.5]}, r"drop_ifg_index: .* list of numbers from 1"),
        ({"ref_x": [1.0, 2.0]}, r"ref_x and ref_y belong together"),
    ],
)
def test_a_wrong_value_names_file_parameter_and_range(
    root: Path, variables: dict[str, Any], message: str
) -> None:
    save(root / "parms.mat", **variables)
    with pytest.raises(ParameterError, match=message):
        effective_parameters(root, root, {})


def test_a_missing_parms_mat_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"parms\.mat: file is missing; .*copy it"):
        effective_parameters(tmp_path, tmp_path, {})


def test_old_names_are_replaced(root: Path) -> None:
    save(
        root / "parms.mat",
        weed_alpha=1.0,
        pixel_aspect_ratio=4.0,
        plot_pixel_size=2.0,
        unwrap_ifg_index=[1.0, 2.0, 4.0],
        recalc_index=[1.0, 2.0, 3.0],
        sb_recalc_index=[5.0],
    )
    save(root / "PATCH_1" / "ps1.mat", n_ifg=5.0, n_image=5.0)
    found = effective_parameters(root, root, {})
    assert found.plot_scatterer_size == 50
    assert found.drop_ifg_index == (3, 5)
    assert found.scla_drop_index == (4, 5)
    assert found.sb_scla_drop_index == (1, 2, 3, 4)
    write_back_parameters(root, stored_parameters(root, {}))
    names = read_mat(root / "parms.mat").keys()
    assert not names & {"weed_alpha", "pixel_aspect_ratio", "plot_pixel_size", "unwrap_ifg_index"}
    assert not names & {"recalc_index", "sb_recalc_index"}
    again = effective_parameters(root, root, {})
    assert astuple(again) == astuple(found)  # as tuples, in which a NaN is itself


def test_an_old_list_is_kept_until_the_number_of_interferograms_is_known(root: Path) -> None:
    save(root / "parms.mat", unwrap_ifg_index=[1.0, 2.0])
    write_back_parameters(root, stored_parameters(root, {}))
    assert read_mat(root / "parms.mat")["unwrap_ifg_index"].ravel().tolist() == [1, 2]
    save(root / "parms.mat", unwrap_ifg_index="all")
    write_back_parameters(root, stored_parameters(root, {}))
    assert "unwrap_ifg_index" not in read_mat(root / "parms.mat")


def test_writing_back_keeps_foreign_variables_and_leaves_absent_options_absent(root: Path) -> None:
    save(root / "parms.mat", Created="01-Jan-2020", my_own=[[1.0, 2.0]], note="text")
    overrides = {"drop": [3, 7], "weed_zero": "y", "scn_deramp_ifg": "all", "lambda": 0.0555}
    write_back_parameters(root, stored_parameters(root, overrides))
    found = read_mat(root / "parms.mat")
    assert (found["Created"], found["note"]) == ("01-Jan-2020", "text")
    assert found["my_own"].tolist() == [[1.0, 2.0]]
    assert found["drop_ifg_index"].tolist() == [[3.0, 7.0]]
    assert (found["weed_zero_elevation"], found["scn_deramp_ifg"]) == ("y", "all")
    assert found["scla_drop_index"].shape == (0, 0)
    assert not {"ref_x", "ref_y", "platform", "sb_scla_drop_index"} & found.keys()


def test_structures_and_cells_of_people_are_kept_when_the_file_is_written(root: Path) -> None:
    cell = np.array(["one", 2.0], dtype=object)
    save(root / "parms.mat", notes={"author": "me"}, names=cell, weed_time_win=500.0)
    write_back_parameters(root, stored_parameters(root, {"weed_time_win": 321}))
    found = scipy.io.loadmat(root / "parms.mat", simplify_cells=True)
    assert found["notes"] == {"author": "me"}
    assert found["names"].tolist() == ["one", 2.0]
    assert found["weed_time_win"] == 321


def test_a_file_that_would_lose_variables_stays_as_it_is(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(path: Path, *_: Any) -> None:
        raise CannotKeepError(f"{path}: holds notes (struct), which would be lost")

    monkeypatch.setattr("pystamps.parameters.files.change_mat", refused)
    before = (root / "parms.mat").read_bytes()
    write_back_parameters(root, stored_parameters(root, {}))
    assert (root / "parms.mat").read_bytes() == before
    assert "notes (struct), which would be lost; the effective parameters are not" in caplog.text


@pytest.mark.parametrize(
    ("value", "kind"), [({"a": 1.0}, "struct"), (np.array([1.0, "b"], dtype=object), "cell")]
)
@pytest.mark.parametrize("name", ["weed_time_win", "drop_ifg_index", "recalc_index"])
@pytest.mark.parametrize("file", ["parms.mat", "localparms.mat", "PATCH_1/localparms.mat"])
def test_a_structure_where_a_parameter_belongs_is_refused_by_name(
    root: Path, file: str, name: str, value: Any, kind: str
) -> None:
    save(root / file, **{name: value})
    with pytest.raises(ParameterError, match=rf"{file}: {name}: is a {kind}, expected "):
        effective_parameters(root, root / "PATCH_1", {})


def test_parameters_saved_as_one_structure_are_refused(root: Path) -> None:
    save(root / "parms.mat", parms={"weed_time_win": 500.0})
    with pytest.raises(ParameterError, match=r"one structure parms .*'-struct'"):
        effective_parameters(root, root, {})


def test_nothing_is_written_when_nothing_differs(root: Path) -> None:
    write_back_parameters(root, stored_parameters(root, {}))
    os.utime(root / "parms.mat", (1, 1))
    write_back_parameters(root, stored_parameters(root, {"select_method": "density"}))
    assert (root / "parms.mat").stat().st_mtime == 1


def test_local_changes_are_not_copied_into_the_root_file(root: Path) -> None:
    save(root / "localparms.mat", weed_time_win=600.0)
    save(root / "PATCH_1" / "parms.mat", clap_alpha=5.0)
    write_back_parameters(root, stored_parameters(root, {}))
    found = read_mat(root / "parms.mat")
    assert (found["weed_time_win"].item(), found["clap_alpha"].item()) == (500, 1)


def test_a_removed_option_is_removed_from_the_file(root: Path) -> None:
    save(root / "parms.mat", ref_x=[0.0, 9.0], ref_y=[0.0, 9.0])
    assert effective_parameters(root, root, {}).ref_x == (0.0, 9.0)
    write_back_parameters(root, stored_parameters(root, {"ref_x": "nan", "ref_y": "nan"}))
    assert not {"ref_x", "ref_y"} & read_mat(root / "parms.mat").keys()


def test_a_new_file_holds_all_defaults(tmp_path: Path) -> None:
    write_back_parameters(tmp_path, default_parameters())
    assert effective_parameters(tmp_path, tmp_path, {}).weed_time_win == 730
    assert len(read_mat(tmp_path / "parms.mat")["Created"]) == len("22-Nov-2026")


def _write_back(root: Path) -> None:
    write_back_parameters(root, stored_parameters(root, {"weed_time_win": 321}))


def test_several_jobs_may_write_at_the_same_time(root: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for job in [pool.submit(_write_back, root) for _ in range(24)]:
            job.result()
    assert effective_parameters(root, root, {}).weed_time_win == 321
    assert not list(root.glob(".parms.mat.*part*"))


def test_the_file_of_the_root_is_read_once_for_all_patches_while_it_stays_as_it_is(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def noted(path: Path) -> dict[str, Any]:
        read.append(path)
        return read_mat(path)

    monkeypatch.setattr("pystamps.parameters.files.read_mat", noted)
    patches = [root / f"PATCH_{number}" for number in range(1, 101)]
    an_hour_ago = time.time_ns() - 3_600_000_000_000
    os.utime(root / "parms.mat", ns=(an_hour_ago, an_hour_ago))
    for patch in patches:
        assert effective_parameters(root, patch, {}).weed_time_win == 500
    assert read == [root / "parms.mat"]
    save(root / "parms.mat", insar_processor="snap", weed_time_win=600.0)
    for patch in patches[:3]:  # written just now: known by no time yet
        assert effective_parameters(root, patch, {}).weed_time_win == 600
    assert len(read) == 4


@pytest.mark.parametrize(
    "setting",
    [
        {"insar_processor": "gsar", "small_baseline_flag": "y"},
    ],
)
def test_unsupported_options_are_refused_by_name(root: Path, setting: dict[str, str]) -> None:
    named = " with ".join(f"{name}={value}" for name, value in setting.items())
    with pytest.raises(UnsupportedError, match=named):
        refuse_unsupported(effective_parameters(root, root, setting))


def test_a_needed_constant_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"lambda: .*radar wavelength"):
        require_finite(Parameters(), "lambda")
    require_finite(Parameters(), "weed_time_win")
