"""Launches of kernels that filter windows, one block of threads each (``device/spectrum.cuh``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps_kernels.device import gpu

FILES = ("device/elementary.cuh", "device/spectrum.cuh")

_STRIP = 8
"""Values of a spectrum that a thread keeps, if there are threads enough."""

_MOST_THREADS = 512

_MOST_SHARED = 64 * 1024
"""Shared memory in bytes that every device since compute capability 7.0 grants a block."""

_TABLES = 8 * 1024
"""Enough for what the program keeps in shared memory beside the planes."""

_MOST_BLOCKS = 1 << 16
_MOST_SCRATCH = 1 << 28
"""Bytes of global memory at most that stand in for shared memory."""


@dataclass(frozen=True, slots=True)
class WindowBlock:
    """A block of threads that filters windows.

    Attributes
    ----------
    n : int
        Size of the windows, even.
    """

    n: int

    @property
    def threads(self) -> int:
        """Number of threads: one per strip of values."""
        strips = self.n * -(-self.n // _STRIP)
        return min(_MOST_THREADS, -(-strips // 32) * 32)

    @property
    def bytes(self) -> int:
        """Work space: real and imaginary part of two matrices with padded rows."""
        return 4 * 8 * max(self.n * (self.n + 1), self.threads)

    @property
    def is_shared(self) -> bool:
        """Whether the work space fits into shared memory."""
        return self.bytes + _TABLES <= _MOST_SHARED

    def defines(self) -> tuple[tuple[str, str], ...]:
        """Give the definitions of the source."""
        scratch = "false" if self.is_shared else "true"
        return ("WINDOW", str(self.n)), ("THREADS", str(self.threads)), ("SCRATCH", scratch)

    def launch(self, program: gpu.Program, name: str, *arguments: Any, windows: int) -> None:
        """Start a program that takes scratch memory as its last argument.

        Parameters
        ----------
        program : Program
        name : str
        *arguments
            All others.
        windows : int
            Blocks take one after the other if there are more than can be started.
        """
        most = _MOST_BLOCKS if self.is_shared else max(1, _MOST_SCRATCH // self.bytes)
        blocks = min(windows, most)
        scratch = gpu.arrays().empty(1 if self.is_shared else blocks * self.bytes // 8)
        gpu.launch(
            program, name, *arguments, scratch, blocks=blocks, threads=self.threads,
            shared_bytes=self.bytes if self.is_shared else 0,
        )  # fmt: skip

    def tables(self, low_pass: Any) -> tuple[Any, Any]:
        """Give gain and unit circle on the device, as the source wants them.

        The gain has its zero frequency in the middle, as the spectra have, and its axes exchanged.

        Parameters
        ----------
        low_pass : ndarray of float64, shape (n, n)
            Zero frequency first.
        """
        xp = gpu.arrays()
        centred = xp.roll(gpu.to_device(low_pass), (self.n // 2, self.n // 2), axis=(0, 1))
        angle = 2 * np.pi * np.arange(self.n) / self.n
        circle = gpu.to_device(np.concatenate([np.cos(angle), np.sin(angle)]))
        return xp.ascontiguousarray(centred.T), circle


def images(grid: Any, ifgs: slice) -> Any:
    """Give interferograms of a grid on the device, interferogram first."""
    xp = gpu.arrays()
    return xp.ascontiguousarray(xp.moveaxis(gpu.to_device(grid[:, :, ifgs]), 2, 0))
