"""``parms.mat`` and ``localparms.mat``: reading, precedence, writing back.

A value comes from the first of these that has it: configuration (``RunConfig.stamps``),
``localparms.mat`` of the directory, then of the root, ``parms.mat`` (of the patch if it
has its own, else of the root), headers of the stack (``processor.txt``, wavelength, heading,
platform), default. NaN and [] of a number mean "not set".
"""

from __future__ import annotations

import dataclasses
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pystamps.errors import DatasetError, ParameterError
from pystamps.io.mat import NOT_ARRAYS, describe_mat, read_mat, write_mat
from pystamps.io.mat_changes import CannotKeepError, change_mat
from pystamps.io.own_places import open_own_file
from pystamps.parameters.dated_lists import DatedFolder, numbers_for_dates
from pystamps.parameters.info import ParameterValue
from pystamps.parameters.old_names import OLD_NAMES, without_old_names
from pystamps.parameters.overrides import (
    parse_overrides,
)
from pystamps.parameters.stored_values import changed_by_settings, old_and_new, parsed_or_none
from pystamps.parameters.table import (
    FIELD_NAMES,
    Parameters,
    default_parameters,
    parameter_table,
)
from pystamps.parameters.value_history import note_kept_values
from pystamps.parameters.values import (
    PARAMETER_INFO,
    allowed_values,
    is_reset,
    matlab_value,
    nearest_name,
    parse_value,
    same_value,
)
from pystamps.processors import constants_set_by, dataset_constants, recorded_processor
from pystamps.processors.names import DEFAULT

log = logging.getLogger(__name__)

_FROM_HEADERS = tuple(
    name for name, info in PARAMETER_INFO.items() if info.from_headers and name != "insar_processor"
)
_WHOLE_FILES = ("parms", "localparms")
"""Names under which StaMPS holds all parameters; saved as a structure they are none."""
_STORED_BY_STAGE_1 = ("lambda", "heading", "platform")
"""Constants that stage 1 of StaMPS stores in root parms.mat or in that of the patch."""
_SETTLED_NS = 1_000_000_000
"""Age from which a file is known by its times: a younger one may change within one tick of them."""


@dataclass(frozen=True, slots=True)
class SourcedParameters:
    """Effective values and, by StaMPS name, where each comes from.

    Attributes
    ----------
    parameters : Parameters
    sources : mapping
        "configuration", a file path, "headers" or "default".
    """

    parameters: Parameters
    sources: Mapping[str, str]


def effective_parameters(
    root: Path, directory: Path, overrides: Mapping[str, Any], *, raw_root: Path | None = None
) -> Parameters:
    """Give the effective parameters of a patch or of the root (StaMPS: ``getparm``).

    Parameters
    ----------
    root : Path
        Root of the data set; it must hold ``parms.mat``.
    directory : Path
        Patch, or the root itself.
    overrides : mapping
        StaMPS names (or unique beginnings) to values; None = not set, NaN = default.
    raw_root : Path, optional
        Folder searched for the raw export when the paths in the text files are stale.

    Raises
    ------
    DatasetError
        The root has no ``parms.mat``.
    ParameterError
        A name is unknown or a value is not allowed.
    """
    return sourced_parameters(root, directory, overrides, raw_root=raw_root).parameters


def sourced_parameters(
    root: Path, directory: Path, overrides: Mapping[str, Any], *, raw_root: Path | None = None
) -> SourcedParameters:
    """Give the effective parameters as :func:`effective_parameters`, with their sources."""
    return _merge(root, directory, parse_overrides(overrides), raw_root, with_local=True)


def stored_parameters(
    root: Path, overrides: Mapping[str, Any], *, raw_root: Path | None = None
) -> Parameters:
    """Give the values that belong in root ``parms.mat``: without what localparms.mat changes.

    A value in ``localparms.mat``, or in a patch's own ``parms.mat``, is a passing or local
    change; copying it into root ``parms.mat`` would lose the value that it covers.
    """
    return _merge(root, root, parse_overrides(overrides), raw_root, with_local=False).parameters


