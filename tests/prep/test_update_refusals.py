"""What is no update of a data set is refused in one message, and nothing is changed then."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import raw_exports
from growing_exports import LAST, MIDDLE, new_images_alone, remove_dates

from pystamps.config import RawExport, RunConfig
from pystamps.errors import PystampsError
from pystamps.io.mat import read_mat
from pystamps.parameters.files import keep_parameters
from pystamps.parameters.value_history import kept_values
from pystamps.pipeline.preparation import PlannedPreparation
from pystamps.prep.added_pairs import UpdateRequest
from pystamps.prep.prepare import prepare_dataset
from pystamps.prep.update import update_dataset
from pystamps.prep.update_plan import plan_update


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of all images (``whole``), one without the last (``early``), and its data set."""
    folder = tmp_path_factory.mktemp("stacks")
    raw_exports.snap_export(folder / "whole")
    shutil.copytree(folder / "whole", folder / "early")
    remove_dates(folder / "early", [LAST, MIDDLE])
    prepare_dataset(folder / "run", RawExport(export=folder / "early", patches="1x2"))
    return folder


@pytest.fixture
def there(stacks: Path, tmp_path: Path) -> Path:
    """A copy of the exports and of the data set."""
    return Path(shutil.copytree(stacks, tmp_path / "there"))


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and ".lock" not in path.name)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def refusal(there: Path, export: Path, **request: object) -> str:
    """Give the message of an update that changes nothing."""
    before = contents(there / "run")
    with pytest.raises(PystampsError) as refused:
        update_dataset(there / "run", UpdateRequest(export, **request))
    assert contents(there / "run") == before
    message = str(refused.value)
    assert "\n" not in message
    return message


def other_values(path: Path, kind: str, *, factor: float = 1.5) -> None:
    (np.fromfile(path, kind) * factor).astype(kind).tofile(path)


def test_an_export_without_a_new_date_is_refused(there):
    assert "holds no date that" in refusal(there, there / "early")


def test_another_reference_image_is_refused(there):
    whole = there / "whole"
    for path in sorted((whole / "diff0").iterdir()):
        if MIDDLE not in path.name:
            path.rename(path.with_name(path.name.replace(raw_exports.MASTER, MIDDLE)))
        else:
            path.unlink()
    message = refusal(there, whole)
    assert f"has the reference image {MIDDLE}" in message
    assert f"has {raw_exports.MASTER};" in message


def test_small_baselines_are_no_update_of_one_reference_image(there, tmp_path):
    pairs = raw_exports.small_baseline_export(tmp_path / "pairs")
    assert "has small baselines" in refusal(there, pairs)


def test_options_of_small_baselines_are_refused_with_one_reference_image(there):
    message = refusal(there, there / "whole", pairs_with_next=2)
    assert "leave --pair and --pairs-with-next out" in message


def test_an_earlier_interferogram_that_was_made_anew_is_refused_by_name(there):
    path = there / "whole" / "diff0" / f"{raw_exports.MASTER}_20180515.diff"
    other_values(path, ">c8")
    assert str(path) in refusal(there, there / "whole")


def test_an_earlier_image_that_was_made_anew_is_refused(there):
    path = there / "whole" / "rslc" / "20180515.rslc"
    values = np.fromfile(path, ">c8")
    values[::7] *= 1.01
    values.astype(">c8").tofile(path)
    assert "the earlier images are not those" in refusal(there, there / "whole")


@pytest.mark.parametrize("name", [f"{raw_exports.MASTER}.lon", f"{raw_exports.MASTER}.lat"])
def test_another_grid_is_refused(there, name):
    path = there / "whole" / "geo" / name
    other_values(path, ">f4", factor=1.00001)
    message = refusal(there, there / "whole")
    assert str(path) in message
    assert "this is another grid" in message


def test_another_size_is_refused(there):
    for path in (there / "whole" / "rslc").glob("*.par"):
        lines = f"azimuth_lines:      {raw_exports.LENGTH}"
        assert lines in path.read_text()
        path.write_text(path.read_text().replace(lines, "azimuth_lines:      25"))
    for path in (there / "whole").rglob("*"):
        if path.suffix in (".rslc", ".diff", ".lon", ".lat", ".rdc"):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    message = refusal(there, there / "whole")
    assert f"has {raw_exports.WIDTH} x 25 pixels" in message


