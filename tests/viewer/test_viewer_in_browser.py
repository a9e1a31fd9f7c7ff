"""The viewer in a real browser: its numbers are those of ps.h5, it asks nobody, runs no text."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hostile_names import HACK, HOSTILE_NAMES
from PIL import Image
from point_tables import DATES, example_table, exported
from unwrapped_examples import DAY, MASTER_IX

pytest.importorskip("selenium", reason="selenium is not installed")

from chromium import chromium_window, wait_until
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import Select

from pystamps.dates import calendar_date
from pystamps.geo import llh2local
from pystamps.products.chosen import PointChoice, choose_points
from pystamps.products.point_storage import write_point_table
from pystamps.products.point_table import PointTable
from pystamps.progress import silent

pytestmark = pytest.mark.slow

N_PS = 300
VALUES = ("velocity", "velocity_std", "rmse", "coherence", "dem_error", "height", "longitude")


@pytest.fixture(scope="module")
def table() -> PointTable:
    return example_table(N_PS, noise_rad=0.3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, table: PointTable) -> Path:
    """A folder with a data set, its page ``viewer.html`` and its table ``points.csv``."""
    found = tmp_path_factory.mktemp("viewer")
    (found / "data" / "products").mkdir(parents=True)
    write_point_table(found / "data" / "products" / "ps.h5", table, silent)
    exported(found, "viewer.html")
    exported(found, "points.csv")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    with chromium_window(1200, 900, has_webgl=True) as found:
        yield found


def open_page(browser: WebDriver, path: Path, address: str = "") -> None:
    """Open a page anew, also where only its address differs."""
    browser.get("about:blank")
    browser.get(f"{path.as_uri()}{address}")
    wait_until(browser, lambda: browser.execute_script("return Boolean(window.viewer)"))


@pytest.fixture
def page(browser: WebDriver, folder: Path) -> WebDriver:
    open_page(browser, folder / "viewer.html")
    return browser


def asked(browser: WebDriver, expression: str) -> Any:
    return browser.execute_script(f"const v = window.viewer, p = v.points; return {expression}")


def numbers(browser: WebDriver, expression: str) -> np.ndarray[Any, Any]:
    """Give numbers of the page; null there is NaN here."""
    return np.array(asked(browser, f"Array.from({expression})"), dtype=np.float64)


def choose_tool(browser: WebDriver, name: str) -> None:
    Select(browser.find_element(By.ID, "tool")).select_by_value(name)


def click_point(browser: WebDriver, row: int) -> None:
    """Click on a point of the map, after looking at it closely."""
    browser.execute_script(
        "const v = window.viewer; v.map.moveTo(v.points.x[arguments[0]], v.points.y[arguments[0]],"
        " 0.5); v.map.drawNow()", row,
    )  # fmt: skip
    ActionChains(browser).move_to_element(browser.find_element(By.ID, "map")).click().perform()


def fill(browser: WebDriver, name: str, value: str) -> None:
    browser.execute_script(
        "const f = document.getElementById(arguments[0]); f.value = arguments[1];"
        "f.dispatchEvent(new Event('change'))", name, value,
    )  # fmt: skip


def shown(browser: WebDriver, name: str) -> str:
    return browser.find_element(By.ID, name).get_attribute("textContent") or ""


def number_shown(browser: WebDriver, name: str) -> float:
    return float(shown(browser, name).replace("−", "-"))


@contextmanager
def served(dataset: Path, *options: str, most_points: int = 500_000) -> Iterator[dict[str, Any]]:
    """Run ``pystamps view``; give what it prints. More points than ``most_points`` are streamed."""
    code = (
        "from dataclasses import replace; from pystamps.export import formats; "
        "from pystamps.cli import main; "
        f"changed = {{'viewer': {most_points}}}; formats.FORMATS = tuple("
        "replace(f, most_points=changed.get(f.name, 0)) for f in formats.FORMATS); main()"
    )
    words = [sys.executable, "-c", code, "view", str(dataset), "--port", "0", "--json", *options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or lines[-1].strip() != "}":
            lines.append(process.stdout.readline())
            assert lines[-1], "the command has ended"
        yield json.loads("".join(lines))
    finally:
        process.terminate()
        process.communicate(timeout=60)


def assert_quiet(browser: WebDriver) -> None:
    """See that nothing was complained of and nothing asked for but the page itself."""
    assert [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"] == []
    messages = [json.loads(e["message"])["message"] for e in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages
            if m["method"] == "Network.requestWillBeSent"]  # fmt: skip
    assert any(url.startswith(("file:", "http://127.0.0.1:")) for url in urls)
    outside = ("file:", "blob:", "data:", "about:", "chrome:", "http://127.0.0.1:")
    assert [url for url in urls if not url.startswith(outside)] == []


def test_values_and_series_of_a_clicked_point_are_those_of_the_table(
    page: WebDriver, table: PointTable
) -> None:
    assert "300 of 300" in shown(page, "shown")
    row = 123
    click_point(page, row)
    assert asked(page, "v.selection.items[0].rows[0]") == row
    assert number_shown(page, "value-point_id") == row + 1
    for name in VALUES:
        wanted = float(table.columns[name][row])
        assert number_shown(page, f"value-{name}") == pytest.approx(wanted, abs=6e-3), name
    series = numbers(page, "v.selection.lines(v)[0].values")
    np.testing.assert_allclose(series, np.asarray(table.displacement)[row], atol=0.026)
    velocity = numbers(page, "p.column('velocity')")
    np.testing.assert_allclose(velocity, table.columns["velocity"], atol=6e-4)
    assert len(page.find_elements(By.CSS_SELECTOR, "#series canvas")) == 1
    assert_quiet(page)


def test_a_reference_set_by_a_click_is_that_of_an_export(
    page: WebDriver, table: PointTable
) -> None:
    choose_tool(page, "reference")
    fill(page, "radius", "900")
    click_point(page, 40)
    words = shown(page, "reference-words")
    text = words.partition("--reference ")[2]
    wanted = choose_points(table, PointChoice(reference=text))
    assert wanted.reference_rows is not None and 1 < wanted.reference_rows.size < N_PS
    assert numbers(page, "p.reference.rows").tolist() == wanted.reference_rows.tolist()
    # series are rounded: what follows from them is as exact as they are over the period
    error = 0.025 / np.ptp(DAY) * 365.25
    for name, accuracy in (("velocity", 0.3 * error), ("velocity_std", error), ("rmse", 0.025)):
        found = numbers(page, f"p.column('{name}')")
        np.testing.assert_allclose(found, wanted.columns[name], atol=accuracy)
    series = numbers(page, "p.days.map((_, k) => p.displacement(7, k))")
    np.testing.assert_allclose(series, np.asarray(wanted.displacement)[7], atol=0.051)
    page.find_element(By.ID, "reset-reference").click()
    velocity = numbers(page, "p.column('velocity')")
    np.testing.assert_allclose(velocity, table.columns["velocity"], atol=6e-4)


def test_a_reference_without_points_changes_nothing_and_says_so(page: WebDriver) -> None:
    page.execute_script("window.viewer.setReference(0, 0)")
    assert "No reference set" in shown(page, "notice")
    assert asked(page, "p.reference") is None


def test_the_nearest_shown_point_is_exactly_that(page: WebDriver, table: PointTable) -> None:
    fill(page, "coherence", "0.7")
    keep = np.nan_to_num(table.columns["coherence"]) >= 0.7
    assert f"{keep.sum()} of 300" in shown(page, "shown")
    x, y = numbers(page, "p.x"), numbers(page, "p.y")
    rng = np.random.default_rng(3)
    low, high = np.array([x.min(), y.min()]), np.array([x.max(), y.max()])
    places = rng.uniform(low - 2000, high + 2000, (200, 2))
    script = "return arguments[0].map(([x, y]) => window.viewer.points.nearest(x, y).row)"
    found = page.execute_script(script, places.tolist())
    square = (x - places[:, :1]) ** 2 + (y - places[:, 1:]) ** 2
    square[:, ~keep] = np.inf
    assert found == square.argmin(axis=1).tolist()


def test_coordinates_are_those_of_the_projection(page: WebDriver, table: PointTable) -> None:
    origin = numbers(page, "p.origin")
    lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
    wanted = llh2local(lonlat, origin) * 1000
    np.testing.assert_allclose(numbers(page, "p.x"), wanted[:, 0], atol=0.02)
    np.testing.assert_allclose(numbers(page, "p.y"), wanted[:, 1], atol=0.02)
    found = np.array(asked(page, "p.lonlat(p.x[5], p.y[5])"))
    np.testing.assert_allclose(found, lonlat[5], atol=1e-7)


def test_fits_and_their_standard_deviations_are_those_of_numpy(
    page: WebDriver, table: PointTable
) -> None:
    click_point(page, 60)
    data = numbers(page, "v.selection.lines(v)[0].values")
    fill(page, "step-date", calendar_date(DAY[5]).isoformat())
    step_day = asked(page, "v.stepDay")
    assert step_day == DAY[5]
    years = (DAY - DAY[MASTER_IX]) / 365.25
    angle = 2 * np.pi * DAY / 365.25
    design = np.column_stack([np.ones(DAY.size), years, np.sin(angle), np.cos(angle),
                              step_day <= DAY])  # fmt: skip
    used = np.arange(DAY.size) != MASTER_IX
    for fit, columns, names in (
        ("fitLinear", [0, 1], ["velocity"]),
        ("fitStep", [0, 1, 4], ["velocity", "step"]),
        ("fitSeasonal", [0, 1, 2, 3], ["velocity", "seasonal amplitude"]),
        ("fitAll", [0, 1, 2, 3, 4], ["velocity", "step", "seasonal amplitude"]),
    ):
        fill(page, "fit", fit)
        part = design[:, columns]
        value, std = coefficients_of(part[used], data[used])
        found = numbers(page, "p.days.map((day) => v.selection.lines(v)[0].fit(day))")
        np.testing.assert_allclose(found, part @ value, atol=1e-6)
        named = dict(zip([("constant", "velocity", "sine", "cosine", "step")[c] for c in columns],
                         zip(value, std, strict=True), strict=True))  # fmt: skip
        if "sine" in named:
            (sine, d_sine), (cosine, d_cosine) = named["sine"], named["cosine"]
            amplitude = np.hypot(sine, cosine)
            error = np.hypot(sine * d_sine, cosine * d_cosine) / amplitude
            named["seasonal amplitude"] = (amplitude, error)
        for name in names:
            text = rf"{name} ([\d.−–]+) ± ([\d.–]+)"
            words = re.search(text, shown(page, "lines"))
            assert words is not None, name
            shown_numbers = [float(word.replace("−", "-")) for word in words.groups()]
            np.testing.assert_allclose(shown_numbers, named[name], atol=0.00501, err_msg=name)


def coefficients_of(
    design: np.ndarray[Any, Any], data: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Fit by NumPy; give coefficients and their formal standard deviations."""
    value, _, rank, _ = np.linalg.lstsq(design, data, rcond=None)
    assert rank == design.shape[1]
    residual = data - design @ value
    variance = residual @ residual / (len(data) - design.shape[1])
    return value, np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))