def write_back_parameters(root: Path, parameters: Parameters) -> None:
    """Bring root ``parms.mat`` up to date; several jobs may do so at the same time.

    Nothing is written when the file already says the same. Variables that are no parameters
    are kept, optional parameters that are absent stay absent.

    Parameters
    ----------
    root : Path
    parameters : Parameters
        Values for the file, see :func:`stored_parameters`.
    """
    path = root / "parms.mat"
    if not _changes(path, parameters).is_any:
        return
    if path.exists() and not os.access(path, os.W_OK):
        log.warning("%s: not writable; the effective parameters are not stored in it", path)
        return
    with _locked(root):
        before = _variables_of(path) if path.is_file() else {}
        changes = _changes(path, parameters)
        try:
            changes.store(path)
        except CannotKeepError as error:
            log.warning("%s; the effective parameters are not stored in it", error)
        else:
            note_kept_values(root, path, changed_by_settings(before, changes.written))


def keep_parameters(root: Path, overrides: Mapping[str, Any]) -> dict[str, Path]:
    """Keep values in the files of a data set, as ``setparm`` does.

    A value goes where the data set has its own: into root ``localparms.mat`` if it holds the
    parameter, else into root ``parms.mat``. "Back to the default" takes the parameter out of both.

    Parameters
    ----------
    root : Path
    overrides : mapping
        StaMPS names (or unique beginnings) to values; NaN = back to the default.

    Returns
    -------
    dict of str to Path
        By full name, the file that holds the value now.

    Raises
    ------
    ParameterError
        A name is unknown, a value is not allowed, or values contradict each other.
    ArtifactError
        A file could not be changed without losing other variables.
    """
    parsed = parse_overrides(overrides)
    values = _merge(root, root, parsed, None, with_local=True).parameters
    main, local = root / "parms.mat", root / "localparms.mat"
    held = read_mat(local) if local.is_file() else {}
    kept: dict[str, Path] = {}
    with _locked(root):
        for path in (main, local):
            names = [name for name in parsed if (name in held) == (path == local)]
            written = {name: getattr(values, FIELD_NAMES[name]) for name in names}
            kept |= dict.fromkeys(names, path)
            gone = {name for name, value in parsed.items() if value is None}
            if path.is_file() and (names or gone):
                stored = {n: matlab_value(v) for n, v in written.items() if n not in gone}
                before = held if path == local else read_mat(path)
                change_mat(path, stored, gone)
                note_kept_values(root, path, old_and_new(before, stored, gone))
    return kept


def keep_patch_parameters(root: Path, patch: Path, overrides: Mapping[str, Any]) -> None:
    """Keep values for one patch alone, in its ``localparms.mat``, as ``setparm`` does locally.

    A value that the patch has without that file is taken out of it, and a file without
    parameters is removed.

    Parameters
    ----------
    root, patch : Path
    overrides : mapping
        StaMPS names (or unique beginnings) to values.

    Raises
    ------
    ParameterError
        A name is unknown, or a value is not allowed.
    """
    parsed = parse_overrides(overrides)
    wanted = _merge(root, patch, parsed, None, with_local=True).parameters
    path = patch / "localparms.mat"
    others = [layer for layer in _file_layers(root, patch, with_local=True) if layer[0] != path]
    inherited = _merge(root, patch, {}, None, with_local=True, layers=others).parameters
    values = {name: getattr(wanted, FIELD_NAMES[name]) for name in parsed}
    written = {
        name: matlab_value(value)
        for name, value in values.items()
        if not same_value(value, getattr(inherited, FIELD_NAMES[name]))
    }
    with _locked(root):
        if not path.is_file():
            if written:
                write_mat(path, {"Created": _today(), **written})
            return
        change_mat(path, written, {*values} - {*written})
        if not describe_mat(path).keys() - {"Created"}:
            path.unlink()


