"""What descriptions say is believed: the same candidates, whatever the bytes on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import raw_exports
from broken_exports import envi_header, swap_bytes, write_as_double, write_description, write_vrt
from raw_exports import MASTER, SECONDARIES, WIDTH

from pystamps.config import RawExport
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors.descriptions import DESCRIPTION_DIFFERS
from pystamps.processors.scan import scan_export

FIRST = SECONDARIES[0]


def candidates(processor: str, export: Path, root: Path) -> dict[str, bytes]:
    """Prepare an export; gives the files of its patch."""
    prepare_dataset(root, RawExport(processor, export=export))
    return {path.name: path.read_bytes() for path in sorted((root / "PATCH_1").iterdir())}


def test_a_stack_of_isce_in_the_other_byte_order_gives_the_same_candidates(tmp_path: Path) -> None:
    export = raw_exports.isce_export(tmp_path)
    expected = candidates("isce", export, tmp_path / "one")
    for date in SECONDARIES:
        for name, kind in (("secondary.slc", "CFLOAT"), ("isce_minrefdem.int", "CFLOAT")):
            swap_bytes(export / date / name)
            write_description(export / date / name, kind, order="b")
    for name in ("lon.raw", "lat.raw", "dem.raw"):
        swap_bytes(export / name)
        write_description(export / name, "FLOAT", order="b")
    assert candidates("isce", export, tmp_path / "two") == expected


def test_a_stack_of_snap_with_headers_of_envi_gives_the_same_candidates(tmp_path: Path) -> None:
    export = raw_exports.snap_export(tmp_path / "export")
    expected = candidates("snap", export, tmp_path / "one")
    for path in (export / "diff0").glob("*.diff"):
        swap_bytes(path)
        envi_header(path, WIDTH, 6, 0)
    swap_bytes(export / "geo" / f"{MASTER}.lon")
    envi_header(export / "geo" / f"{MASTER}.lon", WIDTH, 4, 0)
    write_as_double(export)
    heights = export / "geo" / "elevation_dem.rdc"
    swap_bytes(heights)
    envi_header(heights, WIDTH, 4, 0)
    heights.with_name("elevation_dem.rdc.hdr").rename(heights.with_suffix(".hdr"))
    assert candidates("snap", export, tmp_path / "two") == expected


def test_contradictions_name_both_and_what_they_say(tmp_path: Path) -> None:
    export = raw_exports.isce_export(tmp_path)
    image = export / FIRST / "secondary.slc"
    write_description(image, "CFLOAT")
    write_vrt(image, "Float32", "MSB")
    found = [f for f in scan_export("isce", export).findings if f.code == DESCRIPTION_DIFFERS.name]
    assert {Path(f.file).name for f in found} == {"secondary.slc.vrt"}
    text = " ".join(f.found for f in found)
    assert "sample format float, but secondary.slc.xml says complex float" in text
    assert "byte order >, but secondary.slc.xml says <" in text
    write_vrt(image, "CFloat32", "LSB")
    assert not [f for f in scan_export("isce", export).findings if f.code == found[0].code]


def test_other_files_of_those_endings_say_nothing(tmp_path: Path) -> None:
    export = raw_exports.snap_export(tmp_path / "export")
    image = export / "rslc" / f"{FIRST}.rslc"
    image.with_name(f"{image.name}.xml").write_text("<metadata><width>3</width></metadata>")
    image.with_name(f"{image.name}.hdr").write_text("SIMPLE = T\nsamples = 7\n")
    image.with_name(f"{image.name}.vrt").write_text(
        '<VRTDataset rasterXSize="3" rasterYSize="3"><VRTRasterBand dataType="Byte" band="1">'
        "<SimpleSource><SourceFilename>other.tif</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )
    (export / "geo" / f"{MASTER}.hdr").write_text("ENVI\nsamples = 1\nlines = 1\ndata type = 1\n")
    assert not scan_export("snap", export).findings


def test_an_image_whose_header_contradicts_its_description_is_what_its_size_says(
    tmp_path: Path,
) -> None:
    export = raw_exports.gamma_export(tmp_path / "export")
    image = export / "rslc" / f"{FIRST}.rslc"
    envi_header(image, WIDTH, 6, 1)
    [found] = scan_export("gamma", export).findings
    assert (found.code, found.severity) == (DESCRIPTION_DIFFERS.name, "warning")
    assert "the size of the file fits complex int16" in found.action
    np.fromfile(image, ">i2").astype(">f4").tofile(image)
    read = {raster.path: raster.kind for raster in scan_export("gamma", export).images}
    assert read[image] == "complex float"


@pytest.mark.parametrize(
    ("role", "value"), [("elevation_dem.rdc", -32768), ("elevation_dem.rdc", 99999),
                        (f"{MASTER}.lon", -9999), (f"{MASTER}.lat", 9999)]
)  # fmt: skip
def test_candidates_with_markers_for_positions_or_heights_are_left_out_and_counted(
    tmp_path: Path, role: str, value: float
) -> None:
    export = raw_exports.snap_export(tmp_path / "export")
    path = export / "geo" / role
    values = np.fromfile(path, ">f4")
    values[: 2 * WIDTH] = value
    values.tofile(path)
    summary = prepare_dataset(tmp_path / "run", RawExport("snap", export=export))
    assert summary.dropped_invalid > 20
    kept = np.fromfile(tmp_path / "run/PATCH_1/pscands.1.ij.int", ">i4").reshape(-1, 2)
    assert kept[:, 1].min() == 2
    again = prepare_dataset(
        tmp_path / "all", RawExport("snap", export=export, are_invalid_positions_kept=True)
    )
    assert again.candidates == summary.candidates + summary.dropped_invalid
