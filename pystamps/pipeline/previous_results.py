"""Previous results of the jobs of a run: laid aside when it starts, settled when it has ended.

The main process of Snakemake does it, so that ``pystamps run`` and a bare ``snakemake`` do the
same; a lock that ends with that process tells who comes next whether it still lives.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from pystamps.errors import DatasetError
from pystamps.io.dataset import GENERATION_NAME
from pystamps.io.no_ps_info import NO_PS_INFO
from pystamps.io.own_places import open_own_file, refuse_links
from pystamps.io.result_sets import PREVIOUS, keep_previous_set, settle_sets
from pystamps.io.stage_records import record_path
from pystamps.pipeline.failures import errors_of_machine
from pystamps.pipeline.file_systems import is_shared_with_hosts
from pystamps.pipeline.leftovers import clear_temporary_files
from pystamps.stage_table import Stage, with_angles

_LOCK = Path(".pystamps", "previous.lock")
_JOBS_AT_WORK = "jobs of Snakemake may write\n"
"""What the main process of Snakemake writes into the lock that it holds."""
_PATIENCE_S, _PAUSE_S = 5.0, 0.02


class PreviousResults:
    """Previous results of the jobs of one Snakemake process.

    Parameters
    ----------
    root : Path
        Root of the data set, in which Snakemake works.
    """

    def __init__(self, root: Path) -> None:
        """Lay nothing aside yet."""
        self.root = root
        self._held = ExitStack()

    def keep(self, jobs: Iterable[Any]) -> None:
        """Lay the outputs of jobs aside that will run.

        Parameters
        ----------
        jobs : iterable of object
            Jobs of Snakemake: ``output``, ``log`` and ``wildcards``.

        Raises
        ------
        DatasetError
            Another Snakemake works on the data set.
        """
        with errors_of_machine(self.root):
            stream = self._held.enter_context(open_own_file(self.root, _LOCK, "a"))
            if not _has_locked(stream, patience_s=_PATIENCE_S):
                self._held.close()
                raise DatasetError(f"{self.root}: another Snakemake works on it; wait for its end")
            stream.truncate(0)  # a process that was killed has left its mark
            if (self.root / PREVIOUS).is_dir():
                settle_sets(self.root)
            clear_temporary_files(self.root, is_local=not is_shared_with_hosts(self.root))
            for job in jobs:
                names = [str(name) for name in job.output if _is_kept(name)]
                there = [name for name in names if (self.root / name).is_file()]
                if there and not self._keep(job, names):
                    break
            stream.write(_JOBS_AT_WORK)
            stream.flush()

    def _keep(self, job: Any, names: list[str]) -> bool:
        stage = Path(job.log[0]).stem
        patch = getattr(job.wildcards, "patch", "")
        record = str(record_path(stage, patch))
        return keep_previous_set(self.root, set_label(stage, patch), [*names, record])

    def settle(self) -> None:
        """Decide between the old and the new results of every job, and let others work."""
        with self._held, errors_of_machine(self.root):
            with open_own_file(self.root, _LOCK, "r+") as stream:
                stream.truncate(0)
            if (self.root / PREVIOUS).is_dir():
                settle_sets(self.root)


def recover_results(root: Path) -> None:
    """Put back what a run that was killed has deleted; nothing while a run works.

    Parameters
    ----------
    root : Path

    Raises
    ------
    DatasetError
        What lies there of an earlier run is damaged.
    """
    if not (root / PREVIOUS).is_dir():
        return
    refuse_links(root)
    with errors_of_machine(root), open_own_file(root, _LOCK, "a") as stream:
        if _has_locked(stream) and (root / PREVIOUS).is_dir():
            stream.truncate(0)
            settle_sets(root)


@contextmanager
def recovery_held_off(root: Path) -> Iterator[None]:
    """See that nobody takes the swap in the block for one of a process that was killed.

    A job of Snakemake finds the lock taken, by the main process; that has the same effect. Jobs
    without Snakemake share the lock, and the last one of them takes the emptied folder away. Who
    puts results back at this moment is waited for.
    """
    with open_own_file(root, _LOCK, "a") as stream:
        is_shared = _has_locked(stream, fcntl.LOCK_SH) or _are_jobs_at_work(root)
        if not is_shared and not _has_locked(stream, fcntl.LOCK_SH, patience_s=_PATIENCE_S):
            raise DatasetError(
                f"{root}: another process puts previous results back for longer than "
                f"{_PATIENCE_S:.0f} s; run the stage again when it has ended"
            )
        yield
        folder = root / PREVIOUS
        if _has_locked(stream) and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def set_label(stage: str, patch: str) -> str:
    """Give the name under which the previous results of a stage are kept."""
    return f"{stage}{patch and '.'}{patch}".replace("/", "%2F")


def names_of_set(stage: Stage, patch: str) -> list[str]:
    """Give all files that a stage can have for a target, its record too; relative to the root."""
    shown = [name.replace("{patch}", patch) for name in stage.all_outputs]
    files = [name for item in shown for name in with_angles(item)]
    return [*files, str(record_path(stage.name, patch))]


def shared_files(patch: str, *, has_generation: bool, has_list: bool) -> list[str]:
    """Give the files that a stage replaces and other stages of its target too.

    Parameters
    ----------
    patch : str
        Empty for the root.
    has_generation : bool
        The stage says the generation of its files.
    has_list : bool
        The stage notes whether it has left a pixel.
    """
    names = [GENERATION_NAME] * has_generation + [NO_PS_INFO] * has_list
    return [str(Path(patch, name)) for name in names]


def _is_kept(output: Any) -> bool:
    """Tell whether an output of a job of Snakemake lies in the data set, and stays there."""
    is_temporary = getattr(output, "flags", {}).get("temp", False)
    return not is_temporary and not Path(output).is_absolute()


def _are_jobs_at_work(root: Path) -> bool:
    """Tell whether the main process of Snakemake holds the lock, with its jobs in mind."""
    return (root / _LOCK).read_text() == _JOBS_AT_WORK


def _has_locked(stream: IO[str], kind: int = fcntl.LOCK_EX, *, patience_s: float = 0.0) -> bool:
    """Take the lock, or change its kind; others may hold it for a moment."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(stream, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_S)
        else:
            return True
