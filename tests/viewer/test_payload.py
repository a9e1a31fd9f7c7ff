"""Points as the page gets them: what is packed comes back; one file, no requests."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hostile_names import HACK
from point_tables import example_table, exported, write_example
from unwrapped_examples import example_pixels

from pystamps.cli import main
from pystamps.products.chosen import PointChoice, choose_points
from pystamps.products.point_storage import read_point_table, write_point_table
from pystamps.products.point_table import _pairs_of_dates
from pystamps.progress import silent
from pystamps.viewer.packed import packed_integers, whole_numbers
from pystamps.viewer.page import payload_of_dataset
from pystamps.viewer.payload import MAGIC, viewer_payload
from pystamps.viewer.scene_picture import amplitude_picture, relief_picture


def unpacked(content: bytes, dtype: str, width: int) -> np.ndarray[Any, Any]:
    """Undo the packing as the page does (viewer/src/packed.js), a row after the other."""
    size = np.dtype(dtype).itemsize
    planes = np.frombuffer(zlib.decompress(content), np.uint8).reshape(size, -1)
    folded = np.ascontiguousarray(planes.T).view(f"<u{size}")[:, 0].astype(np.int64)
    difference = (folded >> 1) ^ -(folded & 1)
    return np.cumsum(difference.reshape(-1, width), axis=1).astype(dtype)


def taken_apart(payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Give head and arrays."""
    assert payload.startswith(MAGIC)
    at = len(MAGIC) + 4
    (length,) = struct.unpack("<I", payload[at - 4 : at])
    return json.loads(payload[at : at + length]), payload[at + length :]


def array_of(head: dict[str, Any], arrays: bytes, number: int) -> bytes:
    begin, length = head["arrays"][number]
    return arrays[begin : begin + length]


def payload_of_page(text: str) -> bytes:
    found = re.search(r'<script type="application/octet-stream" id="points">([^<]*)<', text)
    assert found is not None
    return base64.b64decode(found.group(1))


@pytest.mark.parametrize("dtype", ["int16", "int32"])
def test_packed_numbers_come_back_also_where_differences_overflow(dtype: str) -> None:
    limits = np.iinfo(dtype)
    values = np.array([[limits.min, limits.max, 0, -1], [5, limits.min, limits.min, 7]], dtype)
    np.testing.assert_array_equal(unpacked(packed_integers(values), dtype, 4), values)


def test_what_is_not_known_is_the_smallest_number_and_what_is_too_large_is_refused() -> None:
    found = whole_numbers(np.array([1.26, np.nan, -3.2]), 0.1, np.int16)
    assert found.tolist() == [13, -32768, -32]
    with pytest.raises(OverflowError, match=r"step 0\.1"):
        whole_numbers(np.array([3277.0]), 0.1, np.int16)


def test_columns_and_series_of_the_page_are_those_of_the_table() -> None:
    points = choose_points(example_table(), PointChoice())
    head, arrays = taken_apart(viewer_payload(points, "data", (), silent))
    assert head["points"] == head["points_of_the_run"] == 30 and head["title"] == "data"
    for column in head["columns"]:
        numbers = unpacked(array_of(head, arrays, column["array"]), "int32", 30)[0]
        values = np.where(numbers == -(2**31), np.nan, numbers * 10.0 ** -column["decimals"])
        wanted = points.columns[column["name"]]
        np.testing.assert_allclose(values, wanted, atol=0.51 * 10.0 ** -column["decimals"])
    assert [c["name"] for c in head["columns"]][:4] == [
        "longitude", "latitude", "point_id", "velocity",
    ]  # fmt: skip
    (part,) = head["series"]["parts"]
    series = unpacked(array_of(head, arrays, part["array"]), "int16", points.day.size)
    np.testing.assert_allclose(
        series * head["series"]["step_mm"], np.asarray(points.displacement), atol=0.026
    )


def test_the_step_of_series_grows_with_the_largest_value() -> None:
    table = example_table()
    small = np.asarray(table.displacement)
    large = small * (6000 / np.abs(small).max())  # mm
    points = choose_points(replace(table, displacement=large), PointChoice())
    head, arrays = taken_apart(viewer_payload(points, "", (), silent))
    step = head["series"]["step_mm"]
    assert 0.05 < step < 1
    (part,) = head["series"]["parts"]
    series = unpacked(array_of(head, arrays, part["array"]), "int16", points.day.size)
    np.testing.assert_allclose(series * step, large, atol=0.51 * step)


