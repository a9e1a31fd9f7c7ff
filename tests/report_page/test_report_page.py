"""The report that people pass on: its numbers are those of ``ps.h5``, and it needs nothing else."""

from __future__ import annotations

import base64
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from delay_examples import write_half_of_the_phase
from plotted_trees import DROPPED, write_plotted_tree
from processed_tree import DAYS, SIZE, write_truth_of_tree

from pystamps.cli import main
from pystamps.cli.plot_options import source_of
from pystamps.config import Accuracy, RunConfig
from pystamps.errors import ParameterError
from pystamps.figures.draw import draw_figure
from pystamps.figures.kept_pictures import kept_picture
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.stage_records import record_path
from pystamps.pipeline.entry.accurate_velocity import product_accurate_velocity
from pystamps.products import assessment as assessment_module
from pystamps.products import comparison as comparison_module
from pystamps.products.accurate_columns import AccurateColumns, accurate_columns
from pystamps.products.comparison import compare_with_truth
from pystamps.report_page import page as page_module
from pystamps.report_page import report_pictures
from pystamps.report_page.accurate_maps import accurate_maps, limits_of_table
from pystamps.report_page.bounded_pictures import (
    MOST_PICTURE_BYTES,
    bounded_picture,
    picture_address,
)
from pystamps.report_page.contents import MOST_INTERFEROGRAMS, ReportRequest
from pystamps.report_page.map_pairs import map_pair_figure
from pystamps.report_page.page import (
    LARGEST_LOGO,
    LARGEST_REPORT,
    LONGEST_HEADING,
    short_number,
    write_report_page,
)
from pystamps.report_page.report_pictures import _DRAWERS, PICTURE_NAMES
from pystamps.stage_table import stage_named

MOST_PICTURES = len(PICTURE_NAMES) - 1
"""Without accuracy modes."""
OF_WORKFLOW = {
    "coherence_histogram": "coherence",
    "dispersion_histogram": "dispersion",
    "assessment": "assessment",
}
"""Figures of the workflow that are pictures of the page, by name there."""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
HOSTILE = '<script>alert("1")</script>\'"&<img src=x onerror=alert(2)>'


class Tags(HTMLParser):
    """The tags, addresses, texts by section, and bold values of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.sections: dict[str, str] = {}
        self.bold: list[str] = []
        self._inside: list[str] = []
        self._section = "heading"
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self._inside.append(tag)
        found = dict(attrs)
        self.addresses += [found[name] for name in ("src", "href", "data") if name in found]
        self.handlers += [name for name in found if name.startswith("on")]
        if tag == "section":
            self._section = found["id"]

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self._inside:
            self.sections[self._section] = self.sections.get(self._section, "") + " " + data
            if "strong" in self._inside:
                self.bold.append(data)


def text_of(page: Tags, section: str) -> str:
    return re.sub(r"\s+", " ", page.sections[section])


def make(root: Path, **request) -> Tags:
    write_report_page(RunConfig(root), root / "report.html", ReportRequest(**request))
    return Tags((root / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished data set of 180 points in one patch, with its report."""
    root = write_plotted_tree(tmp_path_factory.mktemp("reported") / "data")
    make(root)
    return root


