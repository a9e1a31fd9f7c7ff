"""Paths as people write them: ``~`` and ``~name`` are home folders."""

from __future__ import annotations

from pathlib import Path

from pystamps.errors import ParameterError


def path_of_user(text: str | Path) -> Path:
    """Give a path with the home folder in place of ``~``.

    Raises
    ------
    ParameterError
        This machine has no such user, or it is no path.
    """
    if "\0" in str(text):
        raise ParameterError(f"{str(text)!r} is no path: it holds a zero byte")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ParameterError(
            f"{text}: no home folder is known for {Path(text).parts[0]}; write the whole path"
        ) from error