def _merge(
    root: Path,
    directory: Path,
    overrides: Mapping[str, ParameterValue | None],
    raw_root: Path | None,
    *,
    with_local: bool,
    layers: Sequence[tuple[Path, dict[str, ParameterValue]]] | None = None,
) -> SourcedParameters:
    """Put the sources on top of each other, the weakest first; ``layers`` = those of the files."""
    if layers is None:
        layers = list(_file_layers(root, directory, with_local=with_local))
    values: dict[str, ParameterValue] = {}
    sources: dict[str, str] = {}
    for origin, found in layers:
        values |= found
        sources |= dict.fromkeys(found, str(origin))
    if values.get("small_baseline_flag") and overrides.get("small_baseline_flag") is False:
        raise ParameterError(
            f"stamps.small_baseline_flag: n, but {root / 'parms.mat'} says y; the flag belongs to "
            "the preparation of the data set, prepare it again to change it"
        )
    for name, value in overrides.items():
        values.pop(name, None)
        if value is not None:
            values[name] = value
        sources[name] = "default" if value is None else "configuration"
    _add_headers(root, directory, values, sources, overrides, raw_root)
    processor = str(values.get("insar_processor", DEFAULT))
    is_small_baseline = bool(values.get("small_baseline_flag"))
    folder = DatedFolder(root, directory, processor, is_small_baseline)
    values |= numbers_for_dates(values, sources, folder)
    fields = {FIELD_NAMES[name]: value for name, value in values.items()}
    defaults = default_parameters(small_baseline=is_small_baseline)
    _check_pairs(values, root)
    return SourcedParameters(
        dataclasses.replace(defaults, **fields),  # type: ignore[arg-type]
        {name: sources.get(name, "default") for name in PARAMETER_INFO},
    )


def _file_layers(
    root: Path, directory: Path, *, with_local: bool
) -> Iterator[tuple[Path, dict[str, ParameterValue]]]:
    """Give the values of every parameter file, the weakest file first."""
    if not (root / "parms.mat").is_file():
        raise DatasetError(
            f"{root / 'parms.mat'}: file is missing; the StaMPS preparation makes it: "
            "copy it from where the data set was prepared, or prepare the stack again"
        )
    main = _values_of(root / "parms.mat", root, directory)
    own = directory / "parms.mat"
    if directory == root and not {*_STORED_BY_STAGE_1} <= {*main}:
        # with patches side by side (stamps_mc_header) stage 1 has stored them in the copies alone
        for path in sorted(root.glob("PATCH_*/parms.mat")):
            values = _values_of(path, root, directory)
            yield path, {name: values[name] for name in _STORED_BY_STAGE_1 if name in values}
    if directory != root and own.is_file():
        # a patch's own file hides the root's, except for constants stored in one of the two only
        yield root / "parms.mat", {k: v for k, v in main.items() if k in _STORED_BY_STAGE_1}
        yield own, _values_of(own, root, directory)
    else:
        yield root / "parms.mat", main
    if not with_local:
        return
    for folder in dict.fromkeys((root, directory)):
        if (folder / "localparms.mat").is_file():
            yield folder / "localparms.mat", _values_of(folder / "localparms.mat", root, directory)


def _values_of(path: Path, root: Path, directory: Path) -> dict[str, ParameterValue]:
    """Read the parameters of one file; NaN counts as not set."""
    variables = without_old_names(_variables_of(path), path, root=root, directory=directory)
    values = {}
    for name, raw in variables.items():
        if name in PARAMETER_INFO and not is_reset(raw) and not _is_unset(name, raw):
            values[name] = parse_value(name, raw, source=f"{path}: {name}")
        elif (
            name not in PARAMETER_INFO and name != "Created" and nearest_name(name, PARAMETER_INFO)
        ):
            log.debug("%s: %s is not a parameter of StaMPS; kept, not used", path, name)
    return values


def _variables_of(path: Path) -> dict[str, Any]:
    """Give the variables of a parameter file, read once while the file stays as it is.

    The plan of a run asks for the parameters of every patch, which has the file of the root.
    """
    found = path.stat()
    if time.time_ns() - found.st_mtime_ns < _SETTLED_NS:
        return _read_variables(path)
    mark = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
    return dict(_kept_variables(path, mark))


@lru_cache(maxsize=8)
def _kept_variables(path: Path, _mark: tuple[int, ...]) -> dict[str, Any]:
    return _read_variables(path)


def _read_variables(path: Path) -> dict[str, Any]:
    """Read a parameter file; what is no array is left out, unless a parameter has its name.

    Raises
    ------
    ParameterError
        A structure, cell or object stands where a parameter belongs.
    """
    variables = read_mat(path)
    for name, (_, kind) in describe_mat(path).items():
        if kind in NOT_ARRAYS and name in (*PARAMETER_INFO, *OLD_NAMES):
            expected = allowed_values(PARAMETER_INFO[name]) if name in PARAMETER_INFO else "numbers"
            raise ParameterError(
                f"{path}: {name}: is a {kind}, expected {expected}; set it again (setparm in "
                "MATLAB), or take it out of the file"
            )
        if kind == "struct" and name in _WHOLE_FILES and not variables.keys() & set(PARAMETER_INFO):
            raise ParameterError(
                f"{path}: holds one structure {name} instead of one variable per parameter; "
                f"write it with save('{path.name}','-struct','{name}')"
            )
    return variables


