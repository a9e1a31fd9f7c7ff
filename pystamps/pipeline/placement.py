"""Where the data set of the workflow lies, seen from the directory in which Snakemake works."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.config import RunConfig
from pystamps.pipeline.stand_in import STAND_IN_VARIABLE


@dataclass(frozen=True, slots=True)
class PlacedDataset:
    """The data set of one use of the workflow: on its own, or as a module of another workflow.

    Attributes
    ----------
    root : Path
        Absolute.
    settings : dict
        The configuration with ``root`` as data set.
    written : str
        The data set as the rules would write it before their files: relative where it lies below
        the directory in which the rules were read, so that a project can be moved.
    """

    root: Path
    settings: dict[str, Any]
    written: str

    @classmethod
    def from_mapping(
        cls, settings: Mapping[str, Any], *, moved: Callable[[str], str] = str
    ) -> PlacedDataset:
        """Check the settings and find the data set.

        Parameters
        ----------
        settings : mapping
            Configuration; a relative data set counts from the current directory.
        moved : callable
            What Snakemake does to the files of a module: ``prefix:`` goes before them. The data
            set moves with them.

        Raises
        ------
        ParameterError
            A setting is wrong.
        """
        config = RunConfig.from_mapping(settings)
        here = Path.cwd()
        near = config.dataset.is_relative_to(here)
        written = str(config.dataset.relative_to(here)) if near else str(config.dataset)
        root = Path(moved(written)).resolve()
        return cls(root, dataclasses.replace(config, dataset=root).to_mapping(), written)

    @property
    def prefix(self) -> str | None:
        """What goes before the files of the rules; nothing in the data set itself."""
        here = Path.cwd()
        is_here = self.written == "." or here == self.root
        is_here = is_here or os.environ.get(STAND_IN_VARIABLE) == str(here)
        return None if is_here else self.written
