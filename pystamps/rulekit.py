"""What all rule scripts share: log file, threads, configuration, exit code."""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from pystamps.config import RunConfig
from pystamps.ending import end_at_once
from pystamps.forked_jobs.orders import JobOrder, ProcessIsFree
from pystamps.io.own_places import new_own_file
from pystamps.pipeline.failures import (
    FAULT_CODE,
    USER_ERRORS,
    errors_of_machine,
    fault_in_words,
)
from pystamps.pipeline.job_notes import noted_job
from pystamps.visible import LOG_FORMAT, VisibleFormatter


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

    The reason of a failure is noted in the data set (:mod:`pystamps.pipeline.job_notes`). An
    error that nobody has foreseen ends with its traceback in the log file, and a support bundle
    in the folder of temporary files.

    Parameters
    ----------
    snakemake : object
        The object that Snakemake puts into every script.

    Raises
    ------
    SystemExit
        With code 1 when the body raised a ``PystampsError`` or ``BackendUnavailableError``, 3
        when it is a fault of pySTAMPS.
    """
    log_file = Path(snakemake.log[0])
    try:
        with errors_of_machine(Path.cwd()):
            _log_to(log_file)
            job = _job_of(snakemake, log_file)
            with noted_job(job.config.dataset, job.stage, _patch_of(snakemake), log_file):
                yield job
    except USER_ERRORS as error:
        logging.getLogger(__name__).error("%s", error)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the one place where everything ends
        _log_fault(error, snakemake.config)
        sys.exit(FAULT_CODE)


def end_job_process(snakemake: Any = None) -> NoReturn:
    """End the process of a job that is done (:func:`pystamps.ending.end_at_once`).

    Parameters
    ----------
    snakemake : object, optional
        The object of a script that leaves nothing in its process: where that is a fork of the
        server of jobs, it may take the next one.
    """
    if isinstance(snakemake, JobOrder):
        raise ProcessIsFree
    end_at_once()


@contextmanager
def one_line_errors(wrapper: type[Exception]) -> Iterator[None]:
    """Turn a user's error into ``wrapper`` without a traceback (for the Snakefile)."""
    try:
        with errors_of_machine(Path.cwd()):
            yield
    except USER_ERRORS as error:
        raise wrapper(str(error)) from None


def _job_of(snakemake: Any, log_file: Path) -> RuleJob:
    """Give the job of a script, with the threads that Snakemake has given it."""
    config = RunConfig.from_mapping(snakemake.config, is_checked=True)  # the Snakefile did
    threads = config.kernels.native_threads or snakemake.threads
    _limit_numba(threads)
    kernels = dataclasses.replace(config.kernels, native_threads=threads)
    config = dataclasses.replace(config, kernels=kernels)
    directory = config.dataset / _patch_of(snakemake)
    return RuleJob(log_file.stem, directory, config, snakemake.output)


def _patch_of(snakemake: Any) -> str:
    return str(snakemake.wildcards.get("patch", ""))


def _limit_numba(threads: int) -> None:
    """Let Numba start no more threads than the job has; BLAS gets its limit from Snakemake."""
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)


def _log_to(path: Path) -> None:
    """Send log lines and warnings to the job's log file and to the terminal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [_NewFileHandler(path), logging.StreamHandler()]
    for handler in handlers:
        handler.setFormatter(VisibleFormatter(LOG_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    logging.captureWarnings(True)


class _NewFileHandler(logging.FileHandler):
    """Writes a log file in the place of whatever had its name: a link is not followed.

    The file may lie on a full disk: that is said once, and the terminal has the rest.
    """

    _is_said = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Say that the file lacks lines, once."""
        if not self._is_said:
            self._is_said = True
            print(f"{self.baseFilename}: {sys.exc_info()[1]}; lines are missing", file=sys.stderr)

    def _open(self) -> TextIOWrapper:
        stream = new_own_file(Path(self.baseFilename))
        return TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace")


def _log_fault(error: Exception, mapping: Any) -> None:
    """Put an error that nobody has foreseen into the log, and write the support bundle."""
    from pystamps.pipeline.support_bundle import bundle_of_fault

    config = RunConfig.from_mapping(mapping)
    bundle = bundle_of_fault(error, config.dataset, config)
    logging.getLogger(__name__).critical("%s; %s", fault_in_words(error), bundle, exc_info=error)