def test_the_page_is_one_file_that_allows_its_own_script_and_no_request(tmp_path: Path) -> None:
    text = exported(tmp_path, "viewer.html").read_text()
    assert " src=" not in text and "<link" not in text and "<!-- p" not in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None and policy.group(1).startswith("default-src 'none';")
    assert "connect-src" not in policy.group(1) and "http" not in policy.group(1)
    for tag in ('script type="module"', "style"):
        content = text.partition(f"<{tag}>")[2].partition(f"</{tag.split()[0]}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy.group(1)
    for dangerous in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                      "new Function", "DOMParser", "srcdoc"):  # fmt: skip
        assert dangerous not in text, dangerous
    assert "Leon Sorokin" in text and "MIT" in text  # the licence of uPlot
    head, _ = taken_apart(payload_of_page(text))
    assert head["title"] == "data" and head["points"] == 30


def test_text_of_data_is_in_the_page_in_no_form_that_a_browser_reads_as_markup(
    tmp_path: Path,
) -> None:
    text = exported(tmp_path, "viewer.html").read_text()
    table = example_table()
    hostile = f"</script><script>{HACK}</script>"
    named = replace(table, about=dict(table.about) | {"reference_area": hostile})
    points = choose_points(named, PointChoice())
    head, _ = taken_apart(payload_of_dataset(points, None, silent))
    assert head["about"]["reference_area"] == hostile  # and all of it is base64 in the page
    assert text.count("<script") == 2 and HACK not in text


def test_more_points_than_fit_are_thinned_by_squares_and_the_most_coherent_stay() -> None:
    table = example_table(400)
    points = choose_points(table, PointChoice(most_points=50))
    assert 10 <= len(points) <= 50 and points.n_all == 400
    assert re.search(r"squares of [\d.]+ m", str(points.about["selection"]))
    cell = float(re.search(r"([\d.]+) m$", str(points.about["selection"])).group(1))  # type: ignore[union-attr]
    again = choose_points(table, PointChoice(cell_m=cell))
    np.testing.assert_array_equal(again.columns["point_id"], points.columns["point_id"])
    assert len(choose_points(table, PointChoice(most_points=400))) == 400


def test_thinning_is_said_at_the_command_line_and_in_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pystamps.export import formats

    few = [replace(f, most_points=20) if f.name == "viewer" else f for f in formats.FORMATS]
    monkeypatch.setattr(formats, "FORMATS", tuple(few))
    root, target = write_example(tmp_path / "data"), tmp_path / "viewer.html"
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(target)])
    assert done.exit_code == 0, done.output
    found = re.search(r"(\d+) of 30 points \((.*squares of [\d.]+ m)\)", done.output)
    assert found is not None and 0 < int(found.group(1)) <= 20
    head, _ = taken_apart(payload_of_page(target.read_text()))
    assert (head["points"], head["points_of_the_run"]) == (int(found.group(1)), 30)
    assert head["about"]["selection"] == found.group(2)


def amplitude_of(root: Path, *, lines: int, samples: int, first: tuple[int, int] = (1, 1)) -> None:
    """Write the amplitude of a patch whose brightness grows with line and sample."""
    (root / "PATCH_1").mkdir(parents=True)
    (root / "patch.list").write_text("PATCH_1\n")
    bounds = (first[1], first[1] + samples - 1, first[0], first[0] + lines - 1)
    (root / "PATCH_1" / "patch.in").write_text("".join(f"{b}\n" for b in bounds))
    line, sample = np.mgrid[:lines, :samples]
    values = np.exp((line + 2 * sample) / 50)
    values[0] = 0  # no data
    values.astype("<f4").tofile(root / "PATCH_1" / "mean_amp.flt")


def test_the_amplitude_of_the_scene_lies_where_the_points_say(tmp_path: Path) -> None:
    amplitude_of(tmp_path, lines=40, samples=60, first=(11, 21))
    rng = np.random.default_rng(7)
    points = choose_points(example_table(200), PointChoice())
    line, sample = rng.integers(10, 50, 200), rng.integers(20, 80, 200)
    columns = dict(points.columns) | {
        "azimuth": line, "range": sample,
        "longitude": 12 + 1e-3 * sample - 2e-4 * line, "latitude": 41 + 5e-4 * line,
    }  # fmt: skip
    picture = amplitude_picture(tmp_path, replace(points, columns=columns))
    assert picture is not None and picture.grey.shape == (50, 80)
    assert not picture.grey[:11].any() and not picture.grey[:, :20].any()
    assert (np.diff(picture.grey[30, 20:].astype(int)) >= 0).all() and picture.grey[30, 20]
    # corners are the outer edges of the corner pixels
    first, last = picture.mesh_lonlat[0, 0], picture.mesh_lonlat[-1, -1]
    np.testing.assert_allclose(first, [12 - 5e-4 + 1e-4, 41 - 2.5e-4], atol=1e-9)
    np.testing.assert_allclose(last, [12 + 1e-3 * 79.5 - 2e-4 * 49.5, 41 + 5e-4 * 49.5], atol=1e-9)


