"""What the Snakefile asks when the rules are read: patches, settings, sizes of the data set."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pystamps.config import RunConfig
from pystamps.errors import DatasetError
from pystamps.figures import FIGURE_NAMES
from pystamps.io.dataset import TRUTH_NAME, Dataset, discover_dataset, stage_files
from pystamps.io.deramp_degree import PLANE, read_deramp_degree
from pystamps.io.text_numbers import find_near
from pystamps.parameters import PRODUCTS, ParameterInfo, Parameters, parameter_table
from pystamps.parameters.checks import refuse_unsupported
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.preparation import RULE as PREPARATION_RULE
from pystamps.pipeline.preparation import PlannedPreparation
from pystamps.processors import PROCESSORS
from pystamps.processors.names import angle_name

_COMPAT_OF_RULE = {
    "stage1_load": ("wild_positions_kept", "mean_baseline_in_single"),
    "stage2_gamma": ("null_candidate_clears_cell",),
    "stage3_select": ("slc_osf_first_interferogram_only",),
    "stage4_weed": ("adjacent_by_lowest_neighbour",),
    "stage5_merge": ("merged_metadata_of_last_patch", "merge_grid_origin_one_metre"),
    "stage6_unwrap": ("column_fringe_sign_reversed",),
    "stage8_filter": ("scn_full_list_master_position", "scn_missing_phase_as_zero"),
}
_RULES_WITH_DELAUNAY = ("stage4_weed", "stage7_scla")
_RULES_WITH_DERAMPING = ("stage7_scla", "product_mean_velocity")

# Bytes per candidate and interferogram that a stage holds at its peak, and microseconds that it
# takes at most on one core; measured on simulated stacks, then doubled.
_BYTES = {"stage1_load": 60, "stage2_gamma": 120, "stage3_select": 120, "stage4_weed": 160}
_BYTES |= {"stage5_correct": 80, "stage5_merge": 160, "stage6_unwrap": 160, "stage7_scla": 80}
_BYTES |= {"stage8_filter": 100, "product_mean_velocity": 60, "figure": 60}
_MICROSECONDS = {
    "stage2_gamma": 60.0,
    "stage3_select": 60.0,
    "stage4_weed": 30.0,
    "stage6_unwrap": 300.0,
}
_MICROSECONDS_OTHERWISE = 10.0
_BASE_MB = 600
_BASE_MINUTES = 10
_PHASE_BYTES = 8
_SLOWEST_MB_PER_MINUTE = 1200

_NO_PARAMETERS = ("stage5_correct",)
"""Rules that use no parameter of their step: the phase correction needs none of the merge."""

_LEVELS_ABOVE_PATCH = 3
"""Folders in which a text or raster file of the stack may lie: patch, root, above the root."""

CANDIDATE_FILES = ("ij", "ll", "ph", "hgt", "da")
STACK_FILES = ("pscphase.in", "rsc.txt", "calamp.out", "width.txt", "len.txt")


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
        preparation = PlannedPreparation.of(config)
        if preparation is not None:
            parameters = preparation.parameters()
            refuse_unsupported(parameters)
            return cls(config, preparation.dataset(), parameters, preparation)
        dataset = discover_dataset(config.dataset)
        if dataset.is_single_patch:
            raise DatasetError(
                f"{dataset.root}: has no patch directories; move the candidate files into "
                "PATCH_1 and write that name into patch.list"
            )
        parameters = effective_parameters(
            config.dataset, config.dataset, config.stamps, raw_root=config.runtime.raw_root
        )
        refuse_unsupported(parameters)
        return cls(config, dataset, parameters)

    @property
    def root(self) -> Path:
        """Root of the data set."""
        return self.dataset.root

    @property
    def patches(self) -> tuple[str, ...]:
        """Names of the patches, in the order of ``patch.list``."""
        return tuple(patch.name for patch in self.dataset.patches)

    @property
    def angle(self) -> str:
        """Base name of the angle artifact: incidence for ISCE, look angle otherwise."""
        return angle_name(self.root_parameters.insar_processor)

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the report figures that this data set can have."""
        lacking = {
            "dispersion_histogram": "da" not in self.optional,
            "assessment": not (self.root / TRUTH_NAME).is_file(),
        }
        return tuple(name for name in FIGURE_NAMES if not lacking.get(name, False))

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """Base names of the artifacts per pixel that this stack has: da, hgt, la or inc."""
        return tuple(base for base in ("da", "hgt", self.angle) if self._has(base))

    def makes(self, name: str) -> bool:
        """Tell whether the stages make a file for this stack; ``name`` without directory."""
        base = name.removesuffix(".mat").rstrip("12")
        return base in self.optional or base not in ("da", "hgt", "la", "inc")

    def optional_files(self, prefix: str, generation: int) -> list[str]:
        """Give the names of the optional artifacts, for example ``{patch}/hgt1.mat``."""
        bases = self.optional if generation == 1 else tuple(b for b in self.optional if b != "da")
        return [f"{prefix}{base}{generation}.mat" for base in bases]

    def _has(self, base: str) -> bool:
        """Tell whether stage 1 writes (or has written) an optional artifact in every patch."""
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

    def candidate_files(self, patch: str) -> list[str]:
        """Give the input files of stage 1 of a patch, relative to the root."""
        names = [f"{patch}/pscands.1.{suffix}" for suffix in CANDIDATE_FILES]
        if self.preparation is not None:
            needed = (*STACK_FILES, *self.preparation.plan.export.texts)
            return names + [name for name in self.preparation.root_files() if name in needed]
        names += [*STACK_FILES, *sorted(path.name for path in self.root.glob("*.1.in"))]
        return [name for name in names if (self.root / name).is_file()]

    def bounds_files(self) -> list[str]:
        """Give the files with the patch bounds, relative to the root."""
        names = [f"{patch}/patch_noover.in" for patch in self.patches]
        if self.preparation is not None:
            return names
        return [name for name in names if (self.root / name).is_file()]

    def settings(self, rule: str, patch: str = "") -> dict[str, str]:
        """Give the values that decide the result of a rule, as text that compares exactly."""
        if rule == PREPARATION_RULE and self.preparation is not None:
            return self.preparation.settings()
        values = self._parameters(patch)
        found = {
            name: repr(getattr(values, field))
            for name, field, info, _ in parameter_table()
            if _uses(rule, info) or field == "small_baseline_flag"
        }
        for name in _COMPAT_OF_RULE.get(rule, ()):
            found[f"compat.{name}"] = repr(getattr(self.config.compat, name))
        if rule in _RULES_WITH_DELAUNAY:
            found["tools.delaunay"] = self.config.tools.delaunay
        degree = read_deramp_degree(self.root)
        if rule in _RULES_WITH_DERAMPING and degree != PLANE:
            found["deramp_degree"] = repr(degree)
        return found

    def _parameters(self, patch: str) -> Parameters:
        """Give the effective parameters of a patch or of the root."""
        if self.preparation is not None and not self.preparation.is_done:
            return self.root_parameters
        directory = self.root / patch
        return effective_parameters(
            self.root, directory, self.config.stamps, raw_root=self.config.runtime.raw_root
        )

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

    def _samples(self, patch: str) -> int:
        """Candidates times interferograms of a patch, or of all patches."""
        return self._samples_of_patch[patch] if patch else sum(self._samples_of_patch.values())

    def memory_mb(self, rule: str, patch: str = "") -> int:
        """Give the memory that a rule needs."""
        if rule == PREPARATION_RULE and self.preparation is not None:
            return _BASE_MB + self.preparation.memory_mb()
        return stage_memory_mb(rule, self._samples(patch))

    def gpus(self) -> int:
        """Give the GPUs that a rule with CUDA kernels asks for: 1 if the settings name a device."""
        return int(self.config.kernel_choice.names_a_device())

    def runtime_minutes(self, rule: str, patch: str = "") -> int:
        """Give a generous time limit of a rule."""
        if rule == PREPARATION_RULE and self.preparation is not None:
            return _BASE_MINUTES + int(self.preparation.megabytes / _SLOWEST_MB_PER_MINUTE)
        microseconds = _MICROSECONDS.get(rule, _MICROSECONDS_OTHERWISE)
        return _BASE_MINUTES + int(self._samples(patch) * microseconds / 60e6)


def stage_memory_mb(rule: str, samples: int) -> int:
    """Give the memory that a rule needs for so many candidates times interferograms."""
    return _BASE_MB + samples * _BYTES[rule] // 1_000_000


def _first_size(directory: Path, *names: str) -> int:
    """Give the size in bytes of the first of some files that exists; 0 without any."""
    paths = (directory / name for name in names)
    return next((path.stat().st_size for path in paths if path.is_file()), 0)


def _uses(rule: str, info: ParameterInfo) -> bool:
    """Tell whether a rule uses a parameter."""
    if rule in _NO_PARAMETERS:
        return False
    step = PRODUCTS if rule.startswith("product_") else stage_files(rule).step
    return step in info.stages
