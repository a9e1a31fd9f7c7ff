"""What the Snakefile asks when the rules are read: patches, settings, sizes of the data set."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pystamps.config import RunConfig
from pystamps.errors import DatasetError
from pystamps.io.dataset import Dataset, discover_dataset
from pystamps.io.mat import describe_mat
from pystamps.io.seen_files import SeenFiles
from pystamps.io.text_numbers import find_near
from pystamps.parameters import Parameters
from pystamps.parameters.checks import refuse_unsupported
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.kept_variables import keeps_needed_only
from pystamps.pipeline.patch_files import has_own_files
from pystamps.pipeline.planned_correction import planned_correction, source_files
from pystamps.pipeline.stage_settings import settings_of_stage
from pystamps.pipeline.unwrapping_memory import memory_of_unwrapping_mb
from pystamps.processors import PROCESSORS, angle_name
from pystamps.stage_table import (
    DELAYS,
    FIGURES,
    FIRST_PASS_FOLDER,
    MODES,
    PAIR_DELAYS,
    PREPARATION,
    TROPOSPHERE,
    Mode,
    Stage,
    expanded,
    in_order,
    is_bookkeeping,
    mode_of,
    place_of_correction,
    stage_named,
    stage_that_makes,
    stages_in_mode,
    with_accurate,
)
from pystamps.troposphere_methods import TroposphereMethod

if TYPE_CHECKING:
    from pystamps.pipeline.preparation import PlannedPreparation
    from pystamps.replay.checked import Replay
    from pystamps.replay.golden_tree import Bundle

_LAST_STEP = 8
_FIRST_STEP_OF_COMBINED = 6
_PHASE_BYTES = 8
_POSITION_BYTES = 8
_OF_LOOPS = ("phuw_loops", "phuw_good")
"""Artifacts of the closure loops: made where phases of pixels whose loops close are kept."""
_HELD = f"{FIRST_PASS_FOLDER}/phuw_sb2.mat"
"""What a second pass reads for the same reason."""
_SIGNS_OF_PATTERNS = "{}<>*?[]"
"""Wildcards and path variables of Snakemake, patterns of file names."""
_SIGNS_OF_GLOBS = frozenset("*?[")
_SLOWEST_MB_PER_MINUTE = 1200
MEGABYTES_AROUND_JOB = 500
"""Around every job on a cluster: Snakemake twice (the job, and the step in it), 200 MB each at
most 1 000 patches, and a part of the compiler of the kernels; measured by Slurm."""
_SECONDS_TO_START = 4.0
"""Of every job, however small: Python, its packages, the workflow."""

_PATCH_WITHOUT_FILES = "*"
"""Stands for all patches without parameters and texts of their own; no patch has this name."""
_LEVELS_ABOVE_PATCH = 3
"""Folders in which a text or raster file of the stack may lie: patch, root, above the root."""


@dataclass(frozen=True)
class WorkflowPlan:
    """One data set and one configuration, as the rules see them.

    Attributes
    ----------
    config : RunConfig
        With an absolute data set path.
    dataset : Dataset
    root_parameters : Parameters
        Effective values at the root.
    preparation : PlannedPreparation or None
        When the configuration names a raw export.
    """

    config: RunConfig
    dataset: Dataset
    root_parameters: Parameters
    preparation: PlannedPreparation | None = None

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> WorkflowPlan:
        """Check the settings and look at the data set.

        Raises
        ------
        PystampsError
            A setting is wrong, the directory is no data set, or an option is not supported.
        """
        config = RunConfig.from_mapping(settings)
        config = dataclasses.replace(config, dataset=config.dataset.resolve())
        preparation = _planned_preparation(config)
        if preparation is not None:
            parameters = preparation.parameters()
            refuse_unsupported(parameters)
            return cls(config, preparation.dataset(), parameters, preparation)._checked()
        dataset = discover_dataset(config.dataset)
        _refuse_signs_of_patterns(dataset)
        parameters = effective_parameters(
            config.dataset, config.dataset, config.stamps, raw_root=config.runtime.raw_root
        )
        refuse_unsupported(parameters)
        return cls(config, dataset, parameters)._checked()

    def _checked(self) -> WorkflowPlan:
        """Refuse before anything runs what cannot be replayed or corrected."""
        _ = self.replay, self.correction
        return self

    @cached_property
    def correction(self) -> TroposphereMethod | None:
        """How tropospheric phase is made; None where none is."""
        return planned_correction(self.config, self.dataset.root, self.root_parameters)

    @property
    def root(self) -> Path:
        """Root of the data set."""
        return self.dataset.root

    @cached_property
    def patches(self) -> tuple[str, ...]:
        """Names of the patch folders, in the order of ``patch.list``."""
        return () if self.is_one_patch else tuple(patch.name for patch in self.dataset.patches)

    @property
    def is_one_patch(self) -> bool:
        """Whether the root is the only patch, so that all stages work in it."""
        return self.dataset.is_single_patch

    @property
    def angle(self) -> str:
        """Base name of the angle artifact: incidence for ISCE, look angle otherwise."""
        return angle_name(self.root_parameters.insar_processor)

    @property
    def mode(self) -> Mode:
        """What interferograms the data set holds."""
        return mode_of(is_small_baseline=self.root_parameters.small_baseline_flag)

    @property
    def passes(self) -> int:
        """How often the phase is unwrapped."""
        return self.config.method.unwrap_iterations

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """All stages and products in the order of the work, with the files of this data set."""
        first = _FIRST_STEP_OF_COMBINED if self.dataset.is_combined else 1
        stages, accuracy = stages_in_mode(self.mode, passes=self.passes), self.config.accuracy
        if accuracy.is_on:
            stages = with_accurate(stages, unwrap_model=accuracy.modes.unwrap_model)
        found = [stage.name for stage in stages if stage.step >= first]
        if self.correction is not None:
            is_late = self.correction.is_from_phase
            found.insert(place_of_correction(found, is_from_phase=is_late), TROPOSPHERE.name)
        return tuple(map(self.stage, found))

    def stage(self, rule: str) -> Stage:
        """Give the record of a stage, product or figure with the files of this data set."""
        if rule not in self._known_stages:
            self._known_stages[rule] = self._record(rule)
        return self._known_stages[rule]

    @cached_property
    def _known_stages(self) -> dict[str, Stage]:
        """Records that somebody has asked for, by the name of their rule."""
        return {}

    def _record(self, rule: str) -> Stage:
        is_from_phase = self.correction is not None and self.correction.is_from_phase
        of_mode = stage_named(rule).in_mode(self.mode).in_passes(self.passes)
        of_mode = of_mode.in_accuracy(self.config.accuracy.modes.unwrap_model)
        if keeps_needed_only(self.config):
            of_mode = of_mode.without_unread()
        stage = in_order(of_mode, is_from_phase=is_from_phase)
        return stage.in_root() if self.is_one_patch and rule != PREPARATION.name else stage

    @property
    def figures(self) -> tuple[str, ...]:
        """Files of the report figures whose inputs this data set can have."""
        figures = [self.stage(figure.name) for figure in FIGURES]
        possible = [stage for stage in figures if all(map(self._is_possible, stage.inputs))]
        return tuple(name for stage in possible for name in stage.outputs)

    @property
    def results(self) -> tuple[str, ...]:
        """Files that the whole workflow is there for: those of the last step."""
        last = (stage for stage in self.stages if stage.step == _LAST_STEP)
        return tuple(name for stage in last for name in stage.outputs)

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """Base names of the artifacts per pixel that this stack has: da, hgt, la or inc."""
        return tuple(base for base in ("da", "hgt", self.angle) if self._has(base))

    def is_passed_on(self, rule: str) -> bool:
        """Tell whether the files of a stage go when the next one has read them."""
        is_merged = bool(self.patches)
        return is_merged and keeps_needed_only(self.config) and self.stage(rule).is_passed_on

    def unread_outputs(self, rule: str) -> list[str]:
        """Give the outputs of a rule that no stage reads; none where they are not kept."""
        stage = self.stage(rule)
        return [name for name in stage.unread_outputs if name in stage.outputs]

    def makes(self, name: str) -> bool:
        """Tell whether the stages make a file for this stack; ``name`` without directory."""
        base = name.removesuffix(".mat").rstrip("12")
        if base in _OF_LOOPS:
            return self.root_parameters.unwrap_hold_good_values
        return base in self.optional or base not in ("da", "hgt", "la", "inc")

    def inputs_of_mode(self, rule: str) -> list[str]:
        """Give the inputs of a rule that data sets of the other mode do not have."""
        return self._possible(self.stage(rule), _only_of_mode(rule, self.mode, "inputs"))

    def outputs_of_mode(self, rule: str) -> list[str]:
        """Give the outputs of a rule that data sets of the other mode do not have."""
        return self._possible(self.stage(rule), _only_of_mode(rule, self.mode, "outputs"))

    def optional_inputs(self, rule: str) -> list[str]:
        """Give the optional inputs of a rule that this data set has, e.g. ``{patch}/hgt1.mat``."""
        stage = self.stage(rule)
        is_held = self.root_parameters.unwrap_hold_good_values
        wanted = (name for name in stage.optional_inputs if is_held or name != _HELD)
        of_method = source_files(self.config.troposphere) if rule == TROPOSPHERE.name else []
        return [*self._possible(stage, wanted), *of_method]

    def optional_outputs(self, rule: str) -> list[str]:
        """Give the optional outputs that a rule makes for this data set."""
        stage = self.stage(rule)
        return self._possible(stage, stage.optional_outputs)

    def _possible(self, stage: Stage, names: Iterable[str]) -> list[str]:
        """Give those of some files that this data set can have; of all patches after the merge."""
        patches = ("{patch}",) if stage.scope == "patch" else self.patches
        names = expanded(names, patches=patches, angle=self.angle)
        return [
            name
            for name in names
            if (name not in (DELAYS, PAIR_DELAYS) or self._takes_delays(stage))
            and self._is_possible(name)
        ]

    def _takes_delays(self, stage: Stage) -> bool:
        """Tell whether a stage reads the tropospheric phase that is there."""
        if stage.name == "product_points":  # its table holds all that is known
            return True
        if stage.is_product and not stage.accuracy:
            return "a" in self.config.products.mean_velocity_type
        return self.root_parameters.subtr_tropo

    def _is_possible(self, name: str) -> bool:
        """Tell whether a file is there, or whether the preparation or a stage makes it."""
        maker = stage_that_makes(name, in_root=self.is_one_patch)
        if maker is not None and maker.name in {stage.name for stage in self.stages}:
            return self.makes(Path(name).name)
        if self.preparation is not None and name in self.preparation.outputs():
            return True
        return (self.root / name).is_file()

    def _has(self, base: str) -> bool:
        """Tell whether stage 1 writes (or has written) an optional artifact in every patch."""
        if self.dataset.is_combined:
            return (self.root / f"{base}2.mat").is_file()
        source = f"pscands.1.{base}"
        if base == self.angle:
            source = PROCESSORS[self.root_parameters.insar_processor].angle_file
            if not source:
                return True  # computed from the header
        if self.preparation is not None:
            return self.preparation.makes(source)
        return all(
            find_near(patch.directory, source, levels=_LEVELS_ABOVE_PATCH)
            or (patch.directory / f"{base}1.mat").is_file()
            for patch in self.dataset.patches
        )

    def candidate_files(self, patch: str, *, seen: SeenFiles | None = None) -> list[str]:
        """Give the input files of stage 1 of a patch, relative to the root.

        Parameters
        ----------
        patch : str
        seen : SeenFiles, optional
            Files of the data set, where somebody looks at them for one answer.
        """
        stage = self.stage("stage1_load")
        names = expanded((*stage.inputs, *stage.optional_inputs), patches=[patch], angle=self.angle)
        is_there = self._is_there if seen is None else seen.leads_to_anything
        found = (name for pattern in names for name in self._found(pattern, is_there))
        return [*found, *self._stack_files]

    @cached_property
    def _stack_files(self) -> list[str]:
        """Files of the stack in the root, which stage 1 of every patch reads."""
        stack = PROCESSORS[self.root_parameters.insar_processor].input_files
        patterns = [file.name for file in stack if not is_bookkeeping(file.name)]
        return [name for pattern in patterns for name in self._found(pattern, self._is_there)]

    def _is_there(self, name: str) -> bool:
        return (self.root / name).exists()

    def _found(self, pattern: str, is_there: Callable[[str], bool]) -> list[str]:
        """Give the files that a name or pattern means: those that are there or are prepared."""
        if self.preparation is not None:
            return sorted(fnmatch.filter(self.preparation.outputs(), pattern))
        if not _SIGNS_OF_GLOBS & {*pattern}:  # as the candidates of a patch, of which are many
            return [pattern] if is_there(pattern) else []
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern))

    def settings(self, rule: str, patch: str = "") -> dict[str, str]:
        """Give the values that decide the result of a rule, as text that compares exactly."""
        stage = self.stage(rule)
        if stage is PREPARATION and self.preparation is not None:
            return self.preparation.settings()
        found = self._shared_settings(rule, patch) if patch else self._own_settings(rule, "")
        return found if self.replay is None else found | self.replay.setting(rule, patch)

    def _own_settings(self, rule: str, patch: str) -> dict[str, str]:
        return settings_of_stage(self.stage(rule), self._parameters(patch), self.config, self.root)

    def _shared_settings(self, rule: str, patch: str) -> dict[str, str]:
        """Give the settings of a patch; patches without files of their own have the same ones."""
        known = (rule, self._place_of_parameters(patch))
        if known not in self._known_settings:
            self._known_settings[known] = self._own_settings(rule, patch)
        return self._known_settings[known]

    @cached_property
    def _known_settings(self) -> dict[tuple[str, str], dict[str, str]]:
        """Settings of patches that somebody has asked for."""
        return {}

    @cached_property
    def replay(self) -> Replay | None:
        """What is copied out of the reference that the settings name; None without one.

        Raises
        ------
        PystampsError
            The reference is incomplete, or was made from other data or with other settings.
        """
        folder = self.config.compat.strict_reference_replay
        if not folder:
            return None
        if self.preparation is not None and not self.preparation.is_done:
            raise DatasetError(
                f"{self.root}: is not prepared yet, so that nothing can be compared with the "
                f"reference {folder}; run pystamps prep first"
            )
        from pystamps.pipeline.planned_replay import planned_replay  # few data sets have one

        patches = self.patches or ("",)
        inputs = {self.root / name for p in patches for name in self.candidate_files(p)}
        return planned_replay(
            self.config, self.dataset, self._bundles(), sorted(inputs), parameters=self._parameters
        )

    def _bundles(self) -> list[Bundle]:
        """Give the files of all stages for this data set; products are no stages."""
        from pystamps.replay.golden_tree import Bundle

        found = []
        of_stamps = (s for s in self.stages if not s.is_product and s.name != TROPOSPHERE.name)
        for stage in of_stamps:
            names = expanded(stage.outputs, patches=["{patch}"], angle=self.angle)
            names += self.optional_outputs(stage.name)
            for patch in self.patches if stage.scope == "patch" else ("",):
                files = tuple(name.replace("{patch}", patch) for name in names)
                found.append(Bundle(stage.name, patch, files))
        return found

    @property
    def _is_to_be_prepared(self) -> bool:
        return self.preparation is not None and not self.preparation.is_done

    def _place_of_parameters(self, patch: str) -> str:
        """Give a name for the values of a patch: those without files of their own share one."""
        if self._is_to_be_prepared:
            return ""
        if patch not in self._known_places:
            is_usual = patch and not has_own_files(self.root / patch)
            self._known_places[patch] = _PATCH_WITHOUT_FILES if is_usual else patch
        return self._known_places[patch]

    @cached_property
    def _known_places(self) -> dict[str, str]:
        """Where the values of a patch come from; its folder is listed once."""
        return {}

    def _parameters(self, patch: str) -> Parameters:
        """Give the effective parameters of a patch or of the root."""
        if self._is_to_be_prepared:
            return self.root_parameters
        own = self._place_of_parameters(patch)
        if own not in self._known_parameters:
            raw_root = self.config.runtime.raw_root
            self._known_parameters[own] = effective_parameters(
                self.root, self.root / patch, self.config.stamps, raw_root=raw_root
            )
        return self._known_parameters[own]

    @cached_property
    def _known_parameters(self) -> dict[str, Parameters]:
        """Effective parameters of the patches that somebody has asked for: files are read once.

        Patches that hold candidates and results only have the same ones.
        """
        return {}

    @cached_property
    def _samples_of_patch(self) -> dict[str, int]:
        """Candidates times interferograms of each patch, from the size of its phase file."""
        preparation = self.preparation
        if preparation is not None and not preparation.is_done:
            n_ifg = len(preparation.plan.export.interferograms)
            return {patch: preparation.candidates(patch) * n_ifg for patch in self.patches}
        return {
            patch.name: _first_size(patch.directory, "pscands.1.ph", "ph1.mat") // _PHASE_BYTES
            for patch in self.dataset.patches
        }

    def samples(self, patch: str) -> int:
        """Candidates times interferograms of a patch, or of all patches."""
        if self.dataset.is_combined:
            return prod(describe_mat(self.root / "rc2.mat")["ph_rc"][0])
        return self._samples_of_patch[patch] if patch else sum(self._samples_of_patch.values())

    def candidates(self) -> int:
        """Candidates of all patches, of which only results may be left."""
        return self._candidates

    @cached_property
    def _candidates(self) -> int:
        """The same, looked for once: every job on all pixels asks."""
        if self.dataset.is_combined:
            return describe_mat(self.root / "rc2.mat")["ph_rc"][0][0]
        preparation = self.preparation
        if preparation is not None and not preparation.is_done:
            return sum(preparation.candidates(patch) for patch in self.patches)
        patches = [patch.directory for patch in self.dataset.patches]
        positions = sum(_first_size(patch, "pscands.1.ll") for patch in patches)
        if positions:
            return positions // _POSITION_BYTES
        results = (patch / "ph1.mat" for patch in patches)
        return sum(describe_mat(path)["ph"][0][0] for path in results if path.is_file())

    def memory_mb(self, rule: str, patch: str = "", attempt: int = 1, threads: int = 1) -> int:
        """Give the memory that a job needs, with what starts it; more when it is sent again."""
        stage = self.stage(rule)
        of_all = 0 if patch else self.candidates()  # what patches need follows from their samples
        needed = stage.cost.memory_mb(self.samples(patch), of_all)
        if "unwrapper" in stage.tools:
            needed += memory_of_unwrapping_mb(self.config, self.candidates(), threads)
        if stage is PREPARATION and self.preparation is not None:
            needed = stage.cost.memory_mb(0, 0) + self.preparation.memory_mb()
        return attempt * (MEGABYTES_AROUND_JOB + needed)

    def gpus(self) -> int:
        """Give the GPUs that a rule with CUDA kernels asks for: 1 if the settings name a device."""
        return int(self.config.kernel_choice.names_a_device())

    def job_seconds(self) -> dict[str, float]:
        """Give by rule how long a job takes at most, of those per patch the mean: for progress."""
        totals = {stage: stage.cost.seconds(self.samples("")) for stage in (*self.stages, *FIGURES)}
        found = {
            stage.name: total / len(self.patches) if stage.scope == "patch" else total
            for stage, total in totals.items()
        }
        if self.preparation is not None:
            found[PREPARATION.name] = 60 * self.preparation.megabytes / _SLOWEST_MB_PER_MINUTE
        return {rule: _SECONDS_TO_START + seconds for rule, seconds in found.items()}

    def runtime_minutes(self, rule: str, patch: str = "", attempt: int = 1) -> int:
        """Give a generous time limit of a job; more when it is sent again."""
        stage = self.stage(rule)
        minutes = stage.cost.minutes(self.samples(patch))
        if stage is PREPARATION and self.preparation is not None:
            minutes = stage.cost.minutes(0)
            minutes += int(self.preparation.megabytes / _SLOWEST_MB_PER_MINUTE)
        return attempt * minutes


def _planned_preparation(config: RunConfig) -> PlannedPreparation | None:
    """Give the preparation that a configuration asks for; most name no export."""
    if config.raw.export is None:
        return None
    from pystamps.pipeline.preparation import PlannedPreparation

    return PlannedPreparation.of(config)


def _only_of_mode(rule: str, mode: Mode, kind: Literal["inputs", "outputs"]) -> tuple[str, ...]:
    """Give the files of a stage that data sets of one mode only have."""
    records = {item: stage_named(rule).in_mode(item) for item in MODES}
    others = {file for item in MODES if item != mode for file in getattr(records[item], kind)}
    return tuple(file for file in getattr(records[mode], kind) if file not in others)


def _refuse_signs_of_patterns(dataset: Dataset) -> None:
    """Refuse names of patches that would be patterns in the rules, braces above them, no text.

    Raises
    ------
    DatasetError
    """
    if set("{}") & set(str(dataset.root)):
        raise DatasetError(
            f"{dataset.root}: Snakemake reads the braces {{ }} in this path as a pattern; rename "
            "the folder, or move the data set"
        )
    try:
        "\0".join([str(dataset.root), *(patch.name for patch in dataset.patches)]).encode()
    except UnicodeEncodeError as error:
        raise DatasetError(
            f"{dataset.root}: the name of a folder holds bytes that are no text in UTF-8, which "
            "Snakemake cannot write; rename it"
        ) from error
    for patch in dataset.patches:
        found = [sign for sign in patch.name if sign in _SIGNS_OF_PATTERNS]
        if found:
            raise DatasetError(
                f"{patch.directory}: the name of the patch holds {found[0]!r}, which the workflow "
                "reads as a pattern; rename the directory, and its line in patch.list"
            )


def _first_size(directory: Path, *names: str) -> int:
    """Give the size in bytes of the first of some files that exists; 0 without any."""
    paths = (directory / name for name in names)
    return next((path.stat().st_size for path in paths if path.is_file()), 0)
