"""What readers find wrong, by code: they report, and callers decide whether to raise."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from pystamps.errors import ArtifactError, PystampsError

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From worst to best: a run cannot succeed, its results may be wrong, good to know."""

Value = TypeVar("Value")

READ_ERRORS = (
    PystampsError,
    OSError,
    ValueError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What readers raise on broken files; :func:`value_or_finding` makes a finding of each."""

_LONGEST_MESSAGE = 400


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    code : str
        Stable name of the kind of finding, see ``docs/troubleshooting.md``.
    severity : str
        error (a run cannot succeed), warning (results may be wrong) or info.
    file : str
        The file or folder; relative to what was examined where it lies inside.
    expected : str
        Empty for findings that only inform.
    found : str
    action : str
        What to do; empty when nothing has to be done.
    error : type of PystampsError
        What is raised where the finding stops the work.
    """

    code: str
    severity: Severity
    file: str
    expected: str
    found: str
    action: str
    error: type[PystampsError] = field(default=ArtifactError, repr=False, compare=False)

    def as_dict(self) -> dict[str, str]:
        """Give all that programs may rely on, by name."""
        return {name: value for name, value in asdict(self).items() if name != "error"}

    @property
    def message(self) -> str:
        """The finding as one line: *where: what; what to do*."""
        return f"{self.file}: {self.sentence}"

    @property
    def sentence(self) -> str:
        """What was found and expected, what to do, and the code."""
        expected = f", expected {self.expected}" if self.expected else ""
        action = f"; {self.action}" if self.action else ""
        return f"{self.found}{expected}{action} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding.

    Attributes
    ----------
    name : str
        Lower-case words joined by hyphens.
    severity : str
        Usual severity; single findings may differ.
    title : str
        What is found, as a short sentence without full stop.
    cause : str
        Where it comes from and what it leads to.
    remedy : str
        What to do; also the default of ``Finding.action``.
    error : type of PystampsError
        What is raised where such a finding stops the work.
    """

    name: str
    severity: Severity
    title: str
    cause: str
    remedy: str = ""
    error: type[PystampsError] = ArtifactError

    def at(
        self,
        file: Path | str,
        found: str,
        *,
        expected: str = "",
        action: str | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """Make a finding of this kind."""
        return Finding(
            code=self.name,
            severity=severity or self.severity,
            file=str(file),
            expected=expected,
            found=_one_line(found),
            action=self.remedy if action is None else action,
            error=self.error,
        )


UNREADABLE = Code(
    "file-unreadable",
    "error",
    "a file cannot be read or understood",
    "The file is damaged, empty, of another kind, or the account may not read it. The message is "
    "that of the reader that a run would use.",
    "write the file again: repeat the export or the preparation that made it",
)


def read_or_finding(reader: Callable[[Path], Value], path: Path) -> Value | Finding:
    """Read a file; a reader that fails gives a finding with the file's name."""
    return value_or_finding(path, reader, path)


def value_or_finding(
    path: Path, function: Callable[..., Value], *arguments: Any
) -> Value | Finding:
    """Call a function; when it fails as readers do, give a finding for ``path`` instead."""
    try:
        return function(*arguments)
    except READ_ERRORS as error:
        return unreadable(path, error)


def unreadable(path: Path | str, error: Exception) -> Finding:
    """Give the finding for a reader's error."""
    if isinstance(error, OSError) and error.filename:
        path = str(error.filename)
    message = str(error) or type(error).__name__
    if isinstance(error, PystampsError):
        where, colon, rest = message.partition(": ")
        if colon and "/" in where:
            # A reader of the project has named the file and what to do about it.
            return UNREADABLE.at(where, rest, action="")
    if isinstance(error, OSError) and error.strerror:
        message = error.strerror.lower()
    if isinstance(error, UnicodeDecodeError):
        message = "not a text file"
    return UNREADABLE.at(path, message.replace(f"{path}: ", ""))


def raise_first_error(findings: Iterable[Finding]) -> None:
    """Raise the first error among findings, if there is one.

    Raises
    ------
    PystampsError
        Of the class that the code of the finding names.
    """
    for finding in findings:
        if finding.severity == "error":
            raise finding.error(finding.message)


def _one_line(text: str) -> str:
    """Join lines and limit the length, so that every finding stays one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]} ..."


def first_few(names: list[str] | tuple[str, ...], most: int = 6) -> str:
    """Give the first few names of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
