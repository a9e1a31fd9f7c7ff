"""A processor that only tests know: this module and one line of registration make it complete.

Its export is one folder: ``toy.txt`` with words and numbers, images ``<date>.img``, interferograms
``<reference>_<secondary>.ifg``, and geometry rasters. It has no angles and nominal baselines only.
"""

from __future__ import annotations

from pathlib import Path

from pystamps.findings import Code
from pystamps.processors.acquisitions import read_acquisitions
from pystamps.processors.constants import constants_of_texts
from pystamps.processors.dated_stack import read_dated_stack
from pystamps.processors.dates_in_names import date_pair, first_date
from pystamps.processors.export import Export
from pystamps.processors.patch_model import RasterGeometry, RawPatch
from pystamps.processors.processor import DATED_FILES, Processor
from pystamps.processors.rasters import Raster

NO_TOY_IMAGES = Code("toy-images-missing", "error", "there are no *.img", "The toy is broken.")


def _scan(folder: Path, master: str) -> Export:
    words = dict(line.split() for line in (folder / "toy.txt").read_text().splitlines())
    size = int(words["width"]), int(words["length"])
    images = [
        Raster(path, size, "complex float", "<", "image", (first_date(path.name),))
        for path in sorted(folder.glob("*.img"))
    ]
    pairs = [
        Raster(path, size, "complex float", "<", "interferogram", date_pair(path.stem) or ())
        for path in sorted(folder.glob("*.ifg"))
    ]
    dates = [pair.date for pair in pairs]
    return Export(
        processor="toy",
        folder=folder,
        size=size,
        master=master or words["reference"],
        images=tuple(images),
        interferograms=tuple(pairs),
        geometry={
            "longitude": Raster(folder / "longitude.bin", size, "float", "<", "longitude"),
            "latitude": Raster(folder / "latitude.bin", size, "float", "<", "latitude"),
            "height": Raster(folder / "height.bin", size, "float", "<", "height"),
        },
        texts={
            "day.1.in": "".join(f"{date}\n" for date in dates),
            "master_day.1.in": f"{words['reference']}\n",
            "bperp.1.in": "".join(f"{words[date]}\n" for date in dates),
            "heading.1.in": f"{words['heading']}\n",
            "lambda.1.in": f"{words['lambda']}\n",
        },
        findings=() if images else (NO_TOY_IMAGES.at(folder, "none"),),
    )


def _read_patch(patch: Path, *_: object) -> RawPatch:
    stack = read_dated_stack(patch, byte_order="<", is_small_baseline=False)
    geometry = RasterGeometry(
        width=stack.width,
        length=stack.length,
        bperp=stack.bperp,
        calconst=stack.calconst,
        incidence=None,
        look_angle=None,
        bperp_rasters=None,
    )
    return RawPatch(stack.candidates, stack.acquisitions, geometry)


PROCESSOR = Processor(
    name="toy",
    summary="Export of the toy.",
    byte_order="<",
    angle_file="no_angles.raw",
    constants=("lambda", "heading"),
    input_files=DATED_FILES,
    dates_in="day.1.in",
    recognises=lambda folder: (folder / "toy.txt").is_file(),
    scan=_scan,
    read_constants=constants_of_texts,
    read_acquisitions=read_acquisitions,
    read_patch=_read_patch,
)
