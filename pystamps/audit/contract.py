"""Which oracle wins, what it lacks, and what of the original is not repeated (one document)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pystamps.audit.documents import DATA, checked_document

CONTRACT = DATA / "oracle_contract.json"


@dataclass(frozen=True, slots=True)
class NamedDeviation:
    """Something that the finished tree of one side has and that of the other lacks.

    Attributes
    ----------
    file, variable : str
        Patterns; ``variable`` is empty where the whole file is meant.
    step : int or None
        Stage of the original that writes the file; None: whichever.
    kind : str
        placeholder (the original writes it without content), bookkeeping (no result: not
        compared), ours (only we have it), theirs (only the original has it), scratch (of either
        side, not looked at).
    reason : str
    held_by : str
        Test or code that holds it.
    """

    file: str
    variable: str
    step: int | None
    kind: str
    reason: str
    held_by: str

    def names_file(self, name: str) -> bool:
        """Tell whether a file, given relative to the root, is meant."""
        return fnmatchcase(name, self.file) or fnmatchcase(name.rpartition("/")[2], self.file)


@dataclass(frozen=True, slots=True)
class KnownDefect:
    """A defect of the original.

    Attributes
    ----------
    name, what : str
    is_kept : bool
        Whether results repeat it when nothing is set.
    switch : str
        Setting that decides, ``compat.NAME`` or another one; empty: there is no choice.
    held_by : str
    """

    name: str
    what: str
    is_kept: bool
    switch: str
    held_by: str


@dataclass(frozen=True, slots=True)
class OracleContract:
    """The whole document.

    Attributes
    ----------
    original : mapping
        Program, version, revision, interpreter.
    oracles : tuple of mapping
        What decides, the first first.
    replaced : tuple of mapping
        Parts of the original or its interpreter that something else stands for, and why.
    defects : tuple of KnownDefect
    deviations : tuple of NamedDeviation
    """

    original: Mapping[str, str]
    oracles: tuple[Mapping[str, str], ...]
    replaced: tuple[Mapping[str, str], ...]
    defects: tuple[KnownDefect, ...]
    deviations: tuple[NamedDeviation, ...]

    def is_result(self, name: str, step: int) -> bool:
        """Tell whether a file of a stage of the original is a result, to be compared."""
        return not self.is_bookkeeping(name) and not any(
            item.kind == "placeholder" and item.step in (None, step) and item.names_file(name)
            for item in self.deviations
        )

    def is_bookkeeping(self, name: str) -> bool:
        """Tell whether a file is a note of StaMPS and no result."""
        return any(item.kind == "bookkeeping" and item.names_file(name) for item in self.deviations)

    def why_one_sided(self, name: str, variable: str, kind: str) -> str:
        """Say why only one side has a variable; "" where nothing is agreed.

        Parameters
        ----------
        name, variable : str
        kind : str
            ours or theirs.
        """
        for item in self.deviations:
            is_meant = item.kind == kind and item.names_file(name)
            if is_meant and fnmatchcase(variable, item.variable):
                return item.reason
        return ""


def read_contract(path: Path = CONTRACT) -> OracleContract:
    """Read and check the contract.

    Raises
    ------
    ParameterError
        It breaks its schema.
    """
    document = checked_document(path, "oracle_contract.schema.json")
    return OracleContract(
        document["original"],
        tuple(document["oracles"]),
        tuple(document["replaced"]),
        tuple(KnownDefect(**item) for item in document["defects"]),
        tuple(NamedDeviation(**item) for item in document["deviations"]),
    )