def test_polygons_several_points_and_differences(page: WebDriver, table: PointTable) -> None:
    page.find_element(By.ID, "keep").click()
    for row in (10, 200):
        click_point(page, row)
    page.find_element(By.ID, "differences").click()
    found = numbers(page, "v.selection.lines(v)[0].values")
    series = np.asarray(table.displacement)
    np.testing.assert_allclose(found, series[200] - series[10], atol=0.051)
    x, y = numbers(page, "p.x"), numbers(page, "p.y")
    choose_tool(page, "polygon")
    (west, east), (south, north) = np.quantile(x, [0.2, 0.8]), np.quantile(y, [0.2, 0.8])
    corners = [(west, south), (east, south), (east, north), (west, north)]
    page.execute_script(
        "arguments[0].forEach(([x, y]) => window.viewer.click(x, y, false))",
        [[float(a), float(b)] for a, b in corners],
    )
    page.find_element(By.ID, "finish-polygon").click()
    rows = np.flatnonzero((x > west) & (x < east) & (y > south) & (y < north))
    assert numbers(page, "v.selection.items.at(-1).rows").tolist() == rows.tolist()
    assert f"polygon, {rows.size} points" in shown(page, "lines")
    page.find_element(By.ID, "differences").click()
    mean = numbers(page, "v.selection.lines(v).at(-1).values")
    np.testing.assert_allclose(mean, series[rows].mean(axis=0), atol=0.026)
    page.find_element(By.ID, "clear").click()
    assert asked(page, "v.selection.items.length") == 0