def test_another_image_under_the_date_of_the_reference_is_refused(there, tmp_path):
    alone = new_images_alone(there / "whole", tmp_path / "alone", LAST)
    other_values(alone / "rslc" / f"{raw_exports.MASTER}.rslc", ">c8")
    assert "is not the reference image of" in refusal(there, alone)


def test_new_images_alone_need_the_earlier_export_or_its_place(there, tmp_path):
    alone = new_images_alone(there / "whole", tmp_path / "alone", LAST)
    moved = (there / "early").rename(tmp_path / "moved")
    message = refusal(there, alone)
    assert f"are not in {alone}, and no other export of it is there" in message
    assert "runtime.raw_root" in message
    made = update_dataset(there / "run", UpdateRequest(alone), raw_root=moved)
    assert made.added_images == (LAST,)


def test_an_interferogram_that_is_in_no_export_any_more_is_named(there):
    remove_dates(there / "early", ["20180515"])
    remove_dates(there / "whole", ["20180515"])
    message = refusal(there, there / "whole")
    assert f"{raw_exports.MASTER}_20180515 are not in" in message


def test_a_date_that_the_longer_export_lacks_is_kept_and_said(there):
    remove_dates(there / "whole", ["20180515"])
    made = update_dataset(there / "run", UpdateRequest(there / "whole"))
    assert made.kept_from_before == ("20180515",)
    assert "20180515.rslc" in (there / "run" / "calamp.in").read_text()
    assert made.interferograms == len(raw_exports.SECONDARIES)


