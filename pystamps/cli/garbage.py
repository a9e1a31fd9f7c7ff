"""When Python looks for garbage in the process of a command."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def look_for_garbage_again() -> None:
    """Let the collector look again, where a start has put it off, but not at what there is.

    What is imported stays to the end; looking through it again and again takes a twentieth of a
    short command.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


@contextmanager
def no_garbage_collected() -> Iterator[None]:
    """Let nothing look for garbage: all that the block makes lasts until the end of the command.

    With a thousand patches looking takes a fifth of the time of a status.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
