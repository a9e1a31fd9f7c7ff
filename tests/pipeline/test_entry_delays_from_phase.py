"""Tropospheric phase estimated from the unwrapped phase: sign and size by truth, and refusals."""

from __future__ import annotations

import dataclasses
import json
import logging

import numpy as np
import pytest
from delay_examples import terrain

from pystamps.config import RunConfig, Troposphere
from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.delay_files import read_delays
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import Height, Pixels, Unwrapped, UnwrappedPairs
from pystamps.pipeline.entry.troposphere import correct_troposphere
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.planned_estimate import refuse_impossible_estimate

N_PS = 1500
XY, HEIGHT = terrain(N_PS)
DAY = 737000.0 + 12 * np.arange(7)
REFERENCE = 2
SLOPES = np.array([5.0, -3, 0, 8, 2, -6, 3])
"""Of the images, rad per km."""
PAIRS = np.array([[0, 1], [1, 2], [0, 2], [2, 3], [3, 4], [2, 4], [4, 5], [5, 6]])
MOVING = np.hypot(*(XY - [10_000, 8_000]).T) < 3_000


@pytest.fixture(params=[None, PAIRS], ids=["single reference", "small baselines"])
def root(tmp_path, request):
    """A data set whose phase is delay that grows with height, and noise of 0.2 rad."""
    pairs, images = request.param, HEIGHT[:, None] / 1000 * SLOPES
    bperp = np.array([30.0, -60, 0, 20, 100, -15, 40, 5])
    pixels = Pixels(
        ij=np.zeros((N_PS, 3)),
        lonlat=np.column_stack([14 + XY[:, 0] / 84_000, 41 + XY[:, 1] / 111_000]),
        xy=np.column_stack([np.arange(1.0, N_PS + 1), XY]).astype(np.float32),
        bperp=(bperp[:7] if pairs is None else bperp).astype(np.float32),
        day=DAY, master_day=DAY[REFERENCE], master_ix=REFERENCE, ll0=np.array([14.0, 41.0]),
        pairs=pairs,
    )  # fmt: skip
    noise = np.random.default_rng(5).normal(0, 0.2, images.shape)
    phase = ((images + noise) @ pixels.interferograms.design().T).astype(np.float32)
    write_artifact(tmp_path / "ps2.mat", pixels)
    write_artifact(tmp_path / "hgt2.mat", Height(HEIGHT))
    kind = Unwrapped if pairs is None else UnwrappedPairs
    name = "phuw2.mat" if pairs is None else "phuw_sb2.mat"
    write_artifact(tmp_path / name, kind(phase, np.zeros(phase.shape[1], np.float32)))
    flag = "n" if pairs is None else "y"
    write_mat(
        tmp_path / "parms.mat",
        {"lambda": 0.0555, "heading": 0.0, "insar_processor": "snap", "small_baseline_flag": flag},
    )
    return tmp_path


def truth(root) -> np.ndarray:
    design = read_artifact(Pixels, root / "ps2.mat").interferograms.design()
    return HEIGHT[:, None] / 1000 * SLOPES @ design.T


def estimated(root, method, **settings):
    """Give the file that the stage makes, and its result."""
    name = {"linear": "a_linear", "power_law": "a_powerlaw"}[method]
    config = RunConfig(
        dataset=root, stamps={"subtr_tropo": "y", "tropo_method": name},
        troposphere=Troposphere(method=method, **settings),
    )  # fmt: skip
    result = correct_troposphere(root, config)
    return read_mat(root / result.written[0]), result


def left_over(root, phase) -> float:
    """Give what is left of the delay over that before: worst interferogram."""
    of_truth = truth(root)
    used = of_truth.std(axis=0) > 0
    left = (of_truth - phase)[:, used].std(axis=0) / of_truth[:, used].std(axis=0)
    return float(left.max())


def beside_plane(values: np.ndarray) -> np.ndarray:
    plane = np.column_stack([XY, np.ones(N_PS)])
    return values - plane @ np.linalg.lstsq(plane, values, rcond=None)[0]


def test_delay_that_grows_with_height_is_taken_away(root):
    found, result = estimated(root, "linear")
    assert set(found) == {"ph_tropo_linear"}
    assert left_over(root, found["ph_tropo_linear"]) < 0.05
    assert left_over(root, -found["ph_tropo_linear"]) > 1.9  # the other sign would double it
    assert "rad/km" in result.details and "from 1500 of 1500 pixels" in result.details


