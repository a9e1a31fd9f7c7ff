"""What a stage touches while it runs: files opened, files made, parameters read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import h5py

from pystamps.config import Accuracy, Compat, MethodSettings, Products, Tools, Troposphere
from pystamps.parameters import Parameters

SETTINGS: dict[type, str] = {
    Parameters: "", Accuracy: "accuracy.", Compat: "compat.", MethodSettings: "method.",
    Products: "products.", Tools: "tools.", Troposphere: "troposphere.",
}  # fmt: skip
"""Classes whose fields are settings, with what stands before their names in the plan."""

BESIDE = ("pystamps.parameters.files", "pystamps.io.checksums")
"""Modules that open files, but not for a result."""


@dataclass
class Touched:
    """What happened while :func:`traced` was active.

    Attributes
    ----------
    read : set of Path
        Files opened for reading.
    read_beside : set of Path
        Those that are opened for values of parameters or for the record of the stage.
    made : set of Path
        Files opened for writing under their own name, and new names of renamed files.
    settings : set of (str, str)
        Setting (``clap_win``, ``compat.wild_positions_kept``), and ``module.function`` that asked.
    """

    read: set[Path] = field(default_factory=set)
    read_beside: set[Path] = field(default_factory=set)
    made: set[Path] = field(default_factory=set)
    settings: set[tuple[str, str]] = field(default_factory=set)


_ACTIVE: list[Touched] = []
_INSTALLED: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Note every file that Python opens or renames; NumPy and memory maps go through here too."""
    if not _ACTIVE:
        return
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        path, mode, flags = arguments
        is_read = (mode or "r").startswith("r") and not flags & (os.O_WRONLY | os.O_CREAT)
        _note(os.fsdecode(path), is_read=is_read)
    elif event == "os.rename":
        _note(os.fsdecode(arguments[1]), is_read=False)


def _note(path: str, *, is_read: bool) -> None:
    touched = _ACTIVE[-1]
    read = touched.read_beside if _is_beside() else touched.read
    (read if is_read else touched.made).add(Path(path).absolute())


def _is_beside() -> bool:
    """Tell whether parameters are being put together, or the record of the stage."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") in BESIDE:
            return True
        frame = frame.f_back
    return False


@contextmanager
def traced() -> Iterator[Touched]:
    """Note what happens inside the block."""
    if not _INSTALLED:
        sys.addaudithook(_hook)  # it can never be removed; it does nothing without a block
        _INSTALLED.append(True)
    touched = Touched()
    _ACTIVE.append(touched)
    before = {kind: kind.__getattribute__ for kind in SETTINGS}
    init = h5py.File.__init__
    for kind, get in before.items():
        kind.__getattribute__ = _recording(touched, kind, get)  # type: ignore[method-assign]
    h5py.File.__init__ = _noting_hdf5(init)
    try:
        yield touched
    finally:
        for kind, get in before.items():
            kind.__getattribute__ = get  # type: ignore[method-assign]
        h5py.File.__init__ = init
        _ACTIVE.pop()


def _recording(touched: Touched, kind: type, get: Callable[..., Any]) -> Callable[..., Any]:
    fields = frozenset(kind.__dataclass_fields__)

    def recording(self: Any, name: str) -> Any:
        if name in fields:
            frame = sys._getframe(1)
            asked = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"
            touched.settings.add((SETTINGS[kind] + name.rstrip("_"), asked))
        return get(self, name)

    return recording


def _noting_hdf5(init: Callable[..., Any]) -> Callable[..., Any]:
    """HDF5 opens files by itself, where Python does not see it."""

    def noting(self: Any, name: Any, mode: str = "r", *args: Any, **keywords: Any) -> None:
        if isinstance(name, str | bytes | os.PathLike):
            _note(os.fsdecode(name), is_read=mode == "r")
        init(self, name, mode, *args, **keywords)

    return noting
