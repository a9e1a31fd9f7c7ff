"""What a report of a fault needs, in one ZIP file: words about a data set, none of its data.

Versions, configuration, parameters, logs, records and the last error; of all other files only
name, size and time. Names of users in paths of home folders are replaced.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import metadata
from pathlib import Path

from pystamps import __version__
from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.io.atomic import temporary_beside
from pystamps.io.started_by import command_line
from pystamps.parameters import FIELD_NAMES
from pystamps.pipeline.job_notes import NOTES

_PACKAGES = (
    "numpy", "scipy", "numba", "h5py", "snakemake", "snaphu", "pylmcf", "triangle", "cupy-cuda12x",
    "cupy-cuda13x",
)  # fmt: skip

_LONGEST_TEXT = 1 << 20
"""Bytes of a log or a record, from its end."""
_MOST_TEXTS = 2000
_MOST_LISTED = 20_000
_TEXT_PATTERNS = (
    ".pystamps/*.json",
    ".pystamps/jobs/*.json",
    ".pystamps/provenance/*.json",
    ".pystamps/runs/*/*.json*",
    "logs/**/*.log",
    "benchmarks/**/*.tsv",
    ".snakemake/log/*.log",
)
_HOME_OF_USER = re.compile(r"(/home/|/Users/|[\\/]Users[\\/])[^/\\\s\"':;,]+")
_README = """Support bundle of pySTAMPS {version}, made {moment}.

It holds versions, configuration, effective parameters, the state of the stages, logs, records
(.pystamps) and the last error of a data set, and names, sizes and times of its files.
It holds no data and no pixels; names of users in home paths are replaced.

