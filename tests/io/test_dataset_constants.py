"""Wavelength, heading, platform and oversampling from the text files of a stack."""

from __future__ import annotations

import pytest
from prepared_stacks import PAR, STACKS

from pystamps.errors import ArtifactError
from pystamps.io.par_file import ParFile, read_par
from pystamps.processors import dataset_constants
from pystamps.processors.constants import DatasetConstants, constants_of_par


def test_snap_has_them_in_the_file_of_the_reference_image(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    found = dataset_constants(root, "snap")
    assert found.lambda_ == pytest.approx(0.05546576, abs=5e-9)
    assert (found.heading, found.platform, found.slc_osf) == (-12.6, "S1A", None)


@pytest.mark.parametrize(("processor", "slc_osf"), [("doris", 1.0), ("isce", None)])
def test_doris_and_isce_have_them_in_text_files(tmp_path, processor, slc_osf):
    root = STACKS[processor](tmp_path).parent
    found = dataset_constants(root, processor)
    assert found == DatasetConstants(0.0554657595, -12.6, None, slc_osf)


@pytest.mark.parametrize("processor", ["snap", "gamma", "doris", "isce", "gsar"])
def test_missing_files_say_nothing(tmp_path, processor):
    assert dataset_constants(tmp_path, processor) == DatasetConstants()


def test_a_stale_path_says_nothing_until_the_raw_folder_is_given(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    (tmp_path / "raw").rename(tmp_path / "moved")
    assert dataset_constants(root, "snap") == DatasetConstants()
    assert dataset_constants(root, "snap", tmp_path / "moved").heading == -12.6


@pytest.mark.parametrize("text", ["", "north\n"])
def test_a_file_without_number_is_refused(tmp_path, text):
    (tmp_path / "heading.1.in").write_text(text)
    with pytest.raises(ArtifactError, match=r"heading.1.in: found .*, expected a number"):
        dataset_constants(tmp_path, "doris")


def test_asar_is_envisat(tmp_path):
    (tmp_path / "x.par").write_text(PAR.replace("S1A IW", "ASAR IM"))
    assert constants_of_par(read_par(tmp_path / "x.par")).platform == "ENVISAT"


def test_keys_match_as_a_whole(tmp_path):
    path = tmp_path / "x.par"
    path.write_text("heading_of_scene: 7\nheading: 1.5 degrees\nheading: 9\nprf: fast\n")
    par = read_par(path)
    assert par.number("heading") == 1.5
    with pytest.raises(ArtifactError, match="key near_range_slc is missing"):
        par.number("near_range_slc")
    with pytest.raises(ArtifactError, match="prf is 'fast', expected 1 number"):
        par.number("prf")
    assert ParFile(path, {}).word("sensor") is None
