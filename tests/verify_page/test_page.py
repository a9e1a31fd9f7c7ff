"""The page of a comparison: what it shows of planted differences, and what it must never hold."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from processed_tree import write_processed_tree

from pystamps.cli import main
from pystamps.errors import DatasetError
from pystamps.io.mat import read_mat, write_mat
from pystamps.verify import verify_trees
from pystamps.verify_page import page as page_module
from pystamps.verify_page.page import page_text, write_verify_page
from pystamps.verify_page.pictures import MOST_MARKED, _part_of
from pystamps.verify_page.pixels import ComparedTrees, variable_details
from pystamps.verify_page.positions import row_positions

PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A merged data set of 180 pixels, with a patch."""
    root = tmp_path_factory.mktemp("golden") / "tree"
    root.mkdir()
    line, sample = np.indices((12, 15)).reshape(2, -1)
    write_processed_tree(root, np.linspace(-10, 10, line.size), line, sample)
    pixels = read_mat(root / "ps2.mat")
    (root / "PATCH_1").mkdir(exist_ok=True)
    write_mat(root / "PATCH_1" / "ps1.mat", pixels)
    write_mat(root / "PATCH_1" / "da1.mat", {"D_A": np.linspace(0.1, 0.4, 180)[:, None]})
    return root


@pytest.fixture
def run(golden: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(golden, tmp_path / "run"))


def change(path: Path, **values: Callable[[np.ndarray], Any]) -> None:
    """Change variables of a MAT file."""
    found = read_mat(path)
    write_mat(path, found | {name: new(found[name].copy()) for name, new in values.items()})


def with_value(place: Any, added: float) -> Callable[[np.ndarray], np.ndarray]:
    """Give a function that adds something in one place."""

    def changed(values: np.ndarray) -> np.ndarray:
        values[place] += added
        return values

    return changed


def text_of(page: str) -> str:
    """Give what a reader sees, blanks made one."""
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))


def section_of(page: str, title: str) -> str:
    """Give the part of the page about one variable that is shown with pictures."""
    found = re.search(rf'<h3 id="v\d+">{re.escape(title)}</h3>(.*?)(?=<h[23])', page, re.DOTALL)
    assert found, f"{title} is not shown"
    return found[1]


def pictures_in(part: str) -> list[bytes]:
    return [
        base64.b64decode(code) for code in re.findall(r'src="data:image/png;base64,([^"]+)"', part)
    ]


def page_of(run: Path, golden: Path, **options: Any) -> str:
    return page_text(verify_trees(run, golden, **options))


def test_equal_trees_give_a_page_without_pictures(run: Path, golden: Path) -> None:
    page = page_of(run, golden)
    assert '<div class="verdict good">equal</div>' in page
    assert not pictures_in(page) and "Where they differ" not in page
    shown = text_of(page)
    assert "exactly equal" in shown and "phuw2.mat ph_uw" in shown


def test_planted_differences_are_shown_with_place_and_values(run: Path, golden: Path) -> None:
    pixels = read_mat(golden / "ps2.mat")
    latitude = float(pixels["lonlat"][0, 1])
    east = 675 / np.sqrt(2) / (6378137 * np.pi / 180) / np.cos(np.deg2rad(latitude))
    north = 675 / np.sqrt(2) / (6378137 * np.pi / 180)
    change(run / "ps2.mat", lonlat=lambda lonlat: lonlat + np.array([east, north]))
    change(run / "mean_v.mat", m=with_value((1, 17), 1e-3))
    change(run / "PATCH_1" / "da1.mat", D_A=with_value((9, 0), 0.05))
    page = page_of(run, golden)

    moved = section_of(page, "ps2.mat lonlat")
    assert re.search(
        r"Median shift of the positions: 47\d m to the east, 477 m to the north", moved
    )
    assert "difference 675 m, allowed 0 m" in text_of(moved)
    assert len(pictures_in(moved)) == 2 and all(p.startswith(PNG) for p in pictures_in(moved))

    velocity = text_of(section_of(page, "mean_v.mat m"))
    lon, lat = pixels["lonlat"][17]
    first = f"1 17 {lon:.6f} {lat:.6f} velocity"
    assert first in velocity and "difference [mm/yr]" in velocity
    values = (f"{read_mat(tree / 'mean_v.mat')['m'][1, 17]:.9g}" for tree in (run, golden))
    assert f"{first} {' '.join(values)}" in velocity

    patch = text_of(section_of(page, "PATCH_1/da1.mat D_A"))
    lon, lat = read_mat(golden / "PATCH_1" / "ps1.mat")["lonlat"][9]
    assert f"1 9 {lon:.6f} {lat:.6f}" in patch
    row = re.search(r"PATCH_1/da1\.mat<br>D_A</td>(.*?)</tr>", page, re.DOTALL)
    assert row and text_of(row[1]).split()[:2] == ["different", "number"]
    assert "1 / 1 / 180" in row[1]


