"""What all stage entry points share: parameters, artifacts, bookkeeping files, timing, result."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pystamps.arrays import Array
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, PystampsError, UnsupportedError
from pystamps.io.artifacts import (
    ArtifactSet,
    artifact_name,
    read_artifact,
    sizes_of,
)
from pystamps.io.checksums import FileState, state_of_file
from pystamps.io.dataset import GENERATION_NAME, is_root_as_patch, root_of_patch
from pystamps.io.mat import write_mat
from pystamps.io.no_ps_info import LAST_STEP_OF_PATCH, empty_steps, record_no_ps
from pystamps.io.result_sets import set_swap
from pystamps.io.sizes import Sizes
from pystamps.io.stage_records import COMPUTED, REPLAYED
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.parameters.checks import refuse_unsupported
from pystamps.parameters.files import (
    effective_parameters,
    stored_parameters,
    write_back_parameters,
)
from pystamps.pipeline.noted_warnings import noted_warnings
from pystamps.pipeline.previous_results import (
    names_of_set,
    recovery_held_off,
    set_label,
    shared_files,
)
from pystamps.pipeline.provenance import (
    changed_settings,
    moment,
    new_record,
    sum_up,
    write_record,
)
from pystamps.pipeline.stage_settings import is_estimated_from_phase
from pystamps.pipeline.types import StageResult
from pystamps.pipeline.verified_inputs import refuse_changed_meanwhile, verified_inputs
from pystamps.progress import Progress, reporter
from pystamps.rows import Matrix
from pystamps.stage_table import Stage, in_order, mode_of, stage_named
from pystamps.stages.far_pixels import refuse_far_pixels
from pystamps_kernels import noted_backends, seconds_waited

log = logging.getLogger(__name__)
_Artifact = TypeVar("_Artifact")


class StageJob:
    """One stage on one directory; made by :func:`stage_job`.

    Attributes
    ----------
    stage : Stage
        Its record in the stage table, with the files of the mode of the data set.
    directory : Path
        Patch or data set root that the stage works on.
    root : Path
        Root of the data set.
    is_one_patch : bool
        The root is the only patch.
    config : RunConfig
    parameters : Parameters
        Effective values for this directory.
    counts : dict of str to int
        Filled by the stage for its result.
    is_empty : bool
        Set by the stage when no pixel is left.
    details : str
        One line for people, set by the stage.
    seeds : dict of str to int
        Seeds of the random streams that the stage draws from, set by the stage.
    tools : dict of str to str
        External programs and their versions, set by the stage.
    warnings : list of str
        What the computation has warned of
        (:func:`~pystamps.pipeline.noted_warnings.noted_warnings`).
    source : Path or None
        Root of the reference that the artifacts are copied from; None when they are computed.
    inputs : dict of str to FileState
        What the stage reads, compared with the records of its makers.
    result : StageResult
        Available when the block has ended without error.
    """

    def __init__(  # noqa: D107 - the class says it all
        self, stage: Stage, directory: Path, root: Path, config: RunConfig
    ) -> None:
        self.directory = directory
        self.root = root
        self.config = config
        self.parameters: Parameters = effective_parameters(
            root, directory, config.stamps, raw_root=config.runtime.raw_root
        )
        refuse_unsupported(self.parameters)
        _refuse_mode(stage, self.parameters)
        mode = mode_of(is_small_baseline=self.parameters.small_baseline_flag)
        of_mode = stage.in_mode(mode).in_passes(config.method.unwrap_iterations)
        of_mode = of_mode.in_accuracy(config.accuracy.modes.unwrap_model)
        self.is_one_patch = directory == root and is_root_as_patch(root)
        placed = of_mode.in_root() if self.is_one_patch else of_mode
        self.stage = in_order(placed, is_from_phase=is_estimated_from_phase(config))
        self.counts: dict[str, int] = {}
        self.is_empty = False
        self.details = ""
        self.seeds: dict[str, int] = {}
        self.tools: dict[str, str] = {}
        self.warnings: list[str] = []
        self.source: Path | None = None
        self.source_digests: dict[str, str] = {}
        self.inputs: dict[str, FileState] = {}
        self.artifacts: ArtifactSet
        self.result: StageResult

    def path(self, kind: type, generation: int | None = None) -> Path:
        """Give the path of an artifact of the directory."""
        return self.directory / self.stage.place_of(artifact_name(kind, generation))

    def read(
        self,
        kind: type[_Artifact],
        generation: int | None = None,
        *,
        by_rows: Collection[str] = (),
        sizes: Sizes | None = None,
    ) -> _Artifact:
        """Read an artifact of the directory (see :func:`~pystamps.io.artifacts.read_artifact`)."""
        path = self.path(kind, generation)
        artifact = read_artifact(kind, path, by_rows=by_rows, sizes=sizes)
        if isinstance(artifact, Pixels):
            sizes_of(artifact, path)  # dates and baselines that are no stack end here, by name
            _check_mode(artifact, path, self.parameters)
            refuse_far_pixels(artifact, path)
        return artifact

    def read_optional(
        self,
        kind: type[_Artifact],
        generation: int | None = None,
        *,
        by_rows: Collection[str] = (),
        sizes: Sizes | None = None,
    ) -> _Artifact | None:
        """Read an artifact of the directory, or give None when the file does not exist."""
        if not self.path(kind, generation).is_file():
            return None
        return self.read(kind, generation, by_rows=by_rows, sizes=sizes)

    def sizes(self, pixels: Pixels, generation: int) -> Sizes:
        """Give the sizes that the pixels of the directory prescribe for its other artifacts."""
        return sizes_of(pixels, self.path(Pixels, generation))

    def progress(self, label: str) -> AbstractContextManager[Progress]:
        """Give a progress function for a long loop: ``with job.progress("arcs") as progress:``."""
        begin = time.perf_counter()

        def seconds_at_work() -> float:
            return time.perf_counter() - begin - seconds_waited(begin)

        return reporter(label, clock=seconds_at_work)

    def write(self, artifact: Any, generation: int | None = None) -> None:
        """Write an artifact; it gets its name when the stage has ended without error."""
        self.artifacts.write(artifact, generation)

    def fill(
        self, kind: type, field_name: str, generation: int | None, first: int, columns: Array
    ) -> None:
        """Put columns into a matrix that was written as ``LaterColumns``, from column ``first``."""
        self.artifacts.fill(kind, field_name, generation, first, columns)

    def written_rows(self, kind: type, field_name: str, generation: int | None = None) -> Matrix:
        """Give a matrix of an artifact that was written and has not its name yet, by rows."""
        return self.artifacts.rows_of(kind, field_name, generation)

    def copy(self, path: Path) -> str:
        """Copy a file as it is; it gets its name when the stage has ended. Give its checksum."""
        checksum = self.artifacts.copy_file(path)
        self.source_digests[self.stage.place_of(path.name)] = checksum
        return checksum


def _check_mode(pixels: Pixels, path: Path, parameters: Parameters) -> None:
    """Refuse pixels of small baselines in a single-master data set, and the other way round.

    Raises
    ------
    ArtifactError
    """
    has_pairs = pixels.pairs is not None
    if has_pairs != parameters.small_baseline_flag:
        flag = "y" if parameters.small_baseline_flag else "n"
        raise ArtifactError(
            f"{path}: has {'the' if has_pairs else 'no'} pairs of images of small baselines "
            f"(ifgday_ix), but small_baseline_flag is {flag!r}; set the flag of the export in "
            "parms.mat, or run stage 1 again"
        )


def _refuse_mode(stage: Stage, parameters: Parameters) -> None:
    """Refuse a stage that does not process what the data set holds."""
    if mode_of(is_small_baseline=parameters.small_baseline_flag) not in stage.modes:
        raise UnsupportedError(
            f"small_baseline_flag=y: {stage.name} of small baselines is not supported by this "
            "version of pySTAMPS; use StaMPS for this stage"
        )


def root_of_job(stage: Stage, directory: Path) -> Path:
    """Give the data set of a directory that a stage works on: a patch, or the root itself."""
    return root_of_patch(directory) if stage.scope == "patch" else directory


@contextmanager
def stage_job(
    name: str, directory: Path, config: RunConfig, *, generation: int | None = None
) -> Iterator[StageJob]:
    """Run the body of a stage entry point: artifacts appear together at the end, or not at all.

    Parameters
    ----------
    name : str
        Of the stage in the stage table.
    directory : Path
        Patch for stages 1 to 5 (phase correction), root otherwise.
    config : RunConfig
    generation : int, optional
        ``psver`` to write beside the artifacts.

    Yields
    ------
    StageJob
    """
    started, clock = time.time(), time.perf_counter()
    stage = stage_named(name)
    directory = Path(directory).resolve()
    root = root_of_job(stage, directory)
    if not directory.is_dir():
        raise PystampsError(f"{directory}: not a directory; give a patch or a data set root")
    job = StageJob(stage, directory, root, config)
    job.artifacts = ArtifactSet(directory, config.runtime.mat_version, folder=stage.folder)
    patch = "" if directory == root else directory.name
    try:
        job.inputs = verified_inputs(
            root,
            job.stage,
            patch,
            processor=job.parameters.insar_processor if stage.reads_stack else "",
        )
        with noted_backends() as backends, noted_warnings(root) as job.warnings:
            yield job
        refuse_changed_meanwhile(root, job.inputs)
        stored = stored_parameters(root, config.kept_stamps, raw_root=config.runtime.raw_root)
        write_back_parameters(root, stored)
        seconds = time.perf_counter() - clock - seconds_waited(clock)
        record = _publish_artifacts(job, started, time.time(), seconds, backends, generation)
    except MemoryError as error:
        raise PystampsError(
            f"{directory}: {name} needs more memory than there is ({error}); use smaller patches, "
            "run fewer jobs at a time (--cores), or lower runtime.memory_budget_mb"
        ) from error
    finally:
        job.artifacts.discard()
    job.result = StageResult(
        name, directory, seconds, job.counts, job.artifacts.names, job.is_empty, job.details
    )
    _log_end(job.result, record)


@contextmanager
def job_without_results(name: str, directory: Path, config: RunConfig) -> Iterator[StageJob]:
    """Give the job of a stage to a block that does a part of it: nothing of it is published.

    Parameters
    ----------
    name : str
        Of the stage in the stage table.
    directory : Path
    config : RunConfig

    Raises
    ------
    ArtifactError
        An input is not what its maker has written.
    """
    stage, directory = stage_named(name), Path(directory).resolve()
    root = root_of_job(stage, directory)
    job = StageJob(stage, directory, root, config)
    job.artifacts = ArtifactSet(directory, config.runtime.mat_version, folder=stage.folder)
    try:
        job.inputs = verified_inputs(root, job.stage, "" if directory == root else directory.name)
        yield job
        refuse_changed_meanwhile(root, job.inputs)
    finally:
        job.artifacts.discard()


def _publish_artifacts(
    job: StageJob,
    started: float,
    ended: float,
    seconds: float,
    backends: Mapping[str, str],
    generation: int | None,
) -> Path:
    """Give the artifacts their names and write the record of them: all together, or nothing.

    What a full disk can refuse comes before the end of the swap, but for the manifest: it comes
    last, so that it never knows more than what lies there.
    """
    patch = "" if job.directory == job.root else job.directory.name
    has_list = bool(patch) or (job.is_one_patch and job.stage.step <= LAST_STEP_OF_PATCH)
    names = job.artifacts.names
    new = [str(Path(patch, name)) for name in names]
    label, known = set_label(job.stage.name, patch), names_of_set(job.stage, patch)
    shared = shared_files(patch, has_generation=generation is not None, has_list=has_list)
    with recovery_held_off(job.root), set_swap(job.root, label, known, new, shared):
        job.artifacts.commit()
        for name in set(known) - {*new, known[-1]}:
            (job.root / name).unlink(missing_ok=True)  # optional, and of other data
        record = new_record(
            stage=job.stage.name,
            target=patch,
            started=moment(started),
            ended=moment(ended),
            seconds=seconds,
            settings=changed_settings(job.config, job.parameters),
            seeds=job.seeds,
            backends=backends,
            tools=job.tools,
            warnings=tuple(job.warnings),
            files={name: state_of_file(job.directory / name) for name in names},
            inputs=job.inputs if job.source is None else {},
            origin=COMPUTED if job.source is None else REPLAYED,
            source="" if job.source is None else str(job.source),
            source_digests=job.source_digests,
        )
        path = write_record(job.root, record)
        if generation is not None:
            write_mat(job.directory / GENERATION_NAME, {"psver": float(generation)})
        if has_list:
            record_no_ps(job.directory, job.stage.step, is_empty=job.is_empty)
    sum_up(job.root)
    return path


def _log_end(result: StageResult, record: Path) -> None:
    """Say what a stage has done, in how long, and where the record of it is."""
    counts = ", ".join(f"{name} {number}" for name, number in result.counts.items())
    details = result.details and f"; {result.details}"
    log.info(
        "%s %s: %s%s (%.1f s; record %s)",
        result.stage, result.directory.name, counts, details, result.seconds, record,
    )  # fmt: skip
    step = stage_named(result.stage).step
    if result.is_empty and min(empty_steps(result.directory), default=0) == step:  # said once
        log.warning(
            "%s: no pixel is left after %s; the patch is carried through without pixels, and the "
            "merge leaves it out", result.directory, result.stage,
        )  # fmt: skip
