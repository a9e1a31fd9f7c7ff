"""Times of the viewer with very many points, in Chromium that draws on the processor.

    python scripts/benchmark_viewer.py FOLDER                     the viewer, 10 million points
    python scripts/benchmark_viewer.py FOLDER --deck-gl           deck.gl beside it, from npm

Makes a table of points in FOLDER (2 GB for 10 million points and 20 dates), opens it with
``pystamps view``, moves and zooms the map and reads how long frames take until they are drawn. With
``--deck-gl`` as many points as the viewer draws, and a million, are drawn by deck.gl in the same
browser; it is installed into FOLDER and not part of pySTAMPS.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT / "tests" / "helpers"))

from chromium import chromium_window, wait_until  # noqa: E402

from build_viewer import PACKAGES, node_commands  # noqa: E402
from pystamps.io.point_file import PointFile  # noqa: E402
from pystamps.products.layers import Layers  # noqa: E402
from pystamps.products.point_storage import POINT_FILE, write_point_table  # noqa: E402
from pystamps.products.point_table import COLUMNS, PointTable  # noqa: E402
from pystamps.progress import silent  # noqa: E402
from pystamps.rows import Rows  # noqa: E402

DECK_GL = "9.4.0"
N_DATE = 20
WINDOW = (1200, 900)
FRAMES = 40
_SIDE_DEGREES = (0.9, 0.7)
_MB = 2**20

PAN = """
const [frames, done] = [arguments[0], arguments[1]];
const v = window.viewer, gl = v.map.layer.gl, pixel = new Uint8Array(4);
const times = [];
for (let k = 0; k < frames; k++) {
  const begin = performance.now(), step = 7 * v.map.camera.metresPerPixel;
  v.map.moveTo(v.map.camera.x + (k < frames / 2 ? step : -step), v.map.camera.y);
  v.map.drawNow();
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  times.push(performance.now() - begin);
}
const drawn = v.map.layer.sheets.reduce((sum, sheet) => sum + sheet.count, 0);
done({ ms: times.sort((a, b) => a - b)[frames >> 1], drawn });
"""
DECK_PAGE = """
import { Deck, OrthographicView } from "@deck.gl/core";
import { ScatterplotLayer } from "@deck.gl/layers";
window.measure = (n, frames, done) => {
  const [positions, colours] = [new Float32Array(2 * n), new Uint8Array(4 * n)];
  for (let i = 0; i < n; i++) {
    positions[2 * i] = Math.random() * 850;
    positions[2 * i + 1] = Math.random() * 850;
    colours.set([i % 256, 80, 160, 255], 4 * i);
  }
  const attributes = {
    getPosition: { value: positions, size: 2 },
    getFillColor: { value: colours, size: 4, normalized: true },
  };
  const layer = new ScatterplotLayer({ id: "points", data: { length: n, attributes },
    getRadius: 1.5, radiusUnits: "pixels", stroked: false });
  const stateOf = (x) => ({ target: [x, 425, 0], zoom: 0 });
  const times = [];
  const deck = new Deck({ width: 850, height: 850, views: new OrthographicView(), layers: [layer],
    viewState: stateOf(425), parent: document.body,
    deviceProps: { type: "webgl", webgl: { antialias: false } },
    onAfterRender: () => { if (!times.length) setTimeout(run, 100); } });
  let isRunning = false;
  const run = () => {
    if (isRunning) return;
    isRunning = true;
    const gl = document.querySelector("canvas").getContext("webgl2"), pixel = new Uint8Array(4);
    for (let k = 0; k < frames; k++) {
      const begin = performance.now();
      deck.setProps({ viewState: stateOf(425 + 7 * k) });
      deck.redraw("moved");
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
      times.push(performance.now() - begin);
    }
    deck.finalize();
    done({ ms: times.sort((a, b) => a - b)[frames >> 1], drawn: n });
  };
};
"""


def large_table(n: int) -> PointTable:
    """Give a table of random points about a few towns, with a bowl of subsidence in each."""
    rng = np.random.default_rng(5)
    day = 737_000.0 + 12 * np.arange(N_DATE)
    towns = rng.uniform(-0.4, 0.4, (40, 2))
    near = rng.integers(0, len(towns), n)
    place = towns[near] + rng.normal(0, 0.05, (n, 2))
    place[::3] = rng.uniform(-0.5, 0.5, (len(place[::3]), 2))
    distance = np.hypot(*(place - towns[near]).T)
    velocity = (-20 * np.exp(-((distance / 0.03) ** 2))).astype(np.float32)
    values = {name: rng.normal(0, 1, n) for name in COLUMNS}
    values |= {
        "point_id": np.arange(1, n + 1), "longitude": 12 + _SIDE_DEGREES[0] * place[:, 0],
        "latitude": 41 + _SIDE_DEGREES[1] * place[:, 1], "velocity": velocity,
        "coherence": rng.uniform(0.4, 1, n), "velocity_std": rng.uniform(0.2, 2, n),
        "height": 300 + 200 * np.sin(9 * place[:, 0]) * np.cos(7 * place[:, 1]),
    }  # fmt: skip
    columns = {name: values[name].astype(COLUMNS[name].dtype) for name in COLUMNS}
    years = ((day - day[0]) / 365.25).astype(np.float32)
    series = Rows((n, N_DATE), np.float32, lambda rows: velocity[rows, None] * years)
    layers = Layers(
        day=day, reference_column=0, parts={}, surface=np.ones((n, 1)), coefficients={}
    )  # fmt: skip
    about = {"value_type": "v", "taken_off": "nothing", "reference_area": "none",
             "wavelength_m": 0.0555, "comment": "positive toward the satellite"}  # fmt: skip
    return PointTable(columns, series, layers, None, "", None, np.zeros(N_DATE), about)


@contextmanager
def served(dataset: Path) -> Iterator[tuple[dict[str, Any], psutil.Process, float]]:
    """Run ``pystamps view``; give what it says, its process, and the seconds until then."""
    words = [sys.executable, "-m", "pystamps", "view", str(dataset), "--port", "0", "--json"]
    begin = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            line = process.stdout.readline()
            if not line:
                raise SystemExit("pystamps view has ended")
            text += line
        yield json.loads(text), psutil.Process(process.pid), time.monotonic() - begin
    finally:
        process.terminate()
        process.wait(60)


def memory_mb(process: psutil.Process) -> float:
    """Give the memory of a process of its own, without views of files."""
    return float(process.memory_info().rss - process.memory_info().shared) / _MB


def browser_memory_mb(browser: Any) -> float:
    """Give the memory of all processes of the browser."""
    driver = psutil.Process(browser.service.process.pid)
    return sum(memory_mb(child) for child in driver.children(recursive=True))


def measure_viewer(dataset: Path) -> list[dict[str, Any]]:
    """Give a line per scale: points drawn, time of a frame, time until all is there."""
    found = []
    with (
        served(dataset) as (about, server, seconds),
        chromium_window(*WINDOW, has_webgl=True) as browser,
    ):
        browser.set_script_timeout(600)
        browser.get(about["link"])
        wait_until(browser, lambda: browser.execute_script("return Boolean(window.viewer)"))
        for factor in (1.0, 0.25, 0.06):
            begin = time.monotonic()
            browser.execute_script(
                "const v = window.viewer; v.map.showAll(); v.map.zoom(arguments[0])", factor
            )
            complete(browser)
            tiles = time.monotonic() - begin
            browser.execute_async_script(PAN, FRAMES)  # brings the tiles beside the view
            complete(browser)
            found.append(
                {"points": about["points"], "scale": factor, "seconds_of_tiles": round(tiles, 2),
                 **browser.execute_async_script(PAN, FRAMES)}
            )  # fmt: skip
        click = browser.execute_async_script(
            "const done = arguments[0], begin = performance.now(), v = window.viewer;"
            "v.points.itemAt(100, 100).then(() => done(performance.now() - begin))"
        )
        found.append(
            {"seconds_until_link": round(seconds, 1), "ms_of_a_click": round(click, 1),
             "server_mb": round(memory_mb(server)), "browser_mb": round(browser_memory_mb(browser))}
        )  # fmt: skip
    return found


def complete(browser: Any) -> None:
    """Wait until all tiles in view are here."""
    script = "window.viewer.map.drawNow(); return window.viewer.points.tiles.isComplete"
    wait_until(browser, lambda: browser.execute_script(script), seconds=600)


def measure_deck_gl(folder: Path, n: int) -> dict[str, Any]:
    """Draw so many points by deck.gl."""
    page = deck_page(folder)
    with chromium_window(*WINDOW, has_webgl=True) as browser:
        browser.set_script_timeout(900)
        browser.get(page.as_uri())
        script = "const done = arguments[2]; window.measure(arguments[0], arguments[1], done)"
        frames = 5 if n < 1_000_000 else 2  # seconds each
        return {"deck_gl": DECK_GL, "points": n, **browser.execute_async_script(script, n, frames)}


def deck_page(folder: Path) -> Path:
    """Install and bundle deck.gl; give the page."""
    folder.mkdir(parents=True, exist_ok=True)
    node, npm = node_commands()
    packages = [f"@deck.gl/{name}@{DECK_GL}" for name in ("core", "layers")]
    if not (folder / "node_modules").is_dir():
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
        subprocess.run([*npm, "install", *quiet, *packages], cwd=folder, check=True)
    (folder / "deck.js").write_text(DECK_PAGE)
    esbuild = [*node, str(PACKAGES / "esbuild" / "bin" / "esbuild")]
    subprocess.run(
        [*esbuild, "deck.js", "--bundle", "--format=iife", "--outfile=deck.built.js",
         "--log-level=warning"], cwd=folder, check=True,
    )  # fmt: skip
    page = folder / "deck.html"
    page.write_text('<!doctype html><body style="margin:0"><script src="deck.built.js"></script>')
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--deck-gl", action="store_true", help="measure deck.gl too (npm)")
    options = parser.parse_args()
    dataset = options.folder / f"points_{options.points}"
    file = dataset / POINT_FILE
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_point_table(file, large_table(options.points), silent)
    PointFile(file)
    drawn = 0
    for line in measure_viewer(dataset):
        drawn = max(drawn, line.get("drawn", 0))
        print(json.dumps(line), flush=True)
    for n in (drawn, 1_000_000) if options.deck_gl else ():
        print(json.dumps(measure_deck_gl(options.folder / "deck", n)), flush=True)


if __name__ == "__main__":
    main()