def test_wrong_cycles_have_a_map_of_their_own(run: Path, golden: Path) -> None:
    def wrong(ph_uw: np.ndarray) -> np.ndarray:
        ph_uw[40:45, 1] -= 4 * np.pi
        ph_uw[7, 2] += 0.5
        ph_uw[:, 0] += 6 * np.pi  # arbitrary, and taken off
        return ph_uw

    change(run / "phuw2.mat", ph_uw=wrong)
    part = section_of(page_of(run, golden), "phuw2.mat ph_uw")
    assert len(pictures_in(part)) == 3
    shown = text_of(part)
    assert "taken off columns before: 3" in shown and "column 1: 5" in shown
    lines = re.findall(
        r"<tr><td class=\"n\">(\d+)</td><td class=\"n\">(\d+)</td>.*?(-?\d+)</td></tr>", part
    )
    assert {pixel for _, pixel, cycles in lines if cycles == "-2"} == {"40", "41", "42", "43", "44"}
    assert "7" in {pixel for _, pixel, cycles in lines if cycles == "0"}


def test_columns_are_named_by_the_dates_of_their_interferograms(run: Path, golden: Path) -> None:
    change(run / "phuw2.mat", ph_uw=with_value((11, 2), 0.5))
    positions = row_positions(
        "phuw2.mat", "ph_uw", read_mat(golden / "phuw2.mat")["ph_uw"].shape,
        {"ps2.mat": golden / "ps2.mat"},
    )  # fmt: skip
    assert (
        positions is not None
        and len(positions.columns) == read_mat(golden / "phuw2.mat")["ph_uw"].shape[1]
    )
    part = text_of(section_of(page_of(run, golden), "phuw2.mat ph_uw"))
    assert re.search(rf"1 11 [-\d.]+ [-\d.]+ {positions.columns[2]} ", part)


def test_a_value_that_is_nan_in_one_tree_only_is_the_worst(run: Path, golden: Path) -> None:
    change(run / "phuw2.mat", ph_uw=with_value((3, 1), np.nan))
    part = text_of(section_of(page_of(run, golden), "phuw2.mat ph_uw"))
    assert re.search(r"1 3 [-\d.]+ [-\d.]+ \d{8} nan \S+ ∞", part)


def test_pixels_of_one_tree_only_are_counted(run: Path, golden: Path) -> None:
    change(
        run / "ps2.mat",
        ij=lambda ij: ij[5:], lonlat=lambda x: x[5:], xy=lambda x: x[5:], n_ps=lambda n: n - 5,
    )  # fmt: skip
    page = page_of(run, golden, files=["ps2.mat", "mean_v.mat"])
    shown = text_of(page)
    assert "0 pixels are in the run only, 5 in the golden tree only, 175 in both." in shown
    assert "shape 175 x 2 instead of 180 x 2" in shown


def test_what_lies_within_its_tolerance_is_shown_as_such(run: Path, golden: Path) -> None:
    change(run / "phuw2.mat", ph_uw=with_value((3, 1), 5e-6))
    page = page_of(run, golden)
    assert '<div class="verdict good">equal</div>' in page
    assert "Within its tolerance: worst" in section_of(page, "phuw2.mat ph_uw")


