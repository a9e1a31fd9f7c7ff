"""What the last audit has shown: read from the file that it leaves in the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pystamps
from pystamps.errors import ArtifactError

EVIDENCE_FILE = Path(pystamps.__file__).parent / "data" / "audit_evidence.json"
"""Written by ``pystamps audit --write-evidence``."""


@dataclass(frozen=True, slots=True)
class StageEvidence:
    """What an audit says about one stage on one kind of stack.

    Attributes
    ----------
    version : str
        Of pySTAMPS.
    date : str
        Of the audit, ISO 8601.
    profile : str
        Tolerances: strict or scientific.
    golden : str
        Which results of the original: full or compact.
    data_sets : tuple of str
    is_certified : bool
        All rows of the stage were within bounds.
    fingerprint : str
        Of the code that was audited.
    """

    version: str
    date: str
    profile: str
    golden: str
    data_sets: tuple[str, ...]
    is_certified: bool
    fingerprint: str


def read_evidence(path: Path = EVIDENCE_FILE) -> dict[tuple[str, str], StageEvidence]:
    """Read the evidence by stage and mode; nothing where no audit has left any.

    Raises
    ------
    ArtifactError
        The file is not what an audit writes.
    """
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            (name, mode): _evidence(found, stage["fingerprint"], result)
            for name, stage in found["stages"].items()
            for mode, result in stage["modes"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(
            f"{path}: is no evidence of an audit ({type(error).__name__}: {error}); expected JSON "
            "with pystamps_version, date, profile, golden and stages; write it again with "
            "`pystamps audit --write-evidence`"
        ) from error


def _evidence(
    audit: Mapping[str, Any], fingerprint: str, result: Mapping[str, Any]
) -> StageEvidence:
    return StageEvidence(
        version=str(audit["pystamps_version"]),
        date=str(audit["date"]),
        profile=str(audit["profile"]),
        golden=str(audit["golden"]),
        data_sets=tuple(map(str, result["datasets"])),
        is_certified=result["certified"] is True,
        fingerprint=str(fingerprint),
    )