def test_without_amplitudes_or_with_those_of_another_size_there_is_no_picture(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    points = choose_points(example_table(200), PointChoice())
    assert amplitude_picture(tmp_path, points) is None
    amplitude_of(tmp_path, lines=40, samples=60)
    (tmp_path / "PATCH_1" / "mean_amp.flt").write_bytes(b"\0" * 12)
    assert amplitude_picture(tmp_path, points) is None
    assert "has 12 bytes, expected 9600" in caplog.text
    (tmp_path / "PATCH_1" / "patch.in").write_text("1\n6\nx\n4\n")
    assert amplitude_picture(tmp_path, points) is None
    assert "patch.in" in caplog.text.splitlines()[-1]


def test_the_relief_of_the_heights_is_lit_from_the_north_west() -> None:
    points = choose_points(example_table(400), PointChoice())
    rng = np.random.default_rng(5)
    east, north = rng.uniform(-0.05, 0.05, (2, 400))
    height = 1000 - 20_000 * np.hypot(east, north)  # a cone, its top in the middle
    columns = dict(points.columns) | {
        "longitude": 12 + east, "latitude": 41 + north, "height": height,
    }  # fmt: skip
    picture = relief_picture(replace(points, columns=columns))
    assert picture is not None and picture.name == "hillshade"
    west, north_edge = picture.mesh_lonlat[0, 0]
    assert west < 11.951 and north_edge > 41.049
    lines, samples = picture.grey.shape
    lit = picture.grey[lines // 3, samples // 3]
    assert lit > picture.grey[2 * lines // 3, 2 * samples // 3] + 50 and picture.grey[0, 0] == 0


def test_without_heights_there_is_no_relief() -> None:
    points = choose_points(example_table(), PointChoice())
    columns = dict(points.columns) | {"height": np.full(30, np.nan)}
    assert relief_picture(replace(points, columns=columns)) is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://tiles.example/{z}/{x}.png", "once each"),
        ("http://tiles.example/{z}/{x}/{y}.png", "expected an address https"),
        ("https://a.example/{z}/{x}/{y}; script-src *", "expected an address https"),
        ("https://{x}.example/{z}/{y}.png", "expected an address https"),
        ("javascript:alert('{z}{x}{y}')", "expected an address https"),
    ],
)
def test_an_address_that_is_no_server_of_map_tiles_is_refused(
    tmp_path: Path, address: str, words: str
) -> None:
    root, target = write_example(tmp_path / "data"), tmp_path / "viewer.html"
    done = CliRunner().invoke(main, ["export", str(root), "--to", str(target), "--tiles", address])
    assert done.exit_code == 2 and words in done.output
    assert not target.exists()


def test_a_named_server_of_map_tiles_is_all_that_the_page_may_ask(tmp_path: Path) -> None:
    address = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    text = exported(tmp_path, "viewer.html", "--tiles", address).read_text()
    assert "img-src data: blob: https://tile.openstreetmap.org; base-uri" in text
    assert "connect-src" not in text.partition("</head>")[0].partition("<style>")[0]
    head, _ = taken_apart(payload_of_page(text))
    assert head["tiles"] == address


def test_only_a_viewer_takes_map_tiles(tmp_path: Path) -> None:
    root = write_example(tmp_path / "data")
    command = ["export", str(root), "--to", str(tmp_path / "a.csv"), "--tiles", "https://x"]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2 and "csv shows no map tiles" in done.output


def test_interferograms_of_small_baselines_are_a_network_also_from_the_file(tmp_path: Path) -> None:
    pairs = np.array([[0, 1], [1, 2], [0, 2], [2, 5]])
    path = tmp_path / "ps.h5"
    write_point_table(path, replace(example_table(), pairs=pairs), silent)
    points = choose_points(read_point_table(path), PointChoice())
    head, _ = taken_apart(viewer_payload(points, "", (), silent))
    assert head["pairs"] == pairs.tolist()
    write_point_table(path.with_name("star.h5"), example_table(), silent)
    assert read_point_table(path.with_name("star.h5")).pairs is None


def test_pairs_of_a_table_count_its_own_dates() -> None:
    pixels = example_pixels(30)
    images = np.array([[0, 2], [2, 3], [1, 4]])
    bperp = pixels.bperp[images[:, 1]] - pixels.bperp[images[:, 0]]
    network = replace(pixels, pairs=images, bperp=bperp)
    found = _pairs_of_dates(network, np.arange(3), np.delete(pixels.day, 1))
    assert found is not None and found.tolist() == [[0, 1], [1, 2]]
    left = _pairs_of_dates(network, np.array([0, 2]), pixels.day)  # one is dropped
    assert left is not None and left.tolist() == [[0, 2], [1, 4]]
