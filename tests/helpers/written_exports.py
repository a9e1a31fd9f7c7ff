"""Exports of one small simulated stack, as every program writes it."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pystamps.config import RawExport, RunConfig
from pystamps.findings import Finding
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors.contents import content_findings
from pystamps.processors.scan import file_findings, scan_export
from pystamps.simulate import Scene, WriteOptions, changed_scene, preset_scene, simulate_dataset
from pystamps.simulate.exporters import CLEAN, EXPORTERS, exporter_forms, read_as

SMALL = changed_scene(
    preset_scene("tiny"),
    {
        "lines": 60,
        "samples": 64,
        "view.azimuth_spacing_m": 120.0,
        "view.range_spacing_m": 71.2,
        "acquisitions.interferograms": 13,
        "scatterers.density_per_km2": 40.0,
        "preparation.patches": (1, 1),
        "preparation.overlap": (0, 0),
    },
)
FORMS = [(exporter, form) for exporter in EXPORTERS for form in exporter_forms(exporter)]
"""Every exporter in every form."""

_KEPT = TemporaryDirectory(prefix="written-exports-")


@cache
def _written(exporter: str, form: str, scene: Scene) -> Path:
    root = Path(_KEPT.name) / f"{exporter}-{form}-{len(list(Path(_KEPT.name).iterdir()))}"
    options = WriteOptions(layout="raw", exporter=exporter, exporter_form=form, truth_cubes=False)
    return simulate_dataset(root, scene, options=options).raw


def written_export(
    parent: Path, exporter: str = CLEAN, form: str = "", *, scene: Scene = SMALL
) -> Path:
    """Give the folder of a fresh copy of an export: the one that the preparation is given."""
    folder = _written(exporter, form, scene)
    whole = folder if (folder / "truth.h5").exists() else folder.parent
    root = Path(shutil.copytree(whole, parent / "export", symlinks=True))
    for path in root.rglob("*"):
        if path.is_symlink() and path.readlink().is_relative_to(whole):
            target = root / path.readlink().relative_to(whole)
            path.unlink()
            path.symlink_to(target)
    return root / folder.relative_to(whole)


def loaded(export: Path, root: Path, exporter: str) -> Path:
    """Prepare an export as one patch and load it; gives the patch."""
    raw = RawExport(processor=read_as(exporter), export=export, patches="1x1", overlap="0x0")
    prepare_dataset(root, raw)
    stage1_load_initial(root / "PATCH_1", RunConfig(dataset=root))
    return root / "PATCH_1"


def scan_findings(processor: str, folder: Path) -> list[Finding]:
    """Give all that the scan reports: headers and texts, files, values."""
    export = scan_export(processor, folder)
    return [*export.findings, *file_findings(export), *content_findings(export)]
