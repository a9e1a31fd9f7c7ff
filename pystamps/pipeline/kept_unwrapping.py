"""Unwrapped interferograms of a stage 6 that was interrupted: kept in scratch, taken by the next.

A file is one map, under the digest of everything that decides it. What has another digest, or is
damaged, is never taken. The folder is scratch that is worth keeping: it goes with the stage that
ends well, not with the one that is killed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pystamps.arrays import Float32
from pystamps.io.atomic import temporary_beside
from pystamps.io.own_places import own_folder, remove_own_folder
from pystamps.io.unwrapper import Unwrapper
from pystamps.stages.stage6_costs import Costs

log = logging.getLogger(__name__)

RESUMABLE = "resumable"
"""Folder of the maps within the scratch of stage 6; who clears dead scratch leaves it."""

_FORMAT = "2"
"""Maps of format 1 were kept without the proof that they are congruent with their input."""
_HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class KeptMap:
    """Unwrapped phase of one interferogram.

    Attributes
    ----------
    unwrapped : float32, (n_i, n_j), in rad
    has_stopped_early : bool
        The program gave up before all cycles were settled.
    """

    unwrapped: Float32
    has_stopped_early: bool


class KeptMaps:
    """Maps of one data set.

    Parameters
    ----------
    scratch : Path
        Folder of stage 6.
    program : Unwrapper
    """

    def __init__(self, scratch: Path, program: Unwrapper) -> None:
        """Keep maps in the folder ``RESUMABLE`` of ``scratch``."""
        self.folder = scratch / RESUMABLE
        self._program = f"{_FORMAT} {program.identity()}"

    def digest(self, wrapped: NDArray[np.complex64], costs: Costs) -> str:
        """Give a digest of everything that decides the map of an interferogram.

        That is phase, costs, and the program: which one, its settings, version and file.
        """
        digest = hashlib.sha256(self._program.encode())
        for array in (wrapped, costs.rows, costs.columns):
            digest.update(f"{array.dtype}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def keep(self, number: int, digest: str, kept: KeptMap) -> None:
        """Write the map of an interferogram, and take away what was kept of other inputs."""
        own_folder(self.folder.parent, self.folder.name)
        for outdated in self.folder.glob(f"ifg_{number:04d}.*"):
            outdated.unlink()
        content = np.ascontiguousarray(kept.unwrapped, dtype=np.float32).tobytes()
        head = {
            "digest": digest,
            "content": hashlib.sha256(content).hexdigest(),
            "has_stopped_early": kept.has_stopped_early,
        }
        with temporary_beside(self._path(number, digest)) as temporary:
            temporary.write_bytes(json.dumps(head).encode().ljust(_HEAD_BYTES) + content)

    def find(self, number: int, digest: str, shape: tuple[int, int]) -> KeptMap | None:
        """Give the map that was kept for just these inputs; None where there is none."""
        path = self._path(number, digest)
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            head, content = stream.read(_HEAD_BYTES), stream.read()
        found = _read_head(head)
        is_whole = found.get("content") == hashlib.sha256(content).hexdigest()
        if found.get("digest") != digest or not is_whole or len(content) != 4 * shape[0] * shape[1]:
            log.warning("%s: is damaged and is not used", path)
            return None
        unwrapped = np.frombuffer(content, dtype=np.float32).reshape(shape)
        return KeptMap(unwrapped, bool(found.get("has_stopped_early")))

    def _path(self, number: int, digest: str) -> Path:
        return self.folder / f"ifg_{number:04d}.{digest[:32]}.unwrapped"


def clear_kept_maps(scratch: Path) -> None:
    """Remove all maps: the stage has ended well."""
    remove_own_folder(scratch, RESUMABLE)


def _read_head(head: bytes) -> dict[str, object]:
    """Read the head of a file; nothing where it is none."""
    try:
        found = json.loads(head)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
