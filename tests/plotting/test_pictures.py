"""What stands on the pictures: artists, labels, limits and words, not pixels."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.figure import Figure
from plotted_trees import DROPPED, example_velocities, write_plotted_tree
from processed_tree import DAYS, MASTER, SIZE

from pystamps.dates import calendar_date
from pystamps.errors import ArtifactError, ParameterError
from pystamps.figures.style import TOWARD_AWAY, plain_figure
from pystamps.io.mean_amplitude import read_scene_amplitude
from pystamps.plotting.ground import amplitude_on_map, backdrop_of, map_frame
from pystamps.plotting.map_values import MapRequest
from pystamps.plotting.maps import MapLook, points_per_square_km
from pystamps.plotting.named_plot import plot_by_name, value_figure, value_pages
from pystamps.plotting.points import (
    LIGHTEST,
    MOST_MARKS,
    PLAIN_GROUND,
    draw_points,
    image_of_points,
)
from pystamps.plotting.profile_plot import ProfileRequest, profile_as_csv, profile_values
from pystamps.plotting.reference_mark import outline_of_points
from pystamps.plotting.series_values import SeriesRequest, plotted_series, series_as_csv
from pystamps.plotting.source import PlotSource, open_plot_source
from pystamps.plotting.value_types import value_type_named, value_type_names
from pystamps.products.chosen import PointChoice


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> PlotSource:
    return open_plot_source(
        write_plotted_tree(tmp_path_factory.mktemp("plotted") / "D", has_delays=True)
    )


def words_on(figure: Figure) -> str:
    """Give all texts of a figure."""
    texts = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts]
        texts += [
            axes.get_xlabel(),
            axes.get_ylabel(),
            axes.get_title(),
            axes.get_title(loc="left"),
        ]
        legend = axes.get_legend()
        texts += [text.get_text() for text in legend.get_texts()] if legend else []
        texts += [text.get_text() for child in axes.child_axes for text in child.texts]
    return "\n".join(texts)


def artists_called(figure: Figure, gid: str) -> list:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def marks(figure: Figure):
    return figure.axes[0].collections[0]


NOT_IN_THE_TREE = ("o", "wf", "w-o", "w-do", "w-dmo")
WITHOUT_VALUES = ("dem", "da", "inc")


OF_A_SINGLE_REFERENCE = {n for n in value_type_names() if not value_type_named(n).is_of_pairs}


@pytest.mark.parametrize("name", sorted(OF_A_SINGLE_REFERENCE - set(NOT_IN_THE_TREE)))
def test_every_name_has_a_picture(source, name):
    figure = value_figure(source, name, MapRequest(), MapLook(background="none"))
    assert f"{value_type_named(name).name}: " in words_on(figure)
    if name in WITHOUT_VALUES:
        assert "no point has a value" in words_on(figure)
    else:
        assert figure.axes[0].get_xlim()[0] < 10.001 < figure.axes[0].get_xlim()[1]


def test_a_map_says_all_that_one_has_to_know(source):
    request = MapRequest(PointChoice(reference="10.007,45.005,400"))
    figure = value_figure(source, "v-do", request, MapLook())
    words = words_on(figure)
    first, last, reference = (calendar_date(DAYS[n]).isoformat() for n in (0, -1, MASTER))
    for part in ("v-do: Mean velocity in the line of sight", "without look-angle (DEM) error, pl",
                 "v-do [mm/yr], + = toward the satellite", f"{first} … {last}, 6 images, 1 dropped",
                 f"reference image {reference}", "reference area: 10.007,45.005,400",
                 "ascending track, heading -12.0°", "longitude [°]", "latitude [°]", "km", "flight",
                 "look", "backdrop: mean amplitude of the scene", "180 of 180 points"):  # fmt: skip
        assert part in words, part
    assert artists_called(figure, "reference-outline") and artists_called(figure, "scale-bar")
    middle = artists_called(figure, "reference-middle")[0]
    np.testing.assert_allclose(middle.get_xydata()[0], (10.007, 45.005), atol=1e-3)


def test_marks_hold_the_values_and_strong_ones_lie_on_top(source):
    figure = value_figure(source, "v-d", MapRequest(), MapLook(background="none"))
    values = np.asarray(marks(figure).get_array())
    expected = example_velocities() - example_velocities().mean()
    np.testing.assert_allclose(np.sort(values), np.sort(expected), atol=1e-4)
    assert (np.diff(np.abs(values)) >= -1e-6).all()
    low, high = marks(figure).get_clim()
    assert low == -high and high >= np.percentile(np.abs(expected), 99)
    assert marks(figure).get_cmap().name == TOWARD_AWAY


def test_limits_are_those_asked_for_so_that_runs_compare(source):
    figure = value_figure(source, "v-d", MapRequest(), MapLook((-7.0, 7.0), "none"))
    assert marks(figure).get_clim() == (-7.0, 7.0)
    pages = value_figure(source, "u", MapRequest(), MapLook((-1.0, 2.0), "none"))
    assert {axes.collections[0].get_clim() for axes in pages.axes[:4]} == {(-1.0, 2.0)}
    with pytest.raises(ParameterError, match="first has to be smaller"):
        value_figure(source, "v", MapRequest(), MapLook((3.0, -3.0)))


def test_still_points_stand_out_from_every_ground():
    from matplotlib.colors import to_rgb

    middle = np.mean(colormaps[TOWARD_AWAY](0.5)[:3])
    assert middle - np.mean(to_rgb(PLAIN_GROUND)) > 0.3
    assert middle - LIGHTEST > 0.3


def test_proportions_on_the_map_are_those_on_the_ground(source):
    figure = value_figure(source, "coh", MapRequest(), MapLook(background="none"))
    axes = figure.axes[0]
    box = axes.get_position()
    width, height = box.width * figure.get_figwidth(), box.height * figure.get_figheight()
    degrees = np.ptp(axes.get_xlim()) * np.cos(np.radians(45.0055)), np.ptp(axes.get_ylim())
    assert width / height == pytest.approx(degrees[0] / degrees[1], rel=1e-3)


def test_one_interferogram_is_named_and_several_lie_side_by_side(source):
    one = value_figure(source, "u", MapRequest(interferograms="2"), MapLook(background="none"))
    assert "interferogram 2: " in words_on(one) and "baseline -30 m, noise 26°" in words_on(one)
    several = value_figure(source, "u", MapRequest(), MapLook(background="none"))
    titles = [axes.get_title(loc="center") for axes in several.axes[:4]]
    assert [title.split()[0] for title in titles] == ["1", "2", "4", "6"]
    assert titles[1] == f"2   {calendar_date(DAYS[1])}\n-30 m   26°"
    assert "--all" not in words_on(several)


def test_all_interferograms_come_with_dropped_ones_and_their_flag(source):
    pages = list(value_pages(source, "w", MapRequest(is_complete=True), MapLook()))
    assert len(pages) == 1
    titles = [axes.get_title(loc="center") for axes in pages[0].axes]
    assert [t.split()[0] for t in titles if t] == ["1", "2", "4", "5", "6"]
    assert "dropped (drop_ifg_index)" in words_on(pages[0])
    with pytest.raises(ParameterError, match="leave out --all"):
        value_pages(source, "coh", MapRequest(), MapLook())


def test_a_page_that_does_not_show_all_says_so(source, monkeypatch):
    monkeypatch.setattr("pystamps.figures.maps.MOST_PANELS", 3)
    figure = value_figure(source, "u-dm", MapRequest(), MapLook(background="none"))
    words = words_on(figure)
    assert "3 of 4 interferograms, evenly spread; all: pystamps plot u-dm --all" in words
    monkeypatch.setattr("pystamps.plotting.pages.PANELS_PER_PAGE", 2)
    pages = list(value_pages(source, "u", MapRequest(is_complete=True), MapLook()))
    assert len(pages) == 3 and "page 2 of 3" in words_on(pages[1])
    assert "no values" in words_on(pages[1])  # 4, and 5, which is dropped


def test_the_backdrop_is_the_amplitude_where_it_lies(source):
    scene = read_scene_amplitude(source.root)
    assert scene.amplitude.shape == SIZE and set(np.unique(scene.amplitude)) == {1.0, 4.0}
    frame = map_frame(source.lonlat)
    image = amplitude_on_map(source, frame)
    longitude, _ = frame.cells()
    sample = (longitude - 10) * 1000
    known = np.isfinite(image)
    assert known.mean() > 0.7
    clear = known & (np.abs(sample - 8) > 0.2)
    np.testing.assert_array_equal(image[clear], np.where(sample[clear] < 8, 1.0, 4.0))
    assert np.isnan(image[sample < -0.5]).all()


def test_large_images_are_averaged_over_blocks(source):
    scene = read_scene_amplitude(source.root, most_blocks=5)
    assert (scene.lines_per_block, scene.samples_per_block) == (3, 3)
    np.testing.assert_allclose(scene.amplitude[0], [1, 1, (2 * 1 + 4) / 3, 4, 4])


def test_without_amplitude_the_map_says_why_and_the_option_is_refused(source, tmp_path):
    root = write_plotted_tree(tmp_path / "D")
    (root / "PATCH_1" / "mean_amp.flt").unlink()
    lacking = open_plot_source(root)
    assert "no backdrop" in words_on(value_figure(lacking, "v", MapRequest(), MapLook()))
    with pytest.raises(ArtifactError, match=r"background amplitude: .*mean_amp\.flt is missing"):
        value_figure(lacking, "v", MapRequest(), MapLook(background="amplitude"))
    (root / "PATCH_1" / "mean_amp.flt").write_bytes(b"123")
    with pytest.raises(ArtifactError, match=r"has 3 bytes, expected 720"):
        value_figure(lacking, "v", MapRequest(), MapLook(background="amplitude"))
    with pytest.raises(ParameterError, match="auto, amplitude, hillshade, none"):
        value_figure(lacking, "v", MapRequest(), MapLook(background="sky"))


def test_relief_is_shown_within_the_points_and_refused_without_heights(source):
    frame = map_frame(source.lonlat)
    backdrop, _ = backdrop_of(source, "hillshade", frame)
    longitude, latitude = frame.cells()
    inside = (np.abs(longitude - 10.007) < 0.006) & (np.abs(latitude - 45.0055) < 0.005)
    assert np.isfinite(backdrop.grey[inside]).all() and np.isnan(backdrop.grey[0, 0])
    columns = dict(source.table.columns) | {"height": np.full(180, np.nan, np.float32)}
    without = PlotSource(source.root, replace(source.table, columns=columns))
    with pytest.raises(ArtifactError, match="0 points have a height"):
        backdrop_of(without, "hillshade", frame)


def test_very_many_points_are_an_image_with_the_strongest_on_top(source):
    count = MOST_MARKS + 1
    random = np.random.default_rng(5)
    lonlat = np.column_stack([random.uniform(10, 10.1, count), random.uniform(45, 45.1, count)])
    values = random.normal(0, 1, count)
    values[77] = -50.0
    frame = map_frame(lonlat)
    axes = plain_figure(4, 4).add_subplot()
    drawn = draw_points(axes, lonlat, values, value_type_named("v"), limits=(-3, 3), frame=frame,
                        backdrop=None)  # fmt: skip
    assert not axes.collections and drawn in axes.images
    image = image_of_points(lonlat, values, frame)
    row = int((frame.north - lonlat[77, 1]) / (frame.north - frame.south) * image.shape[0])
    column = int((lonlat[77, 0] - frame.west) / (frame.east - frame.west) * image.shape[1])
    assert image[row, column] == -50.0
    assert drawn.get_array().shape == image.shape


def test_maps_of_a_page_are_images_where_together_they_had_too_many_marks(source, monkeypatch):
    def maps() -> list:
        figure = value_figure(source, "u", MapRequest(), MapLook(background="none"))
        return figure.axes[:4]

    assert not any(axes.images for axes in maps())
    monkeypatch.setattr("pystamps.plotting.pages._MOST_MARKS_OF_PAGE", 2 * 180)
    assert all(axes.images for axes in maps())


def test_density_counts_every_point_once(source):
    frame = map_frame(source.lonlat)
    density, cell_km = points_per_square_km(source.lonlat, frame)
    assert density.sum() * cell_km**2 == pytest.approx(180)


def test_the_outline_of_few_points_and_of_a_line_is_drawn():
    line = np.array([[10.0, 45.0], [10.2, 45.2], [10.1, 45.1]])
    np.testing.assert_array_equal(outline_of_points(line), line[[0, 1]])
    np.testing.assert_array_equal(outline_of_points(line[:1]), line[:1])
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]], dtype=float)
    assert len(outline_of_points(square)) == 5


def series_request(*places: tuple[float, float], **more) -> SeriesRequest:
    return SeriesRequest(places=places, radius_m=more.pop("radius_m", 120.0), **more)


def test_a_series_has_values_errors_and_its_fit(source):
    (line,) = plotted_series(source, series_request((10.007, 45.005)))
    velocity = float(line.fit.coefficient("velocity")[0])
    expected = (example_velocities() - example_velocities().mean()).reshape(SIZE)[4:7, 6:9]
    assert line.n_point == 5 and expected.min() <= velocity <= expected.max()
    np.testing.assert_allclose(line.fitted_mm(line.day), line.displacement_mm, atol=1e-2)
    assert (line.error_mm[np.arange(5) != MASTER] > 0).all()
    rows = list(csv.DictReader(io.StringIO(series_as_csv([line]))))
    assert [row["date"] for row in rows] == [
        str(calendar_date(day)) for day in np.delete(DAYS, DROPPED - 1)
    ]
    found = [float(row["displacement_mm"]) for row in rows]
    np.testing.assert_allclose(found, line.displacement_mm, atol=6e-4)
    assert rows[0]["points"] == "5" and rows[0]["longitude"] == "10.007"


def test_of_a_single_point_the_error_is_the_noise_of_the_date(source):
    (line,) = plotted_series(source, series_request((10.007, 45.005), radius_m=10.0))
    mm = np.deg2rad([20.0, 26.0, 0.0, 38.0, 50.0]) * 55.5 / (4 * np.pi)
    np.testing.assert_allclose(line.error_mm, mm, rtol=1e-5)
    assert line.error_words == "noise of the interferogram"


def test_a_double_difference_is_the_first_place_minus_the_second(source):
    places = (10.007, 45.005), (10.0, 45.0)
    first, second = plotted_series(source, series_request(*places))
    (difference,) = plotted_series(source, series_request(*places, is_difference=True))
    np.testing.assert_allclose(
        difference.displacement_mm, first.displacement_mm - second.displacement_mm, atol=1e-9
    )
    np.testing.assert_allclose(
        difference.error_mm, np.hypot(first.error_mm, second.error_mm), atol=1e-9
    )
    with pytest.raises(ParameterError, match="needs two places"):
        plotted_series(source, series_request(places[0], is_difference=True))
    with pytest.raises(ParameterError, match="no place is given"):
        plotted_series(source, series_request())
    with pytest.raises(ParameterError, match="no point within 120 m"):
        plotted_series(source, series_request((11.0, 45.0)))


def test_a_picture_of_series_has_bars_a_curve_and_the_places_on_a_map(source):
    figure = plot_by_name(source, "ts", places=[(10.007, 45.005), (10.0, 45.0)], radius_m=120.0)
    words = words_on(figure)
    for part in ("A   (5 points)", "B   (3 points)", "displacement [mm]", "A: velocity", "mm/yr",
                 "+ = toward the satellite", "bars: one standard deviation"):  # fmt: skip
        assert part in words, part
    lines, bars = figure.axes[0].lines, figure.axes[0].containers
    assert len(bars) == 2 and len(bars[0].lines[0].get_ydata()) == 5
    assert any(len(line.get_xdata()) == 200 for line in lines)
    without = plot_by_name(source, "ts", places=[(10.007, 45.005)], radius_m=120.0,
                           functions="none")  # fmt: skip
    assert not any(len(line.get_xdata()) == 200 for line in without.axes[0].lines)


def test_the_network_marks_dropped_images_and_the_reference(source):
    figure = plot_by_name(source, "network")
    (dropped,), (kept,), (reference,) = (
        artists_called(figure, gid) for gid in ("dropped", "kept", "reference")
    )
    assert dropped.get_offsets()[:, 1].tolist() == [120.0]
    assert kept.get_offsets()[:, 1].tolist() == [50.0, -30.0, 10.0, -80.0]
    assert reference.get_offsets()[:, 1].tolist() == [0.0]
    np.testing.assert_allclose(kept.get_array(), [20, 26, 38, 50])
    words = words_on(figure)
    assert f"dropped: {DROPPED} ({calendar_date(DAYS[DROPPED - 1])})" in words
    assert "perpendicular baseline [m]" in words and "5 interferograms" in words


def test_a_profile_has_the_points_near_the_line_and_their_medians(source):
    line = ProfileRequest((10.0, 45.005), (10.014, 45.005), width_m=150.0)
    shown, _, profile = profile_values(source, value_type_named("v-d"), line)
    assert profile.rows.size == SIZE[1]  # one line of the image
    expected = (example_velocities() - example_velocities().mean()).reshape(SIZE)[5]
    np.testing.assert_allclose(profile.value, expected, atol=1e-4)
    assert profile.length_m == pytest.approx(14 * 78.8, rel=0.01)
    assert (np.diff(profile.along_m) > 0).all() and np.abs(profile.across_m).max() < 75
    rows = list(csv.DictReader(io.StringIO(profile_as_csv(shown, profile))))
    assert list(rows[0]) == ["along_m", "across_m", "longitude", "latitude", "v-d_mm_per_yr"]
    np.testing.assert_allclose([float(r["v-d_mm_per_yr"]) for r in rows], expected, atol=1e-3)
    wide = replace(line, width_m=2000.0)
    _, _, profile = profile_values(source, value_type_named("v-d"), wide)
    inside = np.abs(profile.along_m - profile.centre_m[7]) < (profile.centre_m[0])
    assert profile.median[7] == pytest.approx(np.median(profile.value[inside]), abs=1e-4)
    elsewhere = replace(line, start=(11.0, 46.0), end=(11.1, 46.0))
    for wrong, words in (
        (replace(line, end=line.start), "two different places"),
        (elsewhere, "wider one"),
    ):
        with pytest.raises(ParameterError, match=words):
            profile_values(source, value_type_named("v-d"), wrong)
    with pytest.raises(ParameterError, match="choose one with --ifg"):
        profile_values(source, value_type_named("u"), line)


def test_a_picture_of_a_profile_says_where_it_is(source):
    ends = [(10.0, 45.005), (10.014, 45.005)]
    figure = plot_by_name(source, "profile", value_type="u-dm", interferograms="2", width_m=150.0,
                          places=ends, limits=(-4.0, 4.0))  # fmt: skip
    words = words_on(figure)
    assert "interferogram 2" in words and "u-dm [rad], + = away" in words and "75 m" in words
    assert figure.axes[0].get_ylim() == (-4.0, 4.0)
    (line,) = artists_called(figure, "line")
    np.testing.assert_allclose(line.get_xydata(), [(10.0, 45.005), (10.014, 45.005)])


def test_panels_of_the_report_say_what_they_do_not_show(source, monkeypatch):
    from pystamps.figures.maps import panel_remark

    assert panel_remark(source.pixels, "u") == ""
    monkeypatch.setattr("pystamps.figures.maps.MOST_PANELS", 2)
    expected = "2 of 5 interferograms, evenly spread; all: pystamps plot u --all"
    assert panel_remark(source.pixels, "u") == expected
