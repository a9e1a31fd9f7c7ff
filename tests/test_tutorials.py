"""The tour runs from its first cell to its last, and the examples of the page on Python work."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from notebook_cells import cells_of, code_of_cells, python_blocks, shown_by
from trees import CHECKOUT

TOUR = CHECKOUT / "docs" / "tutorials" / "python.ipynb"
PAGE = CHECKOUT / "docs" / "python.md"
NEEDED = ("pandas", "xarray", "h5netcdf", "geopandas")

pytestmark = pytest.mark.workflow


def test_the_tour_is_a_notebook_without_outputs() -> None:
    nbformat.validate(nbformat.read(TOUR, as_version=4))
    code = [cell for cell in cells_of(TOUR) if cell["cell_type"] == "code"]
    assert len(code) > 8 and not any(cell["outputs"] for cell in code)
    assert {cell["execution_count"] for cell in code} == {None}
    assert TOUR.stat().st_size < 20_000


def test_the_page_of_the_tour_holds_every_cell_of_the_notebook() -> None:
    page = TOUR.with_name("notebook.md")
    assert python_blocks(page) == [f"{code.rstrip()}\n" for code in code_of_cells(TOUR)]
    words = " ".join(page.read_text().split())
    for cell in cells_of(TOUR):
        if cell["cell_type"] == "markdown":
            for paragraph in "".join(cell["source"]).split("\n\n"):
                assert " ".join(paragraph.split()) in words


@pytest.mark.slow
def test_the_tour_runs_and_shows_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    shown = shown_by(code_of_cells(TOUR), names)
    assert {t.status for t in names["first"].targets} == {"completed"}  # type: ignore[attr-defined]
    assert "'stage4_weed': 'skipped_existing'" in shown[1]
    assert "'product_mean_velocity': 'completed'" in shown[1]
    assert "<table>" in shown[2] and "mm/yr" in shown[2]
    said = capsys.readouterr().out
    assert "points, " in said and "mm in all" in said
    velocity = np.asarray(names["velocity"])
    assert velocity.size > 100 and velocity.min() < -3  # the area subsides
    frame = names["frame"]
    assert (frame["coherence"] >= 0.7).all()  # type: ignore[index]
    assert (tmp_path / "tour_series.png").read_bytes().startswith(b"\x89PNG")
    assert len(names["ifgs"]["date"]) == len(names["points"]["time"])  # type: ignore[index]


def test_examples_of_the_page_on_python_work(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name in NEEDED:
        pytest.importorskip(name)
    shutil.move(finished, tmp_path / "D")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    shown_by(python_blocks(PAGE), names)
    said = capsys.readouterr().out
    assert "positive toward the satellite" in said and "EPSG:4326" in said
    assert "('stage1_load', 'PATCH_1', 'skipped_existing')" in said
    assert "'stage8_filter'" in said and names["series"].point_id.size  # type: ignore[attr-defined]
