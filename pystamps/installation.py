"""What is installed: versions of packages that pySTAMPS needs, and others that bear its name.

Nothing is imported to find out: a package that is too old often cannot be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pystamps import DISTRIBUTION
from pystamps.errors import PystampsError

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from packaging.requirements import Requirement

_PACKAGE = Path(__file__).resolve().parent
_EXTRAS_OF_DEVELOPERS = {"dev", "docs"}
_PLAIN = re.compile(r"(?P<name>\w[\w.-]*)\s*(?P<bounds>((>=|<)\d+(\.\d+)*(,|$))*)")
"""A requirement of nothing but lowest and highest numbers."""
_NUMBERS = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class VersionFault:
    """A package that is missing, too old or too new.

    Attributes
    ----------
    package : str
    found : str
        What is wrong with it.
    expected : str
        Versions that will do, as ``pip`` writes them.
    """

    package: str
    found: str
    expected: str

    @property
    def remedy(self) -> str:
        """Command that mends it."""
        return f'pip install -U "{self.expected}"'

    def __str__(self) -> str:
        """Say what is wrong and what to do, in one line."""
        return f"{self.found}: pySTAMPS needs {self.expected}; {self.remedy}"


def version_faults(*, has_extras: bool = False) -> list[VersionFault]:
    """Compare the installed packages with the versions that pySTAMPS needs.

    Parameters
    ----------
    has_extras : bool
        Look at packages of extras too, where they are installed.
    """
    return [fault for needed in _doubtful(has_extras) if (fault := _fault_of(needed))]


@cache
def refuse_version_faults() -> None:
    """Refuse to begin with packages of which a run is known to fail.

    Raises
    ------
    PystampsError
        Names each of them, and the command that mends it.
    """
    faults = version_faults()
    if faults:
        raise PystampsError("; ".join(map(str, faults)))


@cache
def snakemake_version() -> tuple[int, ...]:
    """Give the first two numbers of the version of the installed Snakemake."""
    parts = version_of("snakemake").split(".")[:2]
    return tuple(int(part) for part in parts if part.isdecimal())


def foreign_distributions(folder: Path | None = None) -> list[str]:
    """Find other distributions that have files in the package ``pystamps`` of a folder.

    Parameters
    ----------
    folder : Path, optional
        Where packages are installed; without it the folder of this one.

    Returns
    -------
    list of str
        Name and version of each.
    """
    folder = folder or _PACKAGE.parent
    own = f"{DISTRIBUTION.replace('-', '_')}-"
    records = [
        record
        for record in folder.glob(f"{_PACKAGE.name}*.dist-info")
        if not record.name.startswith(own)
    ]
    if not records:
        return []  # as nearly always: the import below is a tenth of the start of a command
    from importlib.metadata import Distribution

    found = map(Distribution.at, records)
    return [f"{other.name} {other.version}" for other in found if _is_foreign(other)]


def foreign_in_words(foreign: str) -> str:
    """Say what to do about another distribution with the same import name."""
    return (
        f"{foreign} has files in the same package `{_PACKAGE.name}` ({_PACKAGE}), so that neither "
        f"is whole; pip uninstall {foreign.partition(' ')[0]}, then pip install --force-reinstall "
        f"--no-deps {DISTRIBUTION}, or give each an environment of its own"
    )


def _is_foreign(other: Distribution) -> bool:
    files = other.files or ()
    return other.name != DISTRIBUTION and any(file.parts[0] == _PACKAGE.name for file in files)


def _doubtful(has_extras: bool) -> Iterator[Requirement]:
    """Give what this Python needs, without what is there beyond doubt.

    Reading requirements in full takes a tenth of the start of a command.
    """
    for extra, text in _requirement_texts():
        if (extra and not has_extras) or _is_plainly_met(text):
            continue
        from packaging.requirements import Requirement

        needed = Requirement(text)
        is_asked = not extra or (
            has_extras and extra not in _EXTRAS_OF_DEVELOPERS and version_of(needed.name)
        )
        if is_asked and (needed.marker is None or needed.marker.evaluate({"extra": extra})):
            yield needed


def _is_plainly_met(text: str) -> bool:
    """Tell where a version and its bounds are plain numbers, and in order, whatever the marker."""
    plain = _PLAIN.fullmatch(text.partition(";")[0].strip())
    installed = version_of(plain["name"]) if plain else ""
    if plain is None or not _NUMBERS.fullmatch(installed):
        return False
    here = _numbers(installed)
    return all(
        here < _numbers(part[1:]) if part.startswith("<") else here >= _numbers(part[2:])
        for part in plain["bounds"].split(",")
        if part
    )


def _numbers(version: str) -> tuple[int, ...]:
    """Give the numbers of a version; zeros at its end say nothing."""
    return tuple(map(int, re.sub(r"(\.0+)+$", "", version).split(".")))


def _requirement_texts() -> Iterator[tuple[str, str]]:
    """Give extra (empty without one) and text of every requirement.

    In a checkout they are those of its ``pyproject.toml``, which is newer.
    """
    checkout = _PACKAGE.parent / "pyproject.toml"
    if checkout.is_file():
        import tomllib

        project = tomllib.loads(checkout.read_text())["project"]
        yield from (("", text) for text in project["dependencies"])
        for extra, texts in project["optional-dependencies"].items():
            yield from ((extra, text) for text in texts)
        return
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        own = distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return  # unpacked by hand: nobody says what it needs
    extras = own.metadata.get_all("Provides-Extra") or []
    for text in own.requires or []:
        named = [extra for extra in extras if f'extra == "{extra}"' in text.replace("'", '"')]
        yield named[0] if named else "", text


def _fault_of(needed: Requirement) -> VersionFault | None:
    from packaging.version import Version

    installed, expected = version_of(needed.name), f"{needed.name}{needed.specifier}"
    if not installed:
        return VersionFault(needed.name, f"{needed.name} is not installed", expected)
    if needed.specifier.contains(installed, prereleases=True):
        return None
    lowest = [Version(part.version) for part in needed.specifier if part.operator == ">="]
    is_old = any(Version(installed) < version for version in lowest)
    what = "too old" if is_old else "too new"
    return VersionFault(needed.name, f"{needed.name} {installed} is {what}", expected)


def version_of(package: str) -> str:
    """Give the installed version of a package; empty where it is not installed."""
    in_name = _versions_in_names(tuple(sys.path)).get(_plain_name(package))
    if in_name:
        return in_name
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@cache
def _versions_in_names(folders: tuple[str, ...]) -> dict[str, str]:
    """Give the versions that stand in the names of the folders that installers leave.

    Reading what is in them takes fifty times as long. Empty for a package that a folder names
    twice, or in an older way: what holds there, Python has to say.
    """
    found: dict[str, str] = {}
    for folder in folders:
        here: dict[str, str] = {}
        for path in Path(folder).glob("*.*-info"):
            package, _, version = path.stem.partition("-")
            is_plain = path.suffix == ".dist-info" and _plain_name(package) not in here
            here[_plain_name(package)] = version if is_plain else ""
        found = here | found  # what stands earlier in the path holds
    return found


def _plain_name(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
