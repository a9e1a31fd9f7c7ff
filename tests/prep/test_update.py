"""Images added to a prepared data set: its files are those of a preparation of all images."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import raw_exports
from growing_exports import (
    LAST,
    MIDDLE,
    STACKS,
    new_images_alone,
    remove_dates,
    restricted_patch,
    root_of_export,
)

from pystamps.config import RawExport, RunConfig
from pystamps.errors import DatasetError
from pystamps.io.mat import read_mat
from pystamps.pipeline.stages import run_stage
from pystamps.prep.added_pairs import UpdateRequest
from pystamps.prep.prepare import prepare_dataset
from pystamps.prep.update import update_dataset
from pystamps.processors import PROCESSORS

PATCHES = {"patches": "1x2", "overlap": "10x10"}
EVERY_PIXEL = 100.0


def prepared(processor: str, export: Path, root: Path, **settings: object) -> Path:
    prepare_dataset(root, RawExport(processor, export=export, **PATCHES, **settings))
    return root


def assert_as_prepared_from_all(updated: Path, processor: str, everything: Path) -> None:
    """Compare with a preparation of all images in which every pixel is a candidate."""
    order = PROCESSORS[processor].byte_order
    patches = (updated / "patch.list").read_text().split()
    assert len(patches) == 2
    for name in patches:
        ij = np.loadtxt(updated / name / "pscands.1.ij", ndmin=2)[:, 1:].astype(int)
        assert len(ij) > 100
        for file, content in restricted_patch(everything / name, ij, order=order).items():
            assert (updated / name / file).read_bytes() == content, f"{name}/{file}"


def texts_of(root: Path) -> dict[str, str]:
    """Give the text files of a data set; the threshold is left out."""
    endings = (".in", ".out", ".txt")
    found = {path.name: path.read_text() for path in root.iterdir() if path.suffix in endings}
    for name in found.keys() & {"selpsc.in", "selsbc.in"}:
        found[name] = found[name].partition("\n")[2]
    return found


def names_of_files(texts: dict[str, str], *, parts: int = 2) -> dict[str, list[str]]:
    """Give texts as words, of paths the last parts."""
    return {
        name: ["/".join(word.split("/")[-parts:]) for word in text.split()]
        for name, text in texts.items()
    }


@pytest.mark.parametrize("stack", STACKS)
def test_images_that_come_one_by_one_give_the_files_of_a_preparation_of_all(tmp_path, stack):
    processor, make = STACKS[stack]
    whole = make(tmp_path / "whole" / "export")
    everything = prepared(processor, whole, tmp_path / "all", threshold=EVERY_PIXEL)
    alone = new_images_alone(whole, tmp_path / "alone", LAST)
    shutil.copytree(tmp_path / "whole", tmp_path / "early")
    early = tmp_path / "early" / whole.relative_to(tmp_path / "whole")
    remove_dates(root_of_export(early), [MIDDLE, LAST])
    root = prepared(processor, early, tmp_path / "run")
    before = (root / "PATCH_1" / "pscands.1.ij").read_bytes()

    # the export of the new image alone, then a new one of the whole stack, a date in between
    made = update_dataset(root, UpdateRequest(alone))
    assert (made.added_images, made.left_out, made.kept_from_before) == ((LAST,), 0, ())
    made = update_dataset(root, UpdateRequest(whole))
    assert made.added_images == (MIDDLE,)
    assert (root / "PATCH_1" / "pscands.1.ij").read_bytes() == before
    assert_as_prepared_from_all(root, processor, everything)
    assert texts_of(root) == texts_of(everything)


@pytest.mark.parametrize("stack", ["snap", "isce", "pairs of snap", "pairs of doris"])
def test_new_images_alone_are_enough_where_the_earlier_export_is_there(tmp_path, stack):
    processor, make = STACKS[stack]
    whole = make(tmp_path / "whole" / "export")
    everything = prepared(processor, whole, tmp_path / "all", threshold=EVERY_PIXEL)
    alone = new_images_alone(whole, tmp_path / "alone", LAST)
    shutil.copytree(tmp_path / "whole", tmp_path / "early")
    early = tmp_path / "early" / whole.relative_to(tmp_path / "whole")
    remove_dates(root_of_export(early), [LAST])
    root = prepared(processor, early, tmp_path / "run")
    update_dataset(root, UpdateRequest(alone))
    assert_as_prepared_from_all(root, processor, everything)
    assert names_of_files(texts_of(root)) == names_of_files(texts_of(everything))
    # stage 1 finds headers and baselines in both exports
    loaded = []
    for run in (root, everything):
        run_stage(1, "patch", run / "PATCH_1", RunConfig(dataset=run))
        loaded.append(read_mat(run / "PATCH_1" / "ps1.mat"))
    for name in loaded[0].keys() & {"day", "ifgday", "ifgday_ix", "master_ix", "n_ifg"}:
        np.testing.assert_array_equal(loaded[0][name], loaded[1][name], name)
    np.testing.assert_allclose(loaded[0]["bperp"], loaded[1]["bperp"], atol=0.1)


@pytest.mark.parametrize("stack", ["isce", "doris", "pairs of isce"])
def test_a_stack_that_has_grown_in_its_own_folder_is_updated_there(tmp_path, stack):
    processor, make = STACKS[stack]
    whole = make(tmp_path / "whole")
    everything = prepared(processor, whole, tmp_path / "all", threshold=EVERY_PIXEL)
    place = tmp_path / "stack"
    shutil.copytree(tmp_path / "whole", place)
    export = place / whole.relative_to(tmp_path / "whole")
    remove_dates(root_of_export(export), [MIDDLE])
    prepared(processor, export, export)  # texts of 13 dates lie in the stack now
    for path in sorted(root_of_export(whole).rglob(f"*{MIDDLE}*")):
        if path.is_dir():
            shutil.copytree(path, root_of_export(export) / path.relative_to(root_of_export(whole)))
    made = update_dataset(export, UpdateRequest(export))
    assert made.added_images == (MIDDLE,)
    assert_as_prepared_from_all(export, processor, everything)
    found, expected = (texts_of(root) for root in (export, everything))
    named = {name: found[name] for name in expected}  # the stack has texts of its own too
    assert names_of_files(named, parts=1) == names_of_files(expected, parts=1)


def test_a_data_set_in_one_folder_that_the_original_prepared_is_updated(tmp_path):
    whole = raw_exports.snap_export(tmp_path / "whole")
    prepare_dataset(tmp_path / "all", RawExport(export=whole, threshold=EVERY_PIXEL))
    early = shutil.copytree(whole, tmp_path / "early")
    remove_dates(early, [LAST])
    root = tmp_path / "run"
    prepare_dataset(root, RawExport(export=early))
    for path in (root / "PATCH_1").iterdir():
        path.rename(root / path.name)
    (root / "PATCH_1").rmdir()
    (root / "patch.list").unlink()
    shutil.rmtree(root / ".pystamps")
    update_dataset(root, UpdateRequest(whole))
    assert not (root / "patch.list").exists()
    ij = np.loadtxt(root / "pscands.1.ij")[:, 1:].astype(int)
    for file, content in restricted_patch(tmp_path / "all" / "PATCH_1", ij, order=">").items():
        assert (root / file).read_bytes() == content, file


def test_a_mask_that_nothing_names_is_noticed(tmp_path):
    whole = raw_exports.snap_export(tmp_path / "whole")
    early = shutil.copytree(whole, tmp_path / "early")
    remove_dates(early, [LAST])
    mask = np.zeros((raw_exports.LENGTH, raw_exports.WIDTH), np.uint8)
    mask[:20] = 1
    mask.tofile(tmp_path / "mask")
    root = tmp_path / "run"
    prepare_dataset(root, RawExport(export=early, mask=tmp_path / "mask"))
    known = shutil.copytree(root, tmp_path / "known")
    update_dataset(known, UpdateRequest(whole))
    prepare_dataset(tmp_path / "all", RawExport(export=whole, mask=tmp_path / "mask"))
    assert (known / "calamp.out").read_text() == (tmp_path / "all" / "calamp.out").read_text()
    shutil.rmtree(root / ".pystamps")
    with pytest.raises(DatasetError, match="calibrated with a mask that nothing names"):
        update_dataset(root, UpdateRequest(whole))


def test_folders_of_exports_are_joined_whatever_their_case(tmp_path):
    whole = raw_exports.snap_export(tmp_path / "whole" / "export")
    alone = new_images_alone(whole, tmp_path / "alone", LAST)
    (alone / "rslc").rename(alone / "RSLC")
    remove_dates(whole, [LAST])
    root = prepared("snap", whole, tmp_path / "run")
    assert update_dataset(root, UpdateRequest(alone)).added_images == (LAST,)
    assert "RSLC/20190715.rslc" in (root / "calamp.in").read_text()
    assert "rslc/20180115.rslc" in (root / "calamp.in").read_text()