def test_colours_limits_dates_histogram_and_profile(page: WebDriver, table: PointTable) -> None:
    low, high = asked(page, "v.limits")
    assert low == -high
    fill(page, "low", "-5")
    fill(page, "high", "8")
    assert asked(page, "[v.limits, v.isAutomatic]") == [[-5, 8], False]
    Select(page.find_element(By.ID, "column")).select_by_value("coherence")
    assert asked(page, "[v.palette, v.isAutomatic]") == ["viridis", True]
    page.find_element(By.ID, "map").send_keys("[")
    date = DAY.size - 2
    assert asked(page, "[v.column, v.date]") == ["displacement", date]
    assert shown(page, "date-words").replace("-", "") == DATES[date][1:]
    values = numbers(page, "p.current")
    np.testing.assert_allclose(values, np.asarray(table.displacement)[:, date], atol=0.026)
    page.execute_script(
        "const v = window.viewer, b = v.points.grid.box; v.tool = 'profile'; v.width = 1e6;"
        "v.click(b.west - 10, b.south, false); v.click(b.east + 10, b.south, false)"
    )
    x = numbers(page, "p.x")
    found = np.sort(numbers(page, "v.profile.map((q) => q.distance)"))
    np.testing.assert_allclose(found, np.sort(x - x.min()) + 10, atol=1e-3)
    for name in ("histogram", "profile", "baselines"):
        assert page.find_elements(By.CSS_SELECTOR, f"#{name} canvas"), name


