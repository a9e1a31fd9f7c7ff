"""Answers to a page that keeps no points: the numbers are those of the table and of exports."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from point_tables import DATES, example_table
from starlette.testclient import TestClient
from unwrapped_examples import DAY

from pystamps.errors import ArtifactError
from pystamps.io.point_file import PointFile
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.point_storage import read_point_table, write_point_table
from pystamps.products.point_table import PointTable
from pystamps.progress import silent
from pystamps.viewer.large_table import LargeTable, table_for_pages
from pystamps.viewer.page import payload_of_table
from pystamps.web.guard import TOKEN_HEADER, Access
from pystamps.web.viewing import viewer_app

N = 40_000
ACCESS = Access(8788, "right-token", "pystamps view")


@pytest.fixture(scope="module")
def table() -> PointTable:
    return example_table(N, noise_rad=0.3)


@pytest.fixture(scope="module")
def file(table: PointTable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "ps.h5"
    write_point_table(path, table, silent)
    return path


@pytest.fixture(scope="module")
def large(file: Path) -> LargeTable:
    return LargeTable(choose_points(read_point_table(file, is_mapped=True), PointChoice()))


@pytest.fixture(scope="module")
def server(large: LargeTable, file: Path) -> TestClient:
    payload = payload_of_table(large, file.parent)
    found = TestClient(viewer_app(payload, ACCESS, large), base_url=f"http://{ACCESS.hosts[0]}")
    found.headers[TOKEN_HEADER] = ACCESS.token
    return found


def asked(server: TestClient, path: str, **query: Any) -> Any:
    answer = server.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def tile(server: TestClient, **query: Any) -> tuple[np.ndarray[Any, Any], bool]:
    """Give x, y and values of a tile, and whether these are all its points."""
    answer = server.get("/tile", params=query)
    assert answer.status_code == 200, answer.text
    count, is_all = np.frombuffer(answer.content[:8], "<u4")
    return np.frombuffer(answer.content[8:], "<f4").reshape(3, count), bool(is_all)


def square(large: LargeTable, *, wide: float = 300.0) -> tuple[str, np.ndarray[Any, Any]]:
    """Give the corners of a square about the origin, and the rows inside."""
    x, y = local_of_rows(large)
    inside = np.flatnonzero((np.abs(x) < wide) & (np.abs(y) < wide))
    corners = ((-wide, -wide), (wide, -wide), (wide, wide), (-wide, wide))
    return ";".join(f"{a},{b}" for a, b in corners), inside


def local_of_rows(large: LargeTable) -> np.ndarray[Any, Any]:
    found = np.empty((2, N))
    found[:, large.index.row] = large.index.x, large.index.y
    return found


def test_columns_and_series_of_the_table_stay_in_its_file(
    file: Path, table: PointTable, large: LargeTable
) -> None:
    columns, series = large.points.columns, large.points.displacement
    assert all(isinstance(values, np.memmap) for values in columns.values())
    assert isinstance(series, np.memmap)
    np.testing.assert_array_equal(series, np.asarray(table.displacement))
    np.testing.assert_array_equal(columns["velocity"], table.columns["velocity"])


def test_a_table_that_lies_in_pieces_is_refused(tmp_path: Path, file: Path) -> None:
    import h5py

    path = tmp_path / "ps.h5"
    path.write_bytes(file.read_bytes())
    with h5py.File(path, "a") as found:
        values = found["velocity"][()]
        del found["velocity"]
        found.create_dataset("velocity", data=values, chunks=(100,), compression="gzip")
    with pytest.raises(ArtifactError, match="velocity does not lie in one piece"):
        PointFile(path).mapped("velocity")


def test_all_tiles_of_a_zoom_together_hold_the_points_of_the_table(
    server: TestClient, table: PointTable
) -> None:
    first, is_all = tile(server, z=0, x=0, y=0)
    assert not is_all and 10_000 < first.shape[1] <= 128 * 128
    parts = [tile(server, z=2, x=x, y=y) for y in range(4) for x in range(4)]
    assert all(is_all for _, is_all in parts)
    values = np.concatenate([part[2] for part, _ in parts])
    np.testing.assert_array_equal(np.sort(values), np.sort(table.columns["velocity"]))


def test_a_tile_shows_the_displacement_at_a_date_and_only_points_that_pass(
    server: TestClient, table: PointTable, large: LargeTable
) -> None:
    found = [tile(server, z=2, x=x, y=y, column="displacement", date=6, coherence=0.9, std=9)[0]
             for y in range(4) for x in range(4)]  # fmt: skip
    columns = table.columns
    passes = (columns["coherence"] >= np.float32(0.9)) & (columns["velocity_std"] <= 9)
    assert 100 < passes.sum() < N / 2
    wanted = np.asarray(table.displacement)[passes, 6]
    np.testing.assert_array_equal(np.sort(np.concatenate([part[2] for part in found])),
                                  np.sort(wanted))  # fmt: skip


def test_the_number_of_shown_points_their_limits_and_counts_are_those_of_all(
    server: TestClient, table: PointTable
) -> None:
    found = asked(server, "/summary", column="velocity", coherence=0.8)
    passes = table.columns["coherence"] >= np.float32(0.8)
    assert found["shown"] == passes.sum()
    velocity = table.columns["velocity"]
    np.testing.assert_allclose(
        found["limits"], np.quantile(velocity[passes], [0.02, 0.98]), rtol=1e-6
    )
    counts = asked(server, "/histogram", column="velocity", low=-10, high=5)
    assert counts["every"] == 1
    assert counts["counts"] == np.histogram(velocity, 48, (-10, 5))[0].tolist()


def test_a_clicked_point_is_the_nearest_shown_one_with_all_its_numbers(
    server: TestClient, table: PointTable, large: LargeTable
) -> None:
    x, y = local_of_rows(large)
    passes = table.columns["coherence"] >= np.float32(0.9)
    distance = np.where(passes, np.hypot(x - 100, y + 50), np.inf)
    found = asked(server, "/nearest", x=100, y=-50, coherence=0.9)
    assert found["row"] == distance.argmin()
    row = found["row"]
    np.testing.assert_array_equal(found["series"], np.asarray(table.displacement)[row])
    for name, value in found["values"].items():
        np.testing.assert_array_equal(np.float64(value), np.float64(table.columns[name][row]))
    by_number = asked(server, "/point", id=int(table.columns["point_id"][row]))
    assert by_number == found | {"values": by_number["values"]}
    assert asked(server, "/point", id=10**9) == {"row": -1}


def test_a_polygon_gives_mean_and_spread_of_its_points(
    server: TestClient, table: PointTable, large: LargeTable
) -> None:
    corners, rows = square(large)
    found = asked(server, "/polygon", corners=corners)
    series = np.asarray(table.displacement, dtype=np.float64)[rows]
    assert found["count"] == rows.size > 500
    np.testing.assert_allclose(found["mean"], series.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(found["spread"], series.std(axis=0, ddof=1), atol=1e-6)
    strip = asked(server, "/profile", corners=corners, column="dem_error")
    assert strip["every"] == 1
    np.testing.assert_array_equal(np.sort(strip["v"]), np.sort(table.columns["dem_error"][rows]))


def test_another_reference_is_that_of_an_export(
    server: TestClient, table: PointTable, large: LargeTable
) -> None:
    text = "12.001,41.002,200"
    wanted = choose_points(table, PointChoice(reference=text))
    assert wanted.reference_rows is not None and wanted.reference_rows.size > 100
    found = asked(server, "/reference", reference=text)
    assert found["count"] == wanted.reference_rows.size
    before, after = (np.asarray(points.displacement)[5] for points in (table, wanted))
    np.testing.assert_allclose(before - found["shift"], after, atol=1e-4)
    point = asked(server, "/point", row=5, reference=text)["values"]
    for name in ("velocity", "velocity_std", "rmse"):
        assert point[name] == pytest.approx(wanted.columns[name][5], abs=2e-4), name
    tiles = [tile(server, z=2, x=x, y=y, reference=text)[0][2] for y in range(4) for x in range(4)]
    velocity = np.sort(np.concatenate(tiles))
    np.testing.assert_allclose(velocity, np.sort(wanted.columns["velocity"]), atol=2e-4)
    std = np.quantile(wanted.columns["velocity_std"], 0.5)
    shown = asked(server, "/summary", reference=text, std=float(std))["shown"]
    assert abs(shown - N / 2) < N / 1000


def test_the_table_of_a_selection_is_that_of_an_export(
    server: TestClient, large: LargeTable, tmp_path: Path
) -> None:
    from pystamps.export.csv_files import write_plain_csv
    from pystamps.export.formats import ExportOptions

    corners, rows = square(large, wide=50.0)
    answer = server.get("/table.csv", params={"polygon": corners, "rows": "3,7"})
    found = list(csv.reader(io.StringIO(answer.text)))
    write_plain_csv(tmp_path / "all.csv", large.points, ExportOptions(), silent)
    header, *wanted = csv.reader((tmp_path / "all.csv").read_text().splitlines())
    assert found[0] == header and header[-1] == DATES[-1]
    chosen = sorted({3, 7, *rows.tolist()})
    assert found[1:] == [wanted[row] for row in chosen]


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("/tile", {"z": 10, "x": 0, "y": 0}, "there is none"),
        ("/tile", {"z": 0, "x": "east", "y": 0}, "expected a number"),
        ("/tile", {"z": 0, "x": 0, "y": 0, "column": "colour"}, "column 'colour'"),
        ("/tile", {"z": 0, "x": 0, "y": 0, "date": DAY.size}, "expected 0 to 7"),
        ("/summary", {"reference": "/etc/passwd"}, "expected longitude,latitude,radius"),
        ("/summary", {"reference": "0,0,100"}, "holds no point"),
        ("/polygon", {"corners": "0,0;1,1"}, "expected 3 to"),
        ("/table.csv", {}, "choose points"),
    ],
)
def test_impossible_requests_are_refused_with_a_reason(
    server: TestClient, path: str, query: dict[str, Any], words: str
) -> None:
    answer = server.get(path, params=query)
    assert answer.status_code == 400 and words in answer.json()["error"]


def test_a_stranger_is_told_nothing(server: TestClient, large: LargeTable) -> None:
    stranger = TestClient(viewer_app(b"", ACCESS, large), base_url=f"http://{ACCESS.hosts[0]}")
    for path in ("/tile?z=0&x=0&y=0", "/summary", "/point?row=0", "/table.csv?rows=1"):
        assert stranger.get(path).status_code == 401


def test_a_displacement_of_another_value_type_is_written_once_and_the_same(
    file: Path, tmp_path: Path
) -> None:
    points = choose_points(read_point_table(file, is_mapped=True), PointChoice("v"))
    assert not isinstance(points.displacement, np.ndarray)
    found = table_for_pages(points, tmp_path, silent)
    assert (tmp_path / "displacement").stat().st_size == 4 * N * DAY.size
    np.testing.assert_array_equal(found.points.displacement, np.asarray(points.displacement))
    np.testing.assert_array_equal(found.series(np.array([5]), "")[0],
                                  np.asarray(points.displacement)[5])  # fmt: skip


def test_points_without_a_place_are_in_no_tile(file: Path) -> None:
    points = choose_points(read_point_table(file), PointChoice())
    longitude = points.columns["longitude"].copy()
    longitude[:5] = np.nan
    columns = {**points.columns, "longitude": longitude}
    found = LargeTable(_with_columns(points, columns))
    assert len(found.index) == N - 5


def _with_columns(points: ChosenPoints, columns: dict[str, Any]) -> ChosenPoints:
    return replace(points, columns=columns, displacement=np.asarray(points.displacement))


def test_the_benchmark_measures_a_table_as_runs_make_it(tmp_path: Path) -> None:
    pytest.importorskip("selenium")
    from benchmark_viewer import N_DATE, large_table

    write_point_table(tmp_path / "ps.h5", large_table(3000), silent)
    points = choose_points(read_point_table(tmp_path / "ps.h5", is_mapped=True), PointChoice())
    found = LargeTable(points)
    assert len(found.index) == 3000 and points.displacement.shape == (3000, N_DATE)
    line = np.polyfit((points.day - points.day[0]) / 365.25, np.asarray(points.displacement)[7], 1)
    assert line[0] == pytest.approx(float(points.columns["velocity"][7]), abs=1e-3)
