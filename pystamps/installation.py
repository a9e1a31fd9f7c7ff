"""What is installed: versions of packages that pySTAMPS needs, and others that bear its name.

Nothing is imported to find out: a package that is too old often cannot be.
"""

from __future__ import annotations

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
    return [fault for needed in _requirements(has_extras) if (fault := _fault_of(needed))]


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
    from importlib.metadata import version

    return tuple(int(part) for part in version("snakemake").split(".")[:2] if part.isdecimal())


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


def _requirements(has_extras: bool) -> Iterator[Requirement]:
    """Give what this Python needs; in a checkout from its ``pyproject.toml``, which is newer."""
    from packaging.requirements import Requirement

    for extra, text in _requirement_texts():
        needed = Requirement(text)
        is_asked = not extra or (
            has_extras and extra not in _EXTRAS_OF_DEVELOPERS and _version_of(needed.name)
        )
        if is_asked and (needed.marker is None or needed.marker.evaluate({"extra": extra})):
            yield needed


def _requirement_texts() -> Iterator[tuple[str, str]]:
    """Give extra (empty without one) and text of every requirement."""
    import tomllib
    from importlib.metadata import PackageNotFoundError, distribution

    checkout = _PACKAGE.parent / "pyproject.toml"
    if checkout.is_file():
        project = tomllib.loads(checkout.read_text())["project"]
        yield from (("", text) for text in project["dependencies"])
        for extra, texts in project["optional-dependencies"].items():
            yield from ((extra, text) for text in texts)
        return
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

    installed, expected = _version_of(needed.name), f"{needed.name}{needed.specifier}"
    if not installed:
        return VersionFault(needed.name, f"{needed.name} is not installed", expected)
    if needed.specifier.contains(installed, prereleases=True):
        return None
    lowest = [Version(part.version) for part in needed.specifier if part.operator == ">="]
    is_old = any(Version(installed) < version for version in lowest)
    what = "too old" if is_old else "too new"
    return VersionFault(needed.name, f"{needed.name} {installed} is {what}", expected)


def _version_of(package: str) -> str:
    """Give the installed version of a package; empty where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""