def test_points_are_drawn_in_their_colours(page: WebDriver) -> None:
    script = """
    const v = window.viewer; v.map.moveTo(v.points.x[arguments[0]], v.points.y[arguments[0]], 0.5);
    v.map.drawNow();
    const gl = v.map.layer.gl, pixel = new Uint8Array(4);
    gl.readPixels(gl.drawingBufferWidth >> 1, gl.drawingBufferHeight >> 1, 1, 1, gl.RGBA,
                  gl.UNSIGNED_BYTE, pixel);
    return [...pixel]"""
    velocity = numbers(page, "p.column('velocity')")
    red, _, blue, _ = page.execute_script(script, int(velocity.argmin()))
    assert red > blue + 40  # away from the satellite
    red, _, blue, _ = page.execute_script(script, int(velocity.argmax()))
    assert blue > red + 40


def test_the_keyboard_moves_zooms_and_chooses(page: WebDriver) -> None:
    the_map = page.find_element(By.ID, "map")
    before = asked(page, "v.map.camera")
    the_map.send_keys("+", Keys.ARROW_RIGHT)
    after = asked(page, "v.map.camera")
    assert after["metresPerPixel"] < before["metresPerPixel"] and after["x"] > before["x"]
    the_map.send_keys(Keys.ENTER)
    assert asked(page, "v.selection.items.length") == 1
    the_map.send_keys(Keys.ESCAPE, "0")
    assert asked(page, "v.selection.items.length") == 0
    assert asked(page, "v.map.camera") == pytest.approx(before)


