"""Every report figure is drawn from a small processed data set, and from an empty one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from processed_tree import SIZE, write_processed_tree, write_truth_of_tree
from unwrapped_examples import example_pixels

from pystamps import model
from pystamps.config import Products, RunConfig
from pystamps.errors import ArtifactError, ParameterError
from pystamps.figures import FIGURE_NAMES, style
from pystamps.figures.draw import draw_figure, figure_named
from pystamps.figures.maps import MOST_PANELS, VelocityMap, panel_columns, velocity_map
from pystamps.figures.panels import Panels, panel_figure, picture_of_panels
from pystamps.figures.point_image import cells_of_points
from pystamps.figures.rendering import pixels_of_figure
from pystamps.figures.run_times import read_run_times
from pystamps.figures.series import SeriesData, chosen_points, time_series
from pystamps.figures.stack import baseline_plot
from pystamps.figures.style import round_limit, symmetric_limit
from pystamps.io.artifacts import read_variable
from pystamps.pipeline.entry.points import product_points
from pystamps.products import notable_points

CAPTIONS = Path(__file__).resolve().parents[2] / "rules" / "captions"
PNG = b"\x89PNG\r\n\x1a\n"


def _tree(root: Path, n_ps: int) -> Path:
    generator = np.random.default_rng(3)
    line, sample = generator.integers(0, SIZE[0], n_ps), generator.integers(0, SIZE[1], n_ps)
    root.mkdir()
    write_processed_tree(root, np.linspace(-20.0, 8.0, n_ps), line, sample)
    write_truth_of_tree(root / "truth.h5")
    product_points(root, RunConfig(root))
    return root


def _words(figure: Figure) -> str:
    """Give all words of a figure, without the ends of their lines."""
    titles = [figure.get_suptitle(), *(axes.get_title("left") for axes in figure.axes)]
    return " ".join(titles).replace("\n", " ")


@pytest.mark.parametrize("name", FIGURE_NAMES)
@pytest.mark.parametrize("n_ps", [0, 1, 60])
def test_every_figure_is_drawn_whatever_the_number_of_pixels(name: str, n_ps: int, tmp_path: Path):
    root = _tree(tmp_path / "data", n_ps)
    draw_figure(name, root, tmp_path / "figures" / f"{name}.png")
    assert [path.name for path in (tmp_path / "figures").iterdir()] == [f"{name}.png"]
    assert (tmp_path / "figures" / f"{name}.png").read_bytes()[:8] == PNG


@pytest.mark.parametrize("name", FIGURE_NAMES)
def test_every_figure_has_a_caption(name: str):
    assert len((CAPTIONS / f"{name}.rst").read_text().split()) > 5


def test_an_unknown_figure_and_a_damaged_table_are_refused(tmp_path: Path):
    root = _tree(tmp_path / "data", 5)
    with pytest.raises(ParameterError, match="velocity_map"):
        draw_figure("portrait", root, tmp_path / "x.png")
    (root / "products" / "ps.h5").write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match=r"ps\.h5"):
        draw_figure("velocity_map", root, tmp_path / "x.png")
    assert not (tmp_path / "x.png").exists()


def test_the_colours_of_the_velocity_are_centred_on_zero_and_blue_toward():
    lonlat = np.column_stack([np.linspace(10, 10.1, 50), np.linspace(45, 45.1, 50)])
    figure = velocity_map(VelocityMap(lonlat, np.linspace(-30.0, 5.0, 50)))
    points = figure.axes[0].collections[0]
    low, high = points.get_clim()
    assert low == -high
    red, _, blue, _ = points.to_rgba(high)
    assert blue > red
    red, _, blue, _ = points.to_rgba(low)
    assert red > blue


def test_a_velocity_of_all_nan_says_so():
    figure = velocity_map(VelocityMap(np.zeros((3, 2)), np.full(3, np.nan)))
    assert "no pixels" in figure.axes[0].texts[0].get_text()


@pytest.mark.parametrize(
    ("value_type", "words"), [("v-d", "Plane left in the map"), ("v-do", "Plane taken off")]
)
def test_the_map_says_what_was_taken_off_and_how_much_of_it_the_plane_is(
    tmp_path: Path, value_type: str, words: str
):
    root = _tree(tmp_path / "data", 60)
    product_points(root, RunConfig(root, products=Products(value_type)))
    drawn = figure_named("velocity_map", root)
    said = _words(drawn)
    assert f"({value_type})" in said and words in said
    assert "without: look-angle (DEM) error, contribution of the reference image" in said
    assert ("plane per interferogram (orbit)" in said.partition("relative to")[0]) == (
        value_type == "v-do"
    )
    assert "relative to all points and the image of 2018-" in said
    assert "look-angle (DEM) error, taken off:" in said and "% of that of the map" in said
    lonlat, plane = (axes.collections[0] for axes in (drawn.axes[0], drawn.axes[1]))
    assert lonlat.get_clim() == plane.get_clim()


@pytest.mark.parametrize(
    ("limit", "rounded"), [(1.0, 1.0), (1.2, 1.5), (23.0, 25.0), (0.011, 0.015), (900.0, 1000.0)]
)
def test_colour_limits_are_round_numbers(limit: float, rounded: float):
    assert round_limit(limit) == pytest.approx(rounded)


def test_more_pixels_than_marks_are_a_picture_that_has_all_of_them():
    count = style.MOST_MARKS + 100
    random = np.random.default_rng(1)
    lonlat = np.column_stack([random.uniform(10, 10.1, count), random.uniform(45, 45.1, count)])
    values = random.normal(0, 0.1, count)
    values[:10], values[77] = np.nan, -50.0
    lonlat[78] = np.nan
    with style.drawing_settings():
        axes = style.new_figure(4.0, 4.0).subplots()
        drawn = style.scatter_map(axes, lonlat, values, limits=(-1, 1), cmap="viridis")
        few = style.scatter_map(axes, lonlat[:90], values[:90], limits=(-1, 1), cmap="viridis")
    assert drawn in axes.images and few in axes.collections
    assert len(few.get_offsets()) == 79
    assert drawn.get_clim() == (-1, 1) and drawn.get_array().count() > 0.4 * count
    west, east, south, north = drawn.get_extent()
    rows, columns = drawn.get_array().shape
    row = int((north - lonlat[77, 1]) / (north - south) * rows)
    column = int((lonlat[77, 0] - west) / (east - west) * columns)
    assert drawn.get_array()[row, column] == -50.0
    assert axes.get_aspect() == pytest.approx(1 / np.cos(np.radians(45.05)), rel=1e-3)


@pytest.mark.parametrize("mark", [1, 2, 3])
def test_a_point_of_a_picture_covers_its_mark_and_yields_to_stronger_ones(mark: int):
    lonlat = np.array([[0.45, 0.55], [0.45, 0.55], [0.55, 0.55], [9.0, 9.0]])
    values = np.array([2.0, -5.0, 1.0, 99.0])
    cells = cells_of_points(lonlat, (0.0, 1.0, 0.0, 1.0), (10, 10), mark=mark)
    picture = cells.picture(values)
    assert np.nanmax(np.abs(picture)) == 5 and picture[4, 4] == -5
    assert np.count_nonzero(np.isfinite(picture)) == mark * (mark + 1)
    assert np.count_nonzero(picture == -5) == mark**2


def test_of_values_on_a_cell_the_strongest_is_shown_the_positive_one_of_equals_and_never_nan():
    lonlat = np.array([[0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.6, 0.4], [0.6, 0.4], [np.nan, 0.4]])
    cells = cells_of_points(lonlat, (0.0, 1.0, 0.0, 1.0), (2, 2))
    first = cells.picture(np.array([3.0, -4.0, np.nan, -2.0, 2.0, 9.0]))
    np.testing.assert_array_equal(first, [[-4, np.nan], [np.nan, 2]])
    second = cells.picture(np.array([1.0, np.nan, -0.5, np.nan, np.nan, 9.0]))
    np.testing.assert_array_equal(second, [[1, np.nan], [np.nan, np.nan]])


@pytest.mark.parametrize("mark", [1, 4, 7])
def test_a_picture_of_points_is_that_of_one_point_after_the_other(mark: int):
    random = np.random.default_rng(8)
    lonlat, values = random.uniform(-0.05, 1.05, (300, 2)), random.normal(0, 1, 300)
    expected = np.full((30, 40), np.nan, np.float32)
    first = -((mark - 1) // 2)
    for (x, y), value in zip(lonlat, values, strict=True):
        row, column = int(np.floor((1 - y) * 30)) + first, int(np.floor(x * 40)) + first
        for i in range(max(row, 0), min(row + mark, 30)):
            for j in range(max(column, 0), min(column + mark, 40)):
                if not abs(expected[i, j]) >= abs(value):
                    expected[i, j] = value
    found = cells_of_points(lonlat, (0.0, 1.0, 0.0, 1.0), (30, 40), mark=mark).picture(values)
    np.testing.assert_array_equal(found, expected)


def _three_panels(cmap: str = "RdBu_r") -> Panels:
    """Give maps of a pixel in the south-west, one in the north-east, and one between them."""
    lonlat = np.array([[10.0, 45.0], [10.2, 45.1], [10.1, 45.05]])
    values = np.array([[-2.0, 2.0, np.nan], [2.0, -2.0, np.nan], [0.5, 0.5, 1.0]])
    names = ("2018-01-01", "2018-01-13", "2018-01-25")
    words = {"title": "Three maps", "lines": (), "label": "phase [rad]"}
    return Panels(lonlat, values, names, ("-5 m", "+7 m", "+9 m"), (-2.0, 2.0), cmap, **words)


def test_panels_are_one_picture_north_up_with_the_values_of_each_map():
    picture, grid = picture_of_panels(_three_panels())
    high, wide = grid.shape
    maps = [
        picture[row : row + high, left : left + wide] for row, left in map(grid.corner, range(3))
    ]
    assert high < wide  # in true proportions: half as high as wide in degrees
    for number, (west, east) in enumerate([(-2, 2), (2, -2)]):
        shown, half = maps[number], wide // 2
        assert set(np.unique(shown[np.isfinite(shown)])) == {-2, 0.5, 2}
        south_west, north_east = shown[high // 2 :, : half - 9], shown[: high // 2, half + 9 :]
        assert np.nanmax(south_west) == np.nanmin(south_west) == west
        assert np.nanmax(north_east) == np.nanmin(north_east) == east
    assert set(np.unique(maps[2][np.isfinite(maps[2])])) == {1}
    alone = sum(np.isfinite(shown).sum() for shown in maps)
    assert np.isfinite(picture).sum() == alone  # nothing outside the maps


def test_the_pixels_of_panels_have_the_colours_of_their_values_and_words_above():
    with style.drawing_settings():
        figure = panel_figure(_three_panels())
    pixels = pixels_of_figure(figure).reshape(-1, 3)
    colours = {tuple(colour) for colour in np.unique(pixels, axis=0)}
    drawn = figure.axes[0].images[0]
    for value in (-2.0, 0.5, 1.0, 2.0):
        assert tuple(drawn.to_rgba(value, bytes=True)[:3]) in colours
    said = {text.get_text() for text in figure.axes[0].texts}
    assert {"2018-01-01", "2018-01-25", "-5 m", "+9 m"} <= said
    assert figure.axes[1].get_ylabel() == "phase [rad]"


@pytest.mark.parametrize("stage", ["data", "rgba"])
def test_a_picture_is_the_same_whether_values_or_colours_are_resampled(stage: str, monkeypatch):
    monkeypatch.setitem(style.PICTURE_OF_VALUES, "interpolation_stage", stage)
    with style.drawing_settings():
        found = pixels_of_figure(panel_figure(_three_panels()))
        monkeypatch.undo()
        assert np.array_equal(found, pixels_of_figure(panel_figure(_three_panels())))


@pytest.mark.parametrize("cmap", ["RdBu_r", "twilight"])
def test_panels_draw_few_axes_however_many_maps_there_are(cmap: str):
    with style.drawing_settings():
        assert len(panel_figure(_three_panels(cmap)).axes) == 2  # all maps, and the colour bar


def test_the_colour_limit_of_nothing_is_not_zero():
    assert symmetric_limit(np.zeros(3)) == 1
    assert symmetric_limit(np.full(3, np.nan)) == 1


def test_an_outlier_is_not_the_fastest_point():
    grid = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2) * 100
    velocity = -20 * np.exp(-np.sum((grid - 1000) ** 2, axis=1) / 400**2)
    velocity[5] = -90.0
    days = np.array([737061.0, 737461.0])
    data = SeriesData(grid / 1e5, velocity, days, np.zeros((400, 2)))
    points = chosen_points(data, np.arange(400))
    assert np.hypot(*(grid[points["fastest away"]] - 1000)) < 300
    assert len(set(points.values())) == len(points)


def test_of_very_many_points_a_figure_searches_those_that_a_report_does_and_says_so(monkeypatch):
    monkeypatch.setattr(notable_points, "MOST_SEARCHED", 100)
    grid = np.stack(np.meshgrid(np.arange(20.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    series = np.zeros((400, 2))
    series[7, 1] = np.nan
    data = SeriesData(grid / 1e3, grid[:, 0], np.array([737061.0, 737461.0]), series)
    known = np.delete(np.arange(400), 7)
    found = chosen_points(data, known)
    assert set(found.values()) <= set(known[::4].tolist())
    with style.drawing_settings():
        words = [text.get_text() for text in time_series(data).axes[1].texts]
    assert "line = velocity; points chosen among 100 of 399" in words


def test_a_panel_leaves_out_the_reference_image_and_shows_at_most_so_many(tmp_path: Path):
    def pixels(count: int) -> model.Pixels:
        return model.Pixels(
            np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 3), np.float32), np.zeros(count),
            737061.0 + np.arange(count), 737063.0, 2, np.zeros(2),
        )  # fmt: skip

    assert panel_columns(pixels(6)).tolist() == [0, 1, 3, 4, 5]
    many = panel_columns(pixels(100))
    assert many.size == MOST_PANELS
    assert (many[0], many[-1]) == (0, 99)
    assert np.unique(many).size == MOST_PANELS


def test_run_times_are_summed_over_patches_and_sorted_by_stage(tmp_path: Path):
    header = "s\th:m:s\tmax_rss\tcpu_time\n"
    for path, text in {
        "PATCH_1/stage2_gamma.tsv": f"{header}2.5\t0:00:02\t100\t4\n",
        "PATCH_2/stage2_gamma.tsv": f"{header}1.5\t0:00:01\t300\t2\n",
        "stage6_unwrap.tsv": f"{header}9\t0:00:09\t-\tNA\n",
        "figure_velocity_map.tsv": f"{header}1\t0:00:01\t50\t1\n",
        "product_mean_velocity.tsv": f"{header}0.5\t0:00:00\tNA\t0.4\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    times = read_run_times(tmp_path)
    assert [t.rule for t in times] == ["stage2_gamma", "stage6_unwrap", "product_mean_velocity"]
    assert (times[0].seconds, times[0].memory_mb, times[0].jobs) == (4.0, 300.0, 2)
    assert (times[1].memory_mb, times[1].cores) == (0, 0)
    assert times[0].cores == 1.5


def test_the_figure_of_baselines_says_which_fits_they_determine_weakly():
    pixels = example_pixels()
    plain = baseline_plot(pixels).axes[0]
    words = "look-angle error (stage 7): condition number 40.1 " + "and so on " * 20
    said = baseline_plot(pixels, [words]).axes[0]
    assert not plain.get_xlabel()
    assert said.xaxis.label.get_text().replace("\n", " ").startswith(words[:60])
    assert "\n" in said.xaxis.label.get_text()


@pytest.mark.golden
def test_the_panel_of_small_baselines_shows_their_interferograms(shared_data: Path, tmp_path: Path):
    """``phuw2.mat`` holds the images then; the phase of the pairs is in ``phuw_sb2.mat``."""
    stages = shared_data / "sb_small" / "stages"
    for stage, name in (("stage5", "ps2.mat"), ("stage6", "phuw_sb2.mat")):
        shutil.copy(stages / stage / name, tmp_path)
    phase = np.asarray(read_variable(model.UnwrappedPairs, "ph_uw", tmp_path / "phuw_sb2.mat"))
    figure = figure_named("unwrapped_panel", tmp_path)
    axes, _ = figure.axes
    (drawn,) = axes.images
    names = {text.get_text() for text in axes.texts} - {f"{b:+.0f} m" for b in _baselines(tmp_path)}
    assert len(names) == min(MOST_PANELS, phase.shape[1])  # two dates above each
    assert all(len(name.split()) == 2 for name in names)
    shown = np.asarray(drawn.get_array().compressed())
    wanted = np.sort((phase - np.median(phase, axis=0)).ravel())
    place = np.searchsorted(wanted, shown - 1e-5)
    assert (wanted[place] <= shown + 1e-5).all()  # every pixel has the value of a point
    assert shown.size > len(phase)


def _baselines(root: Path) -> np.ndarray:
    return np.asarray(read_variable(model.Pixels, "bperp", root / "ps2.mat"))
