"""How a command ends that has met an error: one line, and a code that says whose it is."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import click

from pystamps.installation import version_faults
from pystamps.pipeline.failures import (
    FAULT_CODE,
    USER_ERRORS,
    fault_in_words,
    machine_error_in_words,
)
from pystamps.visible import visible_line

USAGE_ERROR = 2
_OPTIONS_OF_DATASET = ("-d", "--dataset", "-r", "--run")
_OPTIONS_OF_PATCH = ("-p", "--patch")


@contextmanager
def one_line_endings(context: click.Context) -> Iterator[None]:
    """Run a command; an error ends it with one line.

    Code 2 is what the user can repair, packages of wrong versions among it, or what the machine
    refuses; code 3 is a fault of pySTAMPS, of which a support bundle is written. The traceback is
    in the bundle, and on the screen with ``--verbose``.

    Raises
    ------
    SystemExit
    """
    words = tuple(context.args)  # they are gone when the command has run
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except USER_ERRORS as error:
        _end("; ".join([str(error), *_versions_in_words()]), USAGE_ERROR)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # who reads the output has gone; click ends quietly
        root = _dataset_among(words)
        said = machine_error_in_words(error, root or Path.cwd())
        if said is not None:
            _end(said, USAGE_ERROR)
        logging.getLogger(__name__).info("", exc_info=error)
        versions = _versions_in_words()
        if versions:
            _end("; ".join([*versions, f"it came to {type(error).__name__}: {error}"]), USAGE_ERROR)
        _end(f"{fault_in_words(error)}; {_bundle(error, root)}", FAULT_CODE)


def _dataset_among(words: Sequence[str]) -> Path | None:
    """Find the data set that a command line names."""
    for option, folder in pairwise(words):
        if option in _OPTIONS_OF_PATCH:
            return Path(folder).parent
        if option in _OPTIONS_OF_DATASET:
            return Path(folder)
    return None


def _bundle(error: BaseException, root: Path | None) -> str:
    from pystamps.config import RunConfig
    from pystamps.pipeline.support_bundle import bundle_of_fault

    return bundle_of_fault(error, root, RunConfig())


def _versions_in_words() -> list[str]:
    """Name packages of wrong versions, which explain most of what nobody has foreseen."""
    return [str(fault) for fault in version_faults(has_extras=True)]


def _end(message: str, code: int) -> NoReturn:
    click.echo(f"error: {visible_line(message)}", err=True)
    sys.exit(code)