def test_missing_known_and_noted_files_parameters_and_copies_are_said(
    run: Path, golden: Path
) -> None:
    (run / "scla2.mat").unlink()
    write_mat(run / "ps_plot_v.mat", {"x": 1.0})
    write_mat(run / "psver.mat", {"psver": 2.0})
    change(run / "parms.mat", **{"lambda": lambda value: value * 2})
    shown = text_of(page_of(run, golden))
    assert "scla2.mat missing" in shown
    assert "ps_plot_v.mat no stage no stage makes it; not compared" in shown
    assert "parms.mat lambda" in shown
    left = text_of(page_of(run, golden, files=["phuw2.mat"]))
    assert "not among --files" in left


def test_a_replayed_file_is_named_and_the_page_says_not_certified(run: Path, golden: Path) -> None:
    import json

    from pystamps.io.checksums import state_of_file
    from pystamps.io.stage_records import FOLDER

    record = {
        "version": "1", "origin": "replayed", "source": "/golden/<i>", "target": "",
        "files": {"phuw2.mat": state_of_file(run / "phuw2.mat").as_record()}, "inputs": {},
    }  # fmt: skip
    (run / FOLDER).mkdir(parents=True)
    (run / FOLDER / "stage6_unwrap.json").write_text(json.dumps(record))
    page = page_of(run, golden)
    assert '<div class="verdict warn">equal, but not certified</div>' in page
    assert "phuw2.mat from /golden/&lt;i&gt;" in text_of(page)


