"""Functions in several processes at the same time, which begin together."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable


def run_side_by_side(functions: list[Callable[[], None]]) -> list[str]:
    """Run functions in a process each; give what went wrong, one text for each that failed."""
    gate, opener = os.pipe()
    children = []
    for function in functions:
        said, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(opener)
            _be_the_child(function, gate, writer)
        os.close(writer)
        children.append((child, said))
    os.close(opener)  # everybody waits for this
    os.close(gate)
    return [words for words in map(_words_of, children) if words]


def _be_the_child(function: Callable[[], None], gate: int, writer: int) -> None:
    words = ""
    try:
        os.read(gate, 1)
        function()
    except BaseException:  # noqa: BLE001 - the process ends here, whatever it is
        words = traceback.format_exc()
    finally:
        os.write(writer, words.encode()[-60000:])
        sys.stderr.flush()
        os._exit(bool(words))


def _words_of(child: tuple[int, int]) -> str:
    process, said = child
    with os.fdopen(said) as stream:
        words = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return words or ("" if not status else f"ended with {status}")