def test_two_fingers_zoom_and_choose_nothing(page: WebDriver) -> None:
    script = """
    const map = document.getElementById('map'), r = map.getBoundingClientRect();
    map.setPointerCapture = () => {};
    const touch = (kind, id, x, y) => map.dispatchEvent(new PointerEvent(kind, {pointerId: id,
      pointerType: 'touch', clientX: r.left + x, clientY: r.top + y, bubbles: true}));
    touch('pointerdown', 1, 300, 300); touch('pointerdown', 2, 400, 300);
    touch('pointermove', 2, 500, 300); touch('pointerup', 1, 300, 300);
    touch('pointerup', 2, 500, 300);
    return [window.viewer.map.camera.metresPerPixel, window.viewer.selection.items.length]"""
    before = asked(page, "v.map.camera.metresPerPixel")
    after, chosen = page.execute_script(script)
    assert after == pytest.approx(before / 2) and chosen == 0


def test_a_link_opens_the_same_view(page: WebDriver, folder: Path) -> None:
    address = "#lon=12.01&lat=41.02&scale=7&column=coherence&points=5,9"
    open_page(page, folder / "viewer.html", address)
    found = asked(page, "[v.map.camera.metresPerPixel, v.column, v.selection.items.length]")
    assert found == [7, "coherence", 2]
    x, y = asked(page, "[v.map.camera.x, v.map.camera.y]")
    np.testing.assert_allclose(asked(page, f"p.lonlat({x}, {y})"), [12.01, 41.02], atol=1e-6)
    page.find_element(By.ID, "clear").click()
    wait_until(page, lambda: "points=" not in page.current_url)
    assert "column=coherence" in page.current_url and "lat=41.02" in page.current_url


def test_downloads_are_the_table_of_an_export_and_a_picture(
    page: WebDriver, folder: Path, tmp_path: Path
) -> None:
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    click_point(page, 17)
    page.find_element(By.ID, "csv").click()
    page.find_element(By.ID, "png").click()
    names = ("points.csv", "map.png")
    wait_until(page, lambda: all((tmp_path / name).is_file() for name in names))
    header, row, *others = csv.reader((tmp_path / "points.csv").read_text().splitlines())
    wanted = list(csv.reader((folder / "points.csv").read_text().splitlines()))
    assert header == wanted[0] and not others
    for name, found, value in zip(header, row, wanted[18], strict=True):
        accuracy = 0.031 if name in DATES else 6e-4
        assert float(found) == pytest.approx(float(value), abs=accuracy), name
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert_quiet(page)


def test_hostile_texts_of_data_are_shown_and_do_not_run(
    browser: WebDriver, tmp_path: Path, table: PointTable
) -> None:
    hostile = " ".join(name for name in HOSTILE_NAMES if HACK in name)
    about = dict(table.about) | {"reference_area": hostile, "comment": hostile}
    (tmp_path / "data" / "products").mkdir(parents=True)
    file = tmp_path / "data" / "products" / "ps.h5"
    write_point_table(file, replace(table, about=about), silent)
    open_page(browser, exported(tmp_path, "viewer.html"))
    click_point(browser, 3)
    assert browser.execute_script("return window.__hacked") is None
    assert hostile in shown(browser, "reference-words") and hostile in shown(browser, "about")
    assert not browser.find_elements(By.CSS_SELECTOR, "#panel script, #panel img, iframe, object")
    assert_quiet(browser)


@pytest.mark.parametrize("size", [(1200, 900), (400, 800)])
def test_the_page_fits_a_screen_and_a_telephone(folder: Path, size: tuple[int, int]) -> None:
    with chromium_window(*size, has_webgl=True) as browser:
        open_page(browser, folder / "viewer.html")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= browser.execute_script("return window.innerWidth")


