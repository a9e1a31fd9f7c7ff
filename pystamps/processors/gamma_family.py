"""Layout that SNAP and GAMMA exports share: ``rslc``, ``diff0``, ``geo``, ``SMALL_BASELINES``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pystamps.errors import ArtifactError, DatasetError, ParameterError
from pystamps.io.par_file import ParFile, read_par
from pystamps.processors.dates_in_names import date_in, pair_in, require_known, require_unique
from pystamps.processors.export import Export
from pystamps.processors.rasters import Kind, Raster

SMALL_BASELINES = "SMALL_BASELINES"
_KINDS: dict[str, Kind] = {"FCOMPLEX": "complex float", "SCOMPLEX": "complex int16"}


def find_gamma_family(
    folder: Path, master: str, *, processor: str, default_format: str = ""
) -> Export:
    """Find a SNAP or GAMMA export.

    Parameters
    ----------
    folder : Path
    master : str
        Empty = taken from the interferograms, or from the name of the longitude raster.
    processor : str
        snap or gamma.
    default_format : str
        Image format without ``image_format`` in the parameter file; empty = refuse.
    """
    is_small = (folder / SMALL_BASELINES).is_dir()
    images, pairs, master, notes = (
        _small_baselines(folder, master) if is_small else _single_master(folder, master)
    )
    headers = [(path, read_par(_par_of(path))) for path in images]
    size = _common_size(headers)
    reference = [par for path, par in headers if date_in(path.name, path=path) == master]
    kinds = [_kind(par, default_format) for _, par in headers]
    return Export(
        processor=processor,
        folder=folder,
        is_small_baseline=is_small,
        size=size,
        master=master,
        images=tuple(
            Raster(path, size, kind, ">") for path, kind in zip(images, kinds, strict=True)
        ),
        interferograms=tuple(Raster(path, size, "complex float", ">") for path in pairs),
        longitude=Raster(_geometry(folder, "*.lon", master), size, "float", ">"),
        latitude=Raster(_geometry(folder, "*.lat", master), size, "float", ">"),
        height=Raster(_geometry(folder, "*dem.rdc", master), size, "float", ">"),
        header=reference[-1].path,
        notes=notes,
    )


def _single_master(
    folder: Path, master: str
) -> tuple[list[Path], list[Path], str, tuple[str, ...]]:
    """Give images, interferograms, reference date and notes of a single-master export."""
    images = _images(folder)
    dates = [date_in(path.name, path=path) for path in images]
    require_unique(dates, path=images[0].parent, what="images")
    if master:
        require_known(master, dates, path=folder)
    pairs = {path: pair_in(path.stem, path=path) for path in sorted(folder.glob("diff0/*.diff"))}
    if not pairs:
        raise DatasetError(f"{folder / 'diff0'}: holds no *.diff; give the folder of the export")
    masters = sorted({first for first, _ in pairs.values()})
    if len(masters) != 1 or (master and masters[0] != master):
        raise ParameterError(
            f"{folder / 'diff0'}: the interferograms have the reference dates "
            f"{', '.join(masters)}, expected {master or 'one'}; keep those of one reference image"
        )
    require_known(masters[0], dates, path=folder)
    null = [path for path, (first, second) in pairs.items() if first == second]
    # an interferogram of the reference image with itself carries nothing; stage 1 adds its own
    used = sorted((second, path) for path, (first, second) in pairs.items() if first != second)
    require_unique((second for second, _ in used), path=folder / "diff0", what="interferograms")
    notes = [f"{path}: left out, the reference image with itself" for path in null]
    notes += _unpaired(dates, [second for second, _ in used], masters[0])
    paths = [path for _, path in used]
    _require_bases(paths)
    return images, paths, masters[0], tuple(notes)


def _images(folder: Path) -> list[Path]:
    """Give the images of a single-master export in date order."""
    found: dict[Path, list[Path]] = {}
    for path in folder.glob("*slc/*.*slc"):
        found.setdefault(path.parent, []).append(path)
    if len(found) != 1:
        listed = ", ".join(str(path) for path in sorted(found)) or "none"
        raise DatasetError(
            f"{folder}: expected one folder with co-registered images (rslc/YYYYMMDD.rslc), "
            f"found {listed}; give the folder of the export"
        )
    images = next(iter(found.values()))
    return sorted(images, key=lambda path: (date_in(path.name, path=path), path.name))


def _unpaired(dates: Sequence[str], secondaries: Sequence[str], master: str) -> list[str]:
    """Say which images have no interferogram and which interferograms no image."""
    images, paired = set(dates) - {master}, set(secondaries)
    notes = [f"image {date} has no interferogram" for date in sorted(images - paired)]
    return notes + [
        f"interferogram {master}_{date} has no image" for date in sorted(paired - images)
    ]


def _small_baselines(
    folder: Path, master: str
) -> tuple[list[Path], list[Path], str, tuple[str, ...]]:
    """Give images, interferograms, reference date and notes of a small-baseline export."""
    folders = [path for path in sorted((folder / SMALL_BASELINES).iterdir()) if path.is_dir()]
    by_pair = sorted((pair_in(path.name, path=path), path) for path in folders)
    if not by_pair:
        raise DatasetError(f"{folder / SMALL_BASELINES}: holds no folder YYYYMMDD_YYYYMMDD")
    require_unique(
        ("_".join(pair) for pair, _ in by_pair), path=folder / SMALL_BASELINES, what="pairs"
    )
    images: list[Path] = []
    interferograms: list[Path] = []
    for pair, path in by_pair:
        images += _two_images(path, pair)
        interferograms.append(_one(path, "*.diff", "interferogram"))
    _require_bases(interferograms)
    master = master or _date_of_geometry(folder)
    require_known(master, [date for pair, _ in by_pair for date in pair], path=folder)
    return images, interferograms, master, ()


def _two_images(folder: Path, pair: tuple[str, str]) -> list[Path]:
    """Give the two images of a pair; any other number would pair wrong images."""
    found = sorted(folder.glob("*.*slc"))
    dates = [date_in(path.name, path=path) for path in found]
    if sorted(dates) != sorted(pair):
        raise ArtifactError(
            f"{folder}: holds images of {', '.join(dates) or 'no date'}, expected one of "
            f"{pair[0]} and one of {pair[1]}; complete the pair or remove the folder"
        )
    return found


def _one(folder: Path, pattern: str, what: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise ArtifactError(f"{folder}: found {len(found)} {what}s ({pattern}), expected one")
    return found[0]


def _require_bases(interferograms: Sequence[Path]) -> None:
    """Refuse interferograms without baseline file: stage 1 needs it."""
    missing = [path for path in interferograms if not path.with_suffix(".base").is_file()]
    if missing:
        raise ArtifactError(
            f"{missing[0].with_suffix('.base')}: file is missing ({len(missing)} of "
            f"{len(interferograms)} interferograms have no baseline file); export them again"
        )


def _par_of(image: Path) -> Path:
    return image.with_name(f"{image.name}.par")


def _common_size(headers: Sequence[tuple[Path, ParFile]]) -> tuple[int, int]:
    """Give samples and lines, which all images must share."""
    sizes: dict[tuple[int, int], Path] = {}
    for _, par in headers:
        numbers = tuple(par.number(key) for key in ("range_samples", "azimuth_lines"))
        size = (int(numbers[0]), int(numbers[1]))
        if size != numbers or min(size) < 1:
            raise ArtifactError(
                f"{par.path}: range_samples, azimuth_lines are {numbers}, expected whole numbers"
            )
        sizes.setdefault(size, par.path)
    if len(sizes) > 1:
        listed = "; ".join(f"{path}: {w} x {n}" for (w, n), path in list(sizes.items())[:3])
        raise ArtifactError(f"images of different size: {listed}; co-register the stack again")
    return next(iter(sizes))


def _kind(par: ParFile, default_format: str) -> Kind:
    word = par.word("image_format") or default_format
    if word not in _KINDS:
        raise ArtifactError(f"{par.path}: image_format is {word!r}, expected {' or '.join(_KINDS)}")
    return _KINDS[word]


def _geometry(folder: Path, pattern: str, master: str) -> Path:
    """Give a raster of ``geo``: the reference image's, else the only one."""
    found = sorted(folder.glob(f"geo/{pattern}"))
    own = [path for path in found if master in path.name]
    if len(own or found) == 1:
        return (own or found)[0]
    if found:
        listed = ", ".join(path.name for path in found)
        raise ArtifactError(f"{folder / 'geo'}: found {listed}, expected one {pattern}")
    raise ArtifactError(
        f"{folder / 'geo'}: holds no {pattern}; export longitude, latitude and heights in radar "
        "geometry (float, big-endian, size of the images)"
    )


def _date_of_geometry(folder: Path) -> str:
    """Take the reference date of a small-baseline export from the name of its longitudes."""
    path = _geometry(folder, "*.lon", "")
    return date_in(path.name, path=path)
