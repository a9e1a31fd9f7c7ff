"""Interferogram values of the candidates (StaMPS: ``pscphase``), read in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pystamps.arrays import Index
from pystamps.prep.blocks import Block, Workforce
from pystamps.prep.patches import PatchArea
from pystamps.prep.rate import ByteProgress
from pystamps.processors import PROCESSORS
from pystamps.processors.export import Export

_PHASE_BYTES = 8
_POSITION_BYTES = 8


def extract_phases(
    export: Export,
    patches: Sequence[PatchArea],
    rows: Sequence[Index],
    *,
    root: Path,
    workforce: Workforce,
    progress: ByteProgress,
) -> None:
    """Write ``pscands.1.ph``: for every interferogram the values of all candidates.

    Parameters
    ----------
    export : Export
    patches : sequence of PatchArea
    rows : sequence of int64, (blocks + 1,)
        Per patch the number of candidates before every block, as the selection counted them.
    root : Path
    workforce : Workforce
        The same as for the selection, because the blocks must be the same.
    progress : ByteProgress

    Notes
    -----
    Bytes are copied as they are; of an interferogram whose description says the other byte order
    they are exchanged. A block writes to its own places in the files, so that blocks
    may be worked on in any order.
    """
    total = [int(counted[-1]) for counted in rows]
    stored = np.dtype(f"{PROCESSORS[export.processor].byte_order}c8")
    for patch, n in zip(patches, total, strict=True):
        with (root / patch.name / "pscands.1.ph").open("wb") as stream:
            stream.truncate(n * len(export.interferograms) * _PHASE_BYTES)

    def work(block: Block) -> None:
        wanted = [
            (k, int(counted[block.number]), int(counted[block.number + 1]))
            for k, counted in enumerate(rows)
            if counted[block.number + 1] > counted[block.number]
        ]
        places = [
            _positions(root / patches[k].name, first, last, block) for k, first, last in wanted
        ]
        for number, interferogram in enumerate(export.interferograms):
            values = interferogram.lines(block.first, block.last)
            for place, (k, first, _) in zip(places, wanted, strict=True):
                offset = (number * total[k] + first) * _PHASE_BYTES
                path = root / patches[k].name / "pscands.1.ph"
                _write_at(path, offset, values[place].astype(stored, copy=False).tobytes())
            progress.add(values.nbytes)

    for _ in workforce.in_order(work, workforce.blocks(export.size)):
        pass


def _positions(directory: Path, first: int, last: int, block: Block) -> tuple[Index, Index]:
    """Read the positions of candidates; lines count from the beginning of the block."""
    found = np.fromfile(
        directory / "pscands.1.ij.int",
        dtype=">i4",
        count=2 * (last - first),
        offset=first * _POSITION_BYTES,
    ).reshape(-1, 2)
    return found[:, 1].astype(np.int64) - block.first, found[:, 0].astype(np.int64)


def _write_at(path: Path, offset: int, content: bytes) -> None:
    """Write at a place of a file; it is open only meanwhile, whatever the number of patches."""
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(content)
