"""Signals that end a command: the first one ends it cleanly, the second one at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from pystamps.pipeline.guarded_children import kill_guarded_children

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SHELL_BASE = 128
"""A shell gives this plus the number of the signal as exit code."""
_PATIENCE_S = 20.0
"""After this a command that cannot end by itself, in the middle of a long loop, is ended."""
_AGAIN_S = 0.01
_LEAVE = b"\0"


class Interrupted(KeyboardInterrupt):
    """A signal asks the command to end.

    Attributes
    ----------
    signal : Signals
    """

    def __init__(self, number: int) -> None:  # noqa: D107 - the class says it
        super().__init__()
        self.signal = signal.Signals(number)


def interruption_in_words(error: KeyboardInterrupt) -> str:
    """Say which signal has interrupted the work."""
    return f"interrupted by {_signal_of(error).name}"


def exit_code_of_interruption(error: KeyboardInterrupt) -> int:
    """Give the exit code that a shell expects: 130, 143 or 129."""
    return _SHELL_BASE + _signal_of(error)


def _signal_of(error: KeyboardInterrupt) -> signal.Signals:
    """Give the signal; a plain ``KeyboardInterrupt`` is that of Python itself."""
    return error.signal if isinstance(error, Interrupted) else signal.SIGINT


@contextmanager
def signals_that_interrupt(message: Callable[[], str]) -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP raise :class:`Interrupted` while the block goes on.

    A second signal ends the process and its children at once, also in the middle of a compiled
    loop, where Python is not asked; so does a first one that has no effect for some seconds.
    Signals that are ignored from outside (``nohup``) stay ignored. Outside the main thread nothing
    changes, as nothing can.

    Parameters
    ----------
    message : callable
        Gives what is said by a process that has to be ended that way.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, _raise)
        for number in _SIGNALS
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    seen, told = os.pipe()
    os.set_blocking(told, False)
    other = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    watcher = threading.Thread(target=_watch, args=(seen, message), daemon=True)
    watcher.start()
    try:
        with _interruptions_that_are_not_lost():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(other)
        os.write(told, _LEAVE)
        watcher.join()
        os.close(seen)
        os.close(told)


@contextmanager
def _interruptions_that_are_not_lost() -> Iterator[None]:
    """Raise an interruption once more that has come in a destructor: Python ignores it there."""
    report, alarm = sys.unraisablehook, signal.getsignal(signal.SIGALRM)

    def raise_again(ignored: sys.UnraisableHookArgs) -> None:
        if not isinstance(ignored.exc_value, Interrupted):
            report(ignored)
            return
        number = ignored.exc_value.signal
        signal.signal(signal.SIGALRM, lambda *_: _raise(number, None))
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)

    sys.unraisablehook = raise_again
    try:
        yield
    finally:
        sys.unraisablehook = report
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)


def _raise(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)


def _watch(seen: int, message: Callable[[], str]) -> None:
    """Count the signals, which the operating system reports whatever Python does."""
    number = _next_signal(seen)
    if not number:
        return
    timer = threading.Timer(_PATIENCE_S, _end_at_once, (number, message))
    timer.daemon = True
    timer.start()
    if _next_signal(seen):
        _end_at_once(number, message)
    timer.cancel()


def _next_signal(seen: int) -> int:
    """Wait for a signal that ends commands; 0 when there is nothing to wait for any more."""
    while (byte := os.read(seen, 1)) != _LEAVE:
        if byte and byte[0] in _SIGNALS:
            return byte[0]
    return 0


def _end_at_once(number: int, message: Callable[[], str]) -> None:
    """Kill the children and leave; what that leaves behind is cleared by the next command."""
    kill_guarded_children()
    print(message(), file=sys.stderr, flush=True)
    os._exit(_SHELL_BASE + number)