@pytest.fixture(scope="module")
def page(tree: Path) -> Tags:
    return Tags((tree / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def copied(tree: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tree, tmp_path / "data"))


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reports have their texts alone, which takes a tenth of the time."""
    nothing = dict.fromkeys(PICTURE_NAMES, "")
    monkeypatch.setattr(page_module, "pictures_of_report", lambda _: nothing)


@pytest.fixture
def with_modes(copied: Path) -> Path:
    """The data set with the velocity of the accuracy modes."""
    config = RunConfig(copied, accuracy=Accuracy(orbit_plane="combined"))
    product_accurate_velocity(copied, config)
    return copied


def test_the_velocity_of_the_accuracy_modes_stands_beside_that_of_stamps(
    with_modes: Path, page: Tags
):
    found = make(with_modes)
    text = text_of(found, "results")
    assert "Accuracy modes The velocity of the accuracy modes (orbit_plane combined)" in text
    v = read_mat(with_modes / "accurate_v.mat")["v"].ravel()
    v = v - v.mean()  # the reference area is all points
    numbers = [f"{value:.2f}".replace("-", "−") for value in np.percentile(v, (1, 50, 99))]
    assert "mm/yr 180 " + " ".join(numbers) in text
    pictures = [len([a for a in p.addresses if a.startswith("data:")]) for p in (found, page)]
    assert pictures[0] == pictures[1] + 1
    assert "Accuracy modes" not in text_of(page, "results")


@pytest.mark.usefixtures("without_pictures")
def test_what_stages_have_warned_of_is_a_limit_of_the_results(with_modes: Path):
    for stage in ("product_accurate_velocity", "product_points"):
        path = with_modes / record_path(stage, "")
        known = json.loads(path.read_text())
        path.write_text(json.dumps(known | {"warnings": [f"{stage} warns of {HOSTILE}"]}))
    words = text_of(make(with_modes), "limits")
    heading = "Warning of the computation"
    assert f"{heading} {stage_named('product_points').title}: product_points" in words
    assert f"product_accurate_velocity warns of {HOSTILE}." in words
    (with_modes / "accurate_v.mat").unlink()
    assert text_of(make(with_modes), "limits").count(heading) == 1


@pytest.mark.usefixtures("without_pictures")
def test_accuracy_modes_of_earlier_results_are_left_out_of_the_report(with_modes: Path):
    path = with_modes / "scla2.mat"
    write_mat(path, read_mat(path) | {"left_by_a_test": np.ones(3)})
    text = text_of(make(with_modes), "results")
    assert "Accuracy modes Left out: accurate_v.mat: made from another scla2.mat" in text


def remade_points(root: Path, **products: str) -> None:
    stage_named("product_points").load()(
        root, RunConfig.from_mapping({"dataset": str(root), "products": products})
    )


def test_corrections_that_lie_there_are_shown_with_what_became_worse(copied: Path):
    assert "Tropospheric phase" not in text_of(make(copied), "results")
    write_half_of_the_phase(copied)
    found = make(copied)
    words = text_of(found, "results")
    assert "a_gacos: " in words and "1 became worse: 1 (" in words
    assert "Stages take none of it off" in words
    assert "Phase of one interferogram before and after the correction" in words


def test_the_numbers_of_the_first_page_are_those_of_the_table_of_points(tree: Path, page: Tags):
    with h5py.File(tree / "products" / "ps.h5") as file:
        velocity, std = file["velocity"][:], file["velocity_std"][:]
        longitude, latitude = file["longitude"][:], file["latitude"][:]
        dates = (file.attrs["first_date"], file.attrs["last_date"])
    words = text_of(page, "summary")
    assert f"{velocity.size} measured points" in words
    assert f"± {np.median(std):.1f} mm/yr median uncertainty" in words
    low, high = np.percentile(velocity, (1, 99))
    assert f"{short_number(low)} … {short_number(high)} mm/yr 98 % of the velocities" in words
    # the points fill a rectangle: its area follows from the arc lengths of WGS 84 at 45 degrees
    wide = np.ptp(longitude) * 78.847
    high_km = np.ptp(latitude) * 111.132
    assert f"{velocity.size / (wide * high_km):.0f} points per km²" in words
    assert f"{dates[0]} to {dates[1]}" in words
    assert f"{DAYS.size - 1} images" in words  # one is dropped


def test_good_interferograms_are_those_that_the_table_of_interferograms_keeps(
    tree: Path, page: Tags
):
    found = CliRunner().invoke(main, ["ifgs", str(tree), "--csv", "-"], catch_exceptions=False)
    verdicts = [line.split(",")[10] for line in found.output.splitlines()[1:]]
    judged = [verdict for verdict in verdicts if verdict != "reference"]
    good = judged.count("keep")
    assert 0 < good < len(judged)
    assert f"({good} of {len(judged)})" in text_of(page, "summary")
    assert f"{good / len(judged):.0%}".replace("%", " %") in text_of(page, "summary")
    assert text_of(page, "unwrapping").count("in drop_ifg_index") == 1
    assert text_of(page, "appendix").count(" dropped ") == 1


def test_the_table_of_results_is_that_of_the_columns(tree: Path, page: Tags):
    words = text_of(page, "results")
    with h5py.File(tree / "products" / "ps.h5") as file:
        for name, digits in (("rmse", 1), ("dem_error", 1), ("coherence", 2), ("velocity_std", 2)):
            values = np.percentile(file[name][:], (1, 50, 99))
            assert " ".join(short_number(value, digits) for value in values) in words, name


def test_every_section_is_there_with_its_pictures(page: Tags):
    wanted = ("summary", "data", "method", "selection", "unwrapping", "results", "series",
              "limits", "provenance", "appendix")  # fmt: skip
    assert [name for name in page.sections if name != "heading"] == list(wanted)
    assert len(page.addresses) == MOST_PICTURES - 3  # no places were asked for, there is no truth
    assert "look-angle" in text_of(page, "method")
    assert "Hooper" in text_of(page, "provenance") and "snaphu" in text_of(page, "provenance")


def test_it_needs_nothing_from_elsewhere_and_runs_nothing(tree: Path, page: Tags):
    assert all(address.startswith("data:image/") for address in page.addresses)
    assert not {"script", "link", "iframe", "object", "form", "base"} & set(page.names)
    assert not page.handlers
    text = (tree / "report.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|https?://", text)


def test_texts_of_users_and_of_the_data_set_are_never_markup(tree: Path, tmp_path: Path):
    root = Path(shutil.copytree(tree, tmp_path / "a'b\"c<script>x&"))
    with h5py.File(root / "products" / "ps.h5", "r+") as file:
        for name in ("reference_area", "platform", "taken_off", "insar_processor"):
            file.attrs[name] = HOSTILE
        file.attrs["reference_area"] = HOSTILE + "\x1b[31m" + "x" * 50_000
    found = make(root, title=HOSTILE, client=f"{HOSTILE}{HOSTILE}")
    assert "script" not in found.names and not found.handlers
    assert found.names.count("img") == MOST_PICTURES - 3
    assert HOSTILE in text_of(found, "heading") and HOSTILE in text_of(found, "data")
    assert root.name in text_of(found, "provenance")
    assert "\x1b" not in (root / "report.html").read_text(encoding="utf-8")
    assert "x" * 600 not in text_of(found, "data")


@pytest.mark.usefixtures("without_pictures")
def test_a_setting_that_differs_is_bold_in_the_method_and_listed(copied: Path, page: Tags):
    assert page.bold.count("bold") == 1
    stored = read_mat(copied / "parms.mat")
    write_mat(copied / "parms.mat", {**stored, "unwrap_grid_size": 137.0})
    found = make(copied)
    assert "137" in found.bold and "137" not in page.bold
    assert "unwrap_grid_size" in text_of(found, "appendix")
    assert "unwrap_grid_size" not in text_of(page, "appendix")


@pytest.mark.usefixtures("without_pictures")
def test_limits_are_said_with_the_numbers_of_the_data_set(copied: Path, page: Tags):
    words = text_of(page, "limits")
    assert "Few images" in words and "5 dates" in words
    assert "Planes kept" in words and "signals longer than the scene" not in words
    remade_points(copied, value_type="v-do")
    found = text_of(make(copied), "limits")
    assert "signals longer than the scene" in found and "are lost" in found
    assert re.search(r"\d+ % of the spread of the velocities", found)


def test_places_that_are_asked_for_have_their_series(copied: Path):
    found = make(copied, places=((10.007, 45.005), (10.001, 45.001)), radius_m=60.0)
    words = text_of(found, "series")
    assert "Places that were asked for" in words and "10.00700, 45.00500" in words
    with h5py.File(copied / "products" / "ps.h5") as file:
        nearest = np.hypot(file["longitude"][:] - 10.007, file["latitude"][:] - 45.005).argmin()
        velocity = file["velocity"][nearest]
    assert f"velocity {velocity:+.1f} ±" in words
    assert len(found.addresses) == MOST_PICTURES - 2


def test_a_simulation_is_compared_with_its_truth_once(
    copied: Path, monkeypatch: pytest.MonkeyPatch
):
    write_truth_of_tree(copied / "truth.h5")
    compared = []

    def counted(*given, **more):
        compared.append(given)
        return compare_with_truth(*given, **more)

    for module in (assessment_module, comparison_module):  # whoever imports it
        monkeypatch.setattr(module, "compare_with_truth", counted)
    monkeypatch.setattr(
        page_module, "pictures_of_report",
        lambda contents: dict.fromkeys(PICTURE_NAMES, "") | {
            "assessment": picture_address(_DRAWERS["assessment"](contents))},
    )  # fmt: skip
    found = make(copied)
    assert "scatterers found" in text_of(found, "truth")
    assert len(found.addresses) == 1 and len(compared) == 1


def _address(picture: Path) -> str:
    coded = base64.b64encode(picture.read_bytes()).decode("ascii")
    return f"data:image/png;base64,{coded}"


def test_pictures_of_the_workflow_are_those_of_the_page_where_they_show_the_same_results(
    copied: Path, monkeypatch: pytest.MonkeyPatch
):
    write_truth_of_tree(copied / "truth.h5")
    drawn = {name: copied / "figures" / f"{name}.png" for name in OF_WORKFLOW}
    for name, path in drawn.items():
        draw_figure(name, copied, path)
    with monkeypatch.context() as patched:
        for module in (assessment_module, comparison_module):
            patched.delattr(module, "compare_with_truth")  # the workflow has done it
        patched.setattr(report_pictures, "_DRAWERS", {
            name: draw for name, draw in _DRAWERS.items() if name in OF_WORKFLOW.values()
        })  # fmt: skip
        patched.setattr(page_module, "pictures_of_report", _with_empty_ones)
        found = make(copied)
    assert {_address(path) for path in drawn.values()} == set(found.addresses)
    assert "scatterers found" in text_of(found, "truth")


@pytest.mark.usefixtures("without_pictures")
def test_what_the_modes_made_after_the_picture_stands_beside_what_it_says(with_modes: Path):
    write_truth_of_tree(with_modes / "truth.h5")
    made, aside = with_modes / "accurate_v.mat", with_modes / "aside"
    made.rename(aside)
    draw_figure("assessment", with_modes, with_modes / "figures" / "assessment.png")
    assert "accuracy modes" not in text_of(make(with_modes), "truth")
    aside.rename(made)
    assert kept_picture("assessment", with_modes, {}, most=10**7) is not None
    assert "accuracy modes orbit_plane combined" in text_of(make(with_modes), "truth")


def test_a_picture_of_the_workflow_of_other_results_is_drawn_anew(
    copied: Path, monkeypatch: pytest.MonkeyPatch
):
    path = copied / "figures" / "dispersion_histogram.png"
    draw_figure("dispersion_histogram", copied, path)
    before = _address(path)
    values = read_mat(copied / "PATCH_1" / "da1.mat")
    write_mat(copied / "PATCH_1" / "da1.mat", {name: v * 0.5 for name, v in values.items()})
    monkeypatch.setattr(
        report_pictures, "_DRAWERS", {"dispersion": _DRAWERS["dispersion"]}
    )  # fmt: skip
    monkeypatch.setattr(page_module, "pictures_of_report", _with_empty_ones)
    (found,) = make(copied).addresses
    assert found != before
    draw_figure("dispersion_histogram", copied, path)
    (again,) = make(copied).addresses
    assert again == _address(path) and again != before


def _with_empty_ones(contents) -> dict[str, str]:
    return dict.fromkeys(PICTURE_NAMES, "") | report_pictures.pictures_of_report(contents)


@pytest.mark.parametrize("kept", [0, 1, 7])
def test_few_points_or_none_make_a_report_too(tmp_path: Path, kept: int):
    root = write_small_tree(tmp_path / "data", kept)
    found = make(root)
    assert f"{kept} measured points" in text_of(found, "summary")
    assert ("No point was selected" in text_of(found, "summary")) == (kept == 0)
    assert bool(found.addresses) == (kept > 0)


def write_small_tree(root: Path, count: int) -> Path:
    """A finished data set of few points, without the files of stage 8."""
    from processed_tree import write_processed_tree

    root.mkdir()
    line, sample = (axis.ravel()[:: SIZE[1] + 2][:count] for axis in np.indices(SIZE))
    write_processed_tree(root, np.linspace(-9, 9, count), line, sample)
    remade_points(root)
    return root


def test_a_report_is_at_most_ten_megabytes_whatever_it_shows(tree: Path):
    """Pictures, logo and rows have limits of their own; together they are below the page's."""
    text = (tree / "report.html").read_text(encoding="utf-8")
    without = len(re.sub(r'src="data:[^"]*"', "", text).encode())
    row = max(map(len, re.findall(r"<tr><td class=\"n\">.*?</tr>", text, re.DOTALL)))
    in_text = 4 / 3 * (len(PICTURE_NAMES) * MOST_PICTURE_BYTES + LARGEST_LOGO)
    # rows stand there twice, as flagged ones and in the appendix, with reasons of some 200 letters
    assert in_text + 4 * without + 2 * MOST_INTERFEROGRAMS * (row + 400) < LARGEST_REPORT


def test_a_picture_that_nothing_compresses_becomes_coarser():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.0, 4.0))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(np.random.default_rng(1).random((600, 600, 3)), interpolation="nearest")
    kind, content = bounded_picture(figure)
    assert kind == "jpeg" and len(content) <= MOST_PICTURE_BYTES
    kind, small = bounded_picture(figure, most=100_000)
    assert len(small) <= 100_000 and small[:3] == b"\xff\xd8\xff"
    axes.clear()
    kind, content = bounded_picture(figure)
    assert kind == "png" and content.startswith(b"\x89PNG")