def test_the_command_serves_the_same_page_on_this_machine(
    browser: WebDriver, folder: Path, table: PointTable
) -> None:
    with served(folder / "data") as about:
        assert about["points"] == N_PS
        browser.get("about:blank")
        browser.get(about["link"])
        wait_until(browser, lambda: browser.execute_script("return Boolean(window.viewer)"))
        assert "token" not in browser.current_url
        velocity = numbers(browser, "p.column('velocity')")
        np.testing.assert_allclose(velocity, table.columns["velocity"], atol=6e-4)


def drawn_colour(browser: WebDriver) -> list[int]:
    """Give the colour in the north-west corner of the map, away from the points."""
    return browser.execute_script(
        "const v = window.viewer, gl = v.map.layer.gl, pixel = new Uint8Array(4);"
        "v.map.drawNow(); gl.readPixels(5, gl.drawingBufferHeight - 5, 1, 1, gl.RGBA,"
        "gl.UNSIGNED_BYTE, pixel); return [...pixel]"
    )  # fmt: skip


def test_the_relief_of_the_ground_lies_behind_the_points_and_can_be_taken_away(
    page: WebDriver,
) -> None:
    choices = [o.get_attribute("value") for o in Select(page.find_element(By.ID, "behind")).options]
    assert choices == ["hillshade", ""]
    assert asked(page, "v.map.layer.backdrop.chosen") == "hillshade"
    # one point in the middle of the window, the relief around it
    page.execute_script(
        "const v = window.viewer, b = v.points.grid.box;"
        "v.map.moveTo((b.west + b.east) / 2, (b.south + b.north) / 2, 0.2)"
    )
    with_relief = drawn_colour(page)
    fill(page, "behind", "")
    without = drawn_colour(page)
    assert without == [217, 221, 223, 255] and with_relief != without
    assert with_relief[0] == with_relief[1] == with_relief[2]


