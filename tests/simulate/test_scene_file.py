"""Scene files: every setting by its name, mistakes in one line."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np
import pytest
from simulated_scenes import quiet

from pystamps.config.setting import Setting
from pystamps.errors import ArtifactError, ParameterError
from pystamps.simulate import PRESETS, Bowl, Fault, Scene, TimeFunction, preset_scene, read_scene
from pystamps.simulate.scene import changed_scene
from pystamps.simulate.scene_file import scene_text
from pystamps.simulate.scene_settings import scene_settings, source_settings
from pystamps.simulate.settings import Gap
from pystamps.simulate.sources import SOURCE_KINDS, Mogi, ScrewFault
from pystamps.simulate.stack import make_stack

FULL = """
preset: tiny
seed: 7
view: {sensor: ers, orbit: descending, centre_lonlat: [14.4, 40.8]}
acquisitions:
  interferograms: 9
  first_date: 1995-05-02
  gaps: [{start: 1996-01-01, end: 1996-12-31}]
scatterers: {side_lobes: 3, density_per_km2: 50}
deformation:
  - {kind: bowl, centre: [0.5, 0.5], radius_m: [500, 500], amplitude_mm: -12}
  - kind: fault
    centre: [0.5, 0.4]
    strike_deg: 130
    dip_deg: 60
    length_m: 4000
    width_m: 3000
    depth_m: 500
    dip_slip_m: -0.3
    time: {kind: step, date: 1996-03-01}
