"""What stages and runs report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pystamps.config import RunConfig
from pystamps.stage_table import Scope

Status = Literal["planned", "completed", "skipped_existing", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class StageResult:
    """What one stage did on one directory.

    Attributes
    ----------
    stage : str
        Rule name, for example ``stage2_gamma``.
    directory : Path
    seconds : float
        Wall time, without that in which another job compiled kernels.
    counts : mapping
        Name to number: candidates, selected, ...
    written : tuple of str
        File names, relative to the directory.
    is_empty : bool
        No pixel was left (a normal outcome for a patch).
    details : str
        One line for people.
    """

    stage: str
    directory: Path
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    written: tuple[str, ...] = ()
    is_empty: bool = False
    details: str = ""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that differs from the one with which results were made.

    Attributes
    ----------
    name : str
        StaMPS name of a parameter, or the key of another setting (``compat.NAME``).
    old, new : str
        Values as people write them; empty where the setting was not known, or is not any more.
    where : str
        What says the new value: a file of the data set, ``configuration``, ``headers`` (of the
        stack) or ``default``.
    """

    name: str
    old: str
    new: str
    where: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why Snakemake plans a job.

    Attributes
    ----------
    is_missing : bool
        A file of the stage is not there.
    is_unfinished : bool
        An earlier job has been stopped while it wrote.
    has_other_inputs : bool
        The list of its input files has changed.
    has_other_settings : bool
    newer : tuple of str
        Input files that are newer than its results.
    is_behind : bool
        A job before it is planned. Of such a job Snakemake looks at nothing else.
    """

    is_missing: bool = False
    is_unfinished: bool = False
    has_other_inputs: bool = False
    has_other_settings: bool = False
    newer: tuple[str, ...] = ()
    is_behind: bool = False


@dataclass(frozen=True, slots=True)
class PipelineContext:
    """One call of :func:`pystamps.pipeline.stages.run_pipeline`.

    Attributes
    ----------
    dataset_root : Path
    run_config : RunConfig
    start_step, end_step : int
    dry_run : bool
        Say what would run, and run nothing.
    cores : int
    replaces_unrecorded : bool
        Make finished results again although nothing records how they were made.
    until : str
        Name of a rule: only that stage and what it needs; empty = all of the range.
    profile : Path or None
        Folder of the profile of a cluster that its jobs are sent to; None = this machine.
    """

    dataset_root: Path
    run_config: RunConfig = field(default_factory=RunConfig)
    start_step: int = 1
    end_step: int = 8
    dry_run: bool = False
    cores: int = 1
    replaces_unrecorded: bool = False
    until: str = ""
    profile: Path | None = None


@dataclass(frozen=True, slots=True)
class TargetResult:
    """What a run did, or would do, with one stage on one target.

    Attributes
    ----------
    stage, scope, target : str
        Rule name; patch or merged; patch name or "merged".
    step : int
    status : str
        planned: a run that is no dry run would run it. completed: it has run. skipped_existing:
        its files are up to date. skipped: it would have to run, but a stage before it failed or
        was not asked for. failed: it ended without result.
    details : str
        Why: reasons of the plan, the message of the error and what to do, the stage that stood in
        the way.
    seconds : float
        Wall time.
    causes, waits_for, changes
        As in :class:`~pystamps.pipeline.status.StatusEntry`, as the run found the stage.
    log : str
        Log file of a stage that failed.
    """

    stage: str
    step: int
    scope: Scope
    target: str
    status: Status
    details: str = ""
    seconds: float = 0.0
    causes: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    log: str = ""

    @property
    def stage_id(self) -> int:
        """Number of the stage in StaMPS: another name of ``step``."""
        return self.step


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """Results of a run, in the order of the stages."""

    dataset_root: Path
    targets: tuple[TargetResult, ...]

    @property
    def has_failed(self) -> bool:
        """Whether any stage failed."""
        return bool(self.failures)

    @property
    def failures(self) -> tuple[TargetResult, ...]:
        """What failed."""
        return tuple(target for target in self.targets if target.status == "failed")
