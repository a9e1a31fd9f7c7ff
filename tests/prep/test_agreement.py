"""Doctor, preparation and stage 1 agree about every sound and every broken export of the tests.

The preparation takes an export if and only if the scan finds no error in it, and stage 1 loads what
was prepared.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import broken_exports as broken
import pytest
import raw_exports
from broken_exports import Damage

from pystamps.config import RawExport, RunConfig
from pystamps.doctor.examine import examine
from pystamps.errors import PystampsError
from pystamps.findings import Finding
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.preflight import check_export
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors.contents import content_findings
from pystamps.processors.scan import file_findings, scan_export

SOUND: Mapping[str, tuple[Damage, str]] = {"sound": (lambda _: None, "")}
CASES: dict[str, Mapping[str, tuple[Damage, str]]] = {
    "snap": {**SOUND, **broken.SNAP, **broken.MORE_SNAP},
    "gamma": {**SOUND, **broken.GAMMA},
    "doris": {**SOUND, **broken.DORIS, **broken.MORE_DORIS},
    "isce": {**SOUND, **broken.ISCE, **broken.MORE_ISCE},
    "pairs": {**SOUND, **broken.SMALL},
}
ACCEPTED = {
    "sound",
    "writing of an image interrupted",
    "geocoding with gaps",
    "positions of zero",
    "no-data heights",
    "image a thousand times brighter",
    "one interferogram copied over another",
    "image without interferogram",
    "baseline file without interferogram",
    "interferogram without image",
    "parameter file missing",
    "hidden files beside all",
    "geometry of another scene",
    "descriptions of ENVI that say the same",
    "little-endian longitudes with a header that says so",
    "little-endian interferogram with a header that says so",
    "latitudes in double precision",
    "an image described as its scripts do",
    "big-endian image with a description that says so",
    "big-endian interferogram with a virtual raster that says so",
    "longitudes from 0 to 360, header from -180",
    "size from the crop, whatever other sections say",
    "oversampled images",
    "windows of another size",
    "one image resampled to int16",
    "baselines in the files of version 5",
    "folders and endings in capitals",
    "folders in capitals",
    "all headers of one product",
    "only the reference has a header",
    "baseline as Fortran writes it",
    "nodes as Fortran writes them",
    "date of the reference under its new name",
    "reference image linked under both names",
    "all under the earlier names",
    "angles with gaps",
    "angles with gaps of a marker",
    "baselines per pixel with gaps",
    "geometry of another reference",
    "interferogram of the reference with itself",
    "few interferograms",
    "range spacing without decimals",
    "near range as centre range",
    "Earth radius of a rough formula",
    "size twice",
    "parameter file of another image",
    "baseline zero",
    "all baselines equal",
    "gap of years",
    "Windows line ends",
    "scene of a few cells",
    "nothing but speckle",
    "raster is a folder",
    "only two images, one interferogram",
    "a few positions in metres",
    "most longitudes not geocoded",
    "one float image among int16 ones",
    "interferogram missing",
    "folder of a date empty",
    "folder of another reference",
    "no description",
    "mask not there",
    "reference date is a word",
    "baselines ready, sources gone",
}
"""What is prepared, with a warning at most; everything else is refused."""
OF_THE_RUN = {"few-interferograms", "scene-too-small", "no-candidates", "not-recognised"}
"""Errors of the doctor that say that later stages cannot succeed; or that it has to guess who made
the export, which a preparation is told."""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    makers = {**raw_exports.EXPORTS, "pairs": raw_exports.small_baseline_export}
    return {name: make(tmp_path_factory.mktemp(name) / "export") for name, make in makers.items()}


@pytest.mark.parametrize(
    ("layout", "case"), [(layout, case) for layout, cases in CASES.items() for case in cases]
)
def test_doctor_preparation_and_stage_1_agree(
    exports: dict[str, Path], tmp_path: Path, layout: str, case: str
) -> None:
    root = Path(shutil.copytree(exports[layout], tmp_path / exports[layout].name, symlinks=True))
    damage, code = CASES[layout][case]
    damage(root)
    processor = "snap" if layout == "pairs" else layout
    found = scan_findings(processor, root)
    assert not code or code in {finding.code for finding in examine(root).findings}
    first = next((finding for finding in found if finding.severity == "error"), None)
    examined = {f.code for f in examine(root, processor=processor).of("error")} - OF_THE_RUN
    assert examined == {f.code for f in found if f.severity == "error"}
    assert (first is None) == (case in ACCEPTED), first
    refusal = refusal_of(root, tmp_path / "run", processor)
    if first is not None:
        assert refusal.startswith(f"{first.file}: ") and refusal.endswith(f"[{first.code}]")
        assert not list((tmp_path / "run").glob("[!.]*"))
        return
    assert refusal == ""
    if layout != "pairs":  # stage 1 refuses small baselines by name
        assert stage1_load_initial(tmp_path / "run" / "PATCH_1", RunConfig()).counts["candidates"]


@pytest.mark.parametrize(("layout", "case"), [("snap", c) for c in CASES["snap"]])
def test_a_run_refuses_before_its_first_job_what_headers_texts_and_sizes_show(
    exports: dict[str, Path], tmp_path: Path, layout: str, case: str
) -> None:
    root = Path(shutil.copytree(exports[layout], tmp_path / "export", symlinks=True))
    CASES[layout][case][0](root)
    export = scan_export(layout, root)
    found = [*export.findings, *file_findings(export)]
    first = next((finding.message for finding in found if finding.severity == "error"), "")
    config = RunConfig(dataset=tmp_path / "run", raw=RawExport(layout, export=root))
    try:
        check_export(config)
    except PystampsError as error:
        assert first == str(error) or any(f"[{code}]" in str(error) for code in OF_THE_RUN)
    else:
        assert first == ""


def scan_findings(processor: str, root: Path) -> list[Finding]:
    """Give all that the scan reports: headers and texts, files, values."""
    export = scan_export(processor, root)
    return [*export.findings, *file_findings(export), *content_findings(export)]


def refusal_of(root: Path, run: Path, processor: str) -> str:
    """Give the message with which the preparation refuses an export; empty when it takes it."""
    try:
        prepare_dataset(run, RawExport(processor, export=root))
    except PystampsError as error:
        return str(error)
    return ""
