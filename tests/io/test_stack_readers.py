"""Dates, baselines, amplitudes and geometry files of a stack: all lists must agree."""

from __future__ import annotations

import numpy as np
import pytest
from prepared_stacks import LENGTH, MASTER, SLAVES, STACKS, WIDTH, write_raster

from pystamps.dates import datenum
from pystamps.errors import ArtifactError
from pystamps.processors.acquisitions import acquisitions_of_pairs
from pystamps.processors.doris_patch import read_doris_patch
from pystamps.processors.isce_patch import read_isce_patch, read_raster
from pystamps.processors.slant_range import base_name, read_slant_range_patch

DAYS = [datenum(date) for date in SLAVES]


@pytest.fixture
def snap(tmp_path):
    return STACKS["snap"](tmp_path)


@pytest.fixture
def doris(tmp_path):
    return STACKS["doris"](tmp_path)


@pytest.fixture
def isce(tmp_path):
    return STACKS["isce"](tmp_path)


def pairs(*names, tmp_path):
    return acquisitions_of_pairs(list(names), named_in=tmp_path / "pscphase.in")


def test_interferograms_are_sorted_by_date_wherever_they_lie(tmp_path):
    found = pairs(
        "/z/20180401_20180501.diff",
        r"C:\20170101_x\20180401_20180101.diff",
        "20180401-20180301.diff",
        tmp_path=tmp_path,
    )
    assert found.day.tolist() == DAYS and found.block.tolist() == [1, 2, 0]
    assert found.master_day == datenum(MASTER)
    assert found.interferograms(np.zeros(3)).reference_ix == 2


def test_an_interferogram_of_the_reference_image_with_itself_is_left_out(tmp_path):
    names = [f"{MASTER}_{date}.diff" for date in (SLAVES[0], MASTER, SLAVES[2])]
    found = pairs(*names, tmp_path=tmp_path)
    assert found.block.tolist() == [0, 2] and datenum(MASTER) not in found.day


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["20180401_20180101.diff", "20180301_20180101.diff"], "2 reference images"),
        (["20180401_20180101.diff", "a/20180401_20180101.diff"], "more than once: 20180101"),
        (["20180401_20181301.diff"], "20181301.* is not a date"),
        (["20180401.diff"], "no pair of dates"),
        (["20180401_20180401.diff"], "names no interferogram"),
        ([], "0 reference images"),
    ],
)
def test_wrong_interferogram_lists_are_refused(tmp_path, names, message):
    with pytest.raises(ArtifactError, match=rf"pscphase.in: .*{message}"):
        pairs(*names, tmp_path=tmp_path)


@pytest.mark.parametrize(
    ("interferogram", "base"),
    [
        ("../raw/diff0/20180401_20180101.diff", "../raw/diff0/20180401_20180101.base"),
        ("20180401_20180101.int", "20180401_20180101.base"),
    ],
)
def test_the_baseline_file_lies_beside_the_interferogram(interferogram, base):
    assert base_name(interferogram) == base


def test_baselines_of_snap_follow_the_dates(snap):
    path = snap.parent / "pscphase.in"
    width, *names = path.read_text().split()
    path.write_text("\n".join([width, *reversed(names)]))
    found = read_slant_range_patch(snap)
    np.testing.assert_array_equal(found.geometry.baseline[:, 0], [10, 20, 30])
    assert found.acquisitions.block.tolist() == [2, 1, 0]


def test_a_missing_baseline_file_is_named(snap):
    (snap.parent.parent / "raw/diff0/20180401_20180301.base").unlink()
    with pytest.raises(ArtifactError, match=r"20180401_20180301.base does not exist.*raw_root"):
        read_slant_range_patch(snap)


def test_a_baseline_file_without_rate_is_refused(snap):
    path = snap.parent.parent / "raw/diff0/20180401_20180301.base"
    path.write_text(path.read_text().splitlines()[0])
    with pytest.raises(ArtifactError, match=r"20180301.base: nothing, expected three numbers"):
        read_slant_range_patch(snap)


@pytest.mark.parametrize("name", ["pscphase.in", "rsc.txt"])
def test_a_missing_list_of_snap_is_named(snap, name):
    (snap.parent / name).unlink()
    with pytest.raises(ArtifactError, match=rf"{name}: file is missing"):
        read_slant_range_patch(snap)


def test_everything_of_doris_follows_the_dates_in_any_order(doris):
    root = doris.parent
    (root / "day.1.in").write_text("20180501\n20180101\n20180301\n")
    (root / "calamp.out").write_text(
        f"{MASTER}_crop.slc 9\nINSAR/20180301/slave_res.slc 3\n"
        "INSAR/20180501/slave_res.slc 5\nINSAR/20180101/slave_res.slc 1\n"
    )
    found = read_doris_patch(doris)
    assert found.acquisitions.day.tolist() == DAYS
    assert found.acquisitions.block.tolist() == [1, 2, 0]
    assert found.geometry.calconst.tolist() == [1, 3, 5]
    assert found.geometry.bperp.tolist() == [-20.5, 30.5, 10.5]


def test_a_file_of_the_patch_comes_before_that_of_the_data_set(doris):
    (doris / "bperp.1.in").write_text("1 2 3\n")
    assert read_doris_patch(doris).geometry.bperp.tolist() == [1, 2, 3]