class TileServer(BaseHTTPRequestHandler):
    """Gives an orange picture under every address of a tile."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        content = io.BytesIO()
        Image.new("RGB", (256, 256), (250, 128, 10)).save(content, "PNG")
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(content.getvalue())

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def tile_server() -> Iterator[str]:
    TileServer.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), TileServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/tiles/{{z}}/{{x}}/{{y}}.png"
        server.shutdown()


def test_map_tiles_are_asked_for_only_after_somebody_has_chosen_them(
    browser: WebDriver, folder: Path, tile_server: str
) -> None:
    open_page(browser, exported(folder, "tiled.html", "--tiles", tile_server))
    assert drawn_colour(browser) and TileServer.asked == []
    assert not browser.find_element(By.ID, "credit").is_displayed()
    fill(browser, "behind", "tiles")
    wait_until(browser, lambda: drawn_colour(browser) == [250, 128, 10, 255])
    lon, lat = asked(browser, "p.lonlat(v.map.camera.x, v.map.camera.y)")
    zooms = set()
    for path in TileServer.asked:
        _, _, zoom, column, row = path.removesuffix(".png").split("/")
        size = 360 / 2 ** int(zoom)
        zooms.add(int(zoom))
        assert abs(int(column) * size - 180 - lon) < 6 * size and 0 <= int(row) < 2 ** int(zoom)
    assert len(zooms) == 1
    assert shown(browser, "credit") == "Map tiles of 127.0.0.1."
    # the tile that holds the middle of the map is among them (web-Mercator scheme)
    (zoom,) = zooms
    row = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**zoom
    column = (lon + 180) / 360 * 2**zoom
    assert f"/tiles/{zoom}/{int(column)}/{int(row)}.png" in TileServer.asked


def test_interferograms_of_one_reference_are_a_star(page: WebDriver) -> None:
    others = [k for k in range(DAY.size) if k != MASTER_IX]
    assert asked(page, "p.head.pairs") == [[MASTER_IX, k] for k in others]


N_LARGE = 150_000


@pytest.fixture(scope="module")
def large() -> PointTable:
    return example_table(N_LARGE, noise_rad=0.3)


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory, large: PointTable) -> Iterator[str]:
    """The address of a page whose points stay with the server."""
    root = tmp_path_factory.mktemp("large") / "data"
    (root / "products").mkdir(parents=True)
    write_point_table(root / "products" / "ps.h5", large, silent)
    with served(root, most_points=1000) as about:
        assert about["points"] == N_LARGE
        yield about["link"]


@pytest.fixture
def streamed(browser: WebDriver, link: str) -> WebDriver:
    browser.get("about:blank")
    browser.get(link)
    wait_until(browser, lambda: browser.execute_script("return Boolean(window.viewer)"))
    assert asked(browser, "p.isStreamed") is True
    complete(browser)
    return browser


def complete(browser: WebDriver) -> None:
    """Wait until all tiles in view are here."""
    wait_until(browser, lambda: asked(browser, "(v.map.drawNow(), p.tiles.isComplete)"))


def chosen(browser: WebDriver, count: int) -> dict[str, Any]:
    """Give what was chosen last, once there are so many."""
    wait_until(browser, lambda: asked(browser, "v.selection.items.length") == count)
    item = "v.selection.items.at(-1)"
    values = asked(browser, f"{item}.values")
    line = numbers(browser, "v.selection.lines(v).at(-1).values")
    return {"values": values, "count": asked(browser, f"{item}.count"), "line": line}


def look_at(browser: WebDriver, table: PointTable, row: int) -> None:
    """Move the map to a point and click it."""
    lon, lat = (float(table.columns[name][row]) for name in ("longitude", "latitude"))
    browser.execute_script(
        "const v = window.viewer; v.map.moveTo(...v.points.local(arguments[0], arguments[1]), 0.2)",
        lon, lat,
    )  # fmt: skip
    ActionChains(browser).move_to_element(browser.find_element(By.ID, "map")).click().perform()


def test_a_streamed_page_draws_as_many_points_as_it_has_room_for_and_all_from_near(
    streamed: WebDriver, large: PointTable
) -> None:
    drawn = "v.map.layer.sheets.reduce((sum, sheet) => sum + sheet.count, 0)"
    page_size = asked(streamed, "[v.map.width, v.map.height]")
    assert 5_000 < asked(streamed, drawn) < N_LARGE
    assert f"{N_LARGE:,} points" in shown(streamed, "streamed")
    assert f"{N_LARGE:,} of {N_LARGE:,}" in shown(streamed, "shown")
    streamed.execute_script("window.viewer.map.moveTo(0, 0, 0.25)")
    complete(streamed)
    half = np.array(page_size) * 0.25 / 2
    east, north = llh2local(
        np.column_stack([large.columns["longitude"], large.columns["latitude"]]),
        np.array(asked(streamed, "p.origin")),
    ).T * 1000  # fmt: skip
    inside = int(((np.abs(east) < half[0]) & (np.abs(north) < half[1])).sum())
    assert asked(streamed, drawn) >= inside > 100
    assert asked(streamed, "p.tiles.tiles.size") <= 160


def test_values_series_and_tables_of_a_streamed_page_are_those_of_the_table(
    streamed: WebDriver, large: PointTable, tmp_path: Path
) -> None:
    look_at(streamed, large, 31_234)
    found = chosen(streamed, 1)
    assert found["values"]["point_id"] == large.columns["point_id"][31_234]
    for name in VALUES:
        assert found["values"][name] == pytest.approx(float(large.columns[name][31_234]), rel=1e-6)
        digits = asked(streamed, f"p.decimals('{name}')")
        assert number_shown(streamed, f"value-{name}") == pytest.approx(
            float(large.columns[name][31_234]), abs=0.51 * 10.0**-digits
        )
    series = np.asarray(large.displacement)
    np.testing.assert_allclose(found["line"], series[31_234], atol=1e-5)
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path)}
    streamed.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    streamed.find_element(By.ID, "csv").click()
    wait_until(streamed, lambda: (tmp_path / "points.csv").is_file())
    header, row = csv.reader((tmp_path / "points.csv").read_text().splitlines())
    assert float(row[header.index("velocity")]) == pytest.approx(
        float(large.columns["velocity"][31_234]), abs=6e-3
    )
    choose_tool(streamed, "polygon")
    streamed.execute_script(
        "for (const [x, y] of [[-200, -200], [200, -200], [200, 200], [-200, 200]])"
        " window.viewer.click(x, y, false); window.viewer.finishPolygon()"
    )
    wait_until(streamed, lambda: asked(streamed, "v.selection.items[0].count") > 1)
    origin = np.array(asked(streamed, "p.origin"))
    lonlat = np.column_stack([large.columns["longitude"], large.columns["latitude"]])
    inside = (np.abs(llh2local(lonlat, origin) * 1000) < 200).all(axis=1)
    found = chosen(streamed, 1)
    assert abs(found["count"] - inside.sum()) <= 1  # float32 at the edge
    np.testing.assert_allclose(found["line"], series[inside].mean(axis=0), atol=0.05)
    assert_quiet(streamed)


def test_filters_dates_references_and_profiles_of_a_streamed_page(
    streamed: WebDriver, large: PointTable
) -> None:
    fill(streamed, "coherence", "0.9")
    passes = int((large.columns["coherence"] >= np.float32(0.9)).sum())
    wait_until(streamed, lambda: f"{passes:,} of" in shown(streamed, "shown"))
    complete(streamed)
    sheets = asked(streamed, "v.map.layer.sheets.reduce((sum, s) => sum + s.count, 0)")
    assert 0 < sheets <= passes
    fill(streamed, "coherence", "0")
    streamed.find_element(By.ID, "map").send_keys("[")
    wait_until(streamed, lambda: asked(streamed, "v.points.view.column") == "displacement")
    complete(streamed)
    choose_tool(streamed, "reference")
    fill(streamed, "radius", "150")
    look_at(streamed, large, 20_000)
    wait_until(streamed, lambda: "--reference" in shown(streamed, "reference-words"))
    text = shown(streamed, "reference-words").partition("--reference ")[2]
    wanted = choose_points(large, PointChoice(reference=text))
    assert wanted.reference_rows is not None
    assert asked(streamed, "p.reference.count") == wanted.reference_rows.size > 50
    choose_tool(streamed, "pick")
    look_at(streamed, large, 40_000)
    found = chosen(streamed, 1)
    for name, accuracy in (("velocity", 1e-3), ("velocity_std", 1e-3), ("rmse", 1e-3)):
        value = float(wanted.columns[name][40_000])
        assert found["values"][name] == pytest.approx(value, abs=accuracy), name
    np.testing.assert_allclose(found["line"], np.asarray(wanted.displacement)[40_000], atol=1e-3)
    choose_tool(streamed, "profile")
    streamed.execute_script(
        "window.viewer.click(-500, 0, false); window.viewer.click(500, 0, false)"
    )
    wait_until(streamed, lambda: asked(streamed, "v.profile.length") > 100)
    distance = numbers(streamed, "v.profile.map((q) => q.distance)")
    assert distance.min() >= 0 and distance.max() <= 1000
    assert_quiet(streamed)


def test_a_streamed_page_says_when_its_server_is_gone(
    browser: WebDriver, folder: Path, table: PointTable
) -> None:
    with served(folder / "data", most_points=100) as about:
        browser.get("about:blank")
        browser.get(about["link"])
        wait_until(browser, lambda: browser.execute_script("return Boolean(window.viewer)"))
        complete(browser)
    look_at(browser, table, 100)
    wait_until(browser, lambda: "Not done" in shown(browser, "notice"))
    browser.get_log("browser")
