"""Value types with the letter ``a``: those of the original, and what is refused and why."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from planted_delays import METHOD, plant_delays
from plotted_trees import write_plotted_tree
from trees import CHECKOUT, copy_writable

from pystamps.cli import main
from pystamps.config import Products, RunConfig
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import read_variable
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import MeanVelocity
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.pipeline.entry.points import product_points
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.table_of_points import up_to_date_points
from pystamps.plotting.map_values import MapRequest, MapValues, map_values
from pystamps.plotting.source import PlotSource, open_plot_source
from pystamps.plotting.value_types import value_type_named
from pystamps.products.chosen import PointChoice
from pystamps.products.point_storage import read_point_table
from pystamps.products.velocity import relative_to_area, velocity_mm_per_year
from pystamps.products.velocity_parts import velocity_parts
from pystamps.report_page.key_numbers import InterferogramShare, key_numbers
from pystamps.report_page.limits_in_words import limits_of_results
from pystamps.report_page.method_lines import method_lines

EVERY = 61
"""Rows that the file of the original keeps."""
PHASE_TOLERANCE = 2e-5
"""rad, as for value types without the letter a."""
VELOCITY_TOLERANCE = 1.5e-4
"""mm/yr: planes in single precision move velocities by it."""
STAMPS = {"tropo_method": METHOD}


def of_the_original(tree: str, name: str) -> tuple[np.ndarray, list[int]]:
    with np.load(CHECKOUT / "tests" / "data" / "delays_of_ps_plot.npz") as stored:
        return stored[f"{tree}/{name}"], stored[f"{tree}/{name}/ifg_list"].tolist()


def shown(source: PlotSource, name: str, **more: Any) -> MapValues:
    return map_values(source, value_type_named(name), MapRequest(PointChoice(), **more))


def assert_is_of_the_original(source: PlotSource, tree: str, name: str, golden: str) -> None:
    expected, listed = of_the_original(tree, golden)
    found = shown(source, name)
    values = np.asarray(found.values)[::EVERY]
    if found.labels and not name.startswith("vdrop"):  # which has no reference image
        expected = expected[:, [listed.index(label.number) for label in found.labels]]
    assert values.shape == expected.shape and np.ptp(expected) > 0, name
    if name.startswith("w"):
        turn = np.exp(1j * (values.astype(np.float64) - expected))
        np.testing.assert_allclose(np.angle(turn), 0, atol=PHASE_TOLERANCE, err_msg=name)
        return
    tolerance = PHASE_TOLERANCE if name[0] in "ua" else VELOCITY_TOLERANCE
    np.testing.assert_allclose(values, expected, rtol=0, atol=tolerance, err_msg=name)


@pytest.fixture(scope="module")
def config() -> RunConfig:
    return RunConfig(stamps=STAMPS, products=Products(mean_velocity_type="v-dao"))


@pytest.fixture(scope="module")
def tiny(shared_data: Path, tmp_path_factory: pytest.TempPathFactory, config: Any) -> PlotSource:
    golden, root = shared_data / "tiny", tmp_path_factory.mktemp("tiny") / "run"
    copy_writable(golden / "run", root)
    copy_writable(golden / "raw", root.parent / "raw")
    for stage in (5, 6, 7, 8):
        copy_writable(golden / "stages" / f"stage{stage}", root)
    plant_delays(root)
    product_points(root, dataclasses.replace(config, dataset=root))
    return open_plot_source(root, STAMPS)


@pytest.fixture(scope="module")
def pairs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory, config: Any) -> PlotSource:
    golden, root = shared_data / "sb_small", tmp_path_factory.mktemp("pairs") / "run"
    copy_writable(golden / "run", root)
    copy_writable(golden / "raw", root.parent / "raw")
    for stage in (5, 6, 7, 8):
        copy_writable(golden / "stages" / f"stage{stage}", root)
    plant_delays(root)
    product_points(root, dataclasses.replace(config, dataset=root))
    return open_plot_source(root, STAMPS)


@pytest.mark.golden
@pytest.mark.parametrize(
    "name",
    ["a", "a-o", "u-a", "u-da", "u-ao", "u-dao", "v-a", "v-da", "v-ao", "v-dao", "vdrop-dao",
     "w-a", "w-da", "wa"],
)  # fmt: skip
def test_maps_without_delays_are_those_of_the_original(tiny, name):
    assert_is_of_the_original(tiny, "tiny", name, name)


@pytest.mark.golden
@pytest.mark.parametrize(
    ("name", "golden"),
    [*((name, name) for name in ("a", "a-o", "u-a", "u-da", "u-ao", "u-dao", "w-a", "w-da", "wa",
                                 "asb", "asb-o", "usb-a", "usb-da", "usb-ao", "usb-dao")),
     *((f"vsb-{letters}", f"v-{letters}") for letters in ("a", "da", "ao", "dao")),
     *((f"vsm-{letters}", f"SM_V-{letters}") for letters in ("a", "da", "ao", "dao"))],
)  # fmt: skip
def test_maps_of_small_baselines_without_delays_are_those_of_the_original(pairs, name, golden):
    assert_is_of_the_original(pairs, "sb_small", name, golden)


@pytest.mark.golden
@pytest.mark.parametrize(("tree", "name"), [("tiny", "v-dao"), ("pairs", "SM_V-dao")])
def test_the_mean_velocity_is_without_delays_where_its_setting_says_so(request, config, tree, name):
    source = request.getfixturevalue(tree)
    product_mean_velocity(source.root, dataclasses.replace(config, dataset=source.root))
    m = read_variable(MeanVelocity, "m", source.root / "mean_v.mat")
    velocity = velocity_mm_per_year(m, source.parameters.lambda_)
    found = relative_to_area(velocity, np.arange(velocity.size))[::EVERY]
    expected, _ = of_the_original({"tiny": "tiny", "pairs": "sb_small"}[tree], name)
    np.testing.assert_allclose(found, expected[:, 0], rtol=0, atol=VELOCITY_TOLERANCE)


@pytest.fixture
def plotted(tmp_path: Path) -> Path:
    return write_plotted_tree(tmp_path / "D", has_delays=True)


def command(*words: str | Path) -> Any:
    return CliRunner().invoke(main, ["plot", *map(str, words)])


def test_the_table_holds_delays_that_nobody_has_asked_for_and_takes_none_off(plotted):
    table = read_point_table(plotted / "products" / "ps.h5")
    assert table.letters == "dm" and "a" in table.layers.parts
    assert table.about["tropospheric_phase"] == "a_l of tca2.mat"
    plain, without = (np.asarray(table.layers.series(letters)) for letters in ("", "a"))
    delays = read_mat(plotted / "tca2.mat")["ph_tropo_linear"]
    of_dates = np.delete(delays, 4, axis=1)  # the fifth interferogram is dropped
    scale = -1000 * float(table.about["wavelength_m"]) / (4 * np.pi)
    np.testing.assert_allclose(plain - without, scale * of_dates, atol=1e-4)


def test_a_series_without_delays_keeps_what_stage_7_calls_the_part_of_the_reference_image(plotted):
    """It holds the delay of the reference image, unless stage 7 took the delays off first."""
    config = RunConfig(dataset=plotted, products=Products(value_type="v-da"))
    for flag, letters in (("n", "ad"), ("y", "adm")):
        product_points(plotted, dataclasses.replace(config, stamps={"subtr_tropo": flag}))
        table = read_point_table(plotted / "products" / "ps.h5")
        assert table.letters == letters
        assert "tropospheric phase" in table.about["taken_off"]


def test_gaps_in_delays_move_no_value_type_that_keeps_them(plotted):
    before = read_point_table(plotted / "products" / "ps.h5").layers
    delays = read_mat(plotted / "tca2.mat")["ph_tropo_linear"]
    delays[7] = np.nan
    write_mat(plotted / "tca2.mat", {"ph_tropo_linear": delays})
    product_points(plotted, RunConfig(dataset=plotted))
    layers = read_point_table(plotted / "products" / "ps.h5").layers
    for letters in ("o", "do", "dos"):
        expected = np.asarray(before.series(letters))
        np.testing.assert_array_equal(np.asarray(layers.series(letters)), expected)
    found, whole = (np.asarray(item.series("ao")) for item in (layers, before))
    assert np.isnan(found[7]).sum() == found.shape[1] - 1  # all but the reference image
    others = np.delete(np.arange(len(found)), 7)
    assert np.isfinite(found[others]).all()
    kept = layers.surface[others]
    for column in range(found.shape[1]):  # planes of what is left are 0 over the points that count
        left = np.linalg.lstsq(kept, found[others, column].astype(float), rcond=None)[0]
        np.testing.assert_allclose(kept @ left, 0, atol=1e-4)
    assert np.abs(found[others] - whole[others]).max() > 1e-3


def test_what_is_wrong_with_delays_is_said_to_whoever_asks_for_them(plotted, tmp_path):
    target = tmp_path / "map.png"
    held = {
        "a_l is missing": ({"ph_tropo_gacos": np.ones((180, 6))}, "ph_tropo_linear is missing"),
        "another selection": ({"ph_tropo_linear": np.ones((5, 6))}, r"of shape \(5, 6\), expected"),
        "no delay": ({"ph_tropo_linear": np.zeros((180, 6))}, "no delay is known of "),
    }
    for content, words in held.values():
        write_mat(plotted / "tca2.mat", content)
        product_points(plotted, RunConfig(dataset=plotted))  # nobody asks for them here
        assert command("v-d", "-d", plotted, "-o", target, "--overwrite").exit_code == 0
        for name in ("v-da", "u-a", "a", "w-a", "wa", "vs-a"):
            done = command(name, "-d", plotted, "-o", tmp_path / f"{name}.png")
            assert done.exit_code == 2, name
            with pytest.raises(ArtifactError, match=words):
                shown(open_plot_source(plotted), name)
        for asking in (Products(value_type="v-da"), Products()):
            stamps = {"subtr_tropo": "n" if "a" in asking.value_type else "y"}
            with pytest.raises(ArtifactError, match=words):
                product_points(plotted, RunConfig(dataset=plotted, products=asking, stamps=stamps))


def test_delays_that_come_or_go_are_noticed(plotted):
    config = RunConfig(dataset=plotted)
    path = up_to_date_points(plotted, config)
    (plotted / "tca2.mat").rename(plotted / "kept.mat")
    made = path.stat().st_mtime_ns
    up_to_date_points(plotted, config)
    assert path.stat().st_mtime_ns > made
    with pytest.raises(ArtifactError, match=r"letter a\) is not known: tca2\.mat is not there"):
        shown(open_plot_source(plotted), "v-a")
    (plotted / "kept.mat").rename(plotted / "tca2.mat")  # older than the table
    up_to_date_points(plotted, config)
    assert np.isfinite(shown(open_plot_source(plotted), "v-a").column(0)).all()


@pytest.mark.parametrize("value_type", ["v-am", "v-sa", "v-x", "v-"])
def test_a_value_type_that_cannot_be_is_refused_with_the_settings(value_type):
    for name in ("value_type", "mean_velocity_type"):
        with pytest.raises(ParameterError, match=rf"products\.{name}.*a with neither m nor s"):
            RunConfig.from_mapping({"products": {name: value_type}})


def test_the_command_draws_maps_without_delays_and_lists_them(plotted, tmp_path):
    for name in ("v-da", "u-dao"):
        done = command(name, "-d", plotted, "-o", tmp_path / f"{name}.png", "--dpi", "50")
        assert done.exit_code == 0, done.output
        assert (tmp_path / f"{name}.png").stat().st_size > 1000
    listed = command("--help").output
    assert "v-dao" in listed and "usb-a" in listed and "asb" in listed
    told = " ".join(command("v-da", "--help").output.split())
    assert "without look-angle (DEM) error, tropospheric phase" in told


def test_products_read_delays_where_they_take_them_off_and_the_table_wherever_they_are(plotted):
    def inputs(rule: str, **settings: Any) -> bool:
        plan = WorkflowPlan.from_mapping({"dataset": str(plotted), **settings})
        return "tca2.mat" in plan.optional_inputs(rule)

    assert inputs("product_points") and not inputs("product_mean_velocity")
    assert inputs("product_mean_velocity", products={"mean_velocity_type": "v-da"})
    assert not inputs("stage7_scla") and inputs("stage7_scla", stamps={"subtr_tropo": "y"})
    (plotted / "tca2.mat").unlink()
    assert not inputs("product_points")


@pytest.mark.parametrize(("value_type", "title"), [("v-da", "removed"), ("v-d", "left in")])
def test_a_report_says_which_delays_were_taken_off_and_which_were_not(plotted, value_type, title):
    product_points(plotted, RunConfig(dataset=plotted, products=Products(value_type=value_type)))
    source = open_plot_source(plotted)
    numbers, parts = key_numbers(source.table), velocity_parts(source.table)
    share = InterferogramShare(5, 5, 0, 0, 1)
    limits = {item.title: item.text for item in
              limits_of_results(source.table, numbers, parts, share, (), ())}  # fmt: skip
    if title == "removed":
        text = limits["Troposphere removed"]
        assert "(a_l of tca2.mat)" in text and "mm/yr (1 … 99 %)" in text
        assert "Atmosphere left in" not in limits
    else:
        assert "Tropospheric phase that is known was not taken off" in limits["Atmosphere left in"]
    lines = dict(method_lines(source.parameters, frozenset(), source.table.about))
    said = "".join(part.text for part in lines["Atmosphere"])
    assert "a_l of tca2.mat; subtracted before unwrapping and before the DEM error: no" in said


def test_exports_take_delays_off_and_say_so(plotted, tmp_path):
    target = tmp_path / "points.matlab"
    words = ["export", str(plotted), "--to", str(target), "--value", "v-da"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "without: look-angle (DEM) error, tropospheric phase" in done.output
    velocity = read_mat(target / "ps_plot_v-da.mat")["ph_disp"][:, 0]
    expected = shown(open_plot_source(plotted), "v-da").column(0)
    np.testing.assert_array_equal(velocity, expected)
    assert np.ptp(velocity - shown(open_plot_source(plotted), "v-d").column(0)) > 0.1


@pytest.mark.parametrize("content", [None, {"ph_tropo_linear": np.ones((5, 6))}])
def test_a_table_without_delays_is_the_same_file_wherever_the_data_set_lies(
    plotted, tmp_path, content
):
    (plotted / "tca2.mat").unlink()
    if content is not None:
        write_mat(plotted / "tca2.mat", content)
    product_points(plotted, RunConfig(dataset=plotted))
    before = (plotted / "products" / "ps.h5").read_bytes()
    moved = plotted.rename(tmp_path / "elsewhere")
    product_points(moved, RunConfig(dataset=moved))
    assert (moved / "products" / "ps.h5").read_bytes() == before
