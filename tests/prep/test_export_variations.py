"""Random sound variations of exports: of the simulated scene, and of how the files are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from export_variations import VARIATIONS, parameter_files
from hypothesis import given, settings
from hypothesis import strategies as st
from written_exports import FORMS, SMALL, loaded, scan_findings, written_export

from pystamps.findings import Finding
from pystamps.io.artifacts import read_artifact
from pystamps.io.par_file import read_par
from pystamps.model import Baselines, Pixels
from pystamps.processors.export import Export
from pystamps.processors.scan import scan_export
from pystamps.simulate import Scene, WriteOptions, changed_scene, simulate_dataset
from pystamps.simulate.exporters import EXPORTERS
from pystamps.simulate.stack import make_stack


def said(findings: list[Finding]) -> list[str]:
    """Give what a user would have to look at."""
    return [finding.message for finding in findings if finding.severity != "info"]


def contents(export: Export) -> dict[str, object]:
    """Give what a scan has understood, without the places of files and the way of numbers."""
    return {
        "size": export.size,
        "master": export.master,
        "images": [(image.date, image.kind, image.byte_order) for image in export.images],
        "pairs": [pair.dates for pair in export.interferograms],
        "geometry": sorted(export.geometry),
        "texts": {name: _numbers(text) for name, text in sorted(export.texts.items())},
        "headers": [_header(path) for path in parameter_files(export)],
    }


def _numbers(text: str) -> list[float | str]:
    return [_number(word) for word in text.split()]


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def _header(path: Path) -> dict[str, list[float | str]]:
    words = {key: [_number(word) for word in words] for key, words in read_par(path).words.items()}
    words.pop("processor_comment", None)
    return words


@pytest.mark.parametrize("exporter", EXPORTERS)
@given(data=st.data())
def test_the_way_an_export_is_written_changes_nothing_that_is_understood(
    exporter: str, data: st.DataObject
) -> None:
    form = data.draw(st.sampled_from([form for name, form in FORMS if name == exporter]))
    changes = data.draw(
        st.lists(st.sampled_from(VARIATIONS[exporter]), min_size=1, max_size=3, unique=True)
    )
    with TemporaryDirectory(prefix="variation-") as parent:
        folder = written_export(Path(parent), exporter, form)
        before = scan_export(exporter, folder)
        for change in changes:
            change(data.draw, scan_export(exporter, folder))
        after = scan_export(exporter, folder)
        assert not said(scan_findings(exporter, folder))
        assert contents(after) == contents(before)


def _scenes(exporter: str) -> st.SearchStrategy[Scene]:
    """Give scenes that any satellite may see, small enough for a test."""
    sides = st.integers(24, 40) if exporter != "doris" else st.integers(12, 20).map(lambda n: 2 * n)
    return st.builds(
        lambda **changes: changed_scene(
            SMALL, {k.replace("__", "."): v for k, v in changes.items()}
        ),
        lines=sides,
        samples=sides,
        seed=st.integers(0, 1000),
        view__orbit=st.sampled_from(["ascending", "descending"]),
        view__centre_lonlat=st.tuples(st.floats(-170, 170), st.floats(-65, 70)),
        view__range_spacing_m=st.floats(20, 80),
        acquisitions__interferograms=st.integers(12, 15),
        acquisitions__master=st.integers(1, 11),
        terrain__mean_m=st.floats(50, 3000),
    )


@pytest.mark.parametrize("exporter", EXPORTERS)
@settings(max_examples=max(2, settings.default.max_examples // 6))
@given(data=st.data())
def test_any_scene_is_exported_scanned_and_loaded(exporter: str, data: st.DataObject) -> None:
    scene = data.draw(_scenes(exporter))
    form = data.draw(st.sampled_from([form for name, form in FORMS if name == exporter]))
    options = WriteOptions(layout="raw", exporter=exporter, exporter_form=form, truth_cubes=False)
    stack = make_stack(scene)
    days = [f"{day:%Y%m%d}" for day in stack.dates]
    with TemporaryDirectory(prefix="scene-") as parent:
        folder = simulate_dataset(Path(parent) / "export", scene, options=options).raw
        found = scan_export(exporter, folder)
        assert not said(scan_findings(exporter, folder))
        assert found.size == (scene.samples, scene.lines)
        assert found.master == days[stack.master]
        assert sorted(image.date for image in found.images) == days
        patch = loaded(folder, Path(parent) / "dataset", exporter)
        pixels = read_artifact(Pixels, patch / "ps1.mat")
        line, sample = (pixels.ij[:, k].astype(int) for k in (1, 2))
        positions = np.stack(stack.geometry.lonlat(line, sample), axis=1)
        assert np.allclose(pixels.lonlat, positions, atol=2e-5)
        expected = [stack.baselines[k].perpendicular(stack.geometry) for k in stack.secondaries]
        baselines = read_artifact(Baselines, patch / "bp1.mat").bperp_mat
        assert np.allclose(baselines, np.stack(expected)[:, line, sample].T, atol=4.0)


@pytest.mark.parametrize(
    ("exporter", "change"), [(name, change) for name in VARIATIONS for change in VARIATIONS[name]]
)
@settings(max_examples=1)
@given(data=st.data())
def test_every_variation_changes_a_file(
    exporter: str, change: Callable[..., None], data: st.DataObject
) -> None:
    """One that did nothing would prove nothing."""
    with TemporaryDirectory(prefix="variation-") as parent:
        folder = written_export(Path(parent), exporter)
        before = _files(folder)
        change(data.draw, scan_export(exporter, folder))
        assert _files(folder) != before


def _files(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