@pytest.mark.usefixtures("without_pictures")
def test_a_logo_stands_in_the_page_and_must_be_a_picture(copied: Path):
    logo = copied / "logo.png"
    logo.write_bytes(PNG)
    found = make(copied, logo=logo)
    assert base64.b64encode(PNG).decode() in found.addresses[0]
    logo.write_text("<svg onload=alert(1)/>")
    with pytest.raises(ParameterError, match="no PNG and no JPEG"):
        make(copied, logo=logo)
    logo.write_bytes(PNG + bytes(LARGEST_LOGO))
    with pytest.raises(ParameterError, match=r"larger than 0\.5 MB"):
        make(copied, logo=logo)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ReportRequest(title="x" * (LONGEST_HEADING + 1)), "--title: has 201 letters"),
        (ReportRequest(client="x" * (LONGEST_HEADING + 1)), "--client: has 201 letters"),
        (ReportRequest(places=((10.0, 45.0),) * 13), "13 places; at most 12"),
        (ReportRequest(places=((11.0, 45.0),)), "no point within 100 m"),
    ],
)
@pytest.mark.usefixtures("without_pictures")
def test_what_cannot_be_reported_is_refused_and_leaves_no_file(
    tree: Path, tmp_path: Path, request_: ReportRequest, words: str
):
    with pytest.raises(ParameterError, match=re.escape(words)):
        write_report_page(RunConfig(tree), tmp_path / "report.html", request_)
    assert not list(tmp_path.iterdir())