def test_without_amplitude_constants_they_are_one(doris):
    (doris.parent / "calamp.out").unlink()
    assert read_doris_patch(doris).geometry.calconst.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["20180101/a.slc 4", "20180301/a.slc 4"], "missing: 20180501; not in day.1.in: none"),
        ([f"{date}/a.slc 4" for date in (*SLAVES, "20190101")], "not in day.1.in: 20190101"),
        (["20180101/a.slc 0"], "does not end with a positive mean amplitude"),
        (["20180101/a.slc"], "does not end with a positive mean amplitude"),
        (["image/a.slc 4"], "holds no date"),
    ],
)
def test_amplitude_constants_of_other_images_are_refused(doris, lines, message):
    (doris.parent / "calamp.out").write_text("\n".join(lines))
    with pytest.raises(ArtifactError, match=rf"calamp.out: .*{message}"):
        read_doris_patch(doris)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("day.1.in", "20180101 20180101 20180501", "more than once: 20180101"),
        ("day.1.in", f"20180101 {MASTER} 20180501", "holds the date of the reference image"),
        ("day.1.in", "20180101 2018030 20180501", "'2018030' is not a date"),
        ("master_day.1.in", "", "found 0 dates, expected one"),
        ("bperp.1.in", "1 2", "found 2 baselines, expected 3"),
        ("width.txt", "6.5", "expected a positive whole number"),
        ("width.txt", "10", "positions reach line"),
        ("look_angle.1.in", "1 2 3", "found 3 numbers, expected 5000"),
        ("pscphase.in", "60\n20180301/a\n20180101/a\n20180501/a", "same order"),
    ],
)
def test_contradicting_text_files_of_doris_are_refused(doris, name, text, message):
    (doris.parent / name).write_text(text)
    with pytest.raises(ArtifactError, match=message):
        read_doris_patch(doris)


@pytest.mark.parametrize(
    "name", ["day.1.in", "master_day.1.in", "bperp.1.in", "width.txt", "bperp_20180301.1.in"]
)
def test_a_missing_text_file_of_doris_is_named(doris, name):
    (doris.parent / name).unlink()
    with pytest.raises(ArtifactError, match=rf"{name}: file is missing"):
        read_doris_patch(doris)


def test_node_grids_need_heights(doris):
    (doris / "pscands.1.hgt").unlink()
    with pytest.raises(ArtifactError, match=r"pscands.1.hgt: file is missing; look angle"):
        read_doris_patch(doris)


def test_the_newer_folder_names_of_isce_are_understood(isce):
    assert read_isce_patch(isce).geometry.calconst.tolist() == [40.5, 40.5, 40.5]


def test_rasters_of_isce_are_optional(isce):
    for path in (*isce.parent.glob("inc_angle*"), *isce.parent.glob("baselineGRID*")):
        path.unlink()
    write_raster(isce.parent.parent / "look_angle.raw", np.full((LENGTH, WIDTH), 30.0))
    geometry = read_isce_patch(isce).geometry
    assert geometry.incidence is None and geometry.bperp_rasters is None
    assert geometry.look_angle.shape == (LENGTH, WIDTH)


def test_a_baseline_raster_of_one_image_may_not_be_missing(isce):
    (isce.parent / "baselineGRID_20180301").unlink()
    with pytest.raises(ArtifactError, match=r"baselineGRID_20180301: file is missing, but 2 of 3"):
        read_isce_patch(isce)


def test_an_angle_raster_of_another_size_is_refused(isce):
    write_raster(isce.parent / "inc_angle.raw", np.zeros((LENGTH, WIDTH - 1)))
    with pytest.raises(ArtifactError, match=r"inc_angle.raw: has 90 lines of 59 samples"):
        read_isce_patch(isce)


@pytest.mark.parametrize(
    ("scheme", "shape", "axis"),
    [("BIL", (4, 2, 3), 1), ("BIP", (4, 3, 2), 2), ("BSQ", (2, 4, 3), 0)],
)
def test_the_first_band_of_a_raster_is_read(tmp_path, scheme, shape, axis):
    values = np.arange(24, dtype=">i2").reshape(shape)
    path = tmp_path / "x.raw"
    values.tofile(path)
    names = {"WIDTH": 3, "LENGTH": 4, "number_bands": 2, "data_type": "SHORT", "scheme": scheme}
    names["byte_order"] = "b"
    properties = [f'<property name="{k}"><value>{v}</value></property>' for k, v in names.items()]
    (tmp_path / "x.raw.xml").write_text(f"<imageFile>{''.join(properties)}</imageFile>")
    np.testing.assert_array_equal(read_raster(path), values.take(0, axis=axis))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("<value>FLOAT", "<value>QUAD"), "data_type 'QUAD' with scheme 'BIL' is not known"),
        (("<value>90", "<value>91"), "found 21600 bytes, expected 21840 for 91 lines"),
        (("<value>90", "<value>many"), "length is 'many', expected a positive whole number"),
        (("</imageFile>", ""), "is not XML"),
    ],
)
def test_a_wrong_description_of_a_raster_is_refused(isce, change, message):
    path = isce.parent / "inc_angle.raw.xml"
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(ArtifactError, match=message):
        read_isce_patch(isce)


def test_a_raster_without_description_is_refused(isce):
    (isce.parent / "inc_angle.raw.xml").unlink()
    with pytest.raises(ArtifactError, match=r"inc_angle.raw.xml: file is missing"):
        read_isce_patch(isce)