def test_candidates_without_signal_in_a_new_image_are_left_out_as_in_a_preparation(there):
    for name in (f"rslc/{LAST}.rslc", f"diff0/{raw_exports.MASTER}_{LAST}.diff"):
        values = np.fromfile(there / "whole" / name, ">c8")
        values[: values.size // 3] = 0
        values.astype(">c8").tofile(there / "whole" / name)
    n = len((there / "run" / "PATCH_1" / "pscands.1.ij").read_text().splitlines())
    made = update_dataset(there / "run", UpdateRequest(there / "whole"))
    prepare_dataset(there / "all", RawExport(export=there / "whole", patches="1x2"))
    ij, anew = (
        np.loadtxt(there / name / "PATCH_1" / "pscands.1.ij", ndmin=2) for name in ("run", "all")
    )
    assert 0 < len(ij) < n
    assert made.left_out > 0
    assert ij[:, 1].min() >= raw_exports.LENGTH // 3
    np.testing.assert_array_equal(ij[:, 0], np.arange(1, len(ij) + 1))
    kept, selected = ({tuple(pixel) for pixel in found[:, 1:]} for found in (ij, anew))
    assert len(kept & selected) > 0.9 * len(selected)
    zeros = [
        (there / name / "PATCH_1" / "pscands.1.ij0").read_text().split() for name in ("run", "all")
    ]
    assert (zeros[0][1::3], zeros[0][2::3]) == (zeros[1][1::3], zeros[1][2::3])
    assert (there / "run" / "PATCH_1" / "pscands.1.ph").stat().st_size == (
        8 * len(ij) * len(raw_exports.SECONDARIES)
    )


def test_what_a_selection_anew_would_change_is_counted(there):
    made = update_dataset(there / "run", UpdateRequest(there / "whole"))
    prepare_dataset(there / "all", RawExport(export=there / "whole", patches="1x2"))
    found = [
        {
            tuple(pixel)
            for patch in (there / name).glob("PATCH_*")
            for pixel in np.loadtxt(patch / "pscands.1.ij")[:, 1:]
        }
        for name in ("run", "all")
    ]
    assert (made.more, made.fewer) == (len(found[1] - found[0]), len(found[0] - found[1]))


def test_numbers_in_lists_follow_their_images_when_one_comes_in_between(there):
    dates = sorted((raw_exports.MASTER, *raw_exports.SECONDARIES))
    dates.remove(MIDDLE)
    dates.remove(LAST)
    first, last = dates.index("20180515") + 1, dates.index("20190515") + 1
    keep_parameters(there / "run", {"drop_ifg_index": [first, last], "scla_drop_index": [first]})
    made = update_dataset(there / "run", UpdateRequest(there / "whole"))
    stored = read_mat(there / "run" / "parms.mat")
    assert np.ravel(stored["drop_ifg_index"]).tolist() == [first, last + 1]
    assert np.ravel(stored["scla_drop_index"]).tolist() == [first]
    assert [(item.name, item.after) for item in made.lists] == [
        ("drop_ifg_index", (first, last + 1))
    ]
    assert kept_values(there / "run")[-1].new == f"[{first} {last + 1}]"


class CutError(Exception):
    """Stands for a kill."""


def test_an_update_that_was_cut_off_leaves_the_old_files(there, monkeypatch):
    before = contents(there / "run")

    def cut(*_: object) -> None:
        raise CutError

    with pytest.raises(CutError):
        update_dataset(there / "run", UpdateRequest(there / "whole"), finish=cut)
    assert contents(there / "run") == before


def test_an_update_cut_off_while_files_are_moved_is_finished_by_the_next_one(there, monkeypatch):
    root, request = there / "run", UpdateRequest(there / "whole")
    shutil.copytree(root, there / "other")
    expected = update_dataset(there / "other", request)
    moved: list[Path] = []
    replace = Path.replace

    def cut_after_three(path: Path, target: Path) -> Path:
        if ".pystamps/stage0" in str(path) and path.name != "COMPLETE":
            moved.append(path)
            if len(moved) > 3:
                raise CutError
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", cut_after_three)
        with pytest.raises(CutError):
            update_dataset(root, request)
    with pytest.raises(PystampsError, match="interrupted while files were moved into place"):
        plan_update(root, request)
    shutil.rmtree(there / "whole")  # what is ready needs the export no more
    found = update_dataset(root, request)
    assert (found.added_images, found.candidates) == (expected.added_images, expected.candidates)
    names = {name for name in contents(there / "other") if not name.startswith(".pystamps")}
    assert names
    for name in names - {"parms.mat"}:
        assert (root / name).read_bytes() == (there / "other" / name).read_bytes(), name


def test_a_data_set_that_was_updated_is_not_prepared_over_by_the_workflow(there):
    config = RunConfig.from_mapping(
        {"dataset": {"path": str(there / "run"), "raw": {"export": str(there / "early")}}}
    )
    assert PlannedPreparation.of(config) is not None
    update_dataset(there / "run", UpdateRequest(there / "whole"))
    assert PlannedPreparation.of(config) is None
    prepare_dataset(
        there / "run", RawExport(export=there / "whole", patches="1x2"), existing="replace"
    )
    assert PlannedPreparation.of(config) is not None


def test_pairs_are_chosen_by_name_or_by_their_distance(tmp_path):
    whole = raw_exports.small_baseline_export(tmp_path / "whole")
    shutil.copytree(whole, tmp_path / "early")
    remove_dates(tmp_path / "early", [LAST])
    prepare_dataset(tmp_path / "run", RawExport(export=tmp_path / "early"))
    far = whole / "SMALL_BASELINES" / f"20190515_{LAST}"
    near = whole / "SMALL_BASELINES" / f"20190615_{LAST}"
    far.mkdir()
    for path in near.iterdir():
        name = path.name.replace("20190615", "20190515")
        source = whole / "SMALL_BASELINES" / "20190515_20190615" / name
        shutil.copy(source if source.is_file() else path, far / name)

    def added(**request: object) -> tuple[tuple[str, str], ...]:
        return plan_update(tmp_path / "run", UpdateRequest(whole, **request)).added

    assert added() == (("20190515", LAST), ("20190615", LAST))
    assert added(pairs_with_next=1) == (("20190615", LAST),)
    assert added(pairs=(("20190515", LAST),)) == (("20190515", LAST),)
    with pytest.raises(PystampsError, match="holds no interferogram 20180115_20190715"):
        added(pairs=(("20180115", LAST),))