class Collector(HTMLParser):
    """Notes the elements and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "action", "data")]
        self.handlers += [k for k, _ in attrs if k.startswith("on")]


def test_the_page_needs_nothing_from_elsewhere(run: Path, golden: Path) -> None:
    change(run / "phuw2.mat", ph_uw=with_value((3, 1), 0.5))
    page = page_of(run, golden)
    found = Collector()
    found.feed(page)
    assert found.addresses and all(a.startswith("data:image/png;base64,") for a in found.addresses)
    assert not found.tags & {"script", "link", "iframe", "object", "embed", "form", "base"}
    assert not found.handlers and "@import" not in page and "url(" not in page
    assert "default-src 'none'" in page


def test_names_of_a_data_set_are_never_html(tmp_path: Path, golden: Path) -> None:
    hostile = "PATCH_1<script>alert(1)<|script>$x^{$&\"'"
    place = tmp_path / "<b>run"
    place.mkdir()
    trees = [
        Path(shutil.copytree(golden, place / name)) for name in ("<img src=x>", "golden{{7*7}}")
    ]
    for tree in trees:
        (tree / "PATCH_1").rename(tree / hostile)
        write_mat(tree / "ps_plot_<u>.mat", {"x": 1.0})
    change(trees[0] / hostile / "da1.mat", D_A=with_value((9, 0), 0.05))
    write_mat(trees[0] / hostile / "pm1.mat", {"a": 1.0})
    page = page_of(*trees)
    found = Collector()
    found.feed(page)
    assert not found.tags & {"script", "b>run", "u", "i"} and "&lt;img src=x&gt;" in page
    assert all(address.startswith("data:") for address in found.addresses)
    assert "golden{{7*7}}" in page and "golden49" not in page
    assert "PATCH_1&lt;script&gt;alert(1)&lt;|script&gt;" in page
    assert pictures_in(page)


def test_a_large_tree_makes_no_large_page(tmp_path: Path) -> None:
    golden, run = tmp_path / "golden", tmp_path / "run"
    golden.mkdir()
    n = 3 * MOST_MARKED
    numbers = np.arange(n)
    lonlat = np.column_stack([14 + numbers % 500 / 1e4, 40 + numbers // 500 / 1e4])
    ij = np.column_stack([numbers + 1, numbers // 500, numbers % 500])
    write_mat(golden / "ps2.mat", {"lonlat": lonlat, "ij": ij.astype(float), "n_ps": float(n)})
    write_mat(golden / "hgt2.mat", {"hgt": np.zeros((n, 1))})
    shutil.copytree(golden, run)
    change(run / "hgt2.mat", hgt=lambda h: h + 1e-3 + (numbers[:, None] == 77_777) * 5.0)
    page = page_of(run, golden)
    assert len(page) < 1_000_000
    part = text_of(section_of(page, "hgt2.mat hgt"))
    assert re.search(r"1 77777 ", part)


def test_of_many_pixels_the_worst_are_always_drawn() -> None:
    severity = np.random.default_rng(1).random(4 * MOST_MARKED)
    severity[[5, 99_999]] = np.inf
    drawn = _part_of(severity)
    assert drawn.size <= MOST_MARKED and drawn.size == np.unique(drawn).size
    assert set(np.argsort(severity)[-1000:]) <= set(drawn)
    assert {int(i) for i in drawn[-2:]} == {5, 99_999}
    few = np.array([3.0, 1.0, 2.0])
    assert _part_of(few).tolist() == [1, 2, 0]


def test_variables_beyond_those_shown_are_counted(
    run: Path, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "MOST_SHOWN", 1)
    change(run / "phuw2.mat", ph_uw=with_value((3, 1), 0.5))
    change(run / "mean_v.mat", m=with_value((1, 17), 1e-3))
    page = page_of(run, golden)
    assert len(re.findall(r'<h3 id="v', page)) == 1
    assert "1 further variables that are not exactly equal have no pictures" in text_of(page)


def test_variables_without_pixels_have_no_map(run: Path, golden: Path) -> None:
    change(run / "scla2.mat", ifg_vcm=lambda v: v + 0.1)
    report = verify_trees(run, golden, files=["scla2.mat"])
    (item,) = (one for one in report.comparisons if one.variable == "ifg_vcm")
    trees = ComparedTrees(
        {"scla2.mat": run / "scla2.mat"}, {"scla2.mat": golden / "scla2.mat"},
        "strict", report.tolerance, None,
    )  # fmt: skip
    details = variable_details(item, trees)
    assert details is not None and details.lonlat is None and details.sizes.size == item.n_unequal


def test_the_command_writes_a_page_beside_what_it_prints(run: Path, golden: Path) -> None:
    page = run.parent / "page.html"
    command = ["verify", "-r", str(run), "-g", str(golden), "--html", str(page)]
    assert CliRunner().invoke(main, command).exit_code == 0
    change(run / "phuw2.mat", ph_uw=with_value((3, 1), 0.5))
    found = CliRunner().invoke(main, command)  # its own earlier page is replaced
    assert found.exit_code == 1 and "1 differences" in found.output
    assert "phuw2.mat ph_uw" in page.read_text()
    assert [path.name for path in run.parent.iterdir()] == ["run", "page.html"] or sorted(
        path.name for path in run.parent.iterdir()
    ) == ["page.html", "run"]


def test_a_place_that_is_none_is_refused_before_anything_is_compared(
    run: Path, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pystamps.verify.verify_trees", lambda *a, **k: pytest.fail("compared"))
    (run.parent / "mine.html").write_text("my page")
    for name, message in {
        "gone/page.html": "there is no folder",
        "mine.html": "is no page of pystamps verify and is not replaced",
        str(golden / "page.html"): "lies in the golden tree",
    }.items():
        command = ["verify", "-r", str(run), "-g", str(golden), "--html", str(run.parent / name)]
        found = CliRunner().invoke(main, command)
        assert found.exit_code == 2 and message in found.stderr
    assert (run.parent / "mine.html").read_text() == "my page"


def test_a_page_that_fails_leaves_nothing(
    run: Path, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = verify_trees(run, golden)
    page = run.parent / "page.html"
    write_verify_page(report, page)
    before = page.read_text()
    monkeypatch.setattr(page_module, "page_text", lambda report: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_verify_page(report, page)
    assert page.read_text() == before and len(list(run.parent.iterdir())) == 2
    with pytest.raises(DatasetError, match="is a folder"):
        write_verify_page(report, run)