def test_a_power_law_takes_it_away_too_and_leaves_its_size(root):
    found, result = estimated(root, "power_law", windows=4)
    assert set(found) == {"ph_tropo_powerlaw", "K_tropo_powerlaw", "perc_cons_K_powerlaw"}
    # a size that varies leaves long waves, for it belongs to the whole delay down from h0
    of_truth, phase = (
        beside_plane(values) for values in (truth(root), truth(root) - found["ph_tropo_powerlaw"])
    )
    strong = of_truth.std(axis=0) > 0.5
    assert strong.sum() >= 4
    assert (phase.std(axis=0)[strong] < 0.2 * of_truth.std(axis=0)[strong]).all()
    assert found["perc_cons_K_powerlaw"].shape == (truth(root).shape[1], 1)
    assert "bands 2-4,4-8,8-16,16-32 km, 4 windows" in result.details
    used = read_artifact(Pixels, root / "ps2.mat").interferograms.observed
    size = found["K_tropo_powerlaw"][:, used]
    slope = -1.6 * size * (10_000 - HEIGHT[:, None]) ** 0.6  # against height, per m
    expected = np.polyfit(HEIGHT, truth(root)[:, used], 1)[0]
    np.testing.assert_allclose(slope.mean(axis=0), expected, rtol=0.05, atol=2e-4)


def test_stages_read_what_was_estimated(root):
    found, result = estimated(root, "linear")
    shape = found["ph_tropo_linear"].shape
    delays = read_delays(root / result.written[0], "a_linear", shape)
    np.testing.assert_array_equal(np.asarray(delays), found["ph_tropo_linear"])


def test_a_dropped_interferogram_has_no_delay(root):
    config = RunConfig(
        dataset=root, stamps={"subtr_tropo": "y", "tropo_method": "a_powerlaw",
                              "drop_ifg_index": [2]},
        troposphere=Troposphere(method="power_law", windows=4),
    )  # fmt: skip
    result = correct_troposphere(root, config)
    found = read_mat(root / result.written[0])["ph_tropo_powerlaw"]
    assert not found[:, 1].any() and found[:, 0].any()


def polygon(tmp_path) -> str:
    """Write the moving area as a file of polygons."""
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = [
        [14 + (10_000 + 3_010 * np.cos(a)) / 84_000, 41 + (8_000 + 3_010 * np.sin(a)) / 111_000]
        for a in angle
    ]
    path = tmp_path / "moving.geojson"
    ring[-1] = ring[0]
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    return str(path)


@pytest.mark.parametrize("form", ["polygon", "place", "places"])
def test_motion_that_follows_the_terrain_is_left_out(root, tmp_path, form):
    spans = read_artifact(Pixels, root / "ps2.mat").interferograms.temporal_baseline
    motion = np.where(MOVING, -0.8 * (HEIGHT - 300) / 1000, 0)[:, None] * spans
    kind, name = (
        (Unwrapped, "phuw2.mat") if (root / "phuw2.mat").is_file()
        else (UnwrappedPairs, "phuw_sb2.mat")
    )  # fmt: skip
    stored = read_artifact(kind, root / name)
    phase = np.asarray(stored.ph_uw) + motion.astype(np.float32)
    write_artifact(root / name, dataclasses.replace(stored, ph_uw=phase))
    places = tmp_path / "places.csv"
    places.write_text("longitude,latitude,radius\n14.119048,41.072072,3100\n")
    area = {
        "polygon": polygon(tmp_path), "place": "14.119048,41.072072,3100", "places": str(places)
    }[form]  # fmt: skip
    misled = left_over(root, estimated(root, "linear")[0]["ph_tropo_linear"])
    found, result = estimated(root, "linear", deforming_area=area)
    assert misled > 3 * left_over(root, found["ph_tropo_linear"])
    assert left_over(root, found["ph_tropo_linear"]) < 0.05
    assert f"of {N_PS} pixels" in result.details and f"from {N_PS} " not in result.details


def test_velocity_that_correlates_with_height_is_warned_of(root, caplog):
    with caplog.at_level(logging.WARNING):
        estimated(root, "linear")
    assert "correlate" not in caplog.text
    stored_name = "phuw2.mat" if (root / "phuw2.mat").is_file() else "phuw_sb2.mat"
    kind = Unwrapped if stored_name == "phuw2.mat" else UnwrappedPairs
    stored = read_artifact(kind, root / stored_name)
    spans = read_artifact(Pixels, root / "ps2.mat").interferograms.temporal_baseline
    moved = np.asarray(stored.ph_uw) + (2.0 * HEIGHT[:, None] / 1000 * spans).astype(np.float32)
    write_artifact(root / stored_name, dataclasses.replace(stored, ph_uw=moved))
    with caplog.at_level(logging.WARNING):
        estimated(root, "linear")
    assert "mean velocity and height of the pixels correlate (r = " in caplog.text