"""


def _scene(tmp_path: Path, text: str) -> Scene:
    (tmp_path / "scene.yaml").write_text(text)
    return read_scene(tmp_path / "scene.yaml")


def test_a_scene_file_changes_what_it_names_and_leaves_the_rest(tmp_path: Path):
    scene = _scene(tmp_path, FULL)
    assert (scene.seed, scene.lines) == (7, PRESETS["tiny"].lines)
    assert (scene.view.sensor, scene.view.orbit) == ("ers", "descending")
    assert scene.view.azimuth_spacing_m == 60.0
    assert scene.acquisitions.gaps == (Gap(date(1996, 1, 1), date(1996, 12, 31)),)
    assert scene.scatterers.side_lobes == 3
    bowl, fault = scene.deformation
    assert bowl == Bowl((0.5, 0.5), (500.0, 500.0), -12.0)
    assert isinstance(fault, Fault)
    assert fault.time == TimeFunction("step", date(1996, 3, 1))


def test_the_text_of_a_scene_makes_the_scene_again(tmp_path: Path):
    for scene in (*PRESETS.values(), _scene(tmp_path, FULL)):
        assert _scene(tmp_path, scene_text(scene)) == scene


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sed: 3", "sed: unknown setting .*did you mean 'seed'"),
        ("scatterers: {densty_per_km2: 3}", "scatterers.densty_per_km2: .*'density_per_km2'"),
        ("preset: tyni", "did you mean 'tiny'"),
        ("seed: one", "seed: 'one' is not allowed; expected a whole number"),
        ("view: ascending", "view: 'ascending' is not allowed; expected a group"),
        ("view: {sensor: envisat}", "view.sensor='envisat' is unknown"),
        ("view: {centre_lonlat: [1]}", "expected 2 values"),
        ("deformation: [{kind: bowel}]", "did you mean 'bowl'"),
        ("deformation: [{kind: mogi, centre: [0, 0]}]", "depth_m, volume_m3 missing"),
        ("acquisitions: {first_date: 3}", "expected a date"),
        ("background: {water_fraction: 2}", "water_fraction=2.*<= 1"),
        ("background: {geometric_decorrelation: 1}", "expected true or false"),
        ("preparation: {patches: [1, 900]}", "patches"),
    ],
)
def test_mistakes_are_refused_with_file_and_setting(tmp_path: Path, text: str, message: str):
    with pytest.raises(ParameterError, match=message) as caught:
        _scene(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "scene.yaml"))
    assert "\n" not in str(caught.value)


EXAMPLES = {
    "bowl": Bowl((0.5, 0.5), (900.0, 900.0), -12.0),
    "mogi": Mogi((0.5, 0.5), 3000.0, 2e5),
    "fault": Fault((0.5, 0.5), 130.0, 60.0, 8000.0, 6000.0, 1000.0),
    "screw_fault": ScrewFault((0.5, 0.5), 20.0, 8000.0, 0.02),
    "time": TimeFunction(),
}
UNITS = {"m": "m", "mm": "mm", "m3": "m3", "deg": "deg", "rad": "rad", "days": "days", "db": "dB"}
UNITS |= {"km2": "per km2", "km": "rad/km"}
ALL_SETTINGS = pytest.mark.parametrize(
    "item", [*scene_settings(), *source_settings()], ids=lambda item: item.key
)


@ALL_SETTINGS
def test_a_setting_says_its_meaning_and_the_unit_of_its_name(item: Setting):
    assert item.info.meaning.endswith(".")
    *_, before, ending = ["", *item.name.split("_")]
    if ending == "yr":
        assert item.info.unit == f"{before}/yr"
        return
    assert item.info.unit == UNITS.get(ending, item.info.unit)


def outside_limits(item: Setting) -> Iterator[Any]:
    """Give values that are not allowed, one for each limit."""
    info, length = item.info, max(2, len(get_args(item.type)))
    wrong: list[Any] = ["none of them"] if info.choices else []
    if info.minimum > -np.inf:
        wrong.append(info.minimum if info.is_minimum_excluded else info.minimum - 1)
    if info.maximum < np.inf:
        wrong.append(info.maximum + 1)
    for value in wrong:
        yield (value,) * length if get_origin(item.type) is tuple else value


@ALL_SETTINGS
def test_a_value_outside_the_limits_is_refused_by_name(item: Setting):
    for value in outside_limits(item):
        with pytest.raises(ParameterError, match=rf"^scene: (\w+\.)?{item.name}="):
            if item.group in EXAMPLES:
                dataclasses.replace(EXAMPLES[item.group], **{item.name: value})
            else:
                changed_scene(Scene(), {item.key: value})


def test_every_kind_of_source_has_an_example():
    assert EXAMPLES.keys() == {*SOURCE_KINDS, "time"}


def test_the_example_of_the_documentation_is_a_scene(tmp_path: Path):
    page = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"
    text = page.read_text().partition("```yaml\n")[2].partition("```")[0]
    scene = _scene(tmp_path, text)
    assert [type(source).__name__ for source in scene.deformation] == [
        "Bowl", "Mogi", "Fault", "ScrewFault",
    ]  # fmt: skip
    assert scene.terrain.dem_file == tmp_path / "heights.npy"


def test_an_impossible_scene_and_an_unknown_preset_are_refused():
    with pytest.raises(ParameterError, match="interferograms=0"):
        preset_scene("tiny", {"acquisitions.interferograms": 0})
    with pytest.raises(ParameterError, match="unknown"):
        preset_scene("huge")


@pytest.mark.parametrize("kind", [".npy", ".h5", ".flt"])
def test_the_terrain_is_that_of_a_users_elevation_model(tmp_path: Path, kind: str):
    south = np.linspace(36.8, 36.3, 300)
    east = np.linspace(-84.4, -83.8, 200)
    dem = (1000 * (south[:, None] - 36.3) + 500 * (east[None, :] + 84.4)).astype(np.float32)
    path = tmp_path / f"dem{kind}"
    if kind == ".npy":
        np.save(path, dem)
    elif kind == ".h5":
        import h5py

        with h5py.File(path, "w") as file:
            file["height"] = dem
    else:
        dem.tofile(path)
    text = (
        f"terrain: {{dem_file: dem{kind}, dem_shape: [300, 200], "
        "dem_extent: [-84.4, 36.3, -83.8, 36.8]}\nlines: 40\nsamples: 50\n"
    )
    stack = make_stack(_scene(tmp_path, text))
    places = stack.everything()
    longitude, latitude = stack.geometry.lonlat(places.line, places.sample)
    expected = 1000 * (latitude - 36.3) + 500 * (longitude + 84.4)
    assert np.allclose(places.height, expected, atol=0.01)
    with pytest.raises(ArtifactError, match="give a larger model"):
        make_stack(_scene(tmp_path, f"{text}view: {{centre_lonlat: [10, 45]}}\n"))


def test_an_elevation_model_of_another_size_or_none_is_refused(tmp_path: Path):
    (tmp_path / "dem.flt").write_bytes(b"1234")
    changes = {"terrain.dem_extent": (-90.0, 30.0, -80.0, 40.0), "terrain.dem_shape": (3, 3)}
    with pytest.raises(ArtifactError, match="has 4 bytes, expected 36"):
        make_stack(quiet(changes | {"terrain.dem_file": tmp_path / "dem.flt"}))
    with pytest.raises(ArtifactError, match="missing"):
        make_stack(quiet(changes | {"terrain.dem_file": tmp_path / "none.npy"}))
    with pytest.raises(ParameterError, match="dem_extent"):
        quiet({"terrain.dem_file": tmp_path / "dem.flt"})