{names}
"""

Texts = Mapping[str, str]
"""Name in the bundle to text."""


def texts_of_bundle(
    root: Path | None, config: RunConfig, *, error: BaseException | None = None
) -> dict[str, str]:
    """Gather what a report needs.

    Parameters
    ----------
    root : Path or None
        Data set; None when there is none.
    config : RunConfig
        Configuration of the command.
    error : BaseException, optional
        The fault that this is about.

    Returns
    -------
    dict of str to str
        Name in the bundle to text; what cannot be read is there with the reason.
    """
    makers: dict[str, Callable[[], str]] = {
        "versions.json": lambda: json.dumps(versions_of_machine(), indent=1),
        "configuration.json": lambda: json.dumps(config.to_mapping(), indent=1, default=str),
    }
    if root is not None:
        makers |= {
            "parameters.json": lambda: _parameters(root, config),
            "files.tsv": lambda: "\n".join(_listing(root)),
        }
    found = {name: _text_or_traceback(make) for name, make in makers.items()}
    if error is not None:
        found["last_error.txt"] = "".join(traceback.format_exception(error))
    elif root is not None:
        found["last_error.txt"] = _failures(root) or "no job of this data set has failed last\n"
    if root is not None:
        for path in _texts_of(root):
            found[str(path.relative_to(root))] = _text_or_traceback(partial(_end_of, path))
    return found


def write_bundle(path: Path, texts: Texts) -> tuple[str, ...]:
    """Write a bundle under a temporary name, then rename it; give the names in it.

    Raises
    ------
    PystampsError
        There is such a file already.
    """
    if path.exists():
        raise PystampsError(f"{path}: is there already; move it away, or give another --output")
    moment = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    names = "\n".join(sorted(texts))
    all_texts = {"README.txt": _README.format(version=__version__, moment=moment, names=names)}
    all_texts |= texts
    with temporary_beside(path) as temporary:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in all_texts.items():
                bundle.writestr(name, without_users(text).encode(errors="replace"))
    return tuple(all_texts)


def bundle_of_fault(error: BaseException, root: Path | None, config: RunConfig) -> str:
    """Write the bundle of an error that nobody has foreseen, and say in one line where it is.

    It lies in the folder of temporary files, never in the data set.
    """
    folder = _lasting_folder(Path(tempfile.gettempdir()).resolve())
    if root is not None and folder.is_relative_to(root.resolve()):
        return "no support bundle was written, because TMPDIR lies in the data set"
    path = folder / bundle_name("fault")
    try:
        write_bundle(path, texts_of_bundle(root, config, error=error))
    except OSError as second:
        return f"no support bundle could be written ({path}: {second.strerror or second})"
    return f"the support bundle {path} holds what is needed to mend it (no data, no pixels)"


def _lasting_folder(folder: Path) -> Path:
    """Give the folder above the temporary ones of a run, which go when it ends."""
    own = [p for p in (folder, *folder.parents) if p.name.startswith("pystamps-")]
    return own[-1].parent if own else folder


def bundle_name(kind: str) -> str:
    """Give the name of a new bundle: no second one has it."""
    return f"pystamps-{kind}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.zip"


def without_users(text: str) -> str:
    """Replace the home folder, and the names of users in paths of home folders."""
    home = str(Path.home())
    if home not in ("", "/"):
        text = re.sub(re.escape(home) + r"(?=[/\\\s\"':;,)]|$)", "~", text)
    return _HOME_OF_USER.sub(r"\1USER", text)


def versions_of_machine() -> dict[str, str]:
    """Give what runs here: pySTAMPS, Python, system and packages."""
    found = {
        "pystamps": __version__,
        "python": sys.version,
        "system": platform.platform(),
        "machine": platform.machine(),
        "cores": str(os.cpu_count()),
        "command": command_line(),
    }
    return found | versions_of_packages()


def versions_of_packages() -> dict[str, str]:
    """Give the versions of the packages that decide about results."""

    def version(name: str) -> str:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return "not installed"

    return {name: version(name) for name in _PACKAGES}


def _text_or_traceback(make: Callable[[], str]) -> str:
    """Give a text, or why there is none: what cannot be read is part of a report too."""
    try:
        return make()
    except PystampsError as error:
        return f"{error}\n"
    except Exception:  # noqa: BLE001 - the fault itself may strike here again
        return traceback.format_exc()


def _parameters(root: Path, config: RunConfig) -> str:
    from pystamps.parameters.files import sourced_parameters

    found = sourced_parameters(root, root, config.stamps, raw_root=config.runtime.raw_root)
    values = {
        name: {
            "value": getattr(found.parameters, field),
            "from": found.sources.get(name, ""),
        }
        for name, field in FIELD_NAMES.items()
    }
    return json.dumps(values, indent=1, default=str)


def _failures(root: Path) -> str:
    """Give what the last jobs said that have failed."""
    notes = sorted((root / NOTES).glob("*.json"))
    return "\n".join(path.read_text(errors="replace").strip() for path in notes)


def _texts_of(root: Path) -> Iterator[Path]:
    """Give the texts of a data set that are its history; links are left out."""
    found = (path for pattern in _TEXT_PATTERNS for path in sorted(root.glob(pattern)))
    inside = (path for path in found if path.is_file() and path.resolve() == path.absolute())
    for _, path in zip(range(_MOST_TEXTS), inside, strict=False):
        yield path


def _end_of(path: Path) -> str:
    """Give the end of a text."""
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        stream.seek(max(0, size - _LONGEST_TEXT))
        text = stream.read(_LONGEST_TEXT).decode(errors="replace")
    return text if size <= _LONGEST_TEXT else f"[{size - _LONGEST_TEXT} bytes before]\n{text}"


def _listing(root: Path) -> Iterator[str]:
    """Give name, size and time of the files of a data set."""
    yield "name\tbytes\tchanged (UTC)"
    count = 0
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > _MOST_LISTED:
                yield f"more than {_MOST_LISTED} files"
                return
            path = Path(folder, name)
            stat = path.lstat()
            changed = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stat.st_mtime))
            yield f"{path.relative_to(root)}\t{stat.st_size}\t{changed}"
