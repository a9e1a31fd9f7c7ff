"""Golden results: what the original wrote, assigned to the stages of pySTAMPS.

Two forms: folders of MAT files (``stage1`` to ``stage8``), and the compact tree of the
repository, which keeps every ``step``-th row of large matrices.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pystamps.audit.contract import OracleContract
from pystamps.audit.jobs import COMPACT_CONTENTS
from pystamps.audit.manifest import AuditCase
from pystamps.errors import DatasetError
from pystamps.io.mat import describe_mat, read_mat
from pystamps.stage_table import STAGES, position, stage_named, stage_that_makes
from pystamps.verify.forms import dense_array

_ORIGINAL_STEPS = range(1, 9)


class GoldenArtifact(Protocol):
    """One golden file."""

    @property
    def name(self) -> str:
        """Name relative to the root: ``PATCH_1/pm1.mat``."""
        ...

    def variables(self) -> Mapping[str, tuple[tuple[int, ...], str]]:
        """Give size and MATLAB class of every variable."""
        ...

    def values(self, variable: str) -> Any:
        """Give what is kept of a variable."""
        ...

    def part(self, variable: str, found: Any) -> Any:
        """Give that part of our variable that the golden one keeps."""
        ...


@dataclass(frozen=True, slots=True)
class GoldenFile:
    """A golden MAT file, complete as far as it goes."""

    name: str
    path: Path

    def variables(self) -> Mapping[str, tuple[tuple[int, ...], str]]:
        """Give size and MATLAB class of every variable."""
        return describe_mat(self.path)

    def values(self, variable: str) -> Any:
        """Read a variable."""
        return read_mat(self.path, [variable])[variable]

    def part(self, variable: str, found: Any) -> Any:
        """Give all of it."""
        return found


@dataclass(frozen=True, slots=True)
class CompactFile:
    """A golden file of the compact tree: rows of its variables in an archive of NumPy."""

    name: str
    archive: Path
    described: Mapping[str, Mapping[str, Any]]

    def variables(self) -> Mapping[str, tuple[tuple[int, ...], str]]:
        """Give size and MATLAB class of every variable, as they were."""
        return {
            name: (tuple(item.get("size", (1,))), item["class"])
            for name, item in self.described.items()
        }

    def values(self, variable: str) -> Any:
        """Read the rows of a variable that are kept; nothing of an empty one."""
        item = self.described[variable]
        if item["class"] == "char":
            return item["text"]
        if math.prod(item["size"]) == 0:
            return np.empty(item["size"])
        with np.load(self.archive) as archive:
            return archive[f"{self.name.removesuffix('.mat')}/{variable}"]

    def part(self, variable: str, found: Any) -> Any:
        """Give the same rows of ours."""
        item = self.described[variable]
        if item["class"] == "char":
            return found
        array = dense_array(found)
        if array.size == 0:
            return np.empty(array.shape)
        return array.reshape(-1, array.shape[-1])[:: item["step"]]


@dataclass(frozen=True, slots=True)
class GoldenTree:
    """Folders of MAT files that the original wrote, stage by stage.

    Attributes
    ----------
    folder : Path
        Holds ``stage1`` to ``stage8``, or some of them.
    contract : OracleContract
        Says which files are placeholders and no results.
    products : mapping
        Product files and their golden files.
    """

    folder: Path
    contract: OracleContract
    products: Mapping[str, Path]

    def artifacts(self) -> dict[str, list[GoldenFile]]:
        """Give the golden files of every stage of pySTAMPS; later stages of the original win."""
        latest: dict[str, GoldenFile] = {}
        for step, folder in self.stage_folders():
            for path in sorted(folder.rglob("*.mat")):
                name = path.relative_to(folder).as_posix()
                if self.contract.is_result(name, step):
                    latest[name] = GoldenFile(name, path)
        latest |= {name: GoldenFile(name, path) for name, path in self.products.items()}
        found: dict[str, list[GoldenFile]] = {stage.name: [] for stage in STAGES}
        for name, item in latest.items():
            stage = stage_that_makes(name)
            if stage is None:
                raise DatasetError(
                    f"{item.path}: no stage of pySTAMPS writes {name}; name it in the contract"
                )
            found[stage.name].append(item)
        return found

    def stage_folders(self) -> Iterator[tuple[int, Path]]:
        """Give the stages of the original that are kept, in order."""
        for step in _ORIGINAL_STEPS:
            folder = self.folder / f"stage{step}"
            if folder.is_dir():
                yield step, folder

    def files_before(self, stage: str) -> Iterator[tuple[str, Path]]:
        """Give what lies in a tree before a stage: results, parameters and notes of StaMPS.

        Parameters
        ----------
        stage : str
            Name of its rule; empty: what lies in a finished tree.
        """
        step = stage_named(stage).step if stage else _ORIGINAL_STEPS.stop
        for number, folder in self.stage_folders():
            for path in sorted(folder.rglob("*.mat")):
                name = path.relative_to(folder).as_posix()
                if number < step and self.contract.is_bookkeeping(name):
                    yield name, path
        for name, items in self.artifacts().items():
            if not stage or position(name) < position(stage):
                yield from ((item.name, item.path) for item in items)


def golden_tree(case: AuditCase, golden: Path, contract: OracleContract) -> GoldenTree:
    """Give the golden results of a case.

    Raises
    ------
    DatasetError
        There are none.
    """
    folder = golden / case.folder
    if not folder.is_dir():
        raise DatasetError(f"{folder}: golden results of {case.name} are missing")
    products = {name: golden / case.dataset / path for name, path in case.products.items()}
    return GoldenTree(folder, contract, products)


def compact_artifacts(folder: Path) -> dict[str, list[CompactFile]]:
    """Give the golden files of the compact tree, by stage of pySTAMPS.

    Raises
    ------
    DatasetError
        The folder is no compact tree.
    """
    contents = folder / COMPACT_CONTENTS
    if not contents.is_file():
        raise DatasetError(f"{contents}: missing; {folder} is no compact golden tree")
    described = json.loads(contents.read_text())
    found: dict[str, list[CompactFile]] = {stage.name: [] for stage in STAGES}
    for archive, files in described.items():
        for key, variables in files.items():
            name = f"{key}.mat"
            stage = stage_that_makes(name)
            if stage is None:
                raise DatasetError(f"{contents}: no stage of pySTAMPS writes {name}")
            item = CompactFile(name, folder / f"{archive}.npz", variables)
            found[stage.name].append(item)
    return found
