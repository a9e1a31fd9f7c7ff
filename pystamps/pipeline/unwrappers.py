"""Programs that unwrap one interferogram from the files of snaphu: snaphu, and our own."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from pystamps.config import Tools
from pystamps.io.graph_solver import SOLVER, version_of_graph_solver
from pystamps.io.snaphu import Tiles, find_snaphu
from pystamps.io.unwrapper import Unwrapper
from pystamps.stages import stage6_flow

_CHILD = Path(__file__).with_name("flow_child.py")


@dataclass(frozen=True, slots=True)
class GraphUnwrapper(Unwrapper):
    """Minimum-cost flow by network simplex (:mod:`pystamps.stages.stage6_flow`).

    Attributes
    ----------
    version : str
        Name and version of the solver.
    """

    version: str

    @property
    def name(self) -> str:
        """Value of ``tools.unwrapper``."""
        return "graph"

    def command(self, n_columns: int) -> list[str]:
        """Give the command that unwraps an image of so many columns."""
        return [sys.executable, "-P", str(_CHILD), str(n_columns)]

    def identity(self) -> str:
        """Name solver and source: a map of other source is not taken over."""
        digest = hashlib.sha256(_CHILD.read_bytes())
        digest.update(Path(stage6_flow.__file__).read_bytes())
        return f"{self.name} {self.version} {digest.hexdigest()}"

    def stopped_early(self, log: str) -> bool:
        """Tell that it never does: what it writes is the smallest sum."""
        return False


def find_unwrapper(tools: Tools) -> Unwrapper:
    """Find the program that ``tools.unwrapper`` names, and no other one in its place.

    Raises
    ------
    ExternalProgramError
        snaphu is missing, not snaphu or too old; the solver is not installed.
    """
    if tools.unwrapper == "graph":
        return GraphUnwrapper(f"{SOLVER} {version_of_graph_solver()}")
    rows, columns = map(int, tools.snaphu_tiles.split("x"))
    tiles = Tiles(rows, columns, tools.snaphu_tile_overlap, tools.snaphu_tile_processes)
    return replace(find_snaphu(tools.snaphu), tiles=tiles)
