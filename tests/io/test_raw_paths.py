"""Finding files again whose recorded paths belong to another machine."""

from __future__ import annotations

import pytest

from pystamps.errors import ArtifactError
from pystamps.io.raw_paths import RawPaths


@pytest.fixture
def tree(tmp_path):
    for name in ("a/run", "a/raw/rslc", "elsewhere/export/rslc"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def put(path):
    path.write_text("x")
    return path


def test_a_relative_path_starts_at_the_data_set(tree):
    file = put(tree / "a/raw/rslc/x.par")
    assert RawPaths(tree / "a/run").find("../raw/rslc/x.par") == file


def test_an_absolute_path_that_exists_is_taken(tree):
    file = put(tree / "elsewhere/export/rslc/x.par")
    put(tree / "a/raw/rslc/x.par")
    assert RawPaths(tree / "a/run").find(str(file)) == file


@pytest.mark.parametrize("recorded", ["/data/old/raw/rslc/x.par", r"D:\stack\raw\rslc\x.par"])
def test_a_stale_path_is_found_by_its_end_beside_the_data_set(tree, recorded):
    file = put(tree / "a/raw/rslc/x.par")
    assert RawPaths(tree / "a/run").find(recorded) == file


def test_a_stale_path_is_found_under_the_raw_folder(tree):
    file = put(tree / "elsewhere/export/rslc/x.par")
    found = RawPaths(tree / "a/run", tree / "elsewhere/export").find("../raw/rslc/x.par")
    assert found == file


def test_the_longest_end_wins(tree):
    put(tree / "elsewhere/export/x.par")
    file = put(tree / "elsewhere/export/rslc/x.par")
    paths = RawPaths(tree / "a/run", tree / "elsewhere/export")
    assert paths.find("/old/raw/rslc/x.par") == file


def test_a_file_in_no_place_is_reported_with_the_places_and_the_setting(tree):
    paths = RawPaths(tree / "a/run", tree / "elsewhere")
    with pytest.raises(ArtifactError) as caught:
        paths.resolve("/old/raw/x.par", named_in=tree / "a/run/rsc.txt")
    message = str(caught.value)
    for part in ("rsc.txt", "/old/raw/x.par", str(tree / "elsewhere"), "runtime.raw_root"):
        assert part in message
