"""What all rule scripts share: log file, threads, configuration, exit code."""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.pipeline.job_notes import noted_job
from pystamps_kernels import BackendUnavailableError

LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
USER_ERRORS = (PystampsError, BackendUnavailableError)
"""Errors that end a command with one line and no traceback."""


@dataclass(frozen=True, slots=True)
class RuleJob:
    """The job of a rule script.

    Attributes
    ----------
    stage : str
        Name of the stage in the stage table, from the log file: a workflow that uses these rules
        as a module may have renamed the rule itself.
    directory : Path
        Patch of the job, or the root of the data set.
    config : RunConfig
    output : object
        Output files as Snakemake gives them, relative to its working directory.
    """

    stage: str
    directory: Path
    config: RunConfig
    output: Any


@contextmanager
def rule_job(snakemake: Any) -> Iterator[RuleJob]:
    """Run the body of a rule script with its log file; a user's error ends it with one line.

    The reason of a failure is noted in the data set (:mod:`pystamps.pipeline.job_notes`); an
    unforeseen error ends with its traceback, in the log file too.

    Parameters
    ----------
    snakemake : object
        The object that Snakemake puts into every script.

    Raises
    ------
    SystemExit
        With code 1 when the body raised a ``PystampsError`` or ``BackendUnavailableError``.
    """
    log_file = Path(snakemake.log[0])
    _log_to(log_file)
    config = RunConfig.from_mapping(snakemake.config)
    threads = config.kernels.native_threads or snakemake.threads
    _limit_numba(threads)
    kernels = dataclasses.replace(config.kernels, native_threads=threads)
    config = dataclasses.replace(config, kernels=kernels)
    patch = snakemake.wildcards.get("patch", "")
    stage = log_file.stem
    try:
        with noted_job(config.dataset, stage, patch, log_file):
            yield RuleJob(stage, config.dataset / patch, config, snakemake.output)
    except USER_ERRORS as error:
        logging.getLogger(__name__).error("%s", error)
        sys.exit(1)


@contextmanager
def one_line_errors(wrapper: type[Exception]) -> Iterator[None]:
    """Turn a user's error into ``wrapper`` without a traceback (for the Snakefile)."""
    try:
        yield
    except USER_ERRORS as error:
        raise wrapper(str(error)) from None


def _limit_numba(threads: int) -> None:
    """Let Numba start no more threads than the job has; BLAS gets its limit from Snakemake."""
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)


def _log_to(path: Path) -> None:
    """Send log lines and warnings to the job's log file and to the terminal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [logging.FileHandler(path, mode="w"), logging.StreamHandler()]
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, handlers=handlers, force=True)
    logging.captureWarnings(True)
    sys.excepthook = _log_unforeseen


def _log_unforeseen(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Put the traceback of an error that nobody has foreseen into the log."""
    logging.getLogger(__name__).critical("", exc_info=(kind, error, traceback))
