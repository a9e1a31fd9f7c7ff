"""Maps of small baselines: those of the original, of images and of pairs of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from plotted_trees import write_plotted_tree
from trees import copy_writable

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.points import product_points
from pystamps.plotting.map_values import MapRequest, MapValues, map_values
from pystamps.plotting.source import PlotSource, open_plot_source
from pystamps.plotting.value_types import KINDS, value_type_named, value_type_names
from pystamps.plotting.words import interferogram_words
from pystamps.products.chosen import PointChoice

pytestmark = pytest.mark.golden

PHASE_TOLERANCE = 2e-5
"""rad: the original adds the phases of the reference area in single precision."""
VELOCITY_TOLERANCE = 1.5e-4
"""mm/yr: 1e-7 rad/day, which planes in single precision move velocities by."""
SLOPE_TOLERANCE = 2e-9
"""rad/m: values of 0.05 rad/m in single precision."""

IMAGES = {name: name for name in ("u", "u-d", "u-m", "u-o", "u-dm", "u-do", "u-dmo", "s", "m")}
PAIRS = {"usb-d": "usb-d"}
SLOPES = {"d": "SM_D", "dsb": "d"}
VELOCITIES = {
    f"{ours}{letters}": f"{golden}{letters}"
    for ours, golden in (("vsb", "v"), ("vsm", "SM_V"))
    for letters in ("", "-d", "-o", "-do")
}
FROM_PLANES = {"o", "w-o", "w-do", "w-dmo"}
NO_VALUES_OF_POINTS = {"amp", "density"}


@pytest.fixture(scope="module")
def source(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> PlotSource:
    golden = shared_data / "sb_small"
    root = tmp_path_factory.mktemp("pairs") / "run"
    copy_writable(golden / "run", root)
    copy_writable(golden / "raw", root.parent / "raw")
    for stage in (5, 6, 7, 8):
        copy_writable(golden / "stages" / f"stage{stage}", root)
    product_points(root, RunConfig(root))
    return open_plot_source(root)


def shown(source: PlotSource, name: str, **more: Any) -> MapValues:
    choice = PointChoice(reference=more.pop("reference", ""))
    return map_values(source, value_type_named(name), MapRequest(choice, **more))


@pytest.mark.parametrize(
    ("names", "tolerance"),
    [(IMAGES, PHASE_TOLERANCE), (PAIRS, PHASE_TOLERANCE), (SLOPES, SLOPE_TOLERANCE),
     (VELOCITIES, VELOCITY_TOLERANCE)],
    ids=["images", "pairs", "slopes", "velocities"],
)  # fmt: skip
def test_values_are_those_of_the_original(source, shared_data, names, tolerance):
    for name, golden in names.items():
        stored = read_mat(shared_data / "sb_small" / "products" / f"ps_plot_{golden}.mat")
        expected, found = stored["ph_disp"], shown(source, name)
        if found.labels:
            listed = stored["ifg_list"].ravel().astype(int).tolist()
            expected = expected[:, [listed.index(label.number) for label in found.labels]]
        assert found.values.shape == expected.shape and np.ptp(expected) > 0
        np.testing.assert_allclose(
            np.asarray(found.values), expected, rtol=0, atol=tolerance, err_msg=name
        )


def test_every_map_is_drawn_or_needs_planes_or_delays_that_are_not_there(source):
    for name in value_type_names():
        kind = value_type_named(name)
        if "a" in kind.letters or kind.kind in ("a", "wa", "asb"):
            with pytest.raises(ArtifactError, match=r"tca_sb2\.mat.* is (not there|missing)"):
                shown(source, name)
            continue
        if kind.kind in NO_VALUES_OF_POINTS:
            continue
        if name in FROM_PLANES:
            with pytest.raises(ArtifactError, match="ph_ramp is empty"):
                shown(source, name)
            continue
        found = shown(source, name)
        count = {True: 25, False: 11}[kind.is_of_interferograms] if kind.is_stack else 1
        assert found.values.shape == (4258, count), name
        assert kind.kind == "da" or np.isfinite(np.asarray(found.values)).all(), name


def test_what_images_leave_of_pairs_is_their_phase_less_the_difference_of_the_images(
    source, shared_data
):
    images = read_mat(shared_data / "sb_small" / "products" / "ps_plot_u.mat")["ph_disp"]
    pairs = read_mat(source.root / "phuw_sb2.mat")["ph_uw"]
    stack = source.pixels.interferograms
    left = pairs - pairs.mean(axis=0) - (images[:, stack.second] - images[:, stack.first])
    assert np.abs(left).max() > 1  # there is something to see
    np.testing.assert_allclose(np.asarray(shown(source, "rsb").values), left, atol=PHASE_TOLERANCE)


def test_wrapped_phase_of_pairs_is_turned_back_by_their_smoothed_error(source):
    plain, without = (np.asarray(shown(source, name).values) for name in ("w", "w-dm"))
    error = read_mat(source.root / "scla_smooth_sb2.mat")["ph_scla"]
    turn = np.exp(1j * (plain - without - error))
    np.testing.assert_allclose(np.angle(turn), 0, atol=1e-5)


def test_columns_say_whether_they_are_pairs_or_images(source):
    pair, image = (shown(source, name, interferograms="3") for name in ("usb", "u"))
    about = source.table.about
    words = interferogram_words(pair.labels[0], about)
    first, second = pair.labels[0].dates
    assert words.startswith(f"interferogram 3: {first} – {second}, ") and first < second
    words = interferogram_words(image.labels[0], about)
    assert words.startswith(f"image 3: {about['reference_date']} – {image.labels[0].date}, ")
    with pytest.raises(ParameterError, match=r"has images 1 to 12, the reference image counted$"):
        shown(source, "u", interferograms="13")
    with pytest.raises(ParameterError, match=r"has interferograms 1 to 25$"):
        shown(source, "usb", interferograms="26")


def test_a_dropped_pair_has_no_phase_and_takes_part_in_no_velocity(source):
    dropping = PlotSource(source.root, source.table, {"drop_ifg_index": [3]})
    everything = shown(dropping, "usb", is_complete=True)
    values = np.asarray(everything.values)
    assert everything.labels[2].flag == "dropped (drop_ifg_index)"
    assert np.isnan(values).all(axis=0).tolist() == [number == 2 for number in range(25)]
    numbers = [label.number for label in shown(dropping, "usb").labels]
    assert numbers == [number for number in range(1, 26) if number != 3]
    chosen = shown(source, "vsb", interferograms="1-2,4-25").column(0)
    np.testing.assert_array_equal(shown(dropping, "vsb").column(0), chosen)
    assert np.abs(chosen - shown(source, "vsb").column(0)).max() > 0.1


@pytest.mark.parametrize("name", ["vsb", "vsm", "usb", "u", "dsb"])
def test_values_are_relative_to_the_area_asked_for(source, name):
    lonlat = ",".join(f"{value:.7f}" for value in source.lonlat[100])
    found = shown(source, name, reference=f"{lonlat},5")
    assert len(found.reference_lonlat) == 1
    np.testing.assert_allclose(np.asarray(found.values)[100], 0, atol=2e-5)


def test_a_single_reference_image_has_no_pairs(tmp_path):
    single = open_plot_source(write_plotted_tree(tmp_path / "D"))
    instead = {"usb": "u", "rsb": "u", "dsb": "d", "vsb": "v", "vsm": "v", "asb": "a"}
    assert set(instead) == {kind.kind for kind in KINDS.values() if kind.is_of_pairs}
    for name, other in instead.items():
        with pytest.raises(ParameterError, match=rf"small baselines.*; take {other}$"):
            shown(single, name)
    with pytest.raises(ParameterError, match=r"take v-do$"):
        shown(single, "vsb-do")


@pytest.mark.parametrize(
    "words",
    [["u"], ["usb", "--ifg", "1-2"], ["vsb-d"], ["vsm-dos"], ["dsb"], ["rsb", "--all"],
     ["w", "--ifg", "1"], ["ts", "--lonlat"], ["network"]],
    ids=" ".join,
)  # fmt: skip
def test_the_command_draws_them(source, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    place = ",".join(f"{value:.6f}" for value in source.lonlat[100])
    words = [*words, place] if words[-1] == "--lonlat" else words
    target = "map.pdf" if "--all" in words else "map.png"
    done = CliRunner().invoke(
        main, ["plot", *words, "-d", str(source.root), "-o", target, "--dpi", "50"]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / target).stat().st_size > 1000
