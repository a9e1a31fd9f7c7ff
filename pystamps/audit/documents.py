"""The two documents that an audit follows, checked by their schemas when they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pystamps.errors import ParameterError

DATA = Path(__file__).resolve().parent.parent / "data"
"""Folder of the documents, their schemas and the evidence."""


def checked_document(path: Path, schema: str) -> dict[str, Any]:
    """Read a JSON file and compare it with a schema of the package.

    Parameters
    ----------
    path : Path
    schema : str
        File name of the schema in :data:`DATA`.

    Raises
    ------
    ParameterError
        The file is missing, is no JSON, or breaks the schema; all faults in one line.
    """
    from jsonschema import Draft202012Validator

    document = read_json_object(path)
    validator = Draft202012Validator(json.loads((DATA / schema).read_text()))
    faults = sorted(validator.iter_errors(document), key=lambda fault: list(map(str, fault.path)))
    if faults:
        shown = "; ".join(
            f"{'.'.join(map(str, fault.absolute_path)) or 'the whole'}: {fault.message}"
            for fault in faults[:5]
        )
        raise ParameterError(f"{path}: {shown}; {schema} beside it says what is expected")
    return document


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds one object.

    Raises
    ------
    ParameterError
        It is missing, is no JSON, or holds something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ParameterError(f"{path}: is no JSON: {error}; mend it") from error
    if not isinstance(document, dict):
        raise ParameterError(f"{path}: holds {type(document).__name__}, expected an object")
    return document
