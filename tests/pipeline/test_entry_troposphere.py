"""Tropospheric phase from files: right in sign and scale, and never a silent one."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from delayed_trees import DelayedTree, delayed_tree

from pystamps.config import Compat, RunConfig, Troposphere
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.troposphere import correct_troposphere


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> DelayedTree:
    return delayed_tree(tmp_path_factory.mktemp("delayed"))


@pytest.fixture
def gacos(tree: DelayedTree, tmp_path):
    """A copy of the folder of GACOS, to be spoiled."""
    return shutil.copytree(tree.gacos, tmp_path / "gacos")


def corrected(tree, source, *, stamps=None, compat=None, **settings):
    """Make the phase and give it, with the result of the stage."""
    settings = {"method": "gacos", "source": source, **settings}
    asked = {"subtr_tropo": "y", "tropo_method": "a_gacos", **(stamps or {})}
    config = RunConfig(
        dataset=tree.root, stamps=asked, troposphere=Troposphere(**settings),
        compat=compat or Compat(),
    )  # fmt: skip
    name = "tca_sb2.mat" if tree.pixels.pairs is not None else "tca2.mat"
    try:
        result = correct_troposphere(tree.root, config)
        return read_mat(tree.root / name), result
    finally:
        (tree.root / name).unlink(missing_ok=True)


def left_over(tree, phase):
    """Standard deviation that is left of the delay, over that before: worst interferogram."""
    observed = tree.pixels.interferograms.observed
    residual = (tree.truth - phase)[:, observed].std(axis=0)
    return (residual / tree.truth[:, observed].std(axis=0)).max()


def test_delays_of_gacos_take_the_phase_of_the_delay_away(tree):
    found, result = corrected(tree, tree.gacos)
    phase = found["ph_tropo_gacos"]
    assert set(found) == {"ph_tropo_gacos"} and phase.dtype == np.float32
    assert left_over(tree, phase) < 0.02
    assert left_over(tree, -phase) > 1.9  # the other sign would double it
    assert not phase[:, tree.pixels.master_ix].any()
    assert result.written == ("tca2.mat",)
    assert result.counts == {"pixels": 300, "interferograms": 5}


def test_delays_of_pairs_take_the_phase_of_pairs_away(tmp_path):
    tree = delayed_tree(tmp_path, pairs=[(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5)])
    found, result = corrected(tree, tree.gacos)
    assert left_over(tree, found["ph_tropo_gacos"]) < 0.02
    assert result.written == ("tca_sb2.mat",)


def test_the_look_angle_of_the_original_is_a_switch(tmp_path):
    tree = delayed_tree(tmp_path, pairs=[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)])
    true, _ = corrected(tree, tree.gacos)
    of_train, _ = corrected(tree, tree.gacos, compat=Compat(delays_by_look_angle=True))
    ratio = of_train["ph_tropo_gacos"] / true["ph_tropo_gacos"]
    look = read_mat(tree.root / "la2.mat")["la"].ravel()
    expected = np.cos(tree.incidence) / np.cos(look)
    np.testing.assert_allclose(ratio, np.tile(expected[:, None], 5), rtol=2e-4)
    assert (expected < 0.97).all()  # some percent of the delay


def test_dates_in_folders_of_their_own_are_found(tree, gacos):
    for date in tree.dates:
        (gacos / date).mkdir()
        for name in (f"{date}.ztd", f"{date}.ztd.rsc"):
            (gacos / name).rename(gacos / date / name)
    assert left_over(tree, corrected(tree, gacos)[0]["ph_tropo_gacos"]) < 0.02


def test_headers_with_windows_line_ends_and_the_other_name_of_the_length_are_read(tree, gacos):
    for path in gacos.glob("*.rsc"):
        text = path.read_text().replace("FILE_LENGTH", "LENGTH").replace("\n", "\r\n")
        path.write_bytes(text.encode())
    assert left_over(tree, corrected(tree, gacos)[0]["ph_tropo_gacos"]) < 0.02


def test_a_grid_as_geotiff_gives_the_same(tree, gacos):
    rasterio = pytest.importorskip("rasterio")
    from affine import Affine

    expected, _ = corrected(tree, tree.gacos)
    for path in sorted(gacos.glob("*.ztd")):
        header = header_of(path)
        step, shape = header["X_STEP"], (int(header["FILE_LENGTH"]), int(header["WIDTH"]))
        corner = (header["X_FIRST"] - step / 2, header["Y_FIRST"] + step / 2)
        with rasterio.open(
            path.with_name(f"{path.name}.tif"), "w", driver="GTiff", height=shape[0],
            width=shape[1], count=1, dtype="float32", crs="EPSG:4326",
            transform=Affine(step, 0, corner[0], 0, -step, corner[1]),
        ) as file:  # fmt: skip
            file.write(np.fromfile(path, "<f4").reshape(shape), 1)
        path.unlink()
        path.with_name(f"{path.name}.rsc").unlink()
    found, _ = corrected(tree, gacos)
    np.testing.assert_allclose(found["ph_tropo_gacos"], expected["ph_tropo_gacos"], atol=2e-4)


def header_of(path):
    lines = path.with_name(f"{path.name}.rsc").read_text().splitlines()
    pairs = (line.split() for line in lines)
    return {
        key: float(value)
        for key, value in pairs
        if key not in ("X_UNIT", "Y_UNIT", "PROJECTION", "DATUM")
    }


def spoil(gacos, change, date=None):
    for path in gacos.glob(f"{date or '*'}.ztd"):
        change(np.fromfile(path, "<f4")).tofile(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda z: -z, "their sign is reversed; a longer path is positive"),
        (lambda z: z * np.float32(100), "they are in centimetres; divide them by 100"),
        (lambda z: z * np.float32(1000), "they are in millimetres"),
        (lambda z: z.byteswap(), "it is big-endian"),
        (lambda z: z * np.float32(1.7), r"expected .* m at these heights"),
        (lambda z: z - np.float32(2.3), r"expected .* m at these heights"),
        (lambda z: z[: z.size // 2], "is incomplete"),
        (lambda z: np.zeros_like(z), "no delay is known at 300 of 300 pixels"),
    ],
    ids=["sign", "cm", "mm", "big-endian", "scale", "anomaly", "short", "water"],
)  # fmt: skip
def test_a_folder_of_other_numbers_is_refused_by_what_is_wrong(tree, gacos, change, words):
    spoil(gacos, change)
    with pytest.raises(DatasetError, match=words) as refused:
        corrected(tree, gacos)
    assert ".ztd" in str(refused.value)


def test_one_spoiled_date_is_refused_by_its_file(tree, gacos):
    spoil(gacos, lambda z: -z, tree.dates[3])
    with pytest.raises(DatasetError, match=rf"{tree.dates[3]}\.ztd.*sign is reversed"):
        corrected(tree, gacos)


def test_water_between_nodes_gets_the_value_of_the_land_beside_it(tree, gacos):
    """A node without value loses its weight to the others."""
    lonlat = tree.pixels.lonlat[0]

    def drown(values):
        header = header_of(gacos / f"{tree.dates[0]}.ztd")
        column = round((lonlat[0] - header["X_FIRST"]) / header["X_STEP"])
        row = round((lonlat[1] - header["Y_FIRST"]) / header["Y_STEP"])
        grid = values.reshape(int(header["FILE_LENGTH"]), -1)
        grid[row, column] = 0
        return values

    spoil(gacos, drown)
    found, _ = corrected(tree, gacos)
    assert left_over(tree, found["ph_tropo_gacos"]) < 0.03


def test_a_scene_half_outside_is_refused_with_both_extents(tree, gacos):
    header = header_of(gacos / f"{tree.dates[0]}.ztd")
    width, step = int(header["WIDTH"]), header["X_STEP"]

    for path in gacos.glob("*.ztd"):
        grid = np.fromfile(path, "<f4").reshape(-1, width)
        np.ascontiguousarray(grid[:, width // 2 :]).tofile(path)
        rsc = path.with_name(f"{path.name}.rsc")
        lines = {line.split()[0]: line.split()[1] for line in rsc.read_text().splitlines()}
        lines["WIDTH"] = str(width - width // 2)
        lines["X_FIRST"] = repr(header["X_FIRST"] + width // 2 * step)
        rsc.write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
    with pytest.raises(DatasetError, match=r"no delay is known at \d+ of 300 pixels .* covers"):
        corrected(tree, gacos)


def remove(gacos, *dates):
    for date in dates:
        for name in (f"{date}.ztd", f"{date}.ztd.rsc"):
            (gacos / name).unlink()


def test_a_missing_date_is_refused_by_its_interferogram(tree, gacos):
    remove(gacos, tree.dates[4])
    with pytest.raises(
        ArtifactError, match=rf"no delay is known of interferogram 5 \({tree.dates[4]}"
    ):
        corrected(tree, gacos)
    assert not (tree.root / "tca2.mat").exists()


def test_a_missing_date_may_stay_uncorrected_and_is_named(tree, gacos):
    remove(gacos, tree.dates[4])
    found, result = corrected(tree, gacos, missing_dates="uncorrected")
    phase = found["ph_tropo_gacos"]
    assert not phase[:, 4].any() and found["ifg_uncorrected"].ravel().tolist() == [5]
    assert f"nothing is taken off interferogram 5 ({tree.dates[4]})" in result.details
    known = [k for k in tree.pixels.interferograms.observed if k != 4]
    assert (tree.truth - phase)[:, known].std() < 0.02 * tree.truth[:, known].std()


def test_a_missing_date_that_is_dropped_needs_no_delay(tree, gacos):
    remove(gacos, tree.dates[4])
    _, result = corrected(tree, gacos, stamps={"drop_ifg_index": [5]})
    assert "nothing is taken off" not in result.details


def test_the_reference_date_is_always_needed(tree, gacos):
    remove(gacos, tree.dates[tree.pixels.master_ix])
    with pytest.raises(ArtifactError, match="no delay is known of any interferogram"):
        corrected(tree, gacos, missing_dates="uncorrected")


def test_dates_beside_those_of_the_stack_are_no_delay_of_it(tree, gacos):
    for date in tree.dates:
        later = f"{int(date) + 1}"
        for ending in (".ztd", ".ztd.rsc"):
            (gacos / f"{date}{ending}").rename(gacos / f"{later}{ending}")
    with pytest.raises(ArtifactError, match="the delays are of other dates"):
        corrected(tree, gacos)


def test_two_grids_of_a_date_are_refused(tree, gacos):
    (gacos / "again").mkdir()
    for ending in (".ztd", ".ztd.rsc"):
        shutil.copy(gacos / f"{tree.dates[0]}{ending}", gacos / "again")
    with pytest.raises(DatasetError, match="there is another grid of this date"):
        corrected(tree, gacos)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("X_FIRST", "X_LAST"), "has no X_FIRST"),
        (lambda text: text.replace("WIDTH           ", "WIDTH nan "), "WIDTH is"),
        (lambda text: text.replace("WIDTH           ", "WIDTH 1"), "is incomplete, or"),
    ],
    ids=["missing", "nan", "other"],
)
def test_a_damaged_header_is_refused_by_its_key(tree, gacos, change, words):
    for path in gacos.glob("*.rsc"):
        path.write_text(change(path.read_text()))
    with pytest.raises(DatasetError, match=words):
        corrected(tree, gacos)


def test_a_grid_without_header_or_angle_is_refused(tree, gacos, tmp_path):
    (gacos / f"{tree.dates[1]}.ztd.rsc").unlink()
    with pytest.raises(DatasetError, match=r"ztd\.rsc: is missing"):
        corrected(tree, gacos)
    other = delayed_tree(tmp_path / "other")
    (other.root / "la2.mat").unlink()
    with pytest.raises(ArtifactError, match="no angle of incidence is known"):
        corrected(other, other.gacos)


def test_no_method_is_refused(tree):
    with pytest.raises(ParameterError, match=r"troposphere\.method is none.*gacos"):
        corrected(tree, None, method="none")
