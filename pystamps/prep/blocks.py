"""Work on blocks of lines: several at a time, results in order, memory within a budget."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from pystamps.config import Runtime

Result = TypeVar("Result")

BYTES_PER_SAMPLE = 96
"""Workspace of a block per sample: one image mapped and decoded, sums, flags, the candidates
(at worst every sample is one), and the file positions that the text files need."""

_LARGEST_BLOCK = 2**22
_SHARE = 0.5
_WAITING_PER_THREAD = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Lines ``first`` to ``last - 1`` of the image."""

    number: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Workforce:
    """How many threads, and how much memory they share.

    Attributes
    ----------
    threads : int
    memory_budget_mb : int
    """

    threads: int = 1
    memory_budget_mb: int = Runtime().memory_budget_mb

    def blocks(self, size: tuple[int, int]) -> tuple[Block, ...]:
        """Divide an image into blocks so that all blocks under work fit into the budget."""
        width, length = size
        at_once = self.threads * (1 + _WAITING_PER_THREAD)
        samples = int(self.memory_budget_mb * 1e6 * _SHARE / (BYTES_PER_SAMPLE * at_once))
        lines = max(1, min(samples, _LARGEST_BLOCK) // width)
        # no thread should wait for the last block of another
        lines = min(lines, max(1, -(-length // (4 * self.threads))))
        starts = range(0, length, lines)
        return tuple(Block(k, i, min(i + lines, length)) for k, i in enumerate(starts))

    def in_order(
        self, work: Callable[[Block], Result], blocks: tuple[Block, ...]
    ) -> Iterator[tuple[Block, Result]]:
        """Work on blocks in threads and give the results in the order of the blocks.

        At most one finished block per thread waits to be taken.
        """
        if self.threads == 1:
            yield from ((block, work(block)) for block in blocks)
            return
        # its import leaves the working directory for a moment: before threads open files
        import pystamps_kernels.host  # noqa: F401

        with ThreadPoolExecutor(self.threads) as pool:
            coming = iter(blocks)
            waiting: deque[tuple[Block, Future[Result]]] = deque()
            at_once = self.threads * (1 + _WAITING_PER_THREAD)
            try:
                for block in islice(coming, at_once):
                    waiting.append((block, pool.submit(work, block)))
                while waiting:
                    block, future = waiting.popleft()
                    result = future.result()
                    for following in islice(coming, 1):
                        waiting.append((following, pool.submit(work, following)))
                    yield block, result
            finally:
                for _, future in waiting:
                    future.cancel()
