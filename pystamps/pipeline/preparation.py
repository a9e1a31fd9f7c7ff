"""The preparation as the workflow sees it: everything is known before it has run.

Patches follow from the settings and the size of the image in the headers of the export, so that
the plan is complete without a checkpoint.
"""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.errors import DatasetError
from pystamps.io.bounded_text import json_record
from pystamps.io.dataset import (
    PATCH_LIST,
    PREPARATION_RECORD,
    STAGING,
    STAGING_COMPLETE,
    UPDATE_RECORD,
    Dataset,
    Patch,
    discover_dataset,
)
from pystamps.parameters import Parameters
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.scratch import scratch_folder
from pystamps.prep.prepare import Preparation, plan_preparation
from pystamps.prep.staging import find_existing
from pystamps.prep.text_files import write_parameters

_CANDIDATES_PER_PIXEL = 0.15
"""Share of candidates that is assumed before they have been counted."""

_READ_AND_WRITTEN = ("width.txt", "len.txt")


@dataclass(frozen=True)
class PlannedPreparation:
    """One export and one configuration.

    Attributes
    ----------
    config : RunConfig
        With an absolute data set path.
    plan : Preparation
    """

    config: RunConfig
    plan: Preparation

    @classmethod
    def of(cls, config: RunConfig) -> PlannedPreparation | None:
        """Give the preparation that a configuration asks for, or None.

        A data set that was prepared from the export in the configuration needs the export no
        more: without its folder the data set is used as it is. So is one to which images were
        added since: its candidates are kept.

        Raises
        ------
        PystampsError
            The export or a setting is wrong.
        """
        raw = config.raw
        if raw.export is None:
            return None
        if (config.dataset / UPDATE_RECORD).is_file():
            return None
        if not raw.export.is_dir() and (config.dataset / PREPARATION_RECORD).is_file():
            return None
        _refuse_foreign(config.dataset)
        return cls(config, plan_preparation(raw, memory_budget_mb=config.runtime.memory_budget_mb))

    @property
    def root(self) -> Path:
        """Root of the data set."""
        return self.config.dataset

    @property
    def patches(self) -> tuple[str, ...]:
        """Names of all patches that the preparation makes."""
        return tuple(patch.name for patch in self.plan.patches)

    @cached_property
    def is_done(self) -> bool:
        """Whether the data set was prepared with these patches (settings may differ otherwise)."""
        path = self.root / PREPARATION_RECORD
        is_interrupted = (self.root / STAGING / STAGING_COMPLETE).is_file()
        if is_interrupted or not (path.is_file() and (self.root / PATCH_LIST).is_file()):
            return False
        return bool(json_record(path).get("patches") == list(self.patches))

    def dataset(self) -> Dataset:
        """Give the data set: as it lies there, else as it will be."""
        if self.is_done:
            return discover_dataset(self.root)
        return Dataset(self.root, tuple(Patch(name, self.root / name) for name in self.patches))

    def parameters(self) -> Parameters:
        """Give the effective parameters at the root, before the preparation as after it."""
        config = self.config
        if self.is_done:
            return effective_parameters(
                self.root, self.root, config.stamps, raw_root=config.runtime.raw_root
            )
        with scratch_folder() as folder:
            raw = dataclasses.replace(self.plan.raw, paths="absolute")
            for name, text in dataclasses.replace(self.plan, raw=raw).texts(folder).items():
                (folder / name).write_text(text)
            write_parameters(folder, self.plan.export, before=self.root / "parms.mat")
            if (self.root / "localparms.mat").is_file():
                shutil.copy(self.root / "localparms.mat", folder)
            return effective_parameters(
                folder, folder, config.stamps, raw_root=config.runtime.raw_root
            )

    def makes(self, name: str) -> bool:
        """Tell whether a file will lie in the root or in a patch; ``name`` without directory."""
        export = self.plan.export
        return name in self.plan.patch_files or name in export.texts or name in export.links

    def inputs(self) -> list[str]:
        """Give the rasters of the export, absolute."""
        return [str(raster.path) for raster in self.plan.export.rasters]

    def root_files(self) -> list[str]:
        """Give the text files of the root that the preparation alone writes.

        In the folder of an ISCE or Doris stack some of them belong to the stack.
        """
        export = self.plan.export
        names = {*self.plan.texts(self.root), "calamp.out"}
        names.add("selsbc.in" if export.is_small_baseline else "selpsc.in")
        if self.root in (export.folder, export.folder.parent):
            names -= {*export.texts, *_READ_AND_WRITTEN}
        return sorted(names)

    def outputs(self) -> list[str]:
        """Give all files that the preparation writes, relative to the root."""
        files = [f"{patch}/{name}" for patch in self.patches for name in self.plan.patch_files]
        return [*self.root_files(), *files]

    def settings(self) -> dict[str, str]:
        """Give what decides the result, as text that compares exactly."""
        found = {
            item.name: str(getattr(self.plan.raw, item.name))
            for item in dataclasses.fields(self.plan.raw)
            if item.name != "patches"
        }
        bounds = [(patch.bounds, patch.own_bounds) for patch in self.plan.patches]
        return found | {"threshold": repr(self.plan.threshold), "patches": repr(bounds)}

    def candidates(self, patch: str) -> int:
        """Estimate the number of candidates of a patch that has not been prepared."""
        lines, samples = next(p.window for p in self.plan.patches if p.name == patch)
        pixels = (lines.stop - lines.start) * (samples.stop - samples.start)
        return int(pixels * _CANDIDATES_PER_PIXEL)

    def memory_mb(self) -> int:
        """Give the memory that the preparation needs beside Python itself."""
        return self.config.runtime.memory_budget_mb

    @property
    def megabytes(self) -> float:
        """What will be read."""
        images = sum(image.n_bytes for image in self.plan.export.images)
        phases = sum(raster.n_bytes for raster in self.plan.export.interferograms)
        return (2 * images + phases) / 1e6


def _refuse_foreign(root: Path) -> None:
    """Refuse to prepare over a data set that was not prepared here: it would be lost."""
    if (root / PREPARATION_RECORD).is_file() or (root / STAGING).is_dir():
        return
    found = find_existing(root)
    if found:
        raise DatasetError(
            f"{root}: holds a data set ({found[0].name}) that was not prepared with pySTAMPS; take "
            "dataset.raw.export out of the configuration to use it as it is, or give another path"
        )