def test_an_area_that_holds_none_or_all_of_the_pixels_is_refused(root):
    with pytest.raises(ParameterError, match=r"deforming_area: 3,3,4,4: holds none of the 1500"):
        estimated(root, "linear", deforming_area="3,3,4,4")
    with pytest.raises(ParameterError, match="holds all of the 1500 pixels"):
        estimated(root, "linear", deforming_area="10,40,20,43")
    with pytest.raises(ParameterError, match=r"troposphere.deforming_area 'x': no such file"):
        estimated(root, "linear", deforming_area="x")


def test_a_data_set_without_heights_is_refused(root):
    (root / "hgt2.mat").unlink()
    with pytest.raises(ArtifactError, match=r"hgt2\.mat: file is missing.*elevation model"):
        estimated(root, "linear")


def test_the_part_of_the_baselines_needs_six_interferograms(root):
    found, _ = estimated(root, "linear", without_dem_error=True)
    assert found["ph_tropo_linear"].any()
    config = RunConfig(
        dataset=root, stamps={"subtr_tropo": "y", "drop_ifg_index": [1, 2, 4, 5]},
        troposphere=Troposphere(method="linear", without_dem_error=True),
    )  # fmt: skip
    with pytest.raises(ParameterError, match="6 or more tell the part of the baselines"):
        correct_troposphere(root, config)


def plan(root, **settings) -> WorkflowPlan:
    write_mat(root / "merge2.mat", {"psver": 2.0})
    method = {"method": "power_law", **settings}
    return WorkflowPlan.from_mapping({"dataset": str(root), "troposphere": method})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"h0_km": 1},
            r"h0_km: 1 km is not above all pixels, the highest .* at 1\d\d\d m",
        ),
        ({"bands_km": "2-4,32-64"}, r"bands_km: 32-64 km: longer than the scene of 20\.0 by 1"),
        ({"bands_km": "4-2"}, "bands_km: 4-2: expected SHORTEST-LONGEST"),
        ({"windows": 2000}, r"windows: 2000 windows over 20\.0 by .*narrower than.*about \d+ or"),
        ({"cell_m": 900}, "cell_m: 900 m, at most 500 m for the shortest wavelength of 2 km"),
        ({"kept_band": 7}, "kept_band: 7, there are 4 bands"),
    ],
    ids=["h0", "long band", "band", "windows", "cell", "kept band"],
)
def test_what_the_scene_does_not_allow_is_refused_before_the_first_job(root, settings, words):
    with pytest.raises(ParameterError, match=words):
        refuse_impossible_estimate(plan(root, **settings))


def test_what_the_scene_allows_is_planned_after_unwrapping(root):
    found = plan(root)
    refuse_impossible_estimate(found)
    names = [stage.name for stage in found.stages]
    assert names[:3] == ["stage6_unwrap", "correct_troposphere", "stage7_scla"]
    assert not {"tca2.mat", "tca_sb2.mat"} & {*found.optional_inputs("stage6_unwrap")}
    assert {"tca2.mat", "tca_sb2.mat"} & {*found.optional_inputs("stage7_scla")}


def test_heights_of_soundings_that_are_not_there_are_refused(root, tmp_path):
    with pytest.raises(ParameterError, match="h0_km: 0 = from the soundings"):
        plan(root, h0_km=0)
    (tmp_path / "none").mkdir()
    with pytest.raises(DatasetError, match=r"holds no soundings \(\*\.csv\)"):
        refuse_impossible_estimate(plan(root, soundings=str(tmp_path / "none")))


def test_height_and_exponent_may_come_from_soundings(root, tmp_path):
    folder = tmp_path / "soundings"
    folder.mkdir()
    height = np.arange(0.0, 12_001.0, 50.0)
    # refractivity whose delay is (12 km - h) to the power 1.7, in dry air of 7 degrees
    ppm = 0.2 * 1.7 * np.maximum(12_000 - height, 0.5) ** 0.7
    rows = [f"{p:.6f},{h:g},6.85,0" for p, h in zip(ppm * 280 / 77.6, height, strict=True)]
    head = "pressure_hPa,geopotential height_m,temperature_C,relative humidity_%"
    for k in range(4):
        (folder / f"{k}.csv").write_text("\n".join([head, *rows]))
    _, result = estimated(root, "power_law", soundings=folder, h0_km=12.0, windows=4)
    assert "h0 12.00 km, alpha 1.7" in result.details
    found = plan(root, soundings=str(folder), h0_km=12.0)
    assert str(folder / "0.csv") in found.optional_inputs("correct_troposphere")