def _is_unset(name: str, raw: Any) -> bool:
    """Tell whether an empty array stands where a value is needed, as in half-made files."""
    return (
        PARAMETER_INFO[name].kind not in ("index_list", "vector")
        and not isinstance(raw, str)
        and raw.size == 0
    )


def _add_headers(
    root: Path,
    directory: Path,
    values: dict[str, ParameterValue],
    sources: dict[str, str],
    overrides: Mapping[str, ParameterValue | None],
    raw_root: Path | None,
) -> None:
    """Take from the text files of the stack what neither configuration nor parms.mat say."""
    if "insar_processor" not in values:
        path, word = recorded_processor(directory, root, root.parent)
        if path is not None:
            values["insar_processor"] = parse_value("insar_processor", word, source=str(path))
            sources["insar_processor"] = str(path)
    processor = str(values.get("insar_processor", DEFAULT))
    # parms.mat holds the default 1 until the Doris loader has seen slc_osfactor.1.in
    reads_osf = "slc_osf" in constants_set_by(processor)
    if reads_osf and overrides.get("slc_osf") is None and values.get("slc_osf") == 1:
        del values["slc_osf"], sources["slc_osf"]
    missing = [name for name in _FROM_HEADERS if not _is_known(name, values, processor)]
    if not missing:
        return
    constants = dataset_constants(root, processor, raw_root)
    for name in missing:
        found = getattr(constants, FIELD_NAMES[name])
        if found is not None:
            values[name] = parse_value(name, found, source=f"{root}: {name} in the headers")
            sources[name] = "headers"


def _is_known(name: str, values: Mapping[str, ParameterValue], processor: str) -> bool:
    """Tell whether a constant has a value, or is none that the processor's loader sets."""
    return name not in constants_set_by(processor) or bool(values.get(name))


def _check_pairs(values: Mapping[str, ParameterValue], root: Path) -> None:
    if bool(values.get("ref_x")) != bool(values.get("ref_y")):
        raise ParameterError(f"{root}: ref_x and ref_y belong together; give both or neither")


@dataclass(frozen=True, slots=True)
class _Changes:
    """What has to change in a parameter file: variables to write, and names to take out."""

    written: Mapping[str, Any]
    removed: frozenset[str] = frozenset()

    @property
    def is_any(self) -> bool:
        """Whether anything changes."""
        return bool(self.written or self.removed)

    def store(self, path: Path) -> None:
        """Change the file; a new one begins with the date.

        Raises
        ------
        CannotKeepError
            The file holds what could not be kept.
        """
        if not self.is_any:
            return
        if path.is_file():
            change_mat(path, self.written, self.removed)
        else:
            write_mat(path, self.written)


def _changes(path: Path, parameters: Parameters) -> _Changes:
    """Give what has to change in ``path``, so that it holds some values."""
    before = _variables_of(path) if path.is_file() else {}
    after = without_old_names(before, path, root=path.parent, directory=path.parent)
    for name, field_name, info, _ in parameter_table():
        value: ParameterValue = getattr(parameters, field_name)
        known = parsed_or_none(name, after.get(name))
        if known is not None and same_value(known, value):
            continue
        if info.optional and value in ((), ""):
            after.pop(name, None)
        else:
            after[name] = matlab_value(value)
    return _difference(before, after)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> _Changes:
    """Give the variables that are others than before, and the names that are gone."""
    written = {name: value for name, value in after.items() if value is not before.get(name)}
    removed = frozenset(before.keys() - after.keys())
    if (written or removed) and "Created" not in before:
        written = {"Created": _today(), **written}
    return _Changes(written, removed)


def _today() -> str:
    """Give the date as MATLAB writes it, in English whatever the locale."""
    now = datetime.now(tz=UTC)
    months = "JanFebMarAprMayJunJulAugSepOctNovDec"
    return f"{now.day:02d}-{months[3 * now.month - 3 : 3 * now.month]}-{now.year}"


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Hold the exclusive lock on the parameters of a directory while the block runs."""
    import fcntl

    with open_own_file(root, ".parms.mat.lock", "w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