def test_a_file_of_somebody_else_is_not_replaced_but_reports_are(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "report.html"
    target.write_text("<html>my diary</html>")
    with pytest.raises(ParameterError, match="is no report of pySTAMPS and is not replaced"):
        write_report_page(RunConfig(tree), target, ReportRequest())
    assert target.read_text() == "<html>my diary</html>"
    with pytest.raises(ParameterError, match="no folder"):
        write_report_page(RunConfig(tree), tmp_path / "nowhere" / "a.html", ReportRequest())
    monkeypatch.setattr(page_module, "report_contents", lambda *_: None)
    monkeypatch.setattr(page_module, "report_page_text", lambda *_: "new")
    head = (tree / "report.html").read_text(encoding="utf-8")[:3000]
    for earlier in (head, "<html><head><title>Snakemake Report</title>"):
        target.write_text(earlier, encoding="utf-8")
        write_report_page(RunConfig(tree), target, ReportRequest())
        assert target.read_text() == "new"


def test_of_many_interferograms_those_with_a_flag_are_listed(tree: Path):
    from dataclasses import replace

    from pystamps.pipeline.entry.interferograms import interferogram_table
    from pystamps.report_page.contents import listed_rows

    row = interferogram_table(tree, RunConfig()).rows[0]
    rows = [replace(row, number=k + 1, verdict="keep") for k in range(MOST_INTERFEROGRAMS + 50)]
    assert listed_rows(rows[:MOST_INTERFEROGRAMS]) == tuple(rows[:MOST_INTERFEROGRAMS])
    rows[-1] = replace(rows[-1], verdict="drop")
    found = listed_rows(rows)
    assert len(found) == MOST_INTERFEROGRAMS and found[-1].number == len(rows)
    assert [row.number for row in found[:-1]] == list(range(1, MOST_INTERFEROGRAMS))


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (-0.04, 1, "0.0"),
        (-1234.5, 0, "−1,234"),
        (None, 1, "–"),
        (np.nan, 2, "–"),
        (2.345, 2, "2.35"),
    ],
)
def test_numbers_are_written_for_people(value, digits, words):
    assert short_number(value, digits) == words


def test_the_dropped_interferogram_is_named(page: Tags):
    assert f" {DROPPED} " in text_of(page, "unwrapping")


def test_both_velocities_have_the_colours_of_the_same_scale(with_modes: Path):
    source = source_of(with_modes, None)
    found = accurate_columns(with_modes, 180)
    assert isinstance(found, AccurateColumns)
    limits = limits_of_table(source)
    table = np.asarray(source.table.columns["velocity"], dtype=float)
    assert np.percentile(np.abs(table), 95) <= limits[1] == -limits[0] <= 2 * np.abs(table).max()
    figure = map_pair_figure(source, accurate_maps(source, found), (limits, None))
    colours = [c.get_clim() for axes in figure.axes for c in axes.collections]
    assert limits in colours
    assert len(set(colours)) > 1, "the deviation has its own"
