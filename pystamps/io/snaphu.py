"""snaphu: where the program is, and the files that go in and come out."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pystamps.errors import ExternalProgramError
from pystamps.io.unwrapper import Unwrapper
from pystamps.io.user_paths import path_of_user

INPUT, COSTS, OUTPUT, CONFIGURATION = "snaphu.in", "snaphu.costinfile", "snaphu.out", "snaphu.conf"

SNAPHU_SETTINGS = f"""\
INFILE {INPUT}
OUTFILE {OUTPUT}
COSTINFILE {COSTS}
STATCOSTMODE DEFO
INFILEFORMAT COMPLEX_DATA
OUTFILEFORMAT FLOAT_DATA
"""
"""Content of the configuration file, the same for every interferogram."""

_VERSION = re.compile(r"snaphu v(\S+)")
_MAXIMUM_FLOW = re.compile(r"Maximum (?:valid )?flow on network: (\d+)")
_STOPPED_EARLY = "No overall cost reduction"
_SECONDS_FOR_HELP = 30
_OLDEST_VERSION = (1, 4)
"""The first one whose costs lie in a file as StaMPS writes them."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles in which an interferogram is unwrapped.

    Attributes
    ----------
    rows, columns : int
        How many.
    overlap : int
        Cells, in both directions.
    processes : int
        Tiles at a time.
    """

    rows: int = 1
    columns: int = 1
    overlap: int = 0
    processes: int = 1

    @property
    def options(self) -> list[str]:
        """Options of snaphu; none for a single tile."""
        if self.rows * self.columns == 1:
            return []
        numbers = (self.rows, self.columns, self.overlap, self.overlap)
        return ["--tile", *map(str, numbers), "--nproc", str(self.processes)]

    @property
    def identity(self) -> str:
        """Everything that decides results, as a text; empty for a single tile."""
        return " ".join(self.options[:-2])

    def refuse_small(self, shape: tuple[int, ...]) -> None:
        """Refuse tiles that are not larger than their overlap.

        Raises
        ------
        ExternalProgramError
        """
        counts = (self.rows, self.columns)
        if any(k > 1 and n // k <= self.overlap for n, k in zip(shape, counts, strict=True)):
            raise ExternalProgramError(
                f"tools.snaphu_tiles: {self.rows}x{self.columns} tiles of a grid of {shape[0]} x "
                f"{shape[1]} cells are no larger than their overlap of {self.overlap} cells; take "
                "fewer tiles or a smaller tools.snaphu_tile_overlap"
            )


@dataclass(frozen=True, slots=True)
class Snaphu(Unwrapper):
    """The program.

    Attributes
    ----------
    path : Path
    version : str
    tiles : Tiles
    """

    path: Path
    version: str
    tiles: Tiles = Tiles()

    @property
    def name(self) -> str:
        """Value of ``tools.unwrapper``."""
        return "snaphu"

    def command(self, n_columns: int) -> list[str]:
        """Give the command that unwraps an image of so many columns; counters are signs of life.

        Names are relative, because snaphu cuts long ones off.
        """
        command = [str(self.path), "-d", "-f", CONFIGURATION, str(n_columns), "-v"]
        return command + self.tiles.options

    def refuse_size(self, shape: tuple[int, ...]) -> None:
        """Refuse a grid whose tiles would not be larger than their overlap."""
        self.tiles.refuse_small(shape)

    def identity(self) -> str:
        """Name version, program file, settings and tiles."""
        with self.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return f"{self.version} {digest}\n{SNAPHU_SETTINGS}{self.tiles.identity}"

    def stopped_early(self, log: str) -> bool:
        """Tell whether the optimiser gave up although the solution holds whole cycles."""
        if _STOPPED_EARLY not in log:
            return False
        return any(int(flow) != 0 for flow in _MAXIMUM_FLOW.findall(log))


def find_snaphu(wanted: str = "auto") -> Snaphu:
    """Find snaphu and ask for its version.

    Parameters
    ----------
    wanted : str
        Setting ``tools.snaphu``: a path or command, or "auto": PATH, then the file inside the
        package snaphu.

    Raises
    ------
    ExternalProgramError
        Not found, not snaphu, or too old.
    """
    path = _candidate(wanted)
    try:
        answer = subprocess.run(
            [path, "-h"], capture_output=True, text=True, timeout=_SECONDS_FOR_HELP, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExternalProgramError(f"{path}: cannot be run as snaphu ({error})") from error
    version = _VERSION.search(answer.stdout + answer.stderr)
    if version is None:
        raise ExternalProgramError(f"{path}: is not snaphu; set tools.snaphu to its path")
    numbers = tuple(int(part) for part in re.findall(r"\d+", version.group(1))[:2])
    if numbers < _OLDEST_VERSION:
        oldest = ".".join(map(str, _OLDEST_VERSION))
        raise ExternalProgramError(
            f"{path}: is snaphu {version.group(1)}, expected {oldest} or newer; pip install snaphu"
        )
    return Snaphu(path, version.group(1))


def _candidate(wanted: str) -> Path:
    """Give the first program that matches the setting."""
    if wanted != "auto":
        found = shutil.which(path_of_user(wanted))
        if found is None:
            raise ExternalProgramError(f"tools.snaphu: {wanted} is not an executable file")
        return Path(found).absolute()
    found = shutil.which("snaphu")
    if found is not None:
        return Path(found).absolute()
    spec = find_spec("snaphu")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        inside = Path(folder) / "snaphu"
        if inside.is_file() and os.access(inside, os.X_OK):
            return inside
    raise ExternalProgramError(
        "snaphu: not found on PATH nor in the Python package snaphu; install it "
        '(pip install "pystamps-flow[snaphu]"), set tools.snaphu to the path of the program, or '
        "set tools.unwrapper to graph"
    )


def write_inputs(
    folder: Path,
    wrapped: NDArray[np.complex64],
    row_costs: NDArray[np.int16],
    column_costs: NDArray[np.int16],
) -> None:
    """Write phase, costs and configuration of one interferogram.

    Parameters
    ----------
    folder : Path
    wrapped : ndarray of complex64, shape (n_i, n_j)
    row_costs : ndarray of int16, shape (n_i - 1, n_j, 4)
        Costs between rows: offset, sigsq, dzmax, laycost.
    column_costs : ndarray of int16, shape (n_i, n_j - 1, 4)
    """
    np.ascontiguousarray(wrapped, dtype=np.complex64).tofile(folder / INPUT)
    with (folder / COSTS).open("wb") as stream:
        for costs in (row_costs, column_costs):
            np.ascontiguousarray(costs, dtype=np.int16).tofile(stream)
    (folder / CONFIGURATION).write_text(SNAPHU_SETTINGS)


def read_output(path: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Read the unwrapped phase in rad.

    Raises
    ------
    ExternalProgramError
        The file is missing or has another size.
    """
    expected = 4 * shape[0] * shape[1]
    found = path.stat().st_size if path.is_file() else 0
    if found != expected:
        raise ExternalProgramError(f"{path.name} has {found} bytes, expected {expected}")
    return np.fromfile(path, dtype=np.float32).reshape(shape)
