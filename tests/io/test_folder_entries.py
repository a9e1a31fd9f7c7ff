"""Files as people leave them: hidden ones do not count, case does not matter, links are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.errors import ArtifactError
from pystamps.io.folder_entries import (
    absence_of,
    entries_like,
    entry_named,
    files_like,
    is_litter,
    visible_entries,
)
from pystamps.io.par_file import read_par
from pystamps.io.raw_paths import RawPaths
from pystamps.io.text_numbers import number_of_word, read_numbers, require_near


@pytest.mark.parametrize(
    "name",
    ["._20180115.rslc", ".DS_Store", ".nfs0000000000b1", "Thumbs.db", "THUMBS.DB", "desktop.ini",
     "20180115.rslc.par~", "#day.1.in#", ".day.1.in.swp", "__MACOSX", "@eaDir"],
)  # fmt: skip
def test_what_systems_and_editors_leave_behind_does_not_count(tmp_path: Path, name: str) -> None:
    assert is_litter(name)
    (tmp_path / name).write_text("")
    (tmp_path / "20180115.rslc").write_text("")
    assert visible_entries(tmp_path) == [tmp_path / "20180115.rslc"]
    assert entries_like(tmp_path, "*") == [tmp_path / "20180115.rslc"]


def test_patterns_mean_folders_and_endings_in_any_case(tmp_path: Path) -> None:
    for name in ("RSLC/20180127.RSLC", "rslc/20180115.rslc", "rslc/20180115.rslc.par"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "rslc" / "folder.rslc").mkdir()
    found = [path.relative_to(tmp_path).as_posix() for path in files_like(tmp_path, "*slc/*.*slc")]
    assert found == ["RSLC/20180127.RSLC", "rslc/20180115.rslc"]
    assert entries_like(tmp_path / "nowhere", "*") == []


def test_a_name_is_found_in_another_case_and_the_exact_one_wins(tmp_path: Path) -> None:
    (tmp_path / "Reference").mkdir()
    (tmp_path / "Reference" / "BASELINE").write_text("")
    assert entry_named(tmp_path, "reference/baseline") == tmp_path / "Reference" / "BASELINE"
    assert entry_named(tmp_path, "reference/none") == tmp_path / "reference/none"
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "baseline").write_text("")
    assert entry_named(tmp_path, "reference/baseline") == tmp_path / "reference" / "baseline"


def test_two_spellings_without_the_right_one_are_refused(tmp_path: Path) -> None:
    for name in ("Geo", "GEO"):
        (tmp_path / name).mkdir()
    with pytest.raises(ArtifactError, match="GEO, Geo differ by upper and lower case alone"):
        entry_named(tmp_path, "geo")


def test_readers_name_the_target_of_a_link_to_nothing(tmp_path: Path) -> None:
    link = tmp_path / "bperp.1.in"
    link.symlink_to("/disk/that/is/gone")
    assert absence_of(link).startswith("is a link to /disk/that/is/gone, which is not there")
    for read in (read_par, read_numbers, lambda path: require_near(tmp_path / "P", path.name)):
        with pytest.raises(ArtifactError, match=r"bperp.1.in: is a link to /disk/that/is/gone"):
            read(link)


def test_files_of_an_export_are_found_in_another_case(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "20180701_20180115.BASE").write_text("")
    paths = RawPaths(tmp_path / "run", tmp_path / "raw")
    found = paths.find("/other/machine/20180701_20180115.base")
    assert found == tmp_path / "raw" / "20180701_20180115.BASE"


@pytest.mark.parametrize(
    ("word", "value"),
    [("1.5", 1.5), ("-4.2D+01", -42.0), ("5.405d9", 5.405e9), (".5D-1", 0.05), ("1e3", 1000.0)],
)
def test_exponents_of_fortran_are_numbers(tmp_path: Path, word: str, value: float) -> None:
    assert number_of_word(word) == value
    path = tmp_path / "bperp.1.in"
    path.write_text(f"1.0\n{word}\n")
    assert read_numbers(path).tolist() == [1.0, value]


@pytest.mark.parametrize("word", ["1_000", "1.0D", "D+02", "1,5", "0x10", "1.0D+2.5", ""])
def test_other_words_are_no_numbers(word: str) -> None:
    with pytest.raises(ValueError):
        number_of_word(word)


def test_the_word_that_is_no_number_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bperp.1.in"
    path.write_text("1.0\nnone\n")
    with pytest.raises(ArtifactError, match=r"bperp.1.in: .*'none', the 2. word"):
        read_numbers(path)
